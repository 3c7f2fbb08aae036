"""A model that is given one batch at a time, in a loop of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from tinynet._arguments import flag
from tinynet._names import shown_as
from tinynet._types import Array
from tinynet.models.described import Described


@shown_as("Model")
class OnBatch(Described):
    """A model that is trained, tested and asked on single batches."""

    @property
    def _requests(self) -> Any:
        """The functions that train and test: a module, which a process that only predicts never loads."""
        from tinynet.training import requests

        return requests

    def predict_on_batch(self, x: Any) -> Array:
        """Return the outputs for one batch."""
        outputs: Array = self(x)  # type: ignore[operator]  # a `Model` can be called
        return outputs

    @overload
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        *,
        return_dict: Literal[True],
    ) -> dict[str, float]: ...
    @overload
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: Literal[False] = False,
    ) -> Any: ...
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one update from one batch; returns loss and metrics before the update, as `evaluate` does."""
        returned = form_of("train_on_batch", return_dict)
        return returned(self._requests.train_on_batch(self, x, y, sample_weight, class_weight))

    @overload
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, *, return_dict: Literal[True]
    ) -> dict[str, float]: ...
    @overload
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: Literal[False] = False
    ) -> Any: ...
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return loss and metrics on one batch."""
        returned = form_of("test_on_batch", return_dict)
        return returned(self._requests.test_on_batch(self, x, y, sample_weight))


def form_of(method: str, return_dict: Any) -> Callable[[dict[str, float]], Any]:
    """Return what gives the logs the form that was asked for, or raise: before anything is computed."""
    return _by_name if flag(method, "return_dict", return_dict) else _in_a_row


def _by_name(logs: dict[str, float]) -> dict[str, float]:
    return dict(sorted(logs.items()))


def _in_a_row(logs: dict[str, float]) -> Any:
    values = list(logs.values())
    return values[0] if len(values) == 1 else values

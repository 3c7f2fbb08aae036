"""Models whose class makes the steps of training in its own way: what `fit` calls for each batch, and its pieces.

A class that defines one of them (`train_step`, say) is trained by a plain loop over batches that calls it. What the
pieces compute is followed on a ``tf.GradientTape``.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinynet._names import shown_as
from tinynet.layers.symbolic import leaves
from tinynet.models.older import Older
from tinynet.models.on_batch import form_of

#: What a class may define anew.
STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics")


def own_steps(cls: type) -> set[str]:
    """Return which steps a class, or one that it is derived from, defines anew.

    Examples
    --------
    >>> import tinynet
    >>> class Mine(tinynet.Model):
    ...     def train_step(self, data):
    ...         return {}
    >>> Mine.__module__ = "__main__"  # where a program defines it
    >>> own_steps(Mine), own_steps(tinynet.Model)
    ({'train_step'}, set())
    """
    theirs = [base for base in cls.__mro__ if base.__module__.partition(".")[0] != "tinynet"]
    return {name for base in theirs for name in STEPS if name in vars(base)}


def _pieces() -> Any:
    return import_module("tinynet.runner.own_steps")  # which other models never need


def own_loop() -> Any:
    """Return the module whose functions call such steps in place of those of `tinynet.training.requests`."""
    return import_module("tinynet.runner.own_loop")


@shown_as("Model")
class OwnSteps(Older):
    """A model of which a class may define the steps: these are what they do if it does not."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Make one update from a batch, on a tape; returns the results so far by name.

        Parameters
        ----------
        data : array or tuple
            What the batch holds: x, ``(x, y)`` or ``(x, y, sample_weight)``.
        """
        return _pieces().train_step(self, data)  # type: ignore[no-any-return]

    def test_step(self, data: Any) -> dict[str, Any]:
        """Take a batch into loss and metrics; returns the results so far by name."""
        return _pieces().test_step(self, data)  # type: ignore[no-any-return]

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for a batch."""
        return _pieces().predict_step(self, data)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the loss of a batch: what `compile` was given, and the penalties of the layers."""
        return _pieces().compute_loss(self, y, y_pred, sample_weight)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Take a batch into the metrics that `compile` was given; returns all results so far by name."""
        self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return what the metrics have collected, by name."""
        return _pieces().results_of(self.metrics)  # type: ignore[no-any-return]

    @property
    def compiled_loss(self) -> Any:
        """The loss that `compile` was given, as Keras 2's steps call it: ``compiled_loss(y, y_pred)``."""
        return _pieces().pieces_of(self).loss

    @property
    def compiled_metrics(self) -> Any:
        """The metrics that `compile` was given, as Keras 2's steps call them: ``update_state(y, y_pred)``."""
        return _pieces().pieces_of(self).metrics

    @property
    def metrics(self) -> list[Any]:
        """The metrics that `compile` was given; of a class with own steps the loss's mean and its own ones as well."""
        found = super().metrics
        return _pieces().metrics_of(self, found) if own_steps(type(self)) else found

    def reset_metrics(self) -> None:
        """Let metrics of own steps begin anew; otherwise nothing: the results of one call never count for the next."""
        for metric in self.metrics if own_steps(type(self)) else ():
            metric.reset_state()

    if not TYPE_CHECKING:  # the overloads of `OnBatch` say more

        def train_on_batch(
            self,
            x: Any,
            y: Any = None,
            sample_weight: Any = None,
            class_weight: dict[int, float] | None = None,
            return_dict: bool = False,
        ) -> Any:
            """Make one update from one batch; returns loss and metrics before the update, as `evaluate` does."""
            if not own_steps(type(self)):
                return super().train_on_batch(x, y, sample_weight, class_weight, return_dict)
            returned = form_of("train_on_batch", return_dict)
            return returned(own_loop().train_on_batch(self, x, y, sample_weight, class_weight))

        def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
            """Return loss and metrics on one batch."""
            if not own_steps(type(self)):
                return super().test_on_batch(x, y, sample_weight, return_dict)
            returned = form_of("test_on_batch", return_dict)
            return returned(own_loop().evaluate(self, x, y, sample_weight, len(leaves(x)[0]), 0, None, None))

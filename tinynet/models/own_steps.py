"""Models whose class makes the steps of training in its own way: what `fit` calls for each batch, and its pieces.

A class that defines one of them (`train_step`, say) is trained by a plain loop over batches that calls it. What the
pieces compute is followed on a ``tf.GradientTape``.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from tinynet._names import shown_as
from tinynet.models.older import Older

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
    >>> own_steps(Mine), own_steps(tinynet.Model)
    ({'train_step'}, set())
    """
    return {name for name in STEPS if getattr(cls, name) is not getattr(OwnSteps, name)}


def warn_of_steps(model: Any) -> None:
    """Warn, if a model that is written without its class has steps of its own."""
    if steps := sorted(own_steps(type(model))):
        warnings.warn(
            f"Model '{model.name}' is saved without its class {type(model).__name__}: the loaded model will not have "
            f"its {steps}. To keep them, save the weights only, and load them into a new {type(model).__name__}.",
            UserWarning,
            stacklevel=2,
        )


def _trains(cls: type) -> bool:
    """Return whether a class trains or tests in its own way."""
    return not own_steps(cls) <= {"predict_step"}


def _pieces() -> Any:
    return import_module("tinynet.runner.own_pieces")  # which other models never need


def _loop() -> Any:
    return import_module("tinynet.runner.own_loop")


@shown_as("Model")
class OwnSteps(Older):
    """A model of which a class may define the steps: these are what they do if it does not."""

    @property
    def _requests(self) -> Any:
        """As for other models; of a class that trains in its own way, the functions that call its steps."""
        return _loop() if _trains(type(self)) else super()._requests

    @property
    def _predicts(self) -> Any:
        """The functions that call the class's own `predict_step`; None if it has none."""
        return None if type(self).predict_step is OwnSteps.predict_step else _loop()

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch."""
        return super().predict_on_batch(x) if self._predicts is None else self._predicts.predict_on_batch(self, x)

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
        return _pieces().metrics_of(self, found) if _trains(type(self)) else found

    def reset_metrics(self) -> None:
        """Let metrics of own steps begin anew; otherwise nothing: the results of one call never count for the next."""
        for metric in self.metrics if _trains(type(self)) else ():
            metric.reset_state()

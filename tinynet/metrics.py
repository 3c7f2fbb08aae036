"""Metrics: what training reports and does not optimise.

Source: https://keras.io/api/metrics/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels, losses
from tinynet._names import lookup, missing_from, snake_case
from tinynet.kernels import _codes as codes

Array = NDArray[Any]

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "get",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


class Metric:
    """Base class of metrics; subclass it to write your own.

    Parameters
    ----------
    name : str, optional
        The key in the history; default the class's name in snake case.

    Examples
    --------
    A user's own metric collects something in `update_state` and says it in `result`:

    >>> class LargestError(Metric):
    ...     def reset_state(self):
    ...         self.largest = 0.0
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest = max(self.largest, float(np.abs(y_pred - y_true).max()))
    ...
    ...     def result(self):
    ...         return self.largest
    >>> metric = LargestError()
    >>> metric.update_state(np.array([[1.0]]), np.array([[1.5]]))
    >>> metric.name, metric.result()
    ('largest_error', 0.5)
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was seen."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def result(self) -> float:
        """Return the value over all that was taken in."""
        raise TypeError(f"{type(self).__name__} must define `reset_state`, `update_state` and `result`.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Take in a batch and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class _Mean(Metric):
    """The mean over samples of something the kernels compute."""

    code: int
    threshold = 0.5

    def reset_state(self) -> None:
        self.total, self.count = 0.0, 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        p = losses.as_floats(y_pred)
        columns = p.shape[-1] if p.ndim > 1 else 1
        y = np.ascontiguousarray(y_true, p.dtype)
        rows = p.size // columns
        losses.check_targets(self.name, "classes" if takes_classes(self) else "values", y, p)
        weights = np.empty(0, p.dtype) if sample_weight is None else np.ascontiguousarray(sample_weight, p.dtype)
        weights = weights.reshape(-1)
        if sample_weight is not None and weights.size != rows:
            raise ValueError(f"{self.name}: expected a sample_weight for each of {rows} rows. Received {weights.size}.")
        self.total += kernels.metric_sum(self.code, y.reshape(-1), p.reshape(-1), weights, columns, self.threshold)
        self.count += float(weights.sum()) if sample_weight is not None else rows

    def result(self) -> float:
        return self.total / self.count if self.count else 0.0


def takes_classes(metric: Metric) -> bool:
    """Return whether a built-in metric's targets are class numbers."""
    return isinstance(metric, _Mean) and metric.code in _SPARSE


_SPARSE = (
    codes.SPARSE_CATEGORICAL_ACCURACY,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS,
)


class BinaryAccuracy(_Mean):
    """How often (prediction > threshold) is the label; exactly at the threshold counts as 0.

    Parameters
    ----------
    name : str, default "binary_accuracy"
        The key in the history.
    threshold : float, default 0.5
        Use 0 for logits.

    Examples
    --------
    >>> BinaryAccuracy()([[1], [0]], [[0.7], [0.6]])
    0.5
    """

    code = codes.BINARY_ACCURACY

    def __init__(self, name: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = float(threshold)


class CategoricalAccuracy(_Mean):
    """How often the largest prediction stands where the largest target does.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    code = codes.CATEGORICAL_ACCURACY


class SparseCategoricalAccuracy(_Mean):
    """How often the largest prediction is that of the labelled class.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    code = codes.SPARSE_CATEGORICAL_ACCURACY


class MeanSquaredError(_Mean):
    """Mean of (prediction - target)².

    Examples
    --------
    >>> MeanSquaredError()([[0.0]], [[2.0]])
    4.0
    """

    code = codes.MEAN_SQUARED_ERROR


class MeanAbsoluteError(_Mean):
    """Mean of |prediction - target|.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0]], [[2.0]])
    2.0
    """

    code = codes.MEAN_ABSOLUTE_ERROR


class BinaryCrossentropy(_Mean):
    """Binary cross-entropy as a metric, on probabilities.

    Examples
    --------
    >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 4)
    0.6931
    """

    code = codes.BINARY_CROSSENTROPY


class CategoricalCrossentropy(_Mean):
    """Categorical cross-entropy as a metric, on probabilities.

    Examples
    --------
    >>> round(CategoricalCrossentropy()([[1.0, 0.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    code = codes.CATEGORICAL_CROSSENTROPY


class SparseCategoricalCrossentropy(_Mean):
    """Sparse categorical cross-entropy as a metric, on probabilities.

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([0], [[0.5, 0.5]]), 4)
    0.6931
    """

    code = codes.SPARSE_CATEGORICAL_CROSSENTROPY


class _Function(Metric):
    """A plain function of (y_true, y_pred), averaged over samples."""

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        self.function = function
        super().__init__(getattr(function, "__name__", "metric"))

    def reset_state(self) -> None:
        self.total, self.count = 0.0, 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        values = np.asarray(self.function(y_true, y_pred), np.float64).reshape(-1)
        weights = np.ones(len(values)) if sample_weight is None else np.asarray(sample_weight).reshape(-1)
        self.total += float((values * weights).sum())
        self.count += float(weights.sum())

    def result(self) -> float:
        return self.total / self.count if self.count else 0.0


_TABLE: dict[str, type[_Mean]] = {
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


class Accuracy(Metric):
    """Accuracy of whichever kind fits the targets, as the string ``"accuracy"`` in `compile` means it.

    One output: binary accuracy. Several, and one number per sample as target: sparse categorical. Several and one-hot
    targets: categorical.

    Examples
    --------
    >>> Accuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    0.5
    """

    def reset_state(self) -> None:
        """Forget what was seen."""
        self._metric: _Mean | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; the first one decides the kind."""
        if self._metric is None:
            p_shape = np.shape(y_pred)
            self._metric = by_shape("accuracy", p_shape[1:], np.shape(y_true)[1:])
        self._metric.update_state(y_true, y_pred, sample_weight)

    def result(self) -> float:
        """Return the share of hits."""
        return self._metric.result() if self._metric else 0.0


_BY_SHAPE: dict[str, tuple[type[_Mean], ...]] = {
    "accuracy": (BinaryAccuracy, SparseCategoricalAccuracy, CategoricalAccuracy),
    "crossentropy": (BinaryCrossentropy, SparseCategoricalCrossentropy, CategoricalCrossentropy),
}
_LOSS_BY_SHAPE = (
    losses.BinaryCrossentropy,
    losses.SparseCategoricalCrossentropy,
    losses.CategoricalCrossentropy,
)
#: Names whose meaning depends on the shapes of targets and outputs.
BY_SHAPE = {"accuracy": "accuracy", "acc": "accuracy", "crossentropy": "crossentropy", "ce": "crossentropy"}


def _which(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> int:
    """0 binary, 1 sparse, 2 categorical: Keras's rule, from the shapes of one sample."""
    if not output_shape or output_shape[-1] == 1:
        return 0
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return 1
    return 2


def by_shape(what: str, output_shape: tuple[int, ...], target_shape: tuple[int, ...], name: str | None = None) -> _Mean:
    """Return the metric that ``"accuracy"`` or ``"crossentropy"`` means for outputs and targets of these shapes."""
    return _BY_SHAPE[BY_SHAPE[what]][_which(output_shape, target_shape)](name or what)


def loss_by_shape(output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> losses.Loss:
    """Return the loss that ``"crossentropy"`` means for outputs and targets of these shapes."""
    return _LOSS_BY_SHAPE[_which(output_shape, target_shape)](name="crossentropy")


def get(identifier: Any) -> Metric | str:
    """Return the metric that a name, class, function or object stands for.

    ``"accuracy"`` and ``"crossentropy"`` are returned as they are: which one is meant shows with the first data.

    Examples
    --------
    >>> get("mae")
    <MeanAbsoluteError name=mae>
    """
    if isinstance(identifier, str):
        if identifier.lower() in BY_SHAPE:
            return identifier
        return lookup("metric", identifier, {**dict.fromkeys(BY_SHAPE), **_TABLE})(identifier)  # type: ignore[misc]
    if isinstance(identifier, Metric):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier):
        return _Function(identifier)
    raise TypeError(
        f"metrics: expected a name ({', '.join(map(repr, sorted({*BY_SHAPE, *_TABLE})))}), a Metric or a function of "
        f"(y_true, y_pred). Received: {identifier!r}"
    )

"""Metrics: what training reports and does not optimise.

Source: https://keras.io/api/metrics/
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tinynet import losses
from tinynet._names import lookup, missing_from
from tinynet.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from tinynet.metrics.accuracies import (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from tinynet.metrics.base import BuiltinMetric, FunctionMetric, Metric
from tinynet.metrics.errors import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tinynet.metrics.kinds import BY_SHAPE, Accuracy

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
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)

_TABLE: dict[str, type[BuiltinMetric]] = {
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
#: What Keras calls by both names: `compile` takes the function and the class alike.
_FUNCTIONS = (*losses.FUNCTIONS, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy)


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
        return _TABLE[identifier.__name__]() if identifier in _FUNCTIONS else FunctionMetric(identifier)
    raise TypeError(
        f"metrics: expected a name ({', '.join(map(repr, sorted({*BY_SHAPE, *_TABLE})))}), a Metric or a function of "
        f"(y_true, y_pred). Received: {identifier!r}"
    )

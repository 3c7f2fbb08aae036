"""Metrics: what training reports and does not optimise.

Each file is one metric: its formula and its class. Every loss is a metric too.
Source: https://keras.io/api/metrics/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinynet import losses
from tinynet._names import lookup, missing_from, snake_case
from tinynet._types import Array
from tinynet.metrics.base import FormulaMetric as FormulaMetric
from tinynet.metrics.base import function_of, metric_of
from tinynet.metrics.binary_accuracy import BinaryAccuracy as BinaryAccuracy
from tinynet.metrics.binary_accuracy import binary_accuracy
from tinynet.metrics.function_metric import FunctionMetric
from tinynet.metrics.kinds import BY_SHAPE
from tinynet.metrics.kinds import Accuracy as Accuracy
from tinynet.metrics.metric import Metric as Metric
from tinynet.parts import by_name, collected

#: The metrics' classes, by their names, those of the losses among them.
CLASSES: dict[str, type[FormulaMetric]] = {
    **{name: cls for name, cls in collected(__name__, FormulaMetric).items() if cls.formulas},
    **{name: metric_of(loss) for name, loss in losses.CLASSES.items()},
}
#: The same by the names that `compile` takes.
TABLE: dict[str, type[FormulaMetric]] = by_name(CLASSES)
#: The plain functions, by their names.
FUNCTIONS: dict[str, Callable[..., Array]] = {
    **{snake_case(name): function_of(cls) for name, cls in CLASSES.items()},
    **losses.FUNCTIONS,
    "binary_accuracy": binary_accuracy,
}
globals().update(CLASSES)
globals().update(FUNCTIONS)

__all__ = ["Accuracy", "FormulaMetric", "Metric", "get", *CLASSES, *FUNCTIONS]

if TYPE_CHECKING:  # what editors are told
    from tinynet.metrics.base import LossMetric
    from tinynet.metrics.categorical_accuracy import CategoricalAccuracy as CategoricalAccuracy
    from tinynet.metrics.sparse_categorical_accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy

    BinaryCrossentropy: type[LossMetric]
    CategoricalCrossentropy: type[LossMetric]
    Hinge: type[LossMetric]
    Huber: type[LossMetric]
    MeanAbsoluteError: type[LossMetric]
    MeanSquaredError: type[LossMetric]
    SparseCategoricalCrossentropy: type[LossMetric]

    def __getattr__(name: str) -> Callable[..., Array]: ...
else:
    __getattr__ = missing_from(__name__, __all__)


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
        return lookup("metric", identifier, {**dict.fromkeys(BY_SHAPE), **TABLE})(identifier)  # type: ignore[misc]
    if isinstance(identifier, Metric):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier):
        name = getattr(identifier, "__name__", "")
        return TABLE[name]() if FUNCTIONS.get(name) is identifier else FunctionMetric(identifier)
    raise TypeError(
        f"metrics: expected a name ({', '.join(map(repr, sorted({*BY_SHAPE, *TABLE})))}), a Metric or a function of "
        f"(y_true, y_pred). Received: {identifier!r}"
    )

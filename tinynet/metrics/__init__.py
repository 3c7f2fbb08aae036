"""Metrics: what training reports and does not optimise.

Each file is one metric: its formula and its class. Every loss is a metric too.
Source: https://keras.io/api/metrics/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tinynet import losses
from tinynet._arguments import shown
from tinynet._names import lookup
from tinynet._registry import get_registered_object
from tinynet._serialization import made, made_with, written
from tinynet._types import Array
from tinynet.metrics.base import FormulaMetric as FormulaMetric
from tinynet.metrics.base import function_of, metric_of
from tinynet.metrics.binary_accuracy import BinaryAccuracy as BinaryAccuracy
from tinynet.metrics.binary_accuracy import binary_accuracy
from tinynet.metrics.kinds import BY_SHAPE
from tinynet.metrics.kinds import Accuracy as Accuracy
from tinynet.metrics.mean_metric_wrapper import FunctionMetric
from tinynet.metrics.metric import Metric as Metric
from tinynet.metrics.sums import SumsMetric as SumsMetric
from tinynet.rooms import Classes, Joined, Named, furnish, names_of

_OWN = Classes(__name__, FormulaMetric, lambda cls: cls.formulas)


def _of_loss(loss: type[losses.Loss]) -> type[FormulaMetric]:
    """Return a loss as a metric, or the metric that has its name and is not the same: a cosine, not minus a cosine."""
    return _OWN.at_hand(loss.__name__) or metric_of(loss)


def _has_its_file(cls: type[Metric]) -> bool:
    """Whether a class is a part, not the base of some, nor the mean of a formula of its own."""
    file = cls.__module__.rpartition(".")[2].replace("_", "")
    return file == cls.__name__.lower() and cls is not Metric and not getattr(cls, "formulas", ())


#: Metrics that are no means of formulas of their own, by their names.
OTHERS = Classes(__name__, Metric, _has_its_file)
#: The classes of those that are means over samples, by their names, those of the losses among them.
CLASSES: Joined[type[FormulaMetric]] = Joined(_OWN, Named(losses.CLASSES, lambda cls: (cls.__name__,), _of_loss))
#: The same by the names that `compile` takes.
TABLE: Joined[type[Metric]] = Joined(
    Named(_OWN, names_of, lambda cls: cls),
    Named(OTHERS, names_of, lambda cls: cls),
    Named(losses.CLASSES, names_of, _of_loss),
)
#: The plain functions, by their names.
FUNCTIONS: Joined[Callable[..., Array]] = Joined(
    Named(
        _OWN,
        lambda cls: names_of(cls)[: not hasattr(cls, "loss_class")],  # a loss's function is the loss's
        lambda cls: binary_accuracy if cls is BinaryAccuracy else function_of(cls),
    ),
    losses.FUNCTIONS,
)
_SERIALIZABLE: Joined[type[Metric]] = Joined(CLASSES, OTHERS, {"Accuracy": Accuracy})
_PUBLIC = ["Accuracy", "FormulaMetric", "Metric", "SumsMetric", "deserialize", "get", "serialize"]
furnish(__name__, _PUBLIC, CLASSES, OTHERS, FUNCTIONS)

if TYPE_CHECKING:  # what editors are told
    from tinynet.metrics.auc import AUC as AUC
    from tinynet.metrics.base import LossMetric
    from tinynet.metrics.binary_iou import BinaryIoU as BinaryIoU
    from tinynet.metrics.categorical_accuracy import CategoricalAccuracy as CategoricalAccuracy
    from tinynet.metrics.concordance_correlation import ConcordanceCorrelation as ConcordanceCorrelation
    from tinynet.metrics.cosine_similarity import CosineSimilarity as CosineSimilarity
    from tinynet.metrics.f1_score import F1Score as F1Score
    from tinynet.metrics.false_negatives import FalseNegatives as FalseNegatives
    from tinynet.metrics.false_positives import FalsePositives as FalsePositives
    from tinynet.metrics.fbeta_score import FBetaScore as FBetaScore
    from tinynet.metrics.iou import IoU as IoU
    from tinynet.metrics.log_cosh_error import LogCoshError as LogCoshError
    from tinynet.metrics.mean import Mean as Mean
    from tinynet.metrics.mean_iou import MeanIoU as MeanIoU
    from tinynet.metrics.mean_metric_wrapper import MeanMetricWrapper as MeanMetricWrapper
    from tinynet.metrics.one_hot_iou import OneHotIoU as OneHotIoU
    from tinynet.metrics.one_hot_mean_iou import OneHotMeanIoU as OneHotMeanIoU
    from tinynet.metrics.pearson_correlation import PearsonCorrelation as PearsonCorrelation
    from tinynet.metrics.precision import Precision as Precision
    from tinynet.metrics.precision_at_recall import PrecisionAtRecall as PrecisionAtRecall
    from tinynet.metrics.r2_score import R2Score as R2Score
    from tinynet.metrics.recall import Recall as Recall
    from tinynet.metrics.recall_at_precision import RecallAtPrecision as RecallAtPrecision
    from tinynet.metrics.root_mean_squared_error import RootMeanSquaredError as RootMeanSquaredError
    from tinynet.metrics.sensitivity_at_specificity import SensitivityAtSpecificity as SensitivityAtSpecificity
    from tinynet.metrics.sparse_categorical_accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
    from tinynet.metrics.sparse_top_k_categorical_accuracy import (
        SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
    )
    from tinynet.metrics.specificity_at_sensitivity import SpecificityAtSensitivity as SpecificityAtSensitivity
    from tinynet.metrics.sum import Sum as Sum
    from tinynet.metrics.top_k_categorical_accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
    from tinynet.metrics.true_negatives import TrueNegatives as TrueNegatives
    from tinynet.metrics.true_positives import TruePositives as TruePositives

    BinaryCrossentropy: type[LossMetric]
    BinaryFocalCrossentropy: type[LossMetric]
    CategoricalCrossentropy: type[LossMetric]
    CategoricalFocalCrossentropy: type[LossMetric]
    CategoricalGeneralizedCrossEntropy: type[LossMetric]
    CategoricalHinge: type[LossMetric]
    Hinge: type[LossMetric]
    Huber: type[LossMetric]
    KLDivergence: type[LossMetric]
    LogCosh: type[LossMetric]
    MeanAbsoluteError: type[LossMetric]
    MeanAbsolutePercentageError: type[LossMetric]
    MeanSquaredError: type[LossMetric]
    MeanSquaredLogarithmicError: type[LossMetric]
    Poisson: type[LossMetric]
    SparseCategoricalCrossentropy: type[LossMetric]
    SquaredHinge: type[LossMetric]

    binary_crossentropy: Callable[..., Array]
    binary_focal_crossentropy: Callable[..., Array]
    categorical_accuracy: Callable[..., Array]
    categorical_crossentropy: Callable[..., Array]
    categorical_focal_crossentropy: Callable[..., Array]
    categorical_generalized_cross_entropy: Callable[..., Array]
    categorical_hinge: Callable[..., Array]
    cosine_similarity: Callable[..., Array]
    hinge: Callable[..., Array]
    huber: Callable[..., Array]
    kl_divergence: Callable[..., Array]
    log_cosh: Callable[..., Array]
    mean_absolute_error: Callable[..., Array]
    mean_absolute_percentage_error: Callable[..., Array]
    mean_squared_error: Callable[..., Array]
    mean_squared_logarithmic_error: Callable[..., Array]
    poisson: Callable[..., Array]
    sparse_categorical_accuracy: Callable[..., Array]
    sparse_categorical_crossentropy: Callable[..., Array]
    sparse_top_k_categorical_accuracy: Callable[..., Array]
    squared_hinge: Callable[..., Array]
    top_k_categorical_accuracy: Callable[..., Array]


def serialize(metric: Metric) -> Any:
    """Return the class and arguments, in Keras's form, from which `deserialize` makes a metric again.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(BinaryAccuracy(threshold=0.25))["config"]
    {'name': 'binary_accuracy', 'dtype': 'float32', 'threshold': 0.25}
    """
    return written(metric, "metrics", _SERIALIZABLE)


def deserialize(config: Any, custom_objects: Mapping[str, type[Metric]] | None = None) -> Metric:
    """Return the metric that `serialize` described, or a name means; `custom_objects` are a user's own, by name.

    Examples
    --------
    >>> deserialize({"class_name": "BinaryAccuracy", "config": {"threshold": 0.25}}).threshold
    0.25
    """
    if not isinstance(config, (Mapping, str)):
        raise TypeError(
            f"Expected a metric's configuration, {{'class_name': …, 'config': {{…}}}}, or its name. Received: "
            f"{shown(config)}"
        )
    metric: Metric = made_with(get, config, custom_objects)
    return metric


def get(identifier: Any) -> Any:
    """Return the metric that a name, class, function, object or configuration stands for; None for None.

    What ``"accuracy"`` and ``"crossentropy"`` mean shows with the shapes of the first data.

    Raises
    ------
    ValueError
        If there is no metric of that name.
    TypeError
        If it is nothing of this kind.

    Examples
    --------
    >>> get("mae")
    <MeanAbsoluteError name=mean_absolute_error>
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        classes = Joined[type[Metric]](BY_SHAPE, TABLE)
        own = get_registered_object(identifier)
        return _made(lookup("metric", identifier, classes), identifier) if own is None else get(own)
    if isinstance(identifier, Mapping):
        return get(made("metric", identifier, Joined(TABLE, _SERIALIZABLE)))
    if isinstance(identifier, Metric):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier):
        name = getattr(identifier, "__name__", "")
        if losses.FUNCTIONS.get(name) is identifier:
            return metric_of(losses.TABLE[name])()
        return TABLE[name]() if FUNCTIONS.get(name) is identifier else FunctionMetric(identifier)
    raise TypeError(
        f"metrics: expected a name ({', '.join(map(repr, sorted({*BY_SHAPE, *TABLE})))}), a Metric or a function of "
        f"(y_true, y_pred). Received: {shown(identifier)}"
    )


def reported(identifier: Any) -> Any:
    """Return what `get` does, as `compile` reports it: what is asked for by a name has that name.

    Examples
    --------
    >>> reported("mae").name, get("mae").name
    ('mae', 'mean_absolute_error')
    """
    metric = get(identifier)
    if isinstance(identifier, str) and get_registered_object(identifier) is None:
        metric.name = identifier
    return metric


def _made(cls: type[Metric], name: str) -> Metric:
    """Return the metric that was asked for by a name."""
    signature = inspect.signature(cls).parameters.values()
    if missing := [p.name for p in signature if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]:
        raise ValueError(
            f"Metric {name!r} needs to be told its `{missing[0]}`. Pass an object: "
            f"metrics=[{cls.__name__}({missing[0]}=…)]"
        )
    return cls()

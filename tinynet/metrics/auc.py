"""The area under a curve that all thresholds draw together.

Source: https://keras.io/api/metrics/classification_metrics/#auc-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet import data
from tinynet._arguments import bare, flag, shown, whole_number
from tinynet._kinds import has_length, is_whole
from tinynet._types import Array, NoMore
from tinynet.metrics.confusion import ConfusionMetric, Counts, are_even, checked_thresholds, ratio

#: How far beyond 0 and 1 the outermost thresholds are.
EPSILON = 1e-7
CURVES, METHODS = ("ROC", "PR", "PRGAIN"), ("interpolation", "minoring", "majoring")


class AUC(ConfusionMetric):
    """The area under the ROC curve or the precision-recall curve, approximated by that of thresholds.

    For ``"ROC"`` it is about how often a positive gets a larger prediction than a negative: 0.5 is chance, 1 is best.

    Parameters
    ----------
    num_thresholds : int, default 200
        How many thresholds, evenly from 0 to 1.
    curve : {"ROC", "PR", "PRGAIN"}, default "ROC"
        Recall over the false positives' rate; precision over recall; their gains over what chance would give.
    summation_method : {"interpolation", "minoring", "majoring"}, default "interpolation"
        Between two thresholds: the mean of both heights (for ``"PR"`` as Davis and Goadrich interpolate), the lower
        one, the higher one.
    name, dtype
        As for every `Metric`; the names are numbered, as in Keras.
    thresholds : list of float, optional
        The thresholds between 0 and 1, in place of `num_thresholds`.
    multi_label : bool, default False
        Whether each column has a curve of its own, whose areas are averaged. By default all share one.
    num_labels : int, optional
        With `multi_label`, the columns, if they are to be checked.
    label_weights : list of float, optional
        What each column counts. Default: all the same.
    from_logits : bool, default False
        Whether predictions are logits, to which the sigmoid is applied.

    Raises
    ------
    ValueError
        For a curve or a method that there is not, fewer than two thresholds, and `num_labels` without `multi_label`.

    Notes
    -----
    Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006.

    Examples
    --------
    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.75
    >>> AUC(curve="PR", summation_method="minoring")([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.25
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
        **options: Unpack[NoMore],
    ) -> None:
        if thresholds is None:
            words = "Argument `num_thresholds` must be an integer > 1"
            self.num_thresholds = whole_number("AUC", "num_thresholds", num_thresholds, 2, words)
            between = np.linspace(0.0, 1.0, self.num_thresholds)[1:-1].tolist()
        else:
            none = isinstance(thresholds, (list, tuple, np.ndarray)) and has_length(thresholds) and not len(thresholds)
            between = [] if none else sorted(checked_thresholds("AUC", thresholds, 0.5))
            self.num_thresholds = len(between) + 2
        even = thresholds is None or are_even([0.0, *between, 1.0])
        self._own = thresholds is not None
        self.curve = _choice("curve", curve, CURVES)
        self.summation_method = _choice("summation_method", summation_method, METHODS)
        super().__init__([-EPSILON, *between, 1.0 + EPSILON], even, name, dtype, **options)
        self.multi_label = flag("AUC", "multi_label", multi_label)
        self.from_logits = flag("AUC", "from_logits", from_logits)
        none = num_labels is None or (is_whole(num_labels) and num_labels == 0)
        self.num_labels = None if none else whole_number("AUC", "num_labels", num_labels)
        if self.num_labels and not self.multi_label:
            raise ValueError("AUC: `num_labels` is needed only when `multi_label` is True.")
        self.label_weights = None if label_weights is None else data.as_numbers(label_weights, "label_weights")

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, the outermost beyond 0 and 1 among them."""
        return self._thresholds.tolist()  # type: ignore[no-any-return]

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError for outputs with other columns than were promised."""
        super().check_outputs(shape)
        columns = shape[-1] if shape else 1
        if self.multi_label and len(shape) != 1:
            raise ValueError(f"`y_pred` must have rank 2 when `multi_label=True`. Found: samples of shape {shape}")
        if self.num_labels not in (None, columns):
            raise ValueError(f"num_labels={self.num_labels}, but a row has {columns} outputs.")
        if self.label_weights is not None and self.label_weights.shape != (columns,):
            raise ValueError(f"expected `label_weights` to be {columns}. Received: shape {self.label_weights.shape}")

    def of_counts(self, counts: Counts) -> Any:
        """Return the area, or the mean of the labels' areas."""
        if (self.curve, self.summation_method) == ("PR", "interpolation"):
            areas = interpolated_pr(counts)
        else:
            x, y = points(self.curve, counts)
            areas = ((x[:-1] - x[1:]) * heights(self.summation_method, y[:-1], y[1:])).sum(axis=0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return areas.mean()
        return ratio((areas * self.label_weights).sum(), self.label_weights.sum())

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric again."""
        config = super().get_config()
        config.pop("thresholds", None)
        if self.label_weights is not None:
            config["label_weights"] = self.label_weights.tolist()
        return {**config, "thresholds": self.thresholds[1:-1]} if self._own else config


def points(curve: str, counts: Counts) -> tuple[Array, Array]:
    """Return x and y of a curve at each threshold."""
    tp, fp, tn, fn = counts
    if curve == "ROC":
        return ratio(fp, fp + tn), counts.recall
    if curve == "PR":
        return counts.recall, counts.precision
    positives_a_negative = ratio(tp + fn, tn + fp)
    recall_gain = np.where(tp == 0, 0.0, 1.0 - positives_a_negative * ratio(fn, tp))
    precision_gain = np.where(tp == 0, 1.0, 1.0 - positives_a_negative * ratio(fp, tp))
    return np.maximum(recall_gain, 0.0), precision_gain


def interpolated_pr(counts: Counts) -> Array:
    """Return the area under precision over recall, where TP and FP grow evenly from one threshold to the next.

    With P = TP + FP, TP is slope·P + rest between two of them; the area is Σ slope·(ΔTP + rest·log(P₁/P₂))/positives.
    """
    tp, taken = counts.true_positives, counts.true_positives + counts.false_positives
    change, further = tp[:-1] - tp[1:], np.maximum(taken[:-1] - taken[1:], 0.0)
    slope = ratio(change, further)
    rest = tp[1:] - slope * taken[1:]
    both = (taken[:-1] > 0) & (taken[1:] > 0)
    times = np.divide(taken[:-1], taken[1:], out=np.ones_like(tp[1:]), where=both)
    positives = np.maximum(tp[1:] + counts.false_negatives[1:], 0.0)
    return ratio(slope * (change + rest * np.log(times)), positives).sum(axis=0)  # type: ignore[no-any-return]


def heights(summation_method: str, y: Array, following: Array) -> Array:
    """Return how high the curve is taken to be from one threshold to the next."""
    if summation_method == "interpolation":
        return (y + following) / 2.0
    return np.minimum(y, following) if summation_method == "minoring" else np.maximum(y, following)


def _choice(name: str, given: Any, known: tuple[str, ...]) -> str:
    """Return one of the known words, in whatever case it is given, or raise a ValueError."""
    asked = getattr(given, "value", given)
    for word in known:
        if isinstance(asked, str) and asked.lower() == word.lower():
            return word
    raise ValueError(
        f'AUC: Invalid AUC {name.replace("_", " ")} value: "{bare(asked)}". `{name}` must be one of '
        f"{', '.join(map(repr, known))}. Received: {name}={shown(given)}"
    )

"""Hits and misses by thresholds: what precision, recall and the curves are computed from.

Source: https://keras.io/api/metrics/classification_metrics/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Unpack

import numpy as np

from tinynet._arguments import shown, whole_number
from tinynet._kinds import has_length, is_number
from tinynet._names import automatic_name
from tinynet._types import Array, NoMore
from tinynet.activations.sigmoid import sigmoid
from tinynet.formulas import Doubles, Floats, Row, Scalar, formula, kernel, span
from tinynet.metrics.sums import SumsMetric, weight_at
from tinynet.metrics.variable import Derived, Variable

#: What a prediction that is not among a row's largest counts as: below every threshold. Keras's number.
NEVER = -1e10


@formula
def thresholds_below(p: Scalar, thresholds: Row) -> int:
    """How many of the sorted thresholds are below p; p > threshold strictly, and NaN is above none."""
    low, high = 0, thresholds.size
    while low < high:
        middle = (low + high) // 2
        if p > type(p)(thresholds[middle]):
            low = middle + 1
        else:
            high = middle
    return low


@formula
def is_among_largest(p: Row, k: int, count: int) -> bool:
    """Whether entry k is one of a row's `count` largest, of equal ones the first."""
    before = 0
    for j in range(p.size):
        if p[j] > p[k] or (p[j] == p[k] and j < k):
            before += 1
    return before < count


@kernel
def count_by_threshold(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, sums: Doubles) -> None:
    """Σ weight of positives, and of negatives, by how many thresholds their predictions are above.

    Sums of T + 1 numbers each: positives, negatives; of every label one after the other, or of all together. A target
    is positive unless it is 0. Numbers: the class that counts or -1, how many of a row's largest predictions count or
    0, whether labels are kept apart, whether p are logits, least and largest p, T, the thresholds, weights of labels.
    """
    class_id, top_k, apart, from_logits = int(numbers[0]), int(numbers[1]), int(numbers[2]), numbers[3]
    least, largest, count = p.dtype.type(numbers[4]), p.dtype.type(numbers[5]), int(numbers[6])
    thresholds, of_labels = span(numbers, 7, 7 + count), span(numbers, 7 + count, numbers.size)
    begin, end = 0, columns
    if class_id >= 0:
        begin, end = class_id, class_id + 1
    for start in range(0, p.size, columns):
        for k in range(begin, end):
            score = p[start + k]
            if from_logits != 0:
                score = sigmoid(score)
            score = least if score < least else largest if score > largest else score
            if top_k > 0 and not is_among_largest(span(p, start, start + columns), k, top_k):
                score = p.dtype.type(NEVER)
            weight = weight_at(start + k, p.size, weights)
            if of_labels.size:
                weight *= of_labels[k]
            row = 2 * k * apart + (1 if y[start + k] == 0 else 0)
            sums[row * (count + 1) + thresholds_below(score, thresholds)] += weight


class Counts(NamedTuple):
    """Hits and misses (Σ of weights), a number for each threshold; an axis more where labels are kept apart."""

    true_positives: Array
    false_positives: Array
    true_negatives: Array
    false_negatives: Array

    @property
    def recall(self) -> Array:
        """The share of the positives that were found, TP/(TP + FN); the sensitivity."""
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def precision(self) -> Array:
        """The share of what was taken for positive that is, TP/(TP + FP)."""
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def specificity(self) -> Array:
        """The share of the negatives that were taken for negative, TN/(TN + FP)."""
        return ratio(self.true_negatives, self.true_negatives + self.false_positives)


def ratio(of: Array, to: Array) -> Array:
    """Return of/to, and 0 where `to` is 0."""
    return np.divide(of, to, out=np.zeros_like(of), where=to != 0)


class ConfusionMetric(SumsMetric):
    """Base class of metrics that are computed from hits and misses; runs in the compiled loop."""

    kernels = (count_by_threshold,)
    #: What counts, if not all: one class, the largest predictions of a row.
    class_id: int | None = None
    top_k: int | None = None
    #: What only a curve has.
    multi_label = from_logits = False
    label_weights: Array | None = None
    _settled: tuple[str, ...] = ("even",)
    #: What Keras collects in variables.
    counted: ClassVar[tuple[str, ...]] = Counts._fields

    def __init__(
        self, thresholds: Sequence[float], even: bool, name: str | None, dtype: Any, **options: Unpack[NoMore]
    ) -> None:
        super().__init__(automatic_name(type(self)) if name is None else name, dtype, **options)
        self._thresholds = np.array(thresholds, np.float64)
        #: Whether they divide 0 to 1 evenly: Keras then counts what is beyond as 0 and 1.
        self._even = even

    @property
    def numbers(self) -> Array:
        """What the kernel takes beside targets and predictions."""
        thresholds = np.sort(self._thresholds)
        limits = (0.0, 1.0) if self._even else (-np.inf, np.inf)
        flags = -1 if self.class_id is None else self.class_id, self.top_k or 0, self.multi_label, self.from_logits
        of_labels = () if self.multi_label or self.label_weights is None else self.label_weights
        return np.array([*flags, *limits, len(thresholds), *thresholds, *of_labels], np.float64)

    def width(self, columns: int) -> int:
        """Return how many sums there are for outputs of so many columns."""
        return 2 * (len(self._thresholds) + 1) * (columns if self.multi_label else 1)

    def value(self, sums: Array) -> Any:
        """Return the result that follows from the sums: one, or one for each threshold."""
        return self.of_counts(self.counts(sums))

    def of_counts(self, counts: Counts) -> Any:
        """Return the result that follows from hits and misses."""
        raise self._unfinished()

    def counts(self, sums: Array) -> Counts:
        """Return hits and misses by threshold, out of the sums by how many thresholds predictions are above."""
        T, labels = len(self._thresholds), self.multi_label
        by_number = sums.reshape(-1, 2, T + 1)
        above = by_number[..., ::-1].cumsum(axis=-1)[..., ::-1]
        order = np.empty(T, np.int64)
        order[np.argsort(self._thresholds, kind="stable")] = np.arange(T)
        taken = above[..., 1:][..., order]
        left = above[..., :1] - taken
        each = (taken[:, 0].T, taken[:, 1].T, left[:, 1].T, left[:, 0].T)
        return Counts(*(each if labels else (part[:, 0] for part in each)))

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError if a class, or a number of predictions, is asked for that the outputs do not have."""
        columns = shape[-1] if shape else 1
        if self.class_id is not None and not shape:
            raise ValueError(
                f"class_id={self.class_id}: When class_id is provided, y_pred must be a 2D array with shape "
                "(num_samples, num_classes), found shape: (num_samples,)"
            )
        if self.class_id is not None and self.class_id >= columns:
            raise ValueError(f"class_id={self.class_id}, but a row has {columns} outputs, number 0 to {columns - 1}.")
        if self.top_k is not None and self.top_k > columns:
            raise ValueError(f"top_k={self.top_k}, but a row has {columns} outputs only.")

    @property
    def variables(self) -> list[Variable]:
        """Hits and misses as Keras's variables, to be read."""
        return [Derived(self, name) for name in self.counted]

    def reset_state(self) -> None:
        """Forget what was seen."""
        self.sums.assign(0)

    def as_rows(self, y: Array, p: Array) -> tuple[Array, Array]:
        """Return targets and predictions; with `top_k` numbers in a row are the outputs of one sample, as in Keras."""
        return (y[None], p[None]) if self.top_k and p.ndim == 1 else (y, p)

    def _part(self, name: str) -> Array:
        sums = self.sums.value if self.sums.value.size else np.zeros(self.width(1))
        return getattr(self.counts(sums), name)  # type: ignore[no-any-return]

    @property
    def true_positives(self) -> Array:
        """What is positive and was taken for it, for each threshold."""
        return self._part("true_positives")

    @property
    def false_positives(self) -> Array:
        """What was taken for positive and is not, for each threshold."""
        return self._part("false_positives")

    @property
    def true_negatives(self) -> Array:
        """What is negative and was taken for it, for each threshold."""
        return self._part("true_negatives")

    @property
    def false_negatives(self) -> Array:
        """What was taken for negative and is not, for each threshold."""
        return self._part("false_negatives")


class AtThresholds(ConfusionMetric):
    """Base class of those that are told for one threshold, or for each of several."""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None,
        top_k: int | None,
        class_id: int | None,
        name: str | None,
        dtype: Any,
        **options: Unpack[NoMore],
    ) -> None:
        owner = type(self).__name__
        found = checked_thresholds(owner, thresholds, 0.5 if top_k is None else NEVER)
        super().__init__(found, are_even(found), name, dtype, **options)
        self.init_thresholds = thresholds
        self.top_k = None if top_k is None else whole_number(owner, "top_k", top_k)
        self.class_id = None if class_id is None else whole_number(owner, "class_id", class_id, at_least=0)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, as a list."""
        return self._thresholds.tolist()  # type: ignore[no-any-return]

    def value(self, sums: Array) -> Any:
        """Return the result that follows from the sums: one, or one for each threshold."""
        found = super().value(sums)
        return found[0] if len(found) == 1 else found

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric again."""
        given = self.init_thresholds
        kept = given if given is None or is_number(given) else [float(number) for number in given]  # type: ignore[union-attr]
        return {**super().get_config(), "thresholds": kept}


def are_even(thresholds: Sequence[float]) -> bool:
    """Return whether thresholds divide 0 to 1 evenly, from the least on.

    Examples
    --------
    >>> are_even([0.0, 0.5, 1.0]), are_even([0.5])
    (True, False)
    """
    return len(thresholds) > 2 and bool(np.allclose(thresholds, np.linspace(0.0, 1.0, len(thresholds)), atol=1e-7))


def checked_thresholds(owner: str, given: Any, default: float) -> list[float]:
    """Return thresholds as a list, `default` for None, or raise a ValueError unless they are between 0 and 1."""
    if given is None:
        return [default]
    found = [given] if is_number(given) else given
    if not isinstance(found, (list, tuple, np.ndarray)) or not has_length(found) or not len(found):
        raise ValueError(f"{owner}: expected `thresholds` to be a number or a list of some. Received: {shown(given)}")
    if wrong := [number for number in found if not is_number(number) or not 0 <= number <= 1]:
        raise ValueError(
            f"{owner}: invalid values for argument `thresholds`. Threshold values must be in [0, 1]. "
            f"Received: {shown(wrong)}"
        )
    return [float(number) for number in found]

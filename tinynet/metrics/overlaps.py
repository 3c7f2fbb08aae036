"""Which classes were told for which: the counts that intersections over unions are computed from.

Source: https://keras.io/api/metrics/segmentation_metrics/
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet import data
from tinynet._arguments import flag, shown, whole_number
from tinynet._kinds import is_whole
from tinynet._names import automatic_name
from tinynet._types import Array, NoMore
from tinynet.formulas import Doubles, Floats, Scalar, argmax, formula, kernel, span
from tinynet.metrics.metric import named
from tinynet.metrics.sums import SumsMetric, weight_at

#: Keras's, in place of divisors that are 0.
EPSILON = 1e-7


@formula
def class_number(value: Scalar, classes: int, whole: int) -> int:
    """The class that a number names, or -1 if it names none; whole numbers are made of it before, or after."""
    if value < classes and (value >= 0 or (whole != 0 and value > -1)):
        return int(value)
    return -1


@kernel
def count_pairs(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, sums: Doubles) -> None:
    """Σ weight by the class that is right and the one that was told; what names no class, or is ignored, is left out.

    Numbers: how many classes, whether targets and whether predictions are rows, of which the largest entry counts, the
    class that is ignored, the threshold that makes class 1 of a prediction (both may be NaN: none), and whether weights
    and numbers of classes are made whole.
    """
    classes, of_y, of_p, whole = int(numbers[0]), 1, 1, int(numbers[5])
    if numbers[2] != 0:
        of_p = columns
    count = p.size // of_p
    if numbers[1] != 0:
        of_y = y.size // count
    for i in range(count):
        if numbers[1] != 0:
            right = argmax(span(y, i * of_y, (i + 1) * of_y))
        else:
            right = class_number(y[i], classes, whole)
        if numbers[2] != 0:
            told = argmax(span(p, i * of_p, (i + 1) * of_p))
        elif numbers[4] == numbers[4]:
            told = 1 if p[i] >= p.dtype.type(numbers[4]) else 0
        else:
            told = class_number(p[i], classes, whole)
        if right >= 0 and told >= 0 and right < classes and told < classes and right != numbers[3]:
            weight = weight_at(i, count, weights)
            sums[right * classes + told] += float(int(weight)) if whole != 0 else weight


class Overlap(SumsMetric):
    """Base class of intersections over unions; runs in the compiled loop."""

    kernels = (count_pairs,)
    _direction = "up"
    _settled: tuple[str, ...] = ("sparse",)
    #: From where on a prediction is of class 1, for two classes.
    threshold: float | None = None

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int] | None,
        name: str | None,
        dtype: Any,
        ignore_class: int | None,
        sparse: tuple[bool, bool],
        axis: int,
        **options: Unpack[NoMore],
    ) -> None:
        owner = type(self).__name__
        kind = "int32" if dtype is None or (isinstance(dtype, str) and dtype == "int") else dtype
        super().__init__(automatic_name(type(self)) if name is None else name, kind, **options)
        self.num_classes = whole_number(owner, "num_classes", num_classes)
        wanted = range(self.num_classes) if target_class_ids is None else target_class_ids
        self.target_class_ids = self._checked_ids(wanted)
        self.ignore_class = (
            None if ignore_class is None else whole_number(owner, "ignore_class", ignore_class, -(2**31))
        )
        self.sparse_y_true = flag(owner, "sparse_y_true", sparse[0])
        self.sparse_y_pred = flag(owner, "sparse_y_pred", sparse[1])
        self.axis = whole_number(owner, "axis", axis, -32)
        self.sums.value = np.zeros(self.num_classes**2)

    def _checked_ids(self, given: Any) -> list[int]:
        """Return the classes that are told of, or raise a ValueError for others than there are."""
        listed = isinstance(given, (list, tuple, range)) or (isinstance(given, np.ndarray) and given.ndim == 1)
        found = list(given) if listed else []
        wrong = [each for each in found if not is_whole(each) or not 0 <= each < self.num_classes]
        if not found or wrong:
            raise ValueError(
                f"{type(self).__name__}: Target class id {shown(wrong[0] if wrong else given)} is out of range, which "
                f"is [0, {self.num_classes}): expected a list of some of these."
            )
        return [int(each) for each in found]

    @property
    def numbers(self) -> Array:
        """What the kernel takes beside targets and predictions."""
        other = [np.nan if number is None else number for number in (self.ignore_class, self.threshold)]
        rows = not self.sparse_y_true, not self.sparse_y_pred
        return np.array([self.num_classes, *rows, *other, np.dtype(self.dtype).kind in "iu"], np.float64)

    @property
    def takes_classes(self) -> bool:  # type: ignore[override]
        """Whether targets are the numbers of classes where predictions are rows."""
        return self.sparse_y_true and not self.sparse_y_pred

    @property
    def total_cm(self) -> Array:
        """What was told (columns) for what was right (rows)."""
        return self.sums.value.reshape(self.num_classes, -1)

    def width(self, columns: int) -> int:
        """Return how many sums there are for outputs of so many columns."""
        return int(self.num_classes**2)

    def check_outputs(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError for outputs of a model that are no classes along their last axis."""
        if not (self.sparse_y_true and self.sparse_y_pred) and self.axis not in (-1, len(shape)):
            raise ValueError(f"axis={self.axis}: in a model classes are along the last axis, -1.")
        if self.sparse_y_pred and not self.sparse_y_true and shape[-1:] != (1,):
            raise ValueError(
                f"sparse_y_pred=True with sparse_y_true=False: expected one class number a row, and outputs of a row "
                f"are {shape[-1]}."
            )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in the targets and predictions of one batch."""
        with named(self.name):
            y, p = (
                self._rows(data.as_numbers(given, argument), argument, sparse)
                for given, argument, sparse in (
                    (y_true, "y_true", self.sparse_y_true),
                    (y_pred, "y_pred", self.sparse_y_pred),
                )
            )
            count, columns = (p.size if self.sparse_y_pred else len(p)), 1 if self.sparse_y_pred else p.shape[-1]
            if (y.size if self.sparse_y_true else len(y)) != count:
                raise ValueError(
                    f"expected a target for each prediction. Received: shapes {np.shape(y_true)} and {np.shape(y_pred)}"
                )
            y, weights = y.astype(p.dtype), self._weights(sample_weight, count).astype(p.dtype)
            sums = self._room(columns)
        self.kernel(y.reshape(-1), p.reshape(-1), weights, columns, self.numbers, sums)

    def _rows(self, given: Any, argument: str, sparse: bool) -> Array:
        """Return numbers of classes as they are, or the classes' scores as rows, along the last axis."""
        array: Array = np.asarray(given)
        array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
        if sparse:
            return np.ascontiguousarray(array)
        if not array.ndim or not -array.ndim <= self.axis < array.ndim:
            raise ValueError(f"`{argument}` has no axis {self.axis}. Received: shape {array.shape}")
        moved = np.moveaxis(array, self.axis, -1)
        return np.ascontiguousarray(moved).reshape(-1, moved.shape[-1])

    def _weights(self, given: Any, count: int) -> Array:
        """Return a weight for each prediction, or none, or raise a ValueError for another number of them."""
        if given is None:
            return np.empty(0)
        weights = np.asarray(data.as_numbers(given, "sample_weight"))
        if weights.dtype.kind == "f" and np.dtype(self.dtype).kind in "iu":
            warnings.warn(
                f"Metric '{self.name}': You are passing weight as `float`, but dtype is `int`. This may result in an "
                "incorrect weight due to type casting: what is behind the point is cut off. Make the metric with "
                "dtype='float32'.",
                UserWarning,
                stacklevel=3,
            )
        if weights.size not in (1, count):
            raise ValueError(f"expected a sample_weight for each prediction. Received: shape {weights.shape}")
        return np.broadcast_to(weights.reshape(-1).astype(np.float64), (count,)).copy()

    def value(self, sums: Array) -> float:
        """Return the mean of TP/(TP + FP + FN) over the classes that are told of, as far as there are any."""
        matrix = sums.reshape(self.num_classes, -1)
        hits = np.diag(matrix)[self.target_class_ids]
        union = (matrix.sum(0) + matrix.sum(1) - np.diag(matrix))[self.target_class_ids]
        there = union > 1e-9
        return float(np.where(there, hits / (union + EPSILON), 0.0).sum() / (there.sum() + EPSILON))

"""How well what was taken for one of two classes covers what is of that class.

Source: https://keras.io/api/metrics/segmentation_metrics/#binaryiou-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._arguments import number
from tinynet._types import NoMore
from tinynet.metrics.overlaps import Overlap


class BinaryIoU(Overlap):
    """Intersection over union, TP/(TP + FP + FN), of one of two classes, or the mean of both.

    Parameters
    ----------
    target_class_ids : sequence of int, default (0, 1)
        The classes that are told of.
    threshold : float, default 0.5
        From it on a prediction is of class 1.
    name, dtype
        As for `IoU`.

    Examples
    --------
    >>> round(BinaryIoU(target_class_ids=[1], threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]), 6)
    0.333333
    """

    _settled = ("num_classes", "ignore_class", "sparse", "axis")

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype, None, (True, True), -1, **options)
        self.threshold = number("BinaryIoU", "threshold", threshold)

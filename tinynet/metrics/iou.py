"""How well what was taken for a class covers what is of that class.

Source: https://keras.io/api/metrics/segmentation_metrics/#iou-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.overlaps import Overlap


class IoU(Overlap):
    """Intersection over union, TP/(TP + FP + FN): the mean over some of the classes.

    Parameters
    ----------
    num_classes : int
        How many classes there are. What names no class does not count.
    target_class_ids : sequence of int
        The classes that are told of.
    name
        As for every `Metric`.
    dtype : str, default "int32"
        With whole numbers, weights and the numbers of classes are cut off behind the point, as in Keras.
    ignore_class : int, optional
        Targets of this class do not count.
    sparse_y_true, sparse_y_pred : bool, default True
        Whether targets, and predictions, are the numbers of classes; else the largest entry of a row counts.
    axis : int, default -1
        Along which the rows' entries stand; the last one in a model.

    Raises
    ------
    ValueError
        For a class that there is not.

    Examples
    --------
    >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])
    0.3333332888888937
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
        **options: Unpack[NoMore],
    ) -> None:
        sparse = sparse_y_true, sparse_y_pred
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, sparse, axis, **options)

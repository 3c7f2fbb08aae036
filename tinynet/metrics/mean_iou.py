"""How well what was taken for the classes covers what they are, on average.

Source: https://keras.io/api/metrics/segmentation_metrics/#meaniou-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.overlaps import Overlap


class MeanIoU(Overlap):
    """Intersection over union, TP/(TP + FP + FN): the mean over all classes that there are.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        As for `IoU`.

    Examples
    --------
    >>> round(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 1, 1]), 6)
    0.583333
    """

    _settled = ("target_class_ids", "sparse")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
        **options: Unpack[NoMore],
    ) -> None:
        sparse = sparse_y_true, sparse_y_pred
        super().__init__(num_classes, None, name, dtype, ignore_class, sparse, axis, **options)

"""How well what was taken for a class covers what is of that class, for targets that are one-hot.

Source: https://keras.io/api/metrics/segmentation_metrics/#onehotiou-class
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.overlaps import Overlap


class OneHotIoU(Overlap):
    """Intersection over union, as `IoU`, where targets, and as a rule predictions, are rows with an entry a class.

    Parameters
    ----------
    num_classes, target_class_ids, name, dtype, ignore_class, axis
        As for `IoU`.
    sparse_y_pred : bool, default False
        Whether predictions are the numbers of classes.

    Examples
    --------
    >>> round(OneHotIoU(num_classes=2, target_class_ids=[1])([[1, 0], [0, 1]], [[0.3, 0.7], [0.2, 0.8]]), 6)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
        **options: Unpack[NoMore],
    ) -> None:
        sparse = False, sparse_y_pred
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, sparse, axis, **options)

"""How well what was taken for the classes covers what they are, on average, for targets that are one-hot.

Source: https://keras.io/api/metrics/segmentation_metrics/#onehotmeaniou-class
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet._types import NoMore
from tinynet.metrics.overlaps import Overlap


class OneHotMeanIoU(Overlap):
    """Intersection over union, as `MeanIoU`, where targets, and as a rule predictions, are rows with an entry a class.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, axis
        As for `IoU`.
    sparse_y_pred : bool, default False
        Whether predictions are the numbers of classes.

    Examples
    --------
    >>> round(OneHotMeanIoU(num_classes=2)([[1, 0], [0, 1]], [[0.3, 0.7], [0.2, 0.8]]), 6)
    0.25
    """

    _settled = ("target_class_ids", "sparse")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
        **options: Unpack[NoMore],
    ) -> None:
        super().__init__(num_classes, None, name, dtype, ignore_class, (False, sparse_y_pred), axis, **options)

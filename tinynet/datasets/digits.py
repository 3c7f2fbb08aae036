"""Handwritten digits of 8 × 8 pixels: ten classes. Bundled, no download."""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet.datasets._bundled import read_table
from tinynet.datasets._split import Part, shuffled_split


@checked
def load_data(test_split: float = 0.2, seed: int = 113) -> tuple[Part, Part]:
    """Load 1797 small images of handwritten digits.

    As in Keras's image data sets, images are two-dimensional arrays of unsigned bytes: divide them by their
    largest value (``x_train / 16``) and put a ``Flatten`` before the first ``Dense``.

    Parameters
    ----------
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        Seed of the shuffle before the split. The same seed gives the same split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 8, 8)``, grey levels 0 to 16; ``y`` int64
        ``(n,)``, the digit 0 to 9. 1437 and 360 samples by default.

    Raises
    ------
    ValueError
        If ``test_split`` is outside ``[0, 1)``.

    References
    ----------
    E. Alpaydin, C. Kaynak, UCI Machine Learning Repository, 1998 (the test part of "Optical Recognition of
    Handwritten Digits"), as shipped by scikit-learn (BSD 3-clause).

    Examples
    --------
    >>> from tinynet.datasets import digits
    >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
    >>> x_train.shape, x_train.dtype, int(x_train.max())
    ((1437, 8, 8), dtype('uint8'), 16)
    """
    table = read_table("digits.csv.gz", dtype="uint8")
    return shuffled_split(table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(np.int64), test_split, seed)

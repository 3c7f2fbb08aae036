"""House prices in the suburbs of Boston: Keras's ``datasets.boston_housing``."""

from __future__ import annotations

import os

from tinynet._arguments import checked
from tinynet.datasets._files import find
from tinynet.datasets._npz import read_tables
from tinynet.datasets._split import Part, check_test_split, shuffled_split


@checked
def load_data(
    path: str | os.PathLike[str] = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Part, Part]:
    """Load 506 suburbs: 13 measurements each and the median house price. The result is exactly Keras's.

    One of the columns, B, was constructed on the assumption that the share of black people lowers prices. Use
    these data as an exercise with numbers, or to discuss just that; `tinynet.datasets.diabetes` is a regression
    without this problem.

    Parameters
    ----------
    path : str or path-like, default "boston_housing.npz"
        A file on this machine, which is used as it is; otherwise the file's name in the folder ``TINYNET_DATA`` or
        in Keras's cache folder (see `tinynet.datasets`).
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        Seed of the shuffle before the split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` float64 ``(n, 13)``; ``y`` float64 ``(n,)`` in 1000
        dollars. 404 and 102 samples by default.

    Raises
    ------
    ValueError
        If ``test_split`` is outside ``[0, 1)``, or the file is damaged.
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/boston_housing/. The data: D. Harrison, D. L. Rubinfeld, "Hedonic prices and
    the demand for clean air", Journal of Environmental Economics and Management 5, 1978.

    Examples
    --------
    >>> from tinynet.datasets import boston_housing
    >>> (x_train, y_train), (x_test, y_test) = boston_housing.load_data()  # doctest: +SKIP
    >>> x_train.shape, x_test.shape  # doctest: +SKIP
    ((404, 13), (102, 13))
    """
    check_test_split(test_split)  # before a download
    x, y = read_tables(find("boston_housing.npz", path), 2, "x", "y")
    return shuffled_split(x, y, test_split, seed)

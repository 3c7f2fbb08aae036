"""House prices in the districts of California: Keras's ``datasets.california_housing``."""

from __future__ import annotations

import os

from tinynet._arguments import checked
from tinynet._kinds import is_one_of
from tinynet.datasets._files import find
from tinynet.datasets._npz import read_tables
from tinynet.datasets._split import Part, check_test_split, shuffled_split


@checked
def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> tuple[Part, Part]:
    """Load 20,640 districts: 8 measurements each and the median house price. The result is exactly Keras's.

    The columns: median income, median age of the houses, rooms and bedrooms per household, population, people per
    household, latitude, longitude. They are of very different sizes: scale them before training.

    Parameters
    ----------
    version : {"large", "small"}, default "large"
        All districts, or the first 600, which are about as many as in `tinynet.datasets.boston_housing`.
    path : str or path-like, default "california_housing.npz"
        A file on this machine, which is used as it is; otherwise the file's name in the folder ``TINYNET_DATA`` or
        in Keras's cache folder (see `tinynet.datasets`).
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        Seed of the shuffle before the split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` float32 ``(n, 8)``; ``y`` float32 ``(n,)`` in dollars.

    Raises
    ------
    ValueError
        If ``version`` is another, ``test_split`` is outside ``[0, 1)``, or the file is damaged.
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/california_housing/. The data: R. K. Pace, R. Barry, "Sparse spatial
    autoregressions", Statistics and Probability Letters 33, 1997.

    Examples
    --------
    >>> from tinynet.datasets import california_housing
    >>> (x_train, y_train), (x_test, y_test) = california_housing.load_data()  # doctest: +SKIP
    >>> x_train.shape, x_test.shape  # doctest: +SKIP
    ((16512, 8), (4128, 8))
    """
    check_test_split(test_split)  # before a download
    if not is_one_of(version, ("small", "large")):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version!r}")
    x, y = read_tables(find("california_housing.npz", path), 2, "x", "y")
    if version == "small":
        x, y = x[:600], y[:600]
    return shuffled_split(x, y, test_split, seed)

"""A circle around another: two classes. Made up, no download."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import checked
from tinynet.datasets._split import Part
from tinynet.datasets._toy import made, on_circle


@checked
def load_data(n_samples: int = 500, noise: float = 0.1, test_split: float = 0.2, seed: int = 113) -> tuple[Part, Part]:
    """Make a circle around another.

    A network has to close its boundary around the inner one: that takes at least three units with a corner each.

    Parameters
    ----------
    n_samples : int, default 500
        How many samples, in both parts together; each class has the same share.
    noise : float, default 0.1
        Standard deviation of what is added to both numbers of each sample.
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        The same seed gives the same samples and the same split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` float32 ``(n, 2)``; ``y`` int64 ``(n,)``,
        0 the outer and 1 the inner circle.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    The shape is that of scikit-learn's `make_circles`; the random numbers are others.

    Examples
    --------
    >>> from tinynet.datasets import circles
    >>> (x_train, y_train), (x_test, y_test) = circles.load_data()
    >>> x_train.shape, x_test.shape, sorted(set(y_train.tolist()))
    ((400, 2), (100, 2), [0, 1])
    """
    return made(_placed, n_samples, noise, test_split, seed)


def _placed(y: NDArray[np.int64], rng: np.random.RandomState) -> NDArray[np.float64]:
    return on_circle(2 * np.pi * rng.uniform(size=len(y)), np.where(y == 0, 1.0, 0.5))

"""Breast Cancer Wisconsin (Diagnostic): two classes from 30 measurements. Bundled, no download."""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked
from tinynet.datasets._bundled import read_table
from tinynet.datasets._split import Part, shuffled_split

_QUANTITIES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


@checked
def load_data(test_split: float = 0.2, seed: int = 113) -> tuple[Part, Part]:
    """Load the Wisconsin diagnostic breast cancer data.

    569 tumours, each described by 30 measurements of the cell nuclei in a microscope image. The columns differ
    in scale by five orders of magnitude, so normalise them (by the mean and standard deviation of the training
    part).

    Parameters
    ----------
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        Seed of the shuffle before the split. The same seed gives the same split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` float64 ``(n, 30)``; ``y`` int64 ``(n,)``, 0
        malignant, 1 benign. 455 and 114 samples by default.

    Raises
    ------
    ValueError
        If ``test_split`` is outside ``[0, 1)``.

    References
    ----------
    W. H. Wolberg, W. N. Street, O. L. Mangasarian, UCI Machine Learning Repository, 1995, as shipped by
    scikit-learn (BSD 3-clause).

    Examples
    --------
    >>> from tinynet.datasets import breast_cancer
    >>> (x_train, y_train), (x_test, y_test) = breast_cancer.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape
    ((455, 30), (455,), (114, 30))
    >>> breast_cancer.get_label_names()[y_train[0]]
    'benign'
    """
    table = read_table("breast_cancer.csv.gz", skiprows=1)
    return shuffled_split(table[:, :-1], table[:, -1].astype(np.int64), test_split, seed)


@checked
def get_label_names() -> tuple[str, ...]:
    """Return the names of the classes, in the order of their labels.

    Returns
    -------
    tuple of str
        ``("malignant", "benign")``.
    """
    return ("malignant", "benign")


@checked
def get_feature_names() -> tuple[str, ...]:
    """Return the names of the 30 columns.

    Returns
    -------
    tuple of str
        Ten quantities, each with its mean, standard error and worst value over the nuclei of one image.

    Examples
    --------
    >>> from tinynet.datasets import breast_cancer
    >>> names = breast_cancer.get_feature_names()
    >>> names[0], names[13], names[29]
    ('mean radius', 'area error', 'worst fractal dimension')
    """
    means = tuple(f"mean {quantity}" for quantity in _QUANTITIES)
    errors = tuple(f"{quantity} error" for quantity in _QUANTITIES)
    worsts = tuple(f"worst {quantity}" for quantity in _QUANTITIES)
    return means + errors + worsts

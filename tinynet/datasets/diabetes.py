"""Diabetes progression: regression from ten baseline values. Bundled, no download."""

from __future__ import annotations

from tinynet._arguments import checked
from tinynet.datasets._bundled import read_table
from tinynet.datasets._split import Part, shuffled_split


@checked
def load_data(test_split: float = 0.2, seed: int = 113) -> tuple[Part, Part]:
    """Load the diabetes data of the least-angle-regression paper.

    442 people, ten values measured at the start, and how far the disease had progressed a year later. The values
    are in their own units, so normalise them (by the mean and standard deviation of the training part).

    Parameters
    ----------
    test_split : float, default 0.2
        Share of the samples in the test part, ``0 <= test_split < 1``.
    seed : int, default 113
        Seed of the shuffle before the split. The same seed gives the same split.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` float64 ``(n, 10)``; ``y`` float64 ``(n,)``, a score
        from 25 to 346. 353 and 89 samples by default.

    Raises
    ------
    ValueError
        If ``test_split`` is outside ``[0, 1)``.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least Angle Regression", Annals of Statistics 32, 2004,
    as shipped by scikit-learn (BSD 3-clause).

    Examples
    --------
    >>> from tinynet.datasets import diabetes
    >>> (x_train, y_train), (x_test, y_test) = diabetes.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape
    ((353, 10), (353,), (89, 10))
    """
    x = read_table("diabetes_data_raw.csv.gz", delimiter=None)
    y = read_table("diabetes_target.csv.gz", delimiter=None)
    return shuffled_split(x, y, test_split, seed)


@checked
def get_feature_names() -> tuple[str, ...]:
    """Return the names of the ten columns.

    Returns
    -------
    tuple of str
        Age (years), sex (1 or 2), body mass index (kg/m²), mean blood pressure (mmHg) and six blood serum
        values: total cholesterol, low- and high-density lipoproteins, total / high-density cholesterol,
        logarithm of the triglycerides, blood sugar.

    Examples
    --------
    >>> from tinynet.datasets import diabetes
    >>> diabetes.get_feature_names()[:3]
    ('age', 'sex', 'bmi')
    """
    return ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")

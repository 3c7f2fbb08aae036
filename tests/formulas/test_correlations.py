"""The formulas of correlations, beside NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.metrics.concordance_correlation import concordance_correlation
from tinynet.metrics.correlation import covariance
from tinynet.metrics.pearson_correlation import pearson_correlation

RNG = np.random.default_rng(0)
ROWS = [(RNG.normal(2.0, 3.0, size), RNG.normal(-1.0, 0.5, size)) for size in (2, 3, 7)]


@pytest.mark.parametrize(("y", "p"), ROWS)
def test_a_correlation_is_the_covariance_over_both_deviations(y, p):
    assert covariance(y, p, y.mean(), p.mean()) == pytest.approx(np.cov(y, p, ddof=0)[0, 1], rel=1e-12)
    assert pearson_correlation(y, p) == pytest.approx(np.corrcoef(y, p)[0, 1], rel=1e-12)
    assert pearson_correlation(y, 3.0 - 2.0 * y) == pytest.approx(-1.0, rel=1e-12)


@pytest.mark.parametrize(("y", "p"), ROWS)
@pytest.mark.parametrize("epsilon", [0.0, 0.25])
def test_a_concordance_counts_how_far_the_means_and_spreads_are_apart(y, p, epsilon):
    spread = y.var() + p.var() + (y.mean() - p.mean()) ** 2 + epsilon
    expected = 2.0 * np.cov(y, p, ddof=0)[0, 1] / spread
    assert concordance_correlation(y, p, epsilon) == pytest.approx(expected, rel=1e-12)
    assert concordance_correlation(y, y, 0.0) == pytest.approx(1.0, rel=1e-12)


def test_means_are_taken_as_they_are_given():
    y, p = np.array([1.0, 5.0]), np.array([2.0, 4.0])
    assert covariance(y, p, 0.5, 1.0) == (0.5 * 1.0 + 4.5 * 3.0) / 2


def test_a_row_of_one_number_has_no_spread():
    y, p = np.array([2.0]), np.array([3.0])
    assert covariance(y, p, 2.0, 3.0) == 0.0
    assert concordance_correlation(y, p, 0.25) == 0.0
    with np.errstate(invalid="ignore"):
        assert np.isnan(pearson_correlation(y, p))

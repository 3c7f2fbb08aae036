"""scikit-learn's own checks of estimators."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tinynet.sklearn import MLPClassifier, MLPRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size` less than 1"),
]


@parametrize_with_checks([MLPClassifier(max_iter=60), MLPRegressor(max_iter=30)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)

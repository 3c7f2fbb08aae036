"""On a real cluster of two workers: searches, validations and ensembles run unchanged, with the same results."""

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

from tinynet.sklearn import KerasClassifier, MLPClassifier

distributed = pytest.importorskip("dask.distributed")

pytestmark = pytest.mark.filterwarnings("ignore")

X, Y = make_classification(120, 6, random_state=0)
GRID = {"hidden_layer_sizes": [(3,), (5,), (9,)], "alpha": [1e-4, 1.0], "solver": ["adam", "sgd"], "tol": [1e-4, 1e-1]}
SMALL = MLPClassifier(max_iter=5, random_state=0)


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        yield cluster


def test_a_search_finds_the_same(cluster):
    far = GridSearchCV(SMALL, GRID, cv=2, n_jobs=-1).fit(X, Y)
    with joblib.parallel_config("sequential"):
        here = GridSearchCV(SMALL, GRID, cv=2, n_jobs=1).fit(X, Y)
    assert len(far.cv_results_["params"]) == 24
    assert far.best_params_ == here.best_params_
    np.testing.assert_array_equal(far.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(far.predict_proba(X), here.predict_proba(X))


def test_validations_and_ensembles_too(cluster):
    from tinynet import Sequential
    from tinynet.layers import Dense

    def make(units):
        return Sequential([Dense(units, "relu"), Dense(1, "sigmoid")])

    wrapped = KerasClassifier(make, units=4, epochs=2, verbose=0, random_state=0)
    for estimator in (wrapped, BaggingClassifier(SMALL, 3, random_state=0)):
        far = cross_val_score(estimator, X, Y, cv=2, n_jobs=-1)
        with joblib.parallel_config("sequential"):
            np.testing.assert_array_equal(far, cross_val_score(estimator, X, Y, cv=2, n_jobs=1))

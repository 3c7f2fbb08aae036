"""Step for step as scikit-learn: the same `random_state` gives the same losses, weights and lines."""

import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn.neural_network
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression

import tinynet.sklearn

X, CLASSES = make_classification(150, 8, n_informative=5, n_classes=3, random_state=0)
LABELS = make_multilabel_classification(150, 8, n_classes=4, random_state=0)[1]
NUMBERS = make_regression(150, 8, n_targets=1, noise=1, random_state=0)[1] / 100
COUNTS = np.random.default_rng(0).poisson(np.exp(X[:, 0] / 2))
WEIGHTS = np.random.default_rng(1).uniform(0, 3, 150)

TARGETS = {
    "two": ("MLPClassifier", CLASSES > 0),
    "three": ("MLPClassifier", np.array(["a", "b", "c"])[CLASSES]),
    "labels": ("MLPClassifier", LABELS),
    "number": ("MLPRegressor", NUMBERS),
    "numbers": ("MLPRegressor", np.stack([NUMBERS, X[:, 1]], 1)),
    "counts": ("MLPRegressor", COUNTS),
}
SETTINGS = {
    "defaults": {},
    "layers": {"hidden_layer_sizes": (9, 7, 5), "activation": "tanh"},
    "logistic": {"activation": "logistic", "alpha": 1.0},
    "identity": {"activation": "identity", "alpha": 0},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.1},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5, "learning_rate_init": 0.1},
    "plain": {"solver": "sgd", "momentum": 0, "learning_rate_init": 0.1},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.25, "learning_rate_init": 0.1},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 2, "max_iter": 60},
    "adam": {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "learning_rate_init": 0.01},
    "batches": {"batch_size": 17, "shuffle": False},
    "tolerant": {"tol": 0.05, "n_iter_no_change": 3},
    "early": {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 4, "learning_rate_init": 0.02},
}


def pair(target, **settings):
    """Return scikit-learn's estimator and tinynet's for a target, and the target."""
    name, y = TARGETS[target]
    given = {"hidden_layer_sizes": (6,), "random_state": 3, "max_iter": 25, "batch_size": 40, **settings}
    if target == "counts":
        given["loss"] = "poisson"
    return getattr(sklearn.neural_network, name)(**given), getattr(tinynet.sklearn, name)(**given), y


def fitted(estimators, *given, method="fit", **named):
    """Let both do the same; returns the texts of their warnings."""
    texts = []
    for estimator in estimators:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            getattr(estimator, method)(*given, **named)
        texts.append([(w.category.__name__, str(w.message)) for w in caught])
    return texts


def assert_same(theirs, ours, tolerance=1e-6):
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=tolerance, atol=tolerance)
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("loss_", "best_loss_", "validation_scores_", "best_validation_score_"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (other is None), name
        if mine is not None:
            np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("setting", "target"),
    [(setting, target) for i, setting in enumerate(SETTINGS) for target in list(TARGETS)[i % 3 :: 3]],
)
def test_training_agrees_epoch_by_epoch(setting, target):
    theirs, ours, y = pair(target, **SETTINGS[setting])
    texts = fitted((theirs, ours), X, y)
    assert texts[0] == texts[1]
    assert_same(theirs, ours)
    if hasattr(theirs, "predict_proba"):
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
        np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), atol=1e-5)
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-6)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-9)


@pytest.mark.parametrize(("target", "early"), [(target, i % 2 == 0) for i, target in enumerate(TARGETS)])
def test_sample_weights_count_alike(target, early):
    theirs, ours, y = pair(target, early_stopping=early)
    fitted((theirs, ours), X, y, WEIGHTS)
    assert_same(theirs, ours)


@pytest.mark.parametrize(
    ("target", "form"), [*zip(TARGETS, 3 * [scipy.sparse.csr_array, scipy.sparse.csc_matrix], strict=True)]
)
def test_sparse_samples_train_alike(target, form):
    theirs, ours, y = pair(target)
    sparse = form(np.where(X > 0.5, X, 0))
    fitted((theirs, ours), sparse, y)
    assert_same(theirs, ours)
    outputs = "predict_proba" if hasattr(ours, "predict_proba") else "predict"
    np.testing.assert_allclose(getattr(ours, outputs)(sparse[:5].toarray()), getattr(ours, outputs)(sparse[:5]))


@pytest.mark.parametrize("target", TARGETS)
def test_float32_stays_float32_and_agrees_to_its_rounding(target):
    theirs, ours, y = pair(target)
    fitted((theirs, ours), X.astype(np.float32), y)
    assert ours.coefs_[0].dtype == np.float32
    assert_same(theirs, ours, 1e-3)


@pytest.mark.parametrize(("target", "solver"), [*zip(TARGETS, 3 * ["adam", "sgd"], strict=True)])
def test_partial_fit_goes_on_alike(target, solver):
    theirs, ours, y = pair(target, solver=solver)
    more = {"classes": [0, 1, 2, 3] if target == "labels" else np.unique(y)} if "predict_proba" in dir(theirs) else {}
    for _ in range(3):
        fitted((theirs, ours), X[:90], y[:90], method="partial_fit", **more)
        fitted((theirs, ours), X[60:], y[60:], method="partial_fit")
    assert_same(theirs, ours)


@pytest.mark.parametrize(
    ("target", "settings"),
    [*zip(TARGETS, 2 * [{"early_stopping": True}, {}, {"solver": "sgd", "learning_rate": "invscaling"}], strict=True)],
)
def test_a_warm_start_goes_on_alike(target, settings):
    theirs, ours, y = pair(target, warm_start=True, max_iter=4, **settings)
    for _ in range(3):
        fitted((theirs, ours), X, y)
    assert_same(theirs, ours)


@pytest.mark.parametrize("settings", [SETTINGS["adaptive"], SETTINGS["early"], {"max_iter": 3}, SETTINGS["tolerant"]])
def test_the_lines_are_the_same(settings, capsys):
    for target in ("two", "number"):
        lines = []
        for estimator in pair(target, verbose=True, **settings)[:2]:
            fitted([estimator], X, TARGETS[target][1])
            lines.append(capsys.readouterr().out)
        assert lines[0] == lines[1]
        assert "loss = " in lines[0]


def test_a_random_state_object_is_drawn_from_alike():
    theirs, ours, y = pair("three")
    theirs.set_params(random_state=(first := np.random.RandomState(0)))
    ours.set_params(random_state=(second := np.random.RandomState(0)))
    fitted((theirs, ours), X, y)
    assert_same(theirs, ours)
    assert first.randint(1 << 30) == second.randint(1 << 30)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_arguments_and_defaults_are_scikit_learns(name):
    theirs, ours = (getattr(package, name)().get_params() for package in (sklearn.neural_network, tinynet.sklearn))
    assert theirs.items() <= ours.items()


def test_probabilities_that_round_to_0_cost_what_they_cost_there():
    theirs, ours, y = pair("three", max_iter=3)
    fitted((theirs, ours), X * 1e3, y)
    assert_same(theirs, ours)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 999}, "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"),
        ({"max_iter": 2}, "Stochastic Optimizer: Maximum iterations (2) reached"),
    ],
)
def test_warnings_are_the_same(settings, message):
    theirs, ours, y = pair("two", **settings)
    texts = fitted((theirs, ours), X, y)
    assert texts[0] == texts[1]
    assert any(message in text for _, text in texts[0])

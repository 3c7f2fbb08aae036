"""What the perceptrons have beyond scikit-learn's, and how they are kept, copied and shared."""

import copy
import pickle
import subprocess
import sys
import threading
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tinynet
from tinynet.callbacks import Callback, EarlyStopping
from tinynet.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, CLASSES = make_classification(160, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
TWO = CLASSES > 0
NUMBERS = X[:, 0] + X[:, 1] ** 2
SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 6, "learning_rate_init": 0.01}


def classifier(**settings):
    return MLPClassifier(**{**SMALL, **settings})


def same(one, other):
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


# ---- weights, layers, losses, optimizers ----------------------------------------------------------------------------


@pytest.mark.parametrize("y", [CLASSES, TWO, np.stack([TWO, CLASSES > 1], 1).astype(int)])
def test_class_weights_are_sample_weights(y):
    from sklearn.utils.class_weight import compute_sample_weight

    given = [{0: 1, 1: 3}, {0: 2, 1: 1}] if y.ndim == 2 else {label: 1.0 + label for label in np.unique(y).tolist()}
    for weight in (given, "balanced"):
        by_class = classifier(class_weight=weight).fit(X, y)
        assert same(by_class, classifier().fit(X, y, compute_sample_weight(weight, y)))
        assert not same(by_class, classifier().fit(X, y))
    both = classifier(class_weight=given).fit(X, y, np.arange(160))
    assert same(both, classifier().fit(X, y, np.arange(160) * compute_sample_weight(given, y)))


def test_dropout_is_in_training_only_and_repeats():
    model = classifier(hidden_layer_sizes=(8, 8), dropout=[0.5, 0.0], max_iter=30).fit(X, TWO)
    assert [layer.name for layer in model.model_.layers] == ["hidden_1", "dropout_1", "hidden_2", "output"]
    assert np.array_equal(model.predict_proba(X), model.predict_proba(X))
    assert same(model, clone(model).fit(X, TWO))
    assert not same(model, clone(model).set_params(dropout=0.0).fit(X, TWO))


def test_each_layer_may_have_its_own_activation():
    model = classifier(hidden_layer_sizes=(4, 4, 4), activation=["tanh", "logistic", tinynet.activations.ELU(0.5)])
    model.fit(X, CLASSES)
    found = [layer.activation.name for layer in model.model_.layers]
    assert found == ["tanh", "sigmoid", "elu", "softmax"]
    assert same(classifier(activation=["tanh"]).fit(X, TWO), classifier(activation="tanh").fit(X, TWO))


@pytest.mark.parametrize("loss", ["hinge", "mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_a_classifier_trains_with_any_loss(loss):
    model = classifier(loss=loss, max_iter=60, learning_rate_init=0.05).fit(X, CLASSES)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.score(X, CLASSES) > 0.5


def test_a_loss_of_ones_own_trains_too():
    class Absolute(tinynet.losses.Loss):
        def forward(self, y, p):
            return np.abs(p - y).mean(axis=-1)

        def backward(self, y, p):
            return np.sign(p - y) / p.shape[-1]

    for loss in ("huber", "mae", tinynet.losses.Huber(0.5), Absolute()):
        model = MLPRegressor(loss, **{**SMALL, "max_iter": 40}).fit(X, NUMBERS)
        assert model.loss_curve_[-1] < model.loss_curve_[0]
        assert model.out_activation_ == "identity"


@pytest.mark.parametrize("solver", ["rmsprop", tinynet.optimizers.Adagrad(0.1), tinynet.optimizers.AdamW(0.01)])
def test_any_optimizer_solves(solver):
    model = classifier(solver=solver, max_iter=20).fit(X, CLASSES)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert same(model, clone(model).fit(X, CLASSES))
    if not isinstance(solver, str):
        assert solver.iterations == 0  # a copy of it was trained
    else:
        assert model.model_.optimizer.learning_rate == 0.01


# ---- what is reported -----------------------------------------------------------------------------------------------


def test_the_history_has_metrics_and_the_evaluation_set_per_epoch():
    model = classifier(metrics=["accuracy"]).fit(X[:100], CLASSES[:100], eval_set=(X[100:], CLASSES[100:]))
    assert list(model.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert model.history_["loss"] == model.loss_curve_
    assert model.history_["val_accuracy"][-1] == pytest.approx(model.score(X[100:], CLASSES[100:]))
    assert {len(column) for column in model.history_.values()} == {6}
    for _ in range(2):
        model.partial_fit(X, CLASSES)
    assert len(model.history_["accuracy"]) == len(model.loss_curve_) == 8


def test_the_loss_of_an_evaluation_set_is_that_of_the_data_alone():
    model = classifier(alpha=5.0).fit(X, TWO, eval_set=[(X, TWO)])
    p = model.predict_proba(X)[np.arange(160), TWO.astype(int)]
    assert model.history_["val_loss"][-1] == pytest.approx(-np.log(p).mean())
    weighted = classifier(alpha=5.0).fit(X, TWO, eval_set=(X, TWO, np.arange(160)))
    p = weighted.predict_proba(X)[np.arange(160), TWO.astype(int)]
    expected = sum(-(np.log(p) * np.arange(160))[:160]) / np.arange(160).sum()
    assert weighted.history_["val_loss"][-1] == pytest.approx(expected)


def test_early_stopping_judges_by_the_evaluation_set_if_there_is_one():
    settings = {"early_stopping": True, "max_iter": 80, "n_iter_no_change": 3}
    model = classifier(**settings).fit(X[:100], CLASSES[:100], eval_set=(X[100:], CLASSES[100:]))
    assert model.t_ == 100 * model.n_iter_  # no sample was kept apart
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X[100:], CLASSES[100:]) == model.best_validation_score_


def test_callbacks_listen_and_stop():
    class Listener(Callback):
        def on_epoch_end(self, epoch, logs=None):
            heard.append((epoch, logs["loss"]))

    heard = []
    model = classifier(callbacks=[Listener(), EarlyStopping("loss", patience=0, min_delta=10)]).fit(X, TWO)
    assert model.n_iter_ == 2
    assert [loss for _, loss in heard] == model.loss_curve_


def test_an_interrupt_ends_the_training_and_keeps_what_was_learnt():
    class Interrupter(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model = classifier(callbacks=[Interrupter()]).fit(X, TWO)
    assert model.n_iter_ == 3
    assert same(model, classifier(max_iter=3).fit(X, TWO))


# ---- weights as attributes, copies, pickles, threads ----------------------------------------------------------------


def test_weights_that_are_written_or_replaced_count():
    model = classifier().fit(X, TWO)
    model.coefs_[1][:] = 0
    model.intercepts_[1] = np.array([np.log(3.0)])
    np.testing.assert_allclose(model.predict_proba(X), [[0.25, 0.75]] * 160)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(model)).predict_proba(X), [[0.25, 0.75]] * 160)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("settings", [{}, {"solver": "sgd"}, {"dropout": 0.3}, {"early_stopping": True}])
def test_a_copy_goes_on_as_the_original(copied, settings):
    model = classifier(**settings).fit(X, CLASSES)
    other = copied(model)
    assert np.array_equal(other.predict_proba(X), model.predict_proba(X))
    for one in (model, other):
        one.set_params(early_stopping=False, alpha=0.1).partial_fit(X, CLASSES).partial_fit(X[:50], CLASSES[:50])
    assert same(model, other)
    other.coefs_[0][:] = 0
    assert model.coefs_[0].any()


def test_pickles_are_small(tmp_path):
    model = MLPClassifier(hidden_layer_sizes=(200,), max_iter=2).fit(X, TWO)
    weights = sum(w.nbytes for w in model.coefs_ + model.intercepts_)
    joblib.dump(model, tmp_path / "model")
    assert (tmp_path / "model").stat().st_size < 3 * weights + 10_000  # with Adam's two slots
    assert len(pickle.dumps(MLPClassifier())) < 2_000


def test_threads_predict_at_once():
    model = classifier().fit(X, CLASSES)
    expected, wrong = model.predict_proba(X), []

    def work():
        for _ in range(20):
            if not np.array_equal(model.predict_proba(X), expected):
                wrong.append(True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_it_serves_in_pipelines_and_searches():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), classifier()), {"mlpclassifier__alpha": [1e-4, 1.0]}, cv=2, n_jobs=1
    )
    assert search.fit(X, TWO).best_score_ > 0.5
    assert search.predict(X).dtype == bool


def test_the_model_is_one_of_tinynets():
    model = classifier().fit(X, CLASSES)
    np.testing.assert_allclose(model.model_.predict(X, verbose=0), model.predict_proba(X))
    trace = model.model_.trace(X[:3], CLASSES[:3])
    assert "batch_share" in str(trace) or "alpha" in str(trace)


def test_the_digits_are_learnt():
    x, y = load_digits(return_X_y=True)
    model = MLPClassifier(max_iter=20, random_state=0).fit(x[:1500], y[:1500])
    assert model.score(x[1500:], y[1500:]) > 0.8


# ---- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "lbfgs"}, "tinynet has no solver='lbfgs'"),
        ({"solver": "adma"}, "adma"),
        ({"solver": None}, "`solver` must be 'adam', 'sgd' or an optimizer"),
        ({"activation": "rleu"}, "rleu"),
        ({"activation": ["relu", "tanh"]}, "`activation` must be one for all hidden layers or one for each of the 1"),
        ({"dropout": [0.1, 0.2]}, "`dropout` must be one for all"),
        ({"dropout": 2}, "rate"),
        ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes must be > 0"),
        ({"hidden_layer_sizes": (3.5,)}, "hidden_layer_sizes must be whole numbers"),
        ({"alpha": -1}, "The 'alpha' parameter of MLPClassifier must be a number of at least 0. Got -1"),
        ({"batch_size": 0}, "'batch_size'"),
        ({"learning_rate": "fast"}, "'learning_rate'"),
        ({"max_iter": 0}, "'max_iter'"),
        ({"momentum": 2}, "'momentum'"),
        ({"beta_1": 1.0}, "'beta_1'"),
        ({"n_iter_no_change": 0}, "'n_iter_no_change'"),
        ({"shuffle": "yes"}, "'shuffle'"),
        ({"loss": "huge"}, "huge"),
        ({"loss": "sparse_categorical_crossentropy"}, "for three classes and more"),
        ({"loss": tinynet.losses.BinaryCrossentropy(from_logits=True)}, "must not take them for logits"),
        ({"class_weight": {5: 1.0, 6: 1.0}}, "The classes"),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        classifier(**settings).fit(X, TWO)


def test_data_that_do_not_fit_are_refused_by_name():
    with pytest.raises(ValueError, match="eval_set"):
        classifier().fit(X, TWO, eval_set=X)
    with pytest.raises(ValueError, match="classes not in"):
        classifier().fit(X, TWO, eval_set=(X, CLASSES))
    with pytest.raises(ValueError, match="6 features"):
        classifier().fit(X, TWO, eval_set=(X[:, :5], TWO))
    with pytest.raises(ValueError, match="y >= 0"):
        MLPRegressor("poisson").fit(X, NUMBERS - 99)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        classifier().partial_fit(X, TWO)
    with pytest.raises(NotFittedError):
        classifier().predict(X)
    model = classifier(warm_start=True).fit(X, TWO).set_params(hidden_layer_sizes=(7,))
    with pytest.raises(ValueError, match=r"layers of \[6, 5, 1\] units were fitted before"):
        model.fit(X, TWO)


def test_without_scikit_learn_the_error_names_the_command():
    code = "import sys; sys.modules['sklearn'] = None\nimport tinynet\ntry: import tinynet.sklearn\n"
    code += "except ImportError as error: print(error)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "tinynet-engine[sklearn]"' in run.stdout
    code = "import sys, tinynet; tinynet.Sequential; print('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_warnings_name_the_users_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier().fit(X, TWO)
    (warning,) = (w for w in caught if issubclass(w.category, ConvergenceWarning))
    assert warning.filename == __file__


def test_a_call_that_is_refused_leaves_the_estimator_as_it_was():
    estimator = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2).fit(X, np.ones((len(X), 2)))
    before = dict(vars(estimator))
    missing = np.where(np.arange(2 * len(X)).reshape(-1, 2) == 3, None, 1.0)
    for refused, words in {
        lambda: estimator.partial_fit(X, np.ones((len(X), 3))): "units were fitted before",
        lambda: estimator.fit(X, missing): "y contains NaN",
        lambda: estimator.fit(X[:, :2], np.ones(len(X)), sample_weight=[1.0]): "sample_weight",
        lambda: estimator.score(X, [[10**400] * 2] * len(X)): "no float can hold",
    }.items():
        with pytest.raises(ValueError, match=words):
            refused()
        assert vars(estimator) == before

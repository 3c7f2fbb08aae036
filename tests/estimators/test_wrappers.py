"""`KerasClassifier`, `KerasRegressor` and Keras's own wrappers: models, and functions that make them, as estimators."""

import functools
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import tinynet
from tinynet import Sequential
from tinynet.callbacks import Callback, EarlyStopping
from tinynet.layers import Dense, Dropout, Flatten
from tinynet.sklearn import KerasClassifier, KerasRegressor, SKLearnClassifier, SKLearnRegressor
from tinynet.sklearn.keras2 import KerasClassifier as Keras2Classifier

X, CLASSES = make_classification(120, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
X = X.astype(np.float32)
TWO = CLASSES > 0
NAMES = np.array(["a", "b", "c"])[CLASSES]
LABELS = np.stack([TWO, CLASSES > 1], 1).astype(int)
NUMBERS = X[:, 0] * 2 + 1
QUIET = {"verbose": 0, "random_state": 0, "epochs": 3}


def make(units=4, meta=None):
    return Sequential([Dense(units, "relu"), Dense(meta["n_classes_"], "softmax")])


class Named:
    """A function whose representation, which becomes part of a test's name, is the same in every process."""

    def __init__(self, function):
        functools.update_wrapper(self, function)

    def __call__(self, *arguments, **options):
        return self.__wrapped__(*arguments, **options)

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return self.__name__


def one_unit():
    model = Sequential([Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def tell_units(estimator):
    return estimator.model_.layers[0].units


# ---- scikit-learn's checks ------------------------------------------------------------------------------------------

REASON = "trained batch by batch: repeating a sample makes other batches than giving it a weight"
EXPECTED = {f"check_sample_weight_equivalence_on_{kind}_data": REASON for kind in ("dense", "sparse")}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:.*softmax over one unit")
@parametrize_with_checks(
    [KerasClassifier(Named(make), **QUIET), KerasRegressor(**QUIET)], expected_failed_checks=lambda estimator: EXPECTED
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# ---- making the model -----------------------------------------------------------------------------------------------


def test_the_function_is_given_what_it_has_arguments_for():
    def build(units, meta, compile_kwargs, params, rate=0.5):
        told.update(meta=meta, params=params)
        model = Sequential([Dense(units), Dropout(rate), Dense(meta["n_classes_"], "softmax")])
        compile_kwargs["loss"] = compile_kwargs["loss"] or "sparse_categorical_crossentropy"
        model.compile(**compile_kwargs)
        return model

    told = {}
    estimator = KerasClassifier(
        build, units=3, model__units=5, rate=0.25, optimizer="sgd", metrics=["accuracy"], **QUIET
    )
    estimator.fit(X, NAMES)
    assert (tell_units(estimator), estimator.model_.layers[1].rate) == (5, 0.25)
    meta = told["meta"]
    assert (meta["n_classes_"], meta["n_features_in_"], meta["target_type_"]) == (3, 6, "multiclass")
    assert (meta["X_shape_"], meta["y_ndim_"], meta["n_outputs_"]) == (X.shape, 1, 3)
    assert told["params"]["units"] == 3
    assert list(estimator.history_) == ["accuracy", "loss"]
    assert len(estimator.history_["loss"]) == estimator.current_epoch == 3


def test_a_model_is_copied_and_compiled_if_it_is_not():
    model = Sequential([Dense(4, "relu"), Dense(1)])
    estimator = KerasRegressor(model, optimizer=tinynet.optimizers.SGD, optimizer__learning_rate=0.25, **QUIET)
    estimator.fit(X, NUMBERS)
    assert not model.built
    assert estimator.model_.optimizer.learning_rate == 0.25
    assert estimator.model_.loss.name == "mean_squared_error"
    compiled = KerasClassifier(build_fn=one_unit(), loss="mse", **QUIET).fit(X, TWO)
    assert compiled.model_.loss.name == "binary_crossentropy"  # as the model was compiled


def test_options_are_routed_to_parts():
    class Stop(Callback):
        def __init__(self, after=1, word=""):
            self.after, self.word = after, word

        def on_epoch_end(self, epoch, logs=None):
            stopped.append((self.after, self.word))

    stopped = []
    estimator = KerasClassifier(
        one_unit,
        callbacks={"first": Stop, "second": Stop},
        callbacks__word="hi",
        callbacks__second__after=2,
        fit__epochs=1,
        fit__batch_size=7,
        **QUIET,
    ).fit(X, TWO)
    assert stopped == [(1, "hi"), (2, "hi")]
    assert estimator.model_.history.params["steps"] == 18
    smoothed = KerasClassifier(
        lambda: Sequential([Dense(1, "sigmoid")]),
        loss=tinynet.losses.BinaryCrossentropy,
        loss__label_smoothing=0.1,
        optimizer="adam",
        optimizer__beta_1=0.5,
        callbacks=EarlyStopping,
        callbacks__monitor="loss",
        **QUIET,
    ).fit(X, TWO)
    assert smoothed.model_.loss.label_smoothing == 0.1
    assert smoothed.model_.optimizer.beta_1 == 0.5


def test_parameters_survive_clone_and_can_be_set():
    estimator = KerasClassifier(make, model__units=5, optimizer__learning_rate=0.1, units=2, **QUIET)
    again = clone(estimator)
    assert again.get_params() == estimator.get_params()
    again.set_params(model__units=7, batch_size=10, fit__epochs=2).fit(X, CLASSES)
    assert (tell_units(again), again.current_epoch) == (7, 2)
    with pytest.raises(ValueError, match="Invalid parameter 'unit' for estimator KerasClassifier"):
        again.set_params(unit=3)


# ---- targets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [None, "categorical_crossentropy", "sparse_categorical_crossentropy", "mse"])
@pytest.mark.parametrize("y", [NAMES, CLASSES, TWO, np.eye(3, dtype=int)[CLASSES]])
def test_classes_come_back_as_they_went_in(y, loss):
    estimator = KerasClassifier(make, loss=loss, optimizer="adam", optimizer__learning_rate=0.1, **QUIET)
    found = estimator.set_params(epochs=30).fit(X, y).predict(X)
    assert found.shape == y.shape
    assert found.dtype.kind == y.dtype.kind
    assert accuracy_score(y, found) == estimator.score(X, y) > 0.7
    assert estimator.predict_proba(X).shape == (120, 2 if y is TWO else 3)


def test_one_output_and_several_labels():
    estimator = KerasClassifier(one_unit, **QUIET).fit(X, TWO)
    p = estimator.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(estimator.predict(X), p[:, 1] > 0.5)
    several = KerasClassifier(**QUIET).fit(X, LABELS)
    assert several.model_.loss.name == "binary_crossentropy"
    np.testing.assert_array_equal(several.predict(X), several.predict_proba(X) > 0.5)


def test_class_weights_are_sample_weights():
    plain, weighted, by_class = (KerasClassifier(one_unit, **QUIET) for _ in range(3))
    plain.fit(X, TWO)
    weighted.fit(X, TWO, sample_weight=np.where(TWO, 3.0, 1.0))
    by_class.set_params(class_weight={False: 1.0, True: 3.0}).fit(X, TWO)
    np.testing.assert_array_equal(weighted.predict_proba(X), by_class.predict_proba(X))
    assert not np.array_equal(plain.predict_proba(X), by_class.predict_proba(X))


def test_samples_may_have_more_axes():
    images = X.reshape(120, 2, 3)
    estimator = KerasClassifier(lambda: Sequential([Flatten(), Dense(1, "sigmoid")]), **QUIET).fit(images, TWO)
    assert estimator.predict(images).shape == (120,)


# ---- going on, repeating, keeping -----------------------------------------------------------------------------------


def test_the_same_random_state_repeats_and_leaves_other_generators_alone():
    tinynet.set_random_seed(1)
    expected = random.random(), tinynet.config.generator().random()
    tinynet.set_random_seed(1)
    first, second = (KerasClassifier(make, **QUIET).fit(X, CLASSES) for _ in range(2))
    assert (random.random(), tinynet.config.generator().random()) == expected
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_warm_start_and_partial_fit_go_on():
    estimator = KerasClassifier(make, warm_start=True, **QUIET).fit(X, NAMES)
    model = estimator.model_
    estimator.fit(X, NAMES).partial_fit(X, NAMES)
    assert estimator.model_ is model
    assert estimator.current_epoch == 7
    fresh = KerasClassifier(make, **QUIET).partial_fit(X[:10], NAMES[:10], classes=["a", "b", "c"])
    assert fresh.predict_proba(X).shape == (120, 3)
    assert KerasClassifier(make, **QUIET).initialize(X, NAMES).predict(X).shape == (120,)
    with pytest.raises(ValueError, match="classes that fit has not seen"):
        fresh.partial_fit(X[:1], ["d"])


def test_pickles_predict_alike_and_go_on():
    estimator = KerasClassifier(make, **QUIET).fit(X, NAMES)
    other = pickle.loads(pickle.dumps(estimator))
    for one in (estimator, other):
        one.partial_fit(X, NAMES)
    np.testing.assert_array_equal(estimator.predict_proba(X), other.predict_proba(X))


def test_they_serve_in_pipelines_and_searches():
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(make, **QUIET))
    search = GridSearchCV(pipeline, {"kerasclassifier__model__units": [2, 30]}, cv=2, n_jobs=1).fit(X, CLASSES)
    assert search.best_params_["kerasclassifier__model__units"] in (2, 30)
    assert cross_val_score(KerasRegressor(**QUIET), X, NUMBERS, cv=2).shape == (2,)


# ---- Keras's own wrappers -------------------------------------------------------------------------------------------


def test_the_wrappers_of_keras_3():
    def build(X, y, units):
        model = Sequential([Dense(units, "relu"), Dense(3, "softmax")])
        model.compile("adam", "categorical_crossentropy")
        return model

    estimator = SKLearnClassifier(build, model_kwargs={"units": 9}, fit_kwargs={"epochs": 3, "verbose": 0})
    assert estimator.fit(X, NAMES).predict(X, verbose=0).dtype == NAMES.dtype
    assert (tell_units(estimator), len(estimator.history_["loss"])) == (9, 3)
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    regressor = SKLearnRegressor(model, fit_kwargs={"verbose": 0}).fit(X, NUMBERS)
    assert regressor.predict(X, verbose=0).shape == (120,)


def test_a_program_that_imports_keras_wrappers_gets_them(tmp_path):
    program = """
from scikeras.wrappers import KerasClassifier, KerasRegressor
from keras.wrappers import SKLearnClassifier, SKLearnRegressor
from keras.wrappers.scikit_learn import KerasClassifier as Old, KerasRegressor as OldRegressor
from tensorflow.keras.models import Sequential
from sklearn.model_selection import cross_val_score
import numpy as np
def build(units=2):
    model = Sequential([__import__("keras").layers.Dense(units), __import__("keras").layers.Dense(1)])
    model.compile("sgd", "mse")
    return model
x = np.linspace(-1, 1, 40).reshape(-1, 1)
old = OldRegressor(build_fn=build, units=3, epochs=5, batch_size=8, verbose=0)
print(cross_val_score(old, x, x.ravel(), cv=2).max() <= 0, len(old.fit(x, x.ravel()).history["loss"]))
print([c.__module__ for c in (KerasClassifier, SKLearnRegressor, Old)])
"""
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "-m", "tinynet", "run", str(tmp_path / "program.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "True 5",
        "['tinynet.sklearn.scikeras', 'tinynet.sklearn.keras3', 'tinynet.sklearn.keras2']",
    ]


def branched():
    inputs = tinynet.Input((6,))
    model = tinynet.Model(inputs, Dense(1, "sigmoid")(Dense(4, "relu")(inputs)))
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("given", [branched, branched()], ids=["a function", "a model"])
@pytest.mark.parametrize("wrapper", [KerasClassifier, Keras2Classifier, SKLearnClassifier])
def test_a_model_of_inputs_and_outputs_is_an_estimator_as_well(wrapper, given):
    """As in Keras and SciKeras, whose functions and models may be of any kind."""
    if wrapper is SKLearnClassifier:
        made = wrapper(given if isinstance(given, tinynet.Model) else lambda X, y: given(), fit_kwargs={"verbose": 0})
    else:
        made = wrapper(given, verbose=0)
    made.fit(X, TWO)
    assert made.predict(X).shape == TWO.shape
    assert isinstance(made.model_, tinynet.Model)


def test_a_model_of_several_outputs_is_no_estimator():
    inputs = tinynet.Input((6,))
    two = tinynet.Model(inputs, [Dense(1, name="a")(inputs), Dense(1, name="b")(inputs)])
    two.compile("sgd", "mse")
    with pytest.raises(TypeError, match="expected a model of one input and one output"):
        KerasRegressor(two, verbose=0).fit(X, NUMBERS)


# ---- mistakes -------------------------------------------------------------------------------------------------------


def test_mistakes_are_named():
    with pytest.raises(NotFittedError):
        KerasClassifier(make).predict(X)
    with pytest.raises(TypeError, match="`model` must be a model, or a function that makes one"):
        KerasClassifier(3, **QUIET).fit(X, TWO)
    with pytest.raises(TypeError, match="expected a model of one input and one output"):
        KerasClassifier(lambda: 3, **QUIET).fit(X, TWO)
    with pytest.raises(ValueError, match="model__depth: the function that makes the model takes"):
        KerasClassifier(make, model__depth=3, **QUIET).fit(X, TWO)
    with pytest.raises(ValueError, match="callbacks: expected callbacks"):
        KerasClassifier(one_unit, callbacks=["early"], **QUIET).fit(X, TWO)
    with pytest.raises(TypeError, match="`model` must be a compiled model"):
        SKLearnClassifier().fit(X, TWO)

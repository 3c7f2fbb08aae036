"""Wrong input: refused before anything changes, with a message that says what to do."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import classifier, two_classes, unchanged
from tinynet.callbacks import EarlyStopping
from tinynet.layers import Dense, Input
from tinynet.models import Sequential

X, Y = two_classes()


def multi(loss="sparse_categorical_crossentropy", units=3, **options):
    """Return a compiled network with a softmax over some classes."""
    model = Sequential([Input((4,)), Dense(units, activation="softmax")])
    model.compile("sgd", loss, **options)
    return model


def regression(units=1):
    """Return a compiled network with linear outputs."""
    model = Sequential([Input((4,)), Dense(units)])
    model.compile("sgd", "mse")
    return model


# What is wrong, which model, the arguments of `fit`, the error and what it must say.
MISTAKES = {
    "fewer targets than samples": (classifier, {"y": Y[:50]}, ValueError, "x has 60 samples, y has 50"),
    "more weights than samples": (classifier, {"sample_weight": np.ones(61)}, ValueError, "sample_weight has 61"),
    "x transposed": (classifier, {"x": X.T}, ValueError, "x seems to be transposed.*Pass x.T"),
    "too few features": (
        classifier,
        {"x": X[:, :3]},
        ValueError,
        "x has 3 features a sample, the model was built for 4",
    ),
    "one axis": (classifier, {"x": X[:, 0]}, ValueError, r"x.reshape\(-1, 1\)"),
    "images": (classifier, {"x": X.reshape(60, 2, 2)}, ValueError, r"pass x.reshape\(-1, 4\), or begin.*Flatten"),
    "one sample": (classifier, {"x": X[0], "y": Y[:4]}, ValueError, r"pass x\[np.newaxis\]"),
    "a class too high": (
        multi,
        {"y": np.arange(60) % 4},
        ValueError,
        "class numbers 0 to 2.*Give the last layer 4 units",
    ),
    "a class too low": (
        multi,
        {"y": np.arange(60) % 3 - 1},
        ValueError,
        "class numbers 0 to 2.*Number the classes from 0",
    ),
    "classes from 1": (multi, {"y": np.arange(60) % 3 + 1}, ValueError, "labels start at 1: pass y - 1"),
    "half classes": (multi, {"y": np.full(60, 0.5)}, ValueError, "class numbers 0 to 2"),
    "one-hot for sparse": (multi, {"y": np.eye(3)[np.arange(60) % 3]}, ValueError, "loss='categorical_crossentropy'"),
    "sparse for one-hot": (
        lambda: multi("categorical_crossentropy"),
        {"y": np.arange(60) % 3},
        ValueError,
        r"sparse_categorical_crossentropy', or one-hot encode with y = tinynet.utils.to_categorical\(y, 3\)",
    ),
    "labels -1 and 1": (classifier, {"y": 2 * Y - 1}, ValueError, r"pass \(y \+ 1\) / 2"),
    "labels 1 and 2": (classifier, {"y": Y + 1}, ValueError, "pass y - 1"),
    "quantities for cross-entropy": (classifier, {"y": Y * 7.5}, ValueError, "between 0 and 1.*mean_squared_error"),
    "two columns for one output": (
        regression,
        {"y": np.ones((60, 2))},
        ValueError,
        r"y has shape \(60, 2\).*pass one column",
    ),
    "one column for two outputs": (lambda: regression(2), {"y": Y}, ValueError, "give the last layer 1 unit"),
    "NaN in y": (regression, {"y": np.where(np.arange(60) == 7, np.nan, Y)}, ValueError, "y has NaN, first in row 7"),
    "empty x": (classifier, {"x": X[:0], "y": Y[:0]}, ValueError, "x is empty"),
    "empty lists": (classifier, {"x": [], "y": []}, ValueError, "x is empty"),
    "text in x": (classifier, {"x": np.full((60, 4), "a")}, TypeError, "x holds text"),
    "text in y": (classifier, {"y": ["yes"] * 60}, TypeError, "y holds text.*np.unique"),
    "ragged x": (classifier, {"x": [[1.0] * (3 + i % 2) for i in range(60)]}, ValueError, "x is ragged"),
    "ragged y": (classifier, {"y": [[1.0] * (1 + i % 2) for i in range(60)]}, ValueError, "y is ragged"),
    "no x": (classifier, {"x": None}, TypeError, "x must be a NumPy array"),
    "no y": (classifier, {"y": None}, ValueError, "`y` is missing"),
    "a dict": (classifier, {"x": {"a": 1}}, ValueError, "x: the model's input is .*Received a dict of \\['a'\\]"),
    "batch size 0": (classifier, {"batch_size": 0}, ValueError, "batch_size must be a positive whole number"),
    "batch size 1.5": (classifier, {"batch_size": 1.5}, ValueError, "batch_size must be a positive whole number"),
    "epochs -1": (classifier, {"epochs": -1}, ValueError, "`epochs` must be a whole number"),
    "epochs 1.5": (classifier, {"epochs": 1.5}, ValueError, "`epochs` must be a whole number"),
    "verbose loud": (classifier, {"verbose": "loud"}, ValueError, "verbose must be 0, 1, 2 or 'auto'"),
    "shuffle words": (classifier, {"shuffle": "words"}, ValueError, "`shuffle` must be True or False"),
    "validation_freq 0": (
        classifier,
        {"validation_freq": 0},
        ValueError,
        "`validation_freq` must be a whole number of at",
    ),
    "validation_split 1.5": (classifier, {"validation_split": 1.5}, ValueError, "validation_split must be the part"),
    "validation_data alone": (classifier, {"validation_data": X}, ValueError, r"must be \(x_val, y_val\)"),
    "validation features": (classifier, {"validation_data": (X[:, :2], Y)}, ValueError, "validation x has 2 features"),
    "validation targets": (classifier, {"validation_data": (X, Y + 1)}, ValueError, "validation y"),
    "both weights": (
        classifier,
        {"class_weight": {0: 1.0}, "sample_weight": np.ones(60)},
        ValueError,
        "You cannot `class_weight` and `sample_weight` at the same time",
    ),
    "class weight list": (classifier, {"class_weight": [1, 2]}, ValueError, "class_weight must be a dict"),
    "None among callbacks": (classifier, {"callbacks": [None]}, TypeError, r"callbacks\[0\] is no"),
    "a callback class": (classifier, {"callbacks": EarlyStopping}, TypeError, "is the class EarlyStopping"),
    "a metric for one-hot": (
        lambda: multi(metrics=["categorical_accuracy"]),
        {"y": np.arange(60) % 3},
        ValueError,
        "Metric 'categorical_accuracy' expects 3 numbers a sample, but y holds 1.*metrics=\\['accuracy'\\]",
    ),
    "a metric for classes": (
        lambda: multi("categorical_crossentropy", metrics=["sparse_categorical_accuracy"]),
        {"y": np.eye(3)[np.arange(60) % 3]},
        ValueError,
        "Metric 'sparse_categorical_accuracy' expects one class number a sample, but y holds 3",
    ),
    "classes out of a metric's range": (
        lambda: classifier(loss="mse", metrics=["sparse_categorical_crossentropy"]),
        {"y": Y * 5},
        ValueError,
        "expects class numbers 0 to 0 for 1 outputs, but y has values from 0 to 5",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_fit_refuses(mistake):
    make, arguments, error, message = MISTAKES[mistake]
    model = make()
    arguments = {"x": X, "y": Y, "verbose": 0, **arguments}
    with unchanged(model), pytest.raises(error, match=message):
        model.fit(**arguments)


@pytest.mark.parametrize(
    "mistake", ["too few features", "no x", "text in x", "labels 1 and 2", "verbose loud", "batch size 0"]
)
def test_an_unbuilt_model_stays_unbuilt(mistake):
    _, arguments, error, message = MISTAKES[mistake]
    model = Sequential([Dense(5), Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    arguments = {"x": X, "y": Y, "verbose": 0, **arguments}
    if mistake == "too few features":
        arguments, message = {**arguments, "validation_data": (X, Y)}, "validation x has 4 features"
    with unchanged(model), pytest.raises(error, match=message):
        model.fit(**arguments)
    assert not model.built


@pytest.mark.parametrize(
    "mistake", ["fewer targets than samples", "too few features", "NaN in y", "empty x", "labels 1 and 2"]
)
def test_evaluate_and_the_batch_methods_refuse_as_fit_does(mistake):
    make, arguments, error, message = MISTAKES[mistake]
    model = make()
    x, y = arguments.get("x", X), arguments.get("y", Y)
    with unchanged(model):
        for method in (model.evaluate, model.train_on_batch, model.test_on_batch):
            with pytest.raises(error, match=message):
                method(x, y)


@pytest.mark.parametrize(
    "mistake", ["too few features", "one axis", "empty x", "text in x", "ragged x", "no x", "a dict"]
)
def test_predict_and_calling_refuse_as_fit_does(mistake):
    _, arguments, error, message = MISTAKES[mistake]
    model = classifier()
    with unchanged(model):
        for method in (model.predict, model.predict_on_batch, model, lambda x: model(x, training=True)):
            with pytest.raises(error, match=message):
                method(arguments["x"])
    with pytest.raises(TypeError, match="x must be a NumPy array"):
        model(3.0)


@pytest.mark.parametrize("argument", [{"verbose": "7"}, {"batch_size": -1}, {"callbacks": [1]}])
def test_evaluate_and_predict_check_their_arguments(argument):
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    with unchanged(model):
        for call in (lambda: model.evaluate(X, Y, **argument), lambda: model.predict(X, **argument)):
            with pytest.raises((ValueError, TypeError), match=next(iter(argument))):
                call()


def test_using_a_model_before_compiling_it():
    model = Sequential([Dense(1)])
    for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with unchanged(model), pytest.raises(ValueError, match=r"must call `compile\(\)` before"):
            call(X, Y)
    model.compile("sgd")
    for call in (model.fit, model.evaluate, model.train_on_batch):
        with unchanged(model), pytest.raises(ValueError, match=r"No loss to compute. Give one when compiling"):
            call(X, Y)


def test_a_sparse_matrix_with_entries_beyond_its_columns_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    model = tinynet.Sequential([tinynet.layers.Dense(1, input_shape=(300,))])
    x = sparse.csr_matrix((np.ones(3), [1, 2, 10**7], [0, 1, 3]), shape=(2, 300))
    with pytest.raises(ValueError, match="300 columns"):
        model.predict(x, verbose=0)

"""What Keras has and tinynet lacks: the error names it and says what there is."""

from __future__ import annotations

import inspect
import sys
import types

import pytest

import tinynet
from tests.support.nets import classifier, two_classes, unchanged
from tests.support.parity import keras
from tinynet._names import _KERAS_ONLY
from tinynet.layers import Dense, Layer, Sigmoid

X, Y = two_classes()


@pytest.mark.parametrize(
    ("module", "name", "has"),
    [
        ("tinynet", "Dense", "activations, backend"),
        ("tinynet.activations", "glu", "ActivationFunction"),
        ("tinynet.callbacks", "TensorBoard", "BackupAndRestore, CSVLogger, Callback"),
        ("tinynet.datasets", "cifar1000", "blobs, boston_housing"),
        ("tinynet.initializers", "STFT", "Initializer, deserialize, get, serialize, Constant"),
        ("tinynet.layers", "LSTM", "Input, .*Activation, .*Dense, Discretization, Dot, Dropout"),
        ("tinynet.losses", "CTC", "Loss, get, deserialize"),
        ("tinynet.metrics", "Dice", "Accuracy, FormulaMetric, Metric, SumsMetric, deserialize, get, serialize, Bin"),
        ("tinynet.models", "save_model", "Model, Sequential"),
        ("tinynet.optimizers", "Lamb", "Optimizer, deserialize, get, schedules, serialize, Adadelta, Adagrad, Adam"),
        ("tinynet.utils", "plot_model", ".*set_random_seed"),
    ],
)
def test_a_missing_name_is_answered_with_those_there_are(module, name, has):
    message = f"module '{module}' has no attribute '{name}'. It has: {has}"
    with pytest.raises(ImportError, match=message):
        exec(f"from {module} import {name}")
    with pytest.raises(AttributeError, match=message):
        getattr(sys.modules[module], name)
    assert not hasattr(sys.modules[module], name)


def test_a_module_that_is_only_being_imported_can_be_had_from_its_package(monkeypatch):
    half = types.ModuleType("tinynet.layers.half")
    monkeypatch.setitem(sys.modules, "tinynet.layers.half", half)
    found = {}
    exec("from tinynet.layers import half", found)
    assert found["half"] is half


def test_missing_submodules_are_missing_modules():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'tinynet.layers.convolutional'"):
        import tinynet.layers.convolutional  # noqa: F401


class Scaled(Layer):
    def __init__(self, factor, **options):
        super().__init__(**options)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Dense(1, recurrent_regularizer="l2"),
            "'recurrent_regularizer'. Dense takes kernel_regularizer.*: units,",
        ),
        (lambda: Dense(1, start="uniform"), r"Dense\(\) got an unexpected keyword argument 'start'. It takes: units,"),
        (lambda: Sigmoid(max_value=6), "'max_value'. It takes: name, trainable"),
        (lambda: Scaled(2, bias=1), r"Scaled\(\).*'bias'. It takes: factor, name"),
        (lambda: tinynet.optimizers.SGD(decoy=1e-6), "'decoy'. It takes: learning_rate, momentum, nesterov, weight_d"),
    ],
)
def test_arguments_that_do_not_exist_are_answered_with_those_there_are(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    ("compile", "message"),
    [
        ({"metrics": ["Dice"]}, "Unknown metric: 'Dice'. Keras has it, tinynet has not. Known: 'acc', "),
        ({"loss": "ctc"}, "Unknown loss: 'ctc'. Keras has it, tinynet has not. Known: "),
        ({"optimizer": "lamb"}, "Unknown optimizer: 'lamb'. Keras has it, tinynet has not. Known: "),
    ],
)
def test_another_name_is_not_suggested_for_one_that_keras_has(compile, message):
    model = classifier()
    with unchanged(model), pytest.raises(ValueError, match=message):
        model.compile(**compile)


KINDS = ["activations", "losses", "metrics", "optimizers", "regularizers", "constraints", "initializers"]


@pytest.mark.parametrize("kind", KINDS)
def test_another_name_is_suggested_for_none_that_keras_has(kind):
    theirs = vars(getattr(keras(), kind))
    names = {name for name, it in theirs.items() if inspect.isclass(it) or inspect.isfunction(it)}
    answers = {}
    for name in names - {"get", "serialize", "deserialize"}:
        try:
            getattr(tinynet, kind).get(name)
        except ValueError as error:
            answers[name] = str(error)
    assert answers
    assert {name: answer for name, answer in answers.items() if "Did you mean" in answer} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_that_tinynet_has_is_said_to_be_keras_only(kind):
    names = {name.replace("_", "").lower() for name in getattr(tinynet, kind).TABLE}
    assert names
    assert not names & _KERAS_ONLY


def test_a_misspelling_of_a_new_part_is_answered_with_its_name():
    for module, wrong, right in (
        (tinynet.activations, "leakyreluu", "leaky_relu"),
        (tinynet.optimizers, "adagrd", "adagrad"),
    ):
        with pytest.raises(ValueError, match=f"Did you mean '{right}'"):
            module.get(wrong)


class Batches:
    """As a `keras.utils.PyDataset`."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X, Y


@pytest.mark.parametrize(
    "data", [Batches(), iter([(X, Y)]), ((X, Y) for _ in range(3))], ids=lambda d: type(d).__name__
)
def test_many_batches_are_no_batch_and_the_way_to_arrays_is_told(data):
    model = classifier()
    for call in (model.train_on_batch, model.test_on_batch, model, model.trace, lambda x, y: model.fit(X, x)):
        given = (data,) if call is model else (data, Y)
        with unchanged(model), pytest.raises(TypeError, match=r"What gives batches is for fit.*np.concatenate"):
            call(*given)


def test_samples_and_targets_in_one_tuple_are_refused():
    model = classifier()
    for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with unchanged(model), pytest.raises(TypeError, match=r"x is a tuple of 2.*fit\(x, y\)"):
            call((X, Y))

"""Wrong arguments by their kinds, at every door that takes one; and what a refusal leaves as it was."""

from __future__ import annotations

import random
from collections import OrderedDict
from decimal import Decimal

import numpy as np
import pytest

import tinynet
from tests.support import hostile_dress
from tests.support.hostile_doors import Door, models
from tests.support.hostile_state import digest_of
from tinynet import (
    activations,
    callbacks,
    formulas,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from tinynet.__main__ import main

DEEP = []
for _ in range(3000):
    DEEP = [DEEP]
X = np.ones((4, 3), np.float32)


def built():
    """Return a dense layer that has its weights."""
    layer = layers.Dense(2)
    layer.build((None, 3))
    return layer


REFUSED = {
    "a shape larger than any memory": (lambda: initializers.Zeros()((2**40, 2**40)), "`shape` must be a list of whole"),
    "a shape of huge numbers": (lambda: initializers.HeNormal()([2**63]), "`shape` must be a list of whole"),
    "a shape of many axes": (lambda: metrics.Accuracy().add_variable((1,) * 70), "`shape` must be .* 0 to 64 of them"),
    "a shape of no axes at all": (lambda: built().compute_output_shape(()), "at least 2 dimensions"),
    "a shape that is an iterator": (lambda: metrics.Accuracy().of_shape(iter([1]), (3,)), "`output_shape` must be"),
    "a type without a meaning": (lambda: initializers.Zeros()((2,), "auto"), "Zeros: `dtype` must be a type of real"),
    "a type of objects": (lambda: metrics.MeanSquaredError(dtype="O"), "`dtype` must be a type of real numbers"),
    "a type in half a character": (lambda: losses.Huber(dtype="\ud800"), "'float32', 'float64' or None"),
    "a number that is an array": (lambda: activations.relu(X, np.eye(3)), "`negative_slope` must be a number"),
    "a number beyond floats": (lambda: losses.Huber(10**400), "`delta` must be a number above 0"),
    "a whole number beyond 64 bits": (lambda: tinynet.Sequential().summary(10**400), "an int of 1329 bits"),
    "an axis that is an array": (lambda: activations.softmax(X, np.zeros(0)), "softmax"),
    "own objects that are no dict": (lambda: losses.deserialize("mse", 3), "expected a dict of your own classes"),
    "arguments that a class has not": (lambda: activations.Linear.from_config({"a": 1}), "Linear.from_config: .* 'a'"),
    "arguments that a class lacks": (lambda: layers.Dense.from_config({}), "from_config: .*'units'.*It takes: uni"),
    "what is nested too deep": (lambda: losses.get(DEEP), r"Received: … \(a list\)"),
    "metrics nested too deep": (lambda: tinynet.Sequential().compile(metrics=DEEP), r"metrics: .* … \(a list\)"),
    "callbacks nested too deep": (lambda: callbacks.CallbackList(DEEP), r"Received: … \(a list\)"),
    "ragged weights": (lambda: regularizers.L1().gradient([[1], [1, 2]]), "L1: w must be an array of real numbers"),
    "a ragged gradient": (lambda: optimizers.SGD().clip_gradients([[[1], [1, 2]]]), "gradients must be an array"),
    "an array of None": (lambda: activations.leaky_relu(np.array(None)), "x "),
    "a value of another shape": (lambda: metrics.Accuracy().count.assign([1, 2]), r"has shape \(\). Received: shape"),
    "a value that is none": (lambda: metrics.Accuracy().count.assign_add("a"), "value must be an array of real"),
    "formulas of a base": (lambda: activations.ActivationFunction().numbers, "ActivationFunction has no formulas"),
    "a kernel of a base": (lambda: regularizers.Regularizer().kernel, "Regularizer has no formulas"),
    "a formula that is none": (lambda: formulas.formula(3), "A formula or kernel is made of a function"),
    "a hook without a model": (lambda: callbacks.ReduceLROnPlateau().on_epoch_end(0, {"loss": 1.0}), "has no model"),
    "logs that nobody may write to": (lambda: callbacks.History().on_epoch_end(0, 3), "`logs` must be a dict or None"),
    "a weight without a kernel": (lambda: layers.Dropout(0.5).add_weight("w"), "needs all three kernels"),
    "a flag": (lambda: setattr(built(), "trainable", X), "`trainable` must be True or False"),
    "a parameter's flag": (lambda: setattr(built().weights[0], "trainable", "no"), "`trainable` must be True or False"),
    "a deviation below 0": (lambda: initializers.RandomNormal(stddev=-1), "RandomNormal: `stddev` must be a number"),
    "limits without a range": (lambda: initializers.RandomUniform(-1.7e308, 1.7e308), "RandomUniform: `minval`"),
    "True as a length": (lambda: initializers.Zeros()((True, 3)), "Zeros.__call__: `shape` must be a list of whole n"),
    "no parameters": (lambda: optimizers.SGD().slots_of(0.5), "SGD.slots_of: `parameters` must be"),
    "nothing to decay": (lambda: optimizers.SGD().kept_from_decay(None), "SGD.kept_from_decay: `parameters` must be"),
    "no pairs": (lambda: optimizers.SGD().apply_gradients(np.broadcast_to(X[0], (10**9, 3))), r"pairs \(gradient, var"),
    "axes beyond NumPy's": (lambda: metrics.Accuracy().count.assign_add(np.ones((1,) * 60)), r"has shape"),
    "an object of a nameless class": (lambda: activations.relu(type("A", (), {})()), "x "),
    "a loss in words": (lambda: callbacks.TerminateOnNaN().on_train_batch_end(0, {"loss": "a"}), r"logs\['loss'\]"),
    "an initializer that gives a number": (lambda: layers.Dense(2).add_weight("w", (3,), len), "of `w`: `len` must"),
    "an initializer of words": (lambda: metrics.Accuracy().add_variable((), lambda s: "a"), "initializer: `__call__`"),
    "a printer that is none": (lambda: tinynet.Sequential().summary(print_fn=int), "summary: `print_fn`: invalid lit"),
    "a function for a number": (lambda: formulas.log1p(np.sum), "log1p: expected numbers"),
    "endless columns": (lambda: tinynet.Sequential().summary(positions=[np.inf] * 3), "summary: `positions` must be 3"),
    "an endless line": (lambda: tinynet.Sequential().summary(10**9), "summary: `line_length` must be at most 10,000"),
    "a row of no kernels": (lambda: layers.Layer().operation(3, 1, False), "has no kernels"),
    "a billion gradients": (lambda: optimizers.SGD().clip_gradients(np.broadcast_to(X[0], (10**9, 3))), "`gradients`"),
    "a name of slots": (lambda: optimizers.SGD().row_of(X), "SGD.row_of: `slot` must be a string"),
    "more axes than NumPy's": (lambda: losses.Hinge()(X, X, np.ones((1,) * 40)), "sample_weight for each"),
    "a shape that is none": (lambda: layers.TextVectorization().compute_output_shape(3), "`input_shape` must be"),
    "no texts": (lambda: layers.TextVectorization().adapt(-1.0), "`data` must be an array, or batches"),
    "no file of words": (lambda: layers.TextVectorization().set_vocabulary("/none"), "file cannot be read"),
    "texts too deep": (lambda: layers.TextVectorization().set_vocabulary(np.ones((1,) * 60)), "expected texts, and"),
    "a sparse flag": (lambda: setattr(built(), "use_bias", Indices()), "use_bias"),
    "a folder": (lambda: tinynet.Sequential().save("."), "save: `filepath` must be the path of a file"),
    "a folder for weights": (lambda: tinynet.Sequential().save_weights("a/.."), "save_weights: `filepath` must be"),
    "a folder to log to": (lambda: callbacks.CSVLogger("logs/"), "CSVLogger: `filename` must be the path of a file"),
    "a method of a base": (lambda: optimizers.AdamW().build(3), "AdamW.build: `variables` must be"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_argument_of_any_kind_is_refused_in_words(case):
    call, words = REFUSED[case]
    with pytest.raises((TypeError, ValueError), match=words):
        call()


CHANGES = {
    "forward": lambda model: model.layers[0].forward(X, "yes"),
    "a layer's call": lambda model: model.layers[0](X, "yes"),
    "a weight": lambda model: model.layers[0].add_weight("w", (3,), regularizer="no such"),
    "weights": lambda model: model.set_weights([X] * 4),
    "slots": lambda model: model.optimizer.set_weights([0]),
    "gradients": lambda model: model.optimizer.apply_gradients([("a", w) for w in model.trainable_variables]),
    "a batch": lambda model: model.train_on_batch(X, "a"),
    "a fit": lambda model: model.fit(X, X, verbose=0),
    "a setting": lambda model: model.compile("adam", "mse", metrics=[3]),
    "a rate": lambda model: setattr(model.optimizer, "learning_rate", "fast"),
    "a trace": lambda model: model.trace(X, None),
    "a seed": lambda model: tinynet.set_random_seed(-1),
    "a layer": lambda model: model.add(3),
    "a name": lambda model: model.get_layer("no such"),
    "a call's number": lambda model: model.layers[0].get_input_at(10**12),
    "a build": lambda model: layers.GlobalMaxPooling1D().ensure_built((3,) * 8),
}


@pytest.mark.parametrize("kind", ["trained", "layer loop", "with everything"])
@pytest.mark.parametrize("case", CHANGES)
def test_a_refused_call_leaves_the_model_and_the_random_streams_as_they_were(case, kind):
    model = models()[kind]()
    before = digest_of(model)
    with pytest.raises((TypeError, ValueError)):
        CHANGES[case](model)
    assert digest_of(model) == before


def test_the_comparison_sees_a_weight_a_count_a_slot_and_a_number_drawn():
    model = models()["trained"]()
    digests = [digest_of(model)]
    model.layers[0].kernel[0, 0] += 1e-7
    digests.append(digest_of(model))
    model.optimizer.counter[0] += 1
    digests.append(digest_of(model))
    model.optimizer.accumulators.of(model.weights[0])[0] += 1e-7
    digests.append(digest_of(model))
    tinynet.config.generator().random()
    digests.append(digest_of(model))
    assert len({*digests}) == len(digests)


def test_a_layer_whose_forward_fails_is_not_built_for_it():
    class Failing(layers.Layer):
        def forward(self, x, training=False):
            raise ValueError("no")

    layer = Failing()
    with pytest.raises(ValueError, match="no"):
        layer(X)
    assert not layer.built


@pytest.mark.parametrize("act", [lambda layer: layer(X), lambda layer: layer.build((None, 3))])
def test_a_layer_that_cannot_be_built_draws_nothing(act):
    class Drawing(layers.Layer):
        def build(self, input_shape):
            self.add_weight("w", (3, 3))
            raise ValueError("no")

    before = digest_of()
    with pytest.raises(ValueError, match="no"):
        act(Drawing())
    assert digest_of() == before


def test_true_counts_as_one_where_digits_and_entries_are_counted():
    model = models()["compiled"]()
    trace = model.trace(X, np.ones((4, 2)))
    assert trace.to_text(precision=True) == trace.to_text(precision=1)
    assert trace.entry("dW1", True, 0).index == (1, 0)


@pytest.mark.parametrize("name", optimizers.__all__)
def test_before_the_first_step_the_numbers_of_a_formula_are_those_of_the_first(name):
    made = getattr(optimizers, name)
    if isinstance(made, type) and made.formulas:
        assert np.isfinite(list(made().constants().values())).all()


def test_lengths_beyond_the_range_of_floats_warn_nobody():
    assert not utils.normalize(np.full((2, 3), 1e300), order=1e300).any()


def test_a_model_that_a_callback_refuses_is_not_its_model():
    callback = callbacks.EarlyStopping("val_f")
    with pytest.raises(ValueError, match="does not say whether more or less"):
        callback.set_model(models()["compiled"]())
    assert callback.model is None


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
def test_there_may_be_no_sums(shape):
    assert layers.Activation("relu").activate(np.zeros(shape, np.float32)).shape == shape


class Indices:
    """What has no truth."""

    def __bool__(self):
        raise ValueError("ambiguous")

    def __eq__(self, other):
        return self

    __hash__ = None


class Own(np.ndarray):
    """A class of one's own."""


DRESSES = {
    "a subclass": lambda x: x.view(Own),
    "byte-swapped": lambda x: x.astype(">f4"),
    "half": lambda x: x.astype(np.float16),
    "long": lambda x: x.astype(np.longdouble),
    "Fortran": np.asfortranarray,
    "a list": np.ndarray.tolist,
    "objects": lambda x: x.astype(object),
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(
    "layer", [layers.Dense(2, kernel_initializer="ones"), layers.Activation("relu"), layers.ReLU()]
)
def test_layers_take_numbers_in_any_dress(layer, dress):
    x = np.array([[0.5, -1.0, 2.0], [0.25, 4.0, 0.0]], np.float32)
    assert layer(DRESSES[dress](x)).tolist() == layer(x).tolist()


def test_numbers_of_every_library_are_numbers():
    assert optimizers.SGD(np.float16(0.5)).learning_rate == optimizers.SGD(Decimal("0.5")).learning_rate == 0.5
    assert layers.Dense(np.int8(2)).units == 2
    config = OrderedDict(layers.Dense(2, name="a").get_config())
    assert layers.Dense.from_config(config).get_config() == dict(config)


@pytest.mark.parametrize(
    "line",
    [
        *("--epochs 0", "--epochs ²", "--nothing", "nothing", "lesson nothing", "lesson a b", "parts x", "run"),
        *("parts --into /nonexistent/file", "parts --into .", "trace --precision 0", "trace --precision 100", "run ."),
        *("trace --precision x", "run --all", "run --data /nonexistent x.py", "warmup x", "run /nonexistent.py"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_a_message(line, capsys):
    try:
        code = main(line.split())
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert capsys.readouterr().err.strip()


def test_a_file_that_is_no_text_is_no_place_for_the_list_of_parts(tmp_path, capsys):
    file = tmp_path / "bytes"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(SystemExit, match="2"):
        main(["parts", "--into", str(file)])
    assert "UTF-8" in capsys.readouterr().err


def dressed(function, monkeypatch):
    """Return what the generator says of a function that is given a right number in odd dress."""
    monkeypatch.setattr(hostile_dress, "DRESSES", {int: {"np.int64": np.int64}})
    return hostile_dress.difference(random.Random(0), Door("it", function), lambda told: None)[1]


def test_another_result_for_the_same_number_in_odd_dress_is_a_fault(monkeypatch):
    assert dressed(lambda units: units + 1, monkeypatch) is None
    assert "another result" in dressed(lambda units: type(units).__name__, monkeypatch)


def test_a_refusal_of_a_right_number_in_odd_dress_is_a_fault(monkeypatch):
    def refuses(units):
        if type(units) is not int:
            raise TypeError("refuses: `units` must be a whole number")

    assert "refused, though right" in dressed(refuses, monkeypatch)

"""Operations between tensors in Keras's files: ``x[:, 0]`` is a `GetItem` there, and goes both ways."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras as import_keras
from tinynet import tape

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of NumPy and of legacy files
X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
W = np.array([0.5, 1.0, 2.0, 3.0], "float32")
#: What both modules have operations for: of a vector `x`, a matrix `m`, and the functions `o` of Keras or NumPy.
OPERATIONS = {
    "absolute": lambda o, x, m: o.abs(x),
    "add": lambda o, x, m: o.add(x, x) + x + 1.0 + (x + W),
    "arccos": lambda o, x, m: o.arccos(x / 3.0),
    "arcsin": lambda o, x, m: o.arcsin(x / 3.0),
    "arctan": lambda o, x, m: o.arctan(x),
    "arctan2": lambda o, x, m: o.arctan2(x, x * x + 1.0),
    "clip": lambda o, x, m: o.clip(x, -0.5, 0.5),
    "concatenate": lambda o, x, m: o.concatenate([x, 2.0 * x], axis=-1),
    "cos": lambda o, x, m: o.cos(x),
    "cosh": lambda o, x, m: o.cosh(x),
    "cumsum": lambda o, x, m: o.cumsum(x, axis=1),
    "diagonal": lambda o, x, m: o.diagonal(m, 0, 1, 2),
    "divide": lambda o, x, m: x / 3.0 + 1.0 / (x * x + 1.0) + o.divide(x, x * x + 2.0),
    "einsum": lambda o, x, m: o.einsum("ab,ab->ab", x, x),
    "exp": lambda o, x, m: o.exp(x),
    "exp2": lambda o, x, m: o.exp2(x),
    "expand_dims": lambda o, x, m: o.expand_dims(x, 1),
    "expm1": lambda o, x, m: o.expm1(x),
    "flip": lambda o, x, m: o.flip(x, 1),
    "getitem": lambda o, x, m: x[:, 1:3] + x[..., 0:1] + x[:, 0][:, None],
    "greater": lambda o, x, m: o.where(o.greater(x, 0.1), x, 0.1 * x),
    "log": lambda o, x, m: o.log(x * x + 1.0),
    "log10": lambda o, x, m: o.log10(x * x + 1.0),
    "log1p": lambda o, x, m: o.log1p(x * x),
    "log2": lambda o, x, m: o.log2(x * x + 1.0),
    "logaddexp": lambda o, x, m: o.logaddexp(x, 2.0 * x),
    "matmul": lambda o, x, m: o.matmul(m, m),
    "max": lambda o, x, m: o.max(x, axis=1, keepdims=True),
    "maximum": lambda o, x, m: o.maximum(x, 0.1) + o.maximum(x, -x),
    "mean": lambda o, x, m: o.mean(m, axis=(1, 2))[:, None] + o.mean(x, axis=1, keepdims=True),
    "min": lambda o, x, m: o.min(x, axis=-1, keepdims=True),
    "minimum": lambda o, x, m: o.minimum(x, 0.1),
    "moveaxis": lambda o, x, m: o.moveaxis(m, 1, 2),
    "multiply": lambda o, x, m: x * 2.0 + x * x + o.multiply(x, W),
    "negative": lambda o, x, m: -x,
    "pad": lambda o, x, m: o.pad(x, ((0, 0), (1, 2))),
    "power": lambda o, x, m: x**2 + x**3,
    "reciprocal": lambda o, x, m: o.reciprocal(x * x + 1.0),
    "repeat": lambda o, x, m: o.repeat(x, 2, axis=1),
    "reshape": lambda o, x, m: o.reshape(x, (-1, 4, 1)),
    "roll": lambda o, x, m: o.roll(x, 1, axis=1),
    "sin": lambda o, x, m: o.sin(x),
    "sinh": lambda o, x, m: o.sinh(x),
    "split": lambda o, x, m: o.split(x, 2, axis=1)[1],
    "sqrt": lambda o, x, m: o.sqrt(x * x + 1.0),
    "square": lambda o, x, m: o.square(x),
    "squeeze": lambda o, x, m: o.squeeze(o.expand_dims(x, 1), 1),
    "stack": lambda o, x, m: o.stack([x, -x], axis=1),
    "std": lambda o, x, m: o.std(x + W, axis=1, keepdims=True),
    "subtract": lambda o, x, m: 1.0 - x + o.subtract(x, 0.5 * x),
    "sum": lambda o, x, m: o.sum(x, axis=-1, keepdims=True),
    "swapaxes": lambda o, x, m: o.swapaxes(m, 1, 2),
    "take": lambda o, x, m: o.take(x, [0, 2], axis=1),
    "tan": lambda o, x, m: o.tan(x / 3.0),
    "tanh": lambda o, x, m: o.tanh(x),
    "tile": lambda o, x, m: o.tile(x, (1, 2)),
    "transpose": lambda o, x, m: o.transpose(m, (0, 2, 1)),
    "tril": lambda o, x, m: o.tril(m),
    "triu": lambda o, x, m: o.triu(m, 1),
    "var": lambda o, x, m: o.var(x, axis=1, keepdims=True),
    "where": lambda o, x, m: o.where(x > 0.1, x, 0.0),
}
#: Functions that tell no numbers, leave out the samples' axis, are others by their names, or are compared with nothing.
NOT_TRIED = {
    "average",
    "broadcast_to",
    "ceil",
    "argmax",
    "argmin",
    "argsort",
    "diag",
    "dot",
    "equal",
    "float_power",
    "floor",
    "greater_equal",
    "hstack",
    "isfinite",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "ndim",
    "norm",
    "not_equal",
    "ones_like",
    "outer",
    "positive",
    "ravel",
    "rint",
    "round",
    "shape",
    "sign",
    "size",
    "take_along_axis",
    "tensordot",
    "vdot",
    "vstack",
    "zeros_like",
}


@pytest.fixture(scope="module")
def keras():
    with without_compiling():
        yield import_keras()


def made(k, names, of=None):
    """Return a compiled network in which these operations are applied to what a layer gives."""
    o = (k.ops if k is not tinynet else np) if of is None else of
    inputs = k.Input((4,), name="x")
    x = k.layers.Dense(4, activation="tanh", name="hidden")(inputs)
    m = k.layers.Reshape((2, 2), name="matrix")(x)
    found = [OPERATIONS[name](o, x, m) for name in names]
    flat = [each if len(each.shape) == 2 else k.layers.Flatten()(each) for each in found]
    joined = k.layers.Concatenate(name="joined")(flat) if len(flat) > 1 else flat[0]
    model = k.Model(inputs, k.layers.Dense(3, name="last")(joined))
    model.compile(k.optimizers.SGD(0.001, momentum=0.5), k.losses.MeanSquaredError())
    return model


def assert_alike(one, other):
    """Check that two models predict alike, and alike after some steps."""
    np.testing.assert_allclose(one.predict(X, verbose=0), other.predict(X, verbose=0), rtol=1e-6, atol=1e-6)
    losses = [
        model.fit(X, Y, epochs=5, batch_size=3, shuffle=False, verbose=0).history["loss"] for model in (one, other)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    np.testing.assert_allclose(one.predict(X, verbose=0), other.predict(X, verbose=0), rtol=1e-5, atol=1e-5)


def test_every_function_that_is_followed_is_tried_or_said_not_to_be():
    assert sorted([*OPERATIONS, *NOT_TRIED]) == sorted(tape.KNOWN)


PARTS = np.array_split(sorted(OPERATIONS), 4)


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_models_of_operations_go_both_ways(part, keras, tmp_path):
    for k, other in ((keras, tinynet), (tinynet, keras)):
        model = made(k, PARTS[part])
        model.fit(X, Y, epochs=1, batch_size=3, shuffle=False, verbose=0)
        model.save(tmp_path / "m.keras")
        assert_alike(model, other.models.load_model(tmp_path / "m.keras"))


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_tinynets_own_files_hold_them_too(ending, tmp_path):
    model = made(tinynet, OPERATIONS)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"m{ending}")
    assert_alike(model, tinynet.models.load_model(tmp_path / f"m{ending}"))


def test_legacy_files_of_which_keras_makes_nothing_are_read(keras, tmp_path):
    model = made(keras, ["getitem", "multiply", "mean", "cumsum", "where"])
    model.save(tmp_path / "m.h5")
    again = tinynet.models.load_model(tmp_path / "m.h5")
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6, atol=1e-6)


def test_functions_of_keras_that_are_activations_are_layers_here(keras, tmp_path):
    ops = keras.ops
    functions = [
        *(ops.relu, ops.relu6, ops.sigmoid, ops.softplus, ops.silu, ops.log_sigmoid, ops.hard_silu, ops.selu, ops.tanh),
        *(lambda x: ops.elu(x, 0.3), lambda x: ops.leaky_relu(x, 0.3), lambda x: ops.gelu(x, approximate=False)),
        *(ops.softmax, lambda x: ops.cast(x, "float32"), lambda x: ops.soft_shrink(x, 0.2)),
    ]
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.concatenate([function(inputs) for function in functions]))
    model.save(tmp_path / "m.keras")
    again = tinynet.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6, atol=1e-6)


def test_operations_keep_their_names(keras, tmp_path):
    model = made(keras, ["getitem", "exp", "negative"])
    model.save(tmp_path / "m.keras")
    again = tinynet.models.load_model(tmp_path / "m.keras")
    assert {*[layer.name for layer in model.layers]} < {layer.name for layer in again.layers}
    assert "exp" in "".join(layer.name for layer in again.layers)


def test_what_files_of_before_said_is_read():
    text = made(tinynet, ["sin"]).to_json()
    names = [layer["class_name"] for layer in json.loads(text)["config"]["layers"]]
    at = names.index("Sin")
    entry = json.loads(text)["config"]["layers"][at]
    old = {"module": "tinynet.layers.operation", "class_name": "Operation", "registered_name": None}
    old["config"] = {"name": entry["name"], "function": "sin", "arguments": [{"tensor": 0}], "options": {}}
    description = json.loads(text)
    description["config"]["layers"][at] = {**entry, **old}
    model = tinynet.models.model_from_json(json.dumps(description))
    assert type(model.layers[at]).__name__ == "Operation"


TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": ["x", 0, 0]}}


@pytest.mark.parametrize(
    ("name", "config", "arguments", "words"),
    [
        ("Tile", {"repeats": [1, 10**10]}, [TENSOR], "would make 40000000000 numbers"),
        ("Pad", {"pad_width": [[0, 0], [0, 10**10]]}, [TENSOR], "would make 10000000004 numbers"),
        ("Repeat", {"repeats": 10**10, "axis": 1}, [TENSOR], "would make 40000000000 numbers"),
        ("Add", {}, [TENSOR, "abc"], "the operation 'Add' cannot be told"),
        ("Add", {}, [], "the operation 'Add' cannot be told"),
        ("GetItem", {}, [TENSOR, 0], "must leave the samples apart"),
        ("Mean", {"axis": 7}, [TENSOR], "mean cannot take"),
        ("__import__", {}, [TENSOR], "no operation '__import__'"),
        ("Conv", {"strides": 1}, [TENSOR, TENSOR], "no operation 'Conv'|cannot be told"),
        ("Add", {}, [TENSOR, {"class_name": "__lambda__", "config": {}}], "a call cannot take"),
    ],
)
def test_what_no_operation_can_be_is_refused_in_words(name, config, arguments, words):
    entry = {"module": "keras.src.ops.numpy", "class_name": name, "name": "o", "config": {"name": "o", **config}}
    entry["inbound_nodes"] = [{"args": arguments, "kwargs": {}}]
    x = {
        "class_name": "InputLayer",
        "name": "x",
        "config": {"batch_shape": [None, 4], "name": "x"},
        "inbound_nodes": [],
    }
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    text = json.dumps({"class_name": "Functional", "config": {"name": "f", "layers": [x, entry], **ends}})
    with pytest.raises(ValueError, match=words):
        tinynet.models.model_from_json(text)

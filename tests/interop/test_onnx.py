"""ONNX files: other run times predict what tinynet predicts, and what tinynet or others wrote is read again."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tinynet
from tinynet import Input, Sequential, activations, layers
from tinynet.interop.onnx.forms import form_of
from tinynet.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    ReLU,
    Reshape,
    Softmax,
)
from tinynet.models import load_model

onnx = pytest.importorskip("onnx")
run_time = pytest.importorskip("onnxruntime")

X = np.random.default_rng(0).normal(scale=2.0, size=(6, 4)).astype(np.float32)
FUNCTIONS = [cls for cls in activations.CLASSES.values() if form_of(cls) is not None]


def predicted(path, x):
    session = run_time.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})[0]


def written(tmp_path, *stack):
    """Return a model whose weights, biases included, are random, and the file that it wrote."""
    model = Sequential(list(stack))
    model.set_weights([np.random.default_rng(1).normal(size=w.shape) for w in model.get_weights()])
    model.export(tmp_path / "model.onnx")
    return model, tmp_path / "model.onnx"


def kinds(model):
    return [(type(layer).__name__, getattr(layer.activation, "name", None)) for layer in model.layers]


def agree(model, path, x):
    expected = model.predict(x, verbose=0)
    np.testing.assert_allclose(predicted(path, x), expected, rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(load_model(path).predict(x, verbose=0), expected, rtol=0, atol=1e-6)


def test_every_activation_of_tinynet_has_a_form():
    assert [cls for cls in activations.CLASSES.values() if form_of(cls) is None] == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda cls: cls.name)
def test_a_run_time_and_a_model_read_again_predict_the_same(tmp_path, function):
    model, path = written(tmp_path, Input((4,)), Dense(3, function()), Activation(function()), Dense(2))
    agree(model, path, X if function is not activations.Exponential else X / 100)  # its errors grow with its numbers


@pytest.mark.parametrize(
    "stack",
    [
        [Input((4,)), Dense(3, activations.ELU(0.3)), Dense(3, activations.LeakyReLU(0.4))],
        [Input((4,)), Dense(3, activations.GELU(True), use_bias=False)],
        [Input((4,)), Dense(3, activations.ReLU6(1.5, 0.25, 0.5)), ReLU(max_value=1.0)],
        [Input((4,)), Dropout(0.5), Dense(1, "sigmoid")],
        [Input((2, 2)), Flatten(), Dense(3, "relu"), Dropout(0.25), Dense(3), Softmax()],
        [Input((2, 2)), Dense(3, "tanh"), Dense(2)],
        [Input((4,)), Reshape((2, -1)), Dense(6), GlobalMaxPooling1D(keepdims=True), Reshape((3, 2)), Dense(2)],
        [Input((2, 2)), Dense(3), GlobalAveragePooling1D("channels_first"), Dense(2)],
    ],
    ids=["numbers", "no bias", "three pieces", "dropout", "flatten", "rank 3", "max", "average"],
)
def test_stacks_keep_their_shape_and_their_numbers(tmp_path, stack):
    model, path = written(tmp_path, *stack)
    agree(model, path, X.reshape(6, *model.sample_shape))


def test_words_are_looked_up_by_a_run_time_too(tmp_path):
    model, path = written(tmp_path, Input((4,)), Embedding(9, 3), GlobalAveragePooling1D(), Dense(2))
    agree(model, path, np.random.default_rng(0).integers(0, 9, (6, 4)).astype(np.float32))


NORMALIZING = {
    "batch": [layers.BatchNormalization()],
    "batch, bare": [layers.BatchNormalization(center=False), layers.BatchNormalization(scale=False)],
    "batch, neither": [layers.BatchNormalization(center=False, scale=False), Activation("tanh")],
    "rescaling": [layers.Rescaling(-0.5, 0.25)],
    "rows": [layers.LayerNormalization(epsilon=0.1), layers.LayerNormalization(center=False)],
    "rows, bare": [layers.LayerNormalization(scale=False), layers.LayerNormalization(center=False, scale=False)],
    "lengths": [layers.UnitNormalization()],
    "numbers that were given": [layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 0.5, 0.0])],
    "what was learnt": [layers.Normalization(), layers.Normalization(invert=True)],
    "one mean for all": [layers.Normalization(axis=None)],
    "slopes": [layers.PReLU(), layers.PReLU(shared_axes=1)],
    "noise": [layers.GaussianNoise(0.5), layers.GaussianDropout(0.5), layers.AlphaDropout(0.5)],
    "penalty": [layers.ActivityRegularization(0.1)],
}


@pytest.mark.parametrize("name", NORMALIZING)
def test_layers_that_normalize_predict_the_same_in_a_run_time(tmp_path, name):
    model = Sequential([Input((4,)), Dense(3), *map(layers.deserialize, map(layers.serialize, NORMALIZING[name]))])
    rng = np.random.default_rng(1)
    drawn = [(p, rng.normal(size=p.shape)) for layer in model.layers for p in layer.parameters]
    model.set_weights([np.abs(value) + 0.1 if "variance" in p.name else value for p, value in drawn])
    model.export(tmp_path / "model.onnx")
    agree(model, tmp_path / "model.onnx", X)


@pytest.mark.filterwarnings("ignore:`rms_scaling=True` divides:UserWarning")
def test_a_deviation_that_scales_is_written_in_single_operators(tmp_path):
    agree(*written(tmp_path, Input((4,)), layers.LayerNormalization(rms_scaling=True), Dense(2)), X)


def test_the_same_layers_come_back(tmp_path):
    model, path = written(tmp_path, Input((4,)), Dense(3, "elu"), Dropout(0.25), Dense(2, "softmax", use_bias=False))
    again = load_model(path)
    assert kinds(again) == kinds(model)
    assert again.layers[1].rate == 0.25
    assert not again.layers[2].use_bias
    for weights, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_a_model_of_float64_takes_and_returns_float64(tmp_path):
    tinynet.backend.set_floatx("float64")
    model, path = written(tmp_path, Input((4,)), Dense(3, "elu"), Dense(2, "softmax"))
    result = predicted(path, X.astype(np.float64))
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, model.predict(X, verbose=0), rtol=0, atol=2e-6)
    assert load_model(path).layers[0].kernel.dtype == np.float64


def test_a_batch_has_any_size(tmp_path):
    _, path = written(tmp_path, Input((4,)), Dense(3))
    assert [predicted(path, X[:n]).shape for n in (1, 6)] == [(1, 3), (6, 3)]


def saved(tmp_path, nodes, constants, opset=17, shape=("N", 4), width=3):
    """Return a file with a graph as some other tool writes it."""
    ends = [onnx.helper.make_tensor_value_info(n, 1, s) for n, s in {"in": shape, "out": ("N", width)}.items()]
    values = [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    made = [onnx.helper.make_node(op, inputs, [output], **options) for op, inputs, output, options in nodes]
    graph = onnx.helper.make_graph(made, "others", ends[:1], ends[1:], values)
    opsets = [onnx.helper.make_opsetid("", opset)]
    path = tmp_path / "others.onnx"
    path.write_bytes(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())
    return path


W = np.random.default_rng(2).normal(size=(3, 4)).astype(np.float32)
B = np.random.default_rng(3).normal(size=3).astype(np.float32)
PRODUCT = ("MatMul", ["in", "W"], "h", {})


@pytest.mark.parametrize(
    ("nodes", "constants", "expected"),
    [
        (
            [("Gemm", ["in", "W", "b"], "g", {"transB": 1, "alpha": 0.5, "beta": 2.0}), ("Relu", ["g"], "out", {})],
            {"W": W, "b": B},
            [("Dense", "relu")],
        ),
        (
            [PRODUCT, ("Add", ["b", "h"], "a", {}), ("Identity", ["a"], "out", {})],
            {"W": W.T, "b": B[None]},
            [("Dense", "linear")],
        ),
        (
            [("Reshape", ["in", "s"], "f", {}), ("MatMul", ["f", "W"], "h", {}), ("Softmax", ["h"], "out", {})],
            {"W": W.T, "s": np.array([-1, 4])},
            [("Flatten", None), ("Dense", "softmax")],
        ),
        (
            [PRODUCT, ("Sigmoid", ["h"], "s", {}), ("Mul", ["s", "h"], "d", {}), ("Dropout", ["d"], "out", {})],
            {"W": W.T},
            [("Dense", "silu")],
        ),
        ([PRODUCT, ("LeakyRelu", ["h"], "out", {})], {"W": W.T}, [("Dense", "leaky_relu")]),
    ],
    ids=["gemm", "bias first", "reshape", "silu", "default"],
)
def test_what_other_tools_write_in_other_ways_is_read(tmp_path, nodes, constants, expected):
    path = saved(tmp_path, nodes, constants)
    model = load_model(path)
    assert kinds(model) == expected
    session = run_time.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(model.predict(X, verbose=0), session.run(None, {"in": X})[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("nodes", "constants", "words"),
    [
        ([PRODUCT, ("Clip", ["h"], "out", {"name": "c"})], {"W": W.T}, r"node 'c' \(Clip\)"),
        ([PRODUCT, ("Erf", ["h"], "out", {})], {"W": W.T}, r"\(Erf\)"),
        ([PRODUCT, ("Softmax", ["h"], "out", {"axis": 0})], {"W": W.T}, r"\(Softmax\)"),
    ],
)
def test_what_no_layer_computes_is_named(tmp_path, nodes, constants, words):
    with pytest.raises(ValueError, match=words):
        load_model(saved(tmp_path, nodes, constants))


def test_what_is_no_onnx_file_is_said_to_be_none(tmp_path):
    _, path = written(tmp_path, Input((4,)), Dense(3))
    for number, content in enumerate([b"", b"\0" * 100, path.read_bytes()[:-20], b"{}", path.read_bytes()[7:]]):
        (tmp_path / f"{number}.onnx").write_bytes(content)
        with pytest.raises(ValueError, match=f"{number}.onnx"):
            load_model(tmp_path / f"{number}.onnx")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none.onnx")


class Doubled(layers.Layer):
    def forward(self, x, training=False):
        return 2 * x

    def backward(self, dy):
        return 2 * dy


class TestPartsOfOnesOwn:
    def test_one_without_a_form_is_named(self, tmp_path):
        with pytest.raises(ValueError, match=r"(?s)twice.*Doubled.*has no form in ONNX.*onnx ="):
            written(tmp_path, Input((4,)), Doubled(name="twice"))
        assert list(tmp_path.iterdir()) == []

    def test_a_form_is_one_line(self, tmp_path):
        class Form(Doubled):
            onnx = "x + x"

        model, path = written(tmp_path, Input((4,)), Form())
        np.testing.assert_array_equal(predicted(path, X), model.predict(X, verbose=0))

    def test_what_computes_otherwise_does_not_inherit_a_form(self, tmp_path):
        class Half(activations.ReLU):
            def forward(self, z):
                return z / 2

            def backward(self, a, da):
                return da / 2

        with pytest.raises(ValueError, match=r"half.*has no form"):
            written(tmp_path, Input((4,)), Dense(2, Half()))


def test_channels_are_moved_to_the_end_before_numbers_are_laid_in_a_row(tmp_path):
    model, path = written(tmp_path, Input((2, 3, 4)), layers.Flatten("channels_first"), Dense(2))
    x = np.arange(48.0, dtype=np.float32).reshape(2, 2, 3, 4)
    np.testing.assert_allclose(predicted(path, x), model.predict(x, verbose=0), 1e-5)


def test_what_leaves_out_padding_that_no_embedding_says_is_refused(tmp_path):
    for between in ([], [layers.Rescaling(2.0), Dense(2)]):
        with pytest.raises(ValueError, match="leaves out padding here, which has no form in ONNX"):
            written(tmp_path, Input((4, 3)), layers.Masking(), *between, layers.GlobalAveragePooling1D())
    model, path = written(tmp_path, Input((4,)), layers.Embedding(7, 3, mask_zero=True), layers.Flatten())
    np.testing.assert_allclose(predicted(path, X * 0), model.predict(X * 0, verbose=0))


def test_errors_say_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="build it"):
        Sequential([Dense(2)]).export(tmp_path / "model.onnx")
    model = Sequential([Input((4,)), Dense(2)])
    with pytest.raises(ValueError, match="format='onnx'"):
        model.export(tmp_path / "model", format="tf_saved_model")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinynet-engine\[onnx\]"'):
        model.export(tmp_path / "model.onnx")

"""Networks with branches as ONNX graphs, and every layer of the table: a run time and a model read again agree."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import tinynet
from tests.interop.test_keras_operations import OPERATIONS
from tests.models.branched import CASES, flat
from tinynet import Input, Model, Sequential, catalogue, layers
from tinynet.interop.onnx.forms import form_of
from tinynet.layers import Concatenate, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling1D, Reshape
from tinynet.models import load_model

onnx = pytest.importorskip("onnx")
run_time = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype(np.float32)
#: Numbers of words, the first of each sample being one, and padding.
WORDS = np.maximum(RNG.integers(0, 5, (6, 4)), [1, 0, 0, 0]).astype(np.float32)
LAYERS = [name for name in catalogue.parts()["layers"] if name in layers.CLASSES]
#: Layers that compute with what ONNX has no type or no words for.
NOT_IN_ONNX = {"Discretization", "Hashing", "IntegerLookup", "Lambda", "StringLookup", "TextVectorization"}
#: What layers are given that take something.
GIVEN = {"units": 3, "rate": 0.5, "stddev": 0.5, "activation": "tanh", "target_shape": (2, 2), "n": 3, "dims": (2, 1)}
GIVEN |= {"scale": 2.0, "num_tokens": 5, "input_dim": 5, "output_dim": 3, "axes": -1}


def as_list(values):
    return [values[name] for name in sorted(values)] if isinstance(values, dict) else [*flat(values)]


def agree(model, x, folder):
    """Check that a run time and a model read again predict what the model does, and return the latter."""
    rng = np.random.default_rng(1)
    drawn = [(p, rng.normal(size=p.shape)) for p in model.parameters]
    model.set_weights([np.abs(value) + 0.1 if "variance" in p.name else value for p, value in drawn])
    model.predict(x, verbose=0)
    model.export(folder / "model.onnx")
    again, xs = load_model(folder / "model.onnx"), as_list(x)
    session = run_time.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    fed = {end.name: np.asarray(each, np.float32) for end, each in zip(session.get_inputs(), xs, strict=True)}
    expected = as_list(model.predict(x, verbose=0))
    for found in (session.run(None, fed), as_list(again.predict(xs if len(xs) > 1 else xs[0], verbose=0))):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-6, atol=2e-6)
    return again


@pytest.mark.parametrize("name", CASES)
def test_networks_with_branches_predict_the_same(tmp_path, name):
    make, x, *_ = CASES[name]
    agree(make(tinynet), x, tmp_path)


def test_every_layer_has_a_form():
    assert {name for name in LAYERS if form_of(layers.CLASSES[name]) is None} == NOT_IN_ONNX


@pytest.mark.parametrize("name", [name for name in LAYERS if name not in NOT_IN_ONNX])
def test_every_layer_predicts_the_same(tmp_path, name):
    cls = layers.CLASSES[name]
    taken = inspect.signature(cls.__init__).parameters.values()
    given = {p.name: GIVEN[p.name] for p in taken if p.default is p.empty and p.name in GIVEN}
    x = WORDS if name in ("Embedding", "CategoryEncoding") else X
    inputs = Input((4,))
    rows = Reshape((2, 2))(inputs) if name in ("Permute", "SpatialDropout1D") or "1D" in name else inputs
    made = cls(**{"num_tokens": 5} if name == "CategoryEncoding" else given)
    found = made([rows, Dense(4)(inputs)] if cls.merges else rows)
    agree(Model(inputs, Dense(2)(Flatten()(found))), x, tmp_path)


@pytest.mark.parametrize("shape", [(4,), (1,), (2, 1), (2, 2)])
@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_categories_of_every_mode_and_shape_do(tmp_path, mode, shape):
    x = WORDS[:, : int(np.prod(shape))].reshape(6, *shape)
    agree(Sequential([Input(shape), layers.CategoryEncoding(5, mode), Flatten(), Dense(2)]), x, tmp_path)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(
    ("shapes", "axes"),
    [([(4,), (4,)], 1), ([(2, 2), (4, 1)], (2, -2)), ([(4,), (4, 1)], 1), ([(4, 1), (1, 4)], (1, 2))],
)
def test_products_along_all_axes_do(tmp_path, shapes, axes, normalize):
    a, b = Input((4,), name="a"), Input((4,), name="b")
    ends = [Reshape(shape)(each) for shape, each in zip(shapes, (a, b), strict=True)]
    if shapes == [(2, 2), (4, 1)]:
        ends[1] = Reshape((2, 2))(ends[1])
    agree(Model([a, b], Flatten()(layers.Dot(axes, normalize)(ends))), [X, X[::-1].copy()], tmp_path)


#: What ONNX has no operator for, or no easy one.
NOT_OPERATIONS = {"arctan2", "diagonal", "pad"}


@pytest.mark.parametrize("name", sorted({*OPERATIONS} - NOT_OPERATIONS))
def test_operations_between_tensors_predict_the_same(tmp_path, name):
    inputs = Input((4,))
    x = Dense(4, "tanh")(inputs)
    found = OPERATIONS[name](np, x, Reshape((2, 2))(x))
    agree(Model(inputs, found if len(found.shape) == 2 else Flatten()(found)), X, tmp_path)


def test_an_operation_without_a_form_is_named(tmp_path):
    inputs = Input((4,))
    with pytest.raises(ValueError, match=r"Layer 'arctan2.*' \(Operation\) has no form in ONNX"):
        Model(inputs, np.arctan2(inputs, inputs)).export(tmp_path / "model.onnx")


class TestPadding:
    def test_is_left_out_by_a_run_time_too(self, tmp_path):
        pooled = GlobalAveragePooling1D(keepdims=True)
        stack = [Embedding(5, 3, mask_zero=True), Dense(3, "tanh"), Dropout(0.1), pooled, Flatten(), Dense(2)]
        again = agree(Sequential([Input((4,)), *stack]), WORDS, tmp_path)
        assert again.layers[0].mask_zero

    def test_is_left_out_only_behind_the_embedding_that_says_so(self, tmp_path):
        inputs = Input((4,))
        ends = [GlobalAveragePooling1D()(Embedding(5, 3, mask_zero=zero)(inputs)) for zero in (True, False)]
        again = agree(Model(inputs, Concatenate()(ends)), WORDS, tmp_path)
        assert sorted(layer.mask_zero for layer in again.layers if isinstance(layer, Embedding)) == [False, True]

    def test_that_nothing_leaves_out_is_a_word_like_others(self, tmp_path):
        agree(Sequential([Input((4,)), Embedding(5, 3, mask_zero=True), Flatten(), Dense(2)]), WORDS, tmp_path)


class Own(Model):
    def __init__(self):
        super().__init__()
        self.last, self.first = Dense(4), Dense(4, "relu")

    def call(self, x):
        return self.last(self.first(x)) * x + 1.0


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.last, self.first = Dense(4), Dense(4, "relu")

    def call(self, x):
        return self.last(self.first(x)) + x


def test_what_a_call_chains_is_drawn_as_it_chains_it(tmp_path):
    model = Own()
    model.predict(X, verbose=0)
    agree(model, X, tmp_path)
    agree(Sequential([Input((4,)), Block(), Dense(2)]), X, tmp_path)


def test_layers_of_one_name_in_different_models_keep_their_own_weights(tmp_path):
    inner = [Sequential([Dense(3, name="alike")], name=f"inner_{number}") for number in range(2)]
    agree(Sequential([Input((4,)), *inner, Dense(2, name="alike")]), X, tmp_path)


def test_ends_keep_their_names_and_no_two_are_alike(tmp_path):
    a, b = Input((4,), name="a"), Input((4,), name="b")
    hidden = Dense(4, name="hidden")(layers.add([a, b]))
    again = agree(Model({"a": a, "b": b}, [hidden, hidden, a]), {"a": X, "b": 2 * X}, tmp_path)
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [end.name for end in graph.input] == ["a", "b"]
    assert [end.name for end in graph.output] == ["hidden", "hidden_1", "a_1"]
    assert [layer.name for layer in again.layers if layer.name in "ab" or "hidden" in layer.name] == [
        "a",
        "b",
        "hidden",
    ]


def test_a_network_of_float64_takes_and_returns_float64(tmp_path):
    tinynet.backend.set_floatx("float64")
    a, b = Input((4,)), Input((4,))
    model = Model([a, b], [layers.add([a, b]), Dense(2)(b)])
    model.export(tmp_path / "model.onnx")
    session = run_time.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    fed = {end.name: X.astype(np.float64) for end in session.get_inputs()}
    assert [each.dtype for each in session.run(None, fed)] == [np.float64] * 2
    assert load_model(tmp_path / "model.onnx").dtype == "float64"


def saved(path, nodes, shapes, constants=()):
    """Write a graph as another tool would, from inputs "a" and "b" to "out", and return its path."""
    ends = [
        onnx.helper.make_tensor_value_info(name, 1, shape)
        for name, shape in zip(("a", "b", "out"), shapes, strict=True)
    ]
    made = [onnx.helper.make_node(op, taken, [given], **options) for op, taken, given, options in nodes]
    values = [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants]
    graph = onnx.helper.make_graph(made, "others", ends[:2], ends[2:], values)
    file = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(file.SerializeToString())
    return path


def test_a_graph_of_another_tool_is_read(tmp_path):
    nodes = [("Concat", ["a", "b"], "c", {"axis": 1}), ("Transpose", ["c"], "t", {"perm": [0, 2, 1]})]
    nodes += [("Relu", ["t"], "r", {}), ("Sub", ["r", "t"], "out", {})]
    path = saved(tmp_path / "others.onnx", nodes, [("N", 2, 2), ("N", 1, 2), ("N", 2, 3)])
    x = [X.reshape(6, 2, 2), X[:, :2].reshape(6, 1, 2)]
    model = load_model(path)
    session = run_time.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"a": x[0], "b": x[1]})[0]
    np.testing.assert_array_equal(model.predict(x, verbose=0), found)
    np.testing.assert_array_equal(model.predict({"a": x[0], "b": x[1]}, verbose=0), found)


@pytest.mark.parametrize(
    ("nodes", "shapes", "words"),
    [
        ([("Concat", ["a", "b"], "out", {"axis": 0})], [("N", 2), ("N", 2), ("M", 2)], "concatenation axis"),
        ([("Transpose", ["a"], "c", {"perm": [1, 0, 2]}), ("Add", ["c", "b"], "out", {})],
         [(2, 2, 2), (2, 2, 2), (2, 2, 2)], "leaves the samples where they are"),
        ([("Einsum", ["a", "b"], "out", {"equation": "ij,kj->ik"})],
         [(3, 2), (3, 2), (3, 3)], "leave the samples apart"),
        ([("Mul", ["a", "b"], "m", {}), ("Erf", ["m"], "out", {})], 3 * [("N", 2, 3)], r"\(Erf\)"),
        ([("Mul", ["a", "b"], "m", {}), ("ReduceSum", ["m", "nought"], "out", {"keepdims": 1})],
         [(3, 2), (3, 2), (1, 2)], "must leave the samples apart"),
    ],
)  # fmt: skip
def test_what_no_layer_computes_is_refused(tmp_path, nodes, shapes, words):
    path = saved(tmp_path / "others.onnx", nodes, shapes, [("nought", np.array([0]))])
    with pytest.raises(ValueError, match=words):
        load_model(path)


def test_a_layer_whose_subclass_merges_in_its_own_way_has_no_form(tmp_path):
    class Weighed(layers.Add):
        def combined(self, xs):
            return xs[0] + 2 * xs[1]

    a = Input((4,))
    with pytest.raises(ValueError, match=r"Weighed\) has no form"):
        Model(a, Weighed()([a, a])).export(tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []

"""``keras.ops`` as programs find it: the numbers are those of Keras on JAX."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras as import_keras

X = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
OTHER = np.random.default_rng(1).normal(size=(4, 6)).astype("float32")
SQUARE = (X @ X.T + np.eye(4)).astype("float32")
IDS = np.array([0, 2, 2, 0])
SHARES = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
NONE = np.where(X > 1, np.nan, X)


def carried(ops, reverse=False):
    return ops.scan(lambda total, row: (total + ops.sum(row), total * row), 0.0, X, reverse=reverse)


OF_ONE = "cbrt deg2rad rad2deg fabs signbit sinc trunc fliplr flipud diagflat rot90 ptp i0 erf erfc isneginf isposinf "
OF_ONE += "isreal normalize"
WITH_HOLES = "nanmax nanmin nansum nanmean nanstd nanvar nanprod nanargmax nanargmin nanmedian"
OF_TWO_WHOLE = "bitwise_and bitwise_or bitwise_xor bitwise_left_shift right_shift gcd lcm"


def calls(names, *given):
    """Return what calls each of several functions."""
    return {name: lambda ops, name=name: getattr(ops, name)(*given) for name in names.split()}


EXPRESSIONS = {
    **calls(OF_ONE, X),
    **calls("fmax fmin hypot logaddexp2", X, OTHER),
    **calls(WITH_HOLES, NONE),
    **calls("cholesky pinv logdet matrix_rank", SQUARE),
    **calls(OF_TWO_WHOLE, np.array([6, 9]), np.array([4, 3])),
    "bitwise_invert": lambda ops: ops.bitwise_invert(np.array([6, 9])),
    "fmod": lambda ops: ops.fmod(X, 0.3),
    "heaviside": lambda ops: ops.heaviside(X, 0.5),
    "hamming": lambda ops: ops.hamming(5),
    "inner": lambda ops: ops.inner(X, OTHER),
    "isin": lambda ops: ops.isin(IDS, [2, 3]),
    "kron": lambda ops: ops.kron(X[:2, :2], OTHER[:2, :2]),
    "trapezoid": lambda ops: ops.trapezoid(X, axis=1),
    "allclose": lambda ops: np.asarray(ops.allclose(X, X + 1e-9)),
    "vander": lambda ops: ops.vander(X[0], 3),
    "solve": lambda ops: ops.solve(SQUARE, X),
    "lstsq": lambda ops: ops.lstsq(OTHER.T, X.T),
    "eigh": lambda ops: ops.eigh(SQUARE)[0],
    "qr": lambda ops: ops.abs(ops.qr(SQUARE)[1]),
    "slogdet": lambda ops: ops.slogdet(SQUARE)[1],
    "dstack": lambda ops: ops.dstack([X, OTHER]),
    "hsplit": lambda ops: ops.hsplit(X, 2)[1],
    "vsplit": lambda ops: ops.vsplit(X, 2)[1],
    "geomspace": lambda ops: ops.geomspace(1.0, 8.0, 4),
    "unstack": lambda ops: ops.unstack(X, axis=1)[2],
    "normalize by 1": lambda ops: ops.normalize(X, axis=0, order=1),
    "normalize by 3": lambda ops: ops.normalize(X, order=3),
    "normalize nothing": lambda ops: ops.normalize(np.zeros((2, 2), "float32")),
    **{
        f"segment_{name}": lambda ops, name=name: getattr(ops, f"segment_{name}")(X, IDS, num_segments=4)
        for name in ("sum", "max", "min", "prod")
    },
    "segment_max of whole numbers": lambda ops: ops.segment_max(IDS.astype("int32"), IDS, num_segments=4),
    "segment_sum of a vector": lambda ops: ops.segment_sum(X[:, 0], IDS, 3),
    "multi_hot": lambda ops: ops.multi_hot(np.array([[0, 1], [2, 2]]), 4),
    "multi_hot of rows of rows": lambda ops: ops.multi_hot(np.array([[[0, 1], [2, 2]]]), 3),
    "multi_hot along the rows": lambda ops: ops.multi_hot(np.array([[0, 1], [2, 2]]), 3, axis=1),
    "multi_hot along the first axis": lambda ops: ops.multi_hot(np.array([[0, 1], [2, 2]]), 3, axis=0),
    "multi_hot of a number": lambda ops: ops.multi_hot(2, 4),
    "one_hot along an axis": lambda ops: ops.one_hot(np.array([[0, 1]]), 3, 0, "int32"),
    "slice beyond the end": lambda ops: ops.slice(X, (2, 2), (2, 2)),
    "slice_update beyond the end": lambda ops: ops.slice_update(X, (2, 2), np.ones((2, 2), "float32")),
    "slice_update from the end": lambda ops: ops.slice_update(X, (-1, 0), np.ones((1, 1), "float32")),
    "map to several": lambda ops: ops.map(lambda x: (x, x * 2), X)[1],
    "map of several": lambda ops: ops.map(lambda pair: pair[0] - pair[1], (X, 2 * X)),
    "scan of a dict": lambda ops: ops.scan(lambda c, x: (c + x["a"], {"b": c}), X[0], {"a": X})[1]["b"],
    "while_loop of one": lambda ops: ops.while_loop(lambda i: i < 3, lambda i: i + 1, np.int32(0)),
    "while_loop so often": lambda ops: ops.while_loop(lambda i, j: i < 9, lambda i, j: (i + 1, j + i), (0, 0), 4)[1],
    "multi_hot of one": lambda ops: ops.multi_hot(np.array([0, 2]), 4),
    "scatter": lambda ops: ops.scatter(np.array([[0, 1], [2, 0]]), np.array([5.0, 7.0], "float32"), (3, 2)),
    "scatter_update": lambda ops: ops.scatter_update(X, np.array([[0, 1], [2, 0]]), np.array([5.0, 7.0], "float32")),
    "slice_update": lambda ops: ops.slice_update(X, (1, 2), np.ones((2, 3), "float32")),
    "fori_loop": lambda ops: ops.fori_loop(1, 5, lambda index, total: total * index, 1),
    "switch": lambda ops: ops.switch(7, [lambda x: x, lambda x: 2 * x], X),
    "map": lambda ops: ops.map(lambda row: row * ops.sum(row), X),
    "scan": lambda ops: carried(ops)[1],
    "scan backwards": lambda ops: carried(ops, True)[1],
    "scan, carried": lambda ops: carried(ops)[0],
    "get_item": lambda ops: ops.get_item(X, (slice(None), 1)),
    "binary_crossentropy": lambda ops: ops.binary_crossentropy(np.round(SHARES), SHARES),
    "binary_crossentropy of logits": lambda ops: ops.binary_crossentropy(np.round(SHARES), X, from_logits=True),
    "categorical_crossentropy": lambda ops: ops.categorical_crossentropy(np.eye(6)[IDS].astype("f4"), SHARES),
    "sparse_categorical_crossentropy": lambda ops: ops.sparse_categorical_crossentropy(IDS, X, from_logits=True),
}


@pytest.fixture(scope="module")
def keras():
    return import_keras()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_operations_give_the_numbers_of_keras(name, keras):
    expected = np.asarray(EXPRESSIONS[name](keras.ops))
    with tinynet.install_as_keras():
        found = np.asarray(EXPRESSIONS[name](import_module("keras").ops))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-5)


def test_sums_of_groups_are_followed_by_a_tape():
    with tinynet.install_as_keras():
        ops, tf = import_module("keras").ops, import_module("tensorflow")
        x = tf.Variable(X)
        with tf.GradientTape() as tape:
            y = ops.sum(ops.segment_sum(x, IDS, 3) ** 2)
        gradient = tape.gradient(y, x)
    sums = np.stack([X[group == IDS].sum(axis=0) for group in range(3)])
    np.testing.assert_allclose(gradient, 2 * sums[IDS], rtol=1e-5)

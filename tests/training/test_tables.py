"""The tables that the compiled loop reads."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.nets import network_of
from tinynet import activations, config
from tinynet.activations import GELU
from tinynet.kernels.dense import dense_backward, dense_forward, sparse_dense_forward
from tinynet.kernels.machine.jit import handle
from tinynet.layers import Activation, ActivityRegularization, Dense, Dropout, Flatten
from tinynet.network import Network
from tinynet.training.tables import tables_of


def kernel_of(name: str, number: int = 0) -> object:
    """Return what a table holds of an activation's kernel."""
    return handle(activations.get(name).kernels[number], config.floatx())


def test_a_row_for_each_layer_that_computes():
    network = network_of([Flatten(), Dense(5, "tanh"), Dense(1, "sigmoid")], "binary_crossentropy", (2, 2))
    tables = tables_of(network)
    training, predicting = tables.training.ops, tables.predicting.ops
    assert [op.inputs for op in training] == [4, 5]
    assert [op.units for op in training] == [5, 1]
    assert tables.training.count == tables.predicting.count == 2
    assert [op.activation for op in training] == [kernel_of("tanh"), 0]
    assert [op.activation for op in predicting] == [kernel_of("tanh"), kernel_of("sigmoid")]
    assert tables.training.head == kernel_of("sigmoid")
    assert predicting[1].forward == handle(dense_forward, config.floatx())


def test_a_relu_is_a_floor_of_the_dense_layer_below():
    (dense,) = tables_of(network_of([Dense(3, "relu")])).training.ops
    assert (dense.floor, dense.activation) == (0.0, 0)
    assert dense.activation_backward == kernel_of("relu", 1)
    (dense,) = tables_of(network_of([Dense(3)])).training.ops
    assert (dense.floor, dense.activation) == (-np.inf, 0)


def test_an_activation_of_its_own_joins_a_linear_layer_below():
    assert len(tables_of(network_of([Dense(3), Activation("tanh")])).training.ops) == 1
    assert len(tables_of(network_of([Dense(3, "relu"), Activation("tanh")])).training.ops) == 2


@pytest.mark.parametrize(
    ("make", "fused"),
    [
        (lambda: [Dense(3, "tanh"), Dense(1)], True),
        (lambda: [Dense(3, "relu"), Dense(1, "sigmoid")], True),
        (lambda: [Dense(3, "tanh"), Dense(2)], False),
        (lambda: [Dense(3), Dense(1)], False),
        (lambda: [Dense(3, "softmax"), Dense(1)], False),
        (lambda: [Dense(3, "gelu"), Dense(1)], False),
        (lambda: [Dense(3, "tanh", activity_regularizer="l2"), Dense(1)], False),
        (lambda: [Dense(3, "tanh", trainable=False), Dense(1)], False),
    ],
)
def test_a_layer_of_one_unit_takes_the_slope_of_the_activation_below_with_it_if_that_is_of_single_outputs(make, fused):
    below, last = tables_of(network_of(make())).training.ops
    assert (last.backward not in (0, handle(dense_backward, config.floatx()))) == fused
    if fused:
        assert below.activation_backward == 0


def test_middle_axes_are_rows():
    tables = tables_of(network_of([Dense(5), Dense(2)], shape=(7, 3, 4)))
    assert [op.repeat for op in tables.training.ops] == [21, 21]
    assert tables.training.repeat == 21
    assert tables.training.inputs == 7 * 3 * 4


@pytest.mark.parametrize(
    ("shape", "repeat", "columns"), [((), 1, 1), ((4,), 1, 4), ((3, 4), 3, 4), ((2, 3, 4), 6, 4), ((2, 3, 1), 6, 1)]
)
@pytest.mark.parametrize(
    "make",
    [list, lambda: [Activation("tanh")], lambda: [ActivityRegularization(0.5)], lambda: [Dropout(0.5)]],
    ids=["nothing", "an activation", "a penalty", "dropout"],
)
def test_the_last_axis_is_the_columns_and_the_others_are_rows(make, shape, repeat, columns):
    tables = tables_of(network_of(make(), shape=shape))
    for net in tables[:2]:
        (op,) = net.ops
        assert (op.repeat, op.inputs, op.units) == (repeat, columns, columns)
        assert (net.repeat, net.outputs, net.inputs) == (repeat, columns, repeat * columns)


def test_backprop_ends_at_the_first_layer_that_is_trained():
    layers = [Dense(2, trainable=False), Dense(2), Dense(1)]
    net = tables_of(network_of(layers)).training
    assert net.lowest == 1
    assert [bool(op.backward) for op in net.ops] == [False, False, True]
    assert [bool(op.gradients) for op in net.ops] == [False, True, True]
    for layer in layers:
        layer.trainable = False
    assert tables_of(network_of(layers)).training.lowest == 3


def test_the_tables_know_where_each_parameter_is():
    network = network_of([Dense(2), Dense(3, use_bias=False)])
    first, second = tables_of(network).training.ops
    kernel, bias, other = network.parameters
    assert first.places.tolist() == [kernel.offset, kernel.stop, bias.offset, bias.stop]
    assert second.places.tolist() == [other.offset, other.stop]


def test_sparse_samples_have_a_first_layer_of_their_own():
    network = network_of([Dense(3), Dense(2)])
    kernels = [op.forward for op in tables_of(network, sparse=True).predicting.ops]
    assert kernels == [handle(k, config.floatx()) for k in (sparse_dense_forward, dense_forward)]


def test_sums_are_kept_in_training_where_a_derivative_needs_them():
    tables = tables_of(network_of([Dense(3, GELU(approximate=True)), Dense(2, "tanh")]))
    assert tables.training.ops[0].sums >= 0
    assert tables.training.ops[0].numbers.tolist() == [1.0]
    assert [op.sums for op in (tables.training.ops[1], *tables.predicting.ops)] == [-1, -1, -1]


def test_a_network_of_nothing_passes_its_input_on():
    for layers in ([], [Flatten()], [Activation("linear")]):
        (op,) = tables_of(Network(tuple(layers), (4,), np.dtype("float32"))).predicting.ops
        assert (op.inputs, op.units, op.activation) == (4, 4, 0)
        assert op.forward


@pytest.mark.parametrize(
    "layers",
    [
        [Dense(5, "relu"), Dense(3)],
        [Dense(5, "gelu"), Dropout(0.5), Dense(3, "silu")],
        [Dense(17, "tanh"), Activation("softmax"), Dense(1)],
    ],
    ids=["relu", "gelu", "softmax"],
)
def test_places_in_the_workspace_do_not_overlap(layers):
    tables = tables_of(network_of(layers), targets=3)
    net = tables.training
    places = []
    for op in net.ops:
        size = op.repeat * op.units
        places += [(op.output, size), (op.gradient, size), *([(op.sums, size)] if op.sums >= 0 else [])]
    last = net.ops[-1]
    places += [(net.at_predictions, last.repeat * last.units), (net.at_x, 4), (net.at_y, 3), (net.at_weights, 1)]
    taken = np.zeros(tables.work, int)
    for start, size in places:
        assert start % 16 == 0
        assert start + size <= tables.work
        taken[start : start + size] += 1
    assert taken.max() == 1
    for op in tables.predicting.ops:
        assert op.output + op.repeat * op.units <= tables.work_predicting

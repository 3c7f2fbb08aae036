"""The tables that the compiled loop reads."""

from __future__ import annotations

import numpy as np
from nets import network_of

from tinynet.kernels import _codes as code
from tinynet.layers import Activation, Dense, Flatten
from tinynet.lowering import lower


def test_a_row_for_each_layer_that_computes():
    network = network_of([Flatten(), Dense(5, "relu"), Dense(1, "sigmoid")], "binary_crossentropy", (2, 2))
    tables = lower(network)
    assert tables.ops[:, code.OP_INPUTS].tolist() == [4, 5]
    assert tables.ops[:, code.OP_UNITS].tolist() == [5, 1]
    assert tables.ops[:, code.OP_ACTIVATION].tolist() == [code.RELU, code.LINEAR]
    assert tables.predicting[:, code.OP_ACTIVATION].tolist() == [code.RELU, code.SIGMOID]
    assert tables.settings[code.SET_HEAD_ACTIVATION] == code.SIGMOID


def test_an_activation_of_its_own_joins_a_linear_layer_below():
    assert len(lower(network_of([Dense(3), Activation("tanh")])).ops) == 1
    assert len(lower(network_of([Dense(3, "relu"), Activation("tanh")])).ops) == 2


def test_middle_axes_are_rows():
    tables = lower(network_of([Dense(5), Dense(2)], shape=(7, 3, 4)))
    assert tables.ops[:, code.OP_REPEAT].tolist() == [21, 21]
    assert tables.settings[code.SET_OUTPUT_ROWS] == 21


def test_backprop_ends_at_the_first_layer_that_is_trained():
    layers = [Dense(2, trainable=False), Dense(2), Dense(1)]
    assert lower(network_of(layers)).settings[code.SET_FIRST_TRAINABLE] == 1
    for layer in layers:
        layer.trainable = False
    assert lower(network_of([Dense(1, trainable=False)])).settings[code.SET_FIRST_TRAINABLE] == 1


def test_places_in_the_workspace_do_not_overlap():
    tables = lower(network_of([Dense(5, "relu"), Dense(3)]), targets=3)
    ops, settings = tables.ops, tables.settings
    sizes = (ops[:, code.OP_REPEAT] * ops[:, code.OP_UNITS]).tolist()
    places = [*zip(ops[:, code.OP_OUTPUT], sizes, strict=True), *zip(ops[:, code.OP_GRADIENT], sizes, strict=True)]
    places += [
        (settings[code.SET_WORK_PREDICTIONS], 3), (settings[code.SET_WORK_X], 4), (settings[code.SET_WORK_Y], 3),
        (settings[code.SET_WORK_WEIGHTS], 1),
    ]  # fmt: skip
    taken = np.zeros(tables.work, int)
    for start, size in places:
        taken[start : start + size] += 1
    assert taken.max() == 1

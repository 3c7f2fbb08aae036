"""Calls of layers in configurations: what is no call, or more than a layer takes, is refused in words."""

from __future__ import annotations

import json

import pytest

import tinynet
from tinynet import Input, Model
from tinynet.layers import Dense

TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32"}}


def of_call(node):
    """Return the JSON of a network in which a layer is called like that."""
    inputs = Input((4,), name="x")
    text = Model(inputs, Dense(2, name="last")(Dense(4, name="d")(inputs))).to_json()
    description = json.loads(text)
    description["config"]["layers"][1]["inbound_nodes"] = [node]
    return json.dumps(description)


def reference(*history):
    return {**TENSOR, "config": {**TENSOR["config"], "keras_history": [*history]}}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"args": [], "kwargs": {}}, "a call of the layer 'd' cannot be read"),
        ({"args": []}, "a call of the layer 'd' cannot be read"),
        ({"args": [{}], "kwargs": {}}, "a call of the layer 'd' cannot be read"),
        ({"args": [reference("x", 0)], "kwargs": {}}, "a call of the layer 'd' cannot be read"),
        ({"args": [reference("x", "0", 0)], "kwargs": {}}, "a call of the layer 'd' cannot be read"),
        ({"args": [reference("y", 0, 0)], "kwargs": {}}, "Missing node: y"),
        ({"args": [reference("d", 0, 0)], "kwargs": {}}, "wait for each other"),
        ([["x", 0]], "a call of the layer 'd' cannot be read"),
        (7, "a call of the layer 'd' cannot be read"),
    ],
)
def test_what_is_no_call_is_refused(node, words):
    with pytest.raises(ValueError, match=words):
        tinynet.models.model_from_json(of_call(node))


@pytest.mark.parametrize(
    "node",
    [
        {"args": [reference("x", 0, 0), reference("x", 0, 0)], "kwargs": {}},
        {"args": [reference("x", 0, 0)], "kwargs": {"mask": reference("x", 0, 0)}},
    ],
)
def test_a_tensor_that_a_layer_would_not_look_at_is_refused(node):
    with pytest.raises(ValueError, match="'d' is called with more than what tinynet's takes"):
        tinynet.models.model_from_json(of_call(node))


def test_what_is_said_besides_is_read():
    for node in (
        {"args": [reference("x", 0, 0)], "kwargs": {"mask": None, "training": False}},
        {"args": [], "kwargs": {"inputs": reference("x", 0, 0)}},
    ):
        assert tinynet.models.model_from_json(of_call(node)).output_shape == (None, 2)

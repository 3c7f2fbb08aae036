"""Calls of layers in configurations: what is no call, or more than a layer takes, is refused in words."""

from __future__ import annotations

import json

import pytest

import tinynet
from tinynet import Input, Model
from tinynet.layers import Dense, Embedding, GlobalAveragePooling1D

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


@pytest.mark.parametrize("k", ["mask of its own", "of another number", "of other samples"])
def test_a_mask_that_no_embedding_says_is_refused(k):
    inputs = Input((4,), name="x")
    pooled = GlobalAveragePooling1D(name="d")(Embedding(5, 3, mask_zero=k != "mask of its own", name="e")(inputs))
    description = json.loads(Model(inputs, pooled).to_json())
    layers = description["config"]["layers"]
    unequal = {"module": "keras.src.ops.numpy", "class_name": "NotEqual", "name": "n", "config": {"name": "n"}}
    compared = reference(*("e", 0, 0) if k == "of other samples" else ("x", 0, 0))
    unequal["inbound_nodes"] = [{"args": [compared, 1 if k == "of another number" else 0], "kwargs": {}}]
    layers[-1]["inbound_nodes"][0]["kwargs"]["mask"] = reference("n", 0, 0)
    layers.insert(2, unequal)
    with pytest.raises(ValueError, match=r"'d' is called with more than what tinynet's takes: \['mask'\]"):
        tinynet.models.model_from_json(json.dumps(description))
    layers[1]["config"]["mask_zero"], unequal["inbound_nodes"][0]["args"] = True, [reference("x", 0, 0), 0]
    assert tinynet.models.model_from_json(json.dumps(description)).output_shape == (None, 3)


def test_what_is_said_besides_is_read():
    for node in (
        {"args": [reference("x", 0, 0)], "kwargs": {"mask": None, "training": False}},
        {"args": [], "kwargs": {"inputs": reference("x", 0, 0)}},
    ):
        assert tinynet.models.model_from_json(of_call(node)).output_shape == (None, 2)

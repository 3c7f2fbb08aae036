"""Copies of models with other layers in them, and with more: `clone_function`, `call_function`, `recursive`."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet.models import clone_model

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def branched(k):
    """Return a model with a shared layer, and a model within it."""
    x = k.Input((4,), name="x")
    inner_x = k.Input((4,), name="inner_x")
    inner = k.Model(inner_x, k.layers.Dense(4, "tanh", name="within")(inner_x), name="inner")
    shared = k.layers.Dense(4, name="shared")
    return k.Model(x, k.layers.add([shared(x), shared(inner(x))], name="sum"))


def names(model):
    """Return the names of the layers, those of inner models in a list of their own."""
    return [names(layer) if hasattr(layer, "layers") else layer.name for layer in model.layers]


@pytest.mark.parametrize("recursive", [False, True])
def test_a_function_that_calls_the_layers_may_put_others_behind_them_as_in_keras(recursive):
    found = []
    for k in (tinynet, keras()):
        shared = iter(range(9))  # a layer that is called twice is followed by two others
        model = branched(k)

        def call(layer, *arguments, k=k, shared=shared, **options):
            found = layer(*arguments, **options)
            if isinstance(layer, k.layers.Dense):
                return k.layers.Dropout(0.5, name=f"drop_{next(shared)}")(found)
            return found

        clone = k.models.clone_model(model, clone_function=lambda layer: layer, call_function=call, recursive=recursive)
        found.append([str(names(clone)).count("drop"), len(clone.layers), len(clone.get_weights())])
        np.testing.assert_allclose(np.asarray(clone(X)), np.asarray(model(X)), 1e-6)  # it has the same layers
    assert found[0] == found[1]


@pytest.mark.parametrize("recursive", [False, True])
def test_layers_of_models_within_are_asked_for_where_that_is_said(recursive):
    for k in (tinynet, keras()):
        asked = []

        def again(layer, asked=asked):
            asked.append(layer.name)
            return type(layer).from_config(layer.get_config())

        clone = k.models.clone_model(branched(k), clone_function=again, recursive=recursive)
        assert ("within" in asked, "inner" in asked) == (recursive, not recursive)
        assert "shared" in asked
        assert clone.count_params() == 40


def test_a_stack_has_no_function_that_calls_its_layers():
    model = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Dense(2)])
    with pytest.raises(ValueError, match="`call_function` argument is not supported with Sequential models"):
        clone_model(model, call_function=lambda layer, x: layer(x))

"""What users of Keras write around their models, held against what Keras answers."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import losses

#: Names of losses that Keras 3 has by others.
ONLY_OURS = {"logcosh": "log_cosh", "kullback_leibler_divergence": "kl_divergence"}


@pytest.mark.parametrize("name", [*losses.TABLE, *losses.CLASSES])
def test_a_loss_is_a_function_by_its_name_and_an_object_by_its_class(name):
    ours, theirs = losses.get(name), keras().losses.get(ONLY_OURS.get(name, name))
    assert inspect.isfunction(ours) == inspect.isfunction(theirs)
    if inspect.isfunction(ours):
        assert losses.serialize(ours) == keras().losses.serialize(theirs)
        assert losses.deserialize(keras().losses.serialize(theirs)) is ours is losses.get(ours)
        assert type(losses.loss_of(ours)) is losses.TABLE[name]
    else:
        assert type(ours).__name__ == type(theirs).__name__
        assert keras().losses.deserialize(losses.serialize(ours)).get_config() == ours.get_config()


# ---- weights --------------------------------------------------------------------------------------------------------

#: What programs write of a weight, `w` being ``layer.kernel`` or ``layer.weights[0]``.
OF_A_WEIGHT = [
    "np.asarray(w)",
    "w.numpy()",
    "w.shape",
    "w.ndim",
    "w.name",
    "str(w.dtype)",
    "w.trainable",
    "w.constraint",
    "w.regularizer",
    "w[0]",
    "w[0,1]",
    "w[:,1:]",
    "w+1",
    "1-w",
    "w*w",
    "w/2",
    "w**2",
    "w@np.ones((3,1))",
    "np.ones((1,4))@w",
    "-w",
    "abs(w)",
    "np.sum(w)",
    "np.dot(np.ones((1,4)),w)",
    "np.abs(w).mean()",
    "w.value",
]


def weights_of(k, weight):
    layer = k.layers.Dense(3, name="d")
    layer.build((None, 4))
    layer.set_weights([np.arange(12.0).reshape(4, 3), np.ones(3)])
    return layer.kernel if weight == "attribute" else layer.weights[0]


@pytest.mark.parametrize("weight", ["attribute", "entry"])
@pytest.mark.parametrize("written", OF_A_WEIGHT)
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of Keras's
def test_a_weight_answers_what_one_of_keras_does(written, weight):
    ours, theirs = (eval(written, {"np": np, "w": weights_of(k, weight)}) for k in (tinynet, keras()))
    assert not isinstance(ours, tinynet.variables.Variable) or written in ("w[0]", "w[:,1:]")
    np.testing.assert_array_equal(ours, np.asarray(theirs) if hasattr(theirs, "shape") else theirs)


@pytest.mark.parametrize("weight", ["attribute", "entry"])
@pytest.mark.parametrize("written", ["assign(2*x)", "assign_add(x)", "assign_sub(x)"])
def test_a_weight_is_set_in_place(written, weight):
    found = []
    for k in (tinynet, keras()):
        w = weights_of(k, weight)
        eval(f"w.{written}", {"w": w, "x": np.ones((4, 3))})
        found.append(np.asarray(w))
    np.testing.assert_array_equal(*found)
    with pytest.raises(ValueError, match="shape"):
        weights_of(tinynet, weight).assign(np.zeros((2, 2)))


def test_what_is_computed_from_a_weight_is_a_plain_array_and_what_is_kept_of_it_stands_alone():
    kernel = weights_of(tinynet, "attribute")
    for computed in (kernel + kernel, kernel @ kernel.T, np.exp(kernel), kernel.sum(axis=0), kernel.mean()):
        assert type(computed) in (np.ndarray, np.float32)
    assert type(pickle.loads(pickle.dumps(kernel))) is np.ndarray
    kernel *= 2
    assert kernel[3, 2] == 22


def test_a_layer_tells_its_types_its_calls_and_its_metrics():
    found = []
    for k in (tinynet, keras()):
        inputs = k.Input((4,))
        layer = k.layers.Dense(3)
        outputs = layer(inputs)
        model = k.Model(inputs, outputs)
        model.compile("sgd", "mse", metrics=["mae"])
        found.append((layer.compute_dtype, layer.variable_dtype, layer.count_params(), model.count_params()))
        assert layer.output is outputs is model.layers[1].output is model.get_layer(index=1).output
        assert layer.input.shape == model.input.shape == (None, 4)
    assert found[0] == found[1]
    assert layer_of_tinynet().get_output_shape_at(0) == (None, 3)
    with pytest.raises(ValueError, match="has 1 calls"):
        layer_of_tinynet().get_input_at(1)


def layer_of_tinynet():
    layer = tinynet.layers.Dense(3)
    layer(tinynet.Input((4,)))
    return layer

"""Networks with branches against Keras on JAX: history, weights, predictions and the layers' order, in float64."""

import numpy as np
import pytest

import tinynet
from tests.models.branched import CASES, flat
from tests.support.parity import keras, precision


def train(k, case):
    make, x, y, settings, options = CASES[case]
    model = make(k)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) / 2 for w in model.weights])
    model.compile(optimizer=k.optimizers.SGD(0.125), **settings)
    history = model.fit(x, y, epochs=2, batch_size=7, shuffle=False, verbose=0, **options).history
    return model, history, flat(model.predict(x, verbose=0)), np.atleast_1d(model.evaluate(x, y, verbose=0))


@pytest.mark.parametrize("case", CASES)
def test_a_network_with_branches_trains_as_in_keras(case):
    with precision("float64"):
        ours, history, outputs, evaluated = train(tinynet, case)
        theirs, expected, predicted, scores = train(keras(), case)
        assert sorted(history) == sorted(expected)
        for name, values in expected.items():
            assert np.allclose(history[name], values, rtol=1e-12, atol=1e-13), name
        for mine, other in zip(ours.get_weights(), map(np.asarray, (w.value for w in theirs.weights)), strict=True):
            assert np.allclose(mine, other, rtol=1e-12, atol=1e-13)
        for mine, other in zip(outputs, predicted, strict=True):
            assert np.allclose(mine, other, rtol=1e-12, atol=1e-13)
        assert np.allclose(evaluated, scores, rtol=1e-12)
        assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]


@pytest.mark.parametrize("kind", ["Maximum", "Minimum", "Add", "Concatenate"])
def test_layers_of_several_inputs_know_their_calls(kind):
    one, other = tinynet.Input((2,)), tinynet.Input((2,))
    layer = getattr(tinynet.layers, kind)()
    layer([one, other])
    assert layer.get_input_at(0) == [one, other] == layer.input
    assert layer.get_output_shape_at(0) == layer.output.shape

"""Penalties and constraints that a layer is given after it was built count from then on, also during a fit."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights
from tinynet.activations import ActivationFunction
from tinynet.callbacks import LambdaCallback
from tinynet.layers import Dense, Input
from tinynet.regularizers import L2

X = np.random.default_rng(0).normal(size=(32, 4)).astype("f4")
Y = np.random.default_rng(1).normal(size=(32, 2)).astype("f4")
GIVEN = {"kernel_regularizer": "l2", "bias_regularizer": L2(0.5), "kernel_constraint": "non_neg"}


def built(compiled, **options):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((4,)), Dense(2, bias_initializer="ones", **options)])
    model.compile("sgd", "mse", compiled=compiled)
    return model


@pytest.mark.parametrize("compiled", [True, False])
def test_what_a_layer_is_given_later_counts_as_if_it_had_been_there(compiled):
    later, from_the_start = built(compiled), built(compiled, **GIVEN)
    later.evaluate(X, Y, verbose=0)  # its tables are made
    for name, part in GIVEN.items():
        setattr(later.layers[0], name, part)
    losses = [m.fit(X, Y, epochs=2, shuffle=False, verbose=0).history["loss"] for m in (later, from_the_start)]
    assert losses[0] == losses[1]
    assert_same_weights(later, from_the_start)
    assert later.layers[0].get_config() == {**from_the_start.layers[0].get_config(), "name": later.layers[0].name}
    later.layers[0].kernel_regularizer = later.layers[0].bias_regularizer = None
    assert later.losses == []


@pytest.mark.parametrize("compiled", [True, False])
def test_during_a_fit_it_counts_from_the_next_batch_on(compiled):
    model = built(compiled)

    def change(epoch, logs=None):
        if epoch == 1:
            model.layers[0].kernel_regularizer = L2(1.0)

    expected = built(compiled)
    plain = expected.fit(X, Y, shuffle=False, epochs=2, verbose=0).history["loss"]
    hook = LambdaCallback(on_epoch_begin=change)
    changed = model.fit(X, Y, shuffle=False, epochs=2, verbose=0, callbacks=[hook]).history["loss"]
    assert changed[0] == plain[0]
    assert changed[1] > plain[1] + 1


def test_what_is_no_such_part_is_refused():
    model = built(True)
    for name in GIVEN:
        with pytest.raises((TypeError, ValueError), match=name.rpartition("_")[2]):
            setattr(model.layers[0], name, 3)
        assert getattr(model.layers[0], name) is None


class Squashed(ActivationFunction):
    """The hyperbolic tangent, whose derivative is lost on the way."""

    def forward(self, z):
        return np.tanh(z)

    def backward(self, a, da):
        da = da * (1 - a**2)


class Aliased(ActivationFunction):
    """The rectified linear unit, written to its argument under the same name."""

    def forward(self, z):
        z = np.asarray(z)
        np.maximum(z, 0, out=z)

    def backward(self, a, da):
        da = np.asarray(da)
        da[a <= 0] = 0


class Lost(Squashed):
    """The result is lost, and what is left is the identity."""

    def forward(self, z):
        z = np.tanh(z)


def test_an_activation_whose_result_is_lost_is_refused():
    with pytest.raises(ValueError, match="Activation Lost: `forward` gives its argument `z` a new value"):
        Lost()([1.0, -3.0])
    model = built(True)
    model.layers[0].activation = Squashed()
    before = model.get_weights()
    with pytest.raises(ValueError, match="Activation Squashed: `backward` gives its argument `da` a new value"):
        model.fit(X, Y, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_an_argument_may_be_written_to_under_another_name():
    np.testing.assert_array_equal(Aliased()([[1.0, -3.0], [2.0, 4.0]]), [[1, 0], [2, 4]])
    np.testing.assert_array_equal(Aliased()([1.0, 3.0]), [1, 3])
    one, other = built(False), built(False)
    one.layers[0].activation, other.layers[0].activation = Aliased(), tinynet.activations.relu
    for model in (one, other):
        model.fit(X, Y, verbose=0)
    assert_same_weights(one, other, exactly=False)

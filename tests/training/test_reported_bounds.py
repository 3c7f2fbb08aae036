"""What nobody meant to change under a fit, or after one, does not lead compiled code out of bounds."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, classifier, two_classes
from tinynet import activations
from tinynet._configurable import changes
from tinynet.callbacks import LambdaCallback
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Dense, Dropout, Input
from tinynet.memory import Memory, Slots

X, Y = two_classes(64)


def at_batch(number, action):
    """Return a callback that acts once, after batch `number` of the training."""
    batches = []

    def act(batch, logs):
        batches.append(batch)
        if len(batches) == number:
            action()

    return LambdaCallback(on_train_batch_end=act)


HOSTILE = {
    "units raised": lambda m: vars(m.layers[0]).update(units=10**6),
    "units raised, the last layer's": lambda m: vars(m.layers[-1]).update(units=10**7),
    "a parameter moved": lambda m: setattr(m.weights[0], "offset", 10**9),
    "a parameter moved to before the memory": lambda m: setattr(m.weights[0], "offset", -(10**9)),
    "a parameter made longer": lambda m: setattr(m.weights[0], "size", 10**9),
    "a parameter of another memory": lambda m: setattr(m.weights[0], "memory", Memory([])),
    "parameters in another order": lambda m: setattr(
        m.layers[0], "_parameters", dict(reversed(m.layers[0]._parameters.items()))
    ),
    "a parameter less": lambda m: m.layers[0]._parameters.pop("bias"),
    "shorter gradients": lambda m: setattr(m.weights[0].memory, "gradients", np.zeros(3, "float32")),
    "shorter parameters": lambda m: setattr(m.weights[0].memory, "parameters", np.zeros(3, "float32")),
    "shorter slots": lambda m: setattr(m.optimizer.accumulators, "values", np.zeros((2, 3), "float32")),
    "other slots": lambda m: setattr(m.optimizer, "accumulators", Slots([0.0])),
    "more slots": lambda m: setattr(m.optimizer, "slots", tuple("abcdef")),
    "fewer numbers": lambda m: setattr(m.optimizer, "numbers", np.zeros(1)),
    "no counter": lambda m: setattr(m.optimizer, "counter", np.zeros(0, np.int64)),
    "layers appended": lambda m: m._chained.append(Dense(5, name="appended")),
    "layers cleared": lambda m: m._chained.clear(),
    "a rate beyond 1": lambda m: vars(m.layers[1]).update(rate=50.0),
}


@both_loops
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("when", ["during a fit", "between two calls"])
def test_no_attribute_set_by_whatever_means_leads_out_of_bounds(compiled, name, when):
    layers = [Dense(8, activation="relu"), Dropout(0.1), Dense(1, kernel_regularizer="l2")]
    model = tinynet.Sequential([Input((4,)), *layers])
    model.compile(tinynet.optimizers.Adam(clipnorm=1.0), "mse", compiled=compiled)

    def change():
        HOSTILE[name](model)
        changes[0] += 1  # some part was changed: everything is read again

    def calls():
        if when == "during a fit":
            yield lambda: model.fit(
                X, Y, batch_size=16, validation_data=(X, Y), callbacks=[at_batch(2, change)], verbose=0
            )
        else:
            model.fit(X, Y, verbose=0)
            model(X[:3])
            change()
            yield lambda: model(X[:3])
            yield lambda: model.predict(X, verbose=0)
            yield lambda: model.evaluate(X, Y, verbose=0)
            yield lambda: model.train_on_batch(X, Y)

    for call in calls():
        with suppress(ValueError, TypeError, AttributeError, IndexError):
            call()


@pytest.mark.skipif(not COMPILED, reason="needs the compiled loop")
def test_a_users_activation_set_under_the_compiled_loop_is_refused_by_name():
    class Squash(activations.ActivationFunction):
        def forward(self, z):
            np.tanh(z, out=z)

        def backward(self, a, da):
            da *= 1 - a * a

    model = classifier()
    change = at_batch(1, lambda: setattr(model.layers[0], "activation", Squash()))
    with pytest.raises(ValueError, match=r"the activation of layer '.*' is user-written"):
        model.fit(X, Y, batch_size=16, callbacks=[change], verbose=0)
    model.fit(X, Y, batch_size=16, verbose=0)

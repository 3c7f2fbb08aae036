"""Small networks and data for tests of the public face, and what a mistaken call must leave as it is."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

import tinynet
from tinynet import config
from tinynet.layers import Dense, Input
from tinynet.training import preparation

both_loops = pytest.mark.parametrize("compiled", [True, False], ids=["compiled loop", "layer loop"])


def two_classes(n=60, inputs=4, seed=0):
    """Return samples and labels 0 or 1, (n,), that a small network can tell apart."""
    x = np.random.default_rng(seed).normal(size=(n, inputs)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def classifier(compiled=True, *, units=5, inputs=4, optimizer="rmsprop", seed=0, **options):
    """Return a compiled, built network with one sigmoid output."""
    tinynet.set_random_seed(seed)
    model = tinynet.Sequential([Input((inputs,)), Dense(units, activation="relu"), Dense(1, activation="sigmoid")])
    options = {"loss": "binary_crossentropy", "metrics": ["accuracy"], **options}
    model.compile(optimizer, compiled=compiled, **options)
    model.shuffle_state()  # drawn now, so that networks of one seed also shuffle alike
    return model


def state_of(model):
    """Return copies of everything that a call with wrong arguments must not touch."""
    state = {
        "weights": model.get_weights(),
        "built": (model.built, [layer.built for layer in model.layers], model.sample_shape),
        "layers": list(model.layers),
        "names": [layer.name for layer in model.layers],
        "frozen": [layer.trainable for layer in model.layers],
        "settings": model.setup,
        "columns and classes": model.seen,
        "history": model.history,
        "generator": config.generator().bit_generator.state,
        "numpy": np.random.get_state()[1].copy(),  # noqa: NPY002  the generator that set_random_seed also seeds
        "shuffling": None if model._state is None else model._state.copy(),
    }
    if model.optimizer is not None:
        state["optimizer"] = [
            model.optimizer.iterations,
            model.optimizer.numbers.copy(),
            model.optimizer.accumulators.values.copy(),
        ]
    return state


def same(a, b):
    """Return whether two states are equal, to the bit."""
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and bool((a == b).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@contextmanager
def unchanged(model):
    """Check that what happens inside leaves the model, its optimizer and the generators as they are."""
    before = state_of(model)
    yield
    after = state_of(model)
    changed = [key for key in before if not same(before[key], after[key])]
    assert not changed, f"changed: {changed}"


def assert_same_weights(a, b, exactly=True, tolerance=1e-6):
    """Check that two models (or lists of arrays) have the same weights."""
    a, b = ([*m] if isinstance(m, list) else m.get_weights() for m in (a, b))
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        if exactly:
            np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


def network_of(layers, loss="mse", shape=(4,), **options):
    """Return what a call on a model of these layers works on."""
    model = tinynet.Sequential([Input(shape), *layers])
    model.compile(options.pop("optimizer", "sgd"), loss, **options)
    return preparation.network_of(model, shape, tuple(a for a in model.output_shape[1:]))

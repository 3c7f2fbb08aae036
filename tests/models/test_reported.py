"""Changes of a model are whole or not made, whatever raises in the middle of them; pickles hold no training rows."""

from __future__ import annotations

import copy
import operator
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet import optimizers
from tinynet._whole import afterwards, all_or_nothing, at_once
from tinynet.initializers import Initializer
from tinynet.layers import Dense, Dropout, Input, Layer
from tinynet.memory import Memory

X, Y = two_classes()


class Fails(Initializer):
    """Fails as often as it is told, then works."""

    def __init__(self, error=RuntimeError, times=1):
        super().__init__()
        self.error, self.times = error, times

    def draw(self, shape, rng):
        rng.random()
        if self.times:
            self.times -= 1
            raise self.error
        return np.ones(shape)


class Cached(Layer):
    """A user's layer that keeps its batch as people do: an attribute, a tuple, a dictionary; and a running mean."""

    def __init__(self, **options):
        super().__init__(**options)
        self.x, self.cache = None, {}

    def build(self, input_shape):
        self.add_weight("scale", input_shape[-1:], "ones")

    def forward(self, x, training=False):
        if training:
            if not hasattr(self, "mean"):
                self.mean = np.zeros(x.shape[-1], x.dtype)
            self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
            self.x, self.pair, self.cache = x, (x, x > 0), {"x": x}
            self.norms = np.sqrt((x * x).sum(axis=1))
        return x * self.scale + 0.01 * getattr(self, "mean", 0.0)

    def backward(self, dy):
        self.dscale[...] = (dy * self.x).sum(axis=0)
        return dy * self.scale


# ---- the tools -------------------------------------------------------------------------------------------------------


def test_calls_made_at_once_are_all_made_or_none_if_one_cannot_be_listed():
    seen = []
    at_once([(seen.append, 1), (seen.append, 2), (operator.setitem, seen, 0, 3)])
    assert seen == [3, 2]
    with pytest.raises(ZeroDivisionError):
        at_once((seen.append, 1 / (2 - i)) for i in range(4))
    assert seen == [3, 2]


def test_what_a_failed_change_did_to_attributes_and_arrays_is_taken_back():
    class Part:
        size = 1

    part, array = Part(), np.zeros(3)
    part.named = "before"

    def change():
        part.size, part.named, array[1] = 2, "after", 5
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        all_or_nothing([part], change, arrays=[array])
    assert (part.size, part.named, array.tolist()) == (1, "before", [0, 0, 0])


def test_a_cleanup_that_is_interrupted_is_made_up_for():
    calls = []

    def cleanup():
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        afterwards(cleanup, int)
    assert len(calls) == 2


# ---- building, adding, setting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("way", ["build", "fit", "train_on_batch", "evaluate", "predict", "trace"])
def test_a_model_whose_initializer_fails_is_not_built_and_may_be_built_again(way, error):
    tinynet.set_random_seed(3)
    fails = Fails(error)
    model = tinynet.Sequential([Dense(3, name="a"), Dropout(0.5), Dense(1, bias_initializer=fails, name="b")])
    model.compile("adam", "mse")
    calls = {
        "build": lambda: model.build((None, 4)),
        "fit": lambda: model.fit(X, Y, verbose=0),
        "predict": lambda: model.predict(X, verbose=0),
    }
    call = calls.get(way, lambda: getattr(model, way)(X, Y))
    with unchanged(model), pytest.raises(error):
        call()
    assert not model.built
    assert model.weights == []
    call()
    assert model.built
    tinynet.set_random_seed(3)
    twin = tinynet.Sequential([Input((4,)), Dense(3), Dropout(0.5), Dense(1, bias_initializer="ones")])
    if way in ("build", "predict", "evaluate", "trace"):
        assert_same_weights(model, twin)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
def test_a_layer_that_cannot_be_added_is_not_added_and_may_be_added_later(error):
    model = classifier()
    layer = Dense(2, kernel_initializer=Fails(error), name="c")
    with unchanged(model), pytest.raises(error):
        model.add(layer)
    assert not layer.built
    model.add(layer)
    assert model.output_shape == (None, 2)
    assert len({p.memory for p in model.parameters}) == 1


def test_a_shared_layer_keeps_its_weights_where_a_second_model_cannot_be_made():
    base = classifier()
    before = base.get_weights()
    with pytest.raises(RuntimeError):
        tinynet.Sequential([*base.layers, Dense(2, kernel_initializer=Fails(), name="c")])
    assert_same_weights(base, before)
    base.fit(X, Y, verbose=0)


def test_a_users_build_that_raises_leaves_no_attribute_and_no_weight():
    class Half(Layer):
        def build(self, input_shape):
            self.half = 1
            self.add_weight("w", input_shape[-1:])
            raise RuntimeError

    layer = Half()
    with pytest.raises(RuntimeError):
        layer(np.ones((2, 3)))
    assert not layer.built
    assert not hasattr(layer, "half")
    assert layer.parameters == []


def test_memories_are_joined_all_at_once_or_not(monkeypatch):
    model = classifier()
    places = [(p.memory, p.offset) for p in model.parameters]

    def fail(calls):
        list(calls)
        raise MemoryError

    monkeypatch.setattr("tinynet.memory.at_once", fail)
    with pytest.raises(MemoryError):
        Memory(model.parameters)
    assert [(p.memory, p.offset) for p in model.parameters] == places


def test_weights_may_be_swapped_and_one_that_cannot_be_held_sets_none_of_them():
    model = tinynet.Sequential([Input((2,)), Dense(2, use_bias=False), Dense(2, use_bias=False)])
    a, b = (p.value for p in model.weights)
    old = model.get_weights()
    model.set_weights([b, a])
    assert_same_weights(model, old[::-1])
    with unchanged(model), pytest.raises(ValueError, match="1e\\+300"):
        model.set_weights([np.ones((2, 2)), np.full((2, 2), 1e300)])


@pytest.mark.parametrize("value", [np.zeros((0, 3)), np.ones(2), "yes", None, []])
@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch", "evaluate"])
def test_return_dict_is_looked_at_before_anything_is_computed(method, value):
    model = classifier()
    with unchanged(model), pytest.raises(ValueError, match="return_dict"):
        getattr(model, method)(X, Y, return_dict=value)


# ---- an update -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [True, False])
def test_an_optimizer_that_raises_in_an_update_leaves_weights_slots_and_count_in_step(compiled):
    class Moody(optimizers.Optimizer):
        slots = ("m",)

        def update(self, w, dw, slots, step):
            slots[0] += dw
            w -= 0.1 * slots[0]
            if step == 3 and w.ndim == 1:
                raise RuntimeError("no")

    model = classifier(compiled, optimizer=Moody())
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y)
    with unchanged(model), pytest.raises(RuntimeError, match="no"):
        model.train_on_batch(X, Y)
    assert model.optimizer.iterations == 2


# ---- pickles and copies ----------------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("own", [False, True], ids=["built-in layers", "a user's layer"])
def test_pickles_and_copies_hold_no_training_rows_and_train_on_alike(compiled, own):
    rng = np.random.default_rng(0)
    x, y = rng.random((500, 10)).astype("float32"), rng.random(500).astype("float32")
    layers = [Cached()] if own else []
    model = tinynet.Sequential([*layers, Dense(8, activation="gelu"), Dropout(0.1), Dense(1)])
    model.compile("adam", "mse", compiled=compiled)
    history = model.fit(x, y, batch_size=250, epochs=2, verbose=0)
    model.evaluate(x, y, verbose=0)
    numbers = 4 * sum(w.size for w in model.get_weights())
    for part in (model, history, model.optimizer, *model.layers):
        assert len(pickle.dumps(part)) < 9_000 + 4 * numbers  # the batch alone has 10,000
    copies = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    for each in (model, *copies):
        each.fit(x, y, batch_size=200, epochs=1, verbose=0)
    for each in copies:
        assert_same_weights(each, model)


def test_what_a_users_layer_announced_or_computes_over_all_samples_is_copied():
    model = tinynet.Sequential([Input((3,)), Cached(name="cached"), Dense(1)])
    model.compile("sgd", "mse")
    layer = model.layers[0]
    model.train_on_batch(np.ones((50, 3)), np.ones(50))
    twin = pickle.loads(pickle.dumps(model)).layers[0]
    np.testing.assert_array_equal(twin.mean, layer.mean)
    assert (twin.x, twin.cache) == (None, {})
    assert not hasattr(twin, "pair")
    assert not hasattr(twin, "norms")
    assert layer.x.shape == (50, 3)

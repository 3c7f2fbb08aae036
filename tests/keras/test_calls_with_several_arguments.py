"""Layers whose `call` takes several inputs, and other arguments: by their places and names, as Keras's are called."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning", "ignore:Layer:UserWarning"
)

RNG = np.random.default_rng(3)
X, Z, Y = (RNG.normal(size=(20, columns)).astype("float32") for columns in (3, 3, 1))


def classes(k):
    """Return a layer that chains others, one with weights of its own and one that is a function."""

    class Two(k.layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.a, self.b = k.layers.Dense(3, activation="tanh"), k.layers.Dense(3)

        def call(self, one, other):
            return self.a(one) + self.b(other)

    class Gated(k.layers.Layer):
        def build(self, gate_shape, x_shape):
            self.w = self.add_weight(name="w", shape=(x_shape[-1], gate_shape[-1]), initializer="ones")

        def call(self, x, gate, factor=1.0, flip=False, training=None):
            y = (x @ self.w) * gate * factor
            return -y if flip else y

    class Power(k.layers.Layer):
        def call(self, x, weights=None, power=1, training=False):
            return x**power if weights is None else x**power * weights

    return Two, Gated, Power


WAYS = {
    "two by their places": lambda two, gated, power, x, z: two(x, z),
    "two by their names": lambda two, gated, power, x, z: two(other=z, one=x),
    "one of them by its name": lambda two, gated, power, x, z: gated(x, gate=z),
    "with numbers and flags": lambda two, gated, power, x, z: gated(x, z, factor=0.5, flip=True),
    "with a flag for training": lambda two, gated, power, x, z: gated(x, z, factor=2.0, training=True),
    "one, and a number": lambda two, gated, power, x, z: power(two(x, z), power=2),
    "an optional one": lambda two, gated, power, x, z: power(x, weights=z, power=3),
    "all behind one another": lambda two, gated, power, x, z: power(gated(two(x, z), gate=x, flip=True), weights=z),
}


def model(k, way, made=None):
    x, z = k.layers.Input((3,)), k.layers.Input((3,))
    called = WAYS[way](*(cls(name=cls.__name__.lower()) for cls in made or classes(k)), x, z)
    found = k.Model([x, z], k.layers.Dense(1)(called))
    found.compile(k.optimizers.SGD(0.05), "mse", **({} if k is tinynet else {"run_eagerly": True}))
    rng = np.random.default_rng(4)
    found.set_weights([rng.normal(size=w.shape) / 2 for w in found.get_weights()])
    return found


@pytest.mark.parametrize("way", WAYS)
def test_a_layer_that_is_called_with_several_arguments_trains_as_in_keras(way):
    found = []
    for k in (tinynet, keras()):
        trained = model(k, way)
        trained.fit([X, Z], Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        found.append([trained.predict([X, Z], verbose=0), *trained.get_weights()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


def test_arrays_are_taken_as_tensors_are():
    two, gated, power = (cls() for cls in classes(tinynet))
    assert two(X, Z).shape == two(one=X, other=Z).shape == (20, 3)
    np.testing.assert_allclose(gated(X, gate=Z, factor=2.0), 2 * X.sum(1, keepdims=True) * Z, rtol=1e-5)
    np.testing.assert_allclose(gated(X, Z, factor=1.0, flip=True), -X.sum(1, keepdims=True) * Z, rtol=1e-5)
    np.testing.assert_allclose(power(X, power=2), X**2)
    np.testing.assert_array_equal(tinynet.layers.Activation("relu")(inputs=X), np.maximum(X, 0))


@pytest.mark.parametrize("way", WAYS)
def test_a_file_says_how_layers_are_called(way, tmp_path):
    pytest.importorskip("h5py")
    made = classes(tinynet)
    first = model(tinynet, way, made)
    first.save(tmp_path / "m.keras")
    again = tinynet.models.load_model(tmp_path / "m.keras", custom_objects={cls.__name__: cls for cls in made})
    np.testing.assert_array_equal(again.predict([X, Z], verbose=0), first.predict([X, Z], verbose=0))
    again.train_on_batch([X, Z], Y)


@pytest.mark.parametrize("way", ["one of them by its name", "with numbers and flags", "an optional one"])
def test_files_of_such_calls_go_both_ways(way, tmp_path):
    pytest.importorskip("h5py")
    k = keras()
    for one, other in ((tinynet, k), (k, tinynet)):
        first = model(one, way)
        first.save(tmp_path / "m.keras")
        own = {cls.__name__: cls for cls in classes(other)}
        again = other.models.load_model(tmp_path / "m.keras", custom_objects=own, compile=False)
        theirs = again.predict([X, Z], verbose=0)
        np.testing.assert_allclose(theirs, first.predict([X, Z], verbose=0), rtol=2e-4, atol=1e-5)


def of_a_class(k):
    """Return a model whose `call` calls such layers, one of which calls others."""
    two, gated, power = classes(k)

    class Outer(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.two, self.gated = two(), gated()

        def call(self, x, y=None):
            return self.gated(self.two(x, other=x if y is None else y), x, factor=0.5)

    class Own(k.Model):
        def __init__(self):
            super().__init__()
            self.first, self.outer, self.power, self.last = k.layers.Dense(3), Outer(), power(), k.layers.Dense(1)

        def call(self, inputs):
            hidden = self.outer(self.first(inputs), y=inputs)
            return self.last(self.power(hidden, weights=inputs, power=1))

    return Own()


def test_the_call_of_a_model_and_of_a_layer_may_call_them_so():
    found = []
    for k in (tinynet, keras()):
        own = of_a_class(k)
        own.compile(k.optimizers.SGD(0.05), "mse", **({} if k is tinynet else {"run_eagerly": True}))
        own.predict(X, verbose=0)
        rng = np.random.default_rng(4)
        by_name = {f"{w.path}": w for w in own.weights}
        for path in sorted(by_name, key=lambda path: ("kernel" in path, by_name[path].shape, path)):
            by_name[path].assign(rng.normal(size=by_name[path].shape) / 2)
        own.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        found.append(own.predict(X, verbose=0))
    np.testing.assert_allclose(*found, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_copies_are_called_in_the_same_way(way):
    first = model(tinynet, way)
    cloned = tinynet.models.clone_model(first)
    cloned.set_weights(first.get_weights())
    for again in (cloned, copy.deepcopy(first)):
        np.testing.assert_array_equal(again.predict([X, Z], verbose=0), first.predict([X, Z], verbose=0))


def test_what_cannot_be_called_so_is_said():
    two, _, power = (cls(name=cls.__name__.lower()) for cls in classes(tinynet))
    x, z = tinynet.Input((3,)), tinynet.Input((3,))
    for call, error, words in (
        (lambda: power(x, 2), ValueError, "Only input tensors may be passed as positional arguments"),
        (lambda: two(x), TypeError, "'two' .*missing.*other"),
        (lambda: two(x, z, third=z), TypeError, "its `call` cannot be called so: got an unexpected keyword"),
        (lambda: two(x, Z), ValueError, "tensors without numbers"),
        (lambda: power(power=2), TypeError, "its `call` cannot be called so: missing a required argument: 'x'"),
        (lambda: tinynet.layers.Dense(2)(x, z), TypeError, "takes one input, layer.x., or a list of them"),
        (lambda: tinynet.layers.Dense(2)(X, mask=Z), TypeError, "Received: `mask`"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_a_layer_is_called_in_one_way():
    power = classes(tinynet)[2](name="power")
    x = tinynet.Input((3,))
    model = tinynet.Model(x, power(power(x, power=2), power=2))
    np.testing.assert_allclose(model(X), X**4, rtol=1e-5)
    with pytest.raises(ValueError, match=r"'power' .* is called in one way: first with \['x', 'power'\], now with"):
        power(x, power=3)
    np.testing.assert_allclose(power(X, power=3), X**3)  # by itself it is another matter


def test_shapes_that_build_names_wrongly_are_an_error_in_keras_s_words():
    class NoSuffix(tinynet.layers.Layer):
        def build(self, one_shape, other):
            """Take two."""

        def call(self, one, other):
            return one + other

    class NotThere(NoSuffix):
        def build(self, one_shape, third_shape):
            """Take two."""

    class First(NoSuffix):
        def build(self, whatever):
            self.seen = whatever

    with pytest.raises(ValueError, match=r"argument `other`, which does not end in `_shape`"):
        NoSuffix()(X, Z)
    with pytest.raises(ValueError, match=r"`third_shape`, but `call\(\)` does not have argument `third`"):
        NotThere()(X, Z)
    first = First()
    first(X, Z[:, :1])
    assert first.seen == (None, 3)

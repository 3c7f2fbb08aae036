"""Models whose class defines `call`: what it chains is followed once, and trained as Keras trains it."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras, precision
from tinynet.layers import BatchNormalization, Concatenate, Dense, Dropout

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(20, 5))
Y = np.arange(20) % 2


def network(k):
    """Return a model with what such classes have: layers in lists, an inner model, branches, `training`."""

    class Net(k.Model):
        def __init__(self, units=4, **options):
            super().__init__(**options)
            self.out = k.layers.Dense(2, activation="softmax")
            self.first = k.layers.Dense(units)
            self.dropout = k.layers.Dropout(0.0)
            self.blocks = [k.layers.Dense(units) for _ in range(2)]
            self.normal = k.layers.BatchNormalization()
            self.inner = k.Sequential([k.layers.Dense(3), k.layers.Dense(units)])

        def call(self, x, training=None):
            x = k.activations.relu(self.first(x))
            if training:
                x = self.dropout(x, training=training)
            for block in self.blocks:
                x = x + block(x)
            return self.out(self.inner(self.normal(x, training=training)))

    return Net()


class Chain(tinynet.Model):
    """Layers in another order than they are called."""

    def __init__(self, units=3):
        super().__init__()
        self.out, self.hidden = Dense(1), Dense(units, activation="tanh")

    def call(self, x):
        return self.out(self.hidden(x))


def test_a_class_with_a_call_trains_as_in_keras():
    found = []
    with precision("float64"), without_compiling():
        for k in (tinynet, keras()):
            model = network(k)
            model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
            model(X[:2])
            rng = np.random.default_rng(1)
            model.set_weights([np.abs(rng.normal(size=w.shape)) for w in model.get_weights()])
            history = model.fit(X, Y, epochs=2, batch_size=7, shuffle=False, verbose=0).history
            numbers = [history["loss"], history["accuracy"], model.predict(X, verbose=0)]
            names = [type(layer).__name__ for layer in model.layers]
            found.append((numbers, [w.shape for w in model.get_weights()], names))
    for ours, theirs in zip(found[0][0], found[1][0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert found[0][1:] == found[1][1:]


def test_a_chain_runs_in_the_compiled_loop_in_the_order_of_its_call():
    model = Chain()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert "compiled" in str(model.explain_plan()).splitlines()[0]
    assert [layer.units for layer in model.layers] == [1, 3]
    assert model.gradient_check(X[:2], Y[:2]).ok
    assert model.trace(X[:2], Y[:2])["W1"].shape == (5, 3)


def test_a_call_that_is_refused_leaves_the_model_as_it_was():
    model = Chain()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="ambiguous"):
        model.fit(X, Y[:3], verbose=0)
    assert not model.built
    assert not model.layers[0].built
    model.fit(X[:, :2], Y, verbose=0)
    assert model.input_shape == (None, 2)


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_it_is_read_from_a_file_without_its_class_and_trains_on(ending, tmp_path):
    model = Chain()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"m{ending}")
    again = tinynet.models.load_model(tmp_path / f"m{ending}")
    assert model.fit(X, Y, epochs=2, verbose=0).history == again.fit(X, Y, epochs=2, verbose=0).history
    twins = [copy.deepcopy(model), tinynet.models.clone_model(model), Chain.from_config(model.get_config())]
    twins.append(Chain())
    twins[-1].build((None, 5))
    model.save_weights(tmp_path / "w.weights.h5")
    twins[-1].load_weights(tmp_path / "w.weights.h5")
    for twin in (twins[0], twins[-1]):
        assert np.array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    assert {twin.count_params() for twin in twins} == {22}


class Several(tinynet.Model):
    def __init__(self, take=list):
        super().__init__()
        self.one, self.other, self.join, self.out = Dense(3), Chain(2), Concatenate(), Dense(1)
        self.take = take

    def call(self, inputs, training=False):
        one, other = inputs if self.take is list else (inputs["one"], inputs["other"])
        ends = [self.one(one), self.other(other)]
        return self.out(self.join(ends)), ends[1]


@pytest.mark.parametrize("take", [list, dict])
def test_several_inputs_and_outputs(take):
    model = Several(take)
    x = [X, X[:, :2]] if take is list else {"one": X, "other": X[:, :2]}
    shapes = [(None, 5), (None, 2)]
    model.build(shapes if take is list else dict(zip(x, shapes, strict=True)))
    model.compile("sgd", ["mse", "mae"])
    assert len(model.fit(x, [Y, Y], verbose=0).history) == 3
    assert [part.shape for part in model.predict(x, verbose=0)] == [(20, 1), (20, 1)]


def test_such_a_model_is_a_layer_of_others():
    model = tinynet.Sequential([Chain(), Dense(2)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], verbose=0)
    inputs = tinynet.Input((5,))
    assert tinynet.Model(inputs, Chain()(inputs)).output_shape == (None, 1)


LAYERS = {"hidden": Dense, "drop": lambda units: Dropout(0.5), "normal": lambda units: BatchNormalization()}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda self, x: np.sort(self.hidden(x)), "np.sort cannot be computed"),
        (lambda self, x: self.hidden(x) * "2", "arithmetic with '2'"),
        (lambda self, x: Dense(3)(x), "it makes the layer 'dense.*every call has new weights"),
        (lambda self, x: self.drop(self.hidden(x), training=True), "'dropout.*' with training=True at all times"),
        (
            lambda self, x, training=None: self.normal(self.hidden(x)) if training else self.hidden(x),
            "something else in training",
        ),
        (lambda self, x: x, "returns what it was given"),
        (lambda self, x: None, "returns something else than what layers gave"),
    ],
)
def test_a_call_that_does_more_than_chain_layers_is_refused_with_advice(call, message):
    cls = type("Own", (tinynet.Model,), {"call": call})
    model = cls()
    for name, make in LAYERS.items():
        setattr(model, name, make(3))
    model.compile("sgd", "mse")
    with pytest.raises((ValueError, TypeError), match=f"Own.call .*{message}.*Model\\(inputs, outputs\\)"):
        model.fit(X, Y, verbose=0)
    assert not model.built


class OfList(tinynet.Model):
    """Its layers in a list of the name that Keras's models have for theirs."""

    def __init__(self):
        super().__init__()
        self._layers = [Dense(3), Dense(2)]
        self.last = Dense(1)

    def call(self, x):
        for layer in self._layers:
            x = layer(x)
        return self.last(x)


def test_layers_may_be_in_a_list_of_any_private_name():
    model = OfList()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert len(model.get_weights()) == 6
    assert [layer.units for layer in model._layers] == [3, 2]
    model.predict(np.ones((2, 5)), verbose=0)


class Plain(tinynet.Model):
    def call(self, x):
        return self.dense(x)


def require_works(model, x):
    """Train, ask and describe a model of one dense layer of 2 units."""
    model.compile("sgd", "mse")
    model.fit(x, np.ones((4, 2)), verbose=0)
    assert model.predict(x, verbose=0).shape == (4, 2)
    assert model.evaluate(x, np.ones((4, 2)), verbose=0) >= 0
    model.summary(print_fn=lambda text: None)
    assert len(model.get_weights()) == 2


def test_an_attribute_with_a_layer_may_have_any_name_that_models_do_not_need_and_those_are_said():
    """Of all that tinynet's models have beyond Keras's: a name is free, or refused when the attribute is set."""
    plain, x, refused = Plain(), np.ones((4, 3)), []
    theirs = keras().Model()
    for name in sorted({*dir(plain), *vars(plain)}):
        if name.startswith("_") or hasattr(theirs, name):
            continue

        class Named(tinynet.Model):
            def __init__(self, name=name):
                super().__init__()
                setattr(self, name, Dense(2))

            def call(self, x, name=name):
                return getattr(self, name)(x)

        try:
            model = Named()
        except AttributeError as error:
            assert f"`{name}`" in str(error)  # noqa: PT017
            refused.append(name)
            continue
        require_works(model, x)
        model.explain_plan()
    assert {"predictor", "stack", "graph", "kept"} <= {*refused}
    assert not {"history", "trace", "film", "description"} & {*refused}


@pytest.mark.parametrize("how", ["a value", "nothing", "a method"])
def test_what_is_no_layer_has_any_name_too_that_models_do_not_need_and_those_are_said(how):
    plain, x, refused = Plain(), np.ones((4, 3)), []
    theirs = keras().Model()
    for name in sorted({*dir(plain), *vars(plain)}):
        if name.startswith("_") or hasattr(theirs, name) or name == "optimizer":
            continue

        def begin(self, name=name):
            tinynet.Model.__init__(self)
            self.dense = Dense(2)
            if how != "a method":
                setattr(self, name, [1, 2, 3] if how == "a value" else {})

        own = {name: lambda self, *given: 5} if how == "a method" else {}
        try:
            model = type("Named", (Plain,), {"__init__": begin, **own})()
        except (AttributeError, TypeError) as error:
            assert f"`{name}`" in str(error)  # noqa: PT017
            refused.append(name)
            continue
        require_works(model, x)
    assert {"predictor", "stack", "graph", "kept"} <= {*refused}
    assert not {"history", "film", "description"} & {*refused}

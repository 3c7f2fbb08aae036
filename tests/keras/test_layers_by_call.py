"""Layers whose class defines Keras's `call` in place of `forward` and `backward`."""

from __future__ import annotations

import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

X = np.random.default_rng(3).normal(size=(24, 4)).astype("float32")
Y = X[:, :1] * X[:, 1:2]


def classes(k):
    """Return layers of a user's, written for Keras or for tinynet by the same lines."""

    class Residual(k.layers.Layer):
        def __init__(self, units=3, **options):
            super().__init__(**options)
            self.units = units
            self.inner = [k.layers.Dense(units, activation="tanh"), k.layers.Dense(4, use_bias=False)]

        def call(self, inputs):
            x = inputs
            for layer in self.inner:
                x = layer(x)
            return k.layers.add([inputs, x])

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    class Late(k.layers.Layer):
        def build(self, input_shape):
            self.dense = k.layers.Dense(input_shape[-1])
            self.dense.build(input_shape)

        def call(self, x, training=None):
            return self.dense(x)

    class Scale(k.layers.Layer):
        def __init__(self, factor=2.0, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    class Own(k.Model):
        def __init__(self):
            super().__init__()
            self.first, self.middle, self.last = Residual(), Late(), k.layers.Dense(1)

        def call(self, x):
            return self.last(self.middle(self.first(x)))

    return Residual, Late, Scale, Own


def stacked(k):
    residual, late, scale, _ = classes(k)
    return k.Sequential([k.Input((4,)), residual(), late(), scale(), k.layers.Dense(1)])


def of_tensors(k):
    residual, late, scale, _ = classes(k)
    inputs = k.Input((4,))
    return k.Model(inputs, k.layers.Dense(1)(scale()(late()(residual()(inputs)))))


def of_a_class(k):
    return classes(k)[3]()


@pytest.mark.filterwarnings("ignore:.*central differences", "ignore:__array__ implementation")
@pytest.mark.parametrize("build", [stacked, of_tensors, of_a_class])
def test_layers_that_chain_others_train_as_in_keras(build):
    trained = []
    for k in (tinynet, keras()):
        model = build(k)
        model.compile(k.optimizers.SGD(0.05), "mse", run_eagerly=True)
        model.predict(X[:1], verbose=0)
        rng = np.random.default_rng(4)
        model.set_weights([rng.normal(size=w.shape) / 2 for w in model.get_weights()])
        model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        trained.append([model.predict(X, verbose=0), *model.get_weights()])
    assert len(trained[0]) == len(trained[1])
    for ours, theirs in zip(*trained, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


def test_a_layer_is_called_with_a_batch_by_itself():
    for cls in classes(tinynet)[:3]:
        layer = cls()
        assert layer(X).shape == layer(tinynet.Input((4,))).shape[1:] or layer(X).shape == (24, 4)
        assert layer(X, training=True).shape == (24, 4)


def test_a_stack_answers_for_the_layer_in_it():
    model = stacked(tinynet)
    assert model.layers[0].units == 3
    text = []
    model.summary(print_fn=text.append)
    assert "(Residual)" in text[0]
    assert "(Scale)" in text[0]
    residual, late, scale, _ = classes(tinynet)
    custom = {cls.__name__: cls for cls in (residual, late, scale)}
    twin = tinynet.models.model_from_json(model.to_json(), custom_objects=custom)
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


def weighing(k, ops):
    """Return a layer of a user's with weights of its own, by the functions of Keras's or NumPy's."""

    class Gated(k.layers.Layer):
        def __init__(self, units=3, **options):
            super().__init__(**options)
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", regularizer="l2")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")
            self.rest = self.add_weight(shape=(), initializer="ones", trainable=False, name="rest")

        def call(self, inputs, training=None):
            z = ops.matmul(inputs, self.w) + self.b
            gate = 1 / (1 + ops.exp(-z[:, :1])) + self.rest
            return ops.concatenate([z * gate, ops.mean(ops.square(z), axis=1, keepdims=True)], axis=-1)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return Gated


@pytest.mark.filterwarnings("ignore:__array__ implementation")
@pytest.mark.parametrize("branched", [False, True])
def test_a_layer_with_weights_of_its_own_trains_as_in_keras_through_what_its_call_computes(branched):
    trained = []
    for k, ops in ((tinynet, np), (keras(), keras().ops)):
        gated = weighing(k, ops)
        inputs = k.Input((4,))
        first = gated(name="one")(inputs)
        ends = k.layers.add([first, gated(name="two")(inputs)]) if branched else gated(name="two")(first)
        model = k.Model(inputs, k.layers.Dense(1)(ends))
        model.compile(k.optimizers.Adam(0.05), "mse", run_eagerly=True)
        rng = np.random.default_rng(4)
        model.set_weights([rng.normal(size=w.shape) / 2 for w in model.get_weights()])
        model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        trained.append([model.predict(X, verbose=0), *model.get_weights()])
    assert len(trained[0]) == len(trained[1]) == 9
    for ours, theirs in zip(*trained, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
def test_such_a_layer_is_checked_saved_and_cloned_like_any_other(ending, tmp_path):
    gated = weighing(tinynet, np)
    model = tinynet.Sequential([gated(), tinynet.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.gradient_check(X[:4], Y[:4]).require()
    assert len(model.trace(X[:2], Y[:2]).steps) > 5
    model.save(tmp_path / f"m{ending}")
    again = tinynet.models.load_model(tmp_path / f"m{ending}", custom_objects={"Gated": gated})
    assert model.fit(X, Y, epochs=2, verbose=0).history == again.fit(X, Y, epochs=2, verbose=0).history
    twin = tinynet.models.clone_model(model)
    twin.build((None, 4))
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


def test_weights_may_be_made_by_init_and_kept_in_lists():
    class Kept(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.kept = [self.add_weight(name=f"k{i}", shape=(4, 2)) for i in range(2)]

        def call(self, x):
            return x @ self.kept[0] * np.tanh(x @ self.kept[1])

    model = tinynet.Sequential([Kept(), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.gradient_check(X[:4], Y[:4]).require()


def test_layers_with_weights_are_chained_by_others():
    class Linear(tinynet.layers.Layer):
        def __init__(self, units, inputs):
            super().__init__()
            self.w = self.add_weight(shape=(inputs, units), initializer="random_normal")
            self.b = self.add_weight(shape=(units,), initializer="zeros")

        def call(self, inputs):
            return inputs @ self.w + self.b

    class Block(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = Linear(8, 4), Linear(1, 8)

        def call(self, x):
            return tinynet.activations.sigmoid(self.second(tinynet.activations.relu(self.first(x))))

    model = tinynet.Sequential([Block()])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert model.count_params() == 49
    model.gradient_check(X[:4], Y[:4]).require()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda self, x: np.sort(x @ self.w), "np.sort cannot be followed"),
        (lambda self, x: np.asarray(x @ self.w), "a plain array of it would lose its gradient"),
        (lambda self, x: float((x @ self.w).sum()) * x, "a plain number of it would lose its gradient"),
        (lambda self, x: x * 2, "does not depend on the weight 'w'"),
        (lambda self, x: x * np.asarray(self._parameters["w"].value)[0, 0], "does not depend on the weight 'w'"),
        (lambda self, x: (x @ self.w).sum(), "must return an entry for each sample"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_a_weight_changes(call, message):
    class Odd(tinynet.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], 3), initializer="ones")

    Odd.call, Odd.by_call = call, True
    model = tinynet.Sequential([Odd(), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises((TypeError, ValueError), match=rf"Layer 'odd.*' \(Odd\): .*{message}"):
        model.fit(X, Y, verbose=0)


def test_weights_beside_layers_are_told_what_to_write():
    class Both(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = tinynet.layers.Dense(2)

        def build(self, input_shape):
            self.w = self.add_weight(shape=(2,))

        def call(self, x):
            return self.dense(x) * self.w

    with pytest.raises(TypeError, match=r"has the weight 'w'.*`forward\(self, x, training=False\)`.*CONTRIBUTING"):
        fitted(Both())


def test_a_call_of_layers_and_numpy_is_followed_and_what_numpy_cannot_is_told():
    class Odd(tinynet.layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.dense, self.function = tinynet.layers.Dense(2), function

        def call(self, x):
            return self.function(self.dense(x))

    assert np.isfinite(fitted(Odd(np.tanh)).history["loss"][0])
    with pytest.raises(TypeError, match=r"Layer 'odd.*' \(Odd\): its `call` could not be followed: .*np.sort"):
        fitted(Odd(np.sort))


def test_forward_beside_call_is_what_counts():
    class Both(tinynet.layers.Layer):
        def forward(self, x, training=False):
            return 2 * x

        def backward(self, dy):
            return 2 * dy

        call = forward

    assert not Both.by_call
    assert inspect.isfunction(Both.call)
    assert np.isfinite(fitted(Both()).history["loss"][0])


def fitted(layer):
    model = tinynet.Sequential([layer, tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(X, Y, verbose=0)


def chaining(k):
    """Return a layer that chains two, one of which a user wrote."""
    gated = weighing(k, np)

    class Chain(k.layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.first, self.rest = k.layers.Dense(3, name="first"), {"second": gated(2, name="second")}

        def call(self, x):
            return self.rest["second"](self.first(x))

    return Chain


def in_a_model(*layers):
    model = tinynet.Sequential([tinynet.Input((4,)), *layers, tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def what_training_changes(model):
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    return [not np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True)]


def test_a_model_and_tensors_know_the_layer_that_the_user_wrote():
    own, function, chain = weighing(tinynet, np)(), classes(tinynet)[2](), chaining(tinynet)()
    model = in_a_model(own, function, chain)
    assert model.layers[:3] == [own, function, chain] == [model.get_layer(each.name) for each in (own, function, chain)]
    inner = tinynet.Model(model.input, chain.output)
    assert inner.predict(X, verbose=0).shape == (24, 3)
    assert chain.input is function.output is chain.get_input_at(0)
    model.pop()
    assert model.pop() is chain
    copies = tinynet.models.clone_model(model, clone_function=lambda layer: type(layer)(name=f"{layer.name}_2")).layers
    assert [type(layer) for layer in copies] == [type(own), type(function)]


def test_a_layer_that_chains_others_has_their_weights():
    chain = chaining(tinynet)()
    in_a_model(chain)
    assert [w.path for w in chain.weights] == ["first/kernel", "first/bias", "second/w", "second/b", "second/rest"]
    assert [w.path for w in chain.non_trainable_weights] == ["second/rest"]
    assert chain.count_params() == 4 * 3 + 3 + 3 * 2 + 2 + 1
    chain.set_weights([np.full(w.shape, 0.5) for w in chain.weights])
    np.testing.assert_array_equal(chain.first.kernel, np.full((4, 3), 0.5))


def test_layers_may_hold_each_other():
    chain = chaining(tinynet)()
    chain.rest["second"].around = chain
    assert chain.weights == []


def test_freezing_a_users_layer_freezes_what_it_trains():
    own, chain = weighing(tinynet, np)(), chaining(tinynet)(trainable=False)
    model = in_a_model(own, chain)
    assert chain.trainable_weights == []
    assert what_training_changes(model) == [*[True] * 2, False, *[False] * 5, *[True] * 2]
    own.trainable, chain.trainable = False, True
    assert [layer.trainable for layer in (own, chain, chain.first, chain.rest["second"])] == [False, True, True, True]
    assert what_training_changes(model) == [*[False] * 3, *[True] * 4, False, *[True] * 2]
    model.trainable = False
    assert not own.trainable_weights
    assert not chain.rest["second"].trainable


def test_threads_predict_with_a_users_layer_while_it_trains():
    model = in_a_model(weighing(tinynet, np)(8))
    model.optimizer.learning_rate = 1e-7
    model.predict(X, verbose=0)
    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(model.fit, X, Y, batch_size=1, epochs=20, verbose=0)
        predictions = []
        while not training.done():
            predictions.append(model.predict(X, verbose=0))
        training.result()
    assert all(np.isfinite(each).all() for each in predictions)


def weighing_several(k):
    class Weighted(k.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(len(input_shape), input_shape[0][-1]), initializer="ones", name="w")

        def call(self, inputs):
            one, other = inputs
            return one * self.w[0] + other * other * self.w[1]

    return Weighted


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_a_layer_with_weights_may_take_a_list_of_inputs():
    trained = []
    for k in (tinynet, keras()):
        one, other = k.Input((3,)), k.Input((1,))
        weighted = weighing_several(k)()
        model = k.Model([one, other], k.layers.Dense(1)(weighted([k.layers.Dense(3)(one), other])))
        model.compile(k.optimizers.SGD(0.05), "mse", run_eagerly=True)
        rng = np.random.default_rng(4)
        model.set_weights([rng.normal(size=w.shape) / 2 for w in model.get_weights()])
        model.fit([X[:, :3], X[:, 3:]], Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        by_itself = np.asarray(weighted([X[:, :3], X[:, 3:]]))
        trained.append([model.predict([X[:, :3], X[:, 3:]], verbose=0), by_itself, *model.get_weights()])
    for ours, theirs in zip(*trained, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)


def test_what_a_call_cannot_be_is_said():
    class Pair(tinynet.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=input_shape[1:], name="w")

        def call(self, x):
            return x * self.w, x + 1

    inputs = tinynet.Input((4,))
    with pytest.raises(TypeError, match=r"Layer 'pair' \(Pair\): `call` returns 2 arrays"):
        Pair(name="pair")(inputs)
    with pytest.raises(ValueError, match=r"Layer 'split' .* `function` returns 2 arrays.*or make a layer of each. Say"):
        tinynet.layers.Lambda(lambda x: (x, x + 1), name="split")(inputs)


def in_place(k):
    class Aliased(k.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="w")

        def call(self, x):
            before, w = x, self.w
            x += 1.0
            w += 1.0
            return x * w + before

    class Plain(k.layers.Layer):
        def call(self, x):
            before = x
            x *= 2.0
            return x + before

    return Aliased, Plain


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_what_a_call_does_in_place_makes_new_arrays_as_in_keras():
    found = []
    for k in (tinynet, keras()):
        aliased, plain = in_place(k)
        given = np.ones((2, 3), "float32")
        found.append([np.asarray(aliased()(given)), np.asarray(plain()(given)), given])
        model = k.Sequential([k.Input((3,)), aliased(), plain()])
        found[-1] += [np.asarray(model(given)), np.asarray(model(given, training=True)), *model.get_weights()]
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Held(tinynet.layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.predictor, self.kept = tinynet.layers.Dense(3), [tinynet.layers.Dense(2)]

    def call(self, x):
        return self.kept[0](self.predictor(x))


def test_layers_within_a_users_layer_may_have_any_name():
    model = in_a_model(Held())
    assert len(model.get_weights()) == 6
    assert all(what_training_changes(model))


class Scaled(tinynet.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.w


def square(x):
    return x * x


def test_a_trained_model_with_users_layers_is_pickled_without_its_data():
    model = in_a_model(Scaled(), tinynet.layers.Lambda(square))
    model.fit(X, Y, verbose=0)
    large = in_a_model(Scaled(), tinynet.layers.Lambda(square))
    large.fit(np.tile(X, (100, 1)), np.tile(Y, (100, 1)), batch_size=2400, verbose=0)
    for each in (model, large):
        twin = pickle.loads(pickle.dumps(each))
        np.testing.assert_array_equal(twin.predict(X, verbose=0), each.predict(X, verbose=0))
        twin.fit(X, Y, verbose=0)
    assert len(pickle.dumps(large)) < len(pickle.dumps(model)) + 2000

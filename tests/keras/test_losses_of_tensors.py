"""Losses computed from what layers give further up, as variational autoencoders have them: Keras is the judge."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet import losses
from tinynet.layers import Dense, Lambda, Layer

keras = pytest.importorskip("keras")

RNG = np.random.default_rng(5)
X = RNG.random((12, 4)).astype("float32")
Y = RNG.random((12, 3)).astype("float32")
START = [RNG.normal(size=shape).astype("float32") for shape in [(4, 3), (3,), (3, 3), (3,)]]


class Penalised(keras.layers.Layer):
    """Keras's way to do what the programs do."""

    def call(self, x):
        self.add_loss(keras.ops.mean(keras.ops.sum(x**2 - keras.ops.exp(x), axis=-1)) * 0.25 + 1)
        return x


def penalty(h):
    return np.mean(np.sum(h**2 - np.exp(h), axis=-1)) * 0.25 + 1


def of_keras(loss="mse"):
    i = keras.Input((4,))
    h = keras.layers.Dense(3, activation="tanh")(i)
    model = keras.Model(i, keras.layers.Dense(3, activation="sigmoid")(Penalised()(h)))
    model.compile(keras.optimizers.SGD(0.1), loss)
    model.set_weights(START)
    return model


def ours():
    i = tinynet.Input((4,))
    h = Dense(3, activation="tanh")(i)
    return i, h, Dense(3, activation="sigmoid", name="end")(h)


def by_the_model():
    i, h, o = ours()
    model = tinynet.Model(i, o)
    model.add_loss(penalty(h))
    model.compile(tinynet.optimizers.SGD(0.1), {"end": "mse"})
    return model


def by_a_layer_that_keeps_a_tensor():
    i, h, o = ours()

    class Adding(Layer):
        def call(self, x):
            self.add_loss(penalty(h), inputs=[x])
            return x

    model = tinynet.Model(i, Adding()(o))
    model.compile(tinynet.optimizers.SGD(0.1), "mse")
    return model


def by_the_loss():
    i, h, o = ours()
    model = tinynet.Model(i, o)
    model.compile(tinynet.optimizers.SGD(0.1), lambda y, p: np.mean((y - p) ** 2, axis=-1) + penalty(h))
    return model


def by_a_layer_of_several_outputs():
    class Adding(Layer):
        def call(self, inputs):
            h, again = inputs
            self.add_loss(penalty(h))
            return [h, again]

    i = tinynet.Input((4,))
    h = Dense(3, activation="tanh")(i)
    h, _ = Adding()([h, h])
    model = tinynet.Model(i, Dense(3, activation="sigmoid")(h))
    model.compile(tinynet.optimizers.SGD(0.1), "mse")
    return model


def by_a_models_call():
    class Adding(tinynet.Model):
        def __init__(self):
            super().__init__()
            self.one, self.other = Dense(3, activation="tanh"), Dense(3, activation="sigmoid")

        def call(self, x):
            h = self.one(x)
            self.add_loss(penalty(h))
            return self.other(h)

    model = Adding()
    model.compile(tinynet.optimizers.SGD(0.1), "mse")
    model.build((None, 4))
    return model


WAYS = (by_the_model, by_a_layer_that_keeps_a_tensor, by_the_loss, by_a_layer_of_several_outputs, by_a_models_call)


@pytest.mark.parametrize("way", WAYS)
def test_they_train_as_kerass_layer_that_adds_them(way):
    theirs, model = of_keras(), way()
    model.set_weights(START)
    expected = theirs.fit(X, Y, batch_size=5, epochs=3, shuffle=False, verbose=0).history["loss"]
    found = model.fit(X, Y, batch_size=5, epochs=3, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(found, expected, rtol=2e-5)
    for own, other in zip(model.get_weights(), [np.asarray(w.value) for w in theirs.weights], strict=True):
        np.testing.assert_allclose(own, other, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(
        model.evaluate(X, Y, batch_size=5, verbose=0), theirs.evaluate(X, Y, batch_size=5, verbose=0), rtol=2e-5
    )
    np.testing.assert_allclose(model.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=2e-5)
    np.testing.assert_allclose(model.train_on_batch(X, Y), theirs.train_on_batch(X, Y), rtol=2e-5)


def test_a_model_whose_layers_add_all_of_its_loss_needs_no_targets():
    theirs, (i, h, o) = of_keras(None), ours()
    model = tinynet.Model(i, o)
    model.add_loss(penalty(h))
    model.compile(tinynet.optimizers.SGD(0.1))
    model.set_weights(START)
    expected = theirs.fit(X, batch_size=5, epochs=2, shuffle=False, verbose=0).history["loss"]
    found = model.fit(X, batch_size=5, epochs=2, shuffle=False, verbose=0, validation_data=(X, None)).history
    np.testing.assert_allclose(found["loss"], expected, rtol=2e-5)
    assert len(found["val_loss"]) == 2
    np.testing.assert_allclose(model.get_weights()[0], np.asarray(theirs.weights[0].value), rtol=2e-5)


def test_a_model_without_any_loss_still_says_so():
    model = tinynet.Sequential([tinynet.Input((4,)), Dense(3)])
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(X, Y, verbose=0)


def test_what_is_computed_over_a_batch_is_no_output_and_no_input():
    i, h, o = ours()
    with pytest.raises(ValueError, match="is no output of a model and no input of a layer"):
        tinynet.Model(i, np.mean(h))
    with pytest.raises(TypeError, match=r"others are added to it; np\.sqrt cannot be computed"):
        np.sqrt(np.mean(h))
    with pytest.raises(TypeError, match="a product with"):
        np.mean(h) * np.sum(h)
    with pytest.raises(ValueError, match="add_loss: expected a tensor that comes from the model's inputs"):
        tinynet.Model(i, o).add_loss(1.0)
    with pytest.raises(ValueError, match="must leave the samples apart"):
        np.mean(h, axis=0)  # which for three samples of three numbers has as many entries


def test_numbers_over_a_batch_are_added_and_scaled():
    x = tinynet.Input((2,))
    model = tinynet.Model(x, Lambda(lambda x: x * 1)(x))
    number = 3 - (np.mean(x) / 2 - 2 * np.sum(x)) + np.mean(np.mean(x)) - (1 - np.sum(x, axis=(0, 1)))
    model.add_loss([number, -np.sum(x, axis=1)])
    model.compile("sgd")
    batch = np.array([[1.0, 2.0], [3.0, 6.0]])
    expected = 3 - 1.5 + 24 + 3 - 1 + 12 - 12
    assert model.evaluate(batch, verbose=0) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "mean_squared_error",
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "log_cosh",
            "huber",
            "poisson",
        ),
        *("mean_squared_logarithmic_error", "binary_crossentropy", "categorical_crossentropy", "kl_divergence"),
        "cosine_similarity",
    ],
)
def test_losses_between_layers_are_kerass(name):
    y, p = (RNG.dirichlet(np.ones(3), 12).astype("float32") for _ in range(2))
    a, b = tinynet.Input((3,)), tinynet.Input((3,))
    found = tinynet.Model([a, b], getattr(losses, name)(a, b)).predict([y, p], verbose=0)
    np.testing.assert_allclose(found, getattr(keras.losses, name)(y, p), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "CategoricalCrossentropy"])
def test_losses_of_logits_between_layers_are_kerass(name):
    y, p = RNG.dirichlet(np.ones(3), 12).astype("float32"), RNG.normal(size=(12, 3)).astype("float32")
    a, b = tinynet.Input((3,)), tinynet.Input((3,))
    made = getattr(losses, name)(from_logits=True, label_smoothing=0.25, reduction=None)
    theirs = getattr(keras.losses, name)(from_logits=True, label_smoothing=0.25, reduction=None)
    found = tinynet.Model([a, b], made(a, b)).predict([y, p], verbose=0)
    np.testing.assert_allclose(found, theirs(y, p), rtol=2e-5)


def test_a_loss_that_keeps_tensors_takes_arrays_alone():
    model = by_the_loss()
    with pytest.raises(ValueError, match="so that weights of samples cannot be applied"):
        model.fit(X, Y, sample_weight=np.ones(12), verbose=0)
    with pytest.raises(TypeError, match="it is given arrays of samples and targets"):
        model.fit([(X, Y)], verbose=0)


def test_tensors_that_a_call_of_chained_layers_adds_are_summed():
    class Chained(Layer):
        def __init__(self):
            super().__init__()
            self.inner = Dense(2, kernel_initializer="ones")

        def call(self, x):
            found = self.inner(x)
            self.add_loss(found)
            return found

    model = tinynet.Sequential([tinynet.Input((4,)), Chained()])
    model.compile("sgd", "mse")
    outputs = model.predict(X, verbose=0)
    assert model.evaluate(X, outputs, batch_size=12, verbose=0) == pytest.approx(float(outputs.sum()), rel=1e-5)

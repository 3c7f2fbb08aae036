"""Gradients of gradients, and of what goes into a model: as JAX has them."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.tape import NotFollowedError

jax = pytest.importorskip("jax")

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 2)).astype("float32")
Y = RNG.random((6, 1)).astype("float32")
WEIGHTS = [(RNG.normal(size=shape) / 2).astype("float32") for shape in [(2, 7), (7,), (7, 5), (5,), (5, 1), (1,)]]


@pytest.fixture
def tf():
    with tinynet.install_as_keras():
        import tensorflow

        yield tensorflow


def of_jax(activation):
    """Return a network as a function of weights and inputs."""

    def compute(weights, x):
        for kernel, bias in zip(weights[:4:2], weights[1:4:2], strict=True):
            x = activation(x @ kernel + bias)
        return x @ weights[4] + weights[5]

    return compute


def of_ours(activation):
    import keras

    hidden = [keras.layers.Dense(7, activation), keras.layers.Dense(5, activation)]
    model = keras.Sequential([keras.Input((2,)), *hidden, keras.layers.Dense(1)])
    model.set_weights(WEIGHTS)
    return model


def residual(weights, function):
    """Return the mean square of u_t + u·u_x - u_xx of a network u(x, t)."""

    def u(x):
        return function(weights, x[None])[0, 0]

    def at(x):
        slope = jax.grad(u)(x)
        return slope[1] + u(x) * slope[0] - jax.grad(lambda x: jax.grad(u)(x)[0])(x)[0]

    return jax.numpy.mean(jax.vmap(at)(X) ** 2)


FUNCTIONS = {
    "softsign": jax.nn.soft_sign,
    "exponential": jax.numpy.exp,
    "leaky_relu": lambda z: jax.nn.leaky_relu(z, 0.2),
    **{n: getattr(jax.nn, n) for n in ("tanh", "sigmoid", "swish", "softplus", "elu", "selu", "mish", "gelu", "relu")},
}
JUDGES = {name: of_jax(function) for name, function in FUNCTIONS.items()}


def ours_by_nested_tapes(tf, model):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                u = model(x)
            slopes = first.gradient(u, x)
            u_x = slopes[:, 0:1]
        u_xx = second.gradient(u_x, x)[:, 0:1]
        loss = tf.reduce_mean(tf.square(slopes[:, 1:2] + u * u_x - u_xx))
    return loss, tape.gradient(loss, model.trainable_variables)


def ours_by_one_that_stays(tf, model):
    x, t = tf.constant(X[:, :1]), tf.constant(X[:, 1:])
    with tf.GradientTape() as tape:
        with tf.GradientTape(persistent=True) as inner:
            inner.watch([x, t])
            u = model(tf.concat([x, t], axis=1))
            u_x = inner.gradient(u, x)
        u_xx, u_t = inner.gradient(u_x, x), inner.gradient(u, t)
        loss = tf.reduce_mean((u_t + u * u_x - u_xx) ** 2)
    return loss, tape.gradient(loss, model.trainable_variables)


def ours_by_variables(tf, model):
    x, t = tf.Variable(X[:, :1]), tf.Variable(X[:, 1:])
    with tf.GradientTape(persistent=True) as tape:
        u = model(tf.stack([x[:, 0], t[:, 0]], 1))
        u_x, u_t = tape.gradient(u, [x, t])
        u_xx = tape.gradient(u_x, x)
        loss = tf.reduce_mean((u_t + u * u_x - u_xx) ** 2)
    return loss, tape.gradient(loss, model.trainable_variables)


@pytest.mark.parametrize("ours", [ours_by_nested_tapes, ours_by_one_that_stays, ours_by_variables])
@pytest.mark.parametrize("activation", ["tanh", "swish"])
def test_the_residual_of_an_equation_has_jax_s_gradients(tf, ours, activation):
    value, slopes = jax.value_and_grad(residual)(WEIGHTS, JUDGES[activation])
    loss, found = ours(tf, of_ours(activation))
    np.testing.assert_allclose(loss.numpy(), value, rtol=1e-4)
    for one, other in zip(found, slopes, strict=True):
        assert one is not None or not np.any(other)
        np.testing.assert_allclose(0 if one is None else one, other, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_every_activation_can_be_differentiated_twice_or_says_that_it_cannot(tf, activation):
    weights = [each / 2 for each in WEIGHTS]
    model = of_ours(activation)
    model.set_weights(weights)
    if activation == "gelu":
        with pytest.raises(NotFollowedError, match="gradient of a gradient"):
            ours_by_nested_tapes(tf, model)
        return
    value, slopes = jax.value_and_grad(residual)(weights, JUDGES[activation])
    loss, found = ours_by_nested_tapes(tf, model)
    np.testing.assert_allclose(loss.numpy(), value, rtol=2e-4)
    for one, other in list(zip(found, slopes, strict=True))[:5]:
        np.testing.assert_allclose(one, other, rtol=5e-3, atol=5e-5)


def test_the_gradient_of_what_goes_into_a_model(tf):
    def loss(x):
        return jax.numpy.mean((JUDGES["tanh"](WEIGHTS, x) - Y) ** 2)

    expected = jax.grad(loss)(X)
    model, mse = of_ours("tanh"), tf.keras.losses.MeanSquaredError()
    x, kept = tf.constant(X), tf.Variable(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = mse(Y, model(x))
    np.testing.assert_allclose(tape.gradient(value, x), expected, rtol=1e-4, atol=1e-6)
    with tf.GradientTape() as tape:
        value = mse(Y, model(kept))
    np.testing.assert_allclose(tape.gradient(value, kept), expected, rtol=1e-4, atol=1e-6)


def test_the_penalty_of_a_critic_s_slope(tf):
    """As Wasserstein GANs have it."""

    def penalty(weights):
        slopes = jax.grad(lambda x: JUDGES["tanh"](weights, x).sum())(X)
        return jax.numpy.mean((jax.numpy.sqrt((slopes**2).sum(axis=1)) - 1) ** 2)

    critic, x = of_ours("tanh"), tf.constant(X)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(x)
            scores = critic(x, training=True)
        slopes = inner.gradient(scores, [x])[0]
        loss = tf.reduce_mean((tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=[1])) - 1.0) ** 2)
    found = tape.gradient(loss, critic.trainable_variables)
    for one, other in zip(found, jax.grad(penalty)(WEIGHTS), strict=True):
        np.testing.assert_allclose(0 if one is None else one, other, rtol=1e-3, atol=1e-6)


def test_gradients_through_a_loss_are_differentiated_again(tf):
    """As meta-learning has it: a step within the block."""

    def after_a_step(w):
        slope = jax.grad(lambda w: jax.numpy.mean((X @ w - Y) ** 2))(w)
        return jax.numpy.mean((X @ (w - 0.1 * slope) - Y) ** 2)

    w = tf.Variable(np.ones((2, 1), "float32"))
    mse = tf.keras.losses.MeanSquaredError()
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inside = mse(Y, tf.matmul(tf.constant(X), w))
        slope = inner.gradient(inside, w)
        loss = mse(Y, tf.matmul(tf.constant(X), w - 0.1 * slope))
    expected = jax.grad(after_a_step)(np.ones((2, 1), "float32"))
    np.testing.assert_allclose(outer.gradient(loss, w), expected, rtol=1e-4)


@pytest.mark.parametrize(
    "function",
    [
        lambda tf, x: tf.concat([x, x * 2], axis=1),
        lambda tf, x: tf.stack([x, x]),
        lambda tf, x: tf.cast(x, tf.float32),
        lambda tf, x: tf.convert_to_tensor(x),
        lambda tf, x: x[:, 0],
        lambda tf, x: tf.slice(x, [0, 0], [2, 1]),
        lambda tf, x: tf.math.top_k(x, 1).values,
        lambda tf, x: tf.keras.layers.Concatenate()([x, x]),
    ],
)
@pytest.mark.parametrize("made", ["Variable", "constant"])
def test_what_is_watched_is_followed_through_lists_and_slices(tf, function, made):
    x = getattr(tf, made)(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(function(tf, x))
    assert tape.gradient(y, x) is not None


def test_gradients_that_a_block_made_are_clipped_and_applied_within_it(tf):
    model = of_ours("tanh")
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean(model(X) ** 2)
        slopes = tape.gradient(loss, model.trainable_variables)
        clipped, _ = tf.clip_by_global_norm(slopes, 0.1)
        tf.keras.optimizers.SGD(1.0).apply_gradients(zip(clipped, model.trainable_variables, strict=True))
        one = tf.Variable([1.0, 2.0])
        one.assign_sub(tf.constant([1.0, 1.0]) * tf.reduce_sum(clipped[0] * 0))
        one.assign_add(one * 2)
    assert one.numpy().tolist() == [3.0, 6.0]
    moved = [new - old for new, old in zip(model.get_weights(), WEIGHTS, strict=True)]
    assert np.isclose(np.sqrt(sum((each**2).sum() for each in moved)), 0.1, rtol=1e-3)


def test_a_critic_with_dropout_and_layers_of_activations(tf):
    layers = tf.keras.layers
    critic = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(50), layers.LeakyReLU(0.3), layers.Dropout(0.5)])
    critic.add(layers.Dense(1, use_bias=False))
    x = tf.constant(X[:1])
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(x)
            scores = critic(x, training=True)
        loss = tf.reduce_sum(inner.gradient(scores, x) ** 2)
    found = tape.gradient(loss, critic.trainable_variables)[-1].numpy()[:, 0]
    kernel, bias, last = (w.astype("float64") for w in critic.get_weights())
    h = X[:1] @ kernel + bias
    slopes = np.where(h > 0, 1, 0.3)
    kept = found != 0
    assert 5 < kept.sum() < 45
    made = np.where(kept, 2 * slopes[0], 0)
    np.testing.assert_allclose(scores.numpy(), (h * slopes * np.where(kept, 2, 0)) @ last, rtol=1e-4)
    expected = 2 * made * (kernel.T @ ((kernel * made) @ last))[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_variable_that_is_set_within_a_block_is_read_anew(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        first = v * 3
        v.assign(5.0)
        second = v * v
        v.assign_add(1.0)
        total = first + second + v * v
    assert (float(first), float(second), float(v), float(total)) == (6, 25, 6, 67)
    assert float(tape.gradient(total, v)) == 3 + 10 + 12

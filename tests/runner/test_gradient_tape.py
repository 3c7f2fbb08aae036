"""``tf.GradientTape`` gives the gradients that training takes, Keras's on JAX, and those of differences."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinynet
from tinynet.runner.tensors import Outputs
from tinynet.tape import NotFollowedError

RNG = np.random.default_rng(0)
X = RNG.random((8, 5)).astype("float32")
CLASSES = RNG.integers(0, 3, 8)
ROWS = np.eye(3, dtype="float32")[CLASSES]


@pytest.fixture(autouse=True)
def as_keras():
    with tinynet.install_as_keras():
        yield


@pytest.fixture
def float64():
    tinynet.config.set_floatx("float64")
    yield
    tinynet.config.set_floatx("float32")


def twins(build):
    """Return two models with the same weights."""
    one, other = build(), build()
    for model in (one, other):
        model(X[:1] if model.name != "words" else CLASSES[:1, None].repeat(4, 1))
    other.set_weights(one.get_weights())
    return one, other


def stack(*parts, **options):
    import keras

    return lambda: keras.Sequential([*map(keras.layers.deserialize, map(keras.layers.serialize, parts))], **options)


def layer(name, *arguments, **options):
    import keras

    return getattr(keras.layers, name)(*arguments, **options)


def branches():
    import keras

    x = keras.Input((5,))
    a = keras.layers.Dense(4, "tanh")(x)
    b = keras.layers.Dense(4)(a)
    return keras.Model(x, keras.layers.Dense(3, "softmax")(keras.layers.Concatenate()([a, a * b])))


def subclassed():
    import keras
    import tensorflow as tf

    class Scale(keras.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, x):
            return x * self.scale + tf.square(x)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.scaled = keras.layers.Dense(4, "relu"), Scale()
            self.last = keras.layers.Dense(3, "softmax")

        def call(self, x, training=None):
            return self.last(self.scaled(self.first(x)))

    return Net()


MODELS = {
    "dense": lambda: stack(layer("Dense", 6, "relu"), layer("Dense", 3, "softmax")),
    "normalized": lambda: stack(layer("Dense", 6), layer("BatchNormalization"), layer("Dense", 3, "softmax")),
    "of layers": lambda: stack(layer("LayerNormalization"), layer("PReLU"), layer("Dense", 3), layer("Softmax")),
    "embedded": lambda: stack(layer("Embedding", 9, 4), layer("Flatten"), layer("Dense", 3, "softmax"), name="words"),
    "pooled": lambda: stack(layer("Embedding", 9, 4), layer("GlobalAveragePooling1D"), layer("Dense", 3), name="words"),
    "branches": lambda: branches,
    "subclassed": lambda: subclassed,
}
LOSSES = {
    "categorical_crossentropy": ROWS,
    "sparse_categorical_crossentropy": CLASSES,
    "mse": ROWS,
    "huber": ROWS,
    "kl_divergence": ROWS,
}


STEPS = [("dense", loss) for loss in LOSSES] + [(name, "mse") for name in MODELS if name != "dense"]


@pytest.mark.parametrize(("name", "loss"), [*STEPS, ("subclassed", "categorical_crossentropy")])
def test_a_step_of_ones_own_is_that_of_training(name, loss):
    import keras
    import tensorflow as tf

    model, twin = twins(MODELS[name]())
    x, y = (CLASSES[:, None].repeat(4, 1), LOSSES[loss]) if model.name == "words" else (X, LOSSES[loss])
    twin.compile(keras.optimizers.SGD(0.1), loss)
    twin.train_on_batch(x, y)
    compute, optimizer = keras.losses.get(loss), keras.optimizers.SGD(0.1)
    with tf.GradientTape() as tape:
        rows = compute(y, model(x, training=True))
        batch = tf.reduce_mean(rows)
    slopes = tape.gradient(batch, model.trainable_variables)
    optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none"])
@pytest.mark.parametrize("weights", [None, np.arange(8.0)])
def test_losses_are_reduced_and_weighed_as_outside(reduction, weights):
    import keras
    import tensorflow as tf

    model = stack(layer("Dense", 3))()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=reduction)
    outside = np.asarray(loss(ROWS, model(X), sample_weight=weights))
    with tf.GradientTape() as tape:
        inside = loss(ROWS, model(X), sample_weight=weights)
        total = tf.reduce_sum(inside)
    np.testing.assert_allclose(inside.numpy(), outside, rtol=1e-5)
    (bias,) = [v for v in model.trainable_variables if v.name == "bias"]
    share = (np.ones(8) if weights is None else weights) / (8 if reduction == "sum_over_batch_size" else 1)
    p = np.exp(model(X)) / np.exp(model(X)).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tape.gradient(total, bias), ((p - ROWS) * share[:, None]).sum(axis=0), rtol=1e-4)


def differences(compute, weights):
    """Return the slopes of a number along weights, by differences."""
    found = []
    for weight in weights:
        slopes = np.zeros(weight.shape)
        for place in np.ndindex(weight.shape):
            kept = weight.value[place]
            ends = []
            for step in (1e-6, -1e-6):
                weight.value[place] = kept + step
                ends.append(float(compute()))
            weight.value[place] = kept
            slopes[place] = (ends[0] - ends[1]) / 2e-6
        found.append(slopes)
    return found


def policy(model):
    """The loss of a policy and of what it is worth, clipped."""
    import tensorflow as tf

    def compute():
        logits, value = model(X.astype("float64"))
        rows = tf.stack([tf.range(8), CLASSES], axis=1)
        log_p = tf.gather_nd(tf.nn.log_softmax(logits), rows)
        ratio = tf.exp(log_p + 1.0)
        clipped = tf.clip_by_value(ratio, 0.8, 1.2)
        entropy = -tf.reduce_sum(tf.nn.softmax(logits) * tf.math.log(tf.nn.softmax(logits)), axis=1)
        worth = tf.reduce_mean(tf.square(X[:, 0] - tf.squeeze(value)))
        return -tf.reduce_mean(tf.minimum(ratio, clipped)) + 0.5 * worth - 0.01 * tf.reduce_mean(entropy)

    return compute


def chained(model):
    """What one model makes of another's answer, beside what that makes of something else."""
    import keras
    import tensorflow as tf

    judge = keras.Sequential([keras.layers.Dense(3, "tanh", input_shape=(4,)), keras.layers.Dense(1)])
    fixed = RNG.random((8, 4))

    def compute():
        logits, value = model(X.astype("float64"))
        both = judge(tf.concat([logits, value], axis=1)), judge(fixed)
        return tf.reduce_mean(tf.square(both[0] - both[1])) + tf.nn.l2_loss(model.trainable_variables[0])

    return compute


def two_heads():
    import keras

    x = keras.Input((5,))
    h = keras.layers.Dense(4, "tanh")(x)
    return keras.Model(x, [keras.layers.Dense(3)(h), keras.layers.Dense(1)(h)])


@pytest.mark.parametrize("formula", [policy, chained])
@pytest.mark.usefixtures("float64")
def test_formulas_of_ones_own_have_the_slopes_of_differences(formula):
    import tensorflow as tf

    model = two_heads()
    compute = formula(model)
    with tf.GradientTape() as tape:
        value = compute()
    found = tape.gradient(value, model.trainable_variables)
    for slope, expected in zip(found, differences(compute, model.trainable_variables), strict=True):
        np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-8)


def test_keras_on_jax_has_the_same_gradients():
    tinynet.install_as_keras().uninstall()
    jax, keras = pytest.importorskip("jax"), pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    parts = [keras.layers.Dense(6, "elu"), keras.layers.BatchNormalization(), keras.layers.Dense(3)]
    theirs = keras.Sequential([keras.Input((5,)), *parts])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    fixed = [v.value for v in theirs.non_trainable_variables]

    def compute(trained):
        return loss(ROWS, theirs.stateless_call(trained, fixed, X, training=True)[0])

    expected = [np.asarray(g) for g in jax.grad(compute)([v.value for v in theirs.trainable_variables])]
    weights = [np.asarray(v.value) for v in theirs.weights]
    with tinynet.install_as_keras():
        import keras as ours
        import tensorflow as tf

        made = [ours.layers.Dense(6, "elu"), ours.layers.BatchNormalization(), ours.layers.Dense(3)]
        model = ours.Sequential([ours.Input((5,)), *made])
        model.set_weights(weights)
        with tf.GradientTape() as tape:
            value = ours.losses.CategoricalCrossentropy(from_logits=True)(ROWS, model(X, training=True))
        for mine, theirs_ in zip(tape.gradient(value, model.trainable_variables), expected, strict=True):
            np.testing.assert_allclose(mine, theirs_, rtol=1e-4, atol=1e-6)


def test_what_dropout_left_out_is_left_out_on_the_way_back():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(3, use_bias=False)])
    model.build((None, 5))
    (kernel,) = model.trainable_variables
    with tf.GradientTape() as tape:
        one, other = (tf.reduce_sum(model(X, training=True)) for _ in range(2))
        total = one + other
    slope = tape.gradient(total, kernel)
    assert one.numpy() != other.numpy()
    assert (slope * kernel.numpy()).sum() == pytest.approx(float(total), rel=1e-5)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(X))
    np.testing.assert_allclose(tape.gradient(total, [kernel])[0], X.sum(axis=0)[:, None].repeat(3, 1), rtol=1e-5)


def test_normalization_outside_of_training_uses_what_it_has_seen():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.BatchNormalization(input_shape=(5,))])
    model.set_weights([*model.get_weights()[:2], X.mean(axis=0), X.var(axis=0)])
    before = model.get_weights()
    with tf.GradientTape() as tape:
        y = model(X)
        total = tf.reduce_sum(y * X)
    np.testing.assert_allclose(y.numpy(), model.predict(X, verbose=0), rtol=1e-5)
    np.testing.assert_allclose(
        tape.gradient(total, model.trainable_variables[0]), (model.predict(X, verbose=0) * X).sum(axis=0), rtol=1e-4
    )
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_averages_go_on_once_for_each_call():
    import keras
    import tensorflow as tf

    model, twin = (keras.Sequential([keras.layers.BatchNormalization(input_shape=(5,))]) for _ in range(2))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(model(X, training=True)))
    tape.gradient(total, model.trainable_variables)
    twin(X, training=True)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_gradients_are_those_at_the_weights_of_the_call():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(1, "sigmoid", kernel_initializer="ones", input_shape=(5,))])
    with tf.GradientTape(persistent=True) as tape:
        total = tf.reduce_sum(model(X))
    before = tape.gradient(total, model.trainable_variables)
    model.set_weights([np.full((5, 1), -3.0), np.ones(1)])
    for a, b in zip(tape.gradient(total, model.trainable_variables), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.get_weights()[0][0, 0] == -3


def test_penalties_of_regularizers_are_followed():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1), input_shape=(5,))])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(X)) + sum(model.losses)
    kernel, bias = tape.gradient(total, model.trainable_variables)
    np.testing.assert_allclose(kernel, X.sum(axis=0)[:, None] + 0.2 * model.get_weights()[0], rtol=1e-5)
    np.testing.assert_allclose(bias, [8, 8])


# ---- variables, and what is watched ---------------------------------------------------------------------------------


def test_variables_and_watched_constants_have_gradients():
    import tensorflow as tf

    w, b, fixed = tf.Variable([[2.0], [3.0]]), tf.Variable(1.0), tf.Variable(1.0, trainable=False)
    x = tf.constant([[1.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.matmul(x, w) + b * fixed
        loss = tf.reduce_mean(y**2)
    assert loss.numpy() == 225
    assert tape.gradient(loss, w).tolist() == [[30], [120]]
    assert tape.gradient(loss, [b, fixed])[0] == 30
    assert tape.gradient(loss, fixed) is None
    assert tape.gradient(loss, {"x": x})["x"].tolist() == [[60, 90]]
    assert tape.gradient(y, b, output_gradients=[[7.0]]) == 7
    assert tape.gradient(b * 2, w, unconnected_gradients="zero").tolist() == [[0], [0]]
    w.assign_sub(0.1 * tape.gradient(loss, w))
    np.testing.assert_allclose(w, [[-1], [-9]], rtol=1e-5)


def test_a_linear_model_of_variables_is_trained():
    import tensorflow as tf

    w = tf.Variable(np.zeros(5), dtype=tf.float32)
    first = None
    for _ in range(200):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.reduce_sum(X * w, axis=1) - X @ np.arange(5)))
        first = first or float(loss)
        w.assign_sub(0.3 * tape.gradient(loss, w))
    assert float(loss) < first / 50


def test_two_tapes_that_are_open_together_are_both_asked():
    import keras
    import tensorflow as tf

    maker = keras.Sequential([keras.layers.Dense(5, input_shape=(5,))])
    judge = keras.Sequential([keras.layers.Dense(1, input_shape=(5,))])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as one, tf.GradientTape() as other:
        made = judge(maker(X, training=True), training=True)
        real = judge(X, training=True)
        of_maker = loss(tf.ones_like(made), made)
        of_judge = loss(tf.ones_like(real), real) + loss(tf.zeros_like(made), made)
    assert len(one.gradient(of_maker, maker.trainable_variables)) == 2
    for slope in other.gradient(of_judge, judge.trainable_variables):
        assert np.isfinite(slope).all()
        assert np.any(slope)


# ---- what is computed, and what is refused --------------------------------------------------------------------------


def test_what_is_computed_is_read_like_a_tensor_and_remembers_nothing_later():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(5,))])
    mean, hits = tf.metrics.Mean(), tf.metrics.CategoricalAccuracy()
    with tf.GradientTape() as tape:
        y = model(X, training=True)
        loss = tf.reduce_mean(y)
        mean.update_state(loss)
        hits.update_state(ROWS[:, :2], y)
        print(f"{loss:.3f}", loss.numpy(), y.shape)
    total = 0.0
    total += loss
    assert isinstance(total, np.ndarray)
    assert float(loss) == pytest.approx(mean.result(), rel=1e-6) == pytest.approx(y.numpy().mean(), rel=1e-6)
    assert (y[0] > 5).tolist() == (y.numpy()[0] > 5).tolist()
    made = tape.session.made
    tape.gradient(loss, model.trainable_variables)
    assert made == []
    assert loss.terms == ()
    mean.reset_states()
    assert mean.result() == 0


def test_nothing_is_kept_of_tapes_that_were_never_asked():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(5,))])
    with tf.GradientTape() as tape:
        model(X)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(20):
        with tf.GradientTape() as tape:
            model(X)
    del tape
    gc.collect()
    assert len(gc.get_objects()) < before + 100


def test_what_would_lose_a_gradient_is_refused():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(5,))])
    normalized = keras.Sequential([keras.Input((5,)), keras.layers.LayerNormalization()])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(normalized(X))
        slopes = inner.gradient(y, normalized.trainable_variables)
    with pytest.raises(NotFollowedError, match="gradient of a gradient"):
        outer.gradient(slopes, normalized.trainable_variables)
    with tf.GradientTape() as outer:
        y = tf.reduce_sum(model(X))
        with pytest.raises(NotFollowedError, match="would lose its gradient"):
            tf.strings.as_string(y)
        with pytest.raises(NotFollowedError, match="cannot be followed"):
            tf.linalg.det(model(X)[:2])
    outer.gradient(y, model.trainable_variables)
    with pytest.raises(RuntimeError, match="persistent=True"):
        outer.gradient(y, model.trainable_variables)


def test_layers_that_leave_out_padding_are_refused():
    import keras
    import tensorflow as tf

    parts = [keras.layers.Embedding(9, 4, mask_zero=True), keras.layers.GlobalAveragePooling1D()]
    model = keras.Sequential(parts)
    with tf.GradientTape(), pytest.raises(NotFollowedError, match="mask_zero"):
        model(CLASSES[:, None])


def test_a_loss_that_a_layer_of_a_model_adds_is_refused_on_a_tape():
    import keras
    import tensorflow as tf

    class Small(keras.layers.Layer):
        def call(self, x):
            self.add_loss(tf.reduce_mean(x * x))
            return x

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), Small()])
    with tf.GradientTape(), pytest.raises(NotFollowedError, match="add_loss"):
        model(np.ones((3, 4), "float32"))


def test_a_model_may_set_its_optimizer_before_it_is_compiled():
    import keras

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(1)
            self.optimizer = keras.optimizers.Adam(0.1)

        def call(self, x):
            return self.last(x)

    model = Net()
    assert model.optimizer.learning_rate == pytest.approx(0.1)
    model.compile("sgd", "mse")
    assert type(model.optimizer).__name__ == "SGD"


def test_what_another_thread_computes_is_not_followed():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    x, open_now, done = np.ones((4, 3), "float32"), threading.Event(), threading.Event()
    found = []

    def elsewhere():
        open_now.wait()
        with tf.GradientTape() as own:
            loss = tf.reduce_sum(model(x))
        found.extend([type(model.predict(x, verbose=0)), own.gradient(loss, model.weights[1])])
        done.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model(x)))
        open_now.set()
        assert done.wait(60)
    thread.join()
    assert tape.gradient(loss, model.weights[1]).shape == (2,)
    assert found[0] is Outputs
    assert found[1].tolist() == [4.0, 4.0]


def test_threads_with_tapes_of_their_own_share_a_model():
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(8, "tanh", input_shape=(3,)), keras.layers.Dense(1)])
    batches = [np.random.default_rng(seed).normal(size=(5, 3)).astype("float32") for seed in range(2)]

    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x)))
        return [np.array(each) for each in tape.gradient(loss, model.trainable_variables)]

    expected = [gradients(x) for x in batches]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            for found, right in zip(pool.map(gradients, batches), expected, strict=True):
                for ours, theirs in zip(found, right, strict=True):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)

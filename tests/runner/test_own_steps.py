"""Models whose class makes the steps of training by itself: they are called for each batch, and count as Keras's do."""

from __future__ import annotations

from contextlib import nullcontext
from importlib import import_module

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras, precision

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(22, 3))
Y = np.arange(22) % 2
OTHER = X @ [1.0, -2.0, 0.5]


@pytest.fixture(autouse=True)
def _exactly():
    with precision("float64"):
        yield


@pytest.fixture
def _as_keras():
    with tinynet.install_as_keras():
        yield


def as_it_is(base):
    """Keras's guide: a step that does what Keras does anyway, with its version 2's names."""
    import tensorflow as tf

    class Guided(base):
        def train_step(self, data):
            x, y, *weight = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compiled_loss(y, y_pred, *weight, regularization_losses=self.losses)
            trainable = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, trainable), trainable, strict=True))
            self.compiled_metrics.update_state(y, y_pred, *weight)
            return {m.name: m.result() for m in self.metrics}

    return Guided


def by_hand(base):
    """Keras's guide for version 3: the metrics are gone through, that of the loss among them."""
    import tensorflow as tf

    class Guided(base):
        def train_step(self, data):
            x, y, *weight = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=weight[0] if weight else None)
            self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss, sample_weight=len(x))
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    return Guided


def handed_on(base):
    class Guided(base):
        def train_step(self, data):
            return super().train_step(data)

    return Guided


def network(k, made=lambda base: base, loss="binary_crossentropy", units=1):
    inputs = k.Input((3,))
    hidden = k.layers.Dense(4, "tanh", kernel_regularizer="l2", kernel_initializer="ones", name="one")(inputs)
    last = "sigmoid" if loss == "binary_crossentropy" else None
    model = made(k.Model)(inputs, k.layers.Dense(units, last, kernel_initializer="ones", name="two")(hidden))
    model.compile(k.optimizers.Adam(0.1), loss, metrics=["accuracy"] if units == 1 and last else ["mae"])
    return model


def fitted(model, y=Y, **options):
    taken = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": 0, **options}
    history = model.fit(X, y, **taken).history
    return history, [np.asarray(w) for w in model.get_weights()]


def require_same(found, expected):
    assert {*found[0]} == {*expected[0]}
    for name, column in expected[0].items():
        np.testing.assert_allclose(found[0][name], column, rtol=1e-6, err_msg=name)
    for mine, theirs in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


WEIGHTS = np.linspace(0.5, 2.0, 22)


@pytest.mark.parametrize("made", [as_it_is, by_hand, handed_on])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"validation_split": 0.2},
        {"validation_data": (X[:5], Y[:5])},
        {"sample_weight": WEIGHTS},
        {"class_weight": {0: 1.0, 1: 3.0}},
    ],
    ids=lambda options: next(iter(options), "plain"),
)
def test_a_step_like_keras_own_trains_as_keras_does(made, options):
    expected = fitted(network(keras()), **options)
    with tinynet.install_as_keras():
        require_same(fitted(network(tinynet, made), **options), expected)


def test_a_loss_of_the_class_is_that_of_keras_on_jax():
    def made(k):
        class Weighed(k.Model):
            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return k.ops.mean(k.ops.square(k.ops.reshape(y, (-1, 1)) - y_pred) * k.ops.exp(x[:, :1]))

        return Weighed

    found = []
    for k in (keras(), None):
        with nullcontext() if k else tinynet.install_as_keras():
            k = k or import_module("keras")
            model = network(k, lambda base, k=k: made(k), "mse")
            found.append(fitted(model, OTHER, validation_data=(X[:5], OTHER[:5])))
    require_same(*found[::-1])


def test_the_loss_of_a_class_is_reported_where_none_was_compiled():
    found = []
    for k in (keras(), None):
        with nullcontext() if k else tinynet.install_as_keras():
            k = k or import_module("keras")

            class Alone(k.Model):
                def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True, k=k):
                    return k.ops.mean(k.ops.square(k.ops.reshape(y, (-1, 1)) - y_pred))

            found.append(fitted(network(k, lambda base, own=Alone: own, None), OTHER))
    require_same(*found[::-1])


@pytest.mark.usefixtures("_as_keras")
def test_batches_and_tests_of_ones_own():
    """What a step is given: x alone, or a tuple; what it tells is reported, the last of an epoch if it is no metric."""
    seen = []

    class Own(tinynet.Model):
        def train_step(self, data):
            seen.append(data)
            return {"number": len(seen)}

        def test_step(self, data):
            return {"tested": data[0].shape[0]}

        def predict_step(self, data):
            return data * 2

    model = Own()
    model.compile()
    history = model.fit(X, epochs=2, batch_size=20, verbose=0, validation_data=(X, Y))
    assert history.history == {"number": [2, 4], "val_tested": [2, 2]}
    assert [batch.shape for batch in seen] == [(20, 3), (2, 3)] * 2
    model.fit({"a": X, "b": Y}, [Y, OTHER], epochs=1, batch_size=22, verbose=0)
    given, (one, other) = seen[-1]
    assert [*given] == ["a", "b"]
    assert (one.numpy() + other.numpy()).shape == (22,)
    model.fit(((x, y) for x, y in [(X, Y)] * 5), epochs=2, steps_per_epoch=2, verbose=0)
    assert len(seen) == 4 + 1 + 4
    assert model.evaluate(X, Y, verbose=0, batch_size=32) == 22
    assert model.train_on_batch(X, Y) == 10
    np.testing.assert_array_equal(model.predict(X, verbose=0), X * 2)


@pytest.mark.usefixtures("_as_keras")
def test_networks_that_play_against_each_other_are_trained_without_a_call():
    """Keras's guide: a GAN, with an optimizer for each of its networks and metrics of its own."""
    import keras as k
    import tensorflow as tf

    class GAN(k.Model):
        def __init__(self, discriminator, generator):
            super().__init__()
            self.discriminator, self.generator = discriminator, generator
            self.d_loss_tracker, self.g_loss_tracker = k.metrics.Mean(name="d_loss"), k.metrics.Mean(name="g_loss")

        @property
        def metrics(self):
            return [self.d_loss_tracker, self.g_loss_tracker]

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

        def train_step(self, real):
            batch = tf.shape(real)[0]
            made = self.generator(tf.random.normal(shape=(batch, 2)))
            labels = tf.concat([tf.ones((batch, 1)), tf.zeros((batch, 1))], axis=0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(tf.concat([made, real], axis=0)))
            grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
            self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights, strict=True))
            with tf.GradientTape() as tape:
                drawn = tf.random.normal(shape=(batch, 2))
                g_loss = self.loss_fn(tf.zeros((batch, 1)), self.discriminator(self.generator(drawn)))
            grads = tape.gradient(g_loss, self.generator.trainable_weights)
            self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights, strict=True))
            self.d_loss_tracker.update_state(d_loss)
            self.g_loss_tracker.update_state(g_loss)
            return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}

    parts = [
        k.Sequential([k.Input((n,)), k.layers.Dense(4, "relu"), k.layers.Dense(out)]) for n, out in ((3, 1), (2, 3))
    ]
    before = [w.copy() for part in parts for w in part.get_weights()]
    gan = GAN(*parts)
    gan.compile(k.optimizers.Adam(), k.optimizers.Adam(), k.losses.BinaryCrossentropy(from_logits=True))
    told = gan.fit(X.astype("float32"), epochs=2, batch_size=11, verbose=0).history
    assert {*told} == {"d_loss", "g_loss"}
    assert len(gan.trainable_weights) == len(before) == 8
    assert all((a != b).any() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.usefixtures("_as_keras")
def test_callbacks_hear_steps_of_ones_own_and_end_them():
    class Stop(tinynet.callbacks.Callback):
        def __init__(self):
            self.heard = []

        def on_train_batch_end(self, batch, logs=None):
            self.heard.append((batch, *logs))

        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    stop = Stop()
    history, _ = fitted(network(tinynet, handed_on), epochs=9, callbacks=[stop])
    assert len(history["loss"]) == 2
    assert stop.heard[:3] == [(0, "accuracy", "loss"), (1, "accuracy", "loss"), (2, "accuracy", "loss")]


@pytest.mark.parametrize("name", ["make_train_function", "make_test_function", "make_predict_function"])
def test_what_would_never_be_called_is_refused_when_the_model_is_compiled(name):
    model = type("Own", (tinynet.Model,), {name: lambda self: None})()
    with pytest.raises(TypeError, match=f"Own defines `{name}`.*would never call"):
        model.compile("sgd", "mse")


@pytest.mark.usefixtures("_as_keras")
@pytest.mark.parametrize("how", ["a function", "a tape", "variables of a function"])
def test_an_optimizer_of_keras_2_makes_a_step_of_a_loss(how):
    import keras as k
    import tensorflow as tf

    w = tf.Variable([1.0, -2.0])

    def loss():
        return tf.reduce_sum(tf.square(w))

    optimizer = k.optimizers.SGD(0.25)
    if how == "a tape":
        with tf.GradientTape() as tape:
            value = loss()
        optimizer.minimize(value, [w], tape=tape)
    else:
        optimizer.minimize(loss, (lambda: [w]) if how.startswith("variables") else w)
    np.testing.assert_allclose(w.numpy(), [0.5, -1.0])
    with pytest.raises(ValueError, match="`tape` is required"):
        optimizer.minimize(loss(), [w])


def learnt_beside():
    """Return what a variable of no layer becomes beside a layer's weights."""
    import keras as k
    import tensorflow as tf

    free, dense, found = tf.Variable(2.0, name="alpha"), k.layers.Dense(1, kernel_initializer="ones"), []
    dense.build((None, 3))
    optimizer = k.optimizers.Adam(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(dense(X) * free))
        weights = [*dense.trainable_weights, free]
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        found.append(float(free))
    return found


def test_a_variable_of_no_layer_is_updated_beside_weights_as_in_keras():
    """A temperature or a spread that is learnt: with the slots of its own that its optimizer keeps for it."""
    with tinynet.install_as_keras():
        found = learnt_beside()
    theirs, expected = keras(), []
    w = [theirs.Variable(value) for value in (np.ones((3, 1)), np.zeros(1), np.array(2.0))]
    optimizer = theirs.optimizers.Adam(0.1)
    for _ in range(3):
        kernel, bias, a = (np.array(each.value) for each in w)
        z = X @ kernel + bias
        dz = 2 * z * a * a / z.size
        optimizer.apply([X.T @ dz, dz.sum(0), np.array(np.sum(2 * z * z * a) / z.size)], w)
        expected.append(float(w[2].value))
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.usefixtures("_as_keras")
def test_what_a_loop_writes_into_a_tensor_array_keeps_its_gradient():
    """TensorFlow's tutorial of an actor and a critic: an episode is played, and then learnt from."""
    import tensorflow as tf

    @tf.numpy_function(Tout=[tf.float32, tf.int32])
    def step(action):
        return np.float32([action, 1.0]), np.array(action, np.int32)

    w = tf.Variable([0.5, 2.0])
    with tf.GradientTape() as tape:
        made = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        drawn = tf.random.categorical(tf.expand_dims(w, 0), 1)[0, 0]
        state, number = step(drawn)
        for i in tf.range(3):
            state.set_shape((2,))
            made = made.write(i, tf.reduce_sum(w * w * tf.cast(i + 1, tf.float32)))
        loss = tf.reduce_sum(made.stack()) + tf.reduce_sum(made.gather([0])) + tf.reduce_sum(made.read(2))
    np.testing.assert_allclose(tape.gradient(loss, w), 2 * np.array([0.5, 2.0]) * (6 + 1 + 3))
    assert number.numpy() == state[0].numpy() == drawn.numpy()
    assert int(made.size()) == len(made) == 3
    apart = tf.TensorArray(tf.float32, size=2).unstack(tf.constant([[1.0], [2.0]]))
    assert apart.concat().numpy().tolist() == [1.0, 2.0]


def passed_on(k):
    """Return a class whose step is the usual one."""

    class PassedOn(k.Model):
        def train_step(self, data):
            return super().train_step(data)

    return PassedOn


def two_outputs(cls, loss):
    """Return a compiled model of two outputs, whose names are not in the alphabet's order."""
    x = tinynet.Input((3,))
    ends = [tinynet.layers.Dense(1, kernel_initializer="ones", name=name)(x) for name in ("zz", "aa")]
    model = cls(x, ends)
    model.compile("sgd", loss)
    return model


SAMPLES = np.random.default_rng(3).normal(size=(16, 3)).astype("float32")
OPTIONS = {"shuffle": False, "verbose": 0, "batch_size": 8, "epochs": 2}


def test_targets_by_name_reach_their_outputs():
    y = {"zz": SAMPLES[:, 0], "aa": 5 + SAMPLES[:, 1]}
    own, usual = (two_outputs(cls, "mse") for cls in (passed_on(tinynet), tinynet.Model))
    own.fit(SAMPLES, y, **OPTIONS)
    usual.fit(SAMPLES, y, **OPTIONS)
    for ours, expected in zip(own.get_weights(), usual.get_weights(), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "loss",
    [lambda y, p: np.mean((p - y) ** 2), lambda y, p: (p - y) ** 2],
    ids=["one number", "each number"],
)
@pytest.mark.filterwarnings("ignore:.*differen")
def test_a_users_loss_trains_own_steps_as_it_trains_others(loss):
    histories = []
    for cls in (passed_on(tinynet), tinynet.Model):
        x = tinynet.Input((3,))
        model = cls(x, tinynet.layers.Dense(1, kernel_initializer="ones")(x))
        model.compile("sgd", loss)
        histories.append(model.fit(SAMPLES, SAMPLES[:, 0], **OPTIONS).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-5)


@pytest.mark.parametrize("y", [np.zeros(10), np.zeros(0)])
def test_samples_without_a_target_are_refused_before_anything_changes(y):
    x = tinynet.Input((3,))
    model = passed_on(tinynet)(x, tinynet.layers.Dense(1)(x))
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="Each sample needs one entry"):
        model.fit(SAMPLES, y, **OPTIONS)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_a_penalty_on_outputs_is_refused_where_it_would_not_count():
    x = tinynet.Input((3,))
    model = passed_on(tinynet)(x, tinynet.layers.Dense(1, activity_regularizer="l2", name="d")(x))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"the activity_regularizer of \['d'\] would not count"):
        model.fit(SAMPLES, SAMPLES[:, 0], **OPTIONS)

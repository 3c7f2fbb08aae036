"""Idioms that a fresh sample of public programs showed to be missing, or to be understood otherwise than they mean."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

X = np.linspace(-1.0, 1.0, 24, dtype="float32").reshape(8, 3)
Y = np.arange(8) % 2


@pytest.fixture(autouse=True)
def _as_keras():
    with tinynet.install_as_keras():
        yield


def run(program, **names):
    names |= {"X": X, "Y": Y, "np": np}
    exec("import tensorflow as tf\nfrom tensorflow import keras\n" + program, names)
    return names["it"]


def net(units=2, **options):
    layer = tinynet.layers.Dense(units, kernel_initializer="ones", **options)
    model = tinynet.Sequential([layer])
    model.build((None, 3))
    return model


class TestATapeAndNumPy:
    def test_what_a_program_makes_by_numpys_functions_is_constant_as_in_tensorflow(self):
        slopes = run(
            "with tf.GradientTape() as tape:\n"
            "    target = 1 + 0.9 * np.max(model(X), axis=1)\n"
            "    loss = tf.reduce_mean(tf.square(target - model(X)[:, 0]))\n"
            "it = tape.gradient(loss, model.trainable_variables)",
            model=net(),
        )
        z = X.sum(axis=1)
        expected = X.T @ (-2 * (1 + 0.9 * z - z) / 8)
        np.testing.assert_allclose(slopes[0][:, 0], expected, rtol=1e-5)
        assert not np.any(slopes[0][:, 1])

    def test_operators_between_arrays_and_tensors_are_followed(self):
        slopes = run(
            "with tf.GradientTape() as tape:\n"
            "    loss = tf.reduce_sum(np.full((8, 2), 3.0, 'float32') * model(X) + sum([np.ones((8, 2)), model(X)]))\n"
            "it = tape.gradient(loss, model.trainable_variables)",
            model=net(),
        )
        np.testing.assert_allclose(slopes[0], np.repeat(4 * X.sum(axis=0)[:, None], 2, axis=1), rtol=1e-5, atol=1e-6)

    def test_numpy_draws_by_chances_that_a_model_gives(self):
        drawn = run(
            "with tf.GradientTape() as tape:\n"
            "    it = [np.random.choice(2, p=np.squeeze(chances)) for chances in tf.nn.softmax(model(X))]",
            model=net(),
        )
        assert {*drawn} <= {0, 1}

    def test_what_an_array_of_tensors_gives_after_the_block_is_a_tensor(self):
        stacked = run(
            "found = tf.TensorArray(tf.float32, size=2)\n"
            "with tf.GradientTape() as tape:\n"
            "    for i in range(2): found = found.write(i, tf.reduce_sum(model(X)) * (i + 1.0))\n"
            "it = found.stack().numpy()",
            model=net(),
        )
        np.testing.assert_allclose(stacked, [2 * X.sum(), 4 * X.sum()], rtol=1e-5, atol=1e-5)


class TestCallbacksAndSteps:
    @pytest.mark.parametrize("period", [1, 2, 3])
    def test_keras_2_saved_after_every_so_many_epochs(self, tmp_path, period):
        callback = tinynet.callbacks.ModelCheckpoint(
            tmp_path / "{epoch}.npz",
            save_best_only=False,
            period=period,
            save_format="tf",
            load_weights_on_restart=True,
        )
        model = net(1)
        model.compile("sgd", "mse")
        model.fit(X, Y, epochs=7, verbose=0, callbacks=[callback])
        assert sorted(int(path.stem) for path in tmp_path.iterdir()) == [*range(period, 8, period)]

    def test_a_period_is_a_whole_number(self, tmp_path):
        with pytest.raises(ValueError, match="`period` must be a whole number of at least 1"):
            tinynet.callbacks.ModelCheckpoint(tmp_path / "a.npz", period=0)

    @pytest.mark.parametrize("steps", ["8 / 3", "np.float64(3.0)", "np.ceil(8 / 3)"])
    def test_keras_2_made_as_many_steps_as_a_fraction_needs(self, steps):
        model = net(1)
        model.compile("sgd", "mse")
        run(f"model.fit(X, Y, batch_size=3, steps_per_epoch={steps}, verbose=0); it = None", model=model)
        assert model.optimizer.iterations == 3
        assert run(f"it = model.predict(X, batch_size=3, steps={steps}, verbose=0)", model=model).shape == (8, 1)

    def test_the_loss_of_several_outputs_is_monitored_without_a_mode(self):
        history = run(
            "i = keras.Input((3,)); a = keras.layers.Dense(1, name='a')(i); b = keras.layers.Dense(1, name='b')(i)\n"
            "model = keras.Model(i, [a, b])\n"
            "model.compile('sgd', 'mse', metrics={'a': ['mae'], 'b': ['mse']})\n"
            "stop = keras.callbacks.EarlyStopping('val_loss', patience=1, restore_best_weights=True)\n"
            "it = model.fit(X, [Y, Y], epochs=2, verbose=0, validation_data=(X, [Y, Y]), callbacks=[stop]).history"
        )
        assert len(history["val_loss"]) == 2


class TestDecay:
    def test_a_decay_that_is_set_counts_as_one_that_was_given(self):
        rates = []
        for how in ("model.optimizer.decay = 0.5", "keras.backend.set_value(model.optimizer.decay, 0.5)"):
            model = net(1)
            model.compile(tinynet.optimizers.SGD(0.1), "mse")
            run(f"{how}; it = None", model=model)
            model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
            rates.append(model.get_weights()[0])
        given = net(1)
        given.compile(tinynet.optimizers.SGD(0.1, decay=0.5), "mse")
        given.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
        for weights in rates:
            np.testing.assert_array_equal(weights, given.get_weights()[0])

    def test_a_decay_that_is_taken_away_leaves_the_rate(self):
        optimizer = tinynet.optimizers.Adam(0.25, decay=0.5)
        optimizer.decay = 0
        assert (optimizer.learning_rate, optimizer.decay, optimizer.schedule) == (0.25, 0.0, None)

    def test_a_rate_that_follows_a_schedule_has_no_decay(self):
        optimizer = tinynet.optimizers.SGD(tinynet.optimizers.schedules.CosineDecay(0.1, 10))
        with pytest.raises(ValueError, match="sgd: `decay` is for a learning rate that is a number"):
            optimizer.decay = 0.5
        with pytest.raises(ValueError, match="must be a number of at least 0"):
            tinynet.optimizers.SGD(0.1).decay.assign(-1)

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


class TestKeras1:
    def test_functions_of_a_shape_make_weights(self):
        weights = run(
            "from keras import initializations\n"
            "def start(shape, name=None): return initializations.normal(shape, scale=0.01, name=name)\n"
            "def plain(shape): return np.full(shape, 2.0)\n"
            "from keras.layers import Dense, Embedding\n"
            "m = keras.Sequential([Embedding(30, 40, init=start, input_length=1), keras.layers.Flatten(),\n"
            "                      Dense(3, kernel_initializer=plain)])\n"
            "m.build((None, 1)); it = m.get_weights()"
        )
        assert abs(weights[0].std() - 0.01) < 0.002
        assert (weights[1] == 2).all()

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("zero", np.zeros((2, 2))), ("one", np.ones((2, 2))), ("identity", np.eye(2))],
    )
    def test_the_functions_are_those_of_the_initializers(self, name, expected):
        np.testing.assert_array_equal(run(f"from keras import initializations as i; it = i.{name}((2, 2))"), expected)

    @pytest.mark.parametrize("name", ["uniform", "lecun_uniform", "glorot_normal", "glorot_uniform", "he_normal"])
    def test_the_others_draw_an_array_of_the_shape(self, name):
        drawn = run(f"from keras import initializations as i; it = i.get('{name}')((50, 4)), i.{name}((50, 4))")
        assert drawn[0].shape == drawn[1].shape == (50, 4)
        assert np.std(drawn[1]) == pytest.approx(np.std(drawn[0]), rel=0.4)

    def test_yaml_describes_a_model(self):
        model = run(
            "from keras.models import model_from_yaml\n"
            "m = keras.Sequential([keras.layers.Dense(3, input_dim=2, name='a')]); it = model_from_yaml(m.to_yaml())"
        )
        assert [layer.name for layer in model.layers] == ["a"]


class TestModules:
    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("keras.src.utils", "pad_sequences"),
            ("keras.src.metrics", "MeanSquaredError"),
            ("keras.src.layers.core.dense", "Dense"),
            ("keras.src.legacy.preprocessing.text", "Tokenizer"),
            ("keras._tf_keras.keras.models", "Sequential"),
            ("keras.api._v2.keras.layers", "Dense"),
            ("tensorflow.python.keras.api._v2.keras.callbacks", "EarlyStopping"),
        ],
    )
    def test_what_editors_import_by_themselves_is_there(self, module, name):
        assert callable(run(f"from {module} import {name} as it"))

    def test_a_file_of_this_machine_has_an_address(self, tmp_path):
        (tmp_path / "a b.csv").write_text("x,y")
        address = (tmp_path / "a b.csv").as_uri()
        found = run(f"it = keras.utils.get_file('c.csv', {address!r}, cache_dir={str(tmp_path / 'cache')!r})")
        with open(found) as file:
            assert file.read() == "x,y"
        with pytest.raises(ValueError, match="has another hash"):
            run(f"keras.utils.get_file('d.csv', {address!r}, md5_hash='0' * 32, cache_dir={str(tmp_path)!r})")


class TestSeveralArguments:
    CRITIC = (
        "class Critic(keras.Model):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.one, self.end = keras.layers.Dense(8, activation='tanh'), keras.layers.Dense(1)\n"
        "    @tf.function\n"
        "    def call(self, state, action, training=False):\n"
        "        return self.end(self.one(tf.concat([state, action], axis=1)))\n"
        "critic = Critic(); S, A = X, X[:, :2]\n"
    )

    def test_a_call_takes_an_argument_for_each_input(self):
        found = run(
            self.CRITIC + "a = critic(S, A); b = critic(S, action=A, training=True); c = critic([S, A])\n"
            "it = [np.asarray(each) for each in (a, b, c, critic.call(S, A))]"
        )
        for each in found:
            np.testing.assert_allclose(each, found[0], rtol=1e-6)

    def test_it_is_followed_by_a_tape_and_trained(self):
        slopes, loss = run(
            self.CRITIC + "critic(S, A)\n"
            "with tf.GradientTape() as tape: value = tf.reduce_mean(critic(S, A) ** 2)\n"
            "slopes = tape.gradient(value, critic.trainable_variables)\n"
            "critic.compile('sgd', 'mse')\n"
            "it = slopes, critic.fit([S, A], Y, epochs=1, verbose=0).history['loss'][0]"
        )
        assert [each.shape for each in slopes] == [(5, 8), (8,), (8, 1), (1,)]
        assert np.any(slopes[0])
        assert np.isfinite(loss)


class TestWhatModelsPredict:
    def test_one_entry_alone_is_a_number_whatever_its_axes(self):
        found = run(
            "p = model.predict(X, verbose=0)\n"
            "it = float(p[0]), int(10 * p[0]), '%.3f' % p[0], float(model(X[:1])), int(tf.argmax(model(X[:1]), 1))",
            model=net(1),
        )
        first = float(X[0].sum())
        assert found == (pytest.approx(first), int(10 * first), f"{first:.3f}", pytest.approx(first), 0)

    def test_else_it_is_an_array_as_others(self):
        import pickle

        outputs = run("it = model.predict(X, verbose=0)", model=net(2))
        plain = np.asarray(outputs)
        assert isinstance(outputs, np.ndarray)
        assert (str(outputs), repr(outputs)) == (str(plain), repr(plain))
        assert type(outputs.mean()) is type(outputs.max()) is type(outputs[0, 0]) is np.float32
        assert type(pickle.loads(pickle.dumps(outputs))) is np.ndarray
        with pytest.raises(TypeError):
            float(outputs)
        np.testing.assert_array_equal(outputs @ plain.T, plain @ plain.T)

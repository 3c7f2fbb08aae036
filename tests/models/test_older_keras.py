"""Programs of Keras 1 and 2: names of arguments, methods and results that later versions changed."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

import tinynet
from tinynet.callbacks import Callback, EarlyStopping, HistoryDict, ReduceLROnPlateau
from tinynet.layers import Dense, Dropout, Flatten
from tinynet.optimizers import SGD, Adagrad, Adam, RMSprop
from tinynet.training.progress import Progress
from tinynet.utils import to_categorical

X = np.random.default_rng(0).random((32, 3))
Y = X.sum(axis=1) > 1.5


def model(units=1, activation="sigmoid", loss="binary_crossentropy", **options):
    tinynet.set_random_seed(0)
    made = tinynet.Sequential([Dense(4, input_dim=3, activation="relu"), Dense(units, activation=activation)])
    made.compile(options.pop("optimizer", "sgd"), loss, **options)
    return made


def config(layer):
    return {name: value for name, value in layer.get_config().items() if name != "name"}


class TestArgumentsUnderTheirOldNames:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (lambda: Dense(output_dim=4, init="ones"), lambda: Dense(4, kernel_initializer="ones")),
            (lambda: Dense(4, bias=False), lambda: Dense(4, use_bias=False)),
            (
                lambda: Dense(4, W_regularizer="l2", b_regularizer="l1"),
                lambda: Dense(4, kernel_regularizer="l2", bias_regularizer="l1"),
            ),
            (lambda: Dense(4, batch_input_shape=(None, 7)), lambda: Dense(4, input_shape=(7,))),
            (lambda: Dropout(p=0.25), lambda: Dropout(0.25)),
            (lambda: Flatten(input_dim=5), lambda: Flatten(input_shape=(5,))),
            (lambda: SGD(lr=0.5), lambda: SGD(0.5)),
            (lambda: RMSprop(lr=0.5, epsilon=None, decay=None), lambda: RMSprop(0.5)),
        ],
    )
    def test_make_the_same_part(self, old, new):
        assert config(old()) == config(new())

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: Dense(4, output_dim=5), "Dense: `output_dim` is an older name of `units`: give one of them"),
            (lambda: Dense(4, init="ones", kernel_initializer="zeros"), "`init` is an older name of `kernel_init"),
            (lambda: SGD(0.1, lr=0.2), "SGD: `lr` is an older name of `learning_rate`"),
            (lambda: model().fit(X, Y, epochs=2, nb_epoch=3), "fit: `nb_epoch` is an older name of `epochs`"),
            (lambda: Dense(4, inti="ones"), "unexpected keyword argument 'inti'"),
            (lambda: Flatten(p=3), "unexpected keyword argument 'p'"),
        ],
    )
    def test_are_refused_beside_the_new_ones_and_where_they_mean_nothing(self, call, message):
        with pytest.raises(TypeError, match=message):
            call()

    def test_a_class_with_an_argument_of_that_name_keeps_it(self):
        class Own(Dense):
            def __init__(self, p, units=3, **options):
                super().__init__(units, **options)
                self.p = p

        assert (Own(p=0.5).p, Own(0.5, init="ones", output_dim=2).units) == (0.5, 2)

    def test_train_a_model(self):
        history = model().fit(X, Y, nb_epoch=2, verbose=0, workers=4, use_multiprocessing=True)
        assert history.epoch == [0, 1]
        generator = ((X, Y) for _ in range(9))
        history = model().fit_generator(generator, steps_per_epoch=2, nb_epoch=2, max_q_size=3, verbose=0)
        assert history.params["epochs"] == 2

    def test_elsewhere(self):
        assert to_categorical([1], nb_classes=3).tolist() == [[0.0, 1.0, 0.0]]
        assert ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5

    def test_accuracy_is_shown_where_keras_0_was_asked_to(self):
        made = model()
        made.fit(X, Y, show_accuracy=True, verbose=0)
        assert made.metrics_names == ["loss", "accuracy"]
        made.compile(loss="mse", optimizer="sgd", class_mode="binary")
        assert len(made.evaluate(X, Y, show_accuracy=True, verbose=0)) == 2


class TestDecay:
    @pytest.mark.parametrize("compiled", [True, False])
    def test_divides_the_learning_rate_as_keras_2_does(self, compiled):
        tinynet.set_random_seed(0)
        made = tinynet.Sequential([Dense(1, input_dim=3, dtype="float64")])
        made.compile(SGD(0.1, momentum=0.5, decay=0.5), "mse", compiled=compiled)
        w, b = made.get_weights()
        y, vw, vb = X.sum(axis=1), 0.0, 0.0
        made.fit(X, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        for step, rows in enumerate([slice(0, 16), slice(16, 32)] * 2):
            error = 2 * (X[rows] @ w + b - y[rows, None]) / 16
            rate = 0.1 / (1 + 0.5 * step)
            vw, vb = 0.5 * vw - rate * X[rows].T @ error, 0.5 * vb - rate * error.sum(axis=0)
            w, b = w + vw, b + vb
        np.testing.assert_allclose(made.get_weights()[0], w, rtol=1e-12)
        np.testing.assert_allclose(made.get_weights()[1], b, rtol=1e-12)

    @pytest.mark.parametrize("kind", [SGD, Adam, RMSprop, Adagrad])
    def test_is_taken_by_every_optimizer_and_the_rate_stays_settable(self, kind):
        optimizer = pickle.loads(pickle.dumps(kind(lr=0.5, decay=1.0)))
        assert (optimizer.lr, optimizer.decay) == (0.5, 1.0)
        optimizer.iterations.assign(3)
        optimizer.learning_rate = 0.25
        assert (optimizer.learning_rate, optimizer.schedule(3, 1).tolist()) == (0.25, [0.0625])

    def test_is_kept_in_a_configuration_that_keras_3_reads(self):
        written = SGD(0.5, decay=1.0).get_config()
        assert written["learning_rate"]["class_name"] == "InverseTimeDecay"
        assert SGD.from_config(written).schedule(3, 1).tolist() == [0.125]

    @pytest.mark.parametrize("decay", [-1, np.inf, "fast"])
    def test_is_a_number_of_at_least_0(self, decay):
        with pytest.raises((TypeError, ValueError), match="`decay` must be a number"):
            SGD(decay=decay)


class TestResults:
    def test_classes_and_probabilities(self):
        one, three = model(), model(3, "softmax", "sparse_categorical_crossentropy")
        outputs = one.predict(X, verbose=0)
        np.testing.assert_array_equal(one.predict_classes(X), outputs > 0.5)
        np.testing.assert_array_equal(one.predict_proba(X), outputs)
        np.testing.assert_array_equal(three.predict_classes(X), three.predict(X, verbose=0).argmax(axis=1))

    @pytest.mark.parametrize("metrics", ["accuracy", "acc", tinynet.metrics.BinaryAccuracy()])
    def test_one_metric_need_not_be_in_a_list(self, metrics):
        assert len(model(metrics=metrics).evaluate(X, Y, verbose=0)) == 2

    def test_lists_of_one_array_and_one_loss(self):
        made = model(loss=["mse"])
        assert made.fit([X], [Y], verbose=0).epoch == [0]
        np.testing.assert_array_equal(made.predict([X], verbose=0), made.predict(X, verbose=0))

    @pytest.mark.parametrize(
        ("given", "asked"),
        [
            ("mae", "mean_absolute_error"),
            ("mean_absolute_error", "mae"),
            ("mean_squared_error", "mse"),
            ("acc", "accuracy"),
            ("accuracy", "acc"),
        ],
    )
    def test_a_metric_is_found_by_its_short_name_and_its_long_one(self, given, asked):
        seen = []

        class Asks(Callback):
            def on_epoch_end(self, epoch, logs=None):
                seen.append((logs[asked], logs.get(f"val_{asked}")))

        stop = EarlyStopping(f"val_{asked}", mode="min", min_delta=9.0)
        history = model(loss="mse", metrics=[given]).fit(
            X, Y, validation_split=0.25, epochs=3, verbose=0, callbacks=[Asks(), stop]
        )
        assert history.epoch == [0, 1]  # stopped, as nothing is better by 9
        assert seen == [*zip(history.history[asked], history.history[f"val_{asked}"], strict=True)]
        assert asked in history.history

    def test_a_name_that_is_there_is_itself(self):
        logs = HistoryDict(mae=1.0, mean_absolute_error=2.0)
        assert (logs["mae"], logs["mean_absolute_error"], "mse" in logs) == (1.0, 2.0, False)
        with pytest.raises(KeyError, match="mse"):
            logs["mse"]

    @pytest.mark.parametrize("verbose", [3, -1, 10, np.int64(2)])
    def test_any_number_is_a_verbose(self, verbose):
        file = io.StringIO()
        with Progress(verbose, epochs=1, steps=1, stream=file) as progress:
            progress.epoch_begin(0)
            progress.epoch_end(0, {"loss": 1.0}, seconds=0.0, steps=1)
        assert file.getvalue().startswith("1/1 - 0s")

    @pytest.mark.parametrize("name", ["w.h5", "w.hdf5"])
    def test_weights_are_saved_under_the_name_that_is_given(self, name, tmp_path):
        pytest.importorskip("h5py")
        made, other = model(), model()
        made.fit(X, Y, verbose=0)
        made.save_weights(tmp_path / name)
        assert [path.name for path in tmp_path.iterdir()] == [name]
        other.load_weights(tmp_path / name)
        for one, two in zip(made.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)

    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
    def test_keras_reads_these_weights(self, tmp_path):
        pytest.importorskip("h5py")
        keras = pytest.importorskip("keras")
        made = model()
        made.save_weights(tmp_path / "w.h5")
        theirs = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(4, name=made.layers[0].name), keras.layers.Dense(1)]
        )
        theirs.load_weights(tmp_path / "w.h5")
        np.testing.assert_array_equal(theirs.layers[0].kernel.numpy(), made.get_weights()[0])

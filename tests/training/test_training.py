"""What `fit` does with each of its arguments, in both loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet.callbacks import Callback, LambdaCallback
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Dense


class TestHistory:
    @both_loops
    def test_keys_are_in_alphabetical_order_and_values_are_floats(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, metrics=["mse", "accuracy"])
        history = model.fit(x, y, epochs=3, validation_data=(x, y), verbose=0)
        assert list(history.history) == ["accuracy", "loss", "mse", "val_accuracy", "val_loss", "val_mse"]
        assert all(type(v) is float for values in history.history.values() for v in values)
        assert {len(values) for values in history.history.values()} == {3}

    @both_loops
    def test_params_epochs_and_the_models_history(self, compiled):
        x, y = two_classes(n=60)
        model = classifier(compiled)
        history = model.fit(x, y, batch_size=25, epochs=2, verbose=0)
        assert history.params == {"verbose": 0, "epochs": 2, "steps": 3}
        assert history.epoch == [0, 1]
        assert model.history is history
        assert history.model is model
        assert model.fit(x, y, verbose=0) is not history

    @both_loops
    def test_epochs_count_from_the_initial_one(self, compiled):
        x, y = two_classes()
        history = classifier(compiled).fit(x, y, initial_epoch=1, epochs=3, verbose=0)
        assert history.epoch == [1, 2]
        assert len(history.history["loss"]) == 2

    @pytest.mark.parametrize("epochs", [0, 2])
    def test_no_epochs_left_leave_an_empty_history(self, epochs):
        x, y = two_classes()
        model = classifier()
        before = model.get_weights()
        history = model.fit(x, y, epochs=epochs, initial_epoch=2, verbose=0)
        assert history.history == {}
        assert_same_weights(model, before)

    @both_loops
    def test_the_loss_of_an_epoch_is_the_mean_over_samples_not_over_batches(self, compiled):
        x, y = two_classes(n=50)
        model = classifier(compiled)
        model.trainable = False
        history = model.fit(x, y, batch_size=32, verbose=0)
        assert history.history["loss"][0] == pytest.approx(model.evaluate(x, y, batch_size=7, verbose=0)[0], rel=1e-6)


class TestLearning:
    @both_loops
    def test_two_classes_are_told_apart(self, compiled):
        x, y = two_classes(200)
        model = classifier(compiled, optimizer=tinynet.optimizers.Adam(0.02))
        history = model.fit(x, y, epochs=100, verbose=0)
        assert history.history["accuracy"][-1] > 0.95
        assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]

    @both_loops
    def test_training_goes_on_where_it_stopped(self, compiled):
        x, y = two_classes()
        once, twice = classifier(compiled, optimizer="adam"), classifier(compiled, optimizer="adam")
        once.fit(x, y, epochs=4, verbose=0, shuffle=False)
        for _ in range(2):
            twice.fit(x, y, epochs=2, verbose=0, shuffle=False)
        assert_same_weights(once, twice)
        assert once.optimizer.iterations == twice.optimizer.iterations == 8

    @both_loops
    def test_the_same_seed_gives_the_same_bits(self, compiled):
        x, y = two_classes()
        runs = [classifier(compiled, seed=5) for _ in range(2)]
        histories = [model.fit(x, y, epochs=3, verbose=0).history for model in runs]
        assert_same_weights(*runs)
        assert histories[0] == histories[1]

    def test_both_loops_shuffle_alike(self):
        x, y = two_classes()
        models = [classifier(compiled) for compiled in (True, False)]
        for model in models:
            model.fit(x, y, epochs=3, batch_size=16, verbose=0)
        assert_same_weights(*models, exactly=False, tolerance=1e-5)

    @both_loops
    def test_shuffling_takes_every_sample_once_an_epoch_in_ever_new_orders(self, compiled):
        seen = []

        class Spy(tinynet.losses.Loss):
            def forward(self, y, p):
                seen.extend(y[:, 0].tolist())
                return np.zeros(len(y))

            def backward(self, y, p):
                return np.zeros_like(p)

        model = classifier(compiled, loss=Spy(), metrics=None)
        model.fit(np.ones((20, 4)), np.arange(20.0), batch_size=8, epochs=2, verbose=0)
        first, second = seen[:20], seen[20:]
        assert sorted(first) == sorted(second) == list(range(20))
        assert first != second
        assert first != sorted(first)
        seen.clear()
        model.fit(np.ones((20, 4)), np.arange(20.0), batch_size=8, verbose=0, shuffle=False)
        assert seen == list(range(20))

    @both_loops
    def test_recompiling_keeps_the_weights_and_starts_the_optimizer_anew(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, optimizer="adam")
        model.fit(x, y, verbose=0)
        weights = model.get_weights()
        model.compile("sgd", "mse", compiled=compiled)
        assert_same_weights(model, weights)
        assert model.optimizer.iterations == 0
        assert model.metrics_names == ["loss"]
        assert list(model.fit(x, y, verbose=0).history) == ["loss"]

    @both_loops
    def test_the_learning_rate_may_be_set_while_training(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, optimizer="sgd")
        model.optimizer.learning_rate = 0.0
        before = model.get_weights()
        model.fit(x, y, verbose=0)
        assert_same_weights(model, before)
        model.fit(
            x,
            y,
            epochs=2,
            verbose=0,
            callbacks=[LambdaCallback(on_epoch_end=lambda e, logs: setattr(model.optimizer, "learning_rate", 0.1))],
        )
        assert (model.get_weights()[0] != before[0]).any()

    @both_loops
    def test_clipping_and_decay_may_be_set_later(self, compiled):
        x, y = two_classes()
        later = classifier(compiled, optimizer=tinynet.optimizers.SGD(0.1))
        later.optimizer.clipnorm, later.optimizer.weight_decay = 0.01, 0.1
        given = classifier(compiled, optimizer=tinynet.optimizers.SGD(0.1, clipnorm=0.01, weight_decay=0.1))
        for model in (later, given):
            model.fit(x, y, verbose=0, shuffle=False)
        assert_same_weights(later, given)
        assert (given.optimizer.clipnorm, given.optimizer.clipvalue) == (0.01, None)


@pytest.mark.skipif(not COMPILED or not Path("/proc/self/status").exists(), reason="the compiled loop's, on Linux")
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_kernels_give_back_what_memory_they_take(form):
    x, y = two_classes()
    model = tinynet.Sequential([Dense(40, activation="relu"), Dense(400, activation="relu"), Dense(3, "softmax")])
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def run(epochs):
        model.fit(form(x), y, epochs=epochs, validation_data=(form(x), y), verbose=0)
        model.evaluate(form(x), y, verbose=0)
        model.predict(form(x), verbose=0)
        return resident_kilobytes()

    before = min(run(20) for _ in range(3))
    steps = 100 * -(-len(x) // 32)
    # The transposed kernel alone, which is taken and given back in every step, is 64 kB.
    assert run(100) - before < steps * 64 / 4


def resident_kilobytes():
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


class TestWeighting:
    @both_loops
    def test_the_weighted_loss_is_divided_by_the_number_of_samples(self, compiled):
        x, y = two_classes()
        weights = np.random.default_rng(0).random(60).astype("float32")
        model = classifier(compiled)
        each = [model.evaluate(x[i : i + 1], y[i : i + 1], verbose=0)[0] for i in range(60)]
        loss = model.evaluate(x, y, sample_weight=weights, verbose=0)[0]
        assert loss == pytest.approx(np.mean(np.array(each) * weights), rel=1e-5)

    @both_loops
    def test_a_weight_of_two_trains_like_the_sample_twice(self, compiled):
        x, y = two_classes(10)
        weighted, doubled = (classifier(compiled, optimizer="sgd") for _ in range(2))
        weighted.fit(x, y, sample_weight=np.full(10, 2.0), batch_size=10, verbose=0)
        doubled.optimizer.learning_rate *= 2
        doubled.fit(x, y, batch_size=10, verbose=0)
        assert_same_weights(weighted, doubled, exactly=False)

    @both_loops
    @pytest.mark.parametrize("form", [lambda y: y, lambda y: y[:, None], lambda y: y.astype(int).tolist()])
    def test_class_weights_are_sample_weights(self, compiled, form):
        x, y = two_classes()
        by_class, by_sample = classifier(compiled), classifier(compiled)
        by_class.fit(x, form(y), class_weight={1: 3.0}, verbose=0, shuffle=False)
        by_sample.fit(x, y, sample_weight=np.where(y == 1, 3.0, 1.0), verbose=0, shuffle=False)
        assert_same_weights(by_class, by_sample)

    @both_loops
    def test_only_weighted_metrics_are_weighted(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, metrics=["mae"], weighted_metrics=["mae", "mse"])
        weights = np.linspace(0, 1, 60)
        plain = model.evaluate(x, y, verbose=0, return_dict=True)
        logs = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
        assert model.metrics_names == ["loss", "mae", "weighted_mae", "mse"]
        assert list(logs) == ["loss", "mae", "mse", "weighted_mae"]
        assert logs["mae"] == pytest.approx(plain["mae"])
        errors = np.abs(model.predict(x, verbose=0)[:, 0] - y)
        assert logs["weighted_mae"] == pytest.approx((errors * weights).sum() / weights.sum(), rel=1e-5)


class TestCallbacks:
    @both_loops
    def test_batch_hooks_get_the_means_so_far_of_every_batch(self, compiled):
        x, y = two_classes(50)
        seen = []

        class Watch(Callback):
            def on_train_batch_end(self, batch, logs=None):
                seen.append((batch, sorted(logs), logs["loss"]))

        history = classifier(compiled).fit(x, y, batch_size=20, epochs=2, verbose=0, callbacks=[Watch()])
        assert [(batch, keys) for batch, keys, _ in seen] == [(b, ["accuracy", "loss"]) for b in (0, 1, 2)] * 2
        assert [seen[2][2], seen[5][2]] == history.history["loss"]

    @both_loops
    def test_listening_changes_nothing(self, compiled):
        x, y = two_classes(50)
        watched, alone = classifier(compiled), classifier(compiled)
        hooks = LambdaCallback(on_train_batch_end=lambda batch, logs: None, on_epoch_end=lambda epoch, logs: None)
        one = watched.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=[hooks])
        other = alone.fit(x, y, batch_size=8, epochs=3, verbose=0)
        assert one.history == other.history
        assert_same_weights(watched, alone)

    @both_loops
    def test_stopping_after_an_epoch(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        stop = LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 1))
        history = model.fit(x, y, epochs=9, validation_data=(x, y), verbose=0, callbacks=[stop])
        assert history.epoch == [0, 1]
        assert len(history.history["val_loss"]) == 2
        assert len(model.fit(x, y, epochs=3, verbose=0).epoch) == 3

    @both_loops
    def test_stopping_after_a_batch(self, compiled):
        x, y = two_classes(60)
        model = classifier(compiled)
        stop = LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", batch == 1))
        history = model.fit(x, y, batch_size=10, epochs=9, verbose=0, callbacks=[stop])
        assert model.optimizer.iterations == 2
        assert history.epoch == [0]


def test_a_batch_size_beyond_the_data_is_all_the_data_and_costs_no_memory():
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((10, 3)), np.zeros(10)
    history = model.fit(x, y, batch_size=10**9, epochs=2, verbose=0, validation_data=(x, y))
    assert (model.optimizer.iterations, history.params["steps"]) == (2, 1)
    assert model.evaluate(x, y, batch_size=10**9, verbose=0) == history.history["val_loss"][-1]

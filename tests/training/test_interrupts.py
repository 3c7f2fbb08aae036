"""Ctrl-C while a model trains: soon, never within a batch, and the model goes on afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet.callbacks import Callback, LambdaCallback
from tinynet.data import arrays
from tinynet.layers import Dense, Input, Layer
from tinynet.models import Sequential

FOREVER = 10**7
# Seconds within which Ctrl-C must have ended a training; on a busy machine this thread may not even be asked for long.
PROMPT = 0.2 if os.getloadavg()[0] < (os.cpu_count() or 1) else 1.0
X, Y = two_classes(256)
BATCH = 32
STEPS = 256 // BATCH


@contextmanager
def ctrl_c(after):
    """Press Ctrl-C while the body runs; check that it ends it, and soon."""
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(after, press)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
        ended = time.perf_counter()
    finally:
        timer.cancel()
    assert signal.getsignal(signal.SIGINT) is handler
    assert ended - pressed[0] < PROMPT


def replay(model, compiled):
    """Train a twin, without an interrupt, for as many batches as the model's optimizer has counted."""
    twin = classifier(compiled)
    epochs, batches = divmod(model.optimizer.iterations, STEPS)
    twin.fit(X, Y, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0)
    for start in range(0, batches * BATCH, BATCH):
        twin.train_on_batch(X[start : start + BATCH], Y[start : start + BATCH])
    return twin


@both_loops
@pytest.mark.parametrize("way", ["nobody listens", "to epochs", "to batches", "in chunks"])
@pytest.mark.parametrize("after", [0.05, 0.081])
def test_the_model_stands_after_its_last_whole_batch(compiled, way, after, monkeypatch):
    model = classifier(compiled)
    model.fit(X, Y, batch_size=BATCH, validation_data=(X, Y), verbose=0)  # compiled or loaded
    model = classifier(compiled)
    hook = {"to epochs": "on_epoch_end", "to batches": "on_train_batch_end"}.get(way)
    callbacks = [LambdaCallback(**{hook: lambda number, logs: None})] if hook else None
    x = X
    if way == "in chunks":
        monkeypatch.setattr(arrays, "CHUNK_BYTES", 100 * 16)
        x = X.astype("float64")
    with ctrl_c(after):
        model.fit(x, Y, batch_size=BATCH, epochs=FOREVER, shuffle=False, verbose=0, callbacks=callbacks)
    assert model.optimizer.iterations > 0
    assert_same_weights(model, replay(model, compiled))

    history = model.history
    epochs = model.optimizer.iterations // STEPS
    assert epochs - 1 <= len(history.epoch) <= epochs
    assert history.epoch == list(range(len(history.epoch)))
    assert {len(values) for values in history.history.values()} <= {len(history.epoch)}

    before = model.get_weights()
    assert np.isfinite(model.predict(X, verbose=0)).all()
    assert len(model.fit(X, Y, epochs=2, verbose=0).epoch) == 2
    assert (model.get_weights()[0] != before[0]).any()


@both_loops
def test_validation_is_interrupted_too(compiled):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400_000, 4)).astype("float32")
    y = (x[:, 0] > 0).astype("float32")
    model = classifier(compiled, units=16)
    model.fit(X, Y, batch_size=BATCH, verbose=0)
    model.evaluate(X, Y, batch_size=BATCH, verbose=0)  # both are compiled or loaded now
    reached = []
    watch = LambdaCallback(
        on_test_begin=lambda logs: reached.append("begin"), on_test_end=lambda logs: reached.append("end")
    )
    with ctrl_c(0.1):
        model.fit(
            X,
            Y,
            batch_size=BATCH,
            epochs=FOREVER,
            validation_data=(x, y),
            validation_batch_size=1,
            verbose=0,
            callbacks=[watch],
        )
    assert reached.count("begin") == reached.count("end") + 1
    assert len(model.fit(X, Y, verbose=0).epoch) == 1


@both_loops
@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_evaluate_and_predict_are_interrupted_too(compiled, method):
    model = classifier(compiled)
    x = np.ones((1_000_000 if compiled else 400_000, 4), "float32")
    arguments = (x, np.ones(len(x), "float32")) if method == "evaluate" else (x,)
    getattr(model, method)(*(a[:10] for a in arguments), verbose=0)
    with ctrl_c(0.02):
        while True:
            getattr(model, method)(*arguments, batch_size=1, verbose=0)


def test_a_slow_layer_of_the_users_own_is_interrupted_as_soon():
    class Slow(Layer):
        def forward(self, x, training=False):
            time.sleep(0.01)
            return x

        def backward(self, dy):
            return dy

    model = Sequential([Input((4,)), Dense(1), Slow(), Dense(1)])
    model.compile("sgd", "mse")
    with ctrl_c(0.05):
        model.fit(X, Y, batch_size=1, epochs=FOREVER, verbose=0)


@pytest.mark.parametrize("after", [0.005, 0.05])
def test_long_samples_are_interrupted_as_soon(after):
    x = np.ones((1000, 2000, 4), "float32")
    model = Sequential([Input((2000, 4)), Dense(8, activation="tanh"), Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    y = np.ones((1000, 2000, 1), "float32")
    model.train_on_batch(x[:1], y[:1])
    with ctrl_c(after):
        model.fit(x, y, batch_size=1, epochs=FOREVER, verbose=0)


def test_a_callback_may_raise_and_the_handler_is_given_back():
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise (KeyboardInterrupt if epoch == 1 else RuntimeError("no"))

    handler = signal.getsignal(signal.SIGINT)
    model = classifier()
    with pytest.raises(RuntimeError, match="no"):
        model.fit(X, Y, epochs=5, verbose=0, callbacks=[Stop()])
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=5, initial_epoch=1, verbose=0, callbacks=[Stop()])
    assert signal.getsignal(signal.SIGINT) is handler
    model.fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is handler


@both_loops
def test_a_users_own_handler_is_called_once_and_decides(compiled):
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        model = classifier(compiled)
        stop = LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", bool(heard)))
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        model.fit(X, Y, epochs=FOREVER, verbose=0, callbacks=[stop])
        timer.join()
        assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pressed = LambdaCallback(on_epoch_end=lambda epoch, logs: os.kill(os.getpid(), signal.SIGINT))
        assert len(classifier().fit(X, Y, epochs=3, verbose=0, callbacks=[pressed]).epoch) == 3
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@both_loops
def test_training_in_another_thread_works_and_leaves_signals_alone(compiled):
    handler = signal.getsignal(signal.SIGINT)
    model, alone = classifier(compiled), classifier(compiled)
    alone.fit(X, Y, epochs=3, verbose=0)
    seen = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(signal.getsignal(signal.SIGINT)))
    thread = threading.Thread(target=lambda: model.fit(X, Y, epochs=3, verbose=0, callbacks=[watch]))
    thread.start()
    thread.join()
    assert_same_weights(model, alone)
    assert set(seen) == {handler}

"""Changes during a fit count at the next batch, or are refused clearly."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet import activations
from tinynet.callbacks import Callback, LambdaCallback
from tinynet.layers import Dense
from tinynet.models import Sequential

X, Y = two_classes(64)
FOREVER = 10**7


def at_batch(number, action):
    """Return a callback that acts once, after batch `number` of the training."""
    done = []

    def act(batch, logs):
        done.append(batch)
        if len(done) == number:
            action()

    return LambdaCallback(on_train_batch_end=act)


def from_another_thread(model, action, after=0.05):
    """Act in another thread, a while after the model has begun to train (before, `fit` would set what is stopped)."""
    begun = model.optimizer.iterations

    def wait_and_act():
        while model.optimizer.iterations == begun:
            time.sleep(0.001)
        time.sleep(after)
        action()

    threading.Thread(target=wait_and_act, daemon=True).start()


def wait_for_steps(model, changes=3):
    """Wait until a model that another thread trains has taken steps that began after now, on a busy machine too."""
    for _ in range(changes):
        before = model.optimizer.iterations
        while model.optimizer.iterations == before:
            time.sleep(0.001)


# ---- stop_training ---------------------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize(
    ("hook", "batches"),
    [
        ("on_train_begin", 1),
        ("on_epoch_begin", 1),
        ("on_batch_begin", 1),
        ("on_train_batch_begin", 1),
        ("on_train_batch_end", 1),
        ("on_batch_end", 1),
        ("on_test_begin", 8),
        ("on_test_batch_end", 8),
        ("on_test_end", 8),
        ("on_epoch_end", 8),
        ("on_train_end", 24),
    ],
)
def test_stop_training_from_any_hook_stops_after_as_many_batches_as_in_keras(compiled, hook, batches):
    class Stop(Callback):
        pass

    setattr(Stop, hook, lambda self, *given: setattr(self.model, "stop_training", True))
    model = classifier(compiled)
    history = model.fit(X, Y, batch_size=8, epochs=3, validation_data=(X, Y), callbacks=[Stop()], verbose=0)
    assert model.optimizer.iterations == batches
    assert len(history.epoch) == (3 if batches == 24 else 1)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


@both_loops
@pytest.mark.parametrize("validation", [None, (X, Y)])
@pytest.mark.parametrize("batch_size", [1, 64])
def test_stop_training_from_another_thread_is_seen_soon_where_nobody_listens(compiled, validation, batch_size):
    model = classifier(compiled)
    model.fit(X, Y, batch_size=batch_size, validation_data=validation, verbose=0)
    stopped = []

    def stop():
        stopped.append(time.perf_counter())
        model.stop_training = True

    from_another_thread(model, stop)
    history = model.fit(X, Y, batch_size=batch_size, epochs=FOREVER, validation_data=validation, verbose=0)
    assert time.perf_counter() - stopped[0] < 1.0  # some 50 ms on a quiet machine
    assert history.epoch == list(range(len(history.epoch)))
    assert {len(column) for column in history.history.values()} == {len(history.epoch)}
    steps = 64 // batch_size
    assert len(history.epoch) == -(-(model.optimizer.iterations - steps) // steps)


def test_an_epoch_that_another_thread_stops_is_recorded_with_what_it_has_come_to():
    x, y = two_classes(20_000)
    model = classifier()
    model.fit(x[:64], y[:64], batch_size=1, verbose=0)
    before = model.optimizer.iterations
    from_another_thread(model, lambda: setattr(model, "stop_training", True), after=0.02)
    history = model.fit(x, y, batch_size=1, epochs=1000, validation_data=(X, Y), verbose=0)
    assert model.optimizer.iterations - before < 1000 * 20_000
    assert history.epoch == list(range(len(history.epoch)))
    assert history.epoch
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)  # summed over batches of another size
    assert history.history["val_accuracy"][-1] == pytest.approx(accuracy)
    assert np.isfinite(history.history["loss"][-1])


# ---- what is refused -------------------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_end", "on_train_batch_end"])
@pytest.mark.parametrize("method", ["compile", "add", "pop"])
def test_compile_add_and_pop_are_refused_while_the_model_is_fitted_and_work_afterwards(compiled, hook, method):
    model = classifier(compiled)
    calls = {
        "compile": lambda: model.compile("sgd", "mse"),
        "add": lambda: model.add(Dense(1, name="more")),
        "pop": model.pop,
    }
    refused = []

    def act(*given):
        with pytest.raises(ValueError, match=f"{method}: model '{model.name}' is being fitted"):
            calls[method]()
        refused.append(hook)

    twin = classifier(compiled)
    model.fit(X, Y, epochs=2, callbacks=[LambdaCallback(**{hook: act})], verbose=0)
    twin.fit(X, Y, epochs=2, verbose=0)
    assert refused
    assert_same_weights(model, twin)
    calls[method]()


@pytest.mark.parametrize("name", ["optimizer", "loss"])
def test_what_compile_is_given_cannot_be_replaced_without_compiling(name):
    model = classifier()
    with unchanged(model), pytest.raises(AttributeError, match=f"`{name}` is set by compiling"):
        setattr(model, name, "sgd")


def test_a_fit_that_ended_with_an_error_leaves_the_model_free():
    model = classifier()
    with pytest.raises(ZeroDivisionError):
        model.fit(X, Y, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: 1 / 0)], verbose=0)
    model.compile("sgd", "mse")
    model.add(Dense(1, name="more"))


def test_another_thread_that_compiles_is_refused_as_well():
    model, errors = classifier(), []

    def compile_and_stop():
        try:
            model.compile("sgd", "mse")
        except ValueError as error:
            errors.append(error)
        model.stop_training = True

    from_another_thread(model, compile_and_stop)
    model.fit(X, Y, epochs=FOREVER, verbose=0)
    assert len(errors) == 1


@both_loops
def test_a_model_over_layers_that_another_thread_trains_is_not_built_as_its_weights_would_move(compiled):
    model, errors = classifier(compiled, optimizer="sgd"), []

    def share_and_stop():
        try:
            Sequential([*model.layers, Dense(2, name="more")])
        except ValueError as error:
            errors.append(str(error))
        model.stop_training = True

    from_another_thread(model, share_and_stop)
    model.fit(X, Y, batch_size=16, epochs=FOREVER, verbose=0)
    assert "which another thread is fitting" in errors[0]
    assert Sequential([*model.layers, Dense(2, name="more")]).built


# ---- what counts at the next batch -----------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("what", ["learning rate", "frozen", "thawed", "weights", "activation", "fused activation"])
def test_a_change_by_a_callback_counts_from_the_next_batch(compiled, what):
    def change(model):
        dense = model.layers[0]
        if what == "learning rate":
            model.optimizer.learning_rate = 0.5
        elif what == "frozen":
            dense.trainable = False
        elif what == "thawed":
            dense.trainable = True
        elif what == "weights":
            model.set_weights([np.ones_like(w) for w in model.get_weights()])
        elif what == "activation":
            dense.activation = activations.get("tanh")
        else:
            model.layers[-1].activation = activations.get("softplus")

    models = [classifier(compiled, optimizer="adam", loss="binary_crossentropy") for _ in range(2)]
    for model in models:
        if what == "thawed":
            model.layers[0].trainable = False
    whole, parts = models
    whole.fit(X, Y, batch_size=16, shuffle=False, callbacks=[at_batch(2, lambda: change(whole))], verbose=0)
    for start in range(0, 64, 16):
        if start == 32:
            change(parts)
        parts.train_on_batch(X[start : start + 16], Y[start : start + 16])
    assert_same_weights(whole, parts)


@both_loops
def test_a_learning_rate_that_another_thread_sets_to_0_stands_the_training_still(compiled):
    model, seen = classifier(compiled, optimizer="sgd"), []

    def still():
        model.optimizer.learning_rate = 0.0
        wait_for_steps(model)
        seen.append(model.get_weights())
        wait_for_steps(model)
        seen.append(model.get_weights())
        model.stop_training = True

    from_another_thread(model, still)
    model.fit(X, Y, epochs=FOREVER, verbose=0)
    assert_same_weights(*seen)


@both_loops
def test_a_layer_that_another_thread_freezes_stands_still_while_the_others_are_trained(compiled):
    model, seen = classifier(compiled), []

    def freeze():
        model.layers[0].trainable = False
        wait_for_steps(model)
        seen.append(model.get_weights())
        wait_for_steps(model)
        seen.append(model.get_weights())
        model.stop_training = True

    from_another_thread(model, freeze)
    model.fit(X, Y, epochs=FOREVER, verbose=0)
    before, after = seen
    assert_same_weights(before[:2], after[:2])
    assert any((a != b).any() for a, b in zip(before[2:], after[2:], strict=True))


@both_loops
def test_fit_evaluate_and_predict_within_callbacks_leave_the_outer_fit_right(compiled):
    model, twin = classifier(compiled), classifier(compiled)
    inner = []

    def nested(epoch, logs):
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        if epoch == 1:
            inner.append(model.fit(X, Y, shuffle=False, verbose=0))

    history = model.fit(X, Y, epochs=3, callbacks=[LambdaCallback(on_epoch_end=nested)], shuffle=False, verbose=0)
    twin.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    assert_same_weights(model, twin)
    assert (history.epoch, inner[0].epoch) == ([0, 1, 2], [0])

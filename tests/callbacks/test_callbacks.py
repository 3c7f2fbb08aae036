"""Callbacks: what they are told and when, and that they decide as Keras's do."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse

import tinynet
from tests.support.callbacks import FakeModel, drive
from tests.support.nets import classifier, two_classes
from tinynet import callbacks
from tinynet.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

MADE = {
    "BackupAndRestore": lambda folder: callbacks.BackupAndRestore(folder),
    "CSVLogger": lambda folder: CSVLogger(folder / "log.csv"),
    "LearningRateScheduler": lambda folder: LearningRateScheduler(lambda epoch: 0.1),
    "ModelCheckpoint": lambda folder: ModelCheckpoint(folder / "model.npz"),
}
HOOKS = sorted(name for name in dir(Callback) if name.startswith("on_"))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", sorted(set(callbacks.__all__) - {"HistoryDict"}))
def test_every_hook_without_a_model_does_nothing_or_says_that_there_is_none(name, tmp_path):
    for hook in HOOKS:
        made = MADE[name](tmp_path) if name in MADE else getattr(callbacks, name)()
        number = [0] if "epoch" in hook or "batch" in hook else []
        for _ in range(3):
            try:
                getattr(made, hook)(*number, {"loss": 1.0, "val_loss": 1.0})
            except ValueError as refused:
                assert "has no model: `fit` sets it" in str(refused), hook  # noqa: PT017  # not every hook needs one


class TestTheList:
    def test_hooks_are_called_in_the_order_of_the_list_and_the_history_last(self):
        seen = []
        first = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append("first"))
        second = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append("second"))
        callbacks = CallbackList([first, second])
        assert callbacks.callbacks == [first, second, callbacks.history]
        callbacks.on_epoch_end(0, {"loss": 1.0})
        assert seen == ["first", "second"]

    def test_logs_arrive_in_alphabetical_order_as_python_floats(self):
        seen = {}
        callbacks = CallbackList(LambdaCallback(on_epoch_end=lambda epoch, logs: seen.update(logs)))
        callbacks.on_epoch_end(0, {"val_loss": np.float32(2), "loss": np.float64(1), "accuracy": 0})
        assert list(seen) == ["accuracy", "loss", "val_loss"]
        assert [type(value) for value in seen.values()] == [float] * 3

    def test_what_a_callback_writes_into_logs_is_recorded_and_returned(self):
        def add(epoch, logs):
            logs["double"] = 2 * logs["loss"]

        callbacks = CallbackList(LambdaCallback(on_epoch_end=add), FakeModel())
        callbacks.on_train_begin()
        given = {"loss": 1.5}
        assert callbacks.on_epoch_end(0, given) == {"loss": 1.5, "double": 3.0}
        assert callbacks.history.history == {"loss": [1.5], "double": [3.0]}
        assert given == {"loss": 1.5}

    def test_the_outputs_of_a_predicted_batch_are_handed_on_as_they_are(self):
        seen = []
        callbacks = CallbackList(LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(logs)))
        outputs = np.ones((2, 3))
        callbacks.on_predict_batch_end(0, {"outputs": outputs})
        assert seen[0]["outputs"] is outputs

    def test_every_hook_reaches_a_callback(self):
        seen = []
        hooks = [name for name in dir(Callback) if name.startswith("on_")]
        callbacks = CallbackList(LambdaCallback(**{hook: lambda *args, hook=hook: seen.append(hook) for hook in hooks}))
        callbacks.set_model(FakeModel())
        called = [hook for hook in hooks if hook not in ("on_batch_begin", "on_batch_end")]
        for hook in called:
            indexed = "batch" in hook or "epoch" in hook
            getattr(callbacks, hook)(*([0] if indexed else []), {})
        assert seen == called

    def test_the_older_names_of_the_batch_hooks_are_heard(self):
        seen = []

        class Old(Callback):
            def on_batch_end(self, batch, logs=None):
                seen.append((batch, logs["loss"]))

        callbacks = CallbackList([Old()])
        assert callbacks.hears_batches
        callbacks.on_train_batch_end(3, {"loss": 0.5})
        assert seen == [(3, 0.5)]

    def test_it_knows_who_listens_to_batches(self):
        silent = CallbackList(None)
        heard = [getattr(silent, name) for name in dir(silent) if name.startswith("hears_")]
        assert heard == [False] * 5
        assert CallbackList(EarlyStopping("loss")).hears_epochs
        assert not CallbackList(EarlyStopping("loss")).hears_batches
        assert CallbackList(TerminateOnNaN()).hears_batches
        assert CallbackList(LambdaCallback(on_test_batch_end=print)).hears_test_batches
        assert CallbackList(LambdaCallback(on_test_end=print)).hears_tests
        assert not CallbackList(LambdaCallback(on_test_batch_end=print)).hears_tests
        assert CallbackList(LambdaCallback(on_predict_batch_begin=print)).hears_predict_batches
        assert not CallbackList(ModelCheckpoint("a.npz")).hears_batches
        assert CallbackList(ModelCheckpoint("a.npz", save_freq=2)).hears_batches

    def test_nested_lists_and_a_callback_list_are_taken_flat(self):
        a, b, c = Callback(), Callback(), Callback()
        inner = CallbackList([a, [b, (c,)]])
        outer = CallbackList(inner)
        assert outer.callbacks == [a, b, c, inner.history]
        assert outer.history is inner.history

    def test_a_history_of_the_users_is_the_one_that_is_used(self):
        mine = History()
        callbacks = CallbackList([mine, Callback()])
        assert callbacks.history is mine
        assert len(callbacks.callbacks) == 2

    def test_params_and_model_are_handed_to_every_callback(self):
        callback, model, params = Callback(), FakeModel(), {"verbose": 0, "epochs": 3, "steps": 2}
        callbacks = CallbackList([callback], model, params)
        assert callback.model is callbacks.history.model is model
        assert callback.params == callbacks.history.params == params

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ([Callback(), None], r"callbacks\[1\] is no .*None\. Remove it\.$"),
            ([[EarlyStopping]], r"callbacks\[0\]\[0\] is the class EarlyStopping.*EarlyStopping\(…\)"),
            (print, r"callbacks is no .*Wrap a function: LambdaCallback\(on_epoch_end=function\)\.$"),
            ({"a": Callback()}, r"callbacks is no .*\. Remove it\.$"),
            ("history", r"callbacks is no .*'history' \(a str\)\. Remove it\.$"),
        ],
    )
    def test_what_is_no_callback_is_named(self, wrong, says):
        with pytest.raises(TypeError, match=says):
            CallbackList(wrong)

    def test_callbacks_of_keras_serve(self, keras_callbacks):
        theirs = keras_callbacks.EarlyStopping("loss", patience=1)
        model = FakeModel()
        callbacks = CallbackList(theirs, model, {"verbose": 0, "epochs": 9, "steps": 1})
        callbacks.on_train_begin()
        for epoch, loss in enumerate([1.0, 2.0]):
            callbacks.on_epoch_end(epoch, {"loss": loss})
        assert model.stop_training


class TestTerminateOnNaN:
    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
    def test_it_stops_at_the_batch_as_kerass_does(self, keras_callbacks, capsys, bad):
        said = []
        for module in (keras_callbacks.TerminateOnNaN, TerminateOnNaN):
            callback, model = module(), FakeModel()
            callback.set_model(model)
            callback.on_train_batch_end(0, {"loss": 1.0})
            assert not model.stop_training
            callback.on_train_batch_end(1, {"loss": bad})
            assert model.stop_training
            said.append(capsys.readouterr().out)
        assert said == ["Batch 1: Invalid loss, terminating training\n"] * 2

    def test_it_can_raise_instead(self):
        callback = TerminateOnNaN(raise_error=True)
        with pytest.raises(RuntimeError, match=r"encountered: nan in batch 4"):
            callback.on_train_batch_end(4, {"loss": float("nan")})


class TestLambdaCallback:
    def test_a_name_that_is_no_hook_suggests_the_nearest(self):
        with pytest.raises(ValueError, match=r"'on_epoch_finish'.*Did you mean 'on_epoch_"):
            LambdaCallback(on_epoch_finish=print)

    def test_what_is_no_function_is_told(self):
        with pytest.raises(TypeError, match=r"on_train_end must be a function\. Received: 3"):
            LambdaCallback(on_train_end=3)


@pytest.mark.parametrize("compiled", [True, False])
def test_fit_evaluate_and_predict_call_the_hooks_that_keras_calls(keras_callbacks, compiled):
    import keras

    def record(module, compile_options):
        seen = []

        def told(hook):
            def note(*args, logs=None):
                *index, logs = args if logs is None else (*args, logs)
                seen.append((hook, *index, sorted(logs or ())))

            return note

        hooks = [name for name in dir(Callback) if name.startswith("on_")]
        recorder = module.callbacks.LambdaCallback(**{hook: told(hook) for hook in hooks if "train_batch" not in hook})
        model = module.Sequential([module.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"], **compile_options)
        x, y = np.ones((10, 3), "float32"), np.ones((10, 1), "float32")
        options = {"batch_size": 4, "verbose": 0, "callbacks": [recorder]}
        model.fit(x, y, epochs=2, validation_data=(x[:5], y[:5]), **options)
        model.evaluate(x, y, **options)
        model.predict(x, **options)
        return seen

    assert record(tinynet, {"compiled": compiled}) == record(keras, {})


def test_callbacks_can_be_copied_and_pickled():
    made = [
        EarlyStopping(),
        ReduceLROnPlateau(),
        CSVLogger("log.csv"),
        TerminateOnNaN(),
        ModelCheckpoint("a.npz", save_freq=3),
    ]
    again = pickle.loads(pickle.dumps(copy.deepcopy(made)))
    assert [type(callback) for callback in again] == [type(callback) for callback in made]
    assert again[-1].on_train_batch_end.__self__ is again[-1]


def test_the_quiet_callbacks_say_nothing(capsys, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for callback in (
            EarlyStopping("loss", restore_best_weights=True),
            ReduceLROnPlateau("loss", patience=0),
            LearningRateScheduler(lambda epoch: 0.1),
            ModelCheckpoint(tmp_path / "a.npz", "loss", save_best_only=True),
        ):
            drive(callback, [1.0, 2.0, 3.0])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", ["csr_array", "list of arrays"])
def test_validation_data_of_any_form_are_handed_on_with_a_weight_for_each_row(form, monkeypatch):
    monkeypatch.setattr("tinynet.callbacks.callback_list.OLDER_VALUES", [True])
    x = np.eye(4)
    given = scipy.sparse.csr_array(x) if form == "csr_array" else [x, x]
    callback = type("Mine", (Callback,), {"__module__": "mine"})()
    CallbackList([callback]).set_validation_data(given, x[:, 0])
    assert callback.validation_data[-1].tolist() == [1.0] * 4


def test_callbacks_of_older_programs_find_what_each_fit_validates_with_and_keep_their_own(monkeypatch):
    mine, own = (type("Mine", (Callback,), {"__module__": "mine"})() for _ in range(2))
    own.validation_data = "mine"
    x, y = two_classes(8)
    for older in (False, True):
        monkeypatch.setattr("tinynet.callbacks.callback_list.OLDER_VALUES", [older])
        for data in ({"validation_split": 0.25}, {"validation_data": (x[:3], y[:3], [1.0, 2.0, 3.0])}, {}):
            classifier().fit(x, y, verbose=0, callbacks=[mine, own], **data)
            if not older:
                assert "validation_data" not in vars(mine)
            elif "validation_split" in data:
                for found, given in zip(mine.validation_data, (x[6:], y[6:], [1.0, 1.0]), strict=True):
                    np.testing.assert_array_equal(found, given)
            else:
                assert [len(each) for each in mine.validation_data] == [3, 3, 3]
    assert mine.validation_data[2] == [1.0, 2.0, 3.0]
    assert own.validation_data == "mine"

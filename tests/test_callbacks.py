"""Callbacks: what they are told and when, and that they decide as Keras's do."""

from __future__ import annotations

import copy
import os
import pickle
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinynet
from tinynet.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    HistoryDict,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)


class FakeModel:
    """Its weights are the number of the epoch; its rate halves exactly."""

    def __init__(self) -> None:
        self.weights: list[Any] = [0]
        self.optimizer = SimpleNamespace(learning_rate=1.0)
        self.stop_training = False
        self.saved: list[str] = []

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = weights

    def save_weights(self, path, overwrite=True):
        self.saved.append(str(path))


def drive(callback, trace, monitor="loss", params=None, each=lambda model: None):
    """Call `callback` as `fit` would, with one value of the monitor an epoch; return the model."""
    model = FakeModel()
    callback.set_params(params or {"verbose": 0, "epochs": len(trace), "steps": 1})
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(trace):
        model.weights = [epoch]
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {} if value is None else {monitor: value})
        each(model)
        if model.stop_training:
            break
    callback.on_train_end()
    return model


@pytest.fixture(scope="module")
def keras_callbacks():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras").callbacks


# Eighths are exact in single precision, in which Keras compares.
eighths = st.integers(-16, 16).map(lambda n: n / 8)
traces = st.lists(eighths | st.just(float("nan")), max_size=12)


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
        heard = [getattr(silent, name) for name in vars(silent) if name.startswith("hears_")]
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
            ([Callback(), None], r"callbacks\[1\] is no .*None"),
            ([[EarlyStopping]], r"callbacks\[0\]\[0\] is the class EarlyStopping.*EarlyStopping\(…\)"),
            (print, r"callbacks is no .*LambdaCallback\(on_epoch_end=function\)"),
            ({"a": Callback()}, "callbacks is no "),
            ("history", "callbacks is no "),
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


class TestHistory:
    def test_acc_and_accuracy_are_found_under_either_name(self):
        new = HistoryDict(accuracy=[1.0], val_accuracy=[2.0])
        assert new["acc"] == new.get("acc") == [1.0]
        assert new["val_acc"] == [2.0]
        assert "acc" in new
        assert "val_acc" in new
        old = HistoryDict(acc=[1.0])
        assert old["accuracy"] == [1.0]
        assert "val_accuracy" not in old

    def test_a_true_key_is_preferred(self):
        both = HistoryDict(acc=1, accuracy=2)
        assert (both["acc"], both["accuracy"]) == (1, 2)

    def test_iteration_shows_the_true_keys(self):
        history = HistoryDict(accuracy=[1.0], loss=[2.0])
        assert list(history) == list(history.keys()) == ["accuracy", "loss"]
        assert repr(history) == "{'accuracy': [1.0], 'loss': [2.0]}"

    def test_what_is_not_there_stays_missing(self):
        history = HistoryDict(loss=[1.0])
        assert history.get("acc") is None
        assert history.get("acc", 3) == 3
        assert 7 not in history
        with pytest.raises(KeyError, match="'acc'"):
            history["acc"]

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, HistoryDict.copy])
    def test_a_copy_finds_either_name_too(self, copied):
        assert copied(HistoryDict(accuracy=[1.0]))["acc"] == [1.0]

    def test_it_survives_pickling(self):
        assert pickle.loads(pickle.dumps(HistoryDict(accuracy=[1.0])))["acc"] == [1.0]

    def test_it_becomes_the_models_history_in_training_only(self):
        model = FakeModel()
        callbacks = CallbackList(None, model)
        callbacks.on_test_begin()
        callbacks.on_test_end({"loss": 1.0})
        assert not hasattr(model, "history")
        callbacks.on_train_begin()
        assert model.history is callbacks.history

    def test_epochs_without_validation_leave_no_entry(self):
        history = History()
        history.set_model(FakeModel())
        history.on_train_begin()
        history.on_epoch_end(3, {"loss": 1.0})
        history.on_epoch_end(4, {"loss": 2.0, "val_loss": 3.0})
        assert history.epoch == [3, 4]
        assert history.history == {"loss": [1.0, 2.0], "val_loss": [3.0]}

    def test_one_that_is_used_again_goes_on_recording_as_in_keras(self, keras_callbacks):
        for history in (keras_callbacks.History(), History()):
            drive(history, [3.0, 2.0])
            drive(history, [1.0])
            assert history.history == {"loss": [3.0, 2.0, 1.0]}
            assert history.epoch == [0]


class TestEarlyStopping:
    @settings(deadline=None, max_examples=150)
    @given(
        trace=traces,
        mode=st.sampled_from(["min", "max"]),
        min_delta=st.sampled_from([0, 0.125, -0.5]),
        patience=st.integers(0, 3),
        baseline=st.none() | eighths,
        restore=st.booleans(),
        start=st.integers(0, 3),
    )
    def test_it_stops_and_restores_as_kerass_does(
        self, keras_callbacks, trace, mode, min_delta, patience, baseline, restore, start
    ):
        options = {
            "monitor": "loss",
            "mode": mode,
            "min_delta": min_delta,
            "patience": patience,
            "baseline": baseline,
            "restore_best_weights": restore,
            "start_from_epoch": start,
        }
        ours, theirs = EarlyStopping(**options), keras_callbacks.EarlyStopping(**options)
        model, reference = drive(ours, trace), drive(theirs, trace)
        assert model.stop_training == reference.stop_training
        assert model.weights == reference.weights
        for attribute in ("wait", "stopped_epoch", "best_epoch"):
            assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
        np.testing.assert_equal(ours.best, theirs.best)

    def test_what_it_says_is_what_kerass_says(self, keras_callbacks, capsys):
        said = []
        for module in (keras_callbacks.EarlyStopping, EarlyStopping):
            drive(module("loss", patience=1, verbose=1, restore_best_weights=True), [3, 1, 2, 2])
            said.append(capsys.readouterr().out)
        assert (
            said
            == [
                "Epoch 3: early stopping\nRestoring model weights from the end of the best epoch: 2.\n",
            ]
            * 2
        )

    def test_a_second_training_starts_afresh(self):
        stopping = EarlyStopping("loss", patience=1)
        assert drive(stopping, [1.0, 2.0]).stop_training
        assert not drive(stopping, [9.0, 8.0]).stop_training
        assert stopping.best == 8.0

    @pytest.mark.parametrize(
        ("monitor", "mode"),
        [
            ("val_loss", "min"),
            ("loss", "min"),
            ("mae", "min"),
            ("val_mse", "min"),
            ("mean_squared_error", "min"),
            ("binary_crossentropy", "min"),
            ("acc", "max"),
            ("val_acc", "max"),
            ("val_accuracy", "max"),
            ("sparse_categorical_accuracy", "max"),
        ],
    )
    def test_the_direction_is_told_by_the_name(self, monitor, mode):
        assert EarlyStopping(monitor).mode == mode

    @pytest.mark.parametrize("monitor", ["val_f1", "learning_rate", "accelerate", "accuracy_loss"])
    def test_a_name_that_tells_no_direction_asks_for_mode(self, monitor):
        with pytest.raises(ValueError, match=rf"EarlyStopping: monitor='{monitor}'.*mode='max'.*mode='min'"):
            EarlyStopping(monitor)
        assert EarlyStopping(monitor, mode="max").mode == "max"

    def test_an_unknown_mode_warns_and_goes_by_the_name(self):
        with pytest.warns(UserWarning, match="EarlyStopping mode 'up' is unknown, fallback to auto mode"):
            assert EarlyStopping("acc", mode="up").mode == "max"

    def test_val_acc_monitors_val_accuracy(self):
        stopping = EarlyStopping("val_acc")
        assert drive(stopping, [0.5, 0.75, 0.5], monitor="val_accuracy").stop_training
        assert stopping.best == 0.75

    def test_a_missing_monitor_warns_as_in_keras(self, keras_callbacks):
        said = []
        for stopping in (keras_callbacks.EarlyStopping(), EarlyStopping()):
            with pytest.warns(UserWarning, match="is not available") as caught:
                drive(stopping, [1.0])
            said.append(str(caught[0].message))
        assert said[0] == said[1]


class TestReduceLROnPlateau:
    @settings(deadline=None, max_examples=150)
    @given(
        trace=traces,
        mode=st.sampled_from(["min", "max"]),
        min_delta=st.sampled_from([0, 0.125]),
        patience=st.integers(0, 3),
        cooldown=st.integers(0, 3),
        min_lr=st.sampled_from([0.0, 0.1, 0.25]),
    )
    def test_the_rates_are_those_of_kerass(self, keras_callbacks, trace, mode, min_delta, patience, cooldown, min_lr):
        options = {
            "monitor": "loss",
            "factor": 0.5,
            "mode": mode,
            "min_delta": min_delta,
            "patience": patience,
            "cooldown": cooldown,
            "min_lr": min_lr,
        }
        rates = {}
        for module in (keras_callbacks.ReduceLROnPlateau, ReduceLROnPlateau):
            seen = rates[module] = []
            drive(
                module(**options),
                trace,
                each=lambda model, seen=seen: seen.append(model.optimizer.learning_rate),
            )
        assert rates[ReduceLROnPlateau] == rates[keras_callbacks.ReduceLROnPlateau]

    def test_what_it_says_is_what_kerass_says(self, keras_callbacks, capsys):
        said = []
        for module in (keras_callbacks.ReduceLROnPlateau, ReduceLROnPlateau):
            drive(module("loss", patience=1, verbose=1), [1.0, 1.0])
            said.append(capsys.readouterr().out)
        assert said == ["\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.1.\n"] * 2

    def test_the_rate_of_the_epoch_is_recorded_before_it_is_lowered(self):
        model = FakeModel()
        callbacks = CallbackList(ReduceLROnPlateau("loss", patience=1, factor=0.5), model)
        callbacks.on_train_begin()
        for epoch in range(3):
            callbacks.on_epoch_end(epoch, {"loss": 1.0})
        assert callbacks.history.history["learning_rate"] == [1.0, 1.0, 0.5]
        assert list(callbacks.history.history) == ["loss", "learning_rate"]

    def test_a_rate_kept_in_single_precision_stops_at_the_least_rate(self, capsys):
        model = FakeModel()
        plateau = ReduceLROnPlateau("loss", patience=1, min_lr=0.001, verbose=1)
        plateau.set_model(model)
        model.optimizer.learning_rate = np.float32(0.001)
        for epoch in range(3):
            plateau.on_epoch_end(epoch, {"loss": 1.0})
        assert capsys.readouterr().out == ""

    def test_a_missing_monitor_warns_as_in_keras(self, keras_callbacks):
        said = []
        for plateau in (keras_callbacks.ReduceLROnPlateau(), ReduceLROnPlateau()):
            with pytest.warns(UserWarning, match="is not available") as caught:
                drive(plateau, [1.0])
            said.append(str(caught[0].message))
        assert said[0] == said[1]

    def test_a_factor_that_reduces_nothing_is_refused(self):
        with pytest.raises(ValueError, match=r"factor >= 1\.0.*factor=1"):
            ReduceLROnPlateau(factor=1.0)


class TestLearningRateScheduler:
    @pytest.mark.parametrize("schedule", [lambda epoch, rate: rate / 2, lambda epoch: 0.5 ** (epoch + 1)])
    def test_the_schedule_takes_the_epoch_and_if_it_wants_the_rate(self, schedule):
        seen = []
        drive(
            LearningRateScheduler(schedule),
            [1.0] * 3,
            each=lambda model: seen.append(model.optimizer.learning_rate),
        )
        assert seen == [0.5, 0.25, 0.125]

    def test_the_rate_is_recorded(self):
        model = FakeModel()
        callbacks = CallbackList(LearningRateScheduler(lambda epoch: 0.1 * (epoch + 1)), model)
        callbacks.on_train_begin()
        for epoch in range(2):
            callbacks.on_epoch_begin(epoch)
            callbacks.on_epoch_end(epoch, {"loss": 1.0})
        assert callbacks.history.history["learning_rate"] == [0.1, 0.2]

    def test_an_error_within_the_schedule_is_not_taken_for_its_signature(self):
        def broken(epoch, rate):
            raise TypeError("mine")

        with pytest.raises(TypeError, match="mine"):
            drive(LearningRateScheduler(broken), [1.0])

    @pytest.mark.parametrize("wrong", [None, 1, "0.1", np.ones(2)])
    def test_a_schedule_that_returns_no_float_is_told(self, wrong):
        with pytest.raises(ValueError, match="must return the learning rate as a float"):
            drive(LearningRateScheduler(lambda epoch: wrong), [1.0])

    def test_what_it_says_is_what_kerass_says(self, keras_callbacks, capsys):
        said = []
        for module in (keras_callbacks.LearningRateScheduler, LearningRateScheduler):
            drive(module(lambda epoch: 0.25, verbose=1), [1.0])
            said.append(capsys.readouterr().out)
        assert said == ["\nEpoch 1: LearningRateScheduler setting learning rate to 0.25.\n"] * 2


class TestCSVLogger:
    EPOCHS = (
        {"loss": 0.5, "accuracy": 0.25},
        {"accuracy": 1.0, "loss": 1e-30, "val_loss": float("nan"), "extra": 3.0},
        {"loss": [1.0, 2.0], "accuracy": np.array(0.5)},
    )

    def write(self, module, path, **options):
        logger = module(path, **options)
        for _ in range(2):
            logger.on_train_begin()
            for epoch, logs in enumerate(self.EPOCHS):
                logger.on_epoch_end(epoch, dict(logs))
            logger.on_train_end()
        return path.read_bytes()

    @pytest.mark.parametrize("options", [{}, {"append": True}, {"separator": ";"}])
    @pytest.mark.parametrize("before", [None, b"", b"epoch,loss\r\n0,1.0\r\n"])
    def test_the_file_is_byte_for_byte_that_of_kerass(self, keras_callbacks, tmp_path, options, before):
        texts = []
        for module in (keras_callbacks.CSVLogger, CSVLogger):
            path = tmp_path / f"{len(texts)}.csv"
            if before is not None:
                path.write_bytes(before)
            texts.append(self.write(module, path, **options))
        assert texts[0] == texts[1]
        assert len(texts[0].splitlines()) >= 4

    def test_a_validation_from_the_first_epoch_on_needs_no_further_columns(self, tmp_path):
        logger = CSVLogger(tmp_path / "log.csv")
        logger.on_train_begin()
        logger.on_epoch_end(0, {"val_loss": 2.0, "loss": 1.0})
        assert (tmp_path / "log.csv").read_bytes() == b"epoch,loss,val_loss\r\n0,1.0,2.0\r\n"

    def test_a_file_that_cannot_be_written_fails_before_the_training(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            CSVLogger(tmp_path / "missing" / "log.csv").on_train_begin()


class TestModelCheckpoint:
    @settings(deadline=None, max_examples=60)
    @given(
        trace=traces,
        mode=st.sampled_from(["min", "max"]),
        threshold=st.none() | eighths,
        best_only=st.booleans(),
    )
    def test_it_saves_when_kerass_does_and_says_the_same(
        self, keras_callbacks, tmp_path_factory, trace, mode, threshold, best_only
    ):
        folder = tmp_path_factory.getbasetemp()
        options = {
            "monitor": "loss",
            "mode": mode,
            "initial_value_threshold": threshold,
            "save_best_only": best_only,
            "save_weights_only": True,
        }
        ours = ModelCheckpoint(folder / "{epoch:02d}-{loss:.2f}.weights.npz", **options)
        theirs = keras_callbacks.ModelCheckpoint(folder / "{epoch:02d}-{loss:.2f}.weights.h5", **options)
        saved, expected = drive(ours, trace).saved, drive(theirs, trace).saved
        assert [path.removesuffix(".npz") for path in saved] == [path.removesuffix(".h5") for path in expected]

    @pytest.mark.parametrize("every", [1, 2, 3, 5])
    def test_every_so_many_batches_counts_as_kerass(self, keras_callbacks, tmp_path, every):
        saved = {}
        for module, end in ((keras_callbacks.ModelCheckpoint, "h5"), (ModelCheckpoint, "npz")):
            path = str(tmp_path / "{epoch}-{batch}.weights.")
            callback = module(path + end, save_freq=every, save_weights_only=True)
            model = FakeModel()
            callback.set_model(model)
            for epoch in range(3):
                callback.on_epoch_begin(epoch)
                for batch in range(4):
                    callback.on_train_batch_end(batch, {"loss": 1.0})
                callback.on_epoch_end(epoch, {"loss": 1.0})
            saved[end] = [name.removesuffix(end) for name in model.saved]
        assert saved["npz"] == saved["h5"]
        assert len(saved["npz"]) == 12 // every

    def test_what_it_says_is_what_kerass_says(self, keras_callbacks, tmp_path, capsys):
        said = []
        for module, end in ((keras_callbacks.ModelCheckpoint, "h5"), (ModelCheckpoint, "npz")):
            for best_only in (False, True):
                path = tmp_path / f"best.weights.{end}"
                drive(
                    module(path, "loss", verbose=1, save_best_only=best_only, save_weights_only=True),
                    [2.0, 1.0, 3.0],
                )
            said.append(capsys.readouterr().out.replace(f".{end}", ""))
        assert said[0] == said[1]
        assert "did not improve from 1.00000" in said[1]

    def test_without_its_monitor_it_warns_and_saves(self, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / "a.npz", save_best_only=True)
        with pytest.warns(UserWarning, match="Can save best model only with val_loss available"):
            assert drive(checkpoint, [1.0]).saved == [str(tmp_path / "a.npz")]

    def test_the_older_names_serve_in_the_monitor_and_in_the_path(self, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / "{val_acc:.2f}.npz", "val_acc", save_best_only=True)
        model = drive(checkpoint, [0.5, 0.25, 0.75], monitor="val_accuracy")
        assert model.saved == [str(tmp_path / "0.50.npz"), str(tmp_path / "0.75.npz")]

    def test_missing_folders_are_made(self, tmp_path):
        drive(ModelCheckpoint(tmp_path / "a" / "{epoch}" / "w.npz"), [1.0, 1.0])
        assert (tmp_path / "a" / "2").is_dir()

    def test_an_unknown_field_is_told(self, tmp_path):
        with pytest.raises(KeyError, match=r"has the field 'val_loss', which is not among loss, epoch"):
            drive(ModelCheckpoint(tmp_path / "{val_loss}.npz"), [1.0])

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"filepath": "best.keras"}, r"must end in '\.weights\.npz'.*best\.keras"),
            ({"filepath": "best.weights.h5"}, r"must end in '\.weights\.npz'.*best\.weights\.h5"),
            ({"filepath": "best.npz", "save_weights_only": False}, "saves the weights only.*Leave it out"),
            ({"filepath": "best.npz", "save_freq": "batch"}, "'epoch' or a positive number.*'batch'"),
            ({"filepath": "best.npz", "save_freq": 0}, "'epoch' or a positive number.*0"),
        ],
    )
    def test_what_it_cannot_do_is_refused_at_once(self, options, says):
        with pytest.raises(ValueError, match=says):
            ModelCheckpoint(**options)


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
        with pytest.raises(RuntimeError, match=r"became nan in batch 4"):
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

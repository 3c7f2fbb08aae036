"""What was reported of monitors: their direction, NaN, epochs without a validation, misspelt names."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import tinynet
from tests.support.callbacks import FakeModel, drive
from tests.support.nets import both_loops, classifier, two_classes
from tinynet.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from tinynet.layers import Dense, Input
from tinynet.metrics import BinaryAccuracy, MeanAbsoluteError, Metric

NAN = float("nan")
X, Y = two_classes()


class Streak(Metric):
    """A user's own metric, which says that more of it is better."""

    _direction = "up"

    def reset_state(self):
        self.seen = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen += len(y_true)

    def result(self):
        return self.seen


def monitors(folder, monitor, **options):
    """Return one callback of each kind that watches a number."""
    return [
        EarlyStopping(monitor, **options),
        ReduceLROnPlateau(monitor, **options),
        ModelCheckpoint(folder / "best.npz", monitor, save_best_only=True, **options),
    ]


class TestTheDirection:
    @pytest.mark.parametrize(
        ("metric", "monitor", "mode"),
        [
            ("bce", "val_bce", "min"),
            ("ce", "val_ce", "min"),
            ("crossentropy", "crossentropy", "min"),
            ("acc", "val_accuracy", "max"),
            ("accuracy", "acc", "max"),
            (BinaryAccuracy(name="no_error"), "val_no_error", "max"),
            (MeanAbsoluteError(name="accuracy_gap"), "accuracy_gap", "min"),
            (MeanAbsoluteError(name="accuracy"), "val_accuracy", "min"),
            (Streak(name="error"), "val_error", "max"),
            ("mae", "val_loss", "min"),
        ],
    )
    def test_it_is_the_metrics_whatever_its_name(self, metric, monitor, mode, tmp_path):
        model = classifier(metrics=[metric])
        callbacks = monitors(tmp_path, monitor)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=callbacks)
        assert [callback.mode for callback in callbacks] == [mode] * 3

    def test_a_weighted_metric_that_repeats_a_name_is_found_too(self):
        stopping = EarlyStopping("weighted_gap")
        gap = MeanAbsoluteError(name="gap")
        classifier(metrics=[gap], weighted_metrics=[MeanAbsoluteError(name="gap")]).fit(
            X, Y, verbose=0, callbacks=[stopping]
        )
        assert stopping.mode == "min"

    @both_loops
    def test_a_training_that_improves_is_not_stopped(self, compiled):
        model = classifier(compiled, metrics=[BinaryAccuracy(name="no_error")], optimizer="adam")
        history = model.fit(X, Y, epochs=30, verbose=0, callbacks=[EarlyStopping("no_error", patience=5)])
        assert history.history["no_error"][-1] > history.history["no_error"][0]

    def test_it_is_looked_up_again_for_another_model(self):
        stopping = EarlyStopping("gap")
        classifier(metrics=[MeanAbsoluteError(name="gap")]).fit(X, Y, verbose=0, callbacks=[stopping])
        assert stopping.mode == "min"
        classifier(metrics=[BinaryAccuracy(name="gap")]).fit(X, Y, verbose=0, callbacks=[stopping])
        assert stopping.mode == "max"

    @pytest.mark.parametrize(
        ("monitor", "says"),
        [("val_los", "Did you mean 'val_loss'"), ("acuracy", "Did you mean 'accuracy'"), ("val_f1", "Pass mode='max'")],
    )
    def test_a_name_that_nobody_knows_is_refused_before_the_training(self, monitor, says):
        model = classifier()
        with pytest.raises(ValueError, match=says):
            model.fit(X, Y, verbose=0, callbacks=[EarlyStopping(monitor)])
        assert model.optimizer.iterations == 0

    def test_a_misspelt_name_with_a_mode_is_answered_with_the_close_one(self):
        with pytest.warns(UserWarning, match=r"not available.*Did you mean 'val_loss'"):
            classifier().fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[EarlyStopping("val_los", mode="min")])


class TestNan:
    @pytest.mark.parametrize(("mode", "values"), [("min", [NAN, 0.5, 0.6, 0.7]), ("max", [NAN, NAN, 0.5, 0.4])])
    def test_it_is_never_the_best_value(self, mode, values, tmp_path):
        stopping, plateau, checkpoint = monitors(tmp_path, "loss", mode=mode)
        stopping.restore_best_weights, stopping.patience = True, 9
        model = drive(stopping, values)
        best = values.index(0.5)
        assert (stopping.best, stopping.best_epoch, model.weights) == (0.5, best, [best])
        drive(plateau, values)
        assert plateau.best == 0.5
        assert drive(checkpoint, values).saved == [str(tmp_path / "best.npz")]
        assert checkpoint.best == 0.5

    def test_a_training_of_nothing_else_is_stopped_reduced_and_not_saved(self, tmp_path):
        values = [NAN] * 4
        stopping = EarlyStopping("loss", patience=2, restore_best_weights=True)
        model = drive(stopping, values)
        assert (stopping.stopped_epoch, stopping.best, model.weights) == (1, None, [1])
        assert drive(ReduceLROnPlateau("loss", factor=0.5, patience=2), values).optimizer.learning_rate == 0.25
        assert drive(ModelCheckpoint(tmp_path / "a.npz", "loss", save_best_only=True), values).saved == []

    def test_one_after_the_warm_up_is_not_the_best_either(self):
        stopping = EarlyStopping("loss", patience=9, start_from_epoch=2)
        drive(stopping, [0.1, 0.2, NAN, 0.7, 0.8])
        assert (stopping.best, stopping.best_epoch) == (0.7, 3)

    def test_it_does_not_reach_the_baseline(self):
        assert drive(EarlyStopping("loss", patience=2, baseline=1.0), [2.0, NAN, 0.5]).stop_training

    @both_loops
    @pytest.mark.parametrize("callbacks", [[], [Callback()]], ids=["alone", "heard"])
    def test_the_epoch_in_which_it_begins_is_said_once(self, compiled, callbacks):
        model = tinynet.Sequential([Input((4,)), Dense(1)])
        model.compile(tinynet.optimizers.SGD(1e6), "mse", compiled=compiled)
        with pytest.warns(UserWarning, match="The loss became") as caught:
            history = model.fit(X, Y, batch_size=60, epochs=40, verbose=0, callbacks=callbacks)
        first = next(epoch for epoch, loss in enumerate(history.history["loss"], 1) if not math.isfinite(loss))
        assert 1 < first < 40
        assert [f"in epoch {first}:" in str(warning.message) for warning in caught] == [True]
        assert caught[0].filename == __file__

    def test_where_terminate_on_nan_says_it_nobody_else_does(self, capsys):
        model = tinynet.Sequential([Input((4,)), Dense(1)])
        model.compile(tinynet.optimizers.SGD(1e6), "mse")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, Y, epochs=40, verbose=0, callbacks=[TerminateOnNaN()])
        assert "Invalid loss, terminating training" in capsys.readouterr().out


class TestValidationThatIsNotDue:
    @both_loops
    @pytest.mark.parametrize("frequency", [2, [3, 4]])
    def test_no_monitor_warns_in_epochs_without_one(self, compiled, frequency, tmp_path):
        model = classifier(compiled)
        seen = []
        saved = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((tmp_path / "best.npz").exists()))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(
                *(X, Y, 20),
                epochs=4,
                verbose=0,
                validation_data=(X, Y),
                validation_freq=frequency,
                callbacks=[*monitors(tmp_path, "val_loss"), saved],
            )
        assert seen.index(True) == (1 if frequency == 2 else 2)  # nothing is saved before there is a best

    @pytest.mark.parametrize("options", [{}, {"validation_data": (X, Y), "validation_freq": 5}])
    def test_they_do_where_there_never_is_one(self, options, tmp_path):
        with pytest.warns(UserWarning, match="not available|Can save best model only") as caught:
            classifier().fit(X, Y, epochs=2, verbose=0, callbacks=monitors(tmp_path, "val_loss"), **options)
        assert len(caught) == 6

    def test_a_file_name_that_needs_one_is_used_when_there_is_one(self, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.1f}.npz")
        options = {"validation_data": (X, Y), "validation_freq": 2, "callbacks": [checkpoint], "verbose": 0}
        classifier().fit(X, Y, epochs=4, **options)
        assert sorted(path.name[0] for path in tmp_path.iterdir()) == ["2", "4"]


class TestSchedules:
    @pytest.mark.parametrize(("function", "rates"), [(np.exp, [1.0, math.e]), (np.add, [1.0, 2.0])])
    def test_a_ufunc_takes_the_numbers_that_it_computes_with(self, function, rates):
        seen = []
        drive(LearningRateScheduler(function), [1.0] * 2, each=lambda model: seen.append(model.optimizer.learning_rate))
        assert seen == pytest.approx(rates)


@pytest.mark.parametrize("value", [[0.5], "low", {"a": 1}, np.ones(2)])
def test_a_monitored_value_that_is_no_number_is_told(value):
    stopping = EarlyStopping("loss")
    stopping.set_model(FakeModel())
    with pytest.warns(UserWarning, match="which is no number"):
        stopping.on_epoch_end(0, {"loss": value})
    assert stopping.best is None

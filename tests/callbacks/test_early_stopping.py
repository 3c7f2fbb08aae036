"""EarlyStopping stops, restores and speaks when Keras's does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.callbacks import FakeModel, drive, eighths, traces
from tinynet.callbacks import (
    EarlyStopping,
)


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

    @pytest.mark.parametrize("patience", [0, 1])
    def test_the_first_epoch_never_stops_it_even_if_its_value_is_no_number(self, patience):
        stopping = EarlyStopping("loss", patience=patience)
        assert drive(stopping, [float("nan"), 2.0, 1.0, 3.0, 0.0]).stop_training
        assert (stopping.stopped_epoch, stopping.best_epoch, stopping.best) == (3, 2, 1.0)
        assert not drive(stopping, [float("nan")]).stop_training

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
            ("accuracy_loss", "min"),
        ],
    )
    def test_the_direction_is_told_by_the_name(self, monitor, mode):
        assert EarlyStopping(monitor).mode == mode

    @pytest.mark.parametrize("monitor", ["val_f1", "learning_rate", "accelerate", "accuracy_gap"])
    def test_a_name_that_tells_no_direction_asks_for_mode(self, monitor):
        with pytest.raises(ValueError, match=rf"EarlyStopping: monitor='{monitor}'.*mode='max'.*mode='min'"):
            EarlyStopping(monitor).set_model(FakeModel())
        assert EarlyStopping(monitor, mode="max").mode == "max"

    @pytest.mark.parametrize(
        ("value", "reference", "better"),
        [
            (1.0, None, "either"),
            (1.0, np.nan, "either"),
            (np.nan, None, "neither"),
            (np.nan, np.nan, "neither"),
            (np.nan, 1.0, "neither"),
            (2.0, 1.0, "max"),
            (1.0, 2.0, "min"),
            (1.5, 1.0, "neither"),
            (1.0, 1.5, "neither"),
            (1.0, 1.0, "neither"),
            (np.inf, 1.0, "max"),
            (-np.inf, 1.0, "min"),
        ],
    )
    def test_it_is_better_by_more_than_min_delta_and_anything_is_better_than_nothing(self, value, reference, better):
        for mode in ("min", "max"):
            monitor = EarlyStopping("loss", mode=mode, min_delta=0.5)
            assert monitor._improves(value, reference) is (better in (mode, "either"))

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

"""ReduceLROnPlateau and LearningRateScheduler set the rates that Keras's set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.callbacks import FakeModel, drive, traces
from tinynet.callbacks import (
    CallbackList,
    LearningRateScheduler,
    ReduceLROnPlateau,
)


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

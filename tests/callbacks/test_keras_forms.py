"""Callbacks in Keras's forms."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.callbacks import BackupAndRestore, LambdaCallback, LearningRateScheduler, TerminateOnNaN


def test_a_callback_of_functions_may_have_methods_of_its_own():
    callback = LambdaCallback(tell=lambda what: what * 2)
    assert callback.tell(3) == 6
    with pytest.raises(ValueError, match="Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ended=print)


def test_a_loss_that_is_lost_is_called_nan_or_inf_as_keras_does():
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered: inf in batch 0"):
        model.fit(np.ones((2, 1)), np.full(2, np.inf), verbose=0, callbacks=[TerminateOnNaN(raise_error=True)])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("",), "Empty `backup_dir`"), ((None,), "Empty `backup_dir`"), (("a", 0.5), "Invalid value")],
)
def test_a_backup_that_cannot_be_is_refused_in_words_of_keras(arguments, words):
    with pytest.raises(ValueError, match=words):
        BackupAndRestore(*arguments)


def test_a_rate_has_a_value_and_one_that_follows_a_schedule_cannot_be_set():
    optimizers = tinynet.optimizers
    assert optimizers.Adam(0.01).learning_rate.value == np.float32(0.01)
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile(optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)), "mse")
    with pytest.raises(TypeError, match="This optimizer was created with a `LearningRateSchedule`"):
        model.fit(np.ones((2, 1)), np.ones(2), verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.1)])

"""Callbacks in Keras's forms."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.callbacks import LambdaCallback, TerminateOnNaN


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

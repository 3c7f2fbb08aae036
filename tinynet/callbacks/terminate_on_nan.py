"""Stopping a training that has lost its numbers."""

from __future__ import annotations

import numpy as np

from tinynet._arguments import checked, numbers
from tinynet._console import say
from tinynet.callbacks.callback import Callback, Logs


@checked
class TerminateOnNaN(Callback):
    """Stop the training at the first batch whose loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool
        Raise a RuntimeError instead of ending the training normally. Default False.

    Notes
    -----
    It looks at every batch, so a very small network trains more slowly with it. Source:
    https://keras.io/api/callbacks/terminate_on_nan/

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(optimizer=tinynet.optimizers.SGD(1e30), loss="mse")
    >>> history = model.fit(x, 3 * x, batch_size=8, epochs=9, verbose=0, callbacks=[TerminateOnNaN()])
    Batch ...: Invalid loss, terminating training
    >>> len(history.epoch)
    1
    """

    #: `fit` need not warn of it as well.
    tells_of_nan = True

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Look at the loss: once its running mean is NaN or infinite, it stays so."""
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(numbers("TerminateOnNaN", "logs['loss']", loss)).all():
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered: {loss} in batch {batch} (counted from 0 within the epoch)."
            )
        say(f"Batch {batch}: Invalid loss, terminating training")
        self._at_work().stop_training = True

"""The averages of the weights in their place while a model is evaluated.

Source: https://keras.io/api/callbacks/swap_ema_weights/
"""

from __future__ import annotations

import operator

from tinynet._arguments import checked, flag
from tinynet._types import Array
from tinynet._whole import at_once
from tinynet.callbacks.callback import Callback, Logs
from tinynet.memory import Parameter


@checked
class SwapEMAWeights(Callback):
    """Evaluate a model that is being trained with the running averages of its weights, and train on with the weights.

    For optimizers with ``use_ema=True``, which keep these averages. During an evaluation weights and averages change
    places.

    Parameters
    ----------
    swap_on_epoch : bool, default False
        Whether they change places from the end of an epoch to the beginning of the next as well: a `ModelCheckpoint`
        behind it then saves the averages.

    Raises
    ------
    ValueError
        When a model is evaluated, or an epoch ends, whose optimizer keeps no averages.

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(tinynet.optimizers.SGD(use_ema=True), "mse")
    >>> x = np.ones((4, 2))
    >>> history = model.fit(x, x[:, 0], validation_data=(x, x[:, 0]), verbose=0, callbacks=[SwapEMAWeights()])
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = flag("SwapEMAWeights", "swap_on_epoch", swap_on_epoch)
        self._swapped = False

    def _swap(self, to_averages: bool) -> None:
        """Let weights and averages change places, unless they stand so already; none or all of them."""
        if self._swapped == to_averages:
            return
        pairs = [(p.value, average) for p, average in self._averaged()]
        at_once(
            [(operator.setitem, weights, ..., average.copy()) for weights, average in pairs]
            + [(operator.setitem, average, ..., weights.copy()) for weights, average in pairs]
        )
        self._swapped = to_averages

    def _averaged(self) -> list[tuple[Parameter, Array]]:
        """Return the parameters that have averages, with them."""
        optimizer = self._at_work().optimizer
        if not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. Received: use_ema=False"
            )
        row, slots = optimizer.row_of("average"), optimizer.accumulators
        return [(p, slots.of(p)[row]) for p in slots.parameters]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Train on with the weights."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Show callbacks that come next the averages; after the last epoch they stay the weights."""
        if self.swap_on_epoch:
            self._swap(True)
            if epoch == (self.params or {}).get("epochs", 0) - 1:
                pairs = self._averaged()
                at_once([(operator.setitem, average, ..., p.value) for p, average in pairs])

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin with the weights in their place."""
        self._swapped = False

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Evaluate with the averages."""
        self._swap(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Go on with the weights."""
        self._swap(False)

    on_predict_begin, on_predict_end = on_test_begin, on_test_end

"""A callback called as `fit` would call it, without a training: for comparing it with Keras's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st


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

    def save(self, path, overwrite=True):
        self.saved.append(str(path))

    save_weights = save


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


# Eighths are exact in single precision, in which Keras compares. NaN, which Keras may take for the best, is left out.
eighths = st.integers(-16, 16).map(lambda n: n / 8)
traces = st.lists(eighths, max_size=12)

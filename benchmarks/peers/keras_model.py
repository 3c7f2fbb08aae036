"""Keras, on the backend that the environment names."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
from keras.layers import Dense, Input

from benchmarks.workloads import Workload

LOSSES = {"bce": "binary_crossentropy", "cce": "categorical_crossentropy", "mse": "mse"}


class Peer:
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int, steps_per_execution: int = 1) -> None:
        self.work, self.initial = work, weights
        self.x, self.y, *self.validation = data
        keras.utils.set_random_seed(0)
        warnings.simplefilter("ignore")
        hidden = [Dense(units, activation="relu") for units in work.sizes[1:-1]]
        self.model = keras.Sequential(
            [Input((work.sizes[0],)), *hidden, Dense(work.sizes[-1], activation=work.activation)]
        )
        self.model.compile(work.optimizer, loss=LOSSES[work.loss], steps_per_execution=steps_per_execution)
        self.reset()

    def reset(self) -> None:
        self.model.set_weights(self.initial)
        for variable in self.model.optimizer.variables:  # a new optimizer would compile everything anew
            if "learning_rate" not in variable.path:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        validation = tuple(self.validation) if self.work.validation_rows else None
        history = self.model.fit(
            self.x,
            self.y,
            batch_size=self.work.batch,
            epochs=epochs,
            shuffle=shuffle,
            validation_data=validation,
            verbose=0,
        )
        return list(history.history["loss"])

    def weights(self) -> Any:
        return self.model.get_weights()

    def calls(self, row: Any) -> dict[str, Any]:
        return {
            "model(x)": lambda: np.asarray(self.model(row)),
            "predict(x, verbose=0)": lambda: self.model.predict(row, verbose=0),
        }

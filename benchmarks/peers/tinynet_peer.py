"""tinynet, as anybody would write it."""

from __future__ import annotations

from typing import Any

import tinynet
from benchmarks.workloads import Workload
from tinynet.layers import Dense

LOSSES = {"bce": "binary_crossentropy", "cce": "categorical_crossentropy", "mse": "mse"}


class Peer:
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int, **options: Any) -> None:
        self.work, self.initial, self.options = work, weights, options
        self.x, self.y, *self.validation = data
        tinynet.set_random_seed(0)
        hidden = [Dense(units, activation="relu") for units in work.sizes[1:-1]]
        self.model = tinynet.Sequential(
            [tinynet.Input((work.sizes[0],)), *hidden, Dense(work.sizes[-1], activation=work.activation)]
        )
        self.reset()

    def reset(self) -> None:
        self.model.compile(self.work.optimizer, loss=LOSSES[self.work.loss], **self.options)
        self.model.set_weights(self.initial)

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
            "model(x)": lambda: self.model(row),
            "predict(x, verbose=0)": lambda: self.model.predict(row, verbose=0),
        }

"""A network with Keras's names, from Keras or from tinynet: what the two peers share."""

from __future__ import annotations

from typing import Any

from benchmarks.workloads import Workload

LOSSES = {"bce": "binary_crossentropy", "cce": "categorical_crossentropy", "mse": "mse"}


class SequentialPeer:
    """The workload's network and data; the peers compile it."""

    def __init__(self, module: Any, work: Workload, data: Any, weights: Any) -> None:
        self.work, self.initial = work, weights
        self.x, self.y, *self.validation = data
        module.utils.set_random_seed(0)
        inputs, *hidden, outputs = work.sizes
        self.model = module.Sequential(
            [
                module.layers.Input((inputs,)),
                *(module.layers.Dense(units, activation="relu") for units in hidden),
                module.layers.Dense(outputs, activation=work.activation),
            ]
        )

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

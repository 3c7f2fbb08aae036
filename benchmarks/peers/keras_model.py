"""Keras, on the backend that the environment names."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np

from benchmarks.peers.sequential import LOSSES, SequentialPeer
from benchmarks.workloads import Workload


class Peer(SequentialPeer):
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int, steps_per_execution: int = 1) -> None:
        warnings.simplefilter("ignore")
        super().__init__(keras, work, data, weights)
        self.model.compile(work.optimizer, loss=LOSSES[work.loss], steps_per_execution=steps_per_execution)
        self.reset()

    def reset(self) -> None:
        self.model.set_weights(self.initial)
        for variable in self.model.optimizer.variables:  # a new optimizer would recompile everything
            if "learning_rate" not in variable.path:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    def calls(self, row: Any) -> dict[str, Any]:
        return {
            "model(x)": lambda: np.asarray(self.model(row)),
            "predict(x, verbose=0)": lambda: self.model.predict(row, verbose=0),
        }

"""tinynet, used in the ordinary way."""

from __future__ import annotations

from typing import Any

import tinynet
from benchmarks.peers.sequential import LOSSES, SequentialPeer
from benchmarks.workloads import Workload


class Peer(SequentialPeer):
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int, **options: Any) -> None:
        super().__init__(tinynet, work, data, weights)
        self.options = options
        self.reset()

    def reset(self) -> None:
        self.model.compile(self.work.optimizer, loss=LOSSES[self.work.loss], **self.options)
        self.model.set_weights(self.initial)

    def calls(self, row: Any) -> dict[str, Any]:
        return {
            "model(x)": lambda: self.model(row),
            "predict(x, verbose=0)": lambda: self.model.predict(row, verbose=0),
        }

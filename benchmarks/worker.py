"""Runs one peer on one workload in a process of its own: commands come on standard input, answers are JSON lines.

    python -m benchmarks.worker PEER WORKLOAD [--threads 1]

Commands, one JSON object per line: ``{"do": "check"}``, ``{"do": "warm"}``, ``{"do": "run", "epochs": 100}``,
``{"do": "loss"}``, ``{"do": "latency"}``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

#: A run repeats whole fits until it lasts this long; shorter runs would not show waits for a core.
LEAST_SECONDS = 0.15


def waited() -> float:
    """Return the seconds that this process's threads have waited for a core (Linux; otherwise 0)."""
    total = 0
    for task in Path("/proc/self/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[1])
        except (OSError, IndexError):  # the thread has ended, or the kernel does not count this
            continue
    return total / 1e9


class Worker:
    def __init__(self, name: str, workload: str, threads: int) -> None:
        import numpy as np

        from benchmarks.peers import PEERS
        from benchmarks.workloads import WORKLOADS, initial_weights, mean_loss, shared_data

        self.np, self.mean_loss = np, mean_loss
        self.work, self.threads, self.entry = WORKLOADS[workload], threads, PEERS[name]
        self.data = shared_data(self.work, sparse=self.entry.sparse)
        self.initial = initial_weights(self.work)
        self.Peer = self.entry.load()
        self.peer: Any = None

    def make(self, work: Any, data: Any) -> Any:
        return self.Peer(work, data, self.initial, self.threads, **self.entry.options)

    def check(self) -> dict[str, Any]:
        """Train three and a half batches, unshuffled; all peers with the same optimizer must reach the same weights."""
        head = self.work.head(min(self.work.rows, 3 * self.work.batch + self.work.batch // 2))
        x, y, x_val, y_val = self.data
        peer = self.make(head, (x[: head.rows], y[: head.rows], x_val[:0], y_val[:0]))
        peer.fit(1, shuffle=False)
        return {"weights": [self.np.asarray(w).tolist() for w in peer.weights()[-2:]]}

    def warm(self) -> dict[str, Any]:
        """Do everything that is only done once: conversions, compiling, first use of memory."""
        self.peer = self.make(self.work, self.data)
        self.peer.fit(2)
        return {}

    def run(self, epochs: int, least: float = LEAST_SECONDS) -> dict[str, Any]:
        """Repeat whole fits from the initial weights for at least `least` seconds; return the time per epoch."""
        wall = cpu = queued = 0.0
        fits = 0
        while wall < least:
            self.peer.reset()
            line, used = waited(), time.process_time()
            begun = time.perf_counter()
            self.peer.fit(epochs)
            wall += time.perf_counter() - begun
            cpu, queued = cpu + time.process_time() - used, queued + waited() - line
            fits += 1
        return {
            "seconds": wall / fits / epochs,
            "fits": fits,
            "wall": wall,
            "cpu": cpu,
            "queued": queued,
        }

    def loss(self) -> dict[str, Any]:
        """Return the loss of the last run's weights on the training data, by `mean_loss`, the same for all."""
        return {"loss": self.mean_loss(self.work, self.peer.weights(), self.data[0], self.data[1])}

    def latency(self, seconds: float = 0.3) -> dict[str, Any]:
        """Return microseconds per prediction of one row: the median over blocks of calls."""
        row = self.np.ascontiguousarray(self.data[0][:1])
        found = {}
        for name, call in self.peer.calls(row).items():
            repetitions, each = (1, self.peer.CALLS) if hasattr(self.peer, "CALLS") else (50, 50)
            call()
            blocks: list[float] = []
            begun = time.perf_counter()
            while time.perf_counter() - begun < seconds or len(blocks) < 3:
                started = time.perf_counter()
                for _ in range(repetitions):
                    call()
                blocks.append((time.perf_counter() - started) / each)
            found[name] = 1e6 * sorted(blocks)[len(blocks) // 2]
        return found

    def versions(self) -> dict[str, Any]:
        """Return the versions of the peer's packages."""
        from importlib.metadata import PackageNotFoundError, version

        found = {}
        for package in self.entry.packages:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                found[package] = "checkout"
        return {"versions": found, "cores": len(os.sched_getaffinity(0))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer")
    parser.add_argument("workload")
    parser.add_argument("--threads", type=int, default=0, help="1 pins the process to one core; 0 leaves all defaults")
    args = parser.parse_args()
    if args.threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before any library counts the cores
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a peer prints must not be taken for an answer
    worker = Worker(args.peer, args.workload, args.threads)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(worker, command.pop("do"))(**command)
        except Exception as error:  # the runner reports it beside the other peers' figures
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()

"""Starts the workers and takes the figures: in turn, repeated, with the runs dropped that had to wait for a core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS, Workload, initial_weights, mean_loss, shared_data

ROOT = Path(__file__).parent.parent
#: Settings of build hosts that halve the speed of OpenBLAS, and thread counts: cleared for every peer.
CLEARED = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_CPU_NAME",
    "NUMBA_DISABLE_JIT",
    "TINYNET_JIT",
    "XLA_FLAGS",
    "PYTHONDONTWRITEBYTECODE",
)
#: The most of a run that may be spent waiting for a core; beyond that it is dropped.
MOST_WAITED = 0.05
#: How far a peer's final loss may be from tinynet's, as a share of the loss before training: the shuffles differ.
LOSS_TOLERANCE = 0.05
#: How far the weights may differ after three unshuffled batches, as a share of the largest entry (float32).
WEIGHT_TOLERANCE = 2e-3


#: A peer that takes this many times as long as the fastest runs only in every other round.
FAR_BEHIND = 8


def environment(threads: int, extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a worker."""
    env = {k: v for k, v in os.environ.items() if k not in CLEARED}
    env |= {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "agg"}
    if threads == 1:
        env |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
        env |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return env | (extra or {})


class WorkerProcess:
    """A running worker."""

    def __init__(self, peer: str, workload: str, threads: int) -> None:
        self.peer = peer
        command = [sys.executable, "-m", "benchmarks.worker", peer, workload, "--threads", str(threads)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(threads, PEERS[peer].environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get("BENCHMARKS_VERBOSE") else None,
            text=True,
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            said = self.process.stderr.read() if self.process.stderr else ""
            return {"error": (said.strip().splitlines() or ["the worker died"])[-1]}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


@dataclass
class Result:
    """What was found for one peer on one workload."""

    peer: str
    workload: str
    threads: int
    seconds: list[float | None] = field(default_factory=list)
    """Per round: seconds per epoch, or None where the run had to wait for a core."""
    noisy: bool = False
    """Whether all runs had to wait; then the figure is that of the run that waited least."""
    loss: float | None = None
    refused: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    ratio: float | None = None
    """Median over the rounds of this peer's time divided by tinynet's in the same round."""
    figure: float | None = None
    """Median, in the workload's unit: microseconds per step or milliseconds per epoch."""


def share_waited(run: dict[str, Any], threads: int) -> float:
    """Return the share of a run during which it needed a core and had none.

    On one core the threads of a peer wait for each other, which is the peer's own cost. There, only the time counts
    during which the whole process did not run.
    """
    if threads == 1:
        return 1 - float(run["cpu"]) / float(run["wall"])
    return float(run["queued"]) / float(run["wall"])


def measure(
    work: Workload,
    peers: list[str],
    threads: int,
    *,
    rounds: int,
    epochs: int | None = None,
    log: Any = None,
) -> list[Result]:
    """Run the peers of one workload in turn, round after round, and return the results."""
    say = log or (lambda text: None)
    results = {peer: Result(peer, work.name, threads) for peer in peers}
    for peer in peers:
        results[peer].refused = PEERS[peer].why_not(work)
    shared_data(work)  # once, before the workers need it
    workers: dict[str, WorkerProcess] = {}
    try:
        _prepare(work, workers, results, threads, say)
        waits: dict[str, list[tuple[float, int, float]]] = {peer: [] for peer in workers}
        for turn in range(rounds):
            order = [p for p in workers if not results[p].refused]
            order = order[turn % len(order) :] + order[: turn % len(order)]
            for peer in order:
                if turn % 2 and _far_behind(results, peer):
                    results[peer].seconds.append(None)
                    continue
                _one_run(work, workers[peer], results[peer], epochs or work.epochs, waits[peer], say)
        for peer, found in waits.items():
            if found and not any(s is not None for s in results[peer].seconds):
                results[peer].noisy = True
                _, turn, seconds = min(found)
                results[peer].seconds[turn] = seconds
        _judge(work, workers, results)
    finally:
        for worker in workers.values():
            worker.stop()
    _divide(work, results)
    return list(results.values())


def _far_behind(results: dict[str, Result], peer: str) -> bool:
    """Whether a peer is so slow that every other round is enough."""
    first = {p: r.seconds[0] for p, r in results.items() if r.seconds and r.seconds[0] is not None}
    return peer in first and first[peer] > FAR_BEHIND * min(first.values())


def _prepare(
    work: Workload, workers: dict[str, WorkerProcess], results: dict[str, Result], threads: int, say: Any
) -> None:
    """Start, compile and warm up the peers one by one; reject those whose steps differ from tinynet's."""
    right: list[Any] | None = None
    for peer in results:
        if results[peer].refused:
            continue
        say(f"{work.name}: preparing {peer}")
        worker = workers[peer] = WorkerProcess(peer, work.name, threads)
        checked, warmed = worker.ask("check"), worker.ask("warm")
        error = checked.get("error") or warmed.get("error")
        if error:
            results[peer].refused = error
            continue
        results[peer].versions = worker.ask("versions")["versions"]
        if right is None:
            right = checked["weights"]
        elif PEERS[peer].same_updates:
            apart = max(_apart(a, b) for a, b in zip(checked["weights"], right, strict=True))
            if apart > WEIGHT_TOLERANCE:
                results[peer].refused = f"after three batches its weights are {apart:.1e} apart from tinynet's"


def _apart(a: Any, b: Any) -> float:
    a, b = np.asarray(a), np.asarray(b)
    return float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3))


def _one_run(
    work: Workload,
    worker: WorkerProcess,
    result: Result,
    epochs: int,
    waits: list[tuple[float, int, float]],
    say: Any,
) -> None:
    """Run once, and a second time at once if the first had to wait."""
    run: dict[str, Any] = {}
    for _ in range(2):
        run = worker.ask("run", epochs=epochs)
        if "error" in run:
            result.refused = run["error"]
            return
        if share_waited(run, result.threads) <= MOST_WAITED:
            break
    share = share_waited(run, result.threads)
    waits.append((share, len(result.seconds), run["seconds"]))
    result.seconds.append(run["seconds"] if share <= MOST_WAITED else None)
    dropped = "" if share <= MOST_WAITED else f"  dropped: waited {share:.0%}"
    say(f"{work.name}: {result.peer:14} {in_unit(work, run['seconds']):10.2f}{dropped}")


def _judge(work: Workload, workers: dict[str, WorkerProcess], results: dict[str, Result]) -> None:
    """Reject the figures of peers that did not reach tinynet's loss."""
    for peer, worker in workers.items():
        if not results[peer].refused:
            answer = worker.ask("loss")
            results[peer].refused, results[peer].loss = answer.get("error", ""), answer.get("loss")
    aim = results.get("tinynet")
    if aim is None or aim.loss is None:
        return
    x, y, *_ = shared_data(work)
    before = mean_loss(work, initial_weights(work), x[:4096], y[:4096])
    for result in results.values():
        if result.loss is None or result is aim:
            continue
        # Another optimizer may do better, but not much worse.
        worse = result.loss - aim.loss if not PEERS[result.peer].same_updates else abs(result.loss - aim.loss)
        if not worse <= LOSS_TOLERANCE * before:
            result.refused = f"reached loss {result.loss:.4f}, tinynet {aim.loss:.4f}"


def _divide(work: Workload, results: dict[str, Result]) -> None:
    """Fill in the figures, and the ratios of runs in the same round."""
    base = results.get("tinynet")
    for result in results.values():
        own = [s for s in result.seconds if s is not None]
        if own:
            result.figure = in_unit(work, median(own))
        if base is not None and base.seconds and own and not result.refused:
            pairs = [a / b for a, b in zip(result.seconds, base.seconds, strict=False) if a and b]
            stand_in = [s for s in base.seconds if s is not None]
            result.ratio = median(pairs) if pairs else median(own) / median(stand_in)


def in_unit(work: Workload, seconds: float) -> float:
    """Return seconds per epoch as microseconds per step or milliseconds per epoch."""
    return 1e6 * seconds / work.steps if work.unit == "step" else 1e3 * seconds


def latency(peers: list[str], rounds: int = 3) -> dict[str, dict[str, float]]:
    """Return microseconds for the prediction of one row through network C, per peer and way of calling, on one core."""
    found: dict[str, dict[str, list[float]]] = {}
    peers = [p for p in peers if not PEERS[p].why_not(WORKLOADS["C"]) and not PEERS[p].options]  # options: of training
    workers = {p: WorkerProcess(p, "C", 1) for p in peers}
    try:
        ready = [p for p, worker in workers.items() if "error" not in worker.ask("warm")]
        for _ in range(rounds):
            for peer in ready:
                for call, microseconds in workers[peer].ask("latency").items():
                    found.setdefault(peer, {}).setdefault(call, []).append(microseconds)
    finally:
        for worker in workers.values():
            worker.stop()
    return {p: {call: median(times) for call, times in calls.items()} for p, calls in found.items()}

"""Start-up: from the start of the process to the end of workload B's first epoch, and a whole session of tinynet.

python -m benchmarks.startup               measure tinynet alone: CPU and wall seconds, the first time ever and warm
python -m benchmarks.startup PEER          the timed program: one fresh process
python -m benchmarks.startup session       the same: all that a session with tinynet may call
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any, NamedTuple

PEERS = ("tinynet", "jax", "torch", "sklearn", "keras-jax", "keras-tf")
SESSION = "session"


class Seconds(NamedTuple):
    """What one fresh process takes: by the clock, to the end of its work, and of processor time, to its end."""

    wall: float
    cpu: float


def once(program: str, extra: dict[str, str] | None = None) -> Seconds:
    """Return the seconds that one fresh process takes (both clocks are the machine's monotonic one)."""
    from benchmarks import runner
    from benchmarks.peers import PEERS as ENTRIES

    own = ENTRIES[program].environment if program in ENTRIES else {}
    env = runner.environment(0, own | (extra or {}))
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # users have .pyc files
    command = [sys.executable, "-m", "benchmarks.startup", program]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=runner.ROOT, env=env, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(float(done.stdout.split()[-1]) - begun, used)


def first_ever(program: str) -> Seconds:
    """Return the same with an empty folder for compiled kernels."""
    with tempfile.TemporaryDirectory() as folder:
        return once(program, cache_in(folder))


def cache_in(folder: str) -> dict[str, str]:
    """Return the variables that name the folder for compiled code."""
    return {"TINYNET_CACHE_DIR": folder, "NUMBA_CACHE_DIR": folder}


def measure(peers: list[str], rounds: int = 5) -> dict[str, Any]:
    """Return median seconds per peer from warm caches, and for tinynet also the very first time and a whole session."""
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS

    peers = [p for p in PEERS if p in peers and not ENTRIES[p].why_not(WORKLOADS["B"])]
    programs = [*peers, *([SESSION] if "tinynet" in peers else [])]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for program in programs:  # to fill the page cache and compile bytecode
            once(program, cache_in(folder))
        if "tinynet" in peers:
            found["tinynet, first time ever"] = first_ever("tinynet").wall
            found["tinynet, a whole session, first time ever"] = first_ever(SESSION).wall
        times: dict[str, list[float]] = {program: [] for program in programs}
        for _ in range(rounds):
            for program in programs:
                times[program].append(once(program, cache_in(folder)).wall)
    medians = {program: median(taken) for program, taken in times.items()}
    session = {"tinynet, a whole session": medians.pop(SESSION)} if SESSION in medians else {}
    return found | session | medians


def session() -> None:
    """Fit with validation, evaluate, predict; the same on sparse samples; softmax with Adam; and the layer loop."""
    import numpy as np

    import tinynet
    from tinynet.layers import Dense, Input

    def model(inputs: int, units: int, activation: str, optimizer: str, loss: str, **options: Any) -> Any:
        made = tinynet.Sequential([Input((inputs,)), Dense(64, "relu"), Dense(units, activation)])
        made.compile(optimizer, loss, metrics=["accuracy"], **options)
        return made

    rng = np.random.default_rng(0)
    dense, sparse = rng.random((1000, 12), np.float32), (rng.random((1000, 2000)) < 0.01).astype(np.float32)
    y = (dense[:, 0] > 0.5).astype(np.float32)
    for x in (dense, sparse):
        binary = model(x.shape[1], 1, "sigmoid", "rmsprop", "binary_crossentropy")
        binary.fit(x, y, batch_size=64, validation_split=0.2, verbose=0)
        binary.evaluate(x, y, verbose=0)
        binary.predict(x, verbose=0)
    model(12, 3, "softmax", "adam", "sparse_categorical_crossentropy").fit(dense, y, batch_size=64, verbose=0)
    layers = model(12, 1, "sigmoid", "rmsprop", "binary_crossentropy", compiled=False)
    layers.fit(dense, y, batch_size=64, verbose=0)


def first_epoch(name: str) -> None:
    """Train workload B for an epoch."""
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS, initial_weights, make_data

    entry, work = ENTRIES[name], WORKLOADS["B"]
    peer = entry.load()(work, make_data(work), initial_weights(work), 0, **entry.options)
    peer.fit(1)


def main() -> None:
    if not sys.argv[1:]:
        for program in ("tinynet", SESSION):
            with tempfile.TemporaryDirectory() as folder:
                first, *warm = (once(program, cache_in(folder)) for _ in range(8))
            for how, taken in (("first time ever", [first]), ("warm", warm)):
                wall, cpu = (median(numbers) for numbers in zip(*taken, strict=True))
                print(f"{program}, {how}: {cpu:.2f} s of processor time, {wall:.2f} s by the clock")
        return
    if sys.argv[1] == SESSION:
        session()
    else:
        first_epoch(sys.argv[1])
    print(time.monotonic())


if __name__ == "__main__":
    main()

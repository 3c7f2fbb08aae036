"""Long and large: ten million steps, a million epochs, and more numbers than 32 bits can count."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import tinynet
from tests.battery.tally import Tally, in_child
from tinynet.layers import Dense, Embedding, Input

ROOT = Path(__file__).parents[2]


def _memory() -> int:
    """Return the bytes that are in memory now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _network() -> tinynet.Sequential:
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((3,)), Dense(4, "relu"), Dense(1)])
    model.compile("adam", "mse")
    model.shuffle_state()  # drawn now, so that networks of one seed also shuffle alike
    return model


def steps(count: int, seed: int = 0) -> Tally:
    """Make so many steps; memory may grow by a few megabytes, whatever the number."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(100_000, 3)).astype("float32")
    y = x[:, :1]

    def work() -> tuple[int, bool]:
        model = _network()
        model.fit(x, y, batch_size=1, epochs=2, verbose=0)
        before = _memory()
        model.fit(x, y, batch_size=1, epochs=max(1, count // len(x)), verbose=0)
        return _memory() - before, bool(np.isfinite(model.predict(x[:9], verbose=0)).all())

    found, end = in_child(work, patience=3600)
    tally = Tally(count, note=f"memory after {count:,} steps: {(found or (0,))[0] / 1e6:+.1f} MB")
    if found is None or found[0] > 30e6 or not found[1]:
        tally.failures.append(f"{count} steps: {found} {end}")
    return tally


def epochs(count: int, seed: int = 0) -> Tally:
    """Train for so many epochs: the history is exact, and takes a few numbers an epoch."""
    x = np.random.default_rng(seed).normal(size=(4, 3)).astype("float32")
    y = x[:, :1]

    def work() -> tuple[int, bool]:
        model, twin = _network(), _network()
        twin.fit(x, y, epochs=1, verbose=0)
        before = _memory()
        history = model.fit(x, y, epochs=count, verbose=0)
        losses = history.history["loss"]
        first = [float(v) for v in losses[:50]]
        again = _network().fit(x, y, epochs=50, verbose=0).history["loss"]
        exact = len(losses) == count and history.epoch[-1] == count - 1 and first == [float(v) for v in again]
        return _memory() - before, exact

    found, end = in_child(work, patience=3600)
    grown = (found or (0,))[0]
    tally = Tally(count, note=f"a history of {count:,} epochs takes {grown / 1e6:.0f} MB")
    if found is None or not found[1] or grown > 20e6 + 200 * count:
        tally.failures.append(f"{count} epochs: {found} {end}")
    return tally


MAPPED = """
import sys
import resource
import numpy as np
import tinynet
rows, columns = int(sys.argv[1]), 64
x = np.memmap(sys.argv[2], np.float32, "r", shape=(rows, columns))
used = next(1024 * int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (used + (1 << 30),) * 2)
y = np.zeros(rows, np.int8)
model = tinynet.Sequential([tinynet.Input((columns,)), tinynet.layers.Dense(4), tinynet.layers.Dense(1)])
model.compile("sgd", "mse")
loss = model.fit(x, y, batch_size=4096, epochs=1, verbose=0).history["loss"][0]
print(loss, model.optimizer.iterations)
"""


def mapped(gigabytes: int, seed: int = 0) -> Tally:
    """Train on a memory-mapped file, a sparse one, with one gigabyte allowed beside what is mapped."""
    rows = gigabytes * (1 << 30) // (64 * 4)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x"
        with path.open("wb") as file:
            os.truncate(file.fileno(), rows * 64 * 4)
        command = [sys.executable, "-c", MAPPED, str(rows), str(path)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        end = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=3000, check=False)
    tally = Tally(rows, note=f"{gigabytes} GB mapped, 1 GB allowed, {rows * 64:,} numbers")
    if end.returncode or end.stdout.split() != ["0.0", str(-(-rows // 4096))]:
        tally.failures.append(f"{gigabytes} GB: {end.stdout} {end.stderr[-300:]}")
    return tally


def large_layer(numbers: int, seed: int = 0) -> Tally:
    """Look up the last rows of a table of so many numbers, and train them: places beyond 32 bits are right."""

    def work() -> list[float]:
        rows = numbers // 8 + 8
        model = tinynet.Sequential([Input((1,)), Embedding(rows, 8, embeddings_initializer="zeros")])
        model.compile("sgd", "mse")
        table = model.layers[-1].embeddings
        table[rows - 1] = 1.0
        found = model.predict(np.array([[rows - 1], [0], [rows - 2]]), verbose=0)
        return [float(found[0].sum()), float(found[1].sum()), float(found[2].sum())]

    with open("/proc/meminfo") as file:
        free = next(1024 * int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    if free < 3 * 4 * numbers:
        return Tally(note=f"a layer of {numbers:,} numbers was left out: {free / 1e9:.0f} GB are free")
    found, end = in_child(work, patience=3000)
    tally = Tally(1, note=f"a layer of {numbers:,} numbers")
    if found != [8.0, 0.0, 0.0]:
        tally.failures.append(f"a layer of {numbers} numbers: {found} {end}")
    return tally

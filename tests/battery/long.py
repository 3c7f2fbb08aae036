"""Long and large: ten million steps, a million epochs, and more numbers than 32 bits can count."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import tinynet
from tests.battery.tally import Tally, in_child
from tinynet.layers import Dense, Embedding, Input
from tinynet.optimizers import SGD

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
    """Use and train what stands last in a table and in a kernel of so many numbers: places beyond 32 bits are right."""
    tally, needed = Tally(), 2.4 * 4 * numbers  # the weights and their gradients
    for work in (_large_table, _large_kernel):
        with open("/proc/meminfo") as file:
            free = next(1024 * int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
        if free < needed:
            tally.note += f"left out: {free / 1e9:.0f} GB are free. "
            continue
        found, end = in_child(partial(work, numbers), patience=3000)
        tally.inputs += 1
        tally.note += f"{numbers:,} numbers. "
        if found is not True:
            tally.failures.append(f"{work.__name__} of {numbers} numbers: {found} {end}")
    return tally


def _zeros(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return zeros that take no memory before they are used."""
    return np.zeros(shape, dtype)


def _large_table(numbers: int) -> bool:
    rows = min(1 << 24, numbers // 8)  # float32 has whole numbers to 2^24
    columns = numbers // rows + 1
    model = tinynet.Sequential([Input((1,)), Embedding(rows, columns, embeddings_initializer=_zeros)])
    model.compile(SGD(3.0 * columns), "mse")
    model.layers[0].embeddings[rows - 1] = 1.0
    x, y = np.array([[rows - 1], [0], [rows - 2]]), np.zeros((3, 1, columns), "float32")
    y[1], y[2] = 1.0, 2.0
    found = model.predict(x, verbose=0)[:, 0]
    model.fit(x, y, batch_size=3, verbose=0)
    table = model.layers[0].embeddings
    learnt = {row: table[row] for row in (rows - 1, 0, rows - 2, 1, rows // 2, rows - 3)}  # each moves by -2 (w - y)
    expected = dict(zip(learnt, (-1.0, 2.0, 4.0, 0.0, 0.0, 0.0), strict=True))
    return bool(
        [row.tolist() for row in found] == [[1.0] * columns, [0.0] * columns, [0.0] * columns]
        and all(np.allclose(learnt[row], expected[row]) for row in learnt)
    )


def _large_kernel(numbers: int) -> bool:
    units = int(np.ceil(np.sqrt(numbers)))
    model = tinynet.Sequential([Input((units,)), Dense(units, use_bias=False, kernel_initializer=_zeros)])
    model.compile(SGD(float(units)), "mse")
    model.layers[0].kernel[-1, -1] = 3.0
    x, y = np.zeros((2, 2, units), "float32")
    x[0, -1] = x[1, 0] = y[1, -1] = 1.0
    found = model.predict(x, verbose=0)
    model.fit(x, y, batch_size=2, verbose=0)
    kernel = model.layers[0].kernel  # the mean over 2 · units outputs: each weight moves by -(p - y)
    return bool(
        found[0, -1] == 3.0
        and np.count_nonzero(found) == 1
        and np.allclose([kernel[-1, -1], kernel[0, -1], kernel[0, 0], kernel[-1, 0]], [0.0, 1.0, 0.0, 0.0], atol=1e-6)
    )

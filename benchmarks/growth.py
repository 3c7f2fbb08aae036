"""How the cost of an epoch grows with rows, width, depth and batch, and how it compares with NumPy's own product.

python -m benchmarks.growth                the measured program, in a process of its own
"""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

AXES: dict[str, tuple[int, ...]] = {
    "rows": (1000, 3162, 10_000, 31_623, 100_000, 316_228, 1_000_000),
    "width": (8, 16, 32, 64, 128, 256, 512, 1024, 2048),
    "depth": (1, 2, 4, 8, 16),
    "batch": (1, 4, 16, 64, 256, 1024, 4096),
}


def shape_of(axis: str, value: int) -> tuple[tuple[int, ...], int, int]:
    """Return layer sizes, rows and batch of one point; everything else is as in workload C."""
    if axis == "rows":
        return (12, 64, 64, 1), value, 64
    if axis == "width":
        return (64, value, value, 1), 2048, 64
    if axis == "depth":
        return (12, *[64] * value, 1), 4096, 64
    return (12, 64, 64, 1), 4096, value


def flops(sizes: tuple[int, ...], rows: int) -> int:
    """Return the operations of an epoch's products: forward, weight gradients, input gradients of all but layer 1."""
    products = [a * b for a, b in itertools.pairwise(sizes)]
    return 2 * rows * (3 * sum(products) - products[0])


def exponent(xs: list[float], ys: list[float]) -> float:
    """Return the slope of a straight line through the logarithms of the points: y grows like x to this power."""
    u, v = [math.log(x) for x in xs], [math.log(y) for y in ys]
    mu, mv = sum(u) / len(u), sum(v) / len(v)
    return sum((a - mu) * (b - mv) for a, b in zip(u, v, strict=True)) / sum((a - mu) ** 2 for a in u)


def measure(threads: int = 1) -> dict[str, Any]:
    """Return the points of every axis, with the exponents over the whole range and over its upper half."""
    from benchmarks import runner

    command = [sys.executable, "-m", "benchmarks.growth", str(threads)]
    done = subprocess.run(
        command, cwd=runner.ROOT, env=runner.environment(threads), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for points in found.values():
        xs, ys = points["values"], points["seconds"]
        half = len(xs) // 2
        points["exponent"], points["upper exponent"] = exponent(xs, ys), exponent(xs[half:], ys[half:])
    return found


def timed(call: Callable[[int], Any], least: float = 0.1) -> float:
    """Return the median seconds per repetition of three `call(repetitions)`, each of at least `least` seconds."""
    repetitions = 1
    while True:
        begun = time.perf_counter()
        call(repetitions)
        once = time.perf_counter() - begun
        if once >= least / 2:
            break
        repetitions *= 2 if once > least / 8 else 8
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        call(repetitions)
        taken.append((time.perf_counter() - begun) / repetitions)
    return median(taken)


def numpy_products(sizes: tuple[int, ...], rows: int, batch: int) -> float:
    """Return the GFLOP/s of NumPy's product at the shapes of an epoch's widest layer."""
    import numpy as np

    rng = np.random.default_rng(0)
    inputs, units = max(itertools.pairwise(sizes), key=math.prod)
    n = min(batch, rows)
    x, w, d = (rng.random(shape, "f4") for shape in ((n, inputs), (inputs, units), (n, units)))
    z, dw, dx = np.empty_like(d), np.empty_like(w), np.empty_like(x)

    def products(repetitions: int) -> None:
        for _ in range(repetitions):
            np.dot(x, w, out=z)
            np.dot(x.T, d, out=dw)
            np.dot(d, w.T, out=dx)

    return 6e-9 * n * inputs * units / timed(products)


def main() -> None:
    import os

    import numpy as np

    import tinynet
    from tinynet.layers import Dense

    if sys.argv[1:] == ["1"] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {}
    for axis, values in AXES.items():
        points: dict[str, list[Any]] = {"values": list(values), "seconds": [], "gflops": [], "numpy gflops": []}
        for value in values:
            sizes, rows, batch = shape_of(axis, value)
            x = rng.random((rows, sizes[0]), "f4")
            y = (x[:, :1] > x[:, 1:2]).astype("f4")
            hidden = [Dense(units, activation="relu") for units in sizes[1:-1]]
            model = tinynet.Sequential([tinynet.Input((sizes[0],)), *hidden, Dense(1, activation="sigmoid")])
            model.compile("rmsprop", loss="binary_crossentropy")

            def fit(epochs: int, model: Any = model, x: Any = x, y: Any = y, batch: int = batch) -> None:
                model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)

            fit(1)
            seconds = timed(fit)
            points["seconds"].append(seconds)
            points["gflops"].append(1e-9 * flops(sizes, rows) / seconds)
            points["numpy gflops"].append(numpy_products(sizes, rows, batch))
        found[axis] = points
    print(json.dumps(found))


if __name__ == "__main__":
    main()

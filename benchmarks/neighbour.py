"""A busy neighbour: the time of a step while another process keeps a core busy, with 1 thread, 2, and as tinynet likes.

python -m benchmarks.neighbour             prints the table
python -m benchmarks.neighbour 2 busy      the measured program: 2 threads at most, beside a neighbour
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from statistics import median
from typing import Any

EPOCHS, ROUNDS = 50, 9


def measure(rounds: int = 3) -> dict[str, Any]:
    """Return microseconds a step by threads, alone and beside a neighbour, all in turn."""
    from benchmarks import runner

    ways = [(threads, neighbour) for neighbour in ("alone", "busy") for threads in ("1", "2", "free")]
    times: dict[tuple[str, str], list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            command = [sys.executable, "-m", "benchmarks.neighbour", *way]
            env = runner.environment(0, {"NUMBA_NUM_THREADS": "1"} if way[0] == "1" else {})
            done = subprocess.run(command, cwd=runner.ROOT, env=env, capture_output=True, text=True, check=True)
            times[way].append(float(json.loads(done.stdout.splitlines()[-1])))
    found: dict[str, Any] = {}
    for neighbour in ("alone", "busy"):
        row = {threads: median(times[threads, neighbour]) for threads in ("1", "2", "free")}
        found[neighbour] = row | {"free / better": row["free"] / min(row["1"], row["2"])}
    return found


def burn() -> None:
    while True:
        sum(range(100_000))


def main() -> None:
    import numpy as np

    import tinynet
    from tinynet.layers import Dense
    from tinynet.training import load

    threads, neighbour = sys.argv[1:]
    if threads == "2":  # always two: no trials with one

        class Fixed(load.Load):
            def __init__(self, most: int) -> None:
                super().__init__(most)
                self.choices = [most]

        from tinynet.training import compiled_loop

        compiled_loop.Load = Fixed  # type: ignore[misc]
    tinynet.set_random_seed(1)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4000, 64)).astype("float32"), rng.integers(0, 10, 4000)
    model = tinynet.Sequential([tinynet.Input((64,)), Dense(100, activation="relu"), Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, batch_size=200, verbose=0)
    other = multiprocessing.get_context("fork").Process(target=burn, daemon=True) if neighbour == "busy" else None
    if other is not None:
        other.start()
        time.sleep(0.2)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        model.fit(x, y, epochs=EPOCHS, batch_size=200, verbose=0)
        taken.append((time.perf_counter() - begun) / (EPOCHS * 20))
    if other is not None:
        other.kill()
    print(json.dumps(median(taken) * 1e6))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        main()
    else:
        print("64-100-10, batch 200, Adam: microseconds a step with 1 thread, with 2, and as tinynet chooses")
        for name, row in measure().items():
            print(f"{name:6}" + "".join(f"  {key}: {value:.3g}" for key, value in row.items()))

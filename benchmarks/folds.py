"""Four folds of a regression like Boston's (404 rows of 13 numbers), in four Python threads and one after another.

python -m benchmarks.folds                 the measured program, in a process of its own
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

FOLDS, EPOCHS, BATCH = 4, 100, 16


def measure(rounds: int = 7) -> dict[str, Any]:
    """Return the median seconds of both ways, and the median ratio of neighbouring runs."""
    from benchmarks import runner

    command = [sys.executable, "-m", "benchmarks.folds", str(rounds)]
    done = subprocess.run(
        command, cwd=runner.ROOT, env=runner.environment(0), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    import numpy as np

    import tinynet
    from benchmarks.workloads import WORKLOADS, make_data
    from tinynet.layers import Dense

    x, y, *_ = make_data(WORKLOADS["F"])
    parts = np.array_split(np.arange(len(x)), FOLDS)

    def fold(held_out: int) -> float:
        rows = np.concatenate([part for i, part in enumerate(parts) if i != held_out])
        test = parts[held_out]
        model = tinynet.Sequential(
            [tinynet.Input((13,)), Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(1)]
        )
        model.compile("rmsprop", loss="mse", metrics=["mae"])
        validation = (x[test], y[test])
        model.fit(x[rows], y[rows], epochs=EPOCHS, batch_size=BATCH, validation_data=validation, verbose=0)
        return float(model.evaluate(*validation, verbose=0)[1])

    fold(0)
    alone, together = [], []
    with ThreadPoolExecutor(FOLDS) as threads:
        for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 7):
            begun = time.perf_counter()
            list(map(fold, range(FOLDS)))
            alone.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            list(threads.map(fold, range(FOLDS)))
            together.append(time.perf_counter() - begun)
    ratios = [b / a for a, b in zip(alone, together, strict=True)]
    print(json.dumps({"one after another": median(alone), "four threads": median(together), "ratio": median(ratios)}))


if __name__ == "__main__":
    main()

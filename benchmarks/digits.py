"""scikit-learn's classifier with its default settings on the bundled digits, and tinynet's in its place.

python -m benchmarks.digits                prints the table; with --record also writes it into digits.md
python -m benchmarks.digits 1              the measured program: one thread (0: each library's default)

Both are fitted in turn, from the same first weights and in the same order of samples, in a process of their own for
each number of threads. Everything counts: checks, conversions, the epochs' records.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from pathlib import Path
from statistics import mean, median
from typing import Any

PAGE = Path(__file__).parent / "digits.md"
WAYS = {"one": 1, "default": 0}
#: Seeds are the rounds' numbers.
ROUNDS = 7


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return by threads what `compare` returns."""
    from benchmarks import runner

    found = {}
    for name, threads in WAYS.items():
        command = [sys.executable, "-m", "benchmarks.digits", str(threads), str(rounds)]
        env = runner.environment(threads)
        done = subprocess.run(command, cwd=runner.ROOT, env=env, capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def estimators() -> dict[str, Any]:
    """Return both classes."""
    from sklearn import neural_network

    import tinynet.sklearn

    return {"scikit-learn": neural_network.MLPClassifier, "tinynet": tinynet.sklearn.MLPClassifier}


def data() -> tuple[Any, Any, Any, Any]:
    """Return samples and classes to train on, and others; in float64, as scikit-learn's own copy of the digits."""
    from tinynet.datasets import digits

    (x, y), (x_test, y_test) = digits.load_data()
    return x.reshape(len(x), -1).astype(float), y, x_test.reshape(len(x_test), -1).astype(float), y_test


def compare(rounds: int) -> dict[str, Any]:
    """Return median seconds, by the clock and of processor time, mean scores and epochs, and median ratios."""
    x, y, x_test, y_test = data()
    runs: dict[str, list[tuple[float, ...]]] = {name: [] for name in estimators()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cls in estimators().values():  # imports and kernels are loaded once
            cls(max_iter=2).fit(x, y)
        for seed in range(rounds):
            for name, cls in estimators().items():
                model, begun, used = cls(random_state=seed), time.perf_counter(), time.process_time()
                model.fit(x, y)
                seconds = time.perf_counter() - begun, time.process_time() - used
                runs[name].append((*seconds, model.score(x_test, y_test), model.n_iter_))
    found: dict[str, Any] = {}
    for name, rows in runs.items():
        wall, cpu, score, epochs = zip(*rows, strict=True)
        found[name] = {"wall": median(wall), "cpu": median(cpu), "score": mean(score), "epochs": median(epochs)}
    for column, clock in enumerate(("wall", "cpu")):
        pairs = zip(*runs.values(), strict=True)
        found[f"{clock} ratio"] = median(theirs[column] / ours[column] for theirs, ours in pairs)
    return found


def markdown(found: dict[str, Any]) -> str:
    """Return the table."""
    from benchmarks.report import number, table

    head = ["Threads", "scikit-learn, s", "tinynet, s", "ratio", "of processor time", "scores"]
    rows = []
    for name, of in found.items():
        seconds = [number(of[who]["wall"]) for who in ("scikit-learn", "tinynet")]
        ratios = [f"{of[f'{clock} ratio']:.1f}" for clock in ("wall", "cpu")]
        scores = " and ".join(f"{of[who]['score']:.3f}" for who in ("scikit-learn", "tinynet"))
        rows.append([name, *seconds, *ratios, scores])
    return table(head, rows)


def record(found: dict[str, Any], page: Path = PAGE) -> None:
    """Put the table into the page, and the machine below it, in place of the ones before."""
    from benchmarks import machine

    about = machine.describe()
    where = f"{about['date']}: {about['cpu']}, {about['cores']} cores, Python {about['python']}."
    busy = f"Load while measuring: {about['load']:.1f}." if about["load"] is not None else ""
    text = page.read_text(encoding="utf-8")
    first, last = "<!-- table -->\n", "\n<!-- /table -->"
    before, after = text.split(first)[0], text.split(last)[1]
    page.write_text(f"{before}{first}{markdown(found)}\n\n{where} {busy}{last}{after}", encoding="utf-8")


def main() -> None:
    if sys.argv[1:] and sys.argv[1] != "--record":
        print(json.dumps(compare(int(sys.argv[2]) if sys.argv[2:] else ROUNDS)))
        return
    found = measure()
    print(markdown(found))
    if sys.argv[1:]:
        record(found)


if __name__ == "__main__":
    main()

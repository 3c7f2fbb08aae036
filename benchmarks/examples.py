"""What the numbered examples print, whole: the table in examples/README.md.

    python -m benchmarks.examples --data FOLDER            runs them all and prints the table
    python -m benchmarks.examples --record --data FOLDER   also writes it, and examples/results.json
    python -m benchmarks.examples --record --only 14,15    runs these alone, and keeps what is recorded of the others

FOLDER holds Keras's data files, as for the scripts. A script that has changed since it was recorded makes a test fail.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine, report, runner

FOLDER = runner.ROOT / "examples"
RECORDED, PAGE = FOLDER / "results.json", FOLDER / "README.md"
FIRST, LAST = "<!-- results -->", "<!-- /results -->"


@dataclass(frozen=True)
class Row:
    """A row of the table: its script, what is found in the script's output, and how that is written."""

    label: str
    script: str
    pattern: str
    text: str = "{}"
    book: str = ""


NEW = "{} of unseen ones"
FRESH = "{} (fresh points {})"
ROWS = (
    Row(
        "00: digits, 64-32-10, 10 epochs of plain NumPy",
        "00_the_whole_thing",
        r"([\d.]+)% of 360",
        "{} % of unseen ones",
    ),
    Row(
        "01: one unit learns 13, 26, 1000 random points",
        "01_random_data",
        r"^ +13 +(\S+)(?s:.*)^ +26 +(\S+)(?s:.*)^ +1000 +(\S+)",
        "{}, {}, {}",
    ),
    Row(
        "02: perceptron, 1000 random points",
        "02_perceptron",
        r"learnt: (\S+)\n.*fresh: +(\S+)",
        FRESH,
        "about 0.55",
    ),
    Row("02: perceptron, tumours by two measurements", "02_perceptron", r"^tumours, fresh: +(\S+)", NEW),
    Row("03: one hidden layer, tumours by all 30", "03_multilayer_perceptron", r"^tumours +\S+ +(\S+)", NEW),
    Row(
        "04: one hidden layer, 1000 random points",
        "04_deep_perceptron",
        r"^multilayer, 12-64-1 +\d+ +(\S+) +(\S+)",
        FRESH,
        "about 0.80",
    ),
    Row(
        "04: two hidden layers, 1000 random points",
        "04_deep_perceptron",
        r"^deep, 12-64-64-1 +\d+ +(\S+) +(\S+)",
        FRESH,
        "1.00",
    ),
    Row("05: IMDB, best epoch by validation loss", "05_imdb", r"^validation loss lowest at epoch (\d+)", book="4"),
    Row("05: IMDB, test accuracy after 4 epochs", "05_imdb", r"test accuracy (\S+) after", book="0.873 – 0.881"),
    Row("06: IMDB with the squared error, test accuracy", "06_imdb_mse", r"^mean squared error .* (\S+)$"),
    Row("07: Reuters, best epoch by validation loss", "07_reuters", r"^best epoch (\d+)", book="9"),
    Row("07: Reuters, test accuracy", "07_reuters", r"^test accuracy ([\d.]+)", book="0.78 – 0.80"),
    Row(
        "08: Boston, mean absolute error, 4 folds",
        "08_house_prices",
        r"^mean over the folds ([\d.]+)",
        book="2.4 – 2.6",
    ),
    Row("08: Boston, mean absolute error, test part", "08_house_prices", r"^test error (\S+)", book="2.4 – 2.6"),
    Row(
        "08: diabetes, mean absolute error, test part",
        "08_house_prices --diabetes",
        r"^test error (\S+) .* give (\S+)",
        "{} (always answering the mean: {})",
    ),
    Row(
        "09: even or odd digits, sigmoid and softmax",
        "09_image_classifier",
        r"^sigmoid.* (\S+)\n.*^softmax.* (\S+)$",
        "{} and {} of unseen ones",
    ),
    Row(
        "14: two spirals, the first to be down",
        "14_optimizers",
        r"^Verdict: (\w+) .* after (\d+)",
        "{}, after {} epochs",
    ),
    Row("14: two spirals, the same by plain SGD", "14_optimizers", r"^SGD +\S+ +(over \d+|\d+)", "after {} epochs"),
    Row(
        "15: diabetes, the best rate of SGD, and where it breaks",
        "15_learning_rates",
        r"^Verdict: the best rate here is (\S+)\. .*\n^with (\S+) it",
        "{}, and {}",
    ),
    Row(
        "16: half moons, ten layers of sigmoids; of ReLUs",
        "16_vanishing_gradients",
        r"^sigmoid  .* ([\d.]+)$(?s:.*)^ReLU, He .* ([\d.]+)$",
        "{} and {} of unseen ones",
    ),
)
SCRIPTS = tuple(dict.fromkeys(row.script for row in ROWS))


def digest(script: str) -> str:
    """Return what a script's text is recognised by."""
    return hashlib.sha256((FOLDER / f"{script.split()[0]}.py").read_bytes()).hexdigest()[:16]


def run(script: str, data: Path | None) -> dict[str, Any]:
    """Run a script to its end; return its numbers and its seconds of processor time."""
    import resource  # which Windows lacks

    name, *flags = script.split()
    if data and "data=True" in (FOLDER / f"{name}.py").read_text(encoding="utf-8"):
        flags += ["--data", str(data.resolve())]
    with tempfile.TemporaryDirectory() as pictures:
        command = [sys.executable, str(FOLDER / f"{name}.py"), *flags]
        command += [] if name.startswith("00") else ["--out", pictures]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=runner.environment(0), capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"digest": digest(script), "seconds": round(seconds, 1), "numbers": numbers(script, done.stdout)}


def numbers(script: str, said: str) -> dict[str, list[str]]:
    """Return what the rows of a script find in its output."""
    found = {}
    for row in (row for row in ROWS if row.script == script):
        match = re.search(row.pattern, said, re.M)
        if match is None:
            raise SystemExit(f"{script}: {row.label!r} finds no {row.pattern} in its output:\n{said[-2000:]}")
        found[row.label] = list(match.groups())
    return found


def table(found: dict[str, Any]) -> str:
    """Return the table in Markdown."""
    lines = ["| | here | Keras book | seconds |", "| --- | --- | --- | --- |"]
    shown: set[str] = set()
    for row in ROWS:
        result = found["scripts"][row.script]
        seconds = "" if row.script in shown else str(result["seconds"])
        shown.add(row.script)
        lines.append(f"| {row.label} | {row.text.format(*result['numbers'][row.label])} | {row.book} | {seconds} |")
    total = sum(result["seconds"] for result in found["scripts"].values())
    about = found["machine"]
    told = (
        "The seconds are processor time of the whole script, with imports, data and pictures, the kernels being "
        f"compiled already: {total:.0f} for all. "
        f"Recorded on {about['date']} with Python {about['python']} on {about['cpu']}."
    )
    return "\n".join([*lines, "", told])


def write(found: dict[str, Any], page: Path = PAGE) -> None:
    """Write the table into the page."""
    before, _, after = report.parted(page.read_text(encoding="utf-8"), FIRST, LAST)
    page.write_text(f"{before}{FIRST}\n\n{table(found)}\n\n{LAST}{after}", encoding="utf-8")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder with Keras's data files")
    parser.add_argument("--only", help="numbers of scripts, as 05,14; default all")
    parser.add_argument("--record", action="store_true", help="write examples/results.json, and the table")
    args = parser.parse_args()
    found = json.loads(RECORDED.read_text(encoding="utf-8")) if args.only else {"scripts": {}}
    for script in SCRIPTS:
        if not args.only or script[:2] in args.only.split(","):
            print(script, file=sys.stderr, flush=True)
            found["scripts"][script] = run(script, args.data)
    about = machine.describe()
    found["machine"] = {key: about[key] for key in ("date", "python", "cpu")}
    found["scripts"] = {script: found["scripts"][script] for script in SCRIPTS}
    print(table(found))
    if args.record:
        RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        write(found)


if __name__ == "__main__":
    main()

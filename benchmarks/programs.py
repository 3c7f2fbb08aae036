"""Times a folder of whole Keras programs from process start, on tinynet and on Keras with TensorFlow.

    python -m benchmarks.programs FOLDER --data DIR [--rounds 3] [--only NAME,NAME]

Both run the same files, in turn, each in a fresh process without a window, with default threads and, for tinynet, a
warm kernel cache (``--cold`` for an empty one). A script's own Python loops take the same time on both sides;
``python -m tinynet run --time`` measures it, and it is subtracted from both times before they are compared.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import runner

KERAS = Path(__file__).parent / "peers" / "keras_program.py"


def timed(command: list[str], env: dict[str, str]) -> tuple[float, str]:
    """Return the seconds that a command takes, and what it prints on standard error."""
    begun = time.perf_counter()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    taken = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return taken, done.stderr


def on_tinynet(program: Path, data: Path, extra: dict[str, str]) -> tuple[float, float]:
    """Return the seconds of the whole process and those of the script's own code."""
    command = [sys.executable, "-m", "tinynet", "run", "--time", "--data", str(data), str(program)]
    taken, printed = timed(command, runner.environment(0, extra))
    own = re.search(r"the script's own code\s+([0-9.]+) s", printed)
    assert own is not None
    return taken, float(own[1])


def on_keras(program: Path, home: Path) -> float:
    """Return the seconds of the whole process."""
    extra = {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": str(home)}
    return timed([sys.executable, str(KERAS), str(program)], runner.environment(0, extra))[0]


def measure(programs: list[Path], data: Path, rounds: int, *, cold: bool = False) -> dict[str, dict[str, float]]:
    """Return median seconds by program: on tinynet, on Keras, the script's own share, and the ratio without it."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # Copies, not links: Keras deletes files in its folder whose hash it does not know.
        shutil.copytree(
            data, home / "datasets", ignore=lambda where, names: {n for n in names if (Path(where) / n).is_dir()}
        )
        for program in programs:
            runs: list[tuple[float, float, float]] = []
            for turn in range(rounds + 1):
                extra = {"NUMBA_CACHE_DIR": str(home / f"numba-{program.stem}-{turn if cold else 0}")}
                ours, own = on_tinynet(program, data, extra)
                if turn or cold:  # the first fills the caches
                    runs.append((ours, own, on_keras(program, home)))
            found[program.name] = summary(runs)
            print(row(program.name, found[program.name]), flush=True)
    return found


def summary(runs: list[tuple[float, float, float]]) -> dict[str, Any]:
    """Return the medians; that of the ratio is over neighbouring runs."""
    ours, own, keras = (median(column) for column in zip(*runs, strict=True))
    ratio = median((k - o) / (t - o) for t, o, k in runs)
    return {"tinynet": ours, "own": own, "keras": keras, "ratio": ratio}


def row(name: str, times: dict[str, float]) -> str:
    """Return a line of the Markdown table."""
    return "| {} | {tinynet:.2f} | {own:.2f} | {keras:.1f} | {ratio:.1f} |".format(name, **times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder with Keras's data files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="names without .py, separated by commas; default all")
    parser.add_argument("--cold", action="store_true", help="an empty kernel cache in every round")
    args = parser.parse_args()
    wanted = args.only.split(",") if args.only else None
    programs = [p for p in sorted(args.folder.glob("*.py")) if wanted is None or p.stem in wanted]
    print("| program, seconds | tinynet | of it the script's own loops | Keras on TensorFlow | ratio without them |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    measure(programs, args.data, args.rounds, cold=args.cold)


if __name__ == "__main__":
    main()

"""``python -m tests.battery [WORD …] [--share 0.01]``: every attack in full, or those whose names hold a word."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.battery import ATTACKS


def main() -> int:
    """Run the attacks and print a table of figures; return 1 if any has failures."""
    parser = argparse.ArgumentParser(prog="python -m tests.battery", description="Attack the library.")
    parser.add_argument("words", nargs="*", help="only the attacks whose names hold one of these words")
    parser.add_argument("--share", type=float, default=1.0, help="which share of the full counts; default all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "jax")
    print("| attack | inputs tried | faults injected | failures | seconds | |")
    print("| --- | --- | --- | --- | --- | --- |")
    failures: list[str] = []
    for name, attack in ATTACKS.items():
        if options.words and not any(word in name for word in options.words):
            continue
        begun = time.perf_counter()
        tally = attack.run(max(1, int(attack.full * options.share)), options.seed)
        seconds = time.perf_counter() - begun
        print(
            f"| {name} | {tally.inputs:,} | {tally.faults:,} | {len(tally.failures)} | {seconds:.0f} | {tally.note} |",
            flush=True,
        )
        failures += [f"{name}: {failure}" for failure in tally.failures]
    print(*failures[:200], sep="\n", end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""The command: see the package's docstring."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import folds, growth, machine, memory, report, runner, startup
from benchmarks.peers import PEERS

HERE = Path(__file__).parent
EXTRAS = ("latency", "startup", "memory", "folds", "growth")


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=benchmarks.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="A, B, C, F against c, jax and jax-np on one core")
    parser.add_argument("--only", help=f"of A to I and {', '.join(EXTRAS)}; default all")
    parser.add_argument("--peers", default=",".join(PEERS), help="default all: %(default)s")
    parser.add_argument("--threads", default="1,0", help="1: one core; 0: each library's default (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s: about an hour for all")
    parser.add_argument("--epochs", type=int, help="of each run; default 100 for A, B, C, F and 20 for the others")
    parser.add_argument(
        "--record", action="store_true", help="write results and pictures into benchmarks/, and the README's table"
    )
    args = parser.parse_args()
    if args.quick:
        args.only, args.peers, args.threads, args.rounds = "A,B,C,F", "c,jax,jax-np", "1", min(args.rounds, 5)
    return args


def main() -> None:
    args = parsed()
    only = args.only.split(",") if args.only else [*runner.WORKLOADS, *EXTRAS]
    unknown = {*only} - {*runner.WORKLOADS, *EXTRAS} | {*args.peers.split(",")} - {*PEERS}
    if unknown:
        raise SystemExit(
            f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join([*runner.WORKLOADS, *EXTRAS, *PEERS])}"
        )
    peers = ["tinynet", *(p for p in PEERS if p in args.peers.split(",") and p != "tinynet")]
    found: dict[str, Any] = {"machine": machine.describe(), "results": []}
    out = HERE.parent / ".benchmarks" / "latest.json"
    out.parent.mkdir(exist_ok=True)

    def keep() -> None:
        out.write_text(json.dumps(found, indent=1))

    for name in only:
        if name in runner.WORKLOADS:
            work = runner.WORKLOADS[name]
            for threads in map(int, args.threads.split(",")):
                results = runner.measure(work, peers, threads, rounds=args.rounds, epochs=args.epochs, log=log)
                found["results"] += [asdict(result) for result in results]
                keep()
    log("one row, start-up, memory, folds, growth")
    if "latency" in only:
        found["latency"] = runner.latency(peers)
    if "startup" in only:
        found["startup"] = startup.measure(peers)
    if "memory" in only:
        found["memory"] = memory.measure(peers)
    if "folds" in only:
        found["folds"] = folds.measure()
    if "growth" in only:
        found["growth"] = growth.measure()
    keep()
    if args.record:
        (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n")
        report.write(found, HERE)
        report.into_readme(found)
    print(report.markdown(found))


if __name__ == "__main__":
    main()

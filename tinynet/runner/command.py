"""The command ``python -m tinynet run``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter

from tinynet._console import Console, say

_DESCRIPTION = """\
Run a Keras program, unchanged, on tinynet: "keras" and "tensorflow.keras" mean tinynet while it runs, whether or not
Keras is installed. Scripts (.py) and Jupyter notebooks (.ipynb) both run; IPython lines such as "%matplotlib inline"
are skipped, unless the program needs what they give ("files = !ls"). Everything else is as under "python SCRIPT"."""

_EPILOG = """\
options come before SCRIPT; everything after it is passed to the script.

examples:
  python -m tinynet run --time 002_imdb.py
  python -m tinynet run --save-plots pictures notebook.ipynb
  python -m tinynet run --all --data data --save-plots pictures programs/"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tinynet run",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder with Keras's data files (like the variable TINYNET_DATA)"
    )
    parser.add_argument(
        "--save-plots", metavar="DIR", type=Path, help="save every plt.show() as a numbered PNG there; no windows"
    )
    parser.add_argument("--time", action="store_true", help="print at the end where the time went (standard error)")
    parser.add_argument(
        "--all", action="store_true", help="SCRIPT is a folder: run each program in it, each in its own process"
    )
    parser.add_argument("script", metavar="SCRIPT", type=Path)
    parser.add_argument("args", metavar="args", nargs=argparse.REMAINDER)
    return parser


def run(argv: Sequence[str]) -> int:
    """Carry out the command line, and return the exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.data is not None and not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    if options.all:
        if not options.script.is_dir() or options.args:
            parser.error("--all takes one folder and nothing after it")
        return _run_all(options)
    if not options.script.is_file():
        hint = " It is a folder: use --all." if options.script.is_dir() else ""
        say(f"tinynet run: can't open file '{options.script}': no such file.{hint}", error=True)
        return 2
    return _run_one(options)


def _run_one(options: argparse.Namespace) -> int:
    from tinynet.runner import plots, timing
    from tinynet.runner.script import run_script

    clock = timing.Clock() if options.time else None
    with ExitStack() as stack:
        if options.data is not None:
            stack.enter_context(_variable("TINYNET_DATA", os.path.abspath(options.data)))
        if options.save_plots is not None:
            stack.enter_context(plots.saved_to(options.save_plots.absolute(), options.script.stem))
        if clock is not None:
            stack.enter_context(timing.measuring(clock))
        code = run_script(options.script, [os.fspath(options.script), *options.args])
    if clock is not None:
        Console(sys.stdout).flush()
        say(clock.table(options.script.name), error=True)
    return code


def _run_all(options: argparse.Namespace) -> int:
    """Run the programs of a folder one after the other, then report how each ended; return 1 if any failed."""
    import subprocess

    given = [("--data", options.data), ("--save-plots", options.save_plots)]
    passed_on = [part for name, value in given if value is not None for part in (name, os.fspath(value))]
    if options.time:
        passed_on.append("--time")
    programs = sorted(p for p in options.script.iterdir() if p.suffix in (".py", ".ipynb"))
    again = [sys.executable, "-c", "import sys; from tinynet.runner import main; sys.exit(main(sys.argv[1:]))"]
    lines, failed = [], 0
    for program in programs:
        say(f"==> {program.name}", flush=True)
        began = perf_counter()
        code = subprocess.run([*again, *passed_on, os.fspath(program)]).returncode
        failed += code != 0
        lines.append(f"  {program.name:<32} {perf_counter() - began:8.2f} s  {'ok' if code == 0 else f'exit {code}'}")
    say(f"==> {len(programs)} programs, {failed} failed", *lines)
    return int(failed > 0)


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before

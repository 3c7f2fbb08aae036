"""The command ``python -m tinynet run``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tinynet import _lenient
from tinynet._console import Console, say
from tinynet.runner.environment import set_variable

if TYPE_CHECKING:
    from tinynet.runner import timing

_DESCRIPTION = """\
Run a Keras program, unchanged, on tinynet: "keras" and "tensorflow.keras" mean tinynet while it runs, whether or not
Keras is installed. Scripts (.py) and Jupyter notebooks (.ipynb) both run; IPython lines such as "%matplotlib inline"
are skipped, unless the program needs what they give ("files = !ls"). A notebook runs in its own folder, as in Jupyter.
Everything else is as under "python SCRIPT"."""

_EPILOG = """\
options come before SCRIPT; everything after it is passed to the script. SCRIPT may also be a folder or an archive with
a __main__.py, or "-" for the standard input. The Python processes that a script starts (workers, other scripts) are
served too, if they inherit its environment and belong to the same installation. In a folder with a file that is called
like a module of Python's (types.py), "python -m" itself may fail: use the command "tinynet run SCRIPT" there.

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
    parser.add_argument("--data", metavar="DIR", help="folder with Keras's data files (like the variable TINYNET_DATA)")
    parser.add_argument("--save-plots", metavar="DIR", help="save every plt.show() as a numbered PNG there; no windows")
    parser.add_argument("--time", action="store_true", help="print at the end where the time went (standard error)")
    parser.add_argument(
        "--lenient", action="store_true", help="train on what tinynet refuses and Keras takes, as Keras does, and warn"
    )
    parser.add_argument(
        "--all", action="store_true", help="SCRIPT is a folder: run each program in it, each in its own process"
    )
    parser.add_argument("script", metavar="SCRIPT")
    parser.add_argument("args", metavar="args", nargs=argparse.REMAINDER)
    return parser


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.data is not None and not os.path.isdir(options.data):
        parser.error(f"--data: no such folder: {options.data or '(nothing given)'}")
    if options.save_plots == "":
        parser.error("--save-plots: no folder given")
    if options.all and (not os.path.isdir(options.script) or options.args):
        parser.error("--all takes one folder and nothing after it")
    return options


def run(options: argparse.Namespace, undo: ExitStack, at_end: Callable[[Callable[[], None]], object]) -> int:
    """Carry out the command line, and return the exit code; whatever a script raises comes out.

    Parameters
    ----------
    options : Namespace
        What `parsed` returned.
    undo : ExitStack
        Puts everything back when it is closed.
    at_end : callable
        Takes a function that is called when the program has ended.
    """
    if options.all:
        try:
            return _run_all(options)
        except KeyboardInterrupt:
            say("\nInterrupted.", error=True)
            return 130
    from tinynet.runner import entry, plots, timing
    from tinynet.runner.script import run_script

    try:
        program = entry.find(options.script)
    except OSError as error:
        return _refused(f"can't open file '{options.script}': {_reason(error)}")
    if options.data is not None:
        set_variable("TINYNET_DATA", os.path.abspath(options.data), undo)
    if options.lenient:
        set_variable(_lenient.VARIABLE, "1", undo)
    if options.save_plots is not None:
        try:
            plots.save_to(Path(options.save_plots).absolute(), Path(options.script).stem, undo)
        except OSError as error:
            return _refused(f"--save-plots: can't write into '{options.save_plots}': {_reason(error)}")
    if options.time:
        clock = timing.Clock()
        at_end(lambda: _print_times(clock, Path(options.script).name))
        timing.measure(clock, undo)
    run_script(program, [options.script, *options.args], undo)
    return int(plots.current is not None and plots.current.has_failed)


def _refused(message: str) -> int:
    say(f"tinynet run: {message}", error=True)
    return 2


def _reason(error: OSError) -> str:
    hint = ". It is a folder without a __main__.py: for the programs in it, use --all."
    return f"{error.strerror or error}{hint if isinstance(error, IsADirectoryError) else ''}"


def _print_times(clock: timing.Clock, name: str) -> None:
    Console(sys.stdout).flush()
    say(clock.table(name), error=True)


def _run_all(options: argparse.Namespace) -> int:
    """Run the programs of a folder one after the other, then report how each ended; return 1 if any failed."""
    import subprocess

    given = [("--data", options.data), ("--save-plots", options.save_plots)]
    passed_on = [part for name, value in given if value is not None for part in (name, value)]
    passed_on += [f"--{name}" for name in ("time", "lenient") if getattr(options, name)]
    programs = sorted(p for p in Path(options.script).iterdir() if p.suffix in (".py", ".ipynb"))
    again = [sys.executable, "-m", "tinynet", "run"]
    lines, failed = [], 0
    for program in programs:
        say(f"==> {program.name}", flush=True)
        began = perf_counter()
        code = subprocess.run([*again, *passed_on, os.fspath(program)]).returncode
        failed += code != 0
        lines.append(f"  {program.name:<32} {perf_counter() - began:8.2f} s  {'ok' if code == 0 else f'exit {code}'}")
    say(f"==> {len(programs)} programs, {failed} failed", *lines)
    return int(failed > 0)

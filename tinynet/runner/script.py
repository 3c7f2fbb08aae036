"""Runs one script or notebook as ``python SCRIPT`` would, with tinynet under Keras's names."""

from __future__ import annotations

import builtins
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

from tinynet._console import Console, say
from tinynet.runner import cells, source
from tinynet.runner.frames import hide_runner
from tinynet.runner.hints import add_what_there_is
from tinynet.runner.names import install_as_keras


def run_script(path: Path, argv: Sequence[str]) -> int:
    """Run the file as the program ``__main__`` with `sys.argv` = `argv`, and return its exit code.

    An uncaught exception is reported through `sys.excepthook`, as Python does, without the runner's frames. Exit codes
    are Python's: 1 after an exception, 130 after an interrupt, otherwise what the script passed to `sys.exit`.
    """
    with _as_main(path, argv) as main, install_as_keras():
        try:
            _execute(path, main)
        except SystemExit as stop:
            return _exit_code(stop.code)
        except BaseException as error:
            hide_runner(error)
            add_what_there_is(error)
            Console(sys.stdout).flush()
            if path.suffix == ".ipynb":  # Python's own hook only knows lines of files
                traceback.print_exception(error)
            else:
                sys.excepthook(type(error), error, error.__traceback__)
            return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _execute(path: Path, main: ModuleType) -> None:
    try:
        program = source.read(path, os.path.abspath(path))
    except SyntaxError as error:
        raise error.with_traceback(None) from None  # the error is the script's: hide where it was noticed
    if program.skipped:
        count = len(program.skipped)
        what = "an IPython line" if count == 1 else f"{count} IPython lines"
        shown = ", ".join(program.skipped[:4]) + (", …" if count > 4 else "")
        say(f"tinynet run: {path.name}: skipped {what}: {shown}", error=True)
    if path.suffix == ".ipynb":
        with chdir(path.absolute().parent):  # where Jupyter runs it
            cells.run_notebook(program, vars(main))
    elif program.for_ipython:
        cells.run_notebook(program, vars(main))
    else:
        exec(program.cells[0].code, vars(main))


@contextmanager
def _as_main(path: Path, argv: Sequence[str]) -> Iterator[ModuleType]:
    """Set up the module ``__main__``, `sys.argv` and `sys.path` as under ``python SCRIPT``."""
    filename = os.path.abspath(path)
    main = ModuleType("__main__")
    vars(main).update(
        __annotations__={},
        __builtins__=builtins,
        __cached__=None,
        __file__=filename,
        __loader__=SourceFileLoader("__main__", filename),
        __package__=None,
    )
    before = sys.modules["__main__"], sys.argv, sys.path[:]
    sys.modules["__main__"], sys.argv = main, list(argv)
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    try:
        yield main
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = before


def _exit_code(code: object) -> int:
    """Treat the argument of `sys.exit` as Python does."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code)
    Console(sys.stdout).flush()
    say(code, error=True)
    return 1

"""Runs one script or notebook as ``python SCRIPT`` would, with tinynet under Keras's names."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, chdir
from pathlib import Path
from types import ModuleType
from typing import Any

from tinynet._console import say
from tinynet.runner import cells, display, foreseen, neighbours, source
from tinynet.runner.entry import Entry
from tinynet.runner.names import finder, install_as_keras
from tinynet.runner.processes import serve_children


def run_script(entry: Entry, argv: Sequence[str], undo: ExitStack) -> None:
    """Run a program as ``__main__`` with `sys.argv` = `argv`; closing `undo` puts everything back.

    Whatever the program raises comes out, `SystemExit` included.
    """
    guarded = not sys.flags.safe_path and neighbours.guard(entry.folder, undo)
    undo.enter_context(install_as_keras())
    main = _become_main(entry, argv, undo)
    if entry.content is None:
        serve_children(undo, entry.folder if guarded else "")
        exec(_without_trace(entry.names["__loader__"].get_code, "__main__"), vars(main))
        return
    program = _without_trace(source.read, Path(entry.path), entry.filename, entry.content)
    notebook = entry.path.endswith(".ipynb")
    plain = not (program.for_ipython or program.skipped)
    asks = foreseen.Source(source.trees(program))
    finder.unneeded = asks.unneeded
    serve_children(undo, entry.folder if guarded else "", "" if plain else entry.filename, asks.unneeded)
    if program.skipped:
        count = len(program.skipped)
        what = "an IPython line" if count == 1 else f"{count} IPython lines"
        shown = ", ".join(program.skipped[:4]) + (", …" if count > 4 else "")
        say(f"tinynet run: {Path(entry.path).name}: skipped {what}: {shown}", error=True)
    if notebook:
        undo.enter_context(chdir(os.path.dirname(entry.filename)))  # where Jupyter runs it
    if program.for_ipython:
        display.serve(undo)
    if asks.unneeded:
        said = f"{Path(entry.path).name} imports and never uses: {', '.join(asks.unneeded)}"
        say(f"tinynet run: {said}. tinynet lacks that, and leaves it out.", error=True)
    if asks.lacks:
        lines = [f"  {said}" for said in asks.lacks.values()]
        say(f"tinynet run: {Path(entry.path).name} asks for what tinynet lacks:", *lines, error=True)
    cells.run(program, vars(main))


def _without_trace(read: Any, *arguments: Any) -> Any:
    """Read a program; a mistake in it is the program's, so where it was noticed is hidden."""
    try:
        return read(*arguments)
    except SyntaxError as error:
        raise error.with_traceback(None) from None


def _become_main(entry: Entry, argv: Sequence[str], undo: ExitStack) -> ModuleType:
    """Set up the module ``__main__``, `sys.argv` and `sys.path` as under ``python SCRIPT``."""
    main = ModuleType("__main__")
    vars(main).update(__annotations__={}, __builtins__=builtins, **entry.names)
    undo.callback(_put_back, sys.modules["__main__"], sys.argv, sys.path[:])
    sys.modules["__main__"], sys.argv = main, list(argv)
    if not sys.flags.safe_path:
        sys.path[0] = entry.folder
    return main


def _put_back(main: ModuleType, argv: list[str], path: list[str]) -> None:
    sys.modules["__main__"], sys.argv, sys.path[:] = main, argv, path

"""Runs the cells of a program one after the other, as a notebook does; a script is one cell."""

from __future__ import annotations

import builtins
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from tinynet.runner import plots, source
from tinynet.runner.display import capturing, display
from tinynet.runner.shell import Shell

_LAST = ("_", "__", "___")

Evaluate = Callable[[CodeType, dict[str, Any]], Any]


def run(program: source.Program, names: dict[str, Any]) -> None:
    """Run a script or a notebook in `names`."""
    if program.for_ipython:
        run_notebook(program, names)
    else:
        exec(program.cells[0].code, names)


def run_notebook(program: source.Program, names: dict[str, Any]) -> None:
    """Run all cells in `names`, to which the names that IPython gives are added, and show what each has to show."""
    inputs, shell = [""], Shell(names, run_file)
    outputs: dict[int, Any] = {}
    last: dict[str, Any] = dict.fromkeys(_LAST, "")
    names |= {"In": inputs, "Out": outputs, **last, "display": display, "get_ipython": lambda: shell}
    with _evaluating(program) as evaluate:
        for cell in program.cells:
            inputs.append(cell.text)
            with capturing(cell.captured, names):
                evaluate(cell.code, names)
                value = evaluate(cell.value, names) if cell.value is not None else None
                if value is not None:
                    number = len(inputs) - 1
                    outputs[number] = names[f"_{number}"] = value
                    if all(names.get(name) is last[name] for name in _LAST):  # none is a name of the program's own
                        last = dict(zip(_LAST, (value, *last.values()), strict=False))
                        names |= last
                    if cell.captured is None:
                        display(value)
            plots.show_open_figures()


def run_file(path: Path, argv: list[str]) -> dict[str, Any]:
    """Run another program, as ``%run`` does, and return its names."""
    program = source.read(path, os.path.abspath(path))
    names = {"__name__": "__main__", "__file__": os.path.abspath(path), "__builtins__": builtins}
    before, sys.argv = sys.argv, argv
    try:
        run(program, names)
    finally:
        sys.argv = before
    return names


@contextmanager
def _evaluating(program: source.Program) -> Iterator[Evaluate]:
    """Give what runs code: if a cell awaits something, a loop in which all cells run, so that tasks go on."""
    codes = [code for cell in program.cells for code in (cell.code, cell.value) if code is not None]
    if not any(code.co_flags & inspect.CO_COROUTINE for code in codes):
        yield eval
        return
    import asyncio

    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        def evaluate(code: CodeType, names: dict[str, Any]) -> Any:
            value, error = loop.run_until_complete(_evaluated(code, names))
            if error is not None:
                raise error
            return value

        yield evaluate


async def _evaluated(code: CodeType, names: dict[str, Any]) -> tuple[Any, BaseException | None]:
    """Run code, and return its value or its error, which so has no frames of the loop's in its traceback."""
    try:
        value = eval(code, names)
        return await value if code.co_flags & inspect.CO_COROUTINE else value, None
    except BaseException as error:
        return None, error

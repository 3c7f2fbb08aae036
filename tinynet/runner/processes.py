"""Serves tinynet under Keras's names in the Python processes that a script starts.

A worker of `multiprocessing` or joblib imports the script once more, or only what its tasks need, in a process of its
own; other scripts may be started beside it. All of them inherit the environment. So `serve_children` lets its variable
``PYTHONPATH`` begin with the folder `tinynet.runner.start`, whose module Python imports whenever it starts; that
module takes the folder out of the process's own `sys.path` again. Every process of the same Python installation is
served that inherits both variables; a process of another installation, or with an environment of its own, is not, nor
is one that ignores the environment (``python -E``, ``-I``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType
from typing import Any

from tinynet.runner import cells, source
from tinynet.runner.environment import set_variable
from tinynet.runner.pages import ROOTS

_START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start")


def serve_children(undo: ExitStack, guarded: str = "", script: str = "", unneeded: Sequence[str] = ()) -> None:
    """Serve all processes that start from now on.

    Parameters
    ----------
    undo : ExitStack
        Gives the environment back when it is closed.
    guarded : str
        The script's folder, if modules in it have to be parted from others (`tinynet.runner.neighbours`).
    script : str
        The script's file, if Python alone cannot read it.
    unneeded : sequence of str
        What it imports in vain.
    """
    lines = [sys.prefix, " ".join(ROOTS), guarded, script, " ".join(unneeded)]
    set_variable("TINYNET_RUN", "\n".join(lines), undo)
    before = os.environ.get("PYTHONPATH")
    set_variable("PYTHONPATH", os.pathsep.join([_START, before] if before else [_START]), undo)


def reader_of(script: str) -> Callable[[str], _Reader]:
    """Return a path hook with which `runpy.run_path` reads the script as its first process did."""

    def hook(path: str) -> _Reader:
        if path != script:
            raise ImportError
        return _Reader(script)

    return hook


class _Reader(Loader):
    """Runs a notebook, or a script in which IPython's lines are, as the main module of a worker."""

    def __init__(self, script: str) -> None:
        self._script = script

    def find_spec(self, fullname: str, target: Any = None) -> ModuleSpec | None:
        """Return the spec of the main module."""
        return ModuleSpec(fullname, self, origin=self._script) if fullname == "__main__" else None

    def get_code(self, fullname: str) -> CodeType:
        """Return code that runs the script in the module whose loader this is."""
        return compile("__loader__.run(globals())", "<tinynet run>", "exec")

    def run(self, names: dict[str, Any]) -> None:
        """Run a script, or of a notebook what its tasks may need: it has no ``if __name__ == "__main__"``."""
        program = source.read(Path(self._script), self._script)
        if not self._script.endswith(".ipynb"):
            cells.run(program, names)
            return
        for code in source.definitions(program):
            with suppress(Exception):  # it may need what only the first process has
                exec(code, names)

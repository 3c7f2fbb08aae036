"""``--save-plots``: every figure that a program shows is saved as a numbered PNG instead of opening a window.

matplotlib loads the backend that the variable ``MPLBACKEND`` names, here `tinynet.runner.png_backend`. So matplotlib is
not imported for a program that draws nothing.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import ExitStack
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from tempfile import TemporaryFile
from types import ModuleType
from typing import Any

from tinynet.runner.environment import set_variable

_BACKEND = "module://tinynet.runner.png_backend"


class Folder:
    """Where the pictures go: ``DIR/<script>-01.png``, then ``-02.png`` and so on."""

    def __init__(self, folder: Path, stem: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()  # better to fail now than after the training
        self._folder, self._stem, self._count = folder, stem, 0
        #: Whether a picture could not be saved.
        self.has_failed = False

    def next_file(self) -> Path:
        """Return the path of the next picture."""
        self._count += 1
        return self._folder / f"{self._stem}-{self._count:02d}.png"


current: Folder | None = None


class _KeepBackend(MetaPathFinder):
    """Disables `matplotlib.use`, with which a program chooses its backend, once matplotlib is imported."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return matplotlib's own spec with a changed loader."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == "matplotlib" else None
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _neutralise(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _neutralise(matplotlib: Any) -> None:
    plain = matplotlib.use

    def use(*args: Any, **kwargs: Any) -> None:
        """Do nothing: --save-plots has chosen the backend."""

    use.plain = plain  # type: ignore[attr-defined]
    matplotlib.use = use


def save_to(folder: Path, stem: str, undo: ExitStack) -> None:
    """Save what is shown from now on as PNGs in `folder`, until `undo` is closed.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    global current
    current, keeper = Folder(folder, stem), _KeepBackend()
    backend, loaded = os.environ.get("MPLBACKEND") or "agg", sys.modules.get("matplotlib")
    set_variable("MPLBACKEND", _BACKEND, undo)
    sys.meta_path.insert(0, keeper)
    if loaded:
        backend = loaded.get_backend()
        loaded.use(_BACKEND)
        _neutralise(loaded)
    undo.callback(_save_no_more, keeper, backend)


def _save_no_more(keeper: _KeepBackend, backend: str) -> None:
    global current
    current = None
    sys.meta_path.remove(keeper)
    matplotlib: Any = sys.modules.get("matplotlib")
    if hasattr(getattr(matplotlib, "use", None), "plain"):
        matplotlib.use = matplotlib.use.plain
        matplotlib.use(backend)


def show_open_figures() -> None:
    """Show and close all open figures, as a notebook does after each cell."""
    if "matplotlib.pyplot" in sys.modules:
        plt: Any = importlib.import_module("matplotlib.pyplot")
        if plt.get_fignums():
            plt.show()
            plt.close("all")

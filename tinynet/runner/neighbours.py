"""Keeps what lies beside a script, and is called like a module of Python's or a library's, from being taken for it.

``python SCRIPT`` puts the script's folder before all others, so that a file ``random.py`` there replaces Python's own
for every library, and breaks most. Here it replaces it for the script and its neighbours alone.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from pkgutil import iter_modules
from threading import RLock
from types import ModuleType
from typing import Any

import tinynet
from tinynet.runner.pages import ROOTS

_HOME = os.path.dirname(os.path.abspath(tinynet.__file__)) + os.sep


def guard(folder: str, undo: ExitStack | None = None) -> bool:
    """Part the modules in `folder` from others of the same names, and return whether there are any.

    The parting holds until `undo` is closed.
    """
    names = {module.name for module in iter_modules([folder])} - {*ROOTS}
    names = {name for name in names if _is_elsewhere(name, folder)}
    if names:
        guarded = _Guard(folder, names)
        sys.meta_path.insert(0, guarded)
        builtins.__import__ = guarded.import_module
        if undo is not None:
            undo.callback(guarded.end)
    return bool(names)


def _is_elsewhere(name: str, folder: str) -> bool:
    """Tell whether there is another module of that name, of which the one in the folder takes the place."""
    if BuiltinImporter.find_spec(name) or FrozenImporter.find_spec(name):  # of which nothing takes the place
        return False
    loaded = getattr(sys.modules.get(name), "__spec__", None)
    other = loaded or PathFinder.find_spec(name, _others(folder))
    own = PathFinder.find_spec(name, [folder])
    return other is not None and own is not None and own.origin != other.origin


def _others(folder: str) -> list[str]:
    return [entry for entry in sys.path if os.path.realpath(entry) != folder]


class _Guard(MetaPathFinder):
    """Shows some names as the script sees them to the script, and as they were before to everything else.

    `sys.modules` holds one view at a time; what the other view has of these names is kept here.
    """

    def __init__(self, folder: str, names: set[str]) -> None:
        self._folder, self._names = folder, names
        self._import = builtins.__import__
        self._kept: dict[str, ModuleType] = {}
        self._script_sees = False
        self._lock = RLock()

    def import_module(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Import as `__import__` does, with the view of the module whose names are `globals`."""
        if level or name.partition(".")[0] not in self._names:
            return self._import(name, globals, locals, fromlist or (), level)
        with self._lock, self._view(self._is_near(globals)):
            return self._import(name, globals, locals, fromlist or (), level)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a module where it would be without the script's folder, unless it is the script that looks for it."""
        if self._script_sees or fullname not in self._names:
            return None
        return PathFinder.find_spec(fullname, _others(self._folder))

    def end(self) -> None:
        """Give importing back."""
        builtins.__import__ = self._import
        sys.meta_path.remove(self)

    def _is_near(self, names: Mapping[str, Any] | None) -> bool:
        """Tell whether a module is the script or one of its folder, by its names."""
        name, file = ((names or {}).get(key) for key in ("__name__", "__file__"))
        if name in ("__main__", "__mp_main__"):
            return True
        if not isinstance(name, str) or not isinstance(file, str) or file.startswith(_HOME):
            return False
        return file.startswith(os.path.join(self._folder, name.partition(".")[0]))

    @contextmanager
    def _view(self, script_sees: bool) -> Iterator[None]:
        if script_sees == self._script_sees:
            yield
            return
        self._turn()
        try:
            yield
        finally:
            self._turn()

    def _turn(self) -> None:
        shown = [name for name in sys.modules if name.partition(".")[0] in self._names]
        kept, self._kept = self._kept, {name: sys.modules.pop(name) for name in shown}
        sys.modules.update(kept)
        self._script_sees = not self._script_sees

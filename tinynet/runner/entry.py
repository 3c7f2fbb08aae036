"""Finds what is to be run: a file, a folder or an archive with a ``__main__.py``, or the standard input."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter, ModuleSpec, SourceFileLoader, SourcelessFileLoader
from pkgutil import get_importer
from typing import Any


@dataclass(frozen=True)
class Entry:
    """What is to be run.

    Attributes
    ----------
    path : str
        As the command line says it.
    filename : str
        What tracebacks call it.
    folder : str
        What stands first in `sys.path`.
    names : dict
        What the module ``__main__`` has of it before the first line.
    content : bytes, optional
        The file. Absent where the loader has the code.
    """

    path: str
    filename: str
    folder: str
    names: dict[str, Any]
    content: bytes | None = None


def find(path: str) -> Entry:
    """Find what is to be run, as ``python PATH`` does.

    Raises
    ------
    OSError
        If it is not there or cannot be read.
    """
    plain: dict[str, Any] = {"__cached__": None, "__package__": None, "__spec__": None}
    if path == "-":
        names = {"__file__": "<stdin>", "__loader__": BuiltinImporter}
        with open(0, "rb", closefd=False) as file:
            return Entry(path, "<stdin>", "", plain | names, file.read())
    filename = os.path.abspath(path)
    spec = _main_within(filename)
    if spec is not None:
        names = {"__file__": spec.origin, "__cached__": spec.cached, "__loader__": spec.loader, "__spec__": spec}
        return Entry(path, str(spec.origin), filename, {"__package__": spec.parent, **names})
    filename = os.path.join(os.getcwd(), path)  # as Python writes it: ``./`` stays
    with open(path, "rb") as file:
        content = None if path.endswith(".pyc") else file.read()
    loader = (SourcelessFileLoader if content is None else SourceFileLoader)("__main__", filename)
    names = {"__file__": filename, "__loader__": loader}
    return Entry(path, filename, os.path.dirname(os.path.realpath(path)), plain | names, content)


def _main_within(filename: str) -> ModuleSpec | None:
    """Return the spec of ``__main__`` in a folder or an archive."""
    importer: Any = get_importer(filename)
    return None if importer is None else importer.find_spec("__main__")

"""The digest of all that a kernel's machine code is made of: its source, what it calls and reads, and settings.

Editing any of it changes the digest, so that a learner who edits a formula sees the effect at once and stale machine
code is never run. What cannot change the code, the number of threads for instance, is not part of it.
"""

from __future__ import annotations

import hashlib
import pkgutil
import sys
import types
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from tinynet.kernels.machine.forms import CHECKED, Formula, Kernel, plain
from tinynet.kernels.machine.structs import Struct

#: Packages whose functions are what they are: the compiler knows them by name.
_LIBRARIES = sys.stdlib_module_names | {"numba", "numpy"}


@cache
def _source(module: str) -> bytes | None:
    """Return the digest of a module's source, from a folder or a zip file; None where there is none."""
    found = sys.modules.get(module)
    file, loader = getattr(found, "__file__", None), getattr(found, "__loader__", None)
    if loader is None or not file or not file.endswith(".py"):
        return None
    try:
        return hashlib.sha256(loader.get_data(file)).digest()
    except (AttributeError, OSError):
        return None


@cache
def _machine_stamp() -> bytes:
    """Return the digest of the files that say how code is made, and of the switches that change it."""
    digest = hashlib.sha256(f"bounds checks: {CHECKED}".encode())
    for name in sorted(module.name for module in pkgutil.iter_modules(sys.modules[__package__].__path__)):
        # Read without importing: loading a kernel needs neither the compiler nor Numba.
        spec = find_spec(f"{__package__}.{name}")
        if spec is not None and spec.origin is not None:
            digest.update(spec.loader.get_data(spec.origin))  # type: ignore[union-attr]
    return digest.digest()


def symbol(kernel: Kernel, form: str) -> str:
    """Return the name under which a kernel is linked and kept; "" is the form that serves both float types."""
    names: dict[str, str] = kernel.__dict__.setdefault("symbols", {})
    if form not in names:
        names[form] = f"tinynet_{kernel.function.__name__}_{form or 'any'}_{fingerprint(kernel)[:20]}"
    return names[form]


def fingerprint(function: Any) -> str:
    """Return the digest of a kernel, a formula or a function, as a string."""
    digest = hashlib.sha256(_machine_stamp())
    seen: set[Any] = set()

    def take(value: Any) -> None:
        if isinstance(value, Formula):
            options = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in value.options.items()}
            digest.update(repr(sorted(options.items())).encode())
        if isinstance(value, Kernel):  # which reads the fields of tables by their places
            for _, table in sorted(value.structs.items()):
                take(table)
        value = plain(value)
        if isinstance(value, types.FunctionType):
            if value not in seen:
                seen.add(value)
                take_function(value)
        elif isinstance(value, type) and issubclass(value, Struct):
            known = vars(sys.modules[value.__module__]).values()  # its fields may be structs, too
            structs = [one for one in known if isinstance(one, type) and issubclass(one, Struct) and one is not Struct]
            digest.update(repr([one.FIELDS for one in (value, *structs)]).encode())
        elif isinstance(value, (int, float, str, bool, bytes, type(None))):
            digest.update(repr(value).encode())
        elif isinstance(value, (np.generic, np.ndarray)):
            digest.update(f"{value.dtype} {value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, tuple):
            digest.update(repr(len(value)).encode())
            for one in value:
                take(one)
        else:
            digest.update(getattr(value, "__qualname__", type(value).__qualname__).encode())

    def take_function(one: types.FunctionType) -> None:
        digest.update(f"{one.__qualname__} {one.__annotations__}".encode())
        source = _source(one.__module__) if one.__module__.startswith("tinynet.") else None
        if source is None:  # a user's function: its bytecode, which depends on Python's version
            digest.update(repr(sys.version_info[:2]).encode())
            take_code(one.__code__)
        else:
            digest.update(source)
            text = getattr(one, "__source__", "")  # of a function that was generated
            digest.update(text.encode())
        take(one.__defaults__ or ())
        for name, value in (*sorted((one.__kwdefaults__ or {}).items()), *referenced(one)):
            digest.update(name.encode())
            take(value)

    def take_code(code: types.CodeType) -> None:
        digest.update(code.co_code)
        digest.update(repr((code.co_names, code.co_freevars)).encode())  # which the bytecode names by number
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                take_code(constant)
            else:  # sets come in an order of their own in every process
                said = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
                digest.update(repr(said).encode())

    take(function)
    return digest.hexdigest()


def referenced(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the names and values that a function takes from its module, from other modules and from around it."""
    names = sorted(set(_names(function.__code__)))
    for name in names:
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] not in _LIBRARIES:
            for attribute in names:
                if hasattr(value, attribute):
                    yield f"{name}.{attribute}", getattr(value, attribute)
        else:
            yield name, value
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


def _names(code: types.CodeType) -> list[str]:
    inside = [n for c in code.co_consts if isinstance(c, types.CodeType) for n in _names(c)]
    return [*code.co_names, *inside]


def kernels_in(function: Any, seen: set[Any] | None = None) -> Iterator[Kernel]:
    """Yield the kernels that a kernel calls by name, in itself or in its formulas."""
    seen = set() if seen is None else seen
    one = plain(function)
    if not isinstance(one, types.FunctionType) or one in seen:
        return
    seen.add(one)
    for _, value in referenced(one):
        if isinstance(value, Kernel):
            yield value
        elif isinstance(value, Formula):
            yield from kernels_in(value, seen)

"""From kernels to addresses: their machine code is found on disk, or made and kept there, and linked.

Neither Numba nor llvmlite is imported until something has to be compiled, or is more than `objects` can link.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

from tinynet._console import Console, say
from tinynet.kernels.machine import delivered, objects, store
from tinynet.kernels.machine.fingerprint import kernels_in, symbol
from tinynet.kernels.machine.forms import Kernel
from tinynet.kernels.machine.labels import label
from tinynet.kernels.machine.store import Code

_LOCK = threading.RLock()
#: What is linked, by symbol: its address, and what keeps it in memory.
_LINKED: dict[str, tuple[int, Any]] = {}
#: Seconds spent compiling in this process, and whether the user was told.
_spent, _told = 0.0, False
#: The symbols of the kernels that were compiled in this process, and whether they could be kept.
MADE: dict[str, bool] = {}


def _renew_lock() -> None:
    """Forget, in a forked process, who held the lock: that thread is not there."""
    global _LOCK
    _LOCK = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def compiled(kernel: Kernel, form: str, machine: Any) -> Code:
    """Compile a kernel for a processor, with Numba."""
    from tinynet.kernels.machine import compiler, llvm

    calls, bitcode = compiler.bitcode(kernel, form, symbol(kernel, form))
    return Code(tuple(calls), llvm.optimised(bitcode, machine))


def own_folder() -> Path:
    """Return the folder of the kernels that are compiled here, for this processor."""
    return store.own_folder(label())


def kept(kernel: Kernel, form: str) -> Code | None:
    """Return a kernel's code from disk: as it was delivered, or as it was compiled here before."""
    name = symbol(kernel, form)
    for folder in (*delivered.folders(), own_folder()):
        code = store.read(folder, name)
        if code is not None:
            return code
    return None


def code_of(kernel: Kernel, form: str) -> Code:
    """Return a kernel's code, from disk if it is there, else compiled and kept."""
    return kept(kernel, form) or _made(kernel, form)


def _made(kernel: Kernel, form: str, bad: Code | None = None) -> Code:
    """Compile a kernel's code and keep it. If another process has done so meanwhile, take that, unless it is `bad`."""
    name = symbol(kernel, form)
    with store.claimed(own_folder(), name):
        found = kept(kernel, form)
        if found is not None and found != bad:
            return found
        from tinynet.kernels.machine.target import machine_for, processor

        begun = perf_counter()
        code = compiled(kernel, form, machine_for(*processor()))
        MADE[name] = store.write(own_folder(), name, code)
        _tell(perf_counter() - begun, own_folder() if MADE[name] else None)
        return code


def _tell(seconds: float, folder: Path | None) -> None:
    """Say once, on a terminal, what takes so long."""
    global _spent, _told
    _spent += seconds
    if _spent > 1 and not _told and Console(sys.stderr).isatty():
        _told = True
        where = f"kept in {folder}" if folder else "no folder can be written, so every start will compile again"
        say(f"tinynet compiles its kernels for this computer, once ({where}).", error=True)


def load(kernel: Kernel, form: str) -> int:
    """Load a kernel and those that it calls, and return its address."""
    with _LOCK:
        found = kernel.addresses.get(form)
        if found is not None:
            return found
        name = symbol(kernel, form)
        if name not in _LINKED:  # a formula that is defined again as it was, in a notebook for instance, has the same
            _LINKED[name] = _linked(kernel, form, name)
        address, _ = _LINKED[name]
        kernel.addresses[form] = address
        return address


def _linked(kernel: Kernel, form: str, name: str) -> tuple[int, Any]:
    """Link a kernel. If that fails with what is on disk, whose digest does not cover what it calls, compile it anew."""
    code = kept(kernel, form)
    with suppress(KeyError, RuntimeError):
        if code is not None:
            return _link(kernel, form, name, code)
    return _link(kernel, form, name, _made(kernel, form, bad=code))


def _link(kernel: Kernel, form: str, name: str, code: Code) -> tuple[int, Any]:
    """Link a kernel's code, and first the kernels that it calls by name."""
    known = {symbol(k, "" if k.generic else form): k for k in kernels_in(kernel)} if code.calls else {}
    calls = {called: _address(known, called, form) for called in code.calls}
    with suppress(objects.NotLinkedError):
        linked = objects.link(code.body, lambda called: calls.get(called) or objects.address_of_symbol(called))
        return linked.addresses[name], linked
    from tinynet.kernels.machine import llvm

    return llvm.link(code.body, name, calls)


def _address(known: dict[str, Kernel], called: str, form: str) -> int:
    """Return where a kernel is that another one calls."""
    if called.startswith("NRT_"):  # never called, because nothing in a kernel owns an array
        return objects.address_of_symbol("abort")
    return known[called].address(form or "float32")

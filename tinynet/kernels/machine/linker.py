"""From LLVM code to addresses: a kernel is optimised for this processor, kept on disk, and linked. No Numba here."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from tinynet._console import Console, say
from tinynet.kernels.machine import delivered, store
from tinynet.kernels.machine.fingerprint import kernels_in, symbol
from tinynet.kernels.machine.forms import Kernel
from tinynet.kernels.machine.store import Code
from tinynet.kernels.machine.target import machine_for, processor

_LOCK = threading.RLock()
#: What is linked, by symbol, and so kept in memory.
_LINKED: dict[str, Any] = {}
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


@cache
def label() -> str:
    """Return the name of the folder for this processor and these compilers."""
    made_for = hashlib.sha256(repr((*processor(), sys.platform)).encode()).hexdigest()[:12]
    return f"{made_for}-{_numba_version()}-{llvmlite.__version__}"


def _numba_version() -> str:
    """Return Numba's version without importing it: out of its file, or from the installed package's description.

    `importlib.metadata` alone would take a tenth of the time to the end of a small training.
    """
    spec = find_spec("numba")
    if spec is None:
        return ""
    try:
        text = (Path(spec.origin or "").parent / "_version.py").read_text()
        return re.search(r'"version": *"([^"]+)"', text).group(1)  # type: ignore[union-attr]
    except (OSError, AttributeError):
        from importlib.metadata import version

        return version("numba")


@cache
def _linker() -> Any:
    """Return LLVM's just-in-time linker."""
    processor()
    return llvm.create_lljit_compiler(use_jit_link=True)


def optimised(bitcode: bytes, machine: Any) -> bytes:
    """Return machine code for LLVM's bitcode.

    Raises
    ------
    TypeError
        If the code holds the address of a Python object, which no other process could use.
    """
    module = llvm.parse_bitcode(bitcode)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    if any(one.name.startswith("numba.dynamic.globals") for one in module.global_variables):
        raise TypeError("A kernel reads a Python object that is not a number, an array or a struct.")
    return machine.emit_object(module)


def compiled(kernel: Kernel, form: str, machine: Any) -> Code:
    """Compile a kernel for a processor, with Numba."""
    from tinynet.kernels.machine import compiler

    calls, bitcode = compiler.bitcode(kernel, form, symbol(kernel, form))
    return Code(tuple(calls), optimised(bitcode, machine))


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
        address = int(_LINKED[name][name])
        kernel.addresses[form] = address
        return address


def _linked(kernel: Kernel, form: str, name: str) -> Any:
    """Link a kernel. If that fails with what is on disk, whose digest does not cover what it calls, compile it anew."""
    code = kept(kernel, form)
    with suppress(KeyError, RuntimeError):
        if code is not None:
            return _link(kernel, form, name, code)
    return _link(kernel, form, name, _made(kernel, form, bad=code))


def _link(kernel: Kernel, form: str, name: str, code: Code) -> Any:
    """Link a kernel's code, and first the kernels that it calls by name."""
    builder = llvm.JITLibraryBuilder().add_object_img(code.body).add_current_process()
    if code.calls:
        known = {symbol(k, "" if k.generic else form): k for k in kernels_in(kernel)}
        for called in code.calls:
            if called.startswith("NRT_"):  # never called, because nothing in a kernel owns an array
                builder.import_symbol(called, llvm.address_of_symbol("abort"))
            else:
                builder.import_symbol(called, known[called].address(form or "float32"))
    return builder.export_symbol(name).link(_linker(), name)

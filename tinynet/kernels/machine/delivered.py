"""Machine code that was delivered with the package: in a wheel, for each of some levels of processors.

A folder of `delivered/` holds every built-in kernel for one level. Where the wheel was built on a machine with a C
compiler that is one shared library, kernels-<its digest>.so, which the system loads: then neither Numba nor llvmlite is
imported. Otherwise it is a file for each kernel, as in the user's own folder (see `store`), which `linker` reads. A
plain source install has no such folder. The wheel's build hook is `tinynet/_build_hook.py`.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tinynet.kernels.machine.fingerprint import symbol
from tinynet.kernels.machine.forms import Kernel
from tinynet.kernels.machine.labels import first_processor

DELIVERED = Path(__file__).parent / "delivered"

#: What a processor of each level has, as Linux names it; the best first.
LEVELS = {
    "x86-64-v4": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"),
    "x86-64-v3": ("avx2", "fma", "bmi1", "bmi2", "f16c", "abm", "movbe", "xsave"),
}
#: What LLVM calls two of these.
_FOR_LLVM = {"bmi1": "bmi", "abm": "lzcnt"}


@cache
def levels() -> tuple[str, ...]:
    """Return the levels that this processor runs, or that NUMBA_CPU_NAME asks for, the best first."""
    name = os.environ.get("NUMBA_CPU_NAME", "host")
    if name in LEVELS:
        return tuple(LEVELS)[list(LEVELS).index(name) :]
    if name not in ("", "host") or os.environ.get("NUMBA_CPU_FEATURES") is not None:
        return ()
    has, found = _features(), list[str]()
    for level in reversed(LEVELS):  # each level has what the one below has
        if not has.issuperset(LEVELS[level]):
            break
        found.insert(0, level)
    return tuple(found)


def _features() -> set[str]:
    """Return what this processor can do, as Linux names it."""
    flags = first_processor().get("flags")
    if flags is not None:
        return set(flags.split())
    import llvmlite.binding as llvm

    has = {name for name, there in llvm.get_host_cpu_features().items() if there}
    return has | {ours for ours, theirs in _FOR_LLVM.items() if theirs in has}


@cache
def folders() -> tuple[Path, ...]:
    """Return the folders of kernels that this processor can run, the best first."""
    if not DELIVERED.is_dir():
        return ()
    found = (DELIVERED / f"{sys.platform}-{level}" for level in levels())
    return tuple(folder for folder in found if folder.is_dir())


@cache
def _library() -> Any:
    """Return the best of the shared libraries that are whole and that this system can load, or None."""
    for file in (file for folder in folders() for file in folder.glob("kernels-*.so")):
        try:
            # Asked first: a library that is cut off would end the process.
            if hashlib.sha256(file.read_bytes()).hexdigest().startswith(file.stem.removeprefix("kernels-")):
                return ctypes.CDLL(str(file))
        except OSError:
            continue
    return None


def address(kernel: Kernel, form: str) -> int:
    """Return the address of a kernel in the delivered library, or 0."""
    try:
        code = getattr(_library(), symbol(kernel, form)) if folders() else None
    except AttributeError:
        return 0
    if code is not None:
        kernel.addresses[form] = ctypes.cast(code, ctypes.c_void_p).value or 0
    return kernel.addresses.get(form, 0)

"""How Python calls a kernel: through ctypes, which lets go of Python's lock meanwhile."""

from __future__ import annotations

import ctypes
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet.kernels.machine.forms import CHECKED, VECTORS, Kernel
from tinynet.kernels.machine.structs import address_of

#: Where kernels that return nothing would write a result or an error.
_NOWHERE = np.zeros(1)


def raw_entry(kernel: Any, form: str) -> Any:
    """Return a kernel as a C function of the addresses of its result and its error, and its flat arguments."""
    scalar = ctypes.c_double if form == "float64" else ctypes.c_float
    kinds: list[Any] = []
    for kind in kernel.kinds:
        if kind in VECTORS:
            kinds += [ctypes.c_int64, ctypes.c_int64]
        else:
            kinds.append({"Scalar": scalar, "float": ctypes.c_double}.get(kind, ctypes.c_int64))
    function_type = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *kinds)
    return function_type(kernel.address(form))


def _flat(kernel: Kernel) -> tuple[list[str], str]:
    """Return names for a kernel's arguments, and the text of what they are in C."""
    names = [f"a{i}" for i in range(len(kernel.kinds))]
    pieces = []
    for name, kind in zip(names, kernel.kinds, strict=True):
        if kind in VECTORS:
            pieces.append(f"address_of({name}), {name}.size")
        else:
            pieces.append(f"{name}.address" if kind in kernel.structs else name)
    return names, ", ".join(pieces)


def call_of(kernel: Kernel, form: str) -> Callable[..., tuple[Any, ...]]:
    """Return the function that turns arrays, structs and numbers into the call of a kernel: for `_whole.at_once`."""
    names, flat = _flat(kernel)
    scope = {"function": raw_entry(kernel, form), "address_of": address_of, "nowhere": address_of(_NOWHERE)}
    call: Callable[..., tuple[Any, ...]] = eval(
        f"lambda {', '.join(names)}: (function, nowhere, nowhere, {flat})", scope
    )
    return call


def entry_of(kernel: Kernel, form: str) -> Callable[..., Any]:
    """Return a kernel as a function of arrays, structs and numbers."""
    names, flat = _flat(kernel)
    returns = kernel.returns == "float"
    if CHECKED or returns:
        source = (
            f"def run({', '.join(names)}):\n"
            f"    result, error = c_double(), c_void_p()\n"
            f"    if function(byref(result), byref(error), {flat}):\n"
            f"        raise_error(error)\n"
            f"    return {'result.value' if returns else 'None'}\n"
        )
    else:  # nothing is returned and nothing can go wrong: two places that are never read serve all calls
        source = f"def run({', '.join(names)}):\n    function(nowhere, nowhere, {flat})\n"
    scope: dict[str, Any] = {
        "function": raw_entry(kernel, form),
        "byref": ctypes.byref,
        "c_double": ctypes.c_double,
        "c_void_p": ctypes.c_void_p,
        "raise_error": raise_error,
        "address_of": address_of,
        "nowhere": address_of(_NOWHERE),
    }
    exec(source, scope)
    run: Callable[..., Any] = scope["run"]
    return run


class _Raised(ctypes.Structure):
    """What compiled code says of an exception: a pickle of its class and its arguments."""

    _fields_ = (("pickled", ctypes.c_void_p), ("size", ctypes.c_int32))


def raise_error(error: Any) -> None:
    """Raise what a kernel raised: with bounds checks on, an IndexError. Nothing else can go wrong in a kernel."""
    found = _Raised.from_address(error.value)
    kind, arguments, _ = pickle.loads(ctypes.string_at(found.pickled, found.size))
    raise kind(*(arguments or ()))

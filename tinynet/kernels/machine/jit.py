"""The decorators that kernels are written with. They need no Numba until something has to be compiled.

A **formula** is a small function that the compiler melts into the loops that call it. A **kernel** is a loop that is
compiled by itself, for float32 and float64 separately, when it is first needed, and kept on disk as machine code. Other
kernels call it by its name (the linker fills in the address) or through an address in a table (`call`).

A kernel's annotations say what it takes: `Floats` (a vector of the network's float type), `Doubles`, `Integers`,
`Indices` (32 bits), `Bits` (64), `int`, `float`, `Scalar` (one number of the network's type), `Function` (an address)
or a `Struct`. A vector travels as its address and its length.

With ``NUMBA_DISABLE_JIT=1`` or ``TINYNET_JIT=0`` all of it is plain Python: kernels take arrays and objects, tables
hold functions, and a debugger steps through everything.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from tinynet._arguments import shown
from tinynet._extras import installed
from tinynet.kernels.machine.forms import (
    CHECKED,
    COMPILED,
    FAST,
    MACHINE,
    ON_ARRAYS,
    UNCOMPILED,
    Bits,
    Doubles,
    Floats,
    Formula,
    Function,
    Indices,
    Integers,
    Kernel,
    Label,
    Row,
    Scalar,
    arguments_of,
    call,
    call_total,
    kind_of,
    only_compiled,
    plain,
    twin,
)

__all__ = [
    "CHECKED",
    "COMPILED",
    "ON_ARRAYS",
    "UNCOMPILED",
    "UNDIVIDED",
    "Bits",
    "Doubles",
    "Floats",
    "Formula",
    "Function",
    "Indices",
    "Integers",
    "Kernel",
    "Label",
    "Row",
    "Scalar",
    "arguments_of",
    "call",
    "call_of",
    "call_total",
    "entry",
    "exact",
    "formula",
    "handle",
    "inner",
    "kernel",
    "kind_of",
    "only_compiled",
    "plain",
    "quiet",
    "twin",
    "view",
]

F = TypeVar("F", bound=Callable[..., Any])


def _decorator(**options: Any) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        _require_function(function)
        return Formula(function, **options) if COMPILED else function  # type: ignore[return-value]

    return decorate


#: Whether calling a kernel is calling a C function that raises nothing.
UNDIVIDED = COMPILED and not CHECKED

#: A small function, inlined where it is called. Roots and quotients are exact: from the processor's estimate a quotient
#: by √∞ or √0 would be NaN. An optimizer's whole loop takes a third longer for it, a training step 1 or 2 %.
formula = _decorator(forceinline=True, fastmath=FAST)
#: The same, but additions keep their order: for code that compensates its own rounding errors.
exact = _decorator(forceinline=True, fastmath=frozenset({"contract"}))
#: A function that is compiled as part of each kernel that calls it.
inner = _decorator(forceinline=False, fastmath=FAST)
#: The same for a function that returns part of an array: a `span`, never another view, or Numba's counting of
#: references stays in the kernel, and a delivered library has nothing that counts.
view = _decorator(forceinline=True, fastmath=FAST, _nrt=True)


def kernel(function: F) -> F:
    """Make a function a kernel. Its annotations say what it takes, and it returns None or a float."""
    _require_function(function)
    return Kernel(function) if COMPILED else quiet(function)  # type: ignore[return-value]


@cache
def say_what_is_missing() -> None:
    """Warn, once in a process, that everything runs without a compiler because there is none."""
    if ON_ARRAYS:
        warnings.warn(
            "Numba is not installed, so tinynet computes with NumPy, a few times to a hundred times more slowly. "
            "Install it: pip install numba",
            stacklevel=2,
        )


def _require_function(function: Any) -> None:
    if not isinstance(function, FunctionType):
        raise TypeError(f"A formula or kernel is made of a function that `def` defines. Received: {shown(function)}")


def quiet(function: F) -> F:
    """Return a kernel in Python that warns of an overflow or of 0/0 no more than compiled code does."""
    run = np.errstate(all="ignore")(function)
    run.function = function  # type: ignore[attr-defined]
    return run


def handle(function: Any, dtype: Any) -> Any:
    """Return what a table holds of a kernel: its address or, without the compiler, the function; 0 for None."""
    if not function:
        return 0
    return function.address(dtype) if COMPILED else function


def entry(function: Any, dtype: Any) -> Callable[..., Any]:
    """Return a kernel in the form that Python calls with arrays and structs of one float type."""
    return function.entry(dtype) if COMPILED else function


@cache
def call_of(function: Any, dtype: Any) -> Callable[..., tuple[Any, ...]]:
    """Return what turns a kernel's arguments into the call of a C function, that `_whole.at_once` can make."""
    from tinynet.kernels.machine import entries

    return entries.call_of(function, function.form(dtype))


# ---- the machine, imported when it is needed ------------------------------------------------------------------------


def _load(kernel: Kernel, form: str) -> int:
    """Return the address of a kernel's machine code: delivered with the package, kept on disk, or compiled now."""
    from tinynet.kernels.machine import delivered

    found = delivered.address(kernel, form)
    if not found:
        if not installed("numba"):
            raise ModuleNotFoundError(
                f"`{kernel.__qualname__}` is no kernel that came with tinynet, and compiling it takes the package "
                "numba, which is not installed. Install it: pip install numba",
                name="numba",
            )
        from tinynet.kernels.machine.linker import load

        found = load(kernel, form)
    return found


def _entry_of(kernel: Kernel, form: str) -> Callable[..., Any]:
    from tinynet.kernels.machine.entries import entry_of

    return entry_of(kernel, form)


def _dispatcher(function: Any, options: dict[str, Any]) -> Any:
    from tinynet.kernels.machine.compiler import dispatcher

    return dispatcher(function, options)


def _kernel_type(kernel: Kernel) -> Any:
    from tinynet.kernels.machine.compiler import kernel_type

    return kernel_type(kernel)


MACHINE.load, MACHINE.entry_of = _load, _entry_of
MACHINE.dispatcher, MACHINE.kernel_type = _dispatcher, _kernel_type

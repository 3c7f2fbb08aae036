"""The one place where Numba's options and its cache are set.

Decorators: `formula` for the small functions that the compiler melts into the loops calling them, `exact` for those
formulas whose rounding errors cancel only in the order written, `estimated` for divisions by roots, `inner` for loops,
`view` for what returns a part of an array, `allocating` for what makes one, `shared` for what Python runs as it stands;
`entry` makes of an `inner` function one that Python calls. With ``NUMBA_DISABLE_JIT=1`` or ``TINYNET_JIT=0`` all of
them return the Python function itself, so that a debugger can step through everything and Numba is not even imported.

Why these options (measured; see also https://numba.readthedocs.io/en/stable/user/performance-tips.html):

- ``error_model="numpy"``: a check for division by zero in a loop keeps it from being vectorised (10 times slower).
- ``fastmath={"reassoc", "contract"}``: sums may be split over vector lanes, products and sums fused. NaN and infinity
  keep their meaning. Never add ``nsz``: together with ``reassoc`` it deletes ``(x + big) - big``.
- No counting of references to arrays (`_light.UNCOUNTED`), which costs a call for every view: a fourth of a small
  network's step. Python holds all arrays for as long as a kernel runs.
- ``nogil=True``: other Python threads run while a kernel does.
- ``cache=True``: compiled once per machine, not once per process.
"""

from __future__ import annotations

import gc
import hashlib
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0") and os.environ.get("TINYNET_JIT", "1") != "0"


def source_stamp() -> str:
    """Return a digest of all kernel sources and of every Numba setting in force.

    Numba's cache looks only at the file of the function it caches: without this stamp a caller would keep the old
    machine code of a formula that was edited in another file, and a cache filled without bounds checks would go on
    without them.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    settings = [(k, v) for k, v in os.environ.items() if k.startswith("NUMBA_") and k != "NUMBA_CACHE_DIR"]
    digest.update(repr(sorted(settings)).encode())
    return digest.hexdigest()


if COMPILED:
    import numba
    import numba.extending
    from numba.core.compiler_lock import global_compiler_lock

    from tinynet.kernels import _light

    _STAMP = source_stamp()
    _FAST = {"reassoc", "contract"}
    # Nobody calls by C. Rewriting would make loops of array expressions, of which there are none. Without it `x**2` is
    # a general power, and `x.shape[1]` a function to be compiled: unpack the shape, or take len(x).
    _OPTIONS: dict[str, Any] = {
        "error_model": "numpy",
        "nogil": True,
        "no_cfunc_wrapper": True,
        "no_rewrites": True,
    }
    # What only compiled code calls needs no entry for Python, and is optimised where it is called. What is not said
    # here a function would take over from the first one that calls it.
    inline_options: dict[str, Any] = {
        "fastmath": _FAST,
        "forceinline": False,
        "no_cpython_wrapper": True,
        **_light.OPTIONS,
        **_OPTIONS,
        **_light.UNCOUNTED,
    }
    allocating_options: dict[str, Any] = {**inline_options, **_light.COUNTED}
    view_options: dict[str, Any] = {**allocating_options, "forceinline": True}
    _formula_options: dict[str, Any] = {**inline_options, "forceinline": True}

    def formula(function: Function) -> Function:
        """Compile a small function to be inlined where it is called."""
        return numba.njit(function, **_formula_options)

    def exact(function: Function) -> Function:
        """Compile like `formula`, but keep the order of additions: for code that compensates its own errors."""
        return numba.njit(function, **{**_formula_options, "fastmath": {"contract"}})

    def estimated(function: Function) -> Function:
        """Compile like `formula`; roots and quotients may start from the processor's estimate and one Newton step.

        That is good to 3 units in the last place and takes half the time in float32; float64, for which there are no
        estimates worth it, is computed as written.
        """
        return numba.njit(function, **{**_formula_options, "fastmath": _FAST | {"arcp", "afn"}})

    def inner(function: Function) -> Function:
        """Compile a function that only other kernels call."""
        return numba.njit(function, **inline_options)

    def view(function: Function) -> Function:
        """Compile a function that returns a part of an array, to be inlined where it is called.

        Numba lets only a function that counts references return an array. Its callers do not, and never give one back:
        so it may return views of `borrowed` arrays, which belong to nobody, but no array that was made for it.
        """
        return numba.njit(function, **view_options)

    def allocating(function: Function) -> Function:
        """Compile like `inner` a function that makes an array, for itself and its callees; it returns none."""
        return numba.njit(function, **allocating_options)

    def shared(function: Function) -> Function:
        """Leave the function as it is for Python; compile it where compiled code calls it."""
        return numba.extending.register_jitable(**inline_options)(function)

    def two_forms(make: Any) -> Any:
        """Compile one of the two functions that `make` returns: the first for an array, the second for a tuple."""
        dense, sparse = make(*[None] * make.__code__.co_argcount)

        def stub(*arguments: Any) -> Any:
            return (sparse if isinstance(arguments[0], tuple) else dense)(*arguments)

        def choose(*arguments: Any) -> Any:
            return sparse if isinstance(arguments[0], numba.types.BaseTuple) else dense

        choose.__signature__ = inspect.signature(dense)  # type: ignore[attr-defined]  # Numba compares the two
        numba.extending.overload(stub, jit_options=view_options)(choose)
        return stub

    def entry(function: Any) -> Any:
        """Compile a function of this package for Python to call; cached on disk where a folder can be written."""
        options = {"fastmath": _FAST, **_OPTIONS, **_light.UNCOUNTED}
        compiled = numba.njit(function.py_func, **options)
        try:
            from numba.core.caching import IndexDataCacheFile

            compiled.enable_caching()
            cache = compiled._cache
            cache._cache_file = IndexDataCacheFile(
                cache_path=cache._cache_path,
                filename_base=cache._impl.filename_base,
                source_stamp=_STAMP,
            )
        except (ImportError, RuntimeError, AttributeError, TypeError):
            # No writable folder (a read-only installation), or a Numba whose internals have moved: compile anew in
            # every process rather than run stale machine code.
            compiled = numba.njit(function.py_func, **options)
        compiled.compile = _collecting_rarely(compiled.compile)
        return compiled

    def _collecting_rarely(compiling: Any) -> Any:
        """Let Python look for unreachable objects less often meanwhile: compiling makes millions that are reachable.

        It takes a tenth less time so, and 8 MB more; without looking at all it would be 70 MB.
        """

        def run(signature: Any) -> Any:
            with global_compiler_lock:
                usual = gc.get_threshold()
                rarely = (20_000, *usual[1:])
                if not 0 < usual[0] < rarely[0]:  # 0 means never
                    return compiling(signature)
                gc.set_threshold(*rarely)
                try:
                    return compiling(signature)
                finally:
                    if gc.get_threshold() == rarely:
                        gc.set_threshold(*usual)

        return run

else:

    def formula(function: Function) -> Function:
        """Return the function itself: the compiler is switched off."""
        return function

    exact = estimated = inner = view = allocating = shared = entry = formula

    def two_forms(make: Any) -> Any:
        """Return a function that calls one of the two that `make` returns, by its first argument's type."""
        dense, sparse = make(*[None] * make.__code__.co_argcount)

        def either(*arguments: Any) -> Any:
            return (sparse if isinstance(arguments[0], tuple) else dense)(*arguments)

        return either

"""What formulas and kernels are: the function as it was written, and where its compiled form is found.

Nothing here compiles or loads anything. What does is given by `jit`, in `MACHINE`, and imported only when it is needed.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_origin

import numpy as np

from tinynet._extras import installed

F = TypeVar("F", bound=Callable[..., Any])


def _why_uncompiled() -> str:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0") or os.environ.get("TINYNET_JIT", "1") == "0":
        return "the compiler is switched off (NUMBA_DISABLE_JIT or TINYNET_JIT)"
    if not installed("numba") and not (Path(__file__).parent / "delivered").is_dir():
        return "Numba is not installed (pip install numba)"
    return ""


#: Why no kernel is compiled in this process; empty if they are.
UNCOMPILED = _why_uncompiled()
#: Whether kernels are compiled in this process.
COMPILED = not UNCOMPILED
#: Whether formulas run over whole arrays, because there is no compiler. Where it is switched off they run number by
#: number, for a debugger.
ON_ARRAYS = UNCOMPILED.startswith("Numba")
#: Whether compiled code checks every index (Numba's own switch).
CHECKED = os.environ.get("NUMBA_BOUNDSCHECK", "0") not in ("", "0")

# What kernels and formulas take. To type checkers they are arrays and numbers; what counts here is their names.
Array = np.ndarray[Any, np.dtype[Any]]
Floats = Annotated[Array, "Floats"]
Doubles = Annotated[Array, "Doubles"]
Integers = Annotated[Array, "Integers"]
Indices = Annotated[Array, "Indices"]
Bits = Annotated[Array, "Bits"]
Function = Annotated[Any, "Function"]
#: One number of the network's type, one row of such numbers, and the number of a class.
Scalar = Annotated[Any, "Scalar"]
Row = Annotated[Any, "Row"]
Label = Annotated[Any, "Label"]

#: The annotations that mean a vector.
VECTORS = frozenset({"Floats", "Doubles", "Integers", "Indices", "Bits"})

#: Sums may be split over vector lanes, products and sums fused. NaN and infinity keep their meaning. Never add "nsz":
#: together with "reassoc" it deletes ``(x + big) - big``.
FAST = frozenset({"reassoc", "contract"})

#: Python functions that have a form of their own in compiled code, and the module in which that has the same name.
TWINS: list[tuple[Callable[..., Any], str]] = []


def kind_of(annotation: Any) -> str:
    """Return the name of what an annotation stands for, written out (``from __future__ import annotations``) or not.

    Examples
    --------
    >>> kind_of(Floats), kind_of("Row"), kind_of(int), kind_of(None)
    ('Floats', 'Row', 'int', 'None')
    """
    if isinstance(annotation, str):
        return annotation.removeprefix("list[").removesuffix("]").rpartition(".")[2]
    if get_origin(annotation) is Annotated:
        return str(annotation.__metadata__[0])
    return getattr(annotation, "__name__", str(annotation))


class Machine:
    """What makes and loads machine code, set by `jit`."""

    #: The address of a kernel's machine code, for the name of a compiled form.
    load: Callable[[Kernel, str], int]
    #: A kernel's compiled form as a function of arrays and structs.
    entry_of: Callable[[Kernel, str], Callable[..., Any]]
    #: Numba's object for a formula's function and its options.
    dispatcher: Callable[[Any, dict[str, Any]], Any]
    #: Numba's type of a kernel, as something that kernels call.
    kernel_type: Callable[[Kernel], Any]


MACHINE = Machine()


#: The type of ``np.sum``. Formulas make numbers of the type that they are given; NumPy ends the process for this one.
_NUMPYS = type(np.sum)


class Formula:
    """A function for kernels to call. Python calls it as it was written."""

    __name__: str
    __qualname__: str

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        functools.update_wrapper(self, function)
        self.function, self.options = function, options

    def __call__(self, *arguments: Any) -> Any:
        """Call the function as it was written."""
        for argument in arguments:
            if type(argument) is _NUMPYS:
                raise TypeError(f"{self.__name__}: expected numbers. Received: a function of NumPy's, {argument!r}")
        return self.function(*arguments)

    @functools.cached_property
    def dispatcher(self) -> Any:
        """Numba's object for the function."""
        return MACHINE.dispatcher(self.function, self.options)

    @property
    def _numba_type_(self) -> Any:
        return self.dispatcher._numba_type_

    def __reduce__(self) -> str:
        return self.__qualname__  # a module's formula is pickled by its name

    def __repr__(self) -> str:
        return f"<formula {self.__qualname__}>"


def twin(module: str) -> Callable[[F], F]:
    """Say that compiled code has a form of its own of the decorated function: the one of the same name in `module`."""

    def decorate(function: F) -> F:
        TWINS.append((function, module))
        return function

    return decorate


def only_compiled(module: str, *names: str) -> list[Callable[..., Any]]:
    """Return stand-ins for functions of `module` that exist in compiled code only."""

    def stand_in(name: str) -> Callable[..., Any]:
        def missing(*arguments: Any) -> Any:
            raise TypeError(f"`{name}` exists in compiled code only.")

        missing.__name__ = name
        TWINS.append((missing, module))
        return missing

    return [stand_in(name) for name in names]


# In compiled code these two are calls through a pointer: see `compiler`.


def call(function: Function, *arguments: Any) -> None:
    """Call a kernel that a table names and that returns nothing."""
    function(*arguments)


def call_total(function: Function, *arguments: Any) -> float:
    """Call a kernel that a table names and that returns a number."""
    return float(function(*arguments))


#: The names of the float types; asking NumPy takes ten times as long.
_NAMES: dict[Any, str] = {kind: name for name in ("float32", "float64") for kind in (name, np.dtype(name))}
_SINGLE = np.dtype("float32")
#: The types of the other vectors.
_TYPES = {
    "Doubles": np.dtype("float64"),
    "Integers": np.dtype("int64"),
    "Indices": np.dtype("int32"),
    "Bits": np.dtype("uint64"),
}


class Kernel:
    """A loop with machine code of its own: called from Python with arrays, from kernels by its address."""

    __qualname__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        annotations = function.__annotations__
        missing = [name for name in (*_arguments(function), "return") if name not in annotations]
        if missing:
            raise TypeError(
                f"Kernel {function.__qualname__}: annotate {', '.join(missing)}, so that it can be compiled."
            )
        self.kinds = [kind_of(kind) for name, kind in annotations.items() if name != "return"]
        self.returns = kind_of(annotations["return"])
        known = {kind_of(k): function.__globals__.get(k) if isinstance(k, str) else k for k in annotations.values()}
        #: The structs among its arguments' types, by name.
        self.structs = {k: s for k, s in known.items() if isinstance(s, type) and hasattr(s, "FIELDS")}
        #: Whether one compiled form serves both float types.
        self.generic = not ({"Floats", "Scalar"} & set(self.kinds) or self.structs)
        self._scalar = self.kinds.index("Scalar") if "Scalar" in self.kinds else None
        self._vectors = [(i, _TYPES.get(kind)) for i, kind in enumerate(self.kinds) if kind in VECTORS]
        self.addresses: dict[str, int] = {}
        self._entries: dict[Any, Callable[..., Any]] = {}

    def form(self, dtype: Any) -> str:
        """Return the name of the compiled form for a float type."""
        if self.generic:
            return ""
        return _NAMES.get(dtype) or np.dtype(dtype).name

    def address(self, dtype: Any) -> int:
        """Return the address of the machine code, which is made if it is missing."""
        form = self.form(dtype)
        return self.addresses.get(form) or MACHINE.load(self, form)

    def entry(self, dtype: Any) -> Callable[..., Any]:
        """Return the function of arrays and structs that Python calls."""
        found = self._entries.get(dtype)
        if found is None:
            found = self._entries[dtype] = MACHINE.entry_of(self, self.form(dtype))
        return found

    def __call__(self, *arguments: Any) -> Any:
        """Run the kernel, compiled for the float type of its vectors; an `entry` does not check what it is given."""
        floats = None
        for place, wanted in self._vectors:
            given = arguments[place]
            found = getattr(given, "dtype", None)
            if wanted is None:
                wanted = floats = floats or (found if found in _NAMES else None)
            if wanted is None or found != wanted or not isinstance(given, np.ndarray) or not given.flags.c_contiguous:
                self._refuse(place, wanted, given)
        return self.entry(floats or self._type_of_scalars(arguments))(*arguments)

    def _type_of_scalars(self, arguments: tuple[Any, ...]) -> Any:
        """Return the float type where no vector says it: a number of Python's is a double."""
        if self._scalar is None:
            return _SINGLE
        return _SINGLE if getattr(arguments[self._scalar], "dtype", None) == _SINGLE else np.dtype("float64")

    def _refuse(self, place: int, wanted: Any, given: Any) -> None:
        kind, received = wanted or "float32 or float64", getattr(given, "dtype", type(given).__name__)
        raise TypeError(
            f"Kernel {self.__qualname__}, {_arguments(self.function)[place]}: expected a contiguous vector of {kind}. "
            f"Received: {given!r:.60} ({received})"
        )

    @property
    def _numba_type_(self) -> Any:
        return MACHINE.kernel_type(self)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<kernel {self.__qualname__}>"


def _arguments(function: Any) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def arguments_of(function: Any) -> tuple[str, ...]:
    """Return the names of the arguments of a function, a formula or a kernel."""
    return _arguments(plain(function))


def plain(function: Any) -> Any:
    """Return the Python function behind a formula or a kernel."""
    return getattr(function, "function", function)

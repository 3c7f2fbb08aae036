"""Reads ``.npz`` files of ragged sequences without trusting them.

NumPy can store an array of Python lists only as a pickle, and a pickle is a program. Even one that may call only
``numpy.ndarray`` and ``numpy.dtype`` is dangerous: it can clear the flag that marks a dtype as holding pointers, and so
make NumPy follow any address. Here, the four names that such a pickle needs are bound to inert stand-ins. Every other
name is refused before it is even imported, and NumPy sees only checked values.
"""

from __future__ import annotations

import io
import pickle
import re
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinynet._reading import Member, members, suspicious

#: Keras's largest vocabulary has 88,587 words.
_MOST_WORDS = 2**24


class _Dtype:
    """Replaces ``numpy.dtype``: objects, or plain numbers of one size."""

    def __init__(self, code: str | bytes, align: object = False, copy: object = False) -> None:
        code = code.decode("latin-1") if isinstance(code, bytes) else code  # as Python 2 wrote it
        if not re.fullmatch(r"O8?|b1|[iu][1248]|f[248]", code):
            raise pickle.UnpicklingError(f"an array of type {code!r} holds neither objects nor numbers")
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take the byte order; the rest of the state repeats what the code says."""
        self.order = {"<": "<", ">": ">", b"<": "<", b">": ">"}.get(state[1], "=")


class _Array:
    """Replaces an array under construction: ``_reconstruct`` makes it, the pickled state fills it."""

    def __init__(self, subtype: object, shape: object, code: object) -> None:
        self.array: NDArray[Any] = np.empty(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran_order, content = state
        if not isinstance(dtype, _Dtype):
            raise pickle.UnpicklingError("an array without a dtype")
        if dtype.code.startswith("O"):  # listed row by row, whatever the order in memory
            rows = (row.array if isinstance(row, _Array) else row for row in content)
            self.array = np.fromiter(rows, dtype=object).reshape(shape)
        else:
            numbers = np.frombuffer(content, dtype.order + dtype.code)
            self.array = numbers.reshape(shape, order="F" if fortran_order else "C")


class _Unpickler(pickle.Unpickler):
    _STAND_INS: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy", "ndarray"): None,  # only ever handed to _reconstruct
        ("numpy", "dtype"): _Dtype,
        ("numpy.core.multiarray", "_reconstruct"): _Array,  # as NumPy 1 wrote it
        ("numpy._core.multiarray", "_reconstruct"): _Array,
    }

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, and import nothing."""
        if (module, name) not in self._STAND_INS:
            raise pickle.UnpicklingError(f"it asks for `{module}.{name}`, which no data needs")
        return self._STAND_INS[module, name]


def unpickled(content: bytes | memoryview, kind: type) -> Any:
    """Return what a pickle holds, an object of the kind whose arrays are NumPy's; strings of Python 2 are bytes.

    Raises
    ------
    Exception
        Of any kind if it is damaged or asks for anything but arrays: use `suspicious` around it.
    """
    # From an unbuffered file the unpickler would read the few bytes of each opcode: five times slower.
    built = _Unpickler(io.BufferedReader(io.BytesIO(content), 1 << 16), encoding="bytes").load()
    if not isinstance(built, kind):
        raise ValueError(f"the pickle holds a {type(built).__name__}")
    if isinstance(built, dict):
        return {name: value.array if isinstance(value, _Array) else value for name, value in built.items()}
    return built


def _array(member: Member) -> NDArray[Any]:
    """Return a member's array, which may hold objects."""
    if not member.dtype.hasobject:
        return member.array()
    built = unpickled(member.body, object)
    if not isinstance(built, _Array) or built.array.shape != member.shape or built.array.dtype != object:
        raise ValueError(
            f"the header announces an object array of shape {member.shape}, but the pickle holds something else"
        )
    return built.array


def read_npz(path: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Read the named arrays of an ``.npz`` file; object arrays may hold lists and arrays of numbers only.

    Raises
    ------
    ValueError
        If the file is damaged, lacks one of the arrays, or holds a pickle that asks for anything but an
        array.
    """
    found: dict[str, NDArray[Any]] = {}
    with suspicious(path, f"cannot be read as an .npz file with the arrays {', '.join(names)}"):
        for name, member in members(path):
            if name in names:
                found[name] = _array(member)
        if lacking := [name for name in names if name not in found]:
            raise ValueError(f"there is no {lacking[0]}.npy")
    return tuple(found[name] for name in names)


def read_text(path: Path, *names: str) -> tuple[Any, ...]:
    """Read pairs of arrays, sequences of word numbers and their labels.

    Raises
    ------
    ValueError
        As `read_npz`, and for anything but lists of whole numbers from 0.
    """
    arrays = read_npz(path, *names)
    with suspicious(path, "does not hold sequences of words with their labels"):
        for x, y in zip(arrays[::2], arrays[1::2], strict=True):
            check_labels(x, y)
            kinds: set[type] = set()
            for row in x:
                if not isinstance(row, list | np.ndarray):
                    raise ValueError(f"a sequence is of type {type(row).__name__}")
                kinds.update(map(type, row))
            if not all(issubclass(kind, int | np.integer) and kind is not bool for kind in kinds):
                raise ValueError(f"words are whole numbers, but some are {', '.join(k.__name__ for k in kinds)}")
            words = np.fromiter(chain.from_iterable(x), np.int64, sum(map(len, x)))
            if words.size and not 0 <= words.min() <= words.max() < _MOST_WORDS:
                raise ValueError(
                    f"words are numbers from 0 to {_MOST_WORDS}, but go from {words.min()} to {words.max()}"
                )
    return arrays


def read_tables(path: Path, axes: int, *names: str) -> tuple[NDArray[Any], ...]:
    """Read pairs of arrays, numbers with so many `axes` and a target for each row.

    Raises
    ------
    ValueError
        As `read_npz`, and for other shapes or numbers that are not finite.
    """
    arrays = read_npz(path, *names)
    with suspicious(path, f"does not hold arrays of {axes} axes with their targets"):
        for x, y in zip(arrays[::2], arrays[1::2], strict=True):
            check_labels(x, y, "iuf")
            if x.ndim != axes or x.dtype.kind not in "iuf":
                raise ValueError(f"the samples have shape {x.shape} and type {x.dtype}")
            if not (np.isfinite(x).all() and np.isfinite(y).all()):
                raise ValueError("some numbers are not finite")
    return arrays


def check_labels(x: NDArray[Any], y: NDArray[Any], kinds: str = "iu") -> None:
    """Raise a ValueError unless there is a label, or another target, for each sample."""
    if y.ndim != 1 or x.ndim < 1 or len(x) != len(y) or y.dtype.kind not in kinds:
        raise ValueError(f"there are labels of shape {y.shape} and type {y.dtype} for samples of shape {x.shape}")
    if kinds == "iu" and y.size and y.min() < 0:
        raise ValueError(f"labels are numbers from 0, but the lowest is {y.min()}")

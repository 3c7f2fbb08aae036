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
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


class _Dtype:
    """Replaces ``numpy.dtype``: objects, or plain numbers of one size."""

    def __init__(self, code: str, align: object = False, copy: object = False) -> None:
        if not re.fullmatch(r"O8?|b1|[iu][1248]|f[248]", code):
            raise pickle.UnpicklingError(f"an array of type {code!r} holds neither objects nor numbers")
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take the byte order; the rest of the state repeats what the code says."""
        self.order = {"<": "<", ">": ">"}.get(state[1], "=")


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


def _read_npy(content: bytes) -> NDArray[Any]:
    """Read one array in the ``.npy`` format (versions 1 and 2, which cover all but arrays with named fields)."""
    # From an unbuffered file the unpickler would read the few bytes of each opcode: five times slower.
    file = io.BufferedReader(io.BytesIO(content), 1 << 16)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    shape, _, dtype = readers[npy.read_magic(file)](file)
    if not dtype.hasobject:
        file.seek(0)
        return npy.read_array(file, allow_pickle=False)
    built = _Unpickler(file).load()
    if not isinstance(built, _Array) or built.array.shape != shape or built.array.dtype != object:
        raise ValueError(f"the header announces an object array of shape {shape}, but the pickle holds something else")
    return built.array


def read_npz(path: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Read the named arrays of an ``.npz`` file; object arrays may hold lists and arrays of numbers only.

    Raises
    ------
    ValueError
        If the file is damaged, lacks one of the arrays, or holds a pickle that asks for anything but an
        array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(_read_npy(archive.read(f"{name}.npy")) for name in names)
    except OSError:
        raise
    except Exception as error:  # a damaged file may fail anywhere in zipfile, NumPy or the unpickler
        raise ValueError(
            f"{path} cannot be read as an .npz file with the arrays {', '.join(names)}: "
            f"{error} ({type(error).__name__}). It is damaged, of another kind, or not to be trusted."
        ) from error

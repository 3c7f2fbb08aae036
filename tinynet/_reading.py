"""Reads zip files, ``.npz`` above all, that nobody vouches for: damage is a ValueError, and costs no memory.

NumPy's own reader makes room for whatever a header promises and unpacks whatever a zip file holds.
"""

from __future__ import annotations

import io
import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from tinynet._bytes import bytes_of

#: How much more than itself a file may unpack to: data compress to a fifth, zip bombs to a thousandth.
_MOST_TIMES = 100
#: What every file may unpack to.
_ALWAYS = 2**24


class NoFileError(FileNotFoundError, ValueError):
    """There is no such file: a ValueError as well, which is what Keras raises."""


def most(size: int) -> int:
    """Return how many bytes a file of a size may unpack to."""
    return max(_ALWAYS, _MOST_TIMES * size)


class Member(NamedTuple):
    """An array as it stands in a file: what its header says, and the bytes behind the header.

    Attributes
    ----------
    shape : tuple of int
        Its shape.
    dtype : numpy.dtype
        Numbers of any size and byte order, or objects.
    fortran_order : bool
        Whether the first axis changes fastest.
    body : bytes
        The numbers, or a pickle.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    body: memoryview

    def array(self) -> NDArray[Any]:
        """Return the numbers as an array of their own."""
        expected = math.prod(self.shape) * self.dtype.itemsize
        if self.dtype.hasobject or min(self.shape, default=0) < 0 or expected != len(self.body):
            raise ValueError(
                f"its header promises an array of shape {self.shape} and type {self.dtype}, {expected} bytes, and it "
                f"has {len(self.body)}"
            )
        order: Literal["F", "C"] = "F" if self.fortran_order else "C"
        return np.frombuffer(self.body, self.dtype).reshape(self.shape, order=order).copy("K")


@contextmanager
def suspicious(path: str | os.PathLike[str], expected: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file's content is read into a ValueError that names the file."""
    try:
        yield
    except Exception as error:  # a damaged file may fail anywhere in zipfile, NumPy or an unpickler
        raise ValueError(
            f"{path} {expected}: {error} ({type(error).__name__}). It is damaged, of another kind, or not to be "
            "trusted."
        ) from error


def members(path: str | os.PathLike[str]) -> Iterator[tuple[str, Member]]:
    """Yield the names and the arrays of an ``.npz`` file in its order, reading each when it comes.

    Raises
    ------
    OSError
        If the file cannot be read.
    Exception
        Of any kind if it is damaged: use `suspicious` around it.
    """
    for name, content in entries(path):
        yield name.removesuffix(".npy"), member(content)


def entries(path: str | os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents in a zip file in its order, reading each when it comes.

    Raises
    ------
    OSError
        If the file cannot be read.
    Exception
        Of any kind if it is damaged: use `suspicious` around it.
    """
    whole = bytes_of(path)
    left = most(len(whole))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        for entry in archive.infolist():
            left -= entry.file_size
            if left < 0:
                raise ValueError(f"it is {len(whole)} bytes, and says that it unpacks to over {_MOST_TIMES} times that")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(
                    f"{entry.filename} is compressed by method {entry.compress_type}, which NumPy never uses"
                )
            yield entry.filename, archive.read(entry)


def member(content: bytes) -> Member:
    """Read one array in the ``.npy`` format (versions 1 and 2, which cover all but arrays with named fields)."""
    file = io.BytesIO(content)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in readers:
        raise ValueError(f"an array in version {version} of the format")
    shape, fortran_order, dtype = readers[version](file)
    return Member(shape, dtype, fortran_order, memoryview(content)[file.tell() :])

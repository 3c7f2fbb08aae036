"""HDF5 files that nobody vouches for, through h5py: no link leads out, and nothing makes room for more than they hold.

Source of the format: https://docs.hdfgroup.org/hdf5/latest/
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynet._extras import extra
from tinynet._reading import most
from tinynet._types import Array


def h5py() -> Any:
    """Return the module, or raise a ModuleNotFoundError that says how to install it."""
    return extra("h5py", "A Keras file", "tinynet's own files, model.npz, need nothing.")


class Group:
    """A group in a file that is read: arrays and attributes by their names, within what the file may unpack to."""

    def __init__(self, group: Any, left: list[int]) -> None:
        self._group, self._left = group, left

    def __contains__(self, name: str) -> bool:
        return self._link(name) is not None

    def group(self, *path: str) -> Group:
        """Return a group within it, or raise a KeyError."""
        found = self._group
        for name in path:
            found = Group(found, self._left)._found(name, h5py().Group)
        return Group(found, self._left)

    def names(self) -> list[str]:
        """Return the names of what is in it."""
        return list(self._group)

    def array(self, name: str) -> Array:
        """Return an array of numbers within it, or raise a ValueError."""
        *path, last = [part for part in name.split("/") if part]
        data = self.group(*path)._found(last, h5py().Dataset)
        if data.dtype.kind not in "fiu" or data.shape is None or data.is_virtual or data.external:
            raise ValueError(f"{name} holds {data.dtype}, or its numbers are elsewhere")
        self._take(name, math.prod(data.shape) * data.dtype.itemsize)
        return np.asarray(data[()])

    def text(self, name: str) -> str | None:
        """Return an attribute that is text, or None."""
        found = self._attribute(name)
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, bytes):
            return found.decode()
        raise ValueError(f"its attribute {name} is no text")

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a list of texts; Keras cuts long ones into several."""
        parts = [name] if name in self._group.attrs else []
        while not parts or parts[-1] != name:
            if (part := f"{name}{len(parts)}") not in self._group.attrs:
                break
            parts.append(part)
        entries = [entry for part in parts for entry in np.asarray(self._attribute(part)).reshape(-1).tolist()]
        return [entry.decode() if isinstance(entry, bytes) else str(entry) for entry in entries]

    def _attribute(self, name: str) -> Any:
        if name not in self._group.attrs:
            return None
        kept = self._group.attrs.get_id(name)
        self._take(name, math.prod(kept.shape) * kept.dtype.itemsize)
        return self._group.attrs[name]

    def _take(self, name: str, size: int) -> None:
        self._left[0] -= size
        if self._left[0] < 0:
            raise ValueError(f"{name} would take {size} bytes, which is more than a file of this size may hold")

    def _link(self, name: str) -> Any:
        return self._group.get(name, getlink=True)

    def _found(self, name: str, kind: type) -> Any:
        link = self._link(name)
        if not isinstance(link, h5py().HardLink):
            other = "" if link is None else f", but a {type(link).__name__} to what is elsewhere"
            raise KeyError(f"{self._group.name} has no {name} of its own{other}")
        found = self._group[name]
        if not isinstance(found, kind):
            raise ValueError(f"{found.name} is no {kind.__name__.lower()}")
        return found


def refuse_endless_heaps(content: bytes) -> None:
    """Raise a ValueError for a heap of texts with an object of no size: the library would pass it for ever.

    A heap is "GCOL", a version, and its size; then come objects, each a number, a count, four bytes, its size and as
    many bytes. What is free is object 0, whose size counts from its beginning. Numbers are of as many bytes as the file
    says.

    Notes
    -----
    Source: https://docs.hdfgroup.org/hdf5/latest/_f_m_t3.html, III.E, "Disk Format: Level 1E - Global Heap"
    """
    width = content[14:15] if content[8:9] < b"\x02" else content[10:11]
    length = width[0] if width else 8
    begin, left = content.find(b"GCOL\x01\0\0\0"), len(content)  # heaps do not overlap
    while begin >= 0:
        place = begin + 8 + length
        end = begin + int.from_bytes(content[begin + 8 : place], "little")
        while place + 8 + length <= min(end, len(content)):
            size = int.from_bytes(content[place + 8 : place + 8 + length], "little")
            if any(content[place : place + 2]):
                size = (8 + length + -(-size // 8) * 8) % 256**length
            left -= 1
            if not size or not left:
                raise ValueError(f"its heap of texts at byte {begin} is damaged")
            place += size
        begin = content.find(b"GCOL\x01\0\0\0", begin + 1)


@contextmanager
def reading(content: bytes) -> Iterator[Group]:
    """Yield the root of the HDF5 file with this content."""
    refuse_endless_heaps(content)
    with h5py().File(io.BytesIO(content), "r") as file:
        yield Group(file, [most(len(content))])


@contextmanager
def writing() -> Iterator[tuple[Any, io.BytesIO]]:
    """Yield the root of a new HDF5 file, and what will hold its content afterwards."""
    content = io.BytesIO()
    with h5py().File(content, "w") as file:
        yield file, content


def put_texts(group: Any, name: str, texts: list[str]) -> None:
    """Write a list of texts as an attribute, cut as Keras cuts it: an attribute holds less than 64 kB."""
    array = np.array([text.encode() for text in texts]) if texts else np.zeros(0)
    parts = -(-array.nbytes // 64000) or 1
    for number, part in enumerate(np.array_split(array, parts)):
        group.attrs[name if parts == 1 else f"{name}{number}"] = part

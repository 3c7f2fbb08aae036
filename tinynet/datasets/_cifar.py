"""What CIFAR-10 and CIFAR-100 have in common: archives of pickled photographs, 32 × 32 pixels."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinynet._reading import most, suspicious
from tinynet.datasets._files import cache_folder, find
from tinynet.datasets._npz import check_labels, unpickled


class Archive(NamedTuple):
    """An archive: its name, that of the folder in it, and those of the files there with photographs."""

    called: str
    name: str
    folder: str
    files: tuple[str, ...]


def load(archive: Archive, path: str | os.PathLike[str], labels: str) -> dict[str, tuple[Any, Any]]:
    """Return photographs and classes of each file, the classes from the list that is called `labels`."""
    source = _folder(archive, path) or find(archive.name, path)
    with suspicious(source, f"cannot be read as {archive.called}'s {archive.folder}"):
        parts = {name: _part(content, labels.encode()) for name, content in _contents(archive, source)}
        if lacking := [name for name in archive.files if name not in parts]:
            raise ValueError(f"there is no {archive.folder}/{lacking[0]}")
    return parts


def _folder(archive: Archive, path: str | os.PathLike[str]) -> Path | None:
    """Return the folder with the unpacked files, as given or where versions of Keras leave it, or None."""
    given = [Path(path).expanduser()]
    if os.fspath(path) == archive.name:
        given = [cache_folder(), cache_folder() / f"{archive.folder}-target"]
    for folder in given:
        for found in (folder, folder / archive.folder):
            if (found / archive.files[-1]).is_file():
                return found
    return None


def _contents(archive: Archive, source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files of data in a folder or an archive; nothing is unpacked to disk."""
    if source.is_dir():
        for name in archive.files:
            yield name, (source / name).read_bytes()
        return
    yield from _packed(source, archive.folder, archive.files)


def _packed(source: Path, wanted: str, files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    left = most(source.stat().st_size)
    with tarfile.open(source, "r:gz") as packed:
        for entry in packed:
            folder, _, name = entry.name.rpartition("/")
            if folder != wanted or name not in files or not entry.isreg():
                continue
            left -= entry.size
            if left < 0:
                raise ValueError("it says that it unpacks to a hundred times its size")
            file = packed.extractfile(entry)
            yield name, b"" if file is None else file.read()


def _part(content: bytes, labels: bytes) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Return the photographs and classes of one file, a pickled dict of an array and a list."""
    found: dict[Any, Any] = unpickled(content, dict)
    x, y = found[b"data"], np.array(found[labels])
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8 or x.shape[1:] != (3072,):
        raise ValueError("there are no rows of 3072 bytes, which are 3 colours of 32 × 32 pixels")
    check_labels(x, y)
    pictures: NDArray[np.uint8] = x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return pictures, y.reshape(-1, 1)

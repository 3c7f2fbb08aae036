"""Small colour photographs, 32 × 32 pixels: Keras's ``datasets.cifar10``."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import checked
from tinynet._reading import most, suspicious
from tinynet.datasets._files import cache_folder, find
from tinynet.datasets._npz import check_labels, unpickled
from tinynet.datasets._split import Part

_ARCHIVE, _FOLDER = "cifar-10-python.tar.gz", "cifar-10-batches-py"
_TRAINING, _TEST = [f"data_batch_{number}" for number in range(1, 6)], "test_batch"


@checked
def load_data(path: str | os.PathLike[str] = _ARCHIVE) -> tuple[Part, Part]:
    """Load 50,000 training and 10,000 test photographs. The result is exactly Keras's.

    The classes: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck. A network of
    dense layers gets about half of them right; convolutions, which tinynet lacks, are what they ask for.

    Parameters
    ----------
    path : str or path-like, default "cifar-10-python.tar.gz"
        The archive on this machine, or the folder that it unpacks to, which are used as they are; otherwise the
        archive's name in the folder ``TINYNET_DATA`` or in Keras's cache folder (see `tinynet.datasets`).

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 32, 32, 3)``, red, green and blue from 0 to 255;
        ``y`` uint8 ``(n, 1)``, the class 0 to 9.

    Raises
    ------
    ValueError
        If the archive is damaged, or holds anything but arrays and lists.
    OSError
        If it is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/cifar10/. The photographs: A. Krizhevsky, "Learning multiple layers of features from
    tiny images", 2009.

    Examples
    --------
    >>> from tinynet.datasets import cifar10
    >>> (x_train, y_train), (x_test, y_test) = cifar10.load_data()  # doctest: +SKIP
    """
    source = _folder(path) or find(_ARCHIVE, path)
    with suspicious(source, f"cannot be read as CIFAR-10's {_FOLDER}"):
        parts = {name: _part(content) for name, content in _contents(source)}
        if lacking := [name for name in (*_TRAINING, _TEST) if name not in parts]:
            raise ValueError(f"there is no {_FOLDER}/{lacking[0]}")
    x, y = zip(*(parts[name] for name in _TRAINING), strict=True)
    return (np.concatenate(x), np.concatenate(y)), parts[_TEST]


def _folder(path: str | os.PathLike[str]) -> Path | None:
    """Return the folder with the unpacked files, as given or where versions of Keras leave it, or None."""
    given = [Path(path).expanduser()]
    if os.fspath(path) == _ARCHIVE:
        given = [cache_folder(), cache_folder() / f"{_FOLDER}-target"]
    for folder in given:
        for found in (folder, folder / _FOLDER):
            if (found / _TEST).is_file():
                return found
    return None


def _contents(source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files of data in a folder or an archive; nothing is unpacked to disk."""
    if source.is_dir():
        for name in (*_TRAINING, _TEST):
            yield name, (source / name).read_bytes()
        return
    left = most(source.stat().st_size)
    with tarfile.open(source, "r:gz") as archive:
        for entry in archive:
            folder, _, name = entry.name.rpartition("/")
            if folder != _FOLDER or name not in (*_TRAINING, _TEST) or not entry.isreg():
                continue
            left -= entry.size
            if left < 0:
                raise ValueError("it says that it unpacks to a hundred times its size")
            file = archive.extractfile(entry)
            yield name, b"" if file is None else file.read()


def _part(content: bytes) -> Part:
    """Return the photographs and classes of one file, a pickled dict of an array and a list."""
    found: dict[Any, Any] = unpickled(content, dict)
    x, y = found[b"data"], np.array(found[b"labels"])
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8 or x.shape[1:] != (3072,):
        raise ValueError("there are no rows of 3072 bytes, which are 3 colours of 32 × 32 pixels")
    check_labels(x, y)
    pictures: NDArray[np.uint8] = x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return pictures, y.astype(np.uint8).reshape(-1, 1)

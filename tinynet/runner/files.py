"""``tf.io``, ``tf.gfile`` and ``tf.errors``: files of the disk, and the names of what goes wrong with them."""

from __future__ import annotations

import glob as python_glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = [
    *("Exists", "FastGFile", "GFile", "Glob", "IsDirectory", "ListDirectory", "MakeDirs", "Open", "copy", "exists"),
    *("glob", "isdir", "join", "latest_checkpoint", "listdir", "makedirs", "matching_files", "mkdir", "read_file"),
    *("remove", "rename", "rmtree", "walk", "write_file"),
]

Open = GFile = FastGFile = open
exists = Exists = os.path.exists
isdir = IsDirectory = os.path.isdir
join, rename, walk, remove, mkdir = os.path.join, os.replace, os.walk, os.remove, os.mkdir


def makedirs(path: Any) -> None:
    """Make a folder, and those above it; one that is there stays."""
    os.makedirs(path, exist_ok=True)


def listdir(path: Any) -> list[str]:
    """Return the names in a folder."""
    return os.listdir(path)


def rmtree(path: Any) -> None:
    """Remove a folder with all that is in it."""
    shutil.rmtree(path)


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file; one that is there is only replaced with `overwrite`."""
    if not overwrite and os.path.exists(dst):
        raise AlreadyExistsError(f"copy: {dst} exists, and overwrite=False.")
    shutil.copyfile(src, dst)


def glob(pattern: Any) -> list[str]:
    """Return the files that one pattern, or any of several, finds."""
    patterns = [pattern] if isinstance(pattern, (str, os.PathLike)) else pattern
    return [found for each in patterns for found in sorted(python_glob.glob(os.fspath(each)))]


MakeDirs, ListDirectory, Glob, matching_files = makedirs, listdir, glob, glob


def read_file(filename: Any, name: str | None = None) -> bytes:
    """Return what is in a file."""
    return Path(str(filename)).read_bytes()


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Write a file, and make its folder."""
    path = Path(str(filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents if isinstance(contents, bytes) else str(contents).encode())


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """Return the newest file of weights in a folder, as `load_weights` takes it; None if there is none."""
    found = sorted(_weights_in(Path(str(checkpoint_dir))), key=lambda path: path.stat().st_mtime)
    return str(found[-1]).removesuffix(".npz") if found else None


def _weights_in(folder: Path) -> Iterator[Path]:
    for ending in (".npz", ".h5", ".hdf5"):
        yield from folder.glob(f"*{ending}")


# ---- TensorFlow's errors, which are Python's here -------------------------------------------------------------------

OpError = Exception
NotFoundError = FileNotFoundError
AlreadyExistsError = FileExistsError
PermissionDeniedError = PermissionError
InvalidArgumentError = ValueError
FailedPreconditionError = UnimplementedError = InternalError = UnknownError = DataLossError = RuntimeError
ResourceExhaustedError = MemoryError
OutOfRangeError = StopIteration
AbortedError = CancelledError = UnavailableError = RuntimeError
DeadlineExceededError = TimeoutError

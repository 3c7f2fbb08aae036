"""Writes a file whole or not at all, and leaves to the file system and its owner what is theirs.

Everything that tinynet writes in one go is written here: weights, pages, pictures, machine code.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO, FileIO
from typing import Any, BinaryIO

from tinynet._arguments import path as path_of

#: What file systems answer that do not offer an operation, or not for this file: a mounted single file cannot be
#: renamed over, a FAT stick has no modes, some network drives do not know fsync. Other errors, such as a full disk,
#: are errors.
_REFUSALS = {
    *(errno.EPERM, errno.EACCES, errno.EROFS, errno.EBUSY, errno.EXDEV),
    *(errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOLCK),
}


def write_file(path: str | os.PathLike[str], content: bytes | memoryview, sync: bool = True) -> None:
    """Write `content` to a file, so that an interruption or a full disk leaves the old file or none.

    It is written beside its place and then moved there. Where that would change more than the content, it is written
    into the file that is there: one with several names (hard links), with another owner, mounted by itself, or in a
    folder that may not be written to. A symbolic link leads to its target. New files have the rights that any new file
    has, others keep theirs. What a killed process has left beside the same place is removed.

    Parameters
    ----------
    path : path
        Where to; the folder has to exist.
    content : bytes
        All of the file.
    sync : bool, default True
        Whether to wait until the disk has it.

    Raises
    ------
    OSError
        If it cannot be written. PermissionError for a file that is read-only, even for an administrator.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(f"{folder}/page.html", b"<p>")
    ...     Path(folder, "page.html").read_bytes()
    b'<p>'
    """
    path = path_of("write_file", "path", path)
    try:
        there = os.stat(path)
    except FileNotFoundError:
        target = os.path.realpath(path)
        if not _moved_in(target, content, sync, None):
            _create(target, content, sync)
        return
    if not stat.S_ISREG(there.st_mode):  # a terminal, a pipe
        with open(path, "wb") as device:
            device.write(content)
        return
    if not there.st_mode & 0o222:
        raise PermissionError(errno.EACCES, "The file is read-only", os.fspath(path))
    target = os.path.realpath(path)
    with FileIO(target, "r+") as present:  # raises if it may not be written to
        if there.st_nlink > 1 or not _moved_in(target, content, sync, there):
            _overwrite(present, content, sync)


def write_figure(figure: Any, path: str | os.PathLike[str], **options: Any) -> None:
    """Write a figure of matplotlib's, in the format that the name's ending says (PNG if it says none)."""
    picture = BytesIO()
    figure.savefig(picture, format=os.path.splitext(path)[1][1:] or "png", **options)
    write_file(path, picture.getbuffer())


def _moved_in(target: str, content: bytes | memoryview, sync: bool, like: os.stat_result | None) -> bool:
    """Write a file beside `target` and move it there; return whether it could have the owner and rights of `like`."""
    with _unless_refused():
        return _move_in(target, content, sync, like)
    return False


def _move_in(target: str, content: bytes | memoryview, sync: bool, like: os.stat_result | None) -> bool:
    folder, name = os.path.split(target)
    name = os.fsdecode(os.fsencode(name)[:200])  # with what is added it stays below the longest name there may be
    _remove_leftovers(folder, name)
    file = _beside(os.path.join(folder, name))
    aside = file.name
    try:
        with file:
            _put(file, content, sync)
            if like is not None:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) != stat.S_IMODE(like.st_mode):
                    os.chmod(aside, stat.S_IMODE(like.st_mode))
                ours = os.fstat(file.fileno())
                if (ours.st_uid, ours.st_gid, ours.st_mode) != (like.st_uid, like.st_gid, like.st_mode):
                    os.unlink(aside)
                    return False
            if os.name == "nt":  # where an open file cannot be moved
                file.close()
            os.replace(aside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
    return True


def _create(target: str, content: bytes | memoryview, sync: bool) -> None:
    """Write a new file in its place, or none."""
    with open(target, "xb", buffering=0) as file:
        try:
            _put(file, content, sync)
        except BaseException:
            os.unlink(target)
            raise


def _overwrite(file: FileIO, content: bytes | memoryview, sync: bool) -> None:
    """Write into a file that is there; if that fails, write back what it held."""
    old = file.readall()
    try:
        _reserve(file, len(content))
        _put(file, content, sync)
    except BaseException:
        _put(file, old, sync)
        raise


def _reserve(file: FileIO, size: int) -> None:
    """Raise an OSError if the disk has no room for so many bytes."""
    if hasattr(os, "posix_fallocate") and size > os.fstat(file.fileno()).st_size:
        with _unless_refused():
            os.posix_fallocate(file.fileno(), 0, size)


def _put(file: BinaryIO | FileIO, content: bytes | memoryview, sync: bool) -> None:
    """Make `content` all that a file holds."""
    file.seek(0)
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]
    file.truncate(len(content))
    file.flush()
    if sync:
        with _unless_refused():
            os.fsync(file.fileno())


@contextmanager
def _unless_refused() -> Iterator[None]:
    """Pass over what a file system does not offer."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise


# ---- files that are being written -----------------------------------------------------------------------------------
#
# Their writer holds a lock, which ends with the process however that ends. So the next writer can tell what is left
# over from what another process or thread is writing just now.


def _beside(place: str) -> BinaryIO:
    """Return a new file beside `place`, locked."""
    while True:
        try:
            file = open(f"{place}.{os.urandom(8).hex()}.part", "wb")  # noqa: SIM115 - the caller closes it
        except OSError as error:
            error.filename = place
            raise
        with suppress(ImportError, OSError):  # Windows and some network drives have no such locks
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(file.name):  # nobody has taken it for a leftover before it was locked
            return file
        file.close()


def _remove_leftovers(folder: str, name: str) -> None:
    """Remove what killed processes have left beside the place of `name`."""
    pattern = re.compile(re.escape(name) + r"\.[0-9a-f]{16}\.part")
    with suppress(OSError):
        for left in [entry.path for entry in os.scandir(folder or ".") if pattern.fullmatch(entry.name)]:
            with suppress(ImportError, OSError), open(left, "rb") as file:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(left)

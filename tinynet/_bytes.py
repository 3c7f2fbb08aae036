"""The whole content of a file that nobody vouches for: of a file only, and never of what never ends or never comes."""

from __future__ import annotations

import os
from stat import S_ISREG


def unblocked(path: str, flags: int) -> int:
    """Open as `open` does, without waiting for whoever is at the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)


def bytes_of(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    OSError
        If there is none, or it may not be read.
    ValueError
        If it is a pipe, a device or the like, which may never end or never begin, or there is no memory for it.

    Examples
    --------
    >>> bytes_of(os.devnull)
    Traceback (most recent call last):
    ValueError: /dev/null is no regular file, but a pipe, a device or the like: copy what it gives into a file.
    """
    with open(path, "rb", opener=unblocked) as file:
        status = os.fstat(file.fileno())
        if not S_ISREG(status.st_mode):
            raise ValueError(
                f"{os.fspath(path)} is no regular file, but a pipe, a device or the like: copy what it gives into a "
                "file."
            )
        try:
            return file.read()
        except MemoryError:
            raise ValueError(f"{os.fspath(path)} has {status.st_size} bytes: there is no memory for them.") from None

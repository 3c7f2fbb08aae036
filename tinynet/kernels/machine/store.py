"""Machine code on disk: which folders hold it, and files that are noticed when they are damaged.

A file holds one kernel: a line of JSON (its symbol, the symbols that it calls, the digest of what follows), then an
object file of the platform's linker. A file whose symbol or digest does not fit is ignored and written again. Files are
written beside their place and moved there, so that several processes may compile at once and nobody reads half a file.
Who compiles a kernel claims it meanwhile, so that processes that start together do not all compile the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from tinynet._bytes import bytes_of, unblocked
from tinynet._writing import write_file

try:
    import fcntl
except ImportError:  # on Windows nobody waits for anybody
    fcntl = None  # type: ignore[assignment]

#: Seconds to wait for another process: longer than any kernel takes. It may have been stopped.
PATIENCE = 30.0


class Code(NamedTuple):
    """A kernel's machine code, and the symbols that the linker has to fill in."""

    calls: tuple[str, ...]
    body: bytes


@cache
def home() -> Path:
    """Return the folder for all that is kept, which may not be there yet.

    ``TINYNET_CACHE_DIR`` names it. Otherwise it is ``NUMBA_CACHE_DIR`` or in the user's cache folder.
    """
    user = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    chosen = os.environ.get("TINYNET_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR") or os.path.join(user, "tinynet")
    return Path(chosen)


@cache
def own_folder(label: str) -> Path:
    """Return the folder for kernels that are compiled here.

    What was made for other processors, and by other versions of the compilers, is in other folders: see `labels`.
    """
    return home() / f"kernels-{label}"


@cache
def is_writable(folder: Path) -> bool:
    """Return whether files can be kept in a folder, which is made if it is missing.

    One that only others can write, in a container for instance, is still read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def read(folder: Path, name: str) -> Code | None:
    """Return the code in a file, or None if there is none or it is damaged."""
    try:
        head, _, body = bytes_of(folder / f"{name}.o").partition(b"\n")
        said = json.loads(head)
        if said["symbol"] == name and said["sha256"] == hashlib.sha256(body).hexdigest():
            return Code(tuple(map(str, said["calls"])), body)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return None


def write(folder: Path, name: str, code: Code) -> bool:
    """Write a file and return whether that was possible; a full disk, say, is no reason not to train."""
    if not is_writable(folder):
        return False
    said = {"symbol": name, "calls": list(code.calls), "sha256": hashlib.sha256(code.body).hexdigest()}
    try:
        write_file(folder / f"{name}.o", json.dumps(said).encode() + b"\n" + code.body, sync=False)
    except OSError:
        return False
    return True


@contextmanager
def claimed(folder: Path, name: str) -> Iterator[None]:
    """Claim the compiling of a kernel; another process that has claimed it is waited for.

    The system gives a claim back when its holder ends, however that is. Where nothing can be claimed nobody waits.
    """
    file = None
    if fcntl is not None and is_writable(folder):
        with suppress(OSError):
            file = open(folder / f"{name}.claim", "ab", opener=unblocked)  # noqa: SIM115  it is closed below, in any case
    if file is None:
        yield
        return
    with file:
        until = monotonic() + PATIENCE
        while monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sleep(0.01)
            except OSError:  # some file systems of networks have no locks
                break
            else:
                break
        try:
            yield
        finally:
            with suppress(OSError):
                os.unlink(file.name)
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)  # a forked process may have the file open, too

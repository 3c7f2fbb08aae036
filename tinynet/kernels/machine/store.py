"""Machine code on disk: which folders hold it, and files that are noticed when they are damaged.

A file holds one kernel: a line of JSON (its symbol, the symbols that it calls, the digest of what follows), then an
object file of the platform's linker. A file whose symbol or digest does not fit is ignored and written again. Files are
written beside their place and moved there, so that several processes may compile at once and nobody reads half a file.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tinynet._writing import write_file


class Code(NamedTuple):
    """A kernel's machine code, and the symbols that the linker has to fill in."""

    calls: tuple[str, ...]
    body: bytes


@cache
def own_folder(processor: str) -> Path:
    """Return the folder for kernels that are compiled here, which may not be there yet.

    ``TINYNET_CACHE_DIR`` names it. Otherwise it is in ``NUMBA_CACHE_DIR`` or in the user's cache folder. What was made
    for other processors, and by other versions of the compilers, is in other folders.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    chosen = os.environ.get("TINYNET_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR") or os.path.join(home, "tinynet")
    return Path(chosen) / f"kernels-{processor}"


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
        head, _, body = (folder / f"{name}.o").read_bytes().partition(b"\n")
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

"""For whom machine code is kept: the processor, and the versions of the compilers."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tinynet._writing import write_file
from tinynet.kernels.machine import store


@cache
def label() -> str:
    """Return the name of the folder for this processor and these compilers.

    Only LLVM knows the processor by LLVM's names, and asking it means importing llvmlite. What it said is noted down
    for processes to come, under the digest of what the system says of the processor.
    """
    versions = f"{_version_of('numba')}-{_version_of('llvmlite')}"
    seen = _seen()
    note = store.home() / f"processor-{_digest(seen, versions)}" if seen else None
    made_for = _noted(note)
    if not made_for:
        from tinynet.kernels.machine.target import processor

        made_for = _digest(*processor(), sys.platform)
        if note is not None and store.is_writable(store.home()):
            with suppress(OSError):
                write_file(note, made_for.encode(), sync=False)
    return f"{made_for}-{versions}"


def _digest(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:12]


def _noted(note: Path | None) -> str:
    """Return what is noted down, if it can be that."""
    with suppress(OSError, ValueError):
        if note is not None and re.fullmatch("[0-9a-f]{12}", said := note.read_text("ascii")):
            return said
    return ""


def _seen() -> tuple[object, ...]:
    """Return all by which the processor is known, with the variables that stand for it; empty if nothing is known."""
    fields = first_processor()
    if "flags" not in fields:
        return ()
    names = "vendor_id", "cpu family", "model", "stepping", "flags"
    variables = "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"
    return (*map(fields.get, names), *map(os.environ.get, variables))


def first_processor() -> dict[str, str]:
    """Return what Linux says of the first processor; there may be hundreds, all alike."""
    try:
        with open("/proc/cpuinfo", "rb") as file:
            lines = file.read(8192).decode("ascii", "replace").partition("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _version_of(package: str) -> str:
    """Return a package's version without importing it: out of its file, or from the installed package's description.

    `importlib.metadata` alone would take a tenth of the time to the end of a small training.
    """
    spec = find_spec(package)
    if spec is None:
        return ""
    try:
        text = (Path(spec.origin or "").parent / "_version.py").read_text()
        return re.search(r"""version\w*"? *[:=] *["'](\d[^"']*)""", text).group(1)  # type: ignore[union-attr]
    except (OSError, AttributeError):
        from importlib.metadata import version

        return version(package)

"""Programs in fresh processes, with the package from any folder and with variables of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

#: What a developer's shell may have set that changes what is compiled, or where it is kept.
_OWN = ("NUMBA_", "TINYNET_", "XDG_CACHE_HOME")


def start(*code, folder=ROOT, python=sys.executable, options=(), stderr=subprocess.PIPE, **variables):
    """Start a program, given in one piece or several, in a fresh process with the package in `folder`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_OWN)}
    environment |= {"PYTHONPATH": str(folder), **{k: str(v) for k, v in variables.items()}}
    cwd = folder if Path(folder).is_dir() else Path(folder).parent
    return subprocess.Popen(
        [python, "-W", "error", *options, "-c", "\n".join(map(textwrap.dedent, code))],
        stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment, cwd=cwd,
    )  # fmt: skip


def finished(process):
    """Wait for a program, which must succeed and say nothing on stderr; return what it printed."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert not errors
    return out.strip()


def run(*code, **options):
    """Run a program in a fresh process; return what it prints."""
    return finished(start(*code, **options))


def copy_of_the_package(folder):
    """Copy the package, without what Python compiled, into a folder; return the folder."""
    shutil.copytree(ROOT / "tinynet", folder / "tinynet", ignore=shutil.ignore_patterns("__pycache__"))
    return folder

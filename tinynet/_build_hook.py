"""What building a wheel does: nothing, or, where TINYNET_KERNELS asks for it, compile every built-in kernel.

``TINYNET_KERNELS=x86-64-v3,x86-64-v4 python -m build --wheel --no-isolation`` makes a wheel that holds every built-in
kernel as machine code for these levels of processors: nothing is compiled where it is installed. Each level is compiled
by ``python -m tinynet warmup --all`` in a process of its own, and with a C compiler at hand linked to one shared
library. The source tree stays as it is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as _Hook
except ModuleNotFoundError:  # tests and linters read this file; only hatchling runs it
    _Hook = object

#: LLVM's own level 4 prefers half its vectors' width, which would make register blocks twice as slow.
FEATURES = {"x86-64-v4": "-prefer-256-bit"}
LEVELS = ("x86-64-v3", "x86-64-v4")
DELIVERED = "tinynet/kernels/machine/delivered"


class KernelsHook(_Hook):  # type: ignore[misc]
    """Adds machine code to the wheel."""

    PLUGIN_NAME = "custom"
    _folder: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile for the levels that TINYNET_KERNELS names, if it names any."""
        levels = [level.strip() for level in os.environ.get("TINYNET_KERNELS", "").split(",") if level.strip()]
        if not levels or version == "editable":
            return
        unknown = [level for level in levels if level not in LEVELS]
        if unknown:
            raise ValueError(f"TINYNET_KERNELS: expected some of {', '.join(LEVELS)}. Received: {', '.join(unknown)}")
        missing = [name for name in ("numba", "numpy") if find_spec(name) is None]
        if missing:
            raise ModuleNotFoundError(
                f"TINYNET_KERNELS asks for compiled kernels, and the build environment lacks {' and '.join(missing)}. "
                "Install hatchling, numba and numpy and build in your own environment: python -m build --wheel "
                "--no-isolation, or pip wheel --no-build-isolation --no-deps ."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="tinynet-kernels-"))
        for level in levels:
            objects = compiled(Path(self.root), level, self._folder / level)
            for file in linked(objects, self._folder / level) or objects:
                place = f"{DELIVERED}/{sys.platform}-{level}/{file.name}"
                build_data["force_include"][str(file)] = place
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"], build_data["tag"] = False, f"py3-none-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled: it is in the wheel."""
        if self._folder is not None:
            shutil.rmtree(self._folder)


def compiled(root: Path, level: str, folder: Path) -> list[Path]:
    """Compile every kernel for a level; return the files, one a kernel."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "TINYNET_"))}
    environment |= {"NUMBA_CPU_NAME": level, "NUMBA_CPU_FEATURES": FEATURES.get(level, "")}
    environment |= {"TINYNET_CACHE_DIR": str(folder), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-m", "tinynet", "warmup", "--all"], env=environment, cwd=root, check=True)
    return sorted(folder.glob("*/*.o"))


def linked(objects: list[Path], folder: Path) -> list[Path]:
    """Link the object files to a shared library, and return it in a list; an empty one where that is not possible.

    It takes a C compiler, and Linux. The library asks for no other one: what the kernels need, malloc and log for
    instance, is in every Python process. So it does not depend on the version of the C library that it was built with.
    """
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None or sys.platform != "linux":
        return []
    (folder / "bare").mkdir()
    bare = [folder / "bare" / file.name for file in objects]
    for file, target in zip(objects, bare, strict=True):  # the line that `store` wrote above the code is left out
        target.write_bytes(file.read_bytes().partition(b"\n")[2])
    library = folder / "kernels.so"
    command = [compiler, "-shared", "-nostdlib", "-Wl,-Bsymbolic,-z,noexecstack,-s", "-o", str(library)]
    if subprocess.run([*command, *map(str, bare)], check=False).returncode:
        return []
    digest = hashlib.sha256(library.read_bytes()).hexdigest()[:32]  # asked for before it is loaded
    return [library.rename(folder / f"kernels-{digest}.so")]

"""Describes the machine, and the settings that were set before they were cleared."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.runner import CLEARED


def describe() -> dict[str, Any]:
    """Return machine, system and settings."""
    return {
        "date": date.today().isoformat(),
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "gcc": first_line(["gcc", "--version"]),
        "cleared": {name: os.environ[name] for name in CLEARED if name in os.environ},
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def cpu_name() -> str:
    """Return the processor's name, family and model, and its widest vectors."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    fields = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    flags = fields.get("flags", "").split()
    width = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "SSE"
    return f"{fields.get('model name', '?')} (family {fields.get('cpu family')}, model {fields.get('model')}, {width})"


def first_line(command: list[str]) -> str:
    """Return the first line that a command prints, or an empty string."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError):
        return ""

"""Reads the tables bundled with the package (see ``bundled/SOURCES.md``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_table(name: str, *, dtype: str = "float64", delimiter: str | None = ",", skiprows: int = 0) -> NDArray[Any]:
    """Read one bundled table of numbers; NumPy unpacks the ``.gz`` itself."""
    return np.loadtxt(Path(__file__).parent / "bundled" / name, dtype=dtype, delimiter=delimiter, skiprows=skiprows)

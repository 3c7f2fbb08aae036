"""Reads the tables bundled with the package (see ``bundled/SOURCES.md``)."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_table(name: str, *, dtype: str = "float64", delimiter: str | None = ",", skiprows: int = 0) -> NDArray[Any]:
    """Read one bundled table of numbers, also out of a zip file; NumPy unpacks the ``.gz`` itself."""
    with resources.as_file(resources.files("tinynet.datasets") / "bundled" / name) as file:
        return np.loadtxt(file, dtype=dtype, delimiter=delimiter, skiprows=skiprows)

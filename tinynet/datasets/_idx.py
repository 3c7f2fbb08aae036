"""Reads the IDX files that MNIST and its like come in, without trusting them: an array of bytes, packed by gzip.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", where the format is described.
"""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinynet._reading import most, suspicious


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """Return the array of a file, of so many axes.

    Raises
    ------
    ValueError
        If the file is damaged, or holds an array of another kind.
    """
    with suspicious(path, f"cannot be read as an IDX file of bytes with {axes} axes"):
        limit = most(path.stat().st_size)
        with gzip.open(path, "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise ValueError(f"it unpacks to more than {limit} bytes")
        kind, *shape = struct.unpack_from(f">I{axes}I", content)
        # Two bytes of 0, one for the type of the numbers (8 is a byte), and one for how many axes there are.
        if kind != 0x800 + axes:
            raise ValueError(f"it begins with {kind:#010x}, not with {0x800 + axes:#010x}")
        numbers = np.frombuffer(content, np.uint8, offset=4 * (1 + axes))
        if numbers.size != math.prod(shape):
            raise ValueError(f"its header promises an array of shape {tuple(shape)}, and it has {numbers.size} bytes")
        return numbers.reshape(shape)

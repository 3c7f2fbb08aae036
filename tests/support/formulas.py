"""What the tests of the formulas share: float types, how close a result must be, slopes by differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

DTYPES = ("float32", "float64")
NONE = np.empty(0)


def close(got: Array, exact: Array, ulps: float = 8) -> None:
    """Check that results are within some units in the last place of the exact ones."""
    np.testing.assert_allclose(got, exact, rtol=ulps * np.finfo(got.dtype).eps, atol=2 * np.finfo(got.dtype).tiny)


def row_slopes(function: Callable[[Array], Array], z: Array, h: float = 1e-6) -> Array:
    """Return, for rows z, the slopes of each row's number (or of its numbers) along each entry of the row."""
    slopes = []
    for k in range(z.shape[-1]):
        step = np.zeros(z.shape[-1])
        step[k] = h
        slopes.append((function(z + step) - function(z - step)) / (2 * h))
    return np.stack(slopes, axis=-1)

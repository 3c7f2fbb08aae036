"""Numbers at the ends of a float type, and when two ways of computing with them agree."""

from __future__ import annotations

from typing import Any

import numpy as np


def _extremes(dtype: str) -> np.ndarray:
    f = np.finfo(dtype)
    with np.errstate(under="ignore"):
        root_of_tiny, root_of_least = np.sqrt(f.tiny), np.sqrt(np.longdouble(f.smallest_subnormal)) / 2
        sizes = [f.max, f.max / 4, 1.01 * np.sqrt(f.max), 0.99 * np.sqrt(f.max), 1e25, 1e20, 1.9e19, 1e10, 88.0, 3.7]
        sizes += [f.tiny, f.tiny / 8, f.smallest_subnormal, root_of_tiny, root_of_least, 1e-30, 1e-10, 1e-4, 0.37]
        values = np.array([0.0, 1.0, np.inf, *sizes], dtype)
    return np.concatenate([values, -values, np.array([np.nan], dtype)])


#: 0 and -0, ordinary numbers, those whose squares are just representable and just not, the largest, the smallest normal
#: and subnormal ones, infinity and NaN.
EXTREMES = {dtype: _extremes(dtype) for dtype in ("float32", "float64")}


def agree(what: str, got: Any, narrow: Any, wide: Any, scale: Any = 0.0, ulps: float = 16) -> None:
    """Check what a kernel computed against its formula, evaluated in the same float type and in a wider one.

    A product and a sum that are compiled to one instruction are not rounded or infinite in between, which is what the
    wider type does, too: where the two differ either will do, or anything between. NaN must be NaN in both.
    """
    f = np.finfo(got.dtype)
    with np.errstate(all="ignore"):
        wide = np.asarray(wide).astype(got.dtype)
        room = ulps * (f.eps * np.maximum(abs(wide), scale) + f.tiny)
        lowest, highest = np.fmin(narrow, wide) - room, np.fmax(narrow, wide) + room
        fits = (lowest <= got) & (got <= highest) | (got == narrow) | (got == wide)
        fits |= np.isnan(got) & (np.isnan(narrow) | np.isnan(wide))
    wrong = np.flatnonzero(~fits)
    assert wrong.size == 0, (
        f"{what}: {wrong.size} of {got.size} differ, first at {wrong[0]}: {got[wrong[0]]!r}, "
        f"not {narrow[wrong[0]]!r} or {wide[wrong[0]]!r}"
    )

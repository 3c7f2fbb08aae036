"""Types that most rooms speak of."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

#: An array of numbers: float32 or float64 where nothing else is said.
Array = NDArray[Any]

#: Lengths of an array's axes; None where a length is open, as that of the batch is.
Shape = tuple[int | None, ...]

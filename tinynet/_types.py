"""Types that most rooms speak of."""

from __future__ import annotations

import os
from typing import Any, TypedDict

from numpy.typing import NDArray

#: An array of numbers: float32 or float64 where nothing else is said.
Array = NDArray[Any]

#: The path of a file.
FilePath = str | os.PathLike[str]

#: Lengths of an array's axes; None where a length is open, as that of the batch is.
Shape = tuple[int | None, ...]


class NoMore(TypedDict, total=False):
    """No arguments: for type checkers, where a function takes any by name to say which of them it does not know."""

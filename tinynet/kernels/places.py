"""Where a batch's numbers are: parts of the data, and of the workspace of the compiled loops."""

from __future__ import annotations

from typing import Any

from tinynet.kernels.machine.jit import view
from tinynet.kernels.machine.structs import at
from tinynet.kernels.machine.views import span


@view
def of_rows(values: Any, first: int, last: int, n: int) -> Any:
    """Return what belongs to the rows first…last of the values for `n` rows."""
    numbers = values.size // n
    return span(values, numbers * first, numbers * last)


@view
def part(work: Any, offset: int, size: int, numbers: int, first: int, last: int) -> Any:
    """Return the rows first…last, of `numbers` each, of what has an offset in the workspace of `size` samples."""
    return span(work, offset * size + first * numbers, offset * size + last * numbers)


@view
def input_of(net: Any, o: int, n: int, work: Any, size: int) -> Any:
    """Return the input of an operation in training, all `n` samples of it."""
    offset, numbers = net.at_x, net.inputs
    if o > 0:
        below = at(net.ops, o - 1)
        offset, numbers = below.output, below.repeat * below.units
    return span(work, offset * size, offset * size + numbers * n)  # not `part`: see `view` on views of views

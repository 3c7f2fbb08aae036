"""Several threads at one batch: each runs the same loop on its share, and they wait for one another where they must.

A batch's rows go through the network and back independently of each other, so each member takes some of the rows. A
kernel's gradient is a sum over all rows, so there each member takes some of the kernel's rows instead; and of the
update, some of the parameters. Every number is computed by one member in the order in which one thread alone would
compute it: how many threads there are does not change a bit of the result.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynet.kernels.machine.jit import formula, twin

Array = NDArray[Any]


@formula
def share(total: int, smallest: int, member: int, members: int) -> tuple[int, int]:
    """Return a member's part first…last of `total`: whole multiples of the `smallest`, and the last one the rest.

    The smallest part of a matrix are the rows of a register block: fewer would be summed up in another order. So the
    last member, too, has at least one such part, if there is any.
    """
    parts = total // smallest
    last = parts * (member + 1) // members * smallest
    return parts * member // members * smallest, last if member < members - 1 else total


@twin("tinynet.kernels.machine.waiting")
def meet(arrivals: Array, members: int) -> None:
    """Wait until all members have called this as often; `arrivals` is a counter that they share.

    Once the counter is negative nobody waits any more: a member has failed, and will not come.
    """


@twin("tinynet.kernels.machine.emitter")
def smallest_share(array: Array) -> int:
    """Return how many rows of a matrix, at least, make a share."""
    return 1

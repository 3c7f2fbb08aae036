"""How much one call into a loop does: enough to be worth it, little enough to be interrupted."""

from __future__ import annotations

from tinynet.network import Network
from tinynet.plan import Plan

#: Seconds that a call should take, so that Ctrl-C, progress and callbacks stay prompt.
CALL_SECONDS = 0.05

#: Seconds that Python takes for a layer of the layer loop, which may be a user's.
LAYER_SECONDS = 5e-5


def batch_seconds(network: Network, plan: Plan, batch_size: int) -> float:
    """Return a rough guess of what a training step takes, to be corrected by measuring.

    The numbers are for one core with vectors of 256 bits: 80 GFLOP/s forward and backward in float32, 3 nanoseconds for
    an output (activation and loss, both ways), and as much for the update of a kernel as for 4 samples.
    """
    products = sum(multiply_adds for multiply_adds, _ in network.layer_sizes)
    outputs = sum(outputs for _, outputs in network.layer_sizes)
    computing = 7.5e-11 * (batch_size + 4) * products + 3e-9 * batch_size * outputs
    calling = 2e-6 if plan.loop == "compiled" else LAYER_SECONDS * (1 + len(network.layers))
    return calling + computing * network.dtype.itemsize / 4


class Pace:
    """How many batches fit into one call: guessed for the first, then learnt from the calls before.

    The guess is trusted, although an old processor may take some times as long: calling carefully at first would mean
    to call twice where once is enough, and between two calls a thread may have to wait for the others' Python.
    """

    def __init__(self, seconds_per_batch: float) -> None:
        self._guess = seconds_per_batch
        self._calls, self._known = 0, False

    def batches(self, seconds: float = CALL_SECONDS) -> int:
        """Return how many batches take about `seconds`."""
        return max(1, int(seconds / self._guess))

    def measured(self, batches: int, seconds: float) -> None:
        """Take in what a call took. A slow first one may have compiled or loaded kernels, and tells nothing."""
        each = seconds / max(1, batches)
        if self._calls or each < self._guess:
            self._guess = 0.5 * (self._guess + each) if self._known else each
            self._known = True
        self._calls += 1

"""How much one call into a loop does: enough to be worth it, little enough to be interrupted."""

from __future__ import annotations

#: Seconds that a call should take, so that Ctrl-C, progress and callbacks stay prompt.
CALL_SECONDS = 0.05


class Pace:
    """How many batches fit into one call: guessed for the first, then learnt from the calls before.

    The guess is trusted, although it may be wrong by half: calling carefully at first would mean to call twice where
    once is enough, and between two calls a thread may have to wait for the others' Python.
    """

    def __init__(self, seconds_per_batch: float) -> None:
        self._guess = seconds_per_batch
        self._calls, self._known = 0, False

    def batches(self, seconds: float) -> int:
        """Return how many batches take about `seconds`."""
        return max(1, int(seconds / self._guess))

    def measured(self, batches: int, seconds: float) -> None:
        """Take in what a call took. A slow first one may have compiled or loaded kernels, and tells nothing."""
        each = seconds / max(1, batches)
        if self._calls or each < self._guess:
            self._guess = 0.5 * (self._guess + each) if self._known else each
            self._known = True
        self._calls += 1

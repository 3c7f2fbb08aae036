"""A kind of mistake in words, and where to look for what several have in common."""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """A kind of mistake in words."""

    kind: str
    look: str
    text: str


BATCH, FACTOR = "Look at the batch.", "Look at the factors."
SLOPE, UPDATE = "Look at the activation's slope.", "Look at the update rule."
ARRAY, TARGETS = "Look at which arrays go in.", "Look at the targets."
SLOTS = "Look at the accumulators."

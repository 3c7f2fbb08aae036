"""Which arrays of a trace belong together: a layer's input, its weighted sum, its output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tinynet.learn.rules import Pointwise, Product

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace


def sum_of(trace: Trace, a: str) -> str | None:
    """Return the name of the weighted sum that an activation was applied to."""
    step = next((s for s in trace.steps if s.name == a and s.phase in ("forward", "loss")), None)
    return step.rule.tensors.get("z") if step is not None and isinstance(step.rule, Pointwise) else None


def input_of(trace: Trace, a: str) -> str | None:
    """Return the name of the input of the layer that output `a`."""
    z = sum_of(trace, a)
    step = next((s for s in trace.steps if s.name == z and isinstance(s.rule, Product)), None)
    return None if step is None else step.depends_on[0]


def output_of(trace: Trace, dz: str) -> str | None:
    """Return the output's name of the layer whose weighted sum has the gradient `dz`, if it differs from the sum."""
    z = dz.removeprefix("d")
    return next((s.name for s in trace.steps if s.phase == "forward" and sum_of(trace, s.name) == z), None)


def alike(trace: Trace, name: str, others: Iterable[str | None]) -> list[str]:
    """Return those of the other arrays that have the shape of an array."""
    shapes = {other: array.shape for other, array in trace.tape.arrays.items() if other != name}
    known = dict.fromkeys(other for other in others if other is not None)
    return [other for other in known if shapes.get(other) == trace.tape.arrays[name].shape]

"""`trace.check`: whether an array is right and, if not, which mistake produces exactly these numbers.

The usual mistakes are made on purpose (`mistakes.candidates`); the one that results in the given array is the one to
name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tinynet._console import printable
from tinynet._types import Array
from tinynet.learn.mistakes import candidates
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace


@dataclass(frozen=True)
class Verdict:
    """The answer of `trace.check`; true in an ``if`` when the array is right.

    Attributes
    ----------
    result : {"exact", "close", "wrong"}
        Exact means equal up to rounding.
    kind : str
        The fault's name, if it was found: ``"transposed"``, ``"batch not summed"``, ``"missing 1/N"``, ``"1/N twice"``,
        ``"missing derivative"``, ``"extra derivative"``, ``"sign"``, ``"x for z"``, ``"layer after"`` …
    message : str
        The explanation for the learner.
    """

    result: Literal["exact", "close", "wrong"]
    kind: str
    message: str

    def __bool__(self) -> bool:
        return self.result != "wrong"

    def __str__(self) -> str:
        return printable(self.message)


def check(trace: Trace, name: str, array: Any) -> Verdict:
    """Compare `array` with what the trace has under `name`, and diagnose the difference."""
    step = trace.step(name)
    truth, given = step.value.astype(float), np.asarray(array, float)
    given = given.reshape(truth.shape) if given.size == truth.size and _vector(given.shape, truth.shape) else given
    if given.shape == truth.shape:
        scale = float(np.abs(truth).max(initial=0.0))
        exact = 1e-5 if step.value.dtype == np.float32 else 1e-9
        difference = float(np.abs(given - truth).max(initial=0.0))
        if difference <= exact * scale:
            return Verdict("exact", "", f"{name}: exact.")
        if difference <= 1e-3 * scale:
            where = _worst(given, truth)
            text = f"{name}: close. The largest difference, {difference:.1e}, is at {list(where)}: rounded on the way?"
            return Verdict("close", "", text)
    for kind, text, wrong in candidates(trace, step, truth):
        if (
            wrong.shape == given.shape
            and _same(given, wrong)
            and not (wrong.shape == truth.shape and _same(wrong, truth))
        ):
            return Verdict("wrong", kind, f"{name}: wrong. {text}")
    return Verdict("wrong", "", f"{name}: wrong. {_unknown(step, given, truth)}")


def _vector(given: tuple[int, ...], truth: tuple[int, ...]) -> bool:
    """Whether both are vectors or numbers whose shapes differ only in axes of length 1."""
    return len(truth) < 2 and tuple(n for n in given if n != 1) == tuple(n for n in truth if n != 1)


def _same(a: Array, b: Array) -> bool:
    scale = float(np.abs(b).max(initial=0.0))
    return scale > 0 and bool(np.abs(a - b).max() <= 1e-4 * scale)


def _worst(given: Array, truth: Array) -> tuple[int, ...]:
    """Return the place of the largest error."""
    return tuple(int(i) for i in np.unravel_index(int(np.abs(given - truth).argmax()), truth.shape))


def _unknown(step: Step, given: Array, truth: Array) -> str:
    if given.shape != truth.shape:
        return f"It has shape {given.shape}, but should have {truth.shape}: {step.shapes}."
    nonzero = truth != 0
    ratio = given[nonzero] / truth[nonzero]
    if ratio.size > 1 and np.allclose(ratio, ratio[0], rtol=1e-3) and not given[~nonzero].any():
        return f"It is {ratio[0]:.4g} times what it should be: a constant factor is off."
    where = _worst(given, truth)
    entry = step.entry(*where)
    return (
        f"The largest error is at {list(where)}: {given[where]:.4g} instead of {truth[where]:.4g}, which is "
        f"{entry.symbols} = {entry.numbers}."
    )

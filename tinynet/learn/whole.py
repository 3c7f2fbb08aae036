"""Mistakes that change an array as a whole: its sign, a factor, its order, its sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinynet._types import Array
from tinynet.kernels.reductions import SUM
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace


#: How near the result of a mistake, or a factor, must come to what was given, beside the largest entry.
NEAR = 1e-4


class Whole(NamedTuple):
    """A mistake of the whole array: its key, what its sentence names, and the array."""

    key: str
    values: dict[str, str]
    array: Array


def scaled(trace: Trace, step: Step, value: Array) -> Iterator[Whole]:
    """Yield the array with another sign, with a factor that has a name, and transposed."""
    yield Whole("sign", {}, -value)
    numbers = factors(trace, step)
    for key in ("missing 1/N", "1/N twice"):
        if key in numbers:
            yield Whole(key, {}, value * numbers.pop(key))
    if value.ndim == 2:
        yield Whole("transposed", {}, value.T)
    for name, factor in numbers.items():
        yield Whole("constant", {"factor": name, "why": name}, value * factor)


def factors(trace: Trace, step: Step) -> dict[str, float]:
    """Return the factors that have a name, by their names or keys."""
    loss, optimizer = trace.record.network.loss, trace.record.network.optimizer
    rows, outputs = trace.record.outputs.shape
    found: dict[str, float] = {}
    if rows > 1 and loss is not None and loss.reduced_by != SUM:  # a sum has no 1/N to miss
        found |= {"missing 1/N": float(rows), "1/N twice": 1.0 / rows}
    found |= {"2": 2.0, "½": 0.5}
    if outputs > 1:
        found |= {"K": float(outputs), "1/K": 1.0 / outputs}
    if rows > 1:
        found |= {"√N": math.sqrt(rows), "1/√N": 1.0 / math.sqrt(rows), "N/(N - 1)": rows / (rows - 1.0)}
    rate = float(getattr(optimizer, "learning_rate", 0.0) or 0.0)
    if rate > 0:
        found |= {"η": rate, "1/η": 1.0 / rate}
    for base in (2, 10):
        found |= {f"ln {base}": math.log(base), f"1/ln {base}": 1.0 / math.log(base)}
    return found


def reshuffled(value: Array) -> Iterator[Whole]:
    """Yield the array in another order, and without its signs or sizes."""
    for axis, what in ((0, "rows"), (1, "columns")):
        if value.ndim > axis and value.shape[axis] > 1:
            whose = what if value.ndim > 1 else "entries"
            yield Whole("permuted", {"how": f"its {whose} are reversed"}, np.flip(value, axis))
            for shift in (1, -1):
                yield Whole("permuted", {"how": f"its {whose} are shifted"}, np.roll(value, shift, axis))
    if value.ndim == 2:
        reshaped = value.reshape(-1, order="F").reshape(value.shape)
        yield Whole("permuted", {"how": "it was reshaped where it should be transposed"}, reshaped)
    yield Whole("squared", {}, value * value)
    yield Whole("cubed", {}, value * value * value)
    yield Whole("rooted", {}, np.sqrt(np.abs(value)))
    yield Whole("signs alone", {}, np.sign(value))
    yield Whole("absolute", {}, np.abs(value))
    sizes = {
        "its length": np.linalg.norm(value),
        "its largest entry": np.abs(value).max(initial=0.0),
        "its sum": value.sum(),
        "the sum of its sizes": np.abs(value).sum(),
    }
    if value.ndim == 2:
        sizes["the length of each row"] = np.linalg.norm(value, axis=1, keepdims=True)
    for by, size in sizes.items():
        if np.all(size):
            yield Whole("normalised", {"by": by}, value / size)
    if value.std():
        by = "its standard deviation, its mean subtracted"
        yield Whole("normalised", {"by": by}, (value - value.mean()) / value.std())


def ratio(given: Array, truth: Array, near: float = NEAR) -> float | None:
    """Return by which factor all entries differ, if they differ by one.

    Examples
    --------
    >>> ratio(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    2.0
    """
    if given.shape != truth.shape:
        return None
    total = float((truth * truth).sum())
    factor = float((given * truth).sum()) / total if total else 0.0
    if truth.size < 2 or not factor or np.abs(given - factor * truth).max() > near * abs(factor) * np.abs(truth).max():
        return None
    return factor

"""The result of a gradient check: the table, what a failure means, and where to look."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynet._console import printable
from tinynet._html import table as html_table
from tinynet._types import Array

#: Half the distance over which the slope is measured. In float64, rounding of the loss (about 1e-16) then changes the
#: slope by some 1e-11, and curvature of the loss changes it by some 1e-10.
STEP = 1e-5
TOLERANCE = 1e-5
#: The error of entries smaller than this share of the loss is relative to that amount, not to the entry.
FLOOR = 1e-5


@dataclass
class TensorCheck:
    """The outcome for one tensor."""

    name: str
    shape: tuple[int, ...]
    checked: int
    kinks: int
    worst: float
    """Largest relative error away from kinks."""
    index: tuple[int, ...]
    backprop: float
    difference: float
    tolerance: float
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether the worst error passes."""
        return self.worst <= self.tolerance


_HEAD = ("tensor", "shape", "checked", "kinks", "relative error", "verdict")


@dataclass(repr=False)
class GradientCheck:
    """What `gradient_check` found.

    Attributes
    ----------
    tensors : list of TensorCheck
        One for each trained parameter, and one for the input.
    problems : list of str
        What else is wrong: a layer whose results differ from call to call, gradients that pile up, an optimizer that
        goes uphill.
    """

    tensors: list[TensorCheck]
    problems: list[str] = field(default_factory=list)
    tolerance: float = TOLERANCE

    @property
    def ok(self) -> bool:
        """Whether everything passed."""
        return not self.problems and all(t.ok for t in self.tensors)

    def __bool__(self) -> bool:
        return self.ok

    def require(self) -> None:
        """Raise an AssertionError that says what is wrong and where to look, unless everything passed."""
        if not self.ok:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        table = [_HEAD, *map(self._row, self.tensors)]
        widths = [max(len(row[c]) for row in table) for c in range(len(_HEAD))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table]
        for note in self._notes():
            lines += ["", *textwrap.wrap(note, 100)]
        return printable("\n".join(lines))

    def __repr__(self) -> str:
        worst = max((t.worst for t in self.tensors), default=0.0)
        passed = "passed" if self.ok else "NOT passed"
        return f"<GradientCheck {passed}: {len(self.tensors)} tensors, worst relative error {worst:.1e}>"

    def _repr_html_(self) -> str:
        return html_table("Gradient check", _HEAD, map(self._row, self.tensors), self._notes())

    def _notes(self) -> list[str]:
        return [*(_lesson(t) for t in self.tensors if not t.ok), *self.problems, self._verdict()]

    def _row(self, t: TensorCheck) -> tuple[str, ...]:
        shape = "×".join(map(str, t.shape))
        of = f"{t.checked} of {int(np.prod(t.shape))}"
        return (t.name, shape, of, str(t.kinks), f"{t.worst:.1e}", "ok" if t.ok else "WRONG")

    def _verdict(self) -> str:
        text = (
            f"Passed: every relative error is at most {self.tolerance:g}."
            if self.ok
            else f"NOT passed: a relative error above {self.tolerance:g}, or a problem named above."
        )
        text += " Correct code is nearly always below 1e-7, wrong code above 1e-2; the threshold is between them."
        if any(t.kinks for t in self.tensors):
            text += (
                " Kinks: at such an entry the loss has a corner (a ReLU that switches on or off, an absolute value), "
                "so it has two slopes; backprop gives one of them or one in between, which is not an error."
            )
        return text


def _lesson(t: TensorCheck) -> str:
    """Return what a failure means and where to look."""
    place = f"{t.name}[{', '.join(map(str, t.index))}]"
    text = (
        f"{place}: backprop says {t.backprop:.6g}, but raising and lowering this number by {STEP:g} changes the loss "
        f"as if it were {t.difference:.6g}."
    )
    return f"{text} {t.hint}".strip()


# ---- what wrong numbers look like ------------------------------------------------------------------------------------


def hint(g: Array, measured: Array, chosen: Array, shape: tuple[int, ...], rows: int, layer: Any) -> str:
    """Return what kind of mistake the wrong numbers look like."""
    mine = g[chosen]
    tests: list[tuple[Callable[[], bool], str]] = [
        (lambda: not np.isfinite(mine).all(), "It is not a finite number."),
        (lambda: not mine.any(), "It is zero everywhere: was it written at all (`self.d<name>[...] = …`)?"),
        (lambda: _same(mine, -measured), "The sign is wrong everywhere."),
        (lambda: rows > 1 and _same(mine, measured * rows), f"It is {rows} times too large: the 1/N is missing."),
        (lambda: rows > 1 and _same(mine, measured / rows), f"It is {rows} times too small: 1/N was applied twice."),
        (lambda: _transposed(g, measured, chosen, shape), "It is the transpose of what it should be."),
    ]
    for test, text in tests:
        if test():
            return text
    factor = _proportional(mine, measured)
    if factor is not None:
        return f"It is {factor:.4g} times what it should be, everywhere: a constant factor is off."
    own = f" Look at `backward` of layer '{layer.name}', and of the layers after it." if layer is not None else ""
    return (
        "No simple pattern. Usual suspects: a missing factor of the chain rule (the activation's derivative), a sum "
        "over the wrong axis, a product with the wrong array, a value that was changed after `forward` stored it." + own
    )


def _same(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-8 + 1e-5 * np.abs(b).max(initial=0.0))) and bool(b.any())


def _transposed(g: Array, measured: Array, chosen: Array, shape: tuple[int, ...]) -> bool:
    if len(shape) != 2 or shape[0] != shape[1]:
        return False
    turned = g.reshape(shape).T.reshape(-1)[chosen]
    return _same(turned, measured)


def _proportional(mine: Array, measured: Array) -> float | None:
    if not measured.any():
        return None
    factor = float((mine * measured).sum() / (measured**2).sum())
    return factor if _same(mine, factor * measured) and abs(factor - 1) > 1e-4 else None


def hint_at_neighbours(tensors: list[TensorCheck]) -> None:
    """Say where to begin: a mistake in a later layer makes everything before it wrong."""
    wrong = [t for t in tensors if not t.ok and t.name != "x"]
    if len(wrong) > 1:
        for t in wrong[:-1]:
            t.hint += f" First look at {wrong[-1].name}, nearer to the loss: an error there propagates to here."

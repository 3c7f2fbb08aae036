"""The result of a gradient check: the table, what a failure means, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynet._console import printable
from tinynet._html import table as html_table
from tinynet._types import Array
from tinynet.learn.languages import columns, current, in_own_language, padded, said, wrapped

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


_HEAD = ("tensor", "shape", "checked", "kinks", "error", "verdict")


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
    lang : str
        The language of the table and its sentences.
    """

    tensors: list[TensorCheck]
    problems: list[str] = field(default_factory=list)
    tolerance: float = TOLERANCE
    lang: str = field(default_factory=current)

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

    @in_own_language
    def __str__(self) -> str:
        table = [_head(), *map(self._row, self.tensors)]
        widths = [max(columns(row[c]) for row in table) for c in range(len(_HEAD))]
        lines = ["  ".join(padded(cell, w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table]
        for note in self._notes():
            lines += ["", *wrapped(note, 100)]
        return printable("\n".join(lines))

    def __repr__(self) -> str:
        worst = max((t.worst for t in self.tensors), default=0.0)
        passed = "passed" if self.ok else "NOT passed"
        return f"<GradientCheck {passed}: {len(self.tensors)} tensors, worst relative error {worst:.1e}>"

    @in_own_language
    def _repr_html_(self) -> str:
        return html_table(said("check: title"), _head(), map(self._row, self.tensors), self._notes())

    def _notes(self) -> list[str]:
        return [*(_lesson(t) for t in self.tensors if not t.ok), *self.problems, self._verdict()]

    def _row(self, t: TensorCheck) -> tuple[str, ...]:
        shape = "×".join(map(str, t.shape))
        of = said("check: of", checked=t.checked, all=int(np.prod(t.shape)))
        told = said("check: ok" if t.ok else "check: WRONG")
        return (t.name, shape, of, str(t.kinks), f"{t.worst:.1e}", told)

    def _verdict(self) -> str:
        text = [said("check: passed" if self.ok else "check: not passed", tolerance=f"{self.tolerance:g}")]
        text.append(said("check: threshold"))
        if any(t.kinks for t in self.tensors):
            text.append(said("check: corners"))
        return " ".join(text)


def _head() -> tuple[str, ...]:
    return tuple(said(f"check: {name}") for name in _HEAD)


def _lesson(t: TensorCheck) -> str:
    """Return what a failure means and where to look."""
    place = f"{t.name}[{', '.join(map(str, t.index))}]"
    numbers = {"backprop": f"{t.backprop:.6g}", "difference": f"{t.difference:.6g}", "step": f"{STEP:g}"}
    text = said("check: lesson", place=place, **numbers)
    return f"{text} {t.hint}".strip()


# ---- what wrong numbers look like ------------------------------------------------------------------------------------


def hint(g: Array, measured: Array, chosen: Array, shape: tuple[int, ...], rows: int, layer: Any) -> str:
    """Return what kind of mistake the wrong numbers look like."""
    mine = g[chosen]
    tests: list[tuple[Callable[[], bool], str]] = [
        (lambda: not np.isfinite(mine).all(), "not finite"),
        (lambda: not mine.any(), "zero"),
        (lambda: _same(mine, -measured), "sign"),
        (lambda: rows > 1 and _same(mine, measured * rows), "missing 1/N"),
        (lambda: rows > 1 and _same(mine, measured / rows), "1/N twice"),
        (lambda: _transposed(g, measured, chosen, shape), "transposed"),
    ]
    for test, key in tests:
        if test():
            return said(f"check: {key}", rows=rows)
    factor = _proportional(mine, measured)
    if factor is not None:
        return said("check: factor", factor=f"{factor:.4g}")
    own = f" {said('check: look at', layer=layer.name)}" if layer is not None else ""
    return said("check: no pattern") + own


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
            t.hint += f" {said('check: look first', name=wrong[-1].name)}"

"""The parts of a trace: named arrays on a tape, and the steps that put them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tinynet._arguments import checked, shown
from tinynet._console import printable
from tinynet._kinds import is_whole
from tinynet._types import Array
from tinynet.learn.languages import said
from tinynet.learn.notation import Entry, Index, Rule, number

Phase = Literal["forward", "loss", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Step:
    """One line of the calculation.

    Attributes
    ----------
    place : int
        Its number in the trace, from 1.
    phase : {"forward", "loss", "backward", "update"}
        The part of backprop that it belongs to.
    layer : str
        Name of the layer (or of the loss, in that phase).
    name : str
        What is computed: ``"dW1"``.
    formula : str
        In symbols, as NumPy writes it: ``"xᵀ·dz1"``.
    shapes : str
        The formula with the shapes, which have to match.
    why : str
        Where the factors come from.
    value : ndarray
        The numbers, from the kernels that train.
    depends_on : tuple of str
        Names of the arrays it is computed from.
    aside : bool
        True if it is only shown for comparison and not part of the training step.
    """

    place: int
    phase: Phase
    layer: str
    name: str
    formula: str
    shapes: str
    why: str
    value: Array
    depends_on: tuple[str, ...]
    rule: Rule
    tape: dict[str, Array]
    aside: bool = False

    @checked
    def entry(self, *index: int, precision: int = 4) -> Entry:
        """Return one entry of the value with the calculation behind it."""
        lengths = self.value.shape
        if len(index) != len(lengths) or not all(
            is_whole(i) and 0 <= i < n for i, n in zip(index, lengths, strict=True)
        ):
            raise ValueError(
                f"Step '{self.name}': expected the index of an entry, as numbers below {lengths}. "
                f"Received: {shown(index)}"
            )
        index = tuple(map(int, index))
        return Entry(
            self.name,
            index,
            self.rule.symbols(self.tape, index),
            self.rule.numbers(self.tape, index, precision),
            float(self.value[index]),
            self.rule.parts(self.tape, index),
        )

    def __str__(self) -> str:
        return printable(f"{self.name} = {self.formula}\n{self.shapes}\n{self.why}\n{self.value}")

    @property
    def example(self) -> Index:
        """The index of an entry worth looking at: the first nonzero one."""
        nonzero = np.argwhere(self.value)
        first = nonzero[0] if len(nonzero) else np.zeros(self.value.ndim, int)
        return tuple(int(i) for i in first)

    @checked
    def numbers(self, precision: int = 4) -> str:
        """Return the formula of the example entry with numbers substituted, and its value."""
        entry = self.entry(*self.example, precision=precision)
        return f"{entry.place()} = {entry.numbers} = {number(entry.value, precision)}"


class Tape:
    """Collects arrays by name and the steps that made them, in order."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self.steps: list[Step] = []

    def keep(self, name: str, value: Array) -> str:
        """Put an array on the tape that no step computes (data, parameters), and return its name."""
        self.arrays[name] = matrix(value)
        return name

    def add(
        self,
        phase: Phase,
        layer: str,
        name: str,
        value: Any,
        rule: Rule,
        formula: str,
        *,
        why: str = "",
        shapes: str = "",
        aside: bool = False,
    ) -> str:
        """Append a step, and return its name."""
        self.keep(name, np.asarray(value))
        value = self.arrays[name]
        depends = tuple(dict.fromkeys(part for part, _ in rule.parts(self.arrays, (0,) * value.ndim)))
        if not shapes:
            parts = ", ".join(self.with_shape(d) for d in depends)
            shapes = said("made from", made=self.with_shape(name), parts=parts)
        place = len(self.steps) + 1
        self.steps.append(
            Step(place, phase, layer, name, formula, shapes, why, value, depends, rule, self.arrays, aside)
        )
        return name

    def with_shape(self, name: str, transposed: bool = False) -> str:
        """Return ``dW1 (3×2)``, or ``xᵀ (3×4)``."""
        shape = self.arrays[name].shape
        if not shape:
            return said("1 number", name=name)
        lengths = "×".join(map(str, reversed(shape) if transposed else shape))
        return f"{name}{'ᵀ' if transposed else ''} ({lengths})"


def matrix(a: Array) -> Array:
    """Return an array with at most two axes: all but the last become rows."""
    return a if a.ndim <= 2 else a.reshape(-1, a.shape[-1])

"""How one entry of a traced array is written down: its place, its number, the sum or product that it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]
Tape = Mapping[str, Array]
Index = tuple[int, ...]
#: A tensor's name and an index into it, None standing for all along that axis.
Part = tuple[str, tuple[int | None, ...]]

#: Terms of a sum that are written out (of a product's, the largest); the others are counted.
MAX_TERMS = 4


@dataclass(frozen=True)
class Entry:
    """One number and where it comes from."""

    name: str
    index: Index
    symbols: str
    numbers: str
    value: float
    parts: tuple[Part, ...]

    def place(self) -> str:
        """Return how the entry is written: ``dW1[0,1]``."""
        return at(self.name, self.index)


class Rule(Protocol):
    """What every rule can do."""

    def symbols(self, tape: Tape, index: Index) -> str:
        """Return the entry's formula with its indices: ``x[0,0]·W1[0,1] + …``."""

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """Return the same with the numbers in place of the names."""

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """Return which entries of which tensors it is made of."""


def at(name: str, index: tuple[Any, ...]) -> str:
    """Return ``name[i,j]``, or the name alone for a scalar."""
    return f"{name}[{','.join(map(str, index))}]" if index else name


def number(value: Any, precision: int) -> str:
    """Return a number with so many significant digits, and no more zeros than needed."""
    text = f"{float(value):.{precision}g}"
    return "0" if text in ("-0", "0") else re.sub(r"e([+-])0*(\d)", r"e\1\2", text)


def factor(value: Any, precision: int) -> str:
    """Return a number to stand within a product or sum: in brackets if it is negative."""
    text = number(value, precision)
    return f"({text})" if text.startswith("-") else text


def summed(terms: list[str], count: int) -> str:
    """Return the terms joined, and how many more there are."""
    return " + ".join(terms) + (f" + … {count - len(terms)} more" if count > len(terms) else "")

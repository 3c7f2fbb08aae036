"""How one entry of a traced array is written: its place, its number, the sum or product behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Protocol

from tinynet._arguments import shown
from tinynet._console import printable
from tinynet._types import Array
from tinynet.learn.languages import said

Tape = Mapping[str, Array]
Index = tuple[int, ...]
#: A tensor's name and an index into it; None means the whole axis.
Part = tuple[str, tuple[int | None, ...]]

#: How many terms of a sum are written out (the largest ones, for a matrix product); the others are counted.
MAX_TERMS = 4
#: How the field writes the numbers of formulas; what is not listed goes by its name.
SYMBOLS = {
    "alpha": "α",
    "beta_1": "β₁",
    "beta_2": "β₂",
    "delta": "δ",
    "epsilon": "ε",
    "learning_rate": "η",
    "momentum": "μ",
    "rho": "ρ",
    "weight_decay": "λ",
}


@dataclass(frozen=True)
class Entry:
    """One number and where it comes from."""

    name: str
    index: Index
    symbols: str
    numbers: str
    value: float
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return printable(f"{self.place()} = {self.symbols} = {self.numbers} = {self.value:.4g}")

    def place(self) -> str:
        """Return how the entry is written: ``dW1[0,1]``."""
        return at(self.name, self.index)


class Rule(Protocol):
    """The methods of every rule."""

    def symbols(self, tape: Tape, index: Index) -> str:
        """Return the entry's formula with its indices: ``x[0,0]·W1[0,1] + …``."""

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """Return the same with the numbers in place of the names."""

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """Return the entries of tensors that it is made of."""


def at(name: str, index: tuple[Any, ...]) -> str:
    """Return ``name[i,j]``, or the name alone for a scalar."""
    return f"{name}[{','.join(map(str, index))}]" if index else name


def number(value: Any, precision: int) -> str:
    """Return a number with `precision` significant digits, without superfluous zeros."""
    if not 1 <= precision <= 99:
        raise ValueError(f"precision: expected 1 to 99 significant digits. Received: {shown(precision)}")
    text = f"{float(value):.{int(precision)}g}"
    return "0" if text in ("-0", "0") else re.sub(r"e([+-])0*(\d)", r"e\1\2", text)


def factor(value: Any, precision: int) -> str:
    """Return a number for use within a product or sum: in parentheses if it is negative."""
    text = number(value, precision)
    return f"({text})" if text.startswith("-") else text


def summed(terms: list[str], count: int) -> str:
    """Return the joined terms, and how many more there are."""
    left_out = [said("more terms", count=count - len(terms))] if count > len(terms) else []
    return " + ".join([*terms, *left_out])


# ---- the words of parts: templates with names in braces -------------------------------------------------------------


def names_in(template: str) -> list[str]:
    """Return the names in a template's braces.

    Examples
    --------
    >>> names_in("{da}·(1 - {a}²)")
    ['da', 'a']
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def constants_of(part: Any, template: str, tensors: Mapping[str, str]) -> dict[str, tuple[str, float]]:
    """Return symbol and number of each name in a template that is no tensor: attributes of the part."""
    return named(part, template, tensors, {n: getattr(part, n) for n in names_in(template) if hasattr(part, n)})


def named(
    part: Any, template: str, tensors: Mapping[str, str], numbers: Mapping[str, Any]
) -> dict[str, tuple[str, float]]:
    """Return symbol and number of each name in a template that is no tensor, from `numbers`."""
    found = [name for name in dict.fromkeys(names_in(template)) if name not in tensors]
    for name in found:
        if name not in numbers:
            raise TypeError(
                f"{type(part).__name__}: its words name {{{name}}}, which is neither one of {', '.join(tensors)} nor a "
                f"number that it has. The template: {template!r}"
            )
    return {name: (SYMBOLS.get(name, name), float(numbers[name])) for name in found}


def bracketed(template: str) -> str:
    """Return a template that may stand in a product: in brackets if it is a sum.

    Examples
    --------
    >>> bracketed("{p} - {y}"), bracketed("2·|{p} - {y}|")
    ('({p} - {y})', '2·|{p} - {y}|')
    """
    depth, within = 0, False
    for i, character in enumerate(template):
        depth += (character in "([") - (character in ")]")
        within ^= character == "|"
        if depth == 0 and not within and template[i : i + 3] in (" + ", " - ", " if"):
            return f"({template})"
    return template

"""The words of parts as expressions: computed over whole arrays, and written again.

A template is what a learner sees: ``"{da}·{a}·(1 - {a})"``. Read as a tree (`tinynet.learn.parsing`) it can be
computed, and a slip can be put into it (`tinynet.learn.slips`). In a row's formula Σ is over the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet._types import Array

_ERFC = np.vectorize(math.erfc, otypes=[float])
#: What rounding leaves of a number.
Rounded = Callable[[Any], Any]


def _normal(z: Array) -> Array:
    return np.asarray(_ERFC(-z / math.sqrt(2.0)) / 2.0)


#: What words may call, by the names in them.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "clip": lambda x, limit: np.clip(x, -limit, limit),
    "cosh": np.cosh,
    "exp": np.exp,
    "log": np.log,
    "max": np.maximum,
    "mean": lambda x: np.mean(x, axis=-1, keepdims=True),
    "min": np.minimum,
    "or": lambda x, other: np.where(x != 0, x, other),
    "sign": np.sign,
    "sqrt": np.sqrt,
    "sum": lambda x: np.sum(x, axis=-1, keepdims=True),
    "sum of all": np.sum,
    "sum of column": lambda x: np.sum(x, axis=0, keepdims=True),
    "tanh": np.tanh,
    "Φ": _normal,
    "φ": lambda z: np.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi),
    "σ": lambda z: 1.0 / (1.0 + np.exp(-z)),
}
_INFIX: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "if": (0, lambda a, b: a),
    "<": (1, np.less),
    ">": (1, np.greater),
    "≤": (1, np.less_equal),
    "≥": (1, np.greater_equal),
    "+": (2, np.add),
    "-": (2, np.subtract),
    "·": (3, np.multiply),
    "/": (3, np.divide),
    "^": (5, np.power),
}


@dataclass(frozen=True)
class Tree:
    """An expression: a number or a name (`inside` is empty), or what an operation makes of others.

    `what` is a number's or name's text, the sign of an operation, or a function's name; ``"neg"``, ``"if"`` (the value,
    the condition, the other value) and ``"and"`` (of two comparisons) stand for themselves.
    """

    what: str
    inside: tuple[Tree, ...] = ()

    def __str__(self) -> str:
        return _written(self, 0)

    @property
    def is_name(self) -> bool:
        """Whether this is the name of an array or of a number of a part."""
        return not self.inside and self.what.startswith("{")

    @property
    def name(self) -> str:
        """The name without its braces."""
        return self.what.strip("{}")

    def __iter__(self) -> Iterator[Tree]:
        """Yield this tree and all in it, from the top down."""
        yield self
        for part in self.inside:
            yield from part

    def with_part(self, old: Tree, new: Tree) -> Tree:
        """Return the tree with a part of it, the very same object wherever it stands, replaced."""
        if self is old:
            return new
        return Tree(self.what, tuple(part.with_part(old, new) for part in self.inside)) if self.inside else self

    def replaced(self, old: Tree, new: Tree) -> Tree:
        """Return the tree with all parts that are equal to one replaced."""
        if self == old:
            return new
        return Tree(self.what, tuple(part.replaced(old, new) for part in self.inside)) if self.inside else self

    def renamed(self, names: Mapping[str, Tree]) -> Tree:
        """Return the tree with expressions in place of names."""
        if self.is_name:
            return names.get(self.name, self)
        return Tree(self.what, tuple(part.renamed(names) for part in self.inside))

    def value(self, of: Mapping[str, Any], rounded: Rounded | None = None) -> Any:
        """Return the number or array that the expression gives for these values of its names.

        `rounded` is given the result of every operation, and returns what is left of it in another float type.
        """
        if not self.inside:
            return of[self.name] if self.is_name else float(self.what)
        exact = self._beside_1() if rounded is None else None
        if exact is not None:
            return exact[0](exact[1].value(of))
        values = [part.value(of, rounded) for part in self.inside]
        return self._of(values) if rounded is None else rounded(self._of(values))

    def _of(self, values: list[Any]) -> Any:
        if self.what == "neg":
            return -values[0]
        if self.what == "if":
            return np.where(values[1], values[0], values[2])
        if self.what == "and":
            return np.logical_and(*values)
        if self.what in _INFIX:
            return _INFIX[self.what][1](*(np.asarray(v, float) for v in values))
        return FUNCTIONS[self.what](*values)

    def _beside_1(self) -> tuple[Callable[[Any], Any], Tree] | None:
        """Return the function that computes log(1 + x), e^x - 1 or 1 - e^x where x is small, and its x."""
        inside = self.inside
        if self.what == "log" and inside[0].what == "+" and inside[0].inside[0].what == "1":
            return np.log1p, inside[0].inside[1]
        if self.what == "log" and inside[0].what == "-" and inside[0].inside[0].what == "1":
            return np.log1p, Tree("neg", (inside[0].inside[1],))
        if self.what == "-" and inside[0].what == "exp" and inside[1].what == "1":
            return np.expm1, inside[0].inside[0]
        if self.what == "-" and inside[0].what == "1" and inside[1].what == "exp":
            return lambda x: -np.expm1(x), inside[1].inside[0]
        return None


def leaf(text: str) -> Tree:
    """Return a number or a name in braces as a tree."""
    return Tree(text)


def _written(tree: Tree, outer: int) -> str:
    """Return an expression as text, in brackets if what stands around it binds more tightly."""
    inside = tree.inside
    if not inside:
        return tree.what
    if tree.what == "neg":
        text, level = f"-{_written(inside[0], 3)}", 2
    elif tree.what == "if":
        text, level = f"{_written(inside[0], 1)} if {_written(inside[1], 1)} else {_written(inside[2], 0)}", 0
    elif tree.what == "and":
        text, level = " and ".join(_written(part, 1) for part in inside), 0
    elif tree.what in _INFIX:
        level = _INFIX[tree.what][0]
        space = " " if level in (1, 2) else ""
        right = _written(inside[1], level + (tree.what in "-/^"))
        text = (
            "e^" + right if inside[0].what == "e" else f"{_written(inside[0], level)}{space}{tree.what}{space}{right}"
        )
        if tree.what == "^" and inside[1].what == "2":
            text = f"{_written(inside[0], 5)}²"
    elif tree.what in ("abs", "sqrt", "sum", "or"):
        bare = _written(inside[0], 0)
        text = {"abs": f"|{bare}|", "sqrt": f"√{_written(inside[0], 6)}", "sum": f"Σ {_written(inside[0], 3)}"}.get(
            tree.what, f"({bare} or {inside[-1]})"
        )
        level = 4 if tree.what == "sum" else 6
    else:
        text, level = f"{tree.what}({', '.join(_written(part, 0) for part in inside)})", 6
    return f"({text})" if level < outer else text

"""The words of parts as expressions: read from a template, computed over whole arrays, and written again.

A template is what a learner sees: ``"{da}·{a}·(1 - {a})"``. Read as a tree it can be computed, and a slip can be put
into it (`tinynet.learn.slips`). In a row's formula Σ is over the row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet._types import Array

_TOKEN = re.compile(r"\s*(\{\w+\}[ₖⱼ]?|\d+(?:\.\d+)?|Σ[ₖⱼ]?|[A-Za-zσΦφ]\w*|[·/()|\[\],+\-^²√±<>≤≥])")
_ERF = np.vectorize(math.erf, otypes=[float])


def _normal(z: Array) -> Array:
    return np.asarray((1.0 + _ERF(z / math.sqrt(2.0))) / 2.0)


#: What words may call, by the names in them.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "clip": lambda x, limit: np.clip(x, -limit, limit),
    "cosh": np.cosh,
    "exp": np.exp,
    "log": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "or": lambda x, other: np.where(x != 0, x, other),
    "sign": np.sign,
    "sqrt": np.sqrt,
    "sum": lambda x: np.sum(x, axis=-1, keepdims=True),
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

    def renamed(self, names: Mapping[str, Tree]) -> Tree:
        """Return the tree with expressions in place of names."""
        if self.is_name:
            return names.get(self.name, self)
        return Tree(self.what, tuple(part.renamed(names) for part in self.inside))

    def value(self, of: Mapping[str, Any]) -> Any:
        """Return the number or array that the expression gives for these values of its names."""
        if not self.inside:
            return of[self.name] if self.is_name else float(self.what)
        values = [part.value(of) for part in self.inside]
        if self.what == "neg":
            return -values[0]
        if self.what == "if":
            return np.where(values[1], values[0], values[2])
        if self.what == "and":
            return np.logical_and(*values)
        if self.what in _INFIX:
            return _INFIX[self.what][1](*(np.asarray(v, float) for v in values))
        return FUNCTIONS[self.what](*values)


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


# ---- reading --------------------------------------------------------------------------------------------------------


def read(template: str) -> Tree | None:
    """Return the expression that a template is, or None if it is none: what words say freely.

    Examples
    --------
    >>> tree = read("{da}·{a}·(1 - {a})")
    >>> float(tree.value({"da": 2.0, "a": 0.25}))
    0.375
    >>> print(tree)
    {da}·{a}·(1 - {a})
    """
    try:
        reader = _Reader(template)
        tree = reader.choice()
        reader.expect("")
        return tree
    except _NoExpressionError:
        return None


class _NoExpressionError(Exception):
    """The template says something that is no expression."""


class _Reader:
    """Reads a template from left to right."""

    def __init__(self, template: str) -> None:
        self.tokens: list[tuple[str, bool]] = []
        place = 0
        while template[place:].strip():
            found = _TOKEN.match(template, place)
            if found is None:
                raise _NoExpressionError
            self.tokens.append((found[1], found.end() - place > len(found[1])))
            place = found.end()
        self.tokens.append(("", True))
        self.at = 0

    @property
    def token(self) -> str:
        return self.tokens[self.at][0]

    @property
    def after_space(self) -> bool:
        return self.tokens[self.at][1]

    def take(self, *expected: str) -> bool:
        """Go past one of these tokens if it comes next."""
        if self.token not in expected:
            return False
        self.at += 1
        return True

    def expect(self, token: str) -> None:
        if self.token != token:
            raise _NoExpressionError
        self.at += 1

    def choice(self) -> Tree:
        value = self.sum()
        if self.take("if"):
            condition = self.comparison()
            self.expect("else")
            return Tree("if", (value, condition, self.choice()))
        return Tree("or", (value, self.sum())) if self.take("or") else value

    def comparison(self) -> Tree:
        first = self.sum()
        sign = self.token
        if not self.take("<", ">", "≤", "≥"):
            return first
        second = self.sum()
        found, more = Tree(sign, (first, second)), self.token
        return Tree("and", (found, Tree(more, (second, self.sum())))) if self.take("<", "≤", ">", "≥") else found

    def sum(self) -> Tree:
        tree = Tree("neg", (self.product(),)) if self.take("-") else self.product()
        while (sign := self.token) in ("+", "-") and self.take(sign):
            tree = Tree(sign, (tree, self.product()))
        return tree

    def product(self, compact: bool = False) -> Tree:
        tree = self.power()
        while (sign := self.token) in ("·", "/") and not (compact and self.after_space) and self.take(sign):
            tree = Tree(sign, (tree, self.power()))
        return tree

    def power(self) -> Tree:
        tree = self.atom()
        while True:
            if self.take("²"):
                tree = Tree("^", (tree, leaf("2")))
            elif self.take("^"):
                tree = Tree("^", (tree, self.power()))
                if tree.inside[0].what == "e":
                    tree = Tree("exp", (tree.inside[1],))
            else:
                return tree

    def atom(self) -> Tree:
        token = self.token
        self.at += 1
        if token == "(":
            return self._closed(self.choice, ")")
        if token == "[":
            return self._closed(self.comparison, "]")
        if token == "|":
            return Tree("abs", (self._closed(self.sum, "|"),))
        if token == "√":
            return Tree("sqrt", (self.atom(),))
        if token.startswith("Σ"):
            return Tree("sum", (self.product(compact=True),))
        if token in ("±", "-"):
            return self.power() if token == "±" else Tree("neg", (self.power(),))
        if token.startswith("{"):
            return leaf(token.rstrip("ₖⱼ"))
        if token == "e" and self.token == "^":
            return leaf("e")
        if token in FUNCTIONS:
            return self._call(token)
        if token and token[0].isdigit():
            return leaf(token)
        raise _NoExpressionError

    def _closed(self, inside: Callable[[], Tree], bracket: str) -> Tree:
        tree = inside()
        self.expect(bracket)
        return tree

    def _call(self, name: str) -> Tree:
        if not self.take("("):
            return Tree(name, (self.power(),))  # log {p}
        arguments = [self.choice()]
        while self.take(","):
            arguments.append(self.choice())
        self.expect(")")
        return Tree(name, tuple(arguments))

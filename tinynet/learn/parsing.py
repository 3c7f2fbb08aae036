"""The words of parts read as expressions: from a template to its tree."""

from __future__ import annotations

import re
from collections.abc import Callable

from tinynet.learn.expressions import FUNCTIONS, Tree, leaf

_TOKEN = re.compile(r"\s*(\{\w+\}[ₖⱼ]?|\d+(?:\.\d+)?|Σ[ₖⱼ]?|[A-Za-zσΦφ]\w*|[·/()|\[\],+\-^²√±<>≤≥])")


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

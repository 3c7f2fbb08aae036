"""A trace's steps computed once more from arrays that may hold a mistake: what the mistake makes of a later step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._types import Array
from tinynet.learn.expressions import Rounded, Tree
from tinynet.learn.loss_rules import Mean, RowSum, Total
from tinynet.learn.parsing import read
from tinynet.learn.rules import ColumnSum, Opaque, Pointwise, Product, Same, Worded
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

Tape = Mapping[str, Array]
#: Makes an array of a mistake from the arrays so far; None where it cannot be made.
Maker = Callable[[Tape], "Array | None"]

expression = lru_cache(maxsize=512)(read)


#: Mistakes that a person who makes them makes in every layer.
HABITS = {"missing slope", "slope twice", "slope alone", "another slope", "kernel not transposed", "updated weights"}
#: The commonest mistakes: with one of them another one is looked for first.
COMMON = {
    *("missing slope", "slope twice", "slope again", "another slope", "value for slope", "elementwise", "wrong side"),
    *("mask of the gradient", "everywhere alike", "kernel not transposed", "updated weights", "in place of", "one row"),
    *(
        "missing penalty",
        "targets turned",
        "targets forgotten",
        "decided",
        "missing rate",
        "missing root",
        "no correction",
    ),
    *("missing square", "shares swapped", "old slot", "other sign inside", "uphill", "not clipped", "missing term"),
}


@dataclass(frozen=True)
class Mistake:
    """A mistake: its key in `marks.MARKS`, the array that it is made in, how, and what its sentence names."""

    key: str
    at: str
    make: Maker
    values: dict[str, str] = field(default_factory=dict)
    is_usual: bool = True
    """Whether it is also looked for together with another."""


def numbers_of(rule: Pointwise, tape: Tape) -> dict[str, Any]:
    """Return the arrays and numbers behind the names of a rule's template; those of rows as columns."""
    named = {token: tape[name] for token, name in rule.tensors.items() if name in tape}
    columns = {token: array[:, None] for token, array in named.items() if token in rule.rows and array.ndim == 1}
    return {**named, **columns, **{token: number for token, (_, number) in rule.constants.items()}}


def computed(
    tree: Tree | None,
    rule: Pointwise,
    tape: Tape,
    shape: tuple[int, ...] | None = None,
    rounded: Rounded | None = None,
) -> Array | None:
    """Return what an expression gives, with the names of a rule; None if there is none, or it cannot be computed."""
    if tree is None:
        return None
    try:
        value = np.asarray(tree.value(numbers_of(rule, tape), rounded), float)
        return value if shape is None else np.array(np.broadcast_to(value, shape))
    except (KeyError, ValueError, TypeError):  # a name of another array, shapes that do not fit
        return None


def redone(step: Step, tape: Tape, tree: Tree | None = None, rounded: Rounded | None = None) -> Array | None:
    """Return what a step computes from these arrays, by its rule or by another expression; None if it is not known.

    `rounded` is applied to every operation of an expression: see `Tree.value`.
    """
    rule = step.rule
    try:
        if isinstance(rule, Product):
            left, right = tape[rule.left], tape[rule.right]
            product = (left if rule.left_over == 1 else left.T) @ (right if rule.right_over == 0 else right.T)
            return np.asarray(product + tape[rule.bias] if rule.bias else product)
        if isinstance(rule, ColumnSum):
            return np.asarray(tape[rule.of].sum(axis=0))
        if isinstance(rule, Same):
            return np.reshape(tape[rule.of], step.value.shape)
        if isinstance(rule, Mean):
            rows = tape[rule.of] * (tape[rule.weights] if rule.weights else 1.0)
            total = rows.sum() / (rule.divisor[1] if rule.divisor else 1.0)
            return np.asarray(total + sum(float(tape[name]) for name in rule.penalties))
        if isinstance(rule, (RowSum, Total)):
            terms = computed(tree or expression(rule.term.template), rule.term, tape, rounded=rounded)
            if terms is None:
                return None
            if isinstance(rule, Total):
                return np.asarray(terms.sum())
            return np.asarray(terms.mean(axis=1) if rule.mean else terms.sum(axis=1))
    except (KeyError, ValueError):
        return None
    if not isinstance(rule, Pointwise):
        return None
    value = computed(tree or expression(rule.template), rule, tape, rounded=rounded)
    if value is not None and value.ndim == 2 and value.shape[1] == 1 and step.value.ndim == 1:
        value = value[:, 0]  # a formula of rows that gives one number for each
    return value


def with_array(step: Step, right: str, wrong: str) -> Maker:
    """Return what makes a step's array with another array in the place of the right one."""
    return lambda tape: redone(step, {**tape, right: tape[wrong]})


def by_formula(tree: Tree, rule: Pointwise) -> Maker:
    """Return what makes an array by an expression in a rule's names."""
    return lambda tape: computed(tree, rule, tape)


def shown(text: str, symbols: Mapping[str, str]) -> str:
    """Return a part of a template with what its names are called."""
    for token, symbol in symbols.items():
        text = text.replace(f"{{{token}}}", symbol)
    return text


def by_slip(step: Step, tree: Tree) -> Maker:
    """Return what makes a step's array by another expression."""
    return lambda tape: redone(step, tape, tree)


def _is_near(a: Array, b: Array) -> bool:
    return bool(np.abs(a - b).max(initial=0.0) <= 1e-5 * np.abs(b).max(initial=0.0))


class Redoer:
    """Computes the steps after a mistake once more.

    The arrays of the trace are in float64, and a step that no mistake reaches stays what it was.
    """

    def __init__(self, trace: Trace) -> None:
        self.tape = {name: array.astype(float) for name, array in trace.tape.arrays.items()}
        self.steps = [step for step in trace.steps if not step.aside]
        self._needs = {step.name: frozenset(needs(step)) for step in self.steps}
        self._ways: dict[str, list[Step]] = {}

    def result(self, target: Step, mistakes: Mapping[str, Maker], any_shape: bool = False) -> Array | None:
        """Return what `target` becomes if these arrays are made with a mistake; None if that is not known.

        On the way an array keeps its shape, unless `any_shape` says otherwise.
        """
        changed: dict[str, Array] = {}
        tape = dict(self.tape)
        given = mistakes.keys() - {step.name for step in self.steps}
        for name in given:  # data, not the result of a step
            wrong = mistakes[name](tape)
            if wrong is None:
                return None
            changed[name] = tape[name] = wrong
        for step in self._way_to(target):
            maker = mistakes.get(step.name)
            if maker is not None:
                wrong = maker(tape)
            elif self._needs[step.name].isdisjoint(changed):
                continue
            else:
                wrong = (
                    self._as_linear(step, changed) if isinstance(step.rule, (Opaque, Worded)) else redone(step, tape)
                )
            if wrong is None or not (any_shape or step is target or wrong.shape == step.value.shape):
                return None
            changed[step.name] = tape[step.name] = wrong
        return changed.get(target.name)

    def _way_to(self, target: Step) -> list[Step]:
        """Return the steps that lead to one, and that one, in order."""
        if target.name not in self._ways:
            names = ancestors(self.steps, target.name) | {target.name}
            self._ways[target.name] = [step for step in self.steps if step.name in names]
        return self._ways[target.name]

    def _as_linear(self, step: Step, changed: Mapping[str, Array]) -> Array | None:
        """Return what a layer makes of a gradient that is a multiple of the right one, whatever it does: the multiple.

        On the way back every layer is linear in the gradient that arrives.
        """
        inputs = changed.keys() & self._needs[step.name]
        if step.phase != "backward" or len(inputs) != 1:
            return None
        (name,) = inputs
        right, wrong = self.tape[name], changed[name]
        total = float((right * right).sum())
        factor = float((wrong * right).sum()) / total if total and wrong.shape == right.shape else 0.0
        is_multiple = factor != 0.0 and name.startswith("d") and _is_near(wrong, factor * right)
        return factor * self.tape[step.name] if is_multiple else None


def needs(step: Step) -> tuple[str, ...]:
    """Return the names of all arrays that a step is computed from."""
    rule = step.rule
    term = rule.term if isinstance(rule, (RowSum, Total)) else rule
    return (*step.depends_on, *term.tensors.values()) if isinstance(term, Pointwise) else step.depends_on


def ancestors(steps: Iterable[Step], name: str) -> set[str]:
    """Return the names of all arrays that one depends on."""
    by_name, found, left = {step.name: step for step in steps}, set[str](), [name]
    while left:
        step = by_name.get(left.pop())
        new = set(needs(step)) - found if step is not None else set[str]()
        found |= new
        left += new
    return found

"""The usual mistakes with activations: another one, its slope left out, applied twice, or of another array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from tinynet import activations
from tinynet._types import Array
from tinynet.learn.expressions import Tree, leaf
from tinynet.learn.parsing import read
from tinynet.learn.redoing import Maker, Mistake, Tape, by_formula, expression, redone, with_array
from tinynet.learn.relatives import alike, input_of
from tinynet.learn.rules import Pointwise, Rowwise
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace


def of_slope(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield mistakes where an activation's slope is multiplied with."""
    own = _activation_of(trace, step)
    z, a, da = (rule.tensors[token] for token in ("z", "a", "da"))
    yield Mistake("missing slope", step.name, lambda tape: tape[da], {"activation": own, "name": da})
    yield Mistake("slope twice", step.name, lambda tape: _twice(step, da, tape), {"activation": own})
    for token, right in (("a", a), ("z", z)):
        if f"{{{token}}}" in rule.template:
            for wrong in alike(trace, right, (z, a, input_of(trace, a))):
                values = {"activation": own, "right": right, "wrong": wrong}
                yield Mistake("slope of another", step.name, with_array(step, right, wrong), values)
    plain = Pointwise("", {"z": z, "a": a, "da": da})
    if "[" in rule.template or " if " in rule.template:
        for token in ("a", "z"):
            value = Tree("·", (leaf("{da}"), leaf(f"{{{token}}}")))
            values = {"activation": own, "wrong": plain.tensors[token]}
            yield Mistake("value for slope", step.name, by_formula(value, plain), values)


def of_another_slope(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield the slopes of other activations."""
    own = _activation_of(trace, step)
    plain = Pointwise("", {token: rule.tensors[token] for token in ("z", "a", "da")})
    key = "elementwise" if isinstance(rule, Rowwise) else "another slope"
    outputs = dict(_others("forward"))
    for other, tree in _others("backward"):
        if other != own:
            values = {"activation": own, "other": other}
            yield Mistake(key, step.name, _bent(by_formula(tree, plain), plain.tensors["da"]), values)
            if other in outputs:  # its own output goes in
                whole = tree.renamed({"a": outputs[other]})
                yield Mistake(key, step.name, _bent(by_formula(whole, plain), plain.tensors["da"]), values, False)


def _bent(make: Maker, da: str) -> Maker:
    """Return what makes an array, but none where the slope is the same for all: that is the gradient, and a factor."""

    def made(tape: Tape) -> Array | None:
        value, gradient = make(tape), tape[da]
        if value is None or value.shape != gradient.shape or value.size < 2:
            return value
        total = float((gradient * gradient).sum())
        factor = float((value * gradient).sum()) / total if total else 0.0
        return None if np.allclose(value, factor * gradient, rtol=1e-6, atol=0) else value

    return made


def of_diagonal(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield p·(1 - p), the diagonal of a Jacobian of probabilities, in place of all of it."""
    plain = Pointwise("", {token: rule.tensors[token] for token in ("a", "da")})
    for other, tree in diagonals():
        values = {"activation": _activation_of(trace, step), "other": other}
        yield Mistake("elementwise", step.name, by_formula(tree, plain), values)


def diagonals() -> list[tuple[str, Tree]]:
    """Return the activations, and their formulas, whose slope is the diagonal of a Jacobian of probabilities."""
    return [(name, tree) for name, tree in _others("backward") if str(tree) == "{da}·{a}·(1 - {a})"]


#: What else learners take for a slope, of the sum or the output u.
_NO_SLOPES = (
    "{u}", "1 - {u}", "1 + {u}", "{u}·(1 - {u})", "{u}·(1 + {u})", "{u}²", "1 - {u}²", "1 + {u}²", "2·{u}", "exp({u})",
    "σ({u})", "σ({u})·(1 - σ({u}))", "1 - tanh({u})²", "√(1 - {u}²)", "1 - |{u}|", "(1 - |{u}|)²", "1/(1 + |{u}|)²",
    "1/{u}", "1 if {u} > 0 else 0.01", "1 if {u} > 0 else 0.1", "1 if {u} > 0 else 0.3", "[{u} > 0]", "[{u} < 0]",
)  # fmt: skip


def of_no_slope(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield the arriving gradient times something else than a slope, its positive part, and divided by the slope."""
    own, da = _activation_of(trace, step), rule.tensors["da"]
    for token in ("a", "z"):
        name = rule.tensors[token]
        plain = Pointwise("", {"da": da, "u": name})
        for text in _NO_SLOPES:
            tree = Tree("·", (leaf("{da}"), read(text) or leaf("{u}")))
            values = {"activation": own, "wrong": text.replace("{u}", name)}
            yield Mistake("no slope", step.name, by_formula(tree, plain), values, False)
    for sign in "<>":
        tree = Tree("·", (leaf("{da}"), Tree(sign, (leaf("{da}"), leaf("0")))))
        values = {"part": f"{name} > 0"}
        yield Mistake("mask of the gradient", step.name, by_formula(tree, plain), values, False)
    for key, how, change in _WITH_SLOPE:
        values = {"activation": own, "how": how}
        yield Mistake(key, step.name, partial(_with_slope, step, da, change), values, False)


#: What else is done with a gradient and a slope: the mistake's key, how the slope went in, what it makes of both.
_WITH_SLOPE: tuple[tuple[str, str, Callable[[Array, Array], Array]], ...] = (
    ("divided by slope", "", lambda da, s: da / s if np.all(s) else np.full_like(da, np.nan)),
    ("slope added", "", lambda da, s: da + s),
    ("slope changed", "as its square root", lambda da, s: da * np.sqrt(np.abs(s))),
    ("slope changed", "as its square", lambda da, s: da * s * s),
    ("slope changed", "subtracted from 1", lambda da, s: da * (1.0 - s)),
    ("slope changed", "added to 1", lambda da, s: da * (1.0 + s)),
    ("slope changed", "as its mean over the batch", lambda da, s: da * s.mean(axis=0)),
)


def _with_slope(step: Step, da: str, change: Callable[[Array, Array], Array], tape: Tape) -> Array | None:
    slope = redone(step, {**tape, da: np.ones_like(tape[da])})
    return None if slope is None else change(tape[da], slope)


def _activation_of(trace: Trace, step: Step) -> str:
    """Return the name of the activation whose slope a step applies."""
    layer = next((r.layer for r in trace.record.layers if r.layer.name == step.layer), None)
    return getattr(getattr(layer, "activation", None), "name", "the activation")


def _twice(step: Step, da: str, tape: Tape) -> Array | None:
    once = redone(step, tape)
    return None if once is None else redone(step, {**tape, da: once})


@lru_cache
def _others(way: str) -> list[tuple[str, Tree]]:
    """Return the formulas of all activations, forward or backward, by their words with their default numbers."""
    found = []
    for cls in activations.CLASSES.values():
        try:
            activation = cls()
        except TypeError:  # it must be told something
            continue
        tree = None if activation.does_nothing else expression(getattr(activation.words, way))
        if tree is not None:
            numbers = {n.name: getattr(activation, n.name, None) for n in tree if n.is_name}
            known = {n: leaf(repr(float(v))) for n, v in numbers.items() if isinstance(v, (int, float))}
            found.append((activation.name, tree.renamed(known)))
    return found


def of_activation(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield what other activations make of the sums, the activation applied twice, and its slope in its place."""
    z = rule.tensors["z"]
    plain = Pointwise("", {"z": z})
    yield Mistake("applied twice", step.name, partial(_applied_twice, step, z), {"formula": step.formula}, False)
    back = next((s for s in trace.steps if _is_slope_of(s, step.name)), None)
    if back is not None and isinstance(back.rule, Pointwise):
        slope = partial(_slope_alone, back, back.rule.tensors["da"])
        yield Mistake("slope for value", step.name, slope, {"formula": step.formula}, False)
    yield Mistake("one minus", step.name, lambda tape: _one_minus(step, tape), is_usual=False)
    yield Mistake("decided", step.name, lambda tape: _decision(step, tape), {"p": step.name}, False)
    if isinstance(rule, Rowwise):  # the largest sum is subtracted first, and nothing divided by
        values = {"part": f"Σ e^{z}", "formula": step.formula}
        yield Mistake("missing factor", step.name, lambda tape: _of_largest(redone(step, tape)), values, False)
    for other, tree in _others("forward"):
        values = {"other": other, "formula": step.formula}
        yield Mistake("another activation", step.name, by_formula(tree, plain), values)


def _is_slope_of(step: Step, a: str) -> bool:
    rule = step.rule
    return isinstance(rule, Pointwise) and "da" in rule.tensors and rule.tensors.get("a") == a


def _slope_alone(step: Step, da: str, tape: Tape) -> Array | None:
    return redone(step, {**tape, da: np.ones_like(tape[da])}) if da in tape else None


def _applied_twice(step: Step, z: str, tape: Tape) -> Array | None:
    once = redone(step, tape)
    return None if once is None else redone(step, {**tape, z: once})


def _of_largest(right: Array | None) -> Array | None:
    return None if right is None or right.ndim != 2 else right / right.max(axis=1, keepdims=True)


def _one_minus(step: Step, tape: Tape) -> Array | None:
    right = redone(step, tape)
    return None if right is None else 1.0 - right


def _decision(step: Step, tape: Tape) -> Array | None:
    right = redone(step, tape)
    return None if right is None or right.ndim != 2 else decided(right)


def decided(p: Array) -> Array:
    """Return decisions, 0 or 1, in place of probabilities."""
    return (p > 0.5) * 1.0 if p.shape[1] == 1 else np.eye(p.shape[1])[p.argmax(axis=1)]

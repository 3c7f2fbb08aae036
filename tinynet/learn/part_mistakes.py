"""The usual mistakes with parts: another activation or loss, its slope left out, applied twice, or of another array."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tinynet import activations, losses
from tinynet._types import Array
from tinynet.learn.expressions import Tree, leaf
from tinynet.learn.notation import bracketed
from tinynet.learn.parsing import read
from tinynet.learn.redoing import Maker, Mistake, Tape, by_formula, computed, expression, redone, with_array
from tinynet.learn.relatives import alike, input_of, sum_of
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
            yield Mistake(key, step.name, by_formula(tree, plain), values)
            if other in outputs:  # its own output goes in
                whole = tree.renamed({"a": outputs[other]})
                yield Mistake(key, step.name, by_formula(whole, plain), values, False)


def of_diagonal(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield p·(1 - p), the diagonal of a Jacobian of probabilities, in place of all of it."""
    plain = Pointwise("", {token: rule.tensors[token] for token in ("a", "da")})
    for other, tree in _others("backward"):
        if str(tree) == "{da}·{a}·(1 - {a})":
            values = {"activation": _activation_of(trace, step), "other": other}
            yield Mistake("elementwise", step.name, by_formula(tree, plain), values)


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
    yield Mistake("divided by slope", step.name, lambda tape: _divided(step, da, tape), {"activation": own}, False)


def _divided(step: Step, da: str, tape: Tape) -> Array | None:
    slope = redone(step, {**tape, da: np.ones_like(tape[da])})
    return None if slope is None or not np.all(slope) else tape[da] / slope


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


def of_activation(step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield what other activations make of the sums."""
    plain = Pointwise("", {"z": rule.tensors["z"]})
    yield Mistake("one minus", step.name, lambda tape: _one_minus(step, tape), is_usual=False)
    yield Mistake("decided", step.name, lambda tape: _decision(step, tape), {"p": step.name}, False)
    for other, tree in _others("forward"):
        values = {"other": other, "formula": step.formula}
        yield Mistake("another activation", step.name, by_formula(tree, plain), values)


def _one_minus(step: Step, tape: Tape) -> Array | None:
    right = redone(step, tape)
    return None if right is None else 1.0 - right


def _decision(step: Step, tape: Tape) -> Array | None:
    right = redone(step, tape)
    return None if right is None or right.ndim != 2 else decided(right)


def decided(p: Array) -> Array:
    """Return decisions, 0 or 1, in place of probabilities."""
    return (p > 0.5) * 1.0 if p.shape[1] == 1 else np.eye(p.shape[1])[p.argmax(axis=1)]


def of_loss(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield mistakes in a loss and in the gradient that backprop starts from."""
    p = rule.tensors["p"]
    if f"{step.name}_long" in step.tape:  # the gradient of the sums at once: p - y
        values = {"activation": "The activation", "name": f"d{p}"}
        yield Mistake("missing slope", step.name, lambda tape: tape[f"d{p}"], values)
        yield Mistake("slope again", step.name, lambda tape: _again(step, p, tape))
    for wrong in alike(trace, p, (sum_of(trace, p),)):
        yield Mistake("in place of", step.name, with_array(step, p, wrong), {"wrong": wrong, "right": p})
    shares = {n: number for n, number in rule.constants.items() if n in ("K", "N") and step.phase != "loss"}
    plain = Pointwise("", {"y": rule.tensors["y"], "p": p}, shares)
    for name, cls in losses.CLASSES.items():
        tree = expression(bracketed(cls.words.forward if step.phase == "loss" else cls.words.backward))
        if tree is None or not {part.name for part in tree if part.is_name} <= {"y", "p"}:
            continue
        for share in shares:
            tree = Tree("/", (tree, leaf(f"{{{share}}}")))
        yield Mistake("another loss", step.name, _by_rows(step, tree, plain), {"other": name}, False)


def _again(step: Step, p: str, tape: Tape) -> Array | None:
    right = redone(step, tape)
    return None if right is None else right * tape[p] * (1.0 - tape[p])


def _by_rows(step: Step, tree: Tree, rule: Pointwise) -> Maker:
    """Return what makes a loss's terms or, where the step has one number for each row, their means."""

    def make(tape: Tape) -> Array | None:
        value = computed(tree, rule, tape)
        return value.mean(axis=1) if value is not None and step.value.ndim == 1 and value.ndim == 2 else value

    return make

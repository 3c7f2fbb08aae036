"""The usual mistakes in an update: no step, an uncorrected mean, an old accumulator, another optimizer's rule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import optimizers
from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.expressions import Tree
from tinynet.learn.redoing import Maker, Mistake, Tape, computed, expression, redone, with_array
from tinynet.learn.rules import Pointwise
from tinynet.learn.slips import slips
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace


def of_update(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield mistakes in a step of the update."""
    W = rule.tensors["w"]
    if step.name in (f"{W}_new", f"{W}_stepped"):  # the latter where a constraint follows
        yield Mistake("not updated", step.name, lambda tape: tape[W], is_usual=False)
        yield Mistake("uphill", step.name, lambda tape: _turned(step, W, tape))
        yield Mistake("bare step", step.name, lambda tape: _less(redone(step, tape), tape[W]), is_usual=False)
        yield Mistake("bare step", step.name, lambda tape: _less(tape[W], redone(step, tape)), is_usual=False)
        yield from _of_others(trace, step, W)
    for slot in [token for token in rule.tensors if f"{token}_old" in rule.tensors and f"{{{token}}}" in rule.template]:
        new, old = rule.tensors[slot], rule.tensors[f"{slot}_old"]
        yield Mistake("old slot", step.name, with_array(step, new, old), {"wrong": old, "right": new})
    yield from _of_rates(trace, step, rule)


def _less(a: Array | None, b: Array | None) -> Array | None:
    return None if a is None or b is None else a - b


def _turned(step: Step, W: str, tape: Tape) -> Array | None:
    new = redone(step, tape)
    return None if new is None else 2.0 * tape[W] - new


def _of_rates(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield the step with a number of its own computed otherwise: not corrected for its start, or by another count.

    A book corrects both means, and adds ε to the root of the corrected one. That is ε·√(1 - β₂ᵗ) beside the root of the
    other, so each is tried with both.
    """
    optimizer: Any = trace.record.network.optimizer
    numbers = {**optimizer.numbers_by_name(), "step": float(optimizer.iterations)}
    for token in rule.constants:
        rate = optimizer.rates.get(token)
        if rate is None or "step" not in arguments_of(rate):
            continue
        taken = arguments_of(rate)
        for key, values, changed in [("epsilon of a mean", {}, {}), *_otherwise(taken, numbers)]:
            these = {**numbers, **changed}
            try:
                number = float(rate(*(these[n] for n in taken)))
                share = (1.0 - these.get("beta_2", 0.0) ** these["step"]) ** 0.5
            except (ZeroDivisionError, ValueError, OverflowError):
                continue
            for scale in (share,) if key == "epsilon of a mean" else (1.0, share):
                epsilon = {"epsilon": numbers["epsilon"] * scale} if "epsilon" in rule.constants else {}
                other = _with(rule, {token: number, **epsilon})
                yield Mistake(key, step.name, _maker(step, other), values)
                tree = expression(rule.template)
                for slip in slips(tree, {}) if tree is not None and key == "no correction" else ():
                    both = f"{key}, {slip.key}"
                    told = {**values, **slip.values, "formula": step.formula}
                    yield Mistake(both, step.name, _maker(step, other, slip.tree), told, False)


def _with(rule: Pointwise, numbers: dict[str, float]) -> Pointwise:
    """Return a rule with other numbers."""
    constants = {token: (rule.constants[token][0], number) for token, number in numbers.items()}
    return Pointwise(rule.template, rule.tensors, {**rule.constants, **constants}, rule.rows)


def _maker(step: Step, rule: Pointwise, tree: Tree | None = None) -> Maker:
    return lambda tape: computed(tree or expression(rule.template), rule, tape, step.value.shape)


def _otherwise(taken: tuple[str, ...], numbers: dict[str, float]) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Yield how a rate may be computed otherwise; a share of 0 leaves no correction."""
    shares = [n for n in taken if n.startswith("beta")]
    yield "no correction", {}, dict.fromkeys(shares, 0.0)
    if len(shares) > 1:
        for share in shares:
            yield "half correction", {}, {share: 0.0}
    for share in shares:
        yield "shares swapped", {"part": share, "formula": "the bias correction"}, {share: 1.0 - numbers[share]}
    step = numbers["step"]
    for count in (step - 1.0, step + 1.0, 1.0):
        if count not in (0.0, step):
            yield "wrong count", {"step": f"{count:g}"}, {"step": count}


def _of_others(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield what other optimizers make of the same gradient, from the same accumulators or new ones."""
    used: Any = trace.record.network.optimizer
    for made in _others(used):
        make = partial(_by, made, W, float(used.iterations))
        yield Mistake("another optimizer", step.name, make, {"other": _said(made)}, False)


def _others(used: Any) -> list[Any]:
    """Return other optimizers of the same rate, as learners know them."""
    found = []
    for cls in optimizers.CLASSES.values():
        for options in ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"centered": True}):
            try:
                made = cls(learning_rate=float(used.learning_rate), **options)
            except TypeError:
                continue
            if options and not all(hasattr(made, name) for name in options):
                continue
            if type(made) is not type(used) or made.get_config() != used.get_config():
                found.append(made)
    return found


def _said(optimizer: Any) -> str:
    """Return an optimizer's name with what sets it apart from a plain one."""
    on = [name for name in ("momentum", "nesterov", "centered") if getattr(optimizer, name, 0)]
    return " with ".join([type(optimizer).__name__, " and ".join(on)]) if on else type(optimizer).__name__


def _by(optimizer: Any, W: str, step: float, tape: Tape) -> Array | None:
    """Return what an optimizer makes of a parameter, by its words: from the accumulators that are there."""
    numbers = {**optimizer.numbers_by_name(), "step": step}
    numbers |= {name: float(rate(*(numbers[n] for n in arguments_of(rate)))) for name, rate in optimizer.rates.items()}
    constants = {name: (name, number) for name, number in numbers.items()}
    g = tape.get(f"clipped_d{W}", tape[f"d{W}"])
    arrays: dict[str, Array] = {"w": tape[W], "g": g}
    slots = arguments_of(optimizer.formula)[2 : 2 + len(optimizer.slots)]
    for slot, name in zip(slots, optimizer.slots, strict=True):
        start = optimizer.starts.get(name, 0.0)
        start = float(getattr(optimizer, start) if isinstance(start, str) else start)
        old = tape.get(f"{slot}_{W}_old", np.full_like(g, start))
        arrays[slot] = arrays[f"{slot}_old"] = old
    for told in optimizer.words:
        rule = Pointwise(told.template, {token: token for token in arrays}, constants)
        value = computed(expression(told.template), rule, arrays)
        if value is None:
            return None
        if told.name == "w":
            return value
        arrays[told.name] = value
    return None

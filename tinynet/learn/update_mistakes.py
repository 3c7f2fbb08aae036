"""The usual mistakes in an update: no step, an uncorrected mean, an old accumulator, another optimizer's rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.expressions import Tree
from tinynet.learn.redoing import Maker, Mistake, Tape, computed, expression, redone, shown, with_array
from tinynet.learn.remade import USUAL_SHARES, of_correction, of_others, of_own_rule, of_slots
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
    if f"{step.name}_old" in step.tape:
        before = f"{step.name}_old"
        values = {"name": before, "wrong": before, "right": step.name}
        yield Mistake("old slot itself", step.name, lambda tape: tape[before], values, False)
        yield from of_correction(trace, step)
    if step.name == f"clipped_d{W}":
        yield from _of_clipping(trace, step, W)
    for slot in [token for token in rule.tensors if f"{token}_old" in rule.tensors and f"{{{token}}}" in rule.template]:
        new, old = rule.tensors[slot], rule.tensors[f"{slot}_old"]
        yield Mistake("old slot", step.name, with_array(step, new, old), {"wrong": old, "right": new})
    for slot in [
        token for token in rule.tensors if f"{{{token}_old}}" in rule.template and f"{token}_old" in rule.tensors
    ]:
        new, old = rule.tensors[slot], rule.tensors[f"{slot}_old"]
        if new != step.name:
            yield Mistake("new slot", step.name, with_array(step, old, new), {"wrong": new, "right": old}, False)
    yield from _of_rates(trace, step, rule)
    yield from _of_shares(trace, step, rule)
    published = _published(trace) if step.name == f"step_{W}" else ""
    if published:
        yield from _of_published(step, with_numbers(trace, rule), published)


def of_whole_update(trace: Trace, step: Step) -> Iterator[Mistake]:
    """Yield updates by the rule with other numbers, and by other rules: what no slip in a single step makes."""
    W = step.rule.tensors["w"] if isinstance(step.rule, Pointwise) and step.phase == "update" else ""
    if W and step.name in (f"{W}_new", f"{W}_stepped"):
        yield from _of_gradients(trace, step, W)
        yield from of_others(trace, step, W)
        yield from of_own_rule(trace, step, W)
    elif W and f"{step.name}_old" in step.tape:
        yield from of_slots(trace, step, W)


def _of_gradients(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield plain steps of a gradient that was changed before."""
    optimizer: Any = trace.record.network.optimizer
    rate = float(optimizer.learning_rate)

    def stepped(change: Callable[[Array], Array]) -> Maker:
        return lambda tape: tape[W] - rate * change(tape[f"d{W}"])

    yield Mistake("gradient's sign", step.name, stepped(np.sign), is_usual=False)
    sizes = (("its length", np.linalg.norm), ("its largest entry", lambda g: np.abs(g).max(initial=0.0)))
    for by, size in sizes:
        yield Mistake("gradient normalised", step.name, stepped(partial(_shortened, size)), {"by": by}, False)


def _shortened(size: Callable[[Array], Any], g: Array) -> Array:
    length = size(g)
    return g / length if length else g


def _of_clipping(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield the gradient as it was, and clipped in another way."""
    yield Mistake("not clipped", step.name, lambda tape: tape[f"d{W}"], {"name": f"d{W}"})
    optimizer: Any = trace.record.network.optimizer
    limit = float(optimizer.clipvalue or optimizer.clipnorm or optimizer.global_clipnorm)

    def to_length(size: Callable[[Array], Any], tape: Tape) -> Array:
        return limit * _shortened(size, tape[f"d{W}"])

    ways: dict[str, Maker] = {
        "its entries, at the limit": lambda tape: np.clip(tape[f"d{W}"], -limit, limit),
        "its length": partial(to_length, np.linalg.norm),
        "its largest entry": partial(to_length, lambda g: np.abs(g).max(initial=0.0)),
    }
    for how, make in ways.items():
        yield Mistake("clipped otherwise", step.name, make, {"how": how})


def _of_published(step: Step, rule: Pointwise, template: str) -> Iterator[Mistake]:
    """Yield the slips in the step as the paper writes it."""
    tree = expression(template)
    numbers = {name: number for name, (_, number) in rule.constants.items()}
    for slip in slips(tree, numbers) if tree is not None else ():
        symbols = {**rule.tensors, **{token: symbol for token, (symbol, _) in rule.constants.items()}}
        told = {name: shown(text, symbols) for name, text in slip.values.items()}
        told["formula"] = shown(template, symbols)
        yield Mistake(slip.key, step.name, _maker(step, rule, slip.tree), told)


def _published(trace: Trace) -> str:
    """Return the step as the paper writes it, where the optimizer's words differ; else nothing."""
    return getattr(trace.record.network.optimizer, "published", "")


def published_step(trace: Trace, W: str) -> Maker | None:
    """Return what makes a parameter's step as the paper writes it, where that differs from the words in force."""
    step = next((s for s in trace.steps if s.name == f"step_{W}"), None)
    published = _published(trace)
    if step is None or not published or not isinstance(step.rule, Pointwise):
        return None
    return _maker(step, with_numbers(trace, step.rule), expression(published))


def with_numbers(trace: Trace, rule: Pointwise) -> Pointwise:
    """Return a rule that also knows the numbers of the optimizer that its own words do not name."""
    optimizer: Any = trace.record.network.optimizer
    numbers = {**optimizer.numbers_by_name(), "step": float(optimizer.iterations)}
    known = {name: (name, float(number)) for name, number in numbers.items() if number is not None}
    return Pointwise(rule.template, rule.tensors, known | rule.constants, rule.rows)


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
            if number == 0.0:  # not a correction that is missing, but a term
                continue
            if key == "no correction" and "learning_rate" in taken:
                turned = numbers["learning_rate"] ** 2 / float(rate(*(numbers[n] for n in taken)))
                for scale in (1.0, 1.0 / (1.0 - numbers.get("beta_2", 0.0) ** numbers["step"]) ** 0.5):
                    epsilon = {"epsilon": numbers["epsilon"] * scale} if "epsilon" in rule.constants else {}
                    make = _maker(step, _with(rule, {token: turned, **epsilon}))
                    yield Mistake("correction turned", step.name, make, {}, False)
            for scale in (share,) if key == "epsilon of a mean" else (1.0, share):
                epsilon = {"epsilon": numbers["epsilon"] * scale} if "epsilon" in rule.constants else {}
                other = _with(rule, {token: number, **epsilon})
                yield Mistake(key, step.name, _maker(step, other), values)
                tree = expression(rule.template)
                for slip in slips(tree, {}) if tree is not None and key == "no correction" else ():
                    if token not in {part.name for part in slip.tree if part.is_name}:
                        continue  # what is left out is not wrong
                    both = f"{key}, {slip.key}"
                    told = {**values, **slip.values, "formula": step.formula}
                    yield Mistake(both, step.name, _maker(step, other, slip.tree), told, False)


def _of_shares(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield an accumulator with another share: the optimizer's other one, or one that is usual."""
    optimizer: Any = trace.record.network.optimizer
    if f"{step.name}_old" not in step.tape:
        return
    numbers = optimizer.numbers_by_name()
    names = [name for name in rule.constants if name in numbers and name not in ("learning_rate", "epsilon")]
    for name in names:
        own = float(numbers[name])
        for other in ("beta_1", "beta_2"):
            if other != name and numbers.get(other) not in (None, own):
                values = {"part": name, "other": other}
                make = _maker(step, _with(rule, {name: float(numbers[other])}))
                yield Mistake("other share", step.name, make, values, False)
        for share in USUAL_SHARES:
            if share not in (0.0, own) and 0 < own < 1:
                values = {"part": name, "number": f"{share:g}"}
                yield Mistake("another number", step.name, _maker(step, _with(rule, {name: share})), values, False)


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

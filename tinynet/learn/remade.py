"""An optimizer's step made again by its words: with other numbers, from fresh accumulators, by another optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import optimizers
from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.redoing import Mistake, Tape, computed, expression, redone
from tinynet.learn.rules import Pointwise
from tinynet.learn.steps import Step
from tinynet.optimizers.hyperparameters import Share

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: What learners take in place of a share and of ε.
USUAL_SHARES, _EPSILONS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999), (0.0, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
#: Decays that learners add where there is none.
_DECAYS = (1e-4, 1e-3, 0.01, 0.02, 0.1)
#: A step so late that no mean needs a correction.
_LATE = 20_000.0
#: Slots that hold the same thing under other names: sums or means of squares, and means of gradients.
_SAME = (("v", "s", "n"), ("m",), ("u",))


@dataclass(frozen=True)
class Way:
    """How a step is made: with these numbers in place of an optimizer's own, and from which gradient."""

    numbers: dict[str, float] = field(default_factory=dict)
    fresh: bool = False
    """Whether the accumulators are at their start."""
    clipped: bool = True
    coupled: bool = False
    """Whether the decay goes into the gradient."""
    published: bool = False
    """Whether the step is as the paper writes it, where that differs."""
    updated: bool = False
    """Whether the accumulators are those after this step."""
    decays_last: bool = False
    """Whether the weight decays after the step."""


def made(optimizer: Any, W: str, way: Way, tape: Tape, wanted: str = "w") -> Array | None:
    """Return what an optimizer makes of a parameter or of an accumulator, by its words and what is accumulated."""
    numbers = {**optimizer.numbers_by_name(), "step": float(optimizer.iterations), **way.numbers}
    try:
        rates = {n: float(rate(*(numbers[a] for a in arguments_of(rate)))) for n, rate in optimizer.rates.items()}
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    numbers = rates | numbers
    g = tape.get(f"clipped_d{W}", tape[f"d{W}"]) if way.clipped else tape[f"d{W}"]
    decay = float(numbers.get("weight_decay") or 0.0)
    kept = 1.0 - decay * numbers["learning_rate"]
    w = tape[W] if way.coupled or way.decays_last else tape[W] - tape[W] * decay * numbers["learning_rate"]
    g = g + decay * tape[W] if way.coupled else g
    arrays: dict[str, Array] = {"w": w, "g": g}
    for slot, name in zip(slots_of(optimizer), optimizer.slots, strict=False):
        start = optimizer.starts.get(name, 0.0)
        start = float(getattr(optimizer, start) if isinstance(start, str) else start)
        at_start = np.full_like(g, start)
        old = at_start if way.fresh else _old(tape, slot, W, way.updated, at_start)
        arrays[slot] = arrays[f"{slot}_old"] = old
    for told in optimizer.words:
        if way.updated and told.name != wanted and told.name in arrays:
            continue
        template = optimizer.published if way.published and told.name == "step" else told.template
        constants = {name: (name, number) for name, number in numbers.items() if name not in arrays}  # t is a step, too
        value = computed(
            expression(template), Pointwise(template, {token: token for token in arrays}, constants), arrays
        )
        if value is None:
            return None
        if told.name == wanted:
            return value * kept if way.decays_last else value
        arrays[told.name] = value
    return None


def _named_alike(slot: str) -> tuple[str, ...]:
    """Return what optimizers call a slot that holds the same."""
    return next((names for names in _SAME if slot in names), (slot,))


def _old(tape: Tape, slot: str, W: str, updated: bool, at_start: Array) -> Array:
    """Return what has been accumulated under an optimizer's name for it, or under another's."""
    for name in (slot, *_named_alike(slot)):
        if f"{name}_{W}_old" in tape:
            return tape[f"{name}_{W}" if updated else f"{name}_{W}_old"]
    return at_start


def slots_of(optimizer: Any) -> tuple[str, ...]:
    """Return what an optimizer's formula calls its slots."""
    return tuple(arguments_of(optimizer.formula)[2 : 2 + len(optimizer.slots)])


def of_own_rule(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield the step by the rule in force, with other numbers, fresh accumulators, or without what comes before."""
    used: Any = trace.record.network.optimizer
    if not used.compiles:
        return
    for key, values, way in _ways(used, trace, W):
        for published in (False, True) if used.published else (False,):
            so = replace(way, published=published)
            yield Mistake(key, step.name, partial(made, used, W, so), values, False)


def _ways(used: Any, trace: Trace, W: str) -> Iterator[tuple[str, dict[str, str], Way]]:
    """Yield the wrong ways: keys, what their sentences name, and the ways."""
    numbers = {name: float(value) for name, value in used.numbers_by_name().items() if value is not None}
    shares = [n for n in _numbers_that_decay(used) if n in numbers]
    if len(used.slots) > 1 and any(trace.tape.arrays[f"{slot}_{W}_old"].any() for slot in slots_of(used)):
        yield "fresh slots", {}, Way(fresh=True)
        yield "fresh slots", {}, Way({"step": 1.0}, fresh=True)
    if f"clipped_d{W}" in trace.tape.arrays:
        yield "not clipped", {"name": f"d{W}"}, Way(clipped=False)
    if used.weight_decay:
        yield "no decay", {}, Way({"weight_decay": 0.0})
        yield "coupled decay", {}, Way(coupled=True)
        without_rate = numbers["weight_decay"] / numbers["learning_rate"]
        yield "missing rate", {"part": "η", "formula": f"{W} - {W}·λ·η"}, Way({"weight_decay": without_rate})
        yield "other sign inside", {"part": "λ", "formula": "η·λ"}, Way({"weight_decay": -numbers["weight_decay"]})
        yield "decay twice", {}, Way({"weight_decay": 2.0 * numbers["weight_decay"]})
        yield "decay last", {}, Way(decays_last=True)
    elif used.slots:
        for decay in _DECAYS:
            yield "coupled decay besides", {"share": f"{decay:g}"}, Way({"weight_decay": decay}, coupled=True)
            yield "decay", {"share": f"{-decay * numbers['learning_rate']:g}", "name": W}, Way({"weight_decay": decay})
    rule = "the optimizer's rule"
    for size in (1, 2):
        for some in combinations(shares, size):
            swapped = {name: 1.0 - numbers[name] for name in some}
            yield "shares swapped", {"part": " and ".join(some), "formula": rule}, Way(swapped)
    for one, other in combinations(shares, 2):
        yield "shares exchanged", {"part": one, "other": other}, Way({one: numbers[other], other: numbers[one]})
    for name in [*shares, *(["epsilon"] if "epsilon" in numbers else [])]:
        for number in _EPSILONS if name == "epsilon" else USUAL_SHARES:
            if number != numbers[name]:
                yield "another number", {"part": name, "number": f"{number:g}"}, Way({name: number})


def of_others(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield what other optimizers make of the same gradient, from the same accumulators or new ones."""
    used: Any = trace.record.network.optimizer
    count = {"step": float(used.iterations)}
    for other in _others(used):
        ways = [("another optimizer", Way(count)), ("another optimizer", Way(count, updated=True))]
        if other.published:
            ways.append(("another optimizer", Way(count, published=True)))
        if any("step" in arguments_of(rate) for rate in other.rates.values()):
            ways.append(("another optimizer, no correction", Way({"step": _LATE})))
        for key, way in ways:
            yield Mistake(key, step.name, partial(made, other, W, way), {"other": _said(other)}, False)


def of_slots(trace: Trace, step: Step, W: str) -> Iterator[Mistake]:
    """Yield what other optimizers accumulate under the same name."""
    used: Any = trace.record.network.optimizer
    slot = step.name.removesuffix(f"_{W}")
    for other in _others(used):
        for letter in (letter for letter in slots_of(other) if letter in _named_alike(slot)):
            make = partial(made, other, W, Way({"step": float(used.iterations)}), wanted=letter)
            yield Mistake("another optimizer's slot", step.name, make, {"other": _said(other)}, False)


def of_correction(trace: Trace, step: Step) -> Iterator[Mistake]:
    """Yield a mean that was corrected for its start at 0 where it is kept."""
    used: Any = trace.record.network.optimizer
    for share in _numbers_that_decay(used):
        for count in {float(used.iterations), 1.0}:
            rest = 1.0 - float(getattr(used, share)) ** count
            if rest:
                corrected = partial(_corrected, step, rest)
                yield Mistake("corrected already", step.name, corrected, {"name": step.name}, False)


def _numbers_that_decay(used: Any) -> list[str]:
    numbers = used.numbers_by_name()
    return [n for n in numbers if isinstance(getattr(type(used), n, None), Share) and n != "ema_momentum"]


def _corrected(step: Step, rest: float, tape: Tape) -> Array | None:
    value = redone(step, tape)
    return None if value is None else value / rest


def _others(used: Any) -> list[Any]:
    """Return other optimizers of the same rate, as learners know them."""
    found = []
    for cls in optimizers.CLASSES.values():
        for options in ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"centered": True}):
            try:
                other = cls(learning_rate=float(used.learning_rate), **options)
            except TypeError:
                continue
            if options and not all(hasattr(other, name) for name in options):
                continue
            if type(other) is not type(used) or other.get_config() != used.get_config():
                found.append(other)
    return found


def _said(optimizer: Any) -> str:
    """Return an optimizer's name with what sets it apart from a plain one."""
    on = [name for name in ("momentum", "nesterov", "centered") if getattr(optimizer, name, 0)]
    return " with ".join([type(optimizer).__name__, " and ".join(on)]) if on else type(optimizer).__name__

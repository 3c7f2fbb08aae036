"""What rounding may do to each array of a trace: by how much a right answer may differ from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.redoing import Redoer, needs, redone
from tinynet.learn.rules import Pointwise, Product
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: Half the distance between neighbouring numbers around 1.
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
#: The smallest numbers with all their digits: what is smaller may become 0.
_TINY = {name: float(np.finfo(name).tiny) for name in UNIT}
#: How often the step is computed with other roundings, and by how much more a right answer may differ than these do.
_RUNS, _MARGIN = 4, 12.0


def noise(trace: Trace, dtype: str) -> dict[str, float]:
    """Return, for each step of a trace, by how much it may differ where it is computed in another order.

    The steps are computed several times with every number changed at random by as much as rounding may change it
    (Vignes, "A stochastic arithmetic for reliable scientific computation", 1993). So sums that nearly cancel, and
    divisors near 0, count as what they are. Of a new weight it is what rounding may do to its step: what it does to the
    weight itself, `Marker` adds.
    """
    unit, redoer, found, steps = UNIT[dtype], Redoer(trace), {}, dict[str, float]()
    rng = np.random.default_rng(0)

    def rounded(value: Any) -> Any:
        value = np.asarray(value)
        return value * (1.0 + unit * rng.uniform(-1, 1, value.shape)) if value.dtype.kind == "f" else value

    for step in redoer.steps:
        found[step.name] = 4 * unit * float(np.abs(step.value).max(initial=0.0)) + _TINY[dtype]
    for _ in range(_RUNS):
        tape = {name: array * (1.0 + unit * rng.uniform(-1, 1, array.shape)) for name, array in redoer.tape.items()}
        for name in ("y", "t"):
            tape |= {name: redoer.tape[name]} if name in redoer.tape else {}
        for step in redoer.steps:
            W = moved_by(step)
            if W is not None:
                still = {W: np.zeros_like(tape[W])}
                moved, right = redone(step, {**tape, **still}, rounded=rounded), redone(step, {**redoer.tape, **still})
                if moved is not None and right is not None:
                    apart = _MARGIN * float(np.abs(moved - right).max(initial=0.0))
                    least = 4 * unit * float(np.abs(right).max(initial=0.0)) + _TINY[dtype]
                    steps[step.name] = max(steps.get(step.name, least), apart if np.isfinite(apart) else np.inf)
            value = redone(step, tape, rounded=rounded) if set(needs(step)) <= tape.keys() else None
            if value is None or value.shape != step.value.shape:
                continue
            size = np.abs(value)
            if isinstance(step.rule, Product):
                size = np.asarray(redone_sizes(step.rule, tape))
            tape[step.name] = value + (unit * 2 * size + _TINY[dtype] * (value != 0)) * rng.uniform(-1, 1, value.shape)
            exact = redone(step, redoer.tape)
            if exact is not None:
                apart = float(np.abs(tape[step.name] - exact).max(initial=0.0))
                found[step.name] = max(found[step.name], _MARGIN * apart if np.isfinite(apart) else np.inf)
    return found | steps


def moved_by(step: Step) -> str | None:
    """Return the name of the old weight, if a step makes its new value by a known rule."""
    is_new = step.phase == "update" and step.name.endswith(("_new", "_stepped"))
    return step.rule.tensors.get("w") if is_new and isinstance(step.rule, Pointwise) else None


def with_rounded_numbers(trace: Trace) -> Iterator[dict[str, Array]]:
    """Yield the arrays of the update as they are with the optimizer's numbers in float32.

    There 1 - 0.999 is off in the fifth digit. First the numbers that the formulas name are such ones, then those that
    are computed from others (Adam's α) as well.
    """
    optimizer: Any = trace.record.network.optimizer
    own = {**optimizer.numbers_by_name(), "step": float(optimizer.iterations)} if optimizer.compiles else {}
    own = {name: float(np.float32(number)) for name, number in own.items()}
    rates = {
        name: rate
        for name, rate in getattr(optimizer, "rates", {}).items()
        if own and {"step"} < set(arguments_of(rate)) <= own.keys()
    }
    computed = {name: float(rate(*(own[n] for n in arguments_of(rate)))) for name, rate in rates.items()}
    for numbers in ({}, computed) if computed else ({},):
        redoer, found = Redoer(trace), {}
        for step in redoer.steps:
            rule = step.rule
            if step.phase != "update" or not isinstance(rule, Pointwise):
                continue
            rounded = {
                token: (symbol, numbers.get(token, number if token in rates else float(np.float32(number))))
                for token, (symbol, number) in rule.constants.items()
            }
            value = redone(replace(step, rule=replace(rule, constants=rounded)), redoer.tape)
            if value is not None and value.shape == step.value.shape:
                found[step.name] = redoer.tape[step.name] = value
        yield found


def redone_sizes(rule: Product, tape: dict[str, Array]) -> Array:
    """Return the sums of the sizes of a product's terms, by which rounding goes."""
    left, right = np.abs(tape[rule.left]), np.abs(tape[rule.right])
    return np.asarray((left if rule.left_over == 1 else left.T) @ (right if rule.right_over == 0 else right.T))


def units(given: Array) -> list[Array]:
    """Return what the last digits of an answer's entries count, if they are few: of decimals, or of significant digits.

    Examples
    --------
    >>> [found.tolist() for found in units(np.array([0.12, 3.5]))]
    [[0.01, 0.01], [0.01, 0.1]]
    >>> units(np.array([1 / 3]))
    []
    """
    found, sizes = [], np.where(given == 0, 1.0, np.abs(given))
    last = 10.0 ** (np.floor(np.log10(sizes)) + 1)  # of a number's first digit, times 10
    for unit in (np.full_like(given, 10.0**-decimals) for decimals in range(8)):
        if _is_rounded(given, unit):
            found.append(unit)
            break
    for unit in (last / 10.0**significant for significant in range(2, 7)):
        if _is_rounded(given, unit):
            found.append(unit)
            break
    return found


def _is_rounded(given: Array, unit: Array) -> bool:
    return bool(np.allclose(given / unit, np.round(given / unit), rtol=1e-9, atol=1e-6))

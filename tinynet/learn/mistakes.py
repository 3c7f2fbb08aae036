"""The usual mistakes in backprop, made on purpose: where each is made, and what it puts in an array's place.

A mistake is made at a step of the trace, or in the data that it starts from. What it makes of a later step,
`tinynet.learn.redoing` computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tinynet._types import Array
from tinynet.learn.loss_mistakes import of_loss, of_mean, of_penalty, of_row_sum
from tinynet.learn.loss_rules import Mean, RowSum, Total
from tinynet.learn.part_mistakes import (
    decided,
    of_activation,
    of_another_slope,
    of_diagonal,
    of_no_slope,
    of_slope,
)
from tinynet.learn.redoing import Mistake, Tape, by_slip, expression, redone, shown, with_array
from tinynet.learn.relatives import alike, output_of, sum_of
from tinynet.learn.rules import ColumnSum, Pointwise, Product, Rowwise
from tinynet.learn.slips import RARE, slips
from tinynet.learn.steps import Step
from tinynet.learn.update_mistakes import of_update

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: What one row, by its number, adds to a sum over the batch.
OfRow = Callable[[Tape, int], Array]
#: Outer products of a whole batch are made up to this size; so many rows are left out, one at a time.
_LARGEST, _ROWS = 2_000_000, 32


def mistakes_in(trace: Trace, step: Step) -> Iterator[Mistake]:
    """Yield what may go wrong in a step, the most usual first."""
    rule = step.rule
    if isinstance(rule, Product):
        yield from {"n": _of_kernel, "j": _of_input, "i": _of_sum}[rule.letter](trace, step, rule)
    elif isinstance(rule, ColumnSum):
        yield from _of_bias(trace, step, rule)
    elif isinstance(rule, Pointwise) and "data" in rule.tensors:
        data = rule.tensors["data"]
        yield Mistake("missing penalty", step.name, lambda tape: tape[data], {"name": data})
        yield from of_penalty(step, rule)
    elif isinstance(rule, Mean):
        yield from of_mean(trace, step, rule)
    elif isinstance(rule, RowSum):
        yield from of_row_sum(step, rule)
    term = rule.term if isinstance(rule, (RowSum, Total)) else rule
    if not isinstance(term, Pointwise):
        return
    if "da" in term.tensors:
        yield from of_slope(trace, step, term)
    elif {"y", "p"} <= term.tensors.keys():
        yield from of_loss(trace, step, term)
    elif step.phase == "update":
        yield from of_update(trace, step, term)
    others = list(of_another_slope(trace, step, term)) if "da" in term.tensors else []
    if isinstance(term, Rowwise) and others:  # where a Jacobian belongs, its diagonal is the usual mistake
        yield from of_diagonal(trace, step, term)
    is_activation = step.phase == "forward" or ("z" in term.tensors and "y" not in term.tensors)
    if step.phase == "forward" and "z" in term.tensors:
        z = term.tensors["z"]
        yield Mistake("another", step.name, lambda tape: tape[z], {"name": z}, False)
    yield from _of_formula(step, term)
    yield from others
    if f"{step.name}_old" in step.tape:
        yield Mistake("fresh slots", step.name, partial(_from_start, step, f"{step.name}_old"), {}, False)
    if "da" in term.tensors:
        yield from of_no_slope(trace, step, term)
    if is_activation and step.phase in ("forward", "loss"):
        yield from of_activation(trace, step, term)


def mistakes_in_data(trace: Trace) -> Iterator[Mistake]:
    """Yield what may go wrong with targets and predictions before the way back."""
    y = "t" if "t" in trace.tape.arrays else "y"
    targets = trace.tape.arrays[y]
    p = next((s.name for s in reversed(trace.steps) if s.phase == "forward"), None)
    p = "p" if "p" in trace.tape.arrays else p  # of a loss that makes probabilities itself
    yield Mistake("targets forgotten", y, lambda tape: np.zeros_like(tape[y]), {"p": p or "the output"})
    yield Mistake("targets turned", y, lambda tape: 1.0 - tape[y])
    if p is not None and trace.tape.arrays[p].ndim == 2:
        yield Mistake("decided", p, lambda tape: decided(tape[p]), {"p": p})
    for axis, what in ((0, "rows"), (1, "columns")):
        if targets.ndim > axis and targets.shape[axis] > 1:
            for turned in _turns(axis):
                yield Mistake("targets in another order", y, partial(_changed, y, turned), {"what": what})


def _turns(axis: int) -> tuple[Callable[[Array], Array], ...]:
    """Return what brings the rows or columns into another order, as a slip does."""
    return partial(np.flip, axis=axis), *(partial(np.roll, shift=shift, axis=axis) for shift in (1, -1))


def _of_turned(x: str, dz: str, turned: Callable[[Array], Array], tape: Tape) -> Array:
    return turned(tape[x]).T @ tape[dz]


def _of_sums(x: str, dz: str, how: str, tape: Tape) -> Array:
    return np.outer(getattr(tape[x], how)(axis=0), getattr(tape[dz], how)(axis=0))


def _changed(name: str, by: Callable[[Array], Array], tape: Tape) -> Array:
    return by(tape[name])


# ---- products and sums ----------------------------------------------------------------------------------------------


def _of_kernel(trace: Trace, step: Step, rule: Product) -> Iterator[Mistake]:
    """Yield mistakes in a kernel's gradient, xᵀ·dz."""
    x, dz = rule.left, rule.right
    rows = len(trace.tape.arrays[x])
    if rows > 1:
        if trace.tape.arrays[x].size * trace.tape.arrays[dz].shape[1] <= _LARGEST:
            yield Mistake(
                "not summed", step.name, lambda tape: tape[x][:, :, None] * tape[dz][:, None, :], {"name": x}, False
            )
        yield from _of_rows(step, rows, lambda tape, n: np.outer(tape[x][n], tape[dz][n]))
        for how in ("sum", "mean"):
            yield Mistake("sums multiplied", step.name, partial(_of_sums, x, dz, how), {"wrong": x, "right": dz}, False)
        for turned in _turns(0):
            at = partial(_of_turned, x, dz, turned)
            yield Mistake("rows apart", step.name, at, {"wrong": x, "right": dz}, False)
    for wrong in alike(trace, x, (sum_of(trace, x), "x")):
        yield Mistake("in place of", step.name, with_array(step, x, wrong), {"wrong": wrong, "right": x})
    a = output_of(trace, dz)
    if a is not None:
        yield Mistake("output for input", step.name, lambda tape: tape[a].T @ tape[dz], {"wrong": a, "right": x})
    yield from _of_arriving(trace, step, dz)


def _of_bias(trace: Trace, step: Step, rule: ColumnSum) -> Iterator[Mistake]:
    """Yield mistakes in a bias's gradient, the sum over the rows."""
    dz, rows = rule.of, len(trace.tape.arrays[rule.of])
    yield Mistake("bias not summed", step.name, lambda tape: tape[dz], is_usual=False)
    yield Mistake("wrong axis", step.name, lambda tape: tape[dz].sum(axis=1), is_usual=False)
    if rows > 1:
        yield Mistake("largest alone", step.name, lambda tape: tape[dz].max(axis=0), is_usual=False)
        yield from _of_rows(step, rows, lambda tape, n: tape[dz][n])
    yield from _of_arriving(trace, step, dz)


def _of_rows(step: Step, rows: int, of_row: OfRow) -> Iterator[Mistake]:
    """Yield what a sum over the batch is with one row alone, and without one."""
    for n, which in ((0, "first"), (-1, "last")):
        yield Mistake("one row", step.name, partial(_one_row, of_row, n), {"which": which})
    for n in range(1, min(rows, _ROWS) - 1):
        yield Mistake("row alone", step.name, partial(_one_row, of_row, n), {"row": str(n)}, False)
        for begin, end in ((0, n + 1), (n, rows)) if rows > 2 else ():
            for share in (1.0, rows / (end - begin)):
                some = partial(_some_rows, of_row, begin, end, share)
                yield Mistake("some rows", step.name, some, {"begin": str(begin), "end": str(end - 1)}, False)
    for n in range(min(rows, _ROWS)):
        for share in (1.0, rows / (rows - 1)):
            yield Mistake("row missing", step.name, partial(_without, step, of_row, n, share), {"row": str(n)}, False)


def _one_row(of_row: OfRow, n: int, tape: Tape) -> Array:
    return of_row(tape, n)


def _some_rows(of_row: OfRow, begin: int, end: int, share: float, tape: Tape) -> Array:
    return np.asarray(share * sum(of_row(tape, n) for n in range(begin, end)))


def _without(step: Step, of_row: OfRow, n: int, share: float, tape: Tape) -> Array | None:
    whole = redone(step, tape)
    return None if whole is None else (whole - of_row(tape, n)) * share


def _of_input(trace: Trace, step: Step, rule: Product) -> Iterator[Mistake]:
    """Yield mistakes in the gradient that a layer hands on, dz·Wᵀ."""
    dz, W = rule.left, rule.right
    shape = trace.tape.arrays[W].shape
    if shape[0] == shape[1]:
        yield Mistake("kernel not transposed", step.name, lambda tape: tape[dz] @ tape[W], {"name": W})
    if f"{W}_new" in trace.tape.arrays:
        yield Mistake("updated weights", step.name, with_array(step, W, f"{W}_new"), {"name": W})
    yield from _of_arriving(trace, step, dz)


def _of_sum(trace: Trace, step: Step, rule: Product) -> Iterator[Mistake]:
    """Yield mistakes in a layer's weighted sums, x·W + b."""
    x, W, b = rule.left, rule.right, rule.bias
    if b:
        yield Mistake("bias missing", step.name, lambda tape: tape[x] @ tape[W])
        for times, key in ((-1.0, "bias subtracted"), (2.0, "bias twice")):
            yield Mistake(key, step.name, partial(_with_bias, x, W, b, times), {"name": b}, False)
    shape, arrays = trace.tape.arrays[W].shape, trace.tape.arrays
    for used in (f"{b}_new", b) if f"{W}_new" in arrays else ():
        if not used or used in arrays:
            new = partial(_with_new, x, f"{W}_new", used)
            yield Mistake("new weights forward", step.name, new, {"name": W}, False)
    yield Mistake(
        "mean for sum",
        step.name,
        lambda tape: _mean_of(tape, x, W, b),
        {"part": f"{x}·{W}", "formula": step.formula},
        False,
    )
    if shape[0] == shape[1]:
        yield Mistake("transposed", step.name, lambda tape: tape[x] @ tape[W].T + (tape[b] if b else 0.0))
    for wrong in alike(trace, x, (sum_of(trace, x), "x")):
        yield Mistake("in place of", step.name, with_array(step, x, wrong), {"wrong": wrong, "right": x})


def _with_bias(x: str, W: str, b: str, times: float, tape: Tape) -> Array:
    return tape[x] @ tape[W] + times * tape[b]


def _with_new(x: str, W: str, b: str | None, tape: Tape) -> Array:
    return np.asarray(tape[x] @ tape[W] + (tape[b] if b else 0.0))


def _mean_of(tape: Tape, x: str, W: str, b: str | None) -> Array:
    return np.asarray(tape[x] @ tape[W] / tape[x].shape[1] + (tape[b] if b else 0.0))


def _of_arriving(trace: Trace, step: Step, dz: str) -> Iterator[Mistake]:
    """Yield what becomes of a step if the gradient of a later layer goes in."""
    place = next((s.place for s in trace.steps if s.name == dz), 0)
    later = [s.name for s in trace.steps if s.phase == "backward" and s.place < place and not s.aside]
    for wrong in alike(trace, dz, (name for name in later if name.startswith("dz"))):
        values = {"wrong": wrong, "right": dz}
        yield Mistake("gradient of another", step.name, with_array(step, dz, wrong), values, False)


def _from_start(step: Step, old: str, tape: Tape) -> Array | None:
    return redone(step, {**tape, old: np.zeros_like(tape[old])})


# ---- formulas -------------------------------------------------------------------------------------------------------


def _of_formula(step: Step, term: Pointwise) -> Iterator[Mistake]:
    """Yield the slips in a step's formula."""
    tree = expression(term.template)
    if tree is None:
        return
    symbols = {**term.tensors, **{token: symbol for token, (symbol, _) in term.constants.items()}}
    for slip in slips(tree, {token: number for token, (_, number) in term.constants.items()}):
        values = {"formula": step.formula, **{n: shown(text, symbols) for n, text in slip.values.items()}}
        key = "not summed inside" if slip.key == "not summed" else slip.key
        yield Mistake(key, step.name, by_slip(step, slip.tree), values, slip.key not in RARE)

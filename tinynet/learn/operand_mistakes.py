"""Another array where one belongs, or the right one changed before it goes in: looked for when nothing simpler fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tinynet._types import Array
from tinynet.learn.loss_rules import RowSum, Total
from tinynet.learn.redoing import Mistake, Tape, redone, with_array
from tinynet.learn.rules import ColumnSum, Pointwise, Product
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: What is done to an array that should go in as it is: the mistake's key, how it is written, what it does.
_CHANGED: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("sizes inside", "|{u}|", np.abs),
    ("square inside", "{u}²", np.square),
    ("whether inside", "[{u} > 0]", lambda u: (u > 0) * 1.0),
    ("sign inside", "sign({u})", np.sign),
    ("rest inside", "1 - {u}", lambda u: 1.0 - u),
    ("minus inside", "-{u}", np.negative),
)


def of_operands(trace: Trace, step: Step) -> Iterator[Mistake]:
    """Yield what becomes of a step if one of its arrays is another of the same shape, or changed before."""
    arrays = trace.tape.arrays
    if isinstance(step.rule, Product):
        yield from _of_orders(step, step.rule)
    for right in operands(step):
        shape = arrays[right].shape
        for wrong, array in arrays.items():
            values = {"wrong": wrong, "right": right}
            spreads = step.phase == "update" and array.ndim == 1 and array.shape == shape[1:]
            if wrong not in (right, step.name) and (array.shape == shape or spreads):
                yield Mistake("in place of", step.name, with_array(step, right, wrong), values, False)
            elif array.ndim and array.size == shape[0] and len(shape) == 2:  # a column: labels that are not one-hot
                yield Mistake("in place of", step.name, partial(_with_column, step, right, wrong), values, False)
        is_of_loss = step.phase == "backward" and right in _predictions(step)  # 1 - p there is 1 - y and the sign
        for key, text, change in _CHANGED[: -2 if is_of_loss else None]:
            values = {"wrong": text.replace("{u}", right), "right": right}
            yield Mistake(key, step.name, partial(_with_changed, step, right, change), values, False)


def of_whole(step: Step) -> Iterator[Mistake]:
    """Yield a gradient whose signs or sizes were lost before it went on."""
    changes = (("absolute", np.abs), ("squared", np.square), ("signs alone", np.sign))
    for key, change in changes if step.phase == "backward" else ():
        yield Mistake(key, step.name, partial(_changed, step, change), {}, False)


def _predictions(step: Step) -> tuple[str, ...]:
    rule = step.rule
    return (rule.tensors["p"],) if isinstance(rule, Pointwise) and {"y", "p"} <= rule.tensors.keys() else ()


def operands(step: Step) -> list[str]:
    """Return the names of the arrays that a step's formula names."""
    rule = step.rule
    if isinstance(rule, Product):
        return [rule.left, rule.right]
    if isinstance(rule, ColumnSum):
        return [rule.of]
    term = rule.term if isinstance(rule, (RowSum, Total)) else rule
    if not isinstance(term, Pointwise):
        return []
    return list(dict.fromkeys(name for token, name in term.tensors.items() if f"{{{token}}}" in term.template))


def _of_orders(step: Step, rule: Product) -> Iterator[Mistake]:
    """Yield the product with its factors transposed otherwise, or in the other order."""
    for first, second in ((rule.left, rule.right), (rule.right, rule.left)):
        for turn_first, turn_second in product((False, True), repeat=2):
            how = f"{first}{'ᵀ' if turn_first else ''}·{second}{'ᵀ' if turn_second else ''}"
            make = partial(_multiplied, (first, turn_first), (second, turn_second), rule.bias)
            yield Mistake("product otherwise", step.name, make, {"wrong": how, "formula": step.formula}, False)


def _multiplied(first: tuple[str, bool], second: tuple[str, bool], bias: str | None, tape: Tape) -> Array | None:
    left, right = (tape[name].T if turned else tape[name] for name, turned in (first, second))
    if left.shape[1] != right.shape[0]:
        return None
    whole = left @ right
    if bias is None:
        return np.asarray(whole)
    return np.asarray(whole + tape[bias]) if tape[bias].shape == whole.shape[1:] else None


def _with_column(step: Step, right: str, wrong: str, tape: Tape) -> Array | None:
    return redone(step, {**tape, right: tape[wrong].reshape(-1, 1)})


def _with_changed(step: Step, right: str, change: Callable[[Array], Array], tape: Tape) -> Array | None:
    return redone(step, {**tape, right: change(tape[right])})


def _changed(step: Step, change: Callable[[Array], Array], tape: Tape) -> Array | None:
    value = redone(step, tape)
    return None if value is None else change(value)

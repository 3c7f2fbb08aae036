"""The usual mistakes in a loss and in the gradient that backprop starts from: another loss, its mean, its targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tinynet import losses, regularizers
from tinynet._types import Array
from tinynet.learn.expressions import Tree, leaf
from tinynet.learn.loss_rules import Mean, RowSum, Total
from tinynet.learn.notation import bracketed
from tinynet.learn.part_mistakes import diagonals
from tinynet.learn.redoing import Maker, Mistake, Tape, by_formula, computed, expression, redone, with_array
from tinynet.learn.relatives import alike, sum_of
from tinynet.learn.rules import Pointwise
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: The slope of a cross-entropy as books have it, for probabilities that sum to 1.
_IN_BOOKS = "-{y}/{p}"


def of_loss(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield mistakes in a loss and in the gradient that backprop starts from."""
    y, p = rule.tensors["y"], rule.tensors["p"]
    shares: list[str] = [
        n for n in ("K", "N") if n in rule.constants and f"{{{n}}}" in rule.template and step.phase != "loss"
    ]
    plain = Pointwise(
        "", {"y": y, "p": p}, {"K": ("K", float(step.value.shape[-1] if step.value.ndim else 1)), **rule.constants}
    )
    z = sum_of(trace, p)
    cancels = step.phase == "backward" and z is not None and step.name == f"d{z}" != f"d{p}"
    if cancels:  # the gradient of the sums at once: p - y
        yield from _of_short_way(trace, step, p, plain, shares)
    for wrong in alike(trace, p, (z,)):
        yield Mistake("in place of", step.name, with_array(step, p, wrong), {"wrong": wrong, "right": p})
    if step.phase == "loss":
        yield Mistake("targets turned", step.name, lambda tape: redone(step, {**tape, y: 1.0 - tape[y]}), {}, False)
    for name, tree in _slopes(step, shares):
        yield Mistake("another loss", step.name, _by_rows(step, tree, plain), {"other": name}, False)
        for through in (_elementwise, _whole_rows) if cancels else ():
            make = partial(_through, through, p, _by_rows(step, tree, plain))
            yield Mistake("another loss", step.name, make, {"other": name}, False)


def _slopes(step: Step, shares: list[str]) -> Iterator[tuple[str, Tree]]:
    """Yield the losses' names with their formulas: of their values in the loss itself, else of their slopes."""
    for name, cls in losses.CLASSES.items():
        tree = expression(bracketed(cls.words.forward if step.phase == "loss" else cls.words.backward))
        if tree is not None and {part.name for part in tree if part.is_name} <= {"y", "p"}:
            for by in (shares, ["K", *shares]) if shares and "K" not in shares else (shares,):
                yield name, _shared(tree, by)


def _shared(tree: Tree, shares: list[str]) -> Tree:
    for share in shares:
        tree = Tree("/", (tree, leaf(f"{{{share}}}")))
    return tree


def _of_short_way(trace: Trace, step: Step, p: str, plain: Pointwise, shares: list[str]) -> Iterator[Mistake]:
    """Yield p - y with the slope that it has cancelled, and the long way without it or with its diagonal alone."""
    values = {"activation": trace.step(p).formula.partition("(")[0], "name": f"d{p}"}
    slopes: list[Maker] = [lambda tape: tape.get(f"d{p}")]
    of_p = trace.tape.arrays[p]
    if of_p.ndim == 2 and of_p.shape[1] > 1:
        slopes.append(_by_rows(step, _shared(expression(_IN_BOOKS) or leaf("0"), shares), plain))
    else:
        slopes.append(_by_rows(step, _shared(_of_two(), shares), plain))
        for part, other in (("(1 - {y})/(1 - {p})", "-{y}/{p}"), ("{y}/{p}", "(1 - {y})/(1 - {p})")):
            make = _by_rows(step, _shared(expression(other) or leaf("0"), shares), plain)
            told = {**values, "part": part.format_map(plain.tensors), "formula": f"d{p}"}
            yield Mistake("missing slope, missing term", step.name, make, told, False)
    for slope in slopes:
        yield Mistake("missing slope", step.name, slope, values)
    yield Mistake("slope again", step.name, partial(_through, _elementwise, p, partial(redone, step)))
    if of_p.ndim == 2 and of_p.shape[1] > 1:
        yield Mistake("slope again", step.name, partial(_through, _whole_rows, p, partial(redone, step)), {}, False)
        for slope in slopes:
            for other, _ in diagonals():
                make = partial(_through, _elementwise, p, slope)
                yield Mistake("elementwise", step.name, make, {**values, "other": other})


def _of_two() -> Tree:
    """Return the slope of a binary cross-entropy."""
    return expression("((1 - {y})/(1 - {p}) - {y}/{p})") or leaf("0")


def _elementwise(p: Array, g: Array) -> Array:
    return g * p * (1.0 - p)


def _whole_rows(p: Array, g: Array) -> Array:
    return np.asarray(p * (g - (g * p).sum(axis=-1, keepdims=True)))


def _through(way: Callable[[Array, Array], Array], p: str, make: Maker, tape: Tape) -> Array | None:
    gradient = make(tape)
    return None if gradient is None or gradient.shape != tape[p].shape else way(tape[p], gradient)


def _by_rows(step: Step, tree: Tree, rule: Pointwise) -> Maker:
    """Return what makes a loss's terms or, where the step has one number for each row, their means."""

    def make(tape: Tape) -> Array | None:
        value = computed(tree, rule, tape)
        return value.mean(axis=1) if value is not None and step.value.ndim == 1 and value.ndim == 2 else value

    return make


# ---- sums and means -------------------------------------------------------------------------------------------------


def of_row_sum(step: Step, rule: RowSum) -> Iterator[Mistake]:
    """Yield a row's loss that is not summed, summed over the batch, or summed before its formula is applied."""
    tree = expression(rule.term.template)

    def terms(tape: Tape) -> Array | None:
        return computed(tree, rule.term, tape)

    def across(how: str, tape: Tape) -> Array | None:
        value = terms(tape)
        return None if value is None else np.asarray(getattr(value, how)(axis=0))

    values = {"part": rule.term.formula(), "formula": step.formula}
    yield Mistake("not summed inside", step.name, terms, values, False)
    for how in ("mean", "sum"):
        yield Mistake("wrong axis", step.name, partial(across, how), {}, False)
    yield Mistake("all in one", step.name, lambda tape: _total(terms(tape)), {"formula": step.formula}, False)
    if tree is not None and tree.inside and (tree.what == "^" or len(tree.inside) == 1) and tree.what != "neg":

        def early(tape: Tape) -> Array | None:
            inner = computed(tree.inside[0], rule.term, tape)
            if inner is None or inner.ndim != 2:
                return None
            inner = inner.mean(axis=1) if rule.mean else inner.sum(axis=1)
            return np.asarray(tree._of([inner, *(part.value({}) for part in tree.inside[1:])]))

        yield Mistake("summed too early", step.name, early, {"formula": step.formula}, False)


def _total(terms: Array | None) -> Array | None:
    return None if terms is None else np.asarray(terms.sum())


def of_mean(trace: Trace, step: Step, rule: Mean) -> Iterator[Mistake]:
    """Yield mistakes in the batch's loss: one row's alone, without weights or penalties, by another divisor."""
    of, penalties = rule.of, rule.penalties
    rows = trace.tape.arrays[of].size

    def whole(reduced: Maker, tape: Tape) -> Array | None:
        number = reduced(tape)
        return None if number is None else np.asarray(number + sum(float(tape[name]) for name in penalties))

    for name, array in trace.tape.arrays.items() if penalties else ():
        besides = partial(_with_another, step, trace.step(penalties[0]), name)
        if f"{name}_new" in trace.tape.arrays and f"penalty_{name}" not in penalties and array.ndim:
            yield Mistake("penalty besides", step.name, besides, {"name": name}, False)
    if penalties:
        yield Mistake(
            "penalty left out", step.name, partial(_without, step, penalties), {"names": " + ".join(penalties)}
        )
        for share, how in ((0.5, "½"), (2.0, "2"), (1.0 / rows, "1/N")):
            changed = partial(_with_share, step, penalties, share)
            told = {"factor": how, "names": " + ".join(penalties)}
            yield Mistake("share of a penalty", step.name, changed, told, False)
    if rows > 1:
        yield Mistake("bias not summed", step.name, lambda tape: tape[of], {}, False)
        for which, n in (("first", 0), ("last", -1)):
            yield Mistake("one row", step.name, partial(whole, partial(_row, of, n)), {"which": which}, False)
        yield Mistake("largest row", step.name, partial(whole, lambda tape: tape[of].max()), {}, False)
        yield Mistake("median", step.name, partial(whole, lambda tape: np.median(tape[of])), {}, False)
    if rule.weights:
        w = rule.weights
        yield Mistake("weights left out", step.name, partial(whole, lambda tape: tape[of].mean()), {"w": w}, False)
        yield Mistake(
            "weights left out", step.name, partial(whole, lambda tape: tape[of].sum() / tape[w].sum()), {"w": w}
        )
        by_weights = partial(whole, lambda tape: (tape[of] * tape[w]).sum() / tape[w].sum())
        yield Mistake("divided by weights", step.name, by_weights, {"w": w}, False)


def _with_another(step: Step, penalty: Step, name: str, tape: Tape) -> Array | None:
    """Return the batch's loss with the penalty of another parameter as well."""
    if not isinstance(penalty.rule, Total):
        return None
    own = next(iter(penalty.rule.term.tensors.values()))
    more, value = redone(penalty, {**tape, own: tape[name]}), redone(step, tape)
    return None if more is None or value is None else np.asarray(value + more)


def of_penalty(step: Step, rule: Pointwise) -> Iterator[Mistake]:
    """Yield a gradient to which another penalty's slope was added, or a penalty in place of its slope."""
    token = next((token for token in rule.tensors if token != "data"), "w")
    for cls in regularizers.CLASSES.values():
        for way in (cls.words.backward, cls.words.forward):
            tree = expression(bracketed(way))
            names = set() if tree is None else {part.name for part in tree if part.is_name} - {"w", token}
            if tree is None or len(names) != 1 or not rule.constants:
                continue
            (number,), (strength,) = names, [n for n in rule.constants if n != "N"][:1]
            renamed = tree.renamed({"w": leaf(f"{{{token}}}"), number: leaf(f"{{{strength}}}")})
            make = by_formula(Tree("+", (leaf("{data}"), renamed)), rule)
            yield Mistake("another penalty", step.name, make, {"other": cls.__name__}, False)


def _row(of: str, n: int, tape: Tape) -> Array:
    return np.asarray(tape[of][n])


def _without(step: Step, penalties: tuple[str, ...], tape: Tape) -> Array | None:
    return _with_share(step, penalties, 0.0, tape)


def _with_share(step: Step, penalties: tuple[str, ...], share: float, tape: Tape) -> Array | None:
    value = redone(step, tape)
    return None if value is None else np.asarray(value + (share - 1.0) * sum(float(tape[name]) for name in penalties))

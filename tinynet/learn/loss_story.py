"""The story of the loss: its value row by row, and the gradient that backprop starts from, both ways."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from tinynet import activations
from tinynet._types import Array
from tinynet.kernels import maps
from tinynet.kernels.machine.jit import arguments_of
from tinynet.kernels.reductions import SUM, WEIGHTED_MEAN, share_of_row
from tinynet.learn import penalty_story
from tinynet.learn.languages import of_part, said
from tinynet.learn.loss_rules import Jacobian, Mean, RowSum
from tinynet.learn.notation import Rule, bracketed, constants_of
from tinynet.learn.recorder import Record
from tinynet.learn.rules import Opaque, Pointwise, Rowwise, slope_rule, written
from tinynet.learn.steps import Tape
from tinynet.losses import Loss
from tinynet.losses.crossentropy import Crossentropy
from tinynet.parts import numbers_for

#: Classes for which the Jacobian is still worth showing whole.
LARGEST_JACOBIAN = 12


def tell(tape: Tape, names: Any, record: Record) -> str:
    """Tell the loss and its gradient; returns the name of the gradient, of the outputs or of the logits."""
    loss, out = record.network.loss, names.output
    assert loss is not None
    targets = _targets(tape, loss) if loss.compiles else "y"
    logits = names.sums[-1] if record.fused else out
    if loss.compiles and loss.from_logits and loss.fuses and not record.fused:
        activation = activations.get(loss.fuses)
        p = activation(np.ascontiguousarray(record.outputs))
        template, tensors = activation.words.forward, {"z": logits}
        told = written(template, tensors, constants_of(activation, template, tensors))
        out = tape.add("loss", loss.name, "p", p, told, f"{loss.fuses}({logits})", why=said("from logits"))
    _value(tape, record, loss, out, targets)
    penalties = penalty_story.tell(tape, record, names)
    _mean(tape, record, loss, penalties)
    start = f"d{logits}" if record.fused else names.arriving(len(record.layers) - 1)
    if not loss.compiles:
        call, divisor = f"{loss.name}.backward(y, {out})", _divisor(record, loss)
        rule: Rule = Opaque(call, ("y", out))
        why = said(f"own loss divided by {_WHAT[divisor[0]]}" if divisor else "own part", of=type(loss).__name__)
        formula = f"{call}/{divisor[0]}" if divisor else call
        tape.add("backward", loss.name, start, record.output_gradient, rule, formula, why=why)
        return start
    fused = out != logits
    if record.fused:
        _long_way(tape, names, record, loss, out, targets, start)
    term = _gradient(tape, record, loss, out, targets, fused)
    why = _why(loss, fused)
    if f"{start}_long" in tape.arrays:
        why += " " + _compared(tape.arrays[f"{start}_long"], record.output_gradient)
    formula = term.formula() if isinstance(term, Pointwise) else f"∂L/∂{logits}"
    tape.add("backward", loss.name, start, record.output_gradient, term, formula, why=why)
    return start


def _targets(tape: Tape, loss: Loss) -> str:
    """Return the name of the targets as the formulas take them: one-hot, smoothed."""
    y, columns = tape.arrays["y"], tape.steps[-1].value.shape[-1]
    if maps.kinds_of(loss.formulas[0])[0] == "Label":
        value = np.zeros((len(y), columns), y.dtype)
        value[np.arange(len(y)), y.reshape(-1).astype(np.int64)] = 1
        why = said("one-hot")
        return tape.add("loss", loss.name, "t", value, Opaque("one_hot(y)", ("y",)), "one_hot(y)", why=why)
    if isinstance(loss, Crossentropy) and loss.label_smoothing:
        smoothing, classes = loss.label_smoothing, loss.smoothing_classes or columns
        constants = {"s": ("s", smoothing), "K": ("K", float(classes))}
        rule = Pointwise("{y}·(1 - {s}) + {s}/{K}", {"y": "y"}, constants)
        value = y * y.dtype.type(1 - smoothing) + y.dtype.type(smoothing / classes)
        return tape.add("loss", loss.name, "t", value, rule, rule.formula(), why=said("smoothing"))
    return "y"


def _tensors(loss: Loss, p: str, y: str) -> dict[str, str]:
    """Return what the names in a loss's words stand for: y and p, or what its formula calls them."""
    own = arguments_of(loss.formulas[0])[:2]
    return {"p": p, "y": y, **dict(zip(own, (y, p), strict=True))}


def _value(tape: Tape, record: Record, loss: Loss, p: str, y: str) -> None:
    """Tell each row's loss."""
    if not loss.compiles:
        call, why = f"{loss.name}.forward(y, {p})", said("own part", of=type(loss).__name__)
        tape.add("loss", loss.name, "losses", record.row_losses, Opaque(call, ("y", p)), call, why=why)
        return
    by_rows, template = maps.by_rows(loss.formulas[0]), bracketed(loss.words.forward)
    template, summed = _of_rows(tape, loss, template, y, p)
    tensors = _tensors(loss, p, y) | summed
    term = written(template, tensors, constants_of(loss, template, tensors), frozenset(summed))
    rule: Rule = term
    formula = term.formula()
    if not isinstance(term, Rowwise):  # a formula of whole rows may have its own Σ
        skip = "y" if by_rows and isinstance(loss, Crossentropy) else None
        rule = RowSum(term, not by_rows, skip)
        formula = f"Σₖ {formula}".replace("Σₖ -", "-Σₖ ") if by_rows else f"mean({formula})"
    tape.add("loss", loss.name, "losses", record.row_losses, rule, formula, why=of_part(loss.words.why))


def _mean(tape: Tape, record: Record, loss: Loss, penalties: tuple[str, ...]) -> None:
    """Tell the batch's loss: the mean over the rows, and penalties."""
    weights, divisor = "w" if "w" in tape.arrays else None, _divisor(record, loss)
    total = f"sum(losses{'·w' if weights else ''})"
    formula = " + ".join([f"{total}/{divisor[0]}" if divisor else total, *penalties])
    why = [said("sum of rows", rows=len(record.outputs))]
    if divisor:
        symbol, number = divisor
        why = [said("mean of rows", rows=len(record.outputs))]
        if symbol != "N":
            why = [said("weighted mean", symbol=symbol, number=f"{number:g}")]
        why.append(said("factor from here", symbol=symbol))
    if penalties:
        why.append(said("penalties to the mean" if divisor else "penalties to the sum"))
    tape.add(
        "loss",
        loss.name,
        "L",
        record.loss,
        Mean("losses", weights, penalties, divisor),
        formula,
        why=" ".join(why),
    )


#: What the sum of the rows' losses is divided by.
_WHAT = {"N": "rows", "Σw": "weights"}


def _divisor(record: Record, loss: Loss) -> tuple[str, float] | None:
    """Return by what the loss's `reduction` divides the sum over the rows, as a symbol and a number; None for a sum."""
    if loss.reduced_by == SUM:
        return None
    weights, rows = record.shadow.weights, len(record.outputs)
    share = share_of_row(loss.reduced_by, weights, rows)
    return ("Σw" if loss.reduced_by == WEIGHTED_MEAN and weights.size else "N"), 1.0 / share if share else math.inf


def _gradient(tape: Tape, record: Record, loss: Loss, p: str, y: str, fused: bool) -> Rule:
    """Return the rule of the gradient with respect to p or, if fused, to the logits."""
    tensors, rows, columns = _tensors(loss, p, y), {"w"}, tape.arrays[p].shape[1]
    by_rows, weight = maps.by_rows(loss.formulas[0]), ""
    if "w" in tape.arrays:
        tensors["w"], weight = "w", "·{w}"
    if not fused:
        template = bracketed(loss.words.backward)
    elif isinstance(loss, Crossentropy) and loss.logit_words:
        template = bracketed(loss.logit_words.backward)
    elif isinstance(loss, Crossentropy):
        template = "({p}·{sum_y} - {y})" if by_rows else "({p} - {y})"
    else:
        return Opaque(f"∂{loss.name}", (y, p))
    template, summed = _of_rows(tape, loss, template, y, p)
    tensors, rows = tensors | summed, rows | set(summed)
    constants = constants_of(loss, template, tensors)
    divisor = _divisor(record, loss)
    template += ("/{K}" if columns > 1 and not by_rows else "") + weight + ("/{N}" if divisor else "")
    constants |= {"K": ("K", float(columns)), **({"N": divisor} if divisor else {})}
    return written(template, tensors, constants, frozenset(rows))


def _of_rows(tape: Tape, loss: Loss, template: str, y: str, p: str) -> tuple[str, dict[str, str]]:
    """Return a template, and the names of the numbers of each row that it has: sums, and the loss's own."""
    template, found = _with_sums(tape, template, {"sum_y": y, "sum_p": p})
    for token, formula in loss.told_of_rows.items():
        if f"{{{token}}}" in template:
            columns, out = tape.arrays[p].shape[1], np.empty(len(tape.arrays[p]))
            flat = tape.arrays[y].reshape(-1), tape.arrays[p].reshape(-1)
            maps.row_values(formula)(*flat, columns, numbers_for(loss, 2, formula), out)
            found[token] = tape.keep(token, out)
    return template, found


def _with_sums(tape: Tape, template: str, sums: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return a template without the sums over rows that are 1 everywhere, and the names of the others."""
    found = {}
    for token, of in sums.items():
        factor = f"{{{token}}}"
        if factor not in template:
            continue
        value = tape.arrays[of].sum(axis=1)
        if np.allclose(value, 1):
            template = template.replace(f"·{factor}", "").replace(f"/{factor}", "").replace(factor, "1")
            template = re.sub(r" \((\{\w+\})\)", r" \1", template)  # log ({p}) is written log {p}
        else:
            found[token] = tape.keep(f"sum_{of}", value)
    return template, found


def _why(loss: Loss, fused: bool) -> str:
    words = getattr(loss, "logit_words", None) if fused else loss.words
    if words is None:
        return said("short way")
    slope = words.slope
    return said("slope with means" if " is " in slope else "slope divided", slope=of_part(slope))


def _compared(long: Array, short: Array) -> str:
    scale = float(np.abs(short).max()) or 1.0
    difference = float(np.abs(long - short).max())
    return said("ways agree" if difference <= 1e-4 * scale else "ways differ", difference=f"{difference:.1e}")


# ---- the long way ---------------------------------------------------------------------------------------------------


def _long_way(tape: Tape, names: Any, record: Record, loss: Loss, p: str, y: str, start: str) -> None:
    """Tell dL/dp and its way through the activation's Jacobian, for comparison with p - y."""
    probabilities, targets, weights = tape.arrays[p], record.shadow.y, record.shadow.weights
    dp, (rows, columns) = np.empty_like(probabilities), probabilities.shape
    flat = targets.reshape(-1), probabilities.reshape(-1)
    share = share_of_row(loss.reduced_by, weights, rows)
    loss.kernels()[1](*flat, weights, columns, loss.numbers, share, dp.reshape(-1))
    layer: Any = record.network.layers[-1]
    activation, z = layer.activation, names.sums[-1]
    through = dp.copy()
    activation.backward(*activation.backward_arguments(tape.arrays[z], probabilities, through))
    rule = _gradient(tape, record, loss, p, y, fused=False)
    assert isinstance(rule, Pointwise)
    why = said("long way")
    long = slope_rule(activation, z, p, f"d{p}")
    if isinstance(long, Rowwise):
        why += " " + said("the 1", activation=activation.name)
    tape.add("backward", loss.name, f"d{p}", dp, rule, rule.formula(), why=why, aside=True)
    if not isinstance(long, Rowwise):
        slope = activation.words.backward.removeprefix("{da}·").format_map({**long.tensors, "a": "p"})
        why = said("second half", activation=activation.name, slope=slope)
    else:
        found = re.search(r"∂pₖ/∂zᵢ = ([^.]+)", activation.words.slope)
        why = said("second half, rows", entry=found[0] if found else f"∂{p}ₖ/∂zᵢ")
        if found and columns <= LARGEST_JACOBIAN:
            jacobian, first = np.eye(columns, dtype=probabilities.dtype), np.zeros(columns, np.int64)
            activation.backward(*activation.backward_arguments(tape.arrays[z][first], probabilities[first], jacobian))
            entry = Jacobian(p, found[1])
            told = said("Jacobian")
            tape.add("backward", layer.name, f"J_{p}", jacobian, entry, entry.formula(), why=told, aside=True)
    tape.add("backward", layer.name, f"{start}_long", through, long, long.formula("⊙"), why=why, aside=True)

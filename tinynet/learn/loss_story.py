"""The story of the loss: its value row by row, and the gradient that backprop starts from, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import activations, kernels
from tinynet.engine import is_builtin_loss
from tinynet.learn.notation import Part, Rule, factor
from tinynet.learn.notation import Tape as Arrays
from tinynet.learn.recorder import Record
from tinynet.learn.rules import Mean, Opaque, Pointwise, RowSum, SoftmaxBackward
from tinynet.learn.steps import Tape
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

Array = NDArray[Any]
Index = tuple[int, ...]

#: Classes for which the Jacobian is still worth showing whole.
LARGEST_JACOBIAN = 12
_CATEGORICAL = (CategoricalCrossentropy, SparseCategoricalCrossentropy)


def tell(tape: Tape, names: Any, record: Record) -> str:
    """Tell the loss and its gradient; returns the name of the gradient, of the outputs or of the logits."""
    loss, out = record.network.loss, names.output
    assert loss is not None
    own = is_builtin_loss(loss)
    targets = _targets(tape, loss) if own else "y"
    logits = names.sums[-1] if record.network.fused else out
    if own and getattr(loss, "from_logits", False) and not record.network.fused:
        kind = "sigmoid" if isinstance(loss, BinaryCrossentropy) else "softmax"
        p = np.ascontiguousarray(record.outputs)
        why = "from_logits=True: the loss itself turns scores into probabilities."
        out = tape.add(
            "loss", loss.name, "p", activations.get(kind)(p), Opaque(f"{kind}({logits})", (logits,)),
            f"{kind}({logits})", why=why,
        )  # fmt: skip
    _value(tape, record, loss, own, out, targets)
    start = f"d{logits}"
    if not own:
        call = f"{loss.name}.backward(y, {out})"
        rule: Rule = Opaque(call, ("y", out))
        why = f"{type(loss).__name__} is user-written; the loop divides its gradient by the {len(record.outputs)} rows."
        tape.add("backward", loss.name, start, record.output_gradient, rule, f"{call}/N", why=why)
        return start
    fused = out != logits
    if record.network.fused:
        _long_way(tape, record, loss, out, targets, start)
    term = _gradient(tape, record, loss, out, targets, fused)
    tape.keep(start, record.output_gradient)
    why = _why(record, loss, fused)
    if f"{start}_long" in tape.arrays:
        why += " " + _compared(tape.arrays[f"{start}_long"], record.output_gradient)
    formula = term.formula() if isinstance(term, Pointwise) else f"∂L/∂{out}"
    tape.add("backward", loss.name, start, record.output_gradient, term, formula, why=why)
    return start


def _targets(tape: Tape, loss: Loss) -> str:
    """Return the name of the targets as the formulas take them: one-hot, smoothed."""
    smoothing, y = getattr(loss, "label_smoothing", 0.0), tape.arrays["y"]
    columns = tape.steps[-1].value.shape[-1]
    if isinstance(loss, SparseCategoricalCrossentropy):
        value = np.zeros((len(y), columns), y.dtype)
        value[np.arange(len(y)), y.reshape(-1).astype(np.int64)] = 1
        why = "The class number as a row: 1 for the class, 0 for the others."
        return tape.add("loss", loss.name, "t", value, Opaque("one_hot(y)", ("y",)), "one_hot(y)", why=why)
    if smoothing:
        classes = 2 if isinstance(loss, BinaryCrossentropy) else columns
        constants = {"s": ("s", smoothing), "K": ("K", float(classes))}
        rule = Pointwise("{y}·(1 - {s}) + {s}/{K}", {"y": "y"}, constants)
        value = y * y.dtype.type(1 - smoothing) + y.dtype.type(smoothing / classes)
        return tape.add("loss", loss.name, "t", value, rule, rule.formula(), why="Label smoothing.")
    return "y"


def _value(tape: Tape, record: Record, loss: Loss, own: bool, p: str, y: str) -> None:
    """Tell each row's loss and their mean."""
    tensors = {"p": p, "y": y}
    rule: Rule
    if not own:
        call = f"{loss.name}.forward(y, {p})"
        rule, formula, why = Opaque(call, ("y", p)), call, f"{type(loss).__name__} is user-written."
    elif isinstance(loss, MeanSquaredError):
        rule = RowSum(Pointwise("({p} - {y})²", tensors), True)
        formula, why = f"mean(({p} - {y})²)", "The squared distance: large errors count much more."
    elif isinstance(loss, MeanAbsoluteError):
        rule = RowSum(Pointwise("|{p} - {y}|", tensors), True)
        formula, why = f"mean(|{p} - {y}|)", "The distance itself: every unit of error counts the same."
    elif isinstance(loss, BinaryCrossentropy):
        term = "-({y}·log {p} + (1 - {y})·log(1 - {p}))"
        rule, formula = RowSum(Pointwise(term, tensors), True), term.format_map(tensors)
        why = "Minus the log of the probability that was given to what happened."
    else:
        rule = RowSum(Pointwise("-{y}·log {p}", tensors), False, skip_zeros_of="y")
        formula, why = f"-Σₖ {y}·log {p}", "Minus the log of the probability that was given to the right class."
    tape.add("loss", loss.name, "losses", record.row_losses, rule, formula, why=why)
    weights = "w" if "w" in tape.arrays else None
    tape.add(
        "loss",
        loss.name,
        "L",
        record.loss,
        Mean("losses", weights),
        f"sum(losses{'·w' if weights else ''})/N",
        why=f"One number for the batch: the mean over its N = {len(record.outputs)} rows. From here on every gradient "
        "carries the factor 1/N.",
    )


def _gradient(tape: Tape, record: Record, loss: Loss, p: str, y: str, fused: bool) -> Rule:
    """Return the rule of the gradient with respect to p or, if fused, to the logits."""
    columns = tape.arrays[p].shape[1]
    tensors, rows = {"p": p, "y": y}, {"w"}
    constants = {"N": ("N", float(len(record.outputs))), "K": ("K", float(columns))}
    per_row = ("·{w}" if "w" in tape.arrays else "") + "/{N}"
    mean = ("/{K}" if columns > 1 else "") + per_row
    if "w" in tape.arrays:
        tensors["w"] = "w"
    if isinstance(loss, _CATEGORICAL):
        sums = tape.arrays[y].sum(axis=1)
        if not np.allclose(sums, 1):
            tensors["T"] = tape.keep(f"sum_{y}", sums)
            rows.add("T")
        total = "·{T}" if "T" in tensors else ""
        if fused:
            template = f"({{p}}{total} - {{y}}){per_row}"
        elif np.allclose(sum_p := tape.arrays[p].sum(axis=1), 1):
            template = f"({total.lstrip('·') or '1'} - {{y}}/{{p}}){per_row}"
        else:
            tensors["S"] = tape.keep(f"sum_{p}", sum_p)
            rows.add("S")
            template = f"({total.lstrip('·') or '1'} - {{y}}·{{S}}/{{p}})/{{S}}{per_row}"
    elif isinstance(loss, BinaryCrossentropy):
        template = ("({p} - {y})" if fused else "((1 - {y})/(1 - {p}) - {y}/{p})") + mean
    elif isinstance(loss, MeanSquaredError):
        template = "2·({p} - {y})" + mean
    else:
        template = "sign({p} - {y})" + mean
    return Pointwise(template, tensors, constants, frozenset(rows))


def _why(record: Record, loss: Loss, fused: bool) -> str:
    if not fused:
        if isinstance(loss, MeanSquaredError):
            return "The derivative of (p - y)² is 2·(p - y); N and K come from the means."
        return "The derivative of a row's loss, divided by N (and the number of outputs) because the loss is a mean."
    return (
        "The short way: prediction minus target. The logarithm in the loss and the exponential in the activation undo "
        "each other, so the slope that would vanish where p saturates cancels out."
    )


def _compared(long: Array, short: Array) -> str:
    scale = float(np.abs(short).max()) or 1.0
    difference = float(np.abs(long - short).max())
    if difference <= 1e-4 * scale:
        return f"Both ways agree: the largest difference is {difference:.1e}."
    return (
        f"Here the two ways differ by up to {difference:.1e}, because p was rounded or clipped where it is nearly 0 or "
        "1. That is why training takes the short way."
    )


# ---- the long way ---------------------------------------------------------------------------------------------------


def _long_way(tape: Tape, record: Record, loss: Any, p: str, y: str, start: str) -> None:
    """Tell dL/dp and its way through the activation's Jacobian, for comparison with p - y."""
    probabilities = tape.arrays[p]
    dp = np.empty_like(probabilities)
    kernels.loss_backward(
        loss.code,
        record.shadow.y.reshape(-1),
        probabilities.reshape(-1),
        record.shadow.weights,
        probabilities.shape[1],
        loss.label_smoothing,
        1.0 / len(probabilities),
        dp.reshape(-1),
    )
    activation: Any = record.network.layers[-1]
    activation = activation.activation
    through = dp.copy()
    activation.backward(probabilities, through)
    layer = record.network.layers[-1].name
    rule = _gradient(tape, record, loss, p, y, fused=False)
    assert isinstance(rule, Pointwise)
    tape.keep(f"d{p}", dp)
    why = "The long way, first half: how the loss changes with each probability."
    if isinstance(loss, _CATEGORICAL):
        why += " (The 1 stems from the loss dividing p by its sum; softmax's Jacobian makes it drop out.)"
    dp_name = tape.add("backward", loss.name, f"d{p}", dp, rule, rule.formula(), why=why, aside=True)
    long: Rule
    if activation.name == "sigmoid":
        long = Pointwise("{dp}·{p}·(1 - {p})", {"dp": dp_name, "p": p})
        formula = f"{dp_name}⊙{p}⊙(1 - {p})"
        why = "Second half: times sigmoid's slope p·(1 - p). (Its Jacobian is diagonal: each unit has its own sum.)"
    else:
        long, formula = SoftmaxBackward(p, dp_name), f"{p}⊙({dp_name} - Σₖ {dp_name}ₖ·{p}ₖ)"
        why = "Second half: each row of dp times its Jacobian ∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ)."
        if probabilities.shape[1] <= LARGEST_JACOBIAN:
            jacobian = np.eye(probabilities.shape[1], dtype=probabilities.dtype)
            activation.backward(np.repeat(probabilities[:1], len(jacobian), axis=0), jacobian)
            name = f"J_{p}"
            tape.keep(name, jacobian)
            told = "The first row's Jacobian: how each probability (down) changes with each score (across)."
            formula_j = f"diag({p}[0]) - {p}[0]ᵀ·{p}[0]"
            tape.add("backward", layer, name, jacobian, Jacobian(p), formula_j, why=told, aside=True)
    tape.keep(f"{start}_long", through)
    tape.add("backward", layer, f"{start}_long", through, long, formula, why=why, aside=True)


@dataclass(frozen=True)
class Jacobian:
    """∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ) of the first row."""

    p: str

    def symbols(self, tape: Arrays, index: Index) -> str:
        """p[0,k]·(1 or 0 - p[0,i])."""
        k, i = index
        return f"{self.p}[0,{k}]·({int(k == i)} - {self.p}[0,{i}])"

    def numbers(self, tape: Arrays, index: Index, precision: int) -> str:
        """With numbers."""
        (k, i), p = index, tape[self.p][0]
        return f"{factor(p[k], precision)}·({int(k == i)} - {factor(p[i], precision)})"

    def parts(self, tape: Arrays, index: Index) -> tuple[Part, ...]:
        """The two probabilities."""
        return ((self.p, (0, index[0])), (self.p, (0, index[1])))

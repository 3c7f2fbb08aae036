"""The usual mistakes in backprop, made on purpose: what each of them would give in place of a traced array.

A mistake is made at the step itself and at each step that leads to it, and propagated to the array in question by the
rules of the trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.kernels.reductions import SUM
from tinynet.learn.rules import ColumnSum, Pointwise, Product, Rowwise, Same
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: Kind of fault, explanation, the array that it gives.
Candidate = tuple[str, str, Array]


def candidates(trace: Trace, step: Step, truth: Array) -> Iterator[Candidate]:
    """Yield faults and their results, the simplest first."""
    loss = trace.record.network.loss
    n = 1 if loss is not None and loss.reduced_by == SUM else len(trace["losses"])  # a sum has no 1/N to miss
    single = [c for c in _local(trace, step) if c[2].size]
    if step.phase != "backward":
        yield from single
        yield from _whole(truth, n)
        yield from _others(trace, step)
        return
    carried = []
    for earlier in trace.steps[: step.place - 1]:
        if earlier.phase == "backward" and not earlier.aside:
            for kind, text, wrong in _local(trace, earlier):
                result = _carried(trace, earlier.name, wrong, step)
                if result is not None:
                    carried.append((kind, f"Already in {earlier.name}: {text}", result))
    yield from _whole(truth, n)
    yield from single
    yield from _others(trace, step)
    yield from carried
    for kind, text, wrong in [*single, *carried]:
        for also, more, both in _whole(wrong, n):
            yield f"{kind}, {also}", f"{text} And: {more}", both


def _whole(value: Array, n: int) -> Iterator[Candidate]:
    """Yield the faults that change the whole array."""
    yield "sign", "The sign is wrong: for cross-entropy, say, the gradient is p - y, not y - p.", -value
    if n > 1:
        text = f"It is {n} times too large: the loss is a mean over {n} rows, so 1/N belongs in the gradient."
        yield "missing 1/N", text, value * n
        text = f"It is {n} times too small: 1/N was applied twice. It is already in the loss's gradient: only sum."
        yield "1/N twice", text, value / n
    if value.ndim == 2:
        yield "transposed", "It is the transpose. A gradient has the shape of what it is the gradient of.", value.T


def _local(trace: Trace, step: Step) -> Iterator[Candidate]:
    """Yield what may go wrong in this step."""
    rule, tape = step.rule, trace.tape.arrays
    if isinstance(rule, Product) and rule.letter == "n":
        yield from _kernel_faults(trace, rule)
    elif isinstance(rule, ColumnSum):
        dz = tape[rule.of].astype(float)
        yield "batch not summed", "The batch is not summed: the bias was added to every row, so add up all rows.", dz
        yield "wrong axis", "Summed over the units instead of over the rows: axis=0 is the batch.", dz.sum(axis=1)
        if len(dz) > 1:
            yield "batch not summed", "Only the first row counts here: sum over all of them.", dz[0]
        for kind, text, other in _gradient_mixups(trace, rule.of):
            yield kind, text, other.sum(axis=0)
    elif isinstance(rule, Product) and rule.letter == "j":
        dz, W = tape[rule.left].astype(float), tape[rule.right].astype(float)
        if W.shape[0] == W.shape[1]:
            yield (
                "transposed",
                f"{rule.right} was not transposed: each input collects along its row of weights.",
                dz @ W,
            )
        if f"{rule.right}_new" in tape:
            text = f"The new {rule.right} was used: the whole backward pass runs with the weights of the forward pass."
            yield "updated weights", text, dz @ tape[f"{rule.right}_new"].T.astype(float)
        for kind, text, other in _gradient_mixups(trace, rule.left):
            yield kind, text, other @ W.T
    elif isinstance(rule, Product):
        yield "bias missing", "The bias is missing.", tape[rule.left].astype(float) @ tape[rule.right]
    elif isinstance(rule, Pointwise) and "data" in rule.tensors:
        text = f"The penalty's slope is missing: this is {rule.tensors['data']}, of the data alone."
        yield "missing penalty", text, tape[rule.tensors["data"]].astype(float)
    elif isinstance(rule, Pointwise) and "y" in rule.tensors and step.phase == "backward":
        yield from _loss_faults(trace, step, rule)
    elif step.phase == "backward":
        yield from _gradient_mixups(trace, step.name)


def _kernel_faults(trace: Trace, rule: Product) -> Iterator[Candidate]:
    x, dz = (trace.tape.arrays[name].astype(float) for name in (rule.left, rule.right))
    if len(x) > 1:
        text = "The batch is not summed: the product with x transposed sums over the rows by itself."
        if x.size * dz.shape[1] <= 10_000_000:
            yield "batch not summed", text, x[:, :, None] * dz[:, None, :]
        yield "batch not summed", "Only the first row counts here: sum over all of them.", np.outer(x[0], dz[0])
        yield "batch not summed", "Only the last row counts here: sum over all of them.", np.outer(x[-1], dz[-1])
    for kind, text, other in _gradient_mixups(trace, rule.right):
        yield kind, text, x.T @ other
    for kind, text, other in _input_mixups(trace, rule.left):
        yield kind, text, other.T @ dz
    a = output_of(trace, rule.right)
    if a is not None:
        text = f"{a}, the layer's own output, was used where its input {rule.left} belongs."
        yield "output for input", text, trace.tape.arrays[a].astype(float).T @ dz


def _gradient_mixups(trace: Trace, dz: str) -> Iterator[Candidate]:
    """Yield what might have been used in place of `dz`."""
    tape, step = trace.tape.arrays, next((s for s in trace.steps if s.name == dz), None)
    rule = None if step is None else step.rule
    activation = None if step is None else activation_of(trace, step)
    if step is not None and activation is not None:
        yield from _slope_mixups(trace, step, activation)
    elif step is not None and isinstance(rule, Pointwise) and "y" in rule.tensors and f"{dz}_long" in tape:
        p = rule.tensors["p"]
        text = f"The activation's derivative is missing: {dz} is not d{p}."
        yield "missing derivative", text, tape[f"d{p}"].astype(float)
        values = tape[p].astype(float)
        text = "The activation's derivative is applied once too often: cross-entropy has cancelled it (p - y)."
        yield "extra derivative", text, tape[dz].astype(float) * values * (1 - values)
    place = 0 if step is None else step.place
    for other in trace.steps:
        later = other.phase == "backward" and other.place < place and not other.aside and other.name.startswith("dz")
        if later and other.value.shape == tape[dz].shape:
            yield (
                "layer after",
                f"{other.name}, of the layer after, was used where {dz} belongs.",
                other.value.astype(float),
            )


def _slope_mixups(trace: Trace, step: Step, activation: Any) -> Iterator[Candidate]:
    """Yield what goes wrong where an activation's slope is multiplied with."""
    tape, tokens, name = trace.tape.arrays, step.rule.tensors, activation.name  # type: ignore[attr-defined]
    z, a, da = tokens["z"], tokens["a"], tape[tokens["da"]].astype(float)
    if isinstance(step.rule, Rowwise):
        yield "missing derivative", f"{name}'s Jacobian is missing: this is {tokens['da']} itself.", da
        return
    text = f"{name}'s derivative is missing: {step.name} is {step.formula}, not {tokens['da']} itself."
    yield "missing derivative", text, da
    once = sloped(activation, tape[z], tape[a], da)
    yield "extra derivative", f"The derivative of {name} was applied twice.", sloped(activation, tape[z], tape[a], once)
    written_with = z if activation.takes_sums else a
    for source in dict.fromkeys((a if activation.takes_sums else z, input_of(trace, a))):
        if source is not None and tape[source].shape == da.shape:
            what = "weighted sum" if activation.takes_sums else "output"
            text = f"{name}'s slope, written with its {what} {written_with}, was computed from {source}."
            yield "x for z", text, sloped(activation, tape[source], tape[source], da)


def _input_mixups(trace: Trace, a: str) -> Iterator[Candidate]:
    """Yield what might have been used in place of a layer's input `a`."""
    tape, z = trace.tape.arrays, sum_of(trace, a)
    for source in dict.fromkeys((z, "x")):
        if source is not None and source != a and tape[source].shape == tape[a].shape:
            yield "x for z", f"{source} was used where {a} belongs: the layer's input.", tape[source].astype(float)


def _loss_faults(trace: Trace, step: Step, rule: Pointwise) -> Iterator[Candidate]:
    value, columns = step.value.astype(float), step.value.shape[1]
    yield from _gradient_mixups(trace, step.name)
    if "{K}" in rule.template and columns > 1:
        yield (
            "missing 1/K",
            f"The mean over the {columns} outputs is missing in the gradient: divide by {columns}.",
            value * columns,
        )
    if rule.template.startswith("2·"):
        yield "missing 2", "The 2 of the square's derivative is missing.", value / 2


def _others(trace: Trace, step: Step) -> Iterator[Candidate]:
    """Yield the arrays of other steps, the layer after first."""
    for other in reversed(trace.steps):
        if other.name == step.name or other.aside:
            continue
        if step.phase == other.phase == "backward" and other.place < step.place:
            text = f"That is {other.name}: the gradient of a later layer, or of another array on the way."
            yield "layer after", text, other.value.astype(float)
        else:
            yield "another array", f"That is {other.name}.", other.value.astype(float)


# ---- propagating a mistake -----------------------------------------------------------------------------------------


def _carried(trace: Trace, name: str, wrong: Array, target: Step) -> Array | None:
    """Return what `target` becomes if `name` is `wrong` and everything after it is right."""
    if wrong.shape != trace.tape.arrays[name].shape:
        return None
    changed = {name: wrong}
    for step in trace.steps[: target.place]:
        if step.phase != "backward" or step.aside or step.name == name or not set(step.depends_on) & set(changed):
            continue
        result = _redone(trace, step, {**trace.tape.arrays, **changed})
        if result is None:
            return None
        changed[step.name] = result
    return changed.get(target.name)


def _redone(trace: Trace, step: Step, tape: dict[str, Array]) -> Array | None:
    rule = step.rule
    if isinstance(rule, Product):
        left, right = tape[rule.left].astype(float), tape[rule.right].astype(float)
        return np.asarray((left if rule.left_over == 1 else left.T) @ (right if rule.right_over == 0 else right.T))
    if isinstance(rule, ColumnSum):
        return np.asarray(tape[rule.of].astype(float).sum(axis=0))
    activation = activation_of(trace, step)
    if activation is not None and isinstance(rule, Pointwise):
        z, a, da = (tape[rule.tensors[token]] for token in ("z", "a", "da"))
        return sloped(activation, z, a, da)
    if isinstance(rule, Pointwise) and "data" in rule.tensors:  # a penalty's slope is added
        true = trace.tape.arrays
        return np.asarray(step.value.astype(float) - true[rule.tensors["data"]] + tape[rule.tensors["data"]])
    if isinstance(rule, Same):
        return np.reshape(tape[rule.of], step.value.shape)
    return None


def activation_of(trace: Trace, step: Step) -> Any:
    """Return the activation whose slope a step of the way back applies, if its formulas are known; else None."""
    if step.phase != "backward" or not isinstance(step.rule, Pointwise) or "da" not in step.rule.tensors:
        return None
    return next(r.layer.activation for r in trace.record.layers if r.layer.name == step.layer)


def sloped(activation: Any, z: Array, a: Array, da: Array) -> Array:
    """Return `da` times the activation's slope; `z` or `a` may be what a learner took for it."""
    dtype = z.dtype if z.dtype == np.float32 else np.dtype(np.float64)  # the kernels of the trace itself
    z, a, out = (np.array(array, dtype, order="C") for array in (z, a, da))
    quiet(activation.backward)(*activation.backward_arguments(z, a, out))
    return out.astype(float)


def sum_of(trace: Trace, a: str) -> str | None:
    """Return the name of the weighted sum that an activation was applied to."""
    step = next((s for s in trace.steps if s.name == a and s.phase == "forward"), None)
    if step is None:
        return None
    return step.rule.tensors.get("z") if isinstance(step.rule, Pointwise) else None


def input_of(trace: Trace, a: str) -> str | None:
    """Return the name of the input of the layer that output `a`."""
    z = sum_of(trace, a)
    step = next((s for s in trace.steps if s.name == z and isinstance(s.rule, Product)), None)
    return None if step is None else step.depends_on[0]


def output_of(trace: Trace, dz: str) -> str | None:
    """Return the output's name of the layer whose weighted sum has the gradient `dz`, if it differs from the sum."""
    z = dz.removeprefix("d")
    return next((s.name for s in trace.steps if s.phase == "forward" and sum_of(trace, s.name) == z), None)

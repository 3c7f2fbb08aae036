"""The story of penalties for large weights: what they add to the loss, and to a parameter's gradient."""

from __future__ import annotations

from typing import Any

from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.loss_rules import Total
from tinynet.learn.notation import bracketed, constants_of
from tinynet.learn.recorder import Record
from tinynet.learn.rules import Opaque, Pointwise
from tinynet.learn.steps import Tape
from tinynet.memory import Parameter


def tell(tape: Tape, record: Record, parameters: dict[Parameter, str]) -> tuple[str, ...]:
    """Tell the penalties; returns their names."""
    return tuple(_penalty(tape, p, parameters[p], value) for p, (value, _) in record.penalties.items())


def _penalty(tape: Tape, parameter: Parameter, W: str, value: float) -> str:
    regularizer: Any = parameter.regularizer
    of = type(regularizer).__name__
    if not regularizer.compiles:
        call, why = f"{of}({W})", f"{of} is user-written."
        return tape.add("loss", of, f"penalty_{W}", value, Opaque(call, (W,)), call, why=why)
    tensors = _tensors(regularizer, W)
    template = bracketed(regularizer.words.forward)
    rule = Total(Pointwise(template, tensors, constants_of(regularizer, template, tensors)))
    why = f"{regularizer.words.why} Added to the loss, so that training weighs it against the errors."
    return tape.add("loss", of, f"penalty_{W}", value, rule, f"Σ {rule.term.formula()}", why=why)


def gradient_of(tape: Tape, record: Record, parameter: Parameter, W: str) -> tuple[str, Array]:
    """Return what the data's part of a parameter's gradient is called, and its value: all of it without a penalty."""
    if parameter in record.penalties:
        name, value = f"d{W}_data", record.penalties[parameter][1]
    else:
        name, value = f"d{W}", record.updates[parameter].gradient
    return tape.keep(name, value), value


def tell_slope(tape: Tape, record: Record, parameter: Parameter, W: str, layer: str) -> None:
    """Tell how a penalty's slope is added to the gradient."""
    if parameter not in record.penalties:
        return
    regularizer: Any = parameter.regularizer
    data, value = f"d{W}_data", record.updates[parameter].gradient
    if not regularizer.compiles:
        formula = f"{data} + {type(regularizer).__name__}.gradient({W})"
        rule: Any = Opaque(formula, (data, W))
        why = f"{type(regularizer).__name__} is user-written."
    else:
        tensors = {"data": data, **_tensors(regularizer, W)}
        template = "{data} + " + bracketed(regularizer.words.backward)
        rule = Pointwise(template, tensors, constants_of(regularizer, template, tensors))
        formula = rule.formula()
        why = f"The penalty is part of the loss, so its slope is part of the gradient. {regularizer.words.slope}"
    tape.add("backward", layer, f"d{W}", value, rule, formula, why=why)


def _tensors(regularizer: Any, W: str) -> dict[str, str]:
    return dict.fromkeys(("w", *arguments_of(regularizer.formulas[0])[:1]), W)

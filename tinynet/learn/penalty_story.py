"""The story of penalties for large weights and outputs: what they add to the loss, and to a gradient."""

from __future__ import annotations

from typing import Any

from tinynet._types import Array
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.languages import of_part, said
from tinynet.learn.loss_rules import Total
from tinynet.learn.notation import bracketed, constants_of
from tinynet.learn.recorder import Record
from tinynet.learn.rules import Opaque, Pointwise
from tinynet.learn.steps import Tape
from tinynet.memory import Parameter

#: What the samples of a batch are called in formulas.
SAMPLES = "N"


def tell(tape: Tape, record: Record, names: Any) -> tuple[str, ...]:
    """Tell the penalties; returns their names."""
    of_weights = [(p.regularizer, names.parameters[p], value, 0) for p, (value, _) in record.penalties.items()]
    outputs = {r.layer: name for r, name in zip(record.layers, names.outputs, strict=True)}
    of_outputs = [
        (layer.activity_regularizer, outputs[layer], value, samples)
        for layer, (value, samples) in record.output_penalties.items()
    ]
    return tuple(_penalty(tape, *given) for given in (*of_weights, *of_outputs))


def _penalty(tape: Tape, regularizer: Any, W: str, value: float, samples: int) -> str:
    of = type(regularizer).__name__
    if not regularizer.compiles:
        call, why = f"{of}({W})" + (f"/{SAMPLES}" if samples else ""), said("own part", of=of)
        return tape.add("loss", of, f"penalty_{W}", value, Opaque(call, (W,)), call, why=why)
    rule = Total(_rule(regularizer, bracketed(regularizer.words.forward), _tensors(regularizer, W), samples))
    why = said("penalty", why=of_part(regularizer.words.why))
    if samples:
        why += " " + said("penalty of outputs", symbol=SAMPLES, samples=samples)
    return tape.add("loss", of, f"penalty_{W}", value, rule, f"Σ {rule.term.formula()}", why=why)


def _rule(regularizer: Any, template: str, tensors: dict[str, str], samples: int) -> Pointwise:
    """Return the rule of a template, which ends in a division by the samples if there are any."""
    constants = constants_of(regularizer, template, tensors)
    if not samples:
        return Pointwise(template, tensors, constants)
    return Pointwise(f"{template}/{{N}}", tensors, {**constants, "N": (SAMPLES, float(samples))})


def gradient_of(tape: Tape, record: Record, parameter: Parameter, W: str) -> tuple[str, Array]:
    """Return what the data's part of a parameter's gradient is called, and its value: all of it without a penalty."""
    if parameter in record.penalties:
        name, value = f"d{W}_data", record.penalties[parameter][1]
    else:
        name, value = f"d{W}", record.updates[parameter].gradient
    return tape.keep(name, value), value


def tell_slope(tape: Tape, record: Record, parameter: Parameter, W: str, layer: str) -> None:
    """Tell how a penalty's slope is added to a parameter's gradient."""
    if parameter in record.penalties:
        _slope(tape, layer, parameter.regularizer, W, record.updates[parameter].gradient, 0)


def tell_output_slope(tape: Tape, record: Record, layer: Any, a: str) -> None:
    """Tell how the slope of the penalty on a layer's output is added to the gradient that arrives from above."""
    value = record.output_gradients[layer].reshape(tape.arrays[f"d{a}_data"].shape)
    _slope(tape, layer.name, layer.activity_regularizer, a, value, record.output_penalties[layer][1])


def _slope(tape: Tape, layer: str, regularizer: Any, W: str, value: Array, samples: int) -> None:
    data = f"d{W}_data"
    if not regularizer.compiles:
        formula = f"{data} + {type(regularizer).__name__}.gradient({W})" + (f"/{SAMPLES}" if samples else "")
        rule: Any = Opaque(formula, (data, W))
        why = said("own part", of=type(regularizer).__name__)
    else:
        tensors = {"data": data, **_tensors(regularizer, W)}
        rule = _rule(regularizer, "{data} + " + bracketed(regularizer.words.backward), tensors, samples)
        formula = rule.formula()
        why = said("penalty's slope", slope=of_part(regularizer.words.slope))
    tape.add("backward", layer, f"d{W}", value, rule, formula, why=why)


def _tensors(regularizer: Any, W: str) -> dict[str, str]:
    return dict.fromkeys(("w", *arguments_of(regularizer.formulas[0])[:1]), W)

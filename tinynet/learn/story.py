"""From the record of a training step to its story: forward, loss, backward, step by step."""

from __future__ import annotations

from typing import Any

from tinynet.activations import ActivationFunction
from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn import loss_story, penalty_story, update_story
from tinynet.learn.languages import of_part, said
from tinynet.learn.notation import Rule, constants_of
from tinynet.learn.recorder import LayerRecord, Record
from tinynet.learn.rules import ColumnSum, Opaque, Product, Rowwise, Same, Worded, slope_rule, written
from tinynet.learn.steps import Tape
from tinynet.memory import Parameter


class Names:
    """What each layer's arrays are called: x, z1, a1, z2, p; and each parameter: W1, b1."""

    def __init__(self, record: Record) -> None:
        self.inputs: list[str] = []
        self.sums: list[str] = []
        self.outputs: list[str] = []
        self.parameters: dict[Parameter, str] = {}
        self._penalised = [r.layer.activity_regularizer is not None for r in record.layers]
        current, count, last = "x", 0, len(record.layers) - 1
        for i, r in enumerate(record.layers):
            follows_sum = current == f"z{count}"
            self.inputs.append(current)
            if not (r.kind == "activation" and follows_sum):
                count += 1
            self.sums.append(f"z{count}" if r.kind == "dense" else current)
            if r.kind == "dense" and r.layer.activation.does_nothing:
                current = f"z{count}"
            else:
                letter = {"dense": "a", "activation": "a", "same": "f"}.get(r.kind, "h")
                current = "p" if i == last else f"{letter}{count}"
            self.outputs.append(current)
            short = {"kernel": "W", "bias": "b"} if r.kind == "dense" else {}
            for p in r.layer.parameters:
                self.parameters[p] = f"{short.get(p.name, p.name)}{count}"

    def arriving(self, i: int) -> str:
        """Return what the gradient of a layer's output is called before a penalty on that output is added to it."""
        return f"d{self.outputs[i]}{'_data' if self._penalised[i] else ''}" if i >= 0 else "dx"

    @property
    def output(self) -> str:
        """The network's output, as the loss sees it."""
        return self.outputs[-1]


def tell(record: Record) -> tuple[Tape, Names]:
    """Write down every step of a recorded training step."""
    tape, names, shadow = Tape(), Names(record), record.shadow
    tape.keep("x", shadow.x)
    tape.keep("y", shadow.y)
    if shadow.weights.size:
        tape.keep("w", shadow.weights)
    for parameter, name in names.parameters.items():
        update = record.updates.get(parameter)
        tape.keep(name, (parameter.value if update is None else update.before).copy())
    for i, layer in enumerate(record.layers):
        _forward(tape, names, record, i, layer)
    gradient = loss_story.tell(tape, names, record)
    trained = [i for i, r in enumerate(record.layers) if r.layer.trainable_parameters]
    for i in range(len(record.layers) - 1, trained[0] - 1 if trained else len(record.layers), -1):
        gradient = _backward(tape, names, record, i, gradient, first=i == trained[0])
    for parameter, update in record.updates.items():
        owner = next(r.layer.name for r in record.layers if parameter in r.layer.parameters)
        update_story.tell(tape, record, update, parameter.constraint, owner, names.parameters[parameter])
    return tape, names


# ---- forward --------------------------------------------------------------------------------------------------------


def _forward(tape: Tape, names: Names, record: Record, i: int, r: LayerRecord) -> None:
    layer: Any = r.layer
    x, z, a = names.inputs[i], names.sums[i], names.outputs[i]
    fused = record.fused and i == len(record.layers) - 1
    if r.kind == "dense":
        _weighted_sum(tape, names, r, x, z)
    if r.kind in ("dense", "activation"):
        if a != z:
            value = record.probabilities if fused else r.returned("activate")
            rule, formula, why = _activation(layer.activation, z)
            tape.add("forward", layer.name, a, value, rule, formula, why=why)
        return
    value = r.values["forward"]
    if r.kind == "same":
        tape.add("forward", layer.name, a, value, Same(x, a), f"reshape({x})", why=said("reshaped"))
    elif r.kind == "words":
        told = _words(names, r, layer.words.forward, {"x": x}, (x,))
        tape.add("forward", layer.name, a, value, told, told.formula(), why=of_part(layer.words.why))
    else:
        call = f"{layer.name}.forward({x})"
        inputs = (x, *(names.parameters[p] for p in layer.parameters))
        why = said("own layer", of=type(layer).__name__)
        tape.add("forward", layer.name, a, value, Opaque(call, inputs), call, why=why)


def _weighted_sum(tape: Tape, names: Names, r: LayerRecord, x: str, z: str) -> None:
    layer: Any = r.layer
    weights = [names.parameters[p] for p in layer.parameters]
    bias = weights[1] if layer.use_bias else None
    value = r.values["sums"].reshape(-1, layer.units)
    tape.keep(z, value)
    tape.add(
        "forward",
        layer.name,
        z,
        value,
        Product(x, weights[0], 1, 0, "i", bias),
        f"{x}·{weights[0]}" + (f" + {bias}" if bias else ""),
        shapes=f"{tape.with_shape(z)} = {tape.with_shape(x)} · {tape.with_shape(weights[0])}"
        + (f" + {tape.with_shape(bias)}" if bias else ""),
        why=said("sum and bias" if bias else "sum"),
    )


def _activation(activation: ActivationFunction, z: str) -> tuple[Rule, str, str]:
    """Return rule, formula and explanation of an activation of `z`."""
    formula = f"{activation.name}({z})"
    if not activation.compiles:
        return Opaque(formula, (z,)), formula, said("own activation")
    template = activation.words.forward
    tensors = dict.fromkeys(("z", *arguments_of(activation.formulas[0])[:1]), z)
    rule = written(template, tensors, constants_of(activation, template, tensors))
    return rule, z if activation.does_nothing else formula, of_part(activation.words.why)


def _words(names: Names, r: LayerRecord, template: str, arrays: dict[str, str], inputs: tuple[str, ...]) -> Worded:
    """Return the rule of a layer's words; they name arrays, its parameters and its numbers."""
    own = {p.name: names.parameters[p] for p in r.layer.parameters}
    tensors = {**arrays, **own}
    return Worded(template, tensors, constants_of(r.layer, template, tensors), (*inputs, *own.values()))


# ---- backward -------------------------------------------------------------------------------------------------------


def _backward(tape: Tape, names: Names, record: Record, i: int, gradient: str, first: bool) -> str:
    """Tell a layer's backward pass; `gradient` names what arrives. Returns the name of what leaves."""
    r, x, z, a = record.layers[i], names.inputs[i], names.sums[i], names.outputs[i]
    layer, leaving = r.layer, names.arriving(i - 1)
    if layer.activity_regularizer is not None:
        penalty_story.tell_output_slope(tape, record, layer, a)
        gradient = f"d{a}"
    if r.kind in ("words", "python"):
        _backward_whole(tape, names, record, r, (x, gradient, leaving), first)
        return leaving
    if r.kind == "same":
        value = r.returned("backward")
        if value is not None and not first:
            told, why = Same(gradient, leaving), said("reshaped back")
            tape.add("backward", layer.name, leaving, value, told, f"reshape({gradient})", why=why)
        return leaving
    if gradient == f"d{a}" and a != z:  # not fused: the gradient of the activations becomes that of the sums
        value = r.returned("through_activation")
        rule, formula, why = _slope(layer.activation, tape, z, a)
        dz = f"d{z}" if r.kind == "dense" else leaving
        gradient = tape.add("backward", layer.name, dz, value, rule, formula, why=why)
    if r.kind == "dense":
        _backward_dense(tape, names, record, r, (x, gradient, leaving), first)
    return leaving


def _slope(activation: ActivationFunction, tape: Tape, z: str, a: str) -> tuple[Rule, str, str]:
    """Return rule, formula and explanation of what an activation makes of the gradient of `a`."""
    da = f"d{a}"
    if not activation.compiles:
        arguments = activation.backward_arguments(z, a, da)
        call = f"{activation.name}.backward({', '.join(arguments)})"
        return Opaque(call, arguments), call, said("own")
    words = activation.words
    rule = slope_rule(activation, z, a, da)
    if isinstance(rule, Rowwise) or activation.does_nothing:
        return rule, rule.formula("⊙"), of_part(words.slope)
    why = said("chain rule", slope=of_part(words.slope))
    if activation.floor is not None:
        value = tape.arrays[a]
        why += " " + said("let through", count=int((value > activation.floor).sum()), all=value.size)
    return rule, rule.formula("⊙"), why


def _backward_dense(
    tape: Tape, names: Names, record: Record, r: LayerRecord, arrays: tuple[str, str, str], first: bool
) -> None:
    layer: Any = r.layer
    x, dz, dx = arrays
    kernel, *bias = layer.parameters
    W, (n, units) = names.parameters[kernel], tape.arrays[dz].shape
    if kernel in record.updates:
        dW, gradient = penalty_story.gradient_of(tape, record, kernel, W)
        tape.add(
            "backward",
            layer.name,
            dW,
            gradient,
            Product(x, dz, 0, 0, "n"),
            f"{x}ᵀ·{dz}",
            shapes=f"{tape.with_shape(dW)} = {tape.with_shape(x, True)} · {tape.with_shape(dz)}",
            why=said("dW", W=W, z=dz[1:], rows=n, x=x, dz=dz),
        )
        penalty_story.tell_slope(tape, record, kernel, W, layer.name)
    if bias and bias[0] in record.updates:
        b = names.parameters[bias[0]]
        db, gradient = penalty_story.gradient_of(tape, record, bias[0], b)
        tape.add(
            "backward",
            layer.name,
            db,
            gradient,
            ColumnSum(dz),
            f"{dz}.sum(axis=0)",
            shapes=said("column sums", db=tape.with_shape(db), dz=tape.with_shape(dz)),
            why=said("db", b=b, z=dz[1:], rows=n),
        )
        penalty_story.tell_slope(tape, record, bias[0], b, layer.name)
    value = r.returned("backward_sums")
    if first or value is None:
        return
    tape.keep(dx, value)
    tape.add(
        "backward",
        layer.name,
        dx,
        value,
        Product(dz, W, 1, 1, "j"),
        f"{dz}·{W}ᵀ",
        shapes=f"{tape.with_shape(dx)} = {tape.with_shape(dz)} · {tape.with_shape(W, True)}",
        why=said("dx", x=x, z=dz[1:], units=units, W=W, dz=dz),
    )


def _backward_whole(
    tape: Tape, names: Names, record: Record, r: LayerRecord, names_of: tuple[str, str, str], first: bool
) -> None:
    """Tell the way back through a layer of which only its words, or its name, are known."""
    layer: Any = r.layer
    *arrays, leaving = names_of
    x, gradient = arrays
    call, why = f"{layer.name}.backward({gradient})", said("own")
    rule: Any = Opaque(call, (gradient,))
    if r.kind == "words":
        why = of_part(layer.words.slope)
        call = f"{layer.name}.gradients({x}, {gradient})"
    for p in layer.trainable_parameters:
        name = names.parameters[p]
        dp, of_data = penalty_story.gradient_of(tape, record, p, name)
        inputs = arrays if r.kind == "words" else arrays[1:]
        tape.add("backward", layer.name, dp, of_data, Opaque(call, tuple(inputs)), f"set by {call}", why=why)
        penalty_story.tell_slope(tape, record, p, name, layer.name)
    value = r.returned("backward")
    if r.kind == "words":
        rule = _words(names, r, layer.words.backward, {"x": x, "dy": gradient}, (x, gradient))
        call = rule.formula()
    if value is not None and not first:
        tape.add("backward", layer.name, leaving, value, rule, call, why=why)

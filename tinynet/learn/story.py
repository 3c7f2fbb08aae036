"""From the record of a training step to its story: forward, loss, backward, step by step."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynet.layers import Activation, Dense, Flatten
from tinynet.learn import loss_story, update_story
from tinynet.learn.notation import Rule
from tinynet.learn.recorder import LayerRecord, Record
from tinynet.learn.rules import ColumnSum, Opaque, Pointwise, Product, Same, Softmax, SoftmaxBackward
from tinynet.learn.steps import Tape
from tinynet.memory import Parameter

Array = NDArray[Any]

FORWARD = {"relu": "max({z}, 0)", "sigmoid": "1/(1 + e^(-{z}))", "tanh": "tanh({z})"}
BACKWARD = {"relu": "{da}·[{a} > 0]", "sigmoid": "{da}·{a}·(1 - {a})", "tanh": "{da}·(1 - {a}²)"}
SLOPES = {
    "relu": "relu's slope is 1 where it let something through and 0 where it cut off",
    "sigmoid": "sigmoid's slope, written with its own output a, is a·(1 - a): at most ¼, and nearly 0 at both ends",
    "tanh": "tanh's slope, written with its own output a, is 1 - a²",
}


class Names:
    """What each layer's arrays are called: x, z1, a1, z2, p; and each parameter: W1, b1."""

    def __init__(self, record: Record) -> None:
        self.inputs: list[str] = []
        self.sums: list[str] = []
        self.outputs: list[str] = []
        self.parameters: dict[Parameter, str] = {}
        current, count, last = "x", 0, len(record.layers) - 1
        for i, r in enumerate(record.layers):
            activation = getattr(r.layer, "activation", None) if r.builtin else None
            name = getattr(activation, "name", "")
            follows_sum = current.startswith("z") and current == f"z{count}"
            self.inputs.append(current)
            if not (isinstance(r.layer, Activation) and r.builtin and follows_sum):
                count += 1
            self.sums.append(f"z{count}" if isinstance(r.layer, Dense) and r.builtin else current)
            if r.builtin and isinstance(r.layer, Dense) and name == "linear":
                current = f"z{count}"
            else:
                letter = "f" if isinstance(r.layer, Flatten) else "a" if r.builtin else "h"
                current = "p" if i == last else f"{letter}{count}"
            self.outputs.append(current)
            short = {"kernel": "W", "bias": "b"} if r.builtin else {}
            for p in r.layer.parameters:
                self.parameters[p] = f"{short.get(p.name, p.name)}{count}"

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
        update_story.tell(tape, record, update, owner, names.parameters[parameter])
    return tape, names


# ---- forward --------------------------------------------------------------------------------------------------------


def _forward(tape: Tape, names: Names, record: Record, i: int, r: LayerRecord) -> None:
    x, z, a, layer = names.inputs[i], names.sums[i], names.outputs[i], r.layer
    fused = record.network.fused and i == len(record.layers) - 1
    if r.builtin and isinstance(layer, Dense):
        weights = [names.parameters[p] for p in layer.parameters]
        bias = weights[1] if layer.use_bias else None
        value = r.returned("logits") if layer.activation.name == "linear" or fused else r.given("activation.forward")
        assert value is not None
        tail = f" + {bias}" if bias else ""
        tape.keep(z, value.reshape(-1, layer.units))
        tape.add(
            "forward",
            layer.name,
            z,
            value.reshape(-1, layer.units),
            Product(x, weights[0], 1, 0, "i", bias),
            f"{x}·{weights[0]}{tail}",
            shapes=f"{tape.with_shape(z)} = {tape.with_shape(x)} · {tape.with_shape(weights[0])}"
            + (f" + {tape.with_shape(bias)}" if bias else ""),
            why="Each unit weighs all its inputs, sums them"
            + (" and adds its bias (the same for every row)." if bias else "."),
        )
    if r.builtin and isinstance(layer, (Dense, Activation)):
        if a == z:
            return
        value = record.probabilities if fused else r.returned("activation.forward")
        assert value is not None
        rule, formula, why = _activation(layer.activation.name, z)
        tape.add("forward", layer.name, a, value, rule, formula, why=why)
        return
    value = r.returned("forward")
    assert value is not None
    if r.builtin:
        why = "Nothing is computed: the same numbers in another shape."
        tape.keep(a, value)
        tape.add("forward", layer.name, a, value, Same(x, a), f"reshape({x})", why=why)
    else:
        call = f"{layer.name}.forward({x})"
        inputs = (x, *(names.parameters[p] for p in layer.parameters))
        why = f"{type(layer).__name__} is user-written: what happens inside is not seen, its result is."
        tape.add("forward", layer.name, a, value, Opaque(call, inputs), call, why=why)


def _activation(name: str, z: str) -> tuple[Rule, str, str]:
    """Return rule, formula and explanation of an activation of `z`."""
    if name == "softmax":
        why = "Exponentials make every score positive; divided by their sum they are probabilities that sum to 1."
        return Softmax(z), f"softmax({z})", why
    if name == "linear":
        return Pointwise("{z}", {"z": z}), z, "Linear: passed on as it is."
    if name in FORWARD:
        rule = Pointwise(FORWARD[name], {"z": z})
        why = {
            "relu": "What is negative becomes 0; the rest passes.",
            "sigmoid": "Squeezes any number between 0 and 1.",
            "tanh": "Squeezes any number between -1 and 1.",
        }[name]
        return rule, f"{name}({z})", why
    return Opaque(f"{name}({z})", (z,)), f"{name}({z})", "A user-written activation."


# ---- backward -------------------------------------------------------------------------------------------------------


def _backward(tape: Tape, names: Names, record: Record, i: int, gradient: str, first: bool) -> str:
    """Tell a layer's backward pass; `gradient` names what arrives. Returns the name of what leaves."""
    r, x, z, a = record.layers[i], names.inputs[i], names.sums[i], names.outputs[i]
    layer, leaving = r.layer, f"d{x}"
    if not r.builtin:
        _backward_opaque(tape, names, record, r, gradient, leaving, first)
        return leaving
    if isinstance(layer, Flatten):
        value = r.returned("backward")
        if value is not None and not first:
            tape.keep(leaving, value)
            why = "Each gradient goes back to where its number came from."
            tape.add("backward", layer.name, leaving, value, Same(gradient, leaving), f"reshape({gradient})", why=why)
        return leaving
    assert isinstance(layer, (Dense, Activation))
    if gradient == f"d{a}" and a != z:  # not fused: the gradient of the activations becomes that of the sums
        value = r.returned("activation.backward")
        assert value is not None
        rule, formula, why = _slope(layer.activation.name, f"d{a}", a, tape.arrays[a])
        gradient = tape.add("backward", layer.name, f"d{z}", value, rule, formula, why=why)
    if isinstance(layer, Dense):
        _backward_dense(tape, names, record, r, x, gradient, leaving, first)
    return leaving


def _slope(name: str, da: str, a: str, value: Array) -> tuple[Rule, str, str]:
    if name == "softmax":
        why = "Every output depends on every input of its row: ∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ). dp times this Jacobian."
        return SoftmaxBackward(a, da), f"{a}⊙({da} - Σₖ {da}ₖ·{a}ₖ)", why
    if name == "linear":
        return Pointwise("{da}", {"da": da}), da, "Linear: the slope is 1."
    if name not in BACKWARD:
        return Opaque(f"{name}.backward({a}, {da})", (a, da)), f"{name}.backward({a}, {da})", "User-written."
    rule = Pointwise(BACKWARD[name], {"da": da, "a": a})
    why = f"Chain rule: the arriving gradient times the slope; {SLOPES[name]}."
    if name == "relu":
        why += f" Let through: {int((value > 0).sum())} of {value.size} ([…] is 1 where true, else 0)."
    return rule, rule.formula().replace("·", "⊙"), why


def _backward_dense(
    tape: Tape, names: Names, record: Record, r: LayerRecord, x: str, dz: str, dx: str, first: bool
) -> None:
    layer = r.layer
    kernel, *bias = layer.parameters
    W, (n, units) = names.parameters[kernel], tape.arrays[dz].shape
    if kernel in record.updates:
        dW = tape.keep(f"d{W}", record.updates[kernel].gradient)
        tape.add(
            "backward",
            layer.name,
            dW,
            record.updates[kernel].gradient,
            Product(x, dz, 0, 0, "n"),
            f"{x}ᵀ·{dz}",
            shapes=f"{tape.with_shape(dW)} = {tape.with_shape(x, True)} · {tape.with_shape(dz)}",
            why=f"{W}[i,j] takes part in {dz[1:]}[n,j] of each of the {n} rows, with the factor {x}[n,i]. Summing over "
            f"the rows of {x} and of {dz} is a product with {x} transposed: that is where the transpose comes from.",
        )
    if bias and bias[0] in record.updates:
        b = names.parameters[bias[0]]
        db = tape.keep(f"d{b}", record.updates[bias[0]].gradient)
        tape.add(
            "backward",
            layer.name,
            db,
            record.updates[bias[0]].gradient,
            ColumnSum(dz),
            f"{dz}.sum(axis=0)",
            shapes=f"{tape.with_shape(db)} = column sums of {tape.with_shape(dz)}",
            why=f"{b}[j] is added to {dz[1:]}[n,j] of each of the {n} rows, with the factor 1, so it collects all "
            "their gradients: the batch is summed.",
        )
    value = r.returned("backward", "backward_logits")
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
        why=f"{x}[n,i] takes part in {dz[1:]}[n,j] of all {units} units j, with the factor {W}[i,j]. Summing over the "
        f"units, the columns of {dz} and of {W}, is a product with {W} transposed.",
    )


def _backward_opaque(
    tape: Tape, names: Names, record: Record, r: LayerRecord, gradient: str, dx: str, first: bool
) -> None:
    layer = r.layer
    call = f"{layer.name}.backward({gradient})"
    for p in layer.trainable_parameters:
        name = f"d{names.parameters[p]}"
        rule = Opaque(call, (gradient,))
        tape.add("backward", layer.name, name, record.updates[p].gradient, rule, f"set by {call}", why="User-written.")
    value = r.returned("backward")
    if value is not None and not first:
        tape.add("backward", layer.name, dx, value, Opaque(call, (gradient,)), call, why="User-written.")

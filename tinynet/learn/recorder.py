"""One training step, watched: the layer loop itself runs, and what passes between its parts is written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Literal

import numpy as np

from tinynet._types import Array
from tinynet.layers import Dense
from tinynet.layers.activated import Activated
from tinynet.layers.base import Layer
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.learn.shadow import Shadow
from tinynet.memory import Parameter
from tinynet.network import Network
from tinynet.training.layer_loop import LayerLoop, rows_of

#: What is known of a layer: a product and an activation, an activation, nothing to compute, words, or a name.
Kind = Literal["dense", "activation", "same", "words", "python"]


@dataclass
class LayerRecord:
    """What one layer computed: what each of its methods gave back."""

    layer: Layer
    values: dict[str, Array] = field(default_factory=dict)

    @cached_property
    def kind(self) -> Kind:
        """What the trace can tell of the layer; what a user's Python does inside is not seen."""
        if self.layer.python_method():
            return "python"
        if isinstance(self.layer, Activated):
            return "dense" if isinstance(self.layer, Dense) else "activation"
        return "same" if self.layer.does_nothing else "words" if isinstance(self.layer, KernelLayer) else "python"

    def keep(self, method: str, value: Any) -> Any:
        """Copy what a method gave back, and hand it on."""
        if value is not None:
            self.values[method] = np.array(value)
        return value

    def returned(self, method: str) -> Array | None:
        """Return what a method gave back, if it was called."""
        return self.values.get(method)


@dataclass
class ParameterRecord:
    """A parameter before and after the update."""

    before: Array
    gradient: Array
    """As backprop left it, its penalty's slope included."""
    clipped: Array
    """As the optimizer used it."""
    stepped: Array
    """As the optimizer left it, before its constraint."""
    after: Array
    slots_before: Array
    slots_after: Array


@dataclass
class Record:
    """Everything that one training step computed."""

    shadow: Shadow
    layers: list[LayerRecord]
    updates: dict[Parameter, ParameterRecord]
    penalties: dict[Parameter, tuple[float, Array]]
    """Each penalised parameter's penalty, and its gradient without it."""
    output_penalties: dict[Layer, tuple[float, int]]
    """The penalty on each layer's output that has one, and the samples that it is divided by."""
    output_gradients: dict[Layer, Array]
    """The gradient of each such output, the penalty's slope included."""
    outputs: Array
    """Outputs of the last layer, or logits where the loss is fused with its activation; (rows, columns)."""
    probabilities: Array | None
    """In the fused case the activation's output."""
    output_gradient: Array
    row_losses: Array
    """Each row's loss, not weighted."""
    loss: float
    loss_after: float
    weights_after: list[Array]

    @property
    def network(self) -> Network:
        """The network that was traced."""
        return self.shadow.network

    @cached_property
    def fused(self) -> bool:
        """Whether the last activation and the loss are computed together."""
        return self.network.fused


class Recorder(LayerLoop):
    """The layer loop, with every value that passes between its steps kept."""

    def __init__(self, shadow: Shadow) -> None:
        super().__init__(shadow.network)
        self.shadow = shadow
        self.records = {layer: LayerRecord(layer) for layer in self.layers}
        self.updates: dict[Parameter, ParameterRecord] = {}
        self.penalties: dict[Parameter, tuple[float, Array]] = {}
        self.output_gradients: dict[Layer, Array] = {}
        self.outputs = self.output_gradient = np.empty(0)
        self.probabilities: Array | None = None

    def run(self) -> Record:
        """Make one training step on the copy, then measure the loss once more."""
        s, totals = self.shadow, np.zeros(3)
        s.randomness.restore()
        self.step(s.x, s.y, s.weights, totals)
        outputs = self.penalised_outputs
        after = [p.value.copy() for p in s.parameters]  # the next loss moves on what layers keep of batches
        return Record(
            s,
            list(self.records.values()),
            self.updates,
            self.penalties,
            {layer: (float(layer.activity_regularizer(a)) / len(a), len(a)) for layer, a in outputs.items()},
            self.output_gradients,
            self.outputs,
            self.probabilities,
            self.output_gradient,
            self.loss.row_losses(s.y, self.outputs, self.fused),
            float(totals[1] / totals[0]),
            s.loss(),
            after,
        )

    # ---- the loop's own steps, with their results kept --------------------------------------------------------------

    def ask(self, layer: Layer, verb: str, *arguments: Any) -> Any:
        """Keep what a layer gives back; one that ends in an activation is taken apart, to see both sides of it."""
        record = self.records[layer]
        if not isinstance(layer, Activated) or record.kind == "python" or "sums" in verb:
            return record.keep(verb, super().ask(layer, verb, *arguments))
        if verb == "forward":
            z = record.keep("sums", layer.sums(*arguments))
            return record.keep("activate", layer.activate(z, arguments[1]))
        dz = record.keep("through_activation", layer.through_activation(*arguments))
        onwards = verb.replace("backward", "backward_sums")
        return record.keep(onwards, getattr(layer, onwards)(dz))

    def score(self, outputs: Array, y: Array, weights: Array, totals: Array) -> None:
        """Keep the outputs."""
        super().score(outputs, y, weights, totals)
        self.outputs = rows_of(outputs).copy()

    def predictions(self, logits: Array) -> Array:
        """Keep the probabilities."""
        self.probabilities = super().predictions(logits)
        return self.probabilities

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Keep the gradient that backprop starts from."""
        gradient = super().loss_gradient(outputs, y, weights)
        self.output_gradient = rows_of(gradient).copy()
        return gradient

    def with_slope(self, layer: Layer, gradient: Array) -> Array:
        """Keep the gradient with the slope of the penalty on a layer's output."""
        found = super().with_slope(layer, gradient)
        if found is not gradient:
            self.output_gradients[layer] = found.copy()
        return found

    def penalise(self) -> float:
        """Keep each penalty, and the gradient as it was before."""
        for p in self.network.penalised:
            self.penalties[p] = p.regularizer(p.value), p.gradient.copy()
        return super().penalise()

    def update(self) -> None:
        """Keep parameters, gradients and slots before and after."""
        optimizer, parameters = self.network.optimizer, self.network.parameters
        assert optimizer is not None
        own = len(optimizer.slots)
        before = [(p.value.copy(), p.gradient.copy(), optimizer.accumulators.of(p)[:own].copy()) for p in parameters]
        stepped: dict[Parameter, Array] = {}
        with watched_constraints(parameters, stepped):
            super().update()
        for p, (value, gradient, slots) in zip(parameters, before, strict=True):
            after = optimizer.accumulators.of(p)[:own].copy()
            new = p.value.copy()
            self.updates[p] = ParameterRecord(
                value, gradient, p.gradient.copy(), stepped.get(p, new), new, slots, after
            )


@contextmanager
def watched_constraints(parameters: Sequence[Parameter], given: dict[Parameter, Array]) -> Iterator[None]:
    """Note what constraints are given while an update runs."""
    constraints = {p: p.constraint for p in parameters if p.constraint is not None}

    def watched(parameter: Parameter, constraint: Any) -> Any:
        @wraps(constraint, updated=())
        def call(w: Array) -> Any:
            given[parameter] = w.copy()
            return constraint(w)

        return call

    for parameter, constraint in constraints.items():
        parameter.constraint = watched(parameter, constraint)
    try:
        yield
    finally:
        for parameter, constraint in constraints.items():
            parameter.constraint = constraint


def step_alone(optimizer: Any, record: ParameterRecord) -> Array:
    """Return what the optimizer's formula subtracts from the weights, before rounding against them hides its digits.

    A step that an optimizer's words tell of does not depend on the weight: applied to weights of zero the formula
    shows it.
    """
    w, slots = np.zeros_like(record.before.reshape(-1)), record.slots_before.reshape(-1).copy()
    optimizer.kernel(w, record.clipped.reshape(-1), slots, w.size, optimizer.numbers, optimizer.iterations)
    return -w.reshape(record.before.shape)

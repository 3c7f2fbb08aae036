"""One training step, watched: the layer loop itself runs, over layers whose calls are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet.activations import ActivationFunction
from tinynet.engine import BUILTIN_LAYERS, BUILTIN_OPTIMIZERS, Network, is_builtin_loss
from tinynet.layers import Activation, Dense, Layer
from tinynet.learn.shadow import Shadow
from tinynet.memory import Parameter
from tinynet.training.layer_loop import LayerLoop

Array = NDArray[Any]


@dataclass
class LayerRecord:
    """What one layer computed: what it was called with and what it gave back, by method."""

    layer: Layer
    calls: dict[str, tuple[Array, Array | None]] = field(default_factory=dict)

    @property
    def builtin(self) -> bool:
        """Whether the formulas inside are tinynet's own, and so known."""
        return type(self.layer) in BUILTIN_LAYERS

    def given(self, *methods: str) -> Array | None:
        """Return what the first of these methods that was called received."""
        return next((self.calls[m][0] for m in methods if m in self.calls), None)

    def returned(self, *methods: str) -> Array | None:
        """Return what the first of these methods that was called gave back."""
        return next((self.calls[m][1] for m in methods if m in self.calls), None)


@dataclass
class ParameterRecord:
    """A parameter before and after the update."""

    parameter: Parameter
    before: Array
    gradient: Array
    """As backprop left it."""
    clipped: Array
    """As the optimizer used it."""
    after: Array
    slots_before: Array
    slots_after: Array


@dataclass
class Record:
    """Everything that one training step computed."""

    shadow: Shadow
    layers: list[LayerRecord]
    updates: dict[Parameter, ParameterRecord]
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


class Recorder(LayerLoop):
    """The layer loop, with every value that passes between its steps kept."""

    def __init__(self, shadow: Shadow) -> None:
        super().__init__(shadow.network)
        self.shadow = shadow
        self.records = [LayerRecord(layer) for layer in self.layers]
        self.updates: dict[Parameter, ParameterRecord] = {}
        self.outputs = self.output_gradient = np.empty(0)
        self.probabilities: Array | None = None

    def run(self) -> Record:
        """Make one training step on the copy, then measure the loss once more."""
        s, totals = self.shadow, np.zeros((2, 3))
        s.randomness.restore()
        self._watch()
        try:
            self.step(s.x, s.y, s.weights, totals[0])
        finally:
            self._unwatch()
        s.randomness.restore()
        LayerLoop.score(self, LayerLoop.forward(self, s.x, True), s.y, s.weights, totals[1])
        return Record(
            s,
            self.records,
            self.updates,
            self.outputs,
            self.probabilities,
            self.output_gradient,
            self._row_losses(),
            float(totals[0, 1] / totals[0, 0]),
            float(totals[1, 1] / totals[1, 0]),
            [p.value.copy() for p in s.parameters],
        )

    # ---- the loop's own steps, with their results kept --------------------------------------------------------------

    def score(self, outputs: Array, y: Array, weights: Array, totals: Array) -> None:
        """Keep outputs and, where fused, probabilities."""
        super().score(outputs, y, weights, totals)
        self.outputs = rows(outputs).copy()
        if self.network.fused:
            self.probabilities = self.records[-1].calls["activation.forward"][1]

    def loss_gradient(self, outputs: Array, y: Array, weights: Array) -> Array:
        """Keep the gradient that backprop starts from."""
        gradient = super().loss_gradient(outputs, y, weights)
        self.output_gradient = rows(gradient).copy()
        return gradient

    def _row_losses(self) -> Array:
        loss, y, p = self.network.loss, self.shadow.y, self.outputs
        assert loss is not None
        if not is_builtin_loss(loss):
            return np.asarray(loss.forward(y, p), np.float64).reshape(-1)
        return loss.row_losses(self.network.loss_code, y, p)

    # ---- watching ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Let the copy's layers and optimizer tell what they are called with and return."""
        for record in self.records:
            for method in ("forward", "logits", "backward", "backward_logits", "backward_parameters"):
                if hasattr(record.layer, method):
                    record.layer.__dict__[method] = _watched(record, method, getattr(record.layer, method))
            if record.builtin and isinstance(record.layer, (Dense, Activation)):
                record.layer.activation = WatchedActivation(record.layer.activation, record)
        optimizer = self.network.optimizer
        assert optimizer is not None
        optimizer.__dict__["apply"] = self._update

    def _unwatch(self) -> None:
        for record in self.records:
            for method in ("forward", "logits", "backward", "backward_logits", "backward_parameters"):
                record.layer.__dict__.pop(method, None)
            if isinstance(getattr(record.layer, "activation", None), WatchedActivation):
                record.layer.activation = record.layer.activation.inner
        self.network.optimizer.__dict__.pop("apply", None)

    def _update(self, parameters: list[Parameter]) -> None:
        optimizer = self.network.optimizer
        assert optimizer is not None
        before = [
            (p.value.copy(), p.gradient.copy(), optimizer.accumulators.of(p).copy() if optimizer.slots else _NONE)
            for p in parameters
        ]
        type(optimizer).apply(optimizer, parameters)
        for p, (value, gradient, slots) in zip(parameters, before, strict=True):
            after = optimizer.accumulators.of(p).copy() if optimizer.slots else _NONE
            self.updates[p] = ParameterRecord(p, value, gradient, p.gradient.copy(), p.value.copy(), slots, after)


_NONE = np.empty(0)


class WatchedActivation(ActivationFunction):
    """An activation function that writes down what it turns into what; to the loop it is the function itself."""

    def __init__(self, inner: ActivationFunction, record: LayerRecord) -> None:
        self.inner, self.record = inner, record
        self.name, self.code = inner.name, inner.code

    def forward(self, z: Array) -> None:
        """Apply the function in place, as ever."""
        before = z.copy()
        self.inner.forward(z)
        self.record.calls["activation.forward"] = (before, z.copy())

    def backward(self, a: Array, da: Array) -> None:
        """Apply the derivative in place, as ever."""
        before = da.copy()
        self.inner.backward(a, da)
        self.record.calls["activation.backward"] = (before, da.copy())


def _watched(record: LayerRecord, method: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(first: Array, *rest: Any, **named: Any) -> Any:
        given = np.array(first)
        result = original(first, *rest, **named)
        record.calls[method] = (given, None if result is None else np.array(result))
        return result

    return call


def rows(a: Array) -> Array:
    """Return an array as (rows, columns), the columns being its last axis."""
    return a.reshape(-1, a.shape[-1] if a.ndim > 1 else 1)


def step_alone(optimizer: Any, record: ParameterRecord) -> Array:
    """Return what the optimizer's formula takes off the weights, before rounding against them hides its digits.

    The built-in formulas subtract a step that does not depend on the weight: applied to weights of zero they show it.
    """
    if type(optimizer) not in BUILTIN_OPTIMIZERS:
        return record.before - record.after
    w = np.zeros(record.before.size, record.before.dtype)
    slots = [s.reshape(-1).copy() for s in record.slots_before] or [np.zeros_like(w)]
    last = len(slots) - 1
    kernels.update_parameters(
        optimizer.code,
        w,
        record.clipped.reshape(-1),
        slots[0],
        slots[min(1, last)],
        slots[last],
        optimizer.hyper,
        optimizer.iterations,
    )
    return -w.reshape(record.before.shape)

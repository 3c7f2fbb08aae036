"""What a call works on: the resolved parts of a compiled model, for one shape of data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import activations
from tinynet._types import Shape
from tinynet.graph import Padding, in_a_row, padding_in
from tinynet.kernels.machine.jit import say_what_is_missing
from tinynet.layers import Dense, Layer
from tinynet.layers.activated import Activated
from tinynet.memory import Memory, Parameter

if TYPE_CHECKING:
    from tinynet.losses import Loss
    from tinynet.metrics import Metric
    from tinynet.optimizers import Optimizer


@dataclass(frozen=True)
class Network:
    """Layers, and what trains them: for `predict` layers alone, for `evaluate` with a loss, for `fit` an optimizer."""

    layers: tuple[Layer, ...]
    sample_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: tuple[Metric, ...] = ()
    weighted_metrics: tuple[Metric, ...] = ()
    lent: tuple[tuple[Metric, Metric], ...] = ()
    """Metrics that `compile` was given, each with the copy of it that is among the metrics here."""
    sparse: bool = True
    padded: bool = False
    """Whether it is the end of a larger network whose loss leaves out padding."""

    def __post_init__(self) -> None:
        say_what_is_missing()
        _ = self.padding  # raises where padding cannot be left out

    @cached_property
    def padding(self) -> Padding | None:
        """Where padding is left out, if anywhere."""
        return padding_in(in_a_row(self.layers), 1, [len(self.layers)])

    @property
    def leaves_out_rows(self) -> bool:
        """Whether the loss leaves out the rows that are padding."""
        return self.padded or (self.padding is not None and bool(self.padding.outputs))

    @property
    def why_layers(self) -> str:
        """Why the compiled loop cannot run it, if its layers could."""
        padding = self.padding
        if self.leaves_out_rows and self.loss is not None:
            return "the loss leaves out padding"
        told = () if padding is None else padding.layers
        known = padding is not None and padding.value is not None
        for layer, shape in zip(self.layers, self.shapes, strict=False):
            if layer in told and layer.whole:
                return f"the batch's mean of layer '{layer.name}' leaves out padding"
            if layer in told and not (known and layer.steps(shape) == shape[0]):
                return "which steps are padding is not a matter of the samples alone"
        return ""

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What a loop derives from the network and keeps for the next call."""
        return {}

    @cached_property
    def evaluating(self) -> Network:
        """The same without an optimizer: what `evaluate` works on."""
        return replace(self, optimizer=None)

    # ---- shapes -----------------------------------------------------------------------------------------------------

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of one sample before, between and after the layers."""
        found = [self.sample_shape]
        for layer in self.layers:
            after: Shape = layer.compute_output_shape((None, *found[-1]))[1:]
            found.append(tuple(axis or 0 for axis in after))
        return tuple(found)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one sample's output."""
        return self.shapes[-1]

    @cached_property
    def layer_sizes(self) -> list[tuple[int, int]]:
        """For each layer and one sample, the multiply-adds of its product and the number of its outputs."""
        return [
            (prod(before) * layer.units if isinstance(layer, Dense) else 0, prod(after))
            for layer, before, after in zip(self.layers, self.shapes[:-1], self.shapes[1:], strict=True)
        ]

    def largest_kernel(self, sparse: bool = False) -> int:
        """Return the numbers of the largest kernel that samples are multiplied by; a sparse first layer has none.

        A Dense layer on samples of several rows counts its kernel for each row.
        """
        kernels = [multiply_adds for multiply_adds, _ in self.layer_sizes]
        return max(kernels[1:] if sparse else kernels, default=0)

    # ---- parts ------------------------------------------------------------------------------------------------------

    @property
    def takes_sparse(self) -> bool:
        """Whether the first layer can take samples in CSR form, and may."""
        first = self.layers[0] if self.layers else None
        return (
            self.sparse
            and first is not None
            and len(self.sample_shape) == 1
            and first.takes_sparse
            and not first.why_python()
        )

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """Metrics, then weighted metrics."""
        return (*self.metrics, *self.weighted_metrics)

    @cached_property
    def metric_kinds(self) -> list[tuple[str, str]]:
        """Their names, and what their totals are: one sum for a (weighted) mean, several, or the result itself.

        Of a "mean of some", which leaves out padding, they are a sum and a count.
        """
        from tinynet.metrics.base import reported_names
        from tinynet.metrics.sums import SumsMetric

        names = reported_names([m.name for m in self.metrics], [m.name for m in self.weighted_metrics])
        kinds = ["mean"] * len(self.metrics) + ["weighted mean"] * len(self.weighted_metrics)
        for m, metric in enumerate(self.all_metrics):
            if not metric.compiles:
                kinds[m] = "result"
            elif isinstance(metric, SumsMetric):
                kinds[m] = "sums"
            elif metric.leaves_out and self.leaves_out_rows:
                kinds[m] = "mean of some"
        return list(zip(names, kinds, strict=True))

    @cached_property
    def metric_places(self) -> list[tuple[int, int]]:
        """Where the sums of each metric begin and end among the totals: behind rows, Σ loss and Σ weights."""
        if not self.all_metrics:
            return []
        from tinynet.metrics.sums import SumsMetric

        columns, places = self.output_shape[-1] if self.output_shape else 1, [3]
        for metric, (_, kind) in zip(self.all_metrics, self.metric_kinds, strict=True):
            width = 2 if kind == "mean of some" else 1
            if isinstance(metric, SumsMetric) and metric.compiles:
                width = metric.width(columns)
            places.append(places[-1] + width)
        return [*pairwise(places)]

    @property
    def width(self) -> int:
        """How many totals there are."""
        return self.metric_places[-1][1] if self.all_metrics else 3

    @property
    def parameters(self) -> list[Parameter]:
        """The trainable parameters."""
        return [p for layer in self.layers for p in layer.trainable_parameters]

    @property
    def penalised(self) -> list[Parameter]:
        """The trainable parameters with a penalty."""
        return [p for p in self.parameters if p.regularizer is not None]

    @property
    def memory(self) -> Memory:
        """The memory in which all the parameters are."""
        parameters = [p for layer in self.layers for p in layer.parameters]
        return parameters[0].memory if parameters else Memory([])

    def check(self) -> None:
        """Raise a ValueError unless the layers are what they were: compiled code trusts shapes, and places in memory.

        Attributes may be changed at any time, by a callback or another thread, in ways that nobody meant.
        """
        memory = self.memory
        memory.check()
        for layer, before, after in zip(self.layers, self.shapes[:-1], self.shapes[1:], strict=True):
            now = tuple(axis or 0 for axis in layer.compute_output_shape((None, *before))[1:])
            if now != after:
                raise ValueError(
                    f"Layer '{layer.name}' makes {now} of {before} now, and {after} when this began: it was changed "
                    "meanwhile. Make a new layer instead."
                )
            layer.check_parameters(memory)

    @property
    def last(self) -> Layer | None:
        """The layer that the output comes from."""
        return self.layers[-1] if self.layers else None

    @property
    def fused(self) -> bool:
        """Whether the last activation and the loss are computed together, from the logits."""
        last, loss = self.last, self.loss
        return (
            isinstance(last, Activated)
            and loss is not None
            and loss.compiles
            and not last.why_python()
            and last.activity_regularizer is None  # which sees the activation's output
            and loss.fuses_with(last.activation.name)
            and _is_its_name(last.activation)
        )


def _is_its_name(activation: activations.ActivationFunction) -> bool:
    """Return whether a function with a built-in one's name is that one: a user's own may be called the same."""
    known = activations.TABLE.get(activation.name)
    return known is None or type(known) is type(activation)

"""What a call works on where the layers are no stack: branches, several inputs, several outputs.

Several inputs go through a training as one array, their numbers side by side, and so do several outputs and their
targets: what reads, shuffles and hands out data needs to know nothing of branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinynet._types import Array
from tinynet.graph import Graph, Padding, padding_in, side_by_side
from tinynet.layers import Dense, Layer
from tinynet.layers.activated import Activated
from tinynet.network import Network

if TYPE_CHECKING:
    from tinynet.metrics import Metric


class Head(NamedTuple):
    """One of several outputs.

    Attributes
    ----------
    name : str
        What its loss and metrics are called by: the layer's name, or the output's key.
    weight : float
        What its loss counts in the sum.
    network : Network
        The last layer, where its activation is computed with the loss, and the loss and metrics.
    output : int
        Its number among the outputs: those without a loss are no heads.
    """

    name: str
    weight: float
    network: Network
    output: int

    @property
    def columns(self) -> int:
        """How many numbers the targets of one sample are."""
        shape = self.network.output_shape
        assert self.network.loss is not None
        return prod(shape[:-1]) if self.network.loss.targets == "classes" else prod(shape)


@dataclass(frozen=True)
class Branched(Network):
    """The layers of a graph, each once, and its calls."""

    graph: Graph = field(default_factory=lambda: Graph((), (), ()))
    heads: tuple[Head, ...] = ()

    @cached_property
    def evaluating(self) -> Network:
        """The same without an optimizer: what `evaluate` works on."""
        return replace(self, optimizer=None)

    @cached_property
    def padding(self) -> Padding | None:
        """Where padding is left out, if anywhere."""
        return padding_in(self.graph.calls, len(self.graph.inputs), self.graph.outputs)

    @property
    def why_layers(self) -> str:
        """What keeps it out of the compiled loop."""
        return "the model has branches, or several inputs or outputs"

    # ---- shapes -----------------------------------------------------------------------------------------------------

    @cached_property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of one sample of each input."""
        if len(self.graph.inputs) == 1:
            return [self.sample_shape]
        return [tuple(axis or 0 for axis in shape[1:]) for shape in self.graph.inputs]

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of one sample of all values: the inputs, then what each call gives."""
        found = self.graph.shapes([(None, *shape) for shape in self.input_shapes])
        return tuple(tuple(axis or 0 for axis in shape[1:]) for shape in found)

    @property
    def output_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of one sample of each output."""
        return [self.shapes[number] for number in self.graph.outputs]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one sample's output; the numbers of several stand side by side."""
        shapes = self.output_shapes
        return shapes[0] if len(shapes) == 1 else (side_by_side(shapes),)

    @cached_property
    def layer_sizes(self) -> list[tuple[int, int]]:
        """For each call and one sample, the multiply-adds of its product and the number of its outputs."""
        found = []
        for number, call in enumerate(self.graph.calls, len(self.graph.inputs)):
            before, after = self.shapes[call.takes[0]], self.shapes[number]
            found.append((prod(before) * call.layer.units if isinstance(call.layer, Dense) else 0, prod(after)))
        return found

    takes_sparse = False

    def check(self) -> None:
        """Raise a ValueError unless the layers are what they were."""
        self.memory.check()
        for layer in self.layers:
            layer.check_parameters(self.memory)

    # ---- parts ------------------------------------------------------------------------------------------------------

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """Metrics, then weighted metrics; of all outputs."""
        if not self.heads:
            return super().all_metrics
        return tuple(metric for head in self.heads for metric in head.network.all_metrics)

    @cached_property
    def metric_kinds(self) -> list[tuple[str, str]]:
        """Their names, and what their totals are; of several outputs with their losses before."""
        if not self.heads:
            return super().metric_kinds
        of_heads = [(f"{head.name}_{name}", kind) for head in self.heads for name, kind in head.network.metric_kinds]
        losses = self.heads if len(self.heads) > 1 else ()
        return [*((f"{head.name}_loss", "mean") for head in losses), *of_heads]

    @property
    def width(self) -> int:
        """How many totals there are."""
        return 3 + sum(head.network.width for head in self.heads) if self.heads else super().width

    @property
    def last(self) -> Layer | None:
        """The layer that the output comes from."""
        number = self.graph.outputs[0] - len(self.graph.inputs)
        return self.graph.calls[number].layer if number >= 0 and len(self.graph.outputs) == 1 else None

    def fuses(self, output: int) -> tuple[Layer, ...]:
        """Return the last layer of an output, if nothing else takes what it or its activation gives; else nothing."""
        number = self.graph.outputs[output] - len(self.graph.inputs)
        if number < 0:
            return ()
        layer = self.graph.calls[number].layer
        value = self.graph.outputs[output]
        taken = [n for call in self.graph.calls for n in call.takes] + [*self.graph.outputs]
        alone = self.graph.uses[layer] == 1 and taken.count(value) == 1
        return (layer,) if alone and isinstance(layer, Activated) else ()

    @property
    def fused(self) -> bool:
        """Whether the last activation and the loss are computed together, from the logits."""
        if self.heads or self.loss is None or not self.fuses(0):
            return False
        return replace(self.at_the_end(0), loss=self.loss).fused

    def at_the_end(self, output: int) -> Network:
        """Return the network of an output's last layer, if that may be computed with the loss, or one of no layers."""
        layers = self.fuses(output)
        value = self.graph.outputs[output]
        before = self.graph.calls[value - len(self.graph.inputs)].takes[0] if layers else value
        padded = self.padding is not None and output in self.padding.outputs
        return Network(layers, self.shapes[before], self.dtype, padded=padded)

    # ---- side by side -----------------------------------------------------------------------------------------------

    def split_inputs(self, x: Array) -> list[Array]:
        """Return the inputs out of an array that they stand side by side in."""
        return [x] if len(self.input_shapes) == 1 else apart(x, self.input_shapes)

    def totals_of_heads(self, totals: Any) -> list[Any]:
        """Return each output's totals out of the totals of all: rows, Σ loss, Σ weights, the sums of each metric."""
        found, first = [], 3
        for head in self.heads:
            found.append(totals[first : (first := first + head.network.width)])
        return found


def apart(packed: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Return arrays of these shapes of one sample, whose numbers stand side by side.

    Examples
    --------
    >>> [part.tolist() for part in apart(np.array([[1, 2, 3]]), [(2,), (1,)])]
    [[[1, 2]], [[3]]]
    """
    ends = np.cumsum([prod(shape) for shape in shapes])
    parts = np.split(packed.reshape(len(packed), -1), ends[:-1], axis=1)
    return [np.ascontiguousarray(part).reshape(len(packed), *shape) for part, shape in zip(parts, shapes, strict=True)]

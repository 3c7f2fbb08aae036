"""Where a picture has the units and weights of a traced network, and which are shown if there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._types import Array
from tinynet.learn.languages import said

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: The most rows, columns and units that are shown.
MOST = 8
GAP_Y, RADIUS = 66.0, 27.0
#: Between columns: with room for numbers at the edges, and without.
WIDE_GAP, GAP = 230.0, 150.0
#: Up to this many edges between two columns, each is labelled with its number.
LABELLED = 12
#: The room that a label takes.
LABEL_WIDTH, LABEL_HEIGHT = 62.0, 15.0


class Sample:
    """Which indices along an axis are shown: the same for all arrays, so that related entries are shown together.

    If there are many inputs, those with the largest values are shown; of other axes, the first and the last.
    """

    def __init__(self, trace: Trace, most: int = MOST) -> None:
        self.most = most
        x = np.abs(trace["x"].astype(float)).sum(axis=0) if trace["x"].ndim > 1 else np.zeros(1)
        largest = np.sort(np.argsort(-x, kind="stable")[:most])
        self._inputs = (x.size, [int(i) for i in largest])

    def of(self, length: int) -> list[int]:
        """Return the visible indices of an axis."""
        if length <= self.most:
            return list(range(length))
        if length == self._inputs[0]:
            return self._inputs[1]
        tail = self.most // 4
        return [*range(self.most - tail), *range(length - tail, length)]


@dataclass(frozen=True)
class Node:
    """One unit: the arrays that hold its output and its gradient, and its index in them."""

    column: int
    unit: int
    x: float
    y: float
    value: str
    gradient: str | None


@dataclass(frozen=True)
class Edge:
    """One weight (`weights` names its matrix), or a plain connection; `label` is the middle of its number, if shown."""

    start: Node
    end: Node
    weights: str | None
    label: tuple[float, float] | None = None


@dataclass
class Layout:
    """The picture's parts, in units of about a pixel."""

    width: float
    height: float
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    heads: list[tuple[float, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def part_shown(array: Array, down: Sequence[int], across: Sequence[int]) -> str:
    """Return what a caption adds where only some rows and columns of a matrix are shown."""
    shown = len(down), len(across)
    return "" if shown == array.shape else ", " + said("shown", down=shown[0], across=shown[1])


def lay_out(trace: Trace, sample: Sample) -> Layout:
    """Place every shown unit and weight."""
    columns = _columns(trace)
    shown = [sample.of(trace[value].shape[-1]) for _, value, _, _ in columns]
    tallest = max(map(len, shown))
    layout = Layout(0.0, GAP_Y * tallest + 34)
    x, before = RADIUS + 30, list[Node]()
    for c, ((head, value, gradient, weights), units) in enumerate(zip(columns, shown, strict=True)):
        labelled = weights is not None and len(before) * len(units) <= LABELLED
        x += (WIDE_GAP if labelled else GAP) if c else 0.0
        top = 34 + GAP_Y * (tallest - len(units) + 1) / 2
        nodes = [Node(c, unit, x, top + GAP_Y * k, value, gradient) for k, unit in enumerate(units)]
        total = trace[value].shape[-1]
        layout.heads.append((x, head))
        if len(units) < total:
            layout.notes.append(said("units are shown", head=head, shown=len(units), all=total))
        pairs = [(start, end) for end in nodes for start in before if weights or start.unit == end.unit]
        labels = label_places(pairs) if labelled else [None] * len(pairs)
        layout.edges += [Edge(*pair, weights, label) for pair, label in zip(pairs, labels, strict=True)]
        layout.nodes += nodes
        before = nodes
    layout.width = x + RADIUS + 30
    return layout


def label_places(pairs: Sequence[tuple[Node, Node]]) -> list[tuple[float, float] | None]:
    """Return where the number of each edge stands: on its line, over no other number, and far from other lines.

    An edge for whose number no room is left gets None.
    """
    taken: list[tuple[float, float]] = []
    places: list[tuple[float, float] | None] = []
    for start, end in pairs:
        rooms = []
        for share in np.linspace(0.0, 1.0, 41):
            x, y = _along(start, end, share)
            if any(abs(x - a) < LABEL_WIDTH and abs(y - b) < LABEL_HEIGHT for a, b in taken):
                continue
            others = [abs(y - _along(a, b, share)[1]) for a, b in pairs if (a, b) != (start, end)]
            rooms.append((min([*others, LABEL_HEIGHT]), -abs(share - 0.5), x, y))
        places.append(max(rooms)[2:] if rooms else None)
        taken += [place for place in places[-1:] if place is not None]
    return places


def _along(start: Node, end: Node, share: float) -> tuple[float, float]:
    """Return a point of an edge, where a number has room between the circles: from 0 (left) to 1 (right)."""
    left, right = start.x + RADIUS, end.x - RADIUS
    x = left + LABEL_WIDTH / 2 + share * (right - left - LABEL_WIDTH)
    return x, start.y + (x - left) / (right - left) * (end.y - start.y)


def _columns(trace: Trace) -> list[tuple[str, str, str | None, str | None]]:
    """Return head, output, gradient and weights of every column of units."""
    names, tape = trace.array_names, trace.tape.arrays
    columns: list[tuple[str, str, str | None, str | None]] = [(said("input"), "x", None, None)]
    for i, record in enumerate(trace.record.layers):
        out, z, layer, kind = names.outputs[i], names.sums[i], record.layer, record.kind
        gradient: str | None = f"d{z if kind == 'dense' else out}"
        gradient = gradient if gradient in tape else None
        if kind == "dense":
            columns.append((layer.name, out, gradient, names.parameters[layer.parameters[0]]))
        elif kind == "same" and len(columns) == 1:
            columns[0] = ("input", out, None, None)
        elif kind == "activation" and columns[-1][1] == names.inputs[i]:
            columns[-1] = (columns[-1][0], out, columns[-1][2] or gradient, columns[-1][3])
        else:
            columns.append((layer.name, out, gradient, None))
    return columns


def strength(value: Any, largest: float) -> float:
    """Return a number as a share of the largest in its array, from -1 to 1; NaN gives 0."""
    share = float(value) / largest if largest else 0.0
    return share if np.isfinite(share) else 0.0


def largest(array: Any) -> float:
    """Return the largest finite absolute value."""
    finite = np.abs(np.asarray(array, float))
    finite = finite[np.isfinite(finite)]
    return float(finite.max(initial=0.0))

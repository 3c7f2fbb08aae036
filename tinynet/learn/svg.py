"""A traced network as a drawing: units with values, weights by width and colour, small matrices as heat maps."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.learn.languages import said
from tinynet.learn.layout import RADIUS, Edge, Layout, Node, Sample, largest, lay_out, part_shown, strength
from tinynet.learn.notation import number

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

CELL_WIDTH, CELL_HEIGHT = 62, 24

STYLE = """
svg.net{font:12px/1.2 ui-monospace,Menlo,Consolas,monospace;color:#1b1f24;background:#fff}
.net text{fill:currentColor;text-anchor:middle;dominant-baseline:middle}
.net .unit{fill:#f4f6f8;stroke:#6b7682;stroke-width:1.5}.net .head{font-weight:600}
.net .edge{stroke-linecap:round}.net .pos{stroke:#1f6feb}.net .neg{stroke:#c2410c}
.net .plain{stroke:#9aa4af;stroke-dasharray:3 4}
.net .gradient{font-size:10px;fill:#a3328f}
.net .label{font-size:10px}.net .label rect{fill:#fff}
.net .live{display:none}.net .live.final{display:inline}.net .name{font-size:10px;opacity:.75}
.net .heat{stroke:#d5dae0}.net .title{font-weight:600;text-anchor:start}
"""


def network(trace: Trace, sample: Sample, rows: list[int]) -> str:
    """Return the drawing as an `svg` element; its parts say from which step to which step they are visible."""
    layout = lay_out(trace, sample)
    return (
        f'<svg class="net" role="img" aria-label="{escape(_described(trace, layout))}" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:g} {layout.height:g}" '
        f'style="--width:{layout.width:g}px">'
        f"{drawing(trace, layout, rows)}</svg>"
    )


def drawing(trace: Trace, layout: Layout, rows: list[int], prefix: str = "") -> str:
    """Return the parts of the drawing. Without a script, lines show weights, or gradients with the prefix "d"."""
    steps = {step.name: step.place for step in trace.steps}
    last = len(trace.steps) + 1
    parts = [f'<text class="head" x="{x:g}" y="14">{escape(_head(head))}</text>' for x, head in layout.heads]
    scales = {name: largest(trace[name]) for name in steps | dict.fromkeys(trace.given)}
    edges = [_edge(trace, edge, steps, scales, f"{prefix}{edge.weights}") for edge in layout.edges]
    parts += [line for lines, _ in edges for line in lines]
    parts += [label for _, labels in edges for label in labels]  # over all lines
    for node in layout.nodes:
        parts.append(_node(trace, node, steps, last, rows))
    return "".join(parts)


def _edge(
    trace: Trace, edge: Edge, steps: dict[str, int], scales: dict[str, float], seen_first: str
) -> tuple[list[str], list[str]]:
    """Return the edge's lines and their labels, one for each array that it shows in the course of the steps."""
    a, b = edge.start, edge.end
    line = f'x1="{a.x + RADIUS:g}" y1="{a.y:g}" x2="{b.x - RADIUS:g}" y2="{b.y:g}"'
    if edge.weights is None:
        return [f'<line class="edge plain" {line}/>'], []
    W = edge.weights
    told = [name for name in (W, f"d{W}", f"{W}_new") if name in steps or name == W]
    begins = [steps.get(name, 0) for name in told] + [len(trace.steps) + 1]
    lines, labels = [], []
    for k, name in enumerate(told):
        value = trace[name][a.unit, b.unit]
        share = strength(value, scales[name])
        final = " final" if name == seen_first else ""
        seen = f'live{final}" data-from="{begins[k]}" data-to="{begins[k + 1]}"'
        width, sign = 0.6 + 4 * abs(share), "pos" if value >= 0 else "neg"
        place = f'data-t="{escape(name)}" data-r="{a.unit}" data-c="{b.unit}"'
        if edge.label is not None:
            labels.append(f'<g class="label {seen}>{_label(*edge.label, number(value, 3))}</g>')
        lines.append(
            f'<g class="{seen}><line class="edge {sign}" {line} {place} stroke-width="{width:.1f}" '
            f'stroke-opacity="{0.25 + 0.75 * abs(share):.2f}"/></g>'
        )
    return lines, labels


def _label(x: float, y: float, text: str) -> str:
    """Return a number on a line, on a ground of its own: a line that shines through makes a colon of a point."""
    width = 6.1 * len(text) + 4
    ground = f'<rect x="{x - width / 2:.1f}" y="{y - 7:.0f}" width="{width:.1f}" height="13" rx="3"/>'
    return f'{ground}<text x="{x:.0f}" y="{y:.0f}">{text}</text>'


def _node(trace: Trace, node: Node, steps: dict[str, int], last: int, rows: list[int]) -> str:
    texts = [f'<circle class="unit" cx="{node.x:g}" cy="{node.y:g}" r="{RADIUS:g}"/>']
    texts.append(f'<text class="name" x="{node.x:g}" y="{node.y - 13:g}">{escape(node.value)}[{node.unit}]</text>')
    for row in rows:
        lines = [(node.value, "value", node.y + 1)]
        if node.gradient is not None:
            lines.append((node.gradient, "gradient", node.y + 14))
        for name, kind, y in lines:
            final = " final" if row == rows[0] else ""
            begin = steps.get(name, 0)
            texts.append(
                f'<text class="live {kind}{final}" data-row="{row}" data-from="{begin}" data-to="{last}" '
                f'x="{node.x:g}" y="{y:g}">{_short(trace[name][row, node.unit])}</text>'
            )
    return f'<g class="node" data-t="{escape(node.value)}" data-c="{node.unit}">{"".join(texts)}</g>'


def _head(name: str) -> str:
    """Return a layer's name, cut so that it stays beside its neighbour's."""
    return name if len(name) <= 19 else name[:18] + "…"


def _short(value: Any) -> str:
    """Return a number that fits into a circle."""
    text = number(value, 3)
    return text if len(text) <= 7 else number(value, 2) if len(number(value, 2)) <= 7 else f"{float(value):.0e}"


def _described(trace: Trace, layout: Layout) -> str:
    units = " → ".join(f"{head} ({trace[value].shape[-1]})" for head, value in _heads(layout))
    return said("drawing", units=units)


def _heads(layout: Layout) -> list[tuple[str, str]]:
    values = {node.column: node.value for node in layout.nodes}
    return [(head, values[c]) for c, (_, head) in enumerate(layout.heads)]


# ---- the picture by itself ------------------------------------------------------------------------------------------


def picture(trace: Trace) -> str:
    """Return one SVG file: the drawing, and below it the weights and gradients as heat maps with numbers."""
    sample = Sample(trace)
    layout = lay_out(trace, sample)
    y, width = layout.height + 40, 2 * layout.width
    titles = [f'<text class="title" x="8" y="12">{escape(said(key))}</text>' for key in ("weights", "gradients")]
    parts = [
        f'<g transform="translate({k * layout.width:g} 0)">{titles[k]}<g transform="translate(0 20)">'
        f"{drawing(trace, layout, [0], prefix)}</g></g>"
        for k, prefix in enumerate(("", "d"))
    ]
    for note in [said("picture"), *layout.notes]:
        parts.append(f'<text class="name" style="text-anchor:start" x="8" y="{y:g}">{escape(note)}</text>')
        y += 18
    for name in trace.parameters:
        x, deepest = 8.0, y
        for shown in (name, f"d{name}"):
            if shown in trace.tape.arrays:
                part, right, bottom = heat_map(trace, shown, sample, x, y)
                parts.append(part)
                x, deepest, width = right + 24, max(deepest, bottom), max(width, right + 8)
        y = deepest + 16
    label = escape(_described(trace, layout))
    return (
        f'<svg class="net" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width:g} {y:g}" width="{width:g}" height="{y:g}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>'
    )


def heat_map(trace: Trace, name: str, sample: Sample, x: float, y: float) -> tuple[str, float, float]:
    """Return a matrix as coloured cells with numbers, and the position of its right and lower ends."""
    array: Any = np.atleast_2d(trace[name])
    down, across, top = sample.of(array.shape[0]), sample.of(array.shape[1]), largest(array)
    caption = escape(trace.tape.with_shape(name) + part_shown(array, down, across))
    cells = [f'<text class="title" x="{x:g}" y="{y + 8:g}">{caption}</text>']
    y += 20
    for i, r in enumerate(down):
        for j, c in enumerate(across):
            share = strength(array[r, c], top)
            fill = "#1f6feb" if share >= 0 else "#c2410c"
            left, upper = x + j * CELL_WIDTH, y + i * CELL_HEIGHT
            cells.append(
                f'<rect class="heat" x="{left:g}" y="{upper:g}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" '
                f'fill="{fill}" fill-opacity="{0.55 * abs(share):.2f}"/><text x="{left + CELL_WIDTH / 2:g}" '
                f'y="{upper + CELL_HEIGHT / 2:g}">{_short(array[r, c])}</text>'
            )
    return "".join(cells), x + CELL_WIDTH * len(across), y + CELL_HEIGHT * len(down)

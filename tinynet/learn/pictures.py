"""Traces and the health of a run, drawn with matplotlib (the extra ``plot``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.learn.languages import checked_language, current, said, speaking, wrapped
from tinynet.learn.layout import RADIUS, Sample, largest, lay_out, strength
from tinynet.learn.notation import number
from tinynet.plot._fonts import readable
from tinynet.plot._style import NEGATIVE, POSITIVE, dress, literal, new_figure, pyplot, signs, whole_epochs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tinynet.learn.health import Health
    from tinynet.learn.tracing import Trace


def plot_trace(trace: Trace) -> Figure:
    """Draw the network with its weights and again with their gradients, and the matrices as heat maps."""
    with readable():
        return _drawn(trace)


def _drawn(trace: Trace) -> Figure:
    sample = Sample(trace)
    layout = lay_out(trace, sample)
    names = [name for name in trace.parameters if trace[name].ndim == 2 and f"d{name}" in trace.tape.arrays]
    tall = max(3.4, layout.height / 90)  # so that a number fits into a circle
    figure = new_figure(11.0, 0.8 + tall + 2.2 * len(names))
    grid = figure.add_gridspec(1 + len(names), 2, height_ratios=[tall, *[2.2] * len(names)])
    for column, (prefix, title) in enumerate((("", said("picture: weights")), ("d", said("picture: gradients")))):
        _draw_network(figure.add_subplot(grid[0, column]), trace, layout, prefix, title)
        for row, name in enumerate(names, 1):
            _draw_matrix(figure.add_subplot(grid[row, column]), trace, f"{prefix}{name}", sample)
    lines = [said("picture"), *wrapped("; ".join(layout.notes), 120)]
    figure.supxlabel("\n".join(map(literal, lines)), fontsize="small")
    figure.suptitle(literal(said("picture: title", title=trace.titled())))
    return figure


def _draw_network(ax: Any, trace: Trace, layout: Any, prefix: str, title: str) -> None:
    names = {f"{prefix}{edge.weights}" for edge in layout.edges if edge.weights is not None}
    scales = {name: largest(trace[name]) for name in names & trace.tape.arrays.keys()}
    for edge in layout.edges:
        name = f"{prefix}{edge.weights}"
        if edge.weights is None or name not in scales:
            width, colour = 0.5, "#999999"
        else:
            value = trace[name][edge.start.unit, edge.end.unit]
            width = 0.5 + 4 * abs(strength(value, scales[name]))
            colour = POSITIVE if value >= 0 else NEGATIVE
        ax.plot([edge.start.x, edge.end.x], [edge.start.y, edge.end.y], color=colour, linewidth=width, zorder=1)
    for node in layout.nodes:
        ax.add_patch(pyplot().Circle((node.x, node.y), RADIUS, facecolor="white", edgecolor="#555555", zorder=2))
        shown = node.value if not prefix else node.gradient
        if shown is not None and shown in trace.tape.arrays:
            text = number(trace[shown][0, node.unit], 3)
            ax.text(node.x, node.y, literal(text), ha="center", va="center", fontsize="small", zorder=3)
    for x, head in layout.heads:
        ax.text(x, 4, literal(head), ha="center", fontsize="small")
    ax.set(title=title, aspect="equal", xlim=(0, layout.width), ylim=(layout.height, -12))
    ax.set_axis_off()


def _draw_matrix(ax: Any, trace: Trace, name: str, sample: Sample) -> None:
    array = trace[name]
    down, across = sample.of(array.shape[0]), sample.of(array.shape[1])
    shown, top = array[np.ix_(down, across)], largest(array) or 1.0
    ax.imshow(shown, cmap=signs(), vmin=-1.5 * top, vmax=1.5 * top, aspect="auto")
    for (i, j), value in np.ndenumerate(shown):
        ax.text(j, i, number(value, 3), ha="center", va="center", fontsize="small")
    ax.set_xticks(range(len(across)), across)
    ax.set_yticks(range(len(down)), down)
    ax.set_title(literal(trace.tape.with_shape(name)), fontsize="medium")


def plot_health(health: Health, normal: Mapping[str, tuple[float, float]], lang: str | None = None) -> Figure:
    """Draw gradient norm, update ratio and share of dead ReLUs by layer and epoch, with the `normal` range shaded."""
    if not health.by_layer:
        raise ValueError("Health: nothing was recorded yet. Give it to fit first: callbacks=[health].")
    with speaking(checked_language(lang)), readable():
        return _of_health(health, normal)


def _of_health(health: Health, normal: Mapping[str, tuple[float, float]]) -> Figure:
    figure = new_figure(17.0, 4.6)
    shades = pyplot().get_cmap("viridis")(np.linspace(0.0, 0.9, len(health.by_layer)))  # dark: the first layer
    last = [norm for norm in [*health.by_layer.values()][-1]["gradient_norm"] if 0 < norm < np.inf]
    for ax, (name, (low, high)) in zip(figure.subplots(1, 3), normal.items(), strict=True):
        scale = (last[-1] if last else 1.0) if name == "gradient_norm" else 1.0
        ax.axhspan(low * scale, high * scale, color="#009E73", alpha=0.12, label=said("measure: normal"))
        for shade, (layer, measures) in zip(shades, health.by_layer.items(), strict=True):
            _draw_measure(ax, measures.get(name, []), shade, layer, low * scale)
        if name == "dead_relus":
            ax.set_ylim(-0.02, 1.02)
            if not any(name in measures for measures in health.by_layer.values()):
                ax.text(0.5, 0.5, said("measure: no ReLU"), transform=ax.transAxes, ha="center")
        else:
            ax.set_yscale("log")
        below = f"{said('measure: epoch')}\n{said(f'beyond: {name}')}"
        dress(ax, said(f"measure: {name}"), below, "")
        whole_epochs(ax)
        ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the curves
    figure.suptitle("\n".join(map(literal, wrapped(health.verdict(current()), 150))), fontsize="medium")
    return figure


def _draw_measure(ax: Any, values: Any, shade: Any, layer: str, lowest: float) -> None:
    """Draw a layer's curve; a zero, for which a logarithmic axis has no place, is a cross at the bottom."""
    if not values:
        return
    epochs, numbers = np.arange(1, len(values) + 1), np.array(values, float)
    zero = (numbers == 0) & (lowest > 0)
    ax.plot(epochs, np.where(zero, np.nan, numbers), color=shade, marker=".", label=literal(layer))
    if zero.any():
        ax.plot(epochs[zero], np.full(zero.sum(), lowest / 10), "x", color=shade, label=literal(f"{layer}: 0"))

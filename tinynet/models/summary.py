"""The table of a model's layers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Protocol

import numpy as np

from tinynet._arguments import shown
from tinynet._html import table
from tinynet.layers import Layer
from tinynet.optimizers import Optimizer

_HEADER = ("Layer (type)", "Output Shape", "Param #")


class HasLayers(Protocol):
    """A model, as far as its table is concerned."""

    name: str

    @property
    def computing_layers(self) -> Sequence[Layer]:
        """The layers, in order, and what stands in the place of some."""

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once compiled."""


def format_summary(
    model: HasLayers,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    show_trainable: bool = False,
    expand_nested: bool = False,
    layer_range: Sequence[str] | None = None,
) -> str:
    """Write a model as the table of its layers, in the form of Keras 3; with what each takes, if they are no stack.

    Parameters
    ----------
    model : Sequential
        The model; one that has no shapes yet shows ``?``.
    line_length : int, optional
        Width of the table in characters. Default: what the terminal has, less 4, between 40 and 88 (20
        more with connections, 12 more with `show_trainable`).
    positions : list of float, optional
        Where the columns end: shares of `line_length` (the last is 1), or numbers of characters.
    show_trainable : bool
        Add a column: ``Y`` for layers that are trained, ``N`` for frozen ones, ``-`` without parameters.
    expand_nested : bool
        Add the layers of models that stand in the place of layers, below these.
    layer_range : two of str, optional
        Show the layers from the first that the first pattern matches to the last that the second one matches.

    Returns
    -------
    str
        The table and, below it, the numbers of parameters and their sizes in memory. Unlike in Keras,
        "Total params" does not count the optimizer's variables, which have their own line once they exist.

    Raises
    ------
    ValueError
        If `line_length` leaves a column less than 4 characters, or no layer has a name of `layer_range`.

    Notes
    -----
    Source: https://keras.io/api/models/model/#summary-method

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((12,)), tinynet.layers.Dense(3, name="out")], name="small")
    >>> print(format_summary(model, line_length=50))
    Model: "small"
    ┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
    ┃ Layer (type)        ┃ Output Shape   ┃ Param # ┃
    ┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
    │ out (Dense)         │ (None, 3)      │      39 │
    └─────────────────────┴────────────────┴─────────┘
     Total params: 39 (156.00 B)
     Trainable params: 39 (156.00 B)
     Non-trainable params: 0 (0.00 B)
    """
    connected: Mapping[str, str] = getattr(model, "connections", {})
    header = [*_HEADER, "Connected to"] if connected else [*_HEADER]
    edges = [0.3, 0.56, 0.74, 1.0] if connected else [0.45, 0.80, 1.0]
    if show_trainable:
        header.append("Trainable")
        edges = [*(0.9 * edge for edge in edges), 1.0]
    length = _default_length(show_trainable, bool(connected)) if line_length is None else line_length
    if length > _LONGEST:
        raise ValueError(f"summary: `line_length` must be at most {_LONGEST:,} characters. Received: {length:,}")
    if positions is not None:
        edges = _edges(positions, len(header), length)
    widths = _column_widths(edges, length)
    rows = []
    for layer in _in_range(model.computing_layers, layer_range):
        rows += _rows(layer, show_trainable, connected, expand_nested)

    return "\n".join([f'Model: "{model.name}"', *_table(header, rows, widths), *_totals(model)])


def html_summary(model: HasLayers) -> str:
    """Write a model as a table in HTML, as notebooks show it."""
    connected: Mapping[str, str] = getattr(model, "connections", {})
    rows = [_layer_row(layer, False, connected) for layer in model.computing_layers]
    header = (*_HEADER, "Connected to") if connected else _HEADER
    return table(f'Model: "{model.name}"', header, rows, _totals(model))


def _totals(model: HasLayers) -> list[str]:
    """Return the numbers of parameters and their sizes, a line each."""
    trainable = [p for layer in model.computing_layers for p in layer.trainable_parameters]
    frozen = [p for layer in model.computing_layers for p in layer.non_trainable_parameters]
    lines = [
        _parameters_line("Total", trainable + frozen),
        _parameters_line("Trainable", trainable),
        _parameters_line("Non-trainable", frozen),
    ]
    if model.optimizer is not None and model.optimizer.iterations:
        kept = model.optimizer.variable_count(trainable)
        itemsize = max((np.dtype(p.dtype).itemsize for p in trainable + frozen), default=4)
        lines.append(f" Optimizer params: {kept:,} ({_size(kept * itemsize)})")
    return lines


#: The longest line that anybody reads.
_LONGEST = 10_000


def _default_length(show_trainable: bool, connected: bool) -> int:
    return max(40, min(88 + 12 * show_trainable + 20 * connected, shutil.get_terminal_size().columns - 4))


def _edges(positions: Sequence[float], columns: int, length: int) -> list[float]:
    """Return where columns end as shares of the length, or raise a ValueError unless there are as many, in order."""
    in_order = list(positions) == sorted(positions) and all(map(isfinite, positions))
    if len(positions) != columns or not in_order or not positions[0] > 0:
        raise ValueError(f"summary: `positions` must be {columns} increasing numbers. Received: {shown(positions)}")
    return [float(p) if positions[-1] <= 1 else p / length for p in positions]


def _column_widths(edges: Sequence[float], line_length: int) -> list[int]:
    """Share out `line_length`: columns end at these fractions of it; rules and padding come out of each."""
    ends = [int(edge * line_length) for edge in edges]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if min(widths) < 4:
        raise ValueError(f"Insufficient width to print the summary. Received: line_length={line_length}")
    rules = 3 * len(widths) + 1  # │ and two spaces a column, and a last │
    for index in range(len(widths)):
        share = round(rules / (len(widths) - index))
        widths[index] = max(widths[index] - share, 1)
        rules -= share
    return widths


def _in_range(layers: Sequence[Layer], names: Sequence[str] | None) -> Sequence[Layer]:
    """Return the layers between two that patterns match, both included, in whichever order the patterns come."""
    if names is None:
        return layers
    if len(names) != 2:
        raise ValueError(f"summary: `layer_range` must be two names of layers. Received: {shown(names)}")
    places = [[index for index, layer in enumerate(layers) if re.match(name, layer.name)] for name in names]
    if not all(places):
        raise ValueError(
            f"summary: `layer_range` must match names of the model's layers. Received: {shown(names)}, for "
            f"{', '.join(layer.name for layer in layers)}"
        )
    first, last = min(places[0]), max(places[1])
    return layers[first : last + 1] if first <= last else layers[min(places[1]) : max(places[0]) + 1]


def _rows(
    layer: Any, show_trainable: bool, connected: Mapping[str, str], expand_nested: bool, level: int = 0
) -> list[list[str]]:
    """Return a layer's row, and below it those of the layers it holds."""
    rows = [_layer_row(layer, show_trainable, connected, "   " * level + "└ " if level else "")]
    for inner in getattr(getattr(layer, "_original", layer), "layers", ()) if expand_nested else ():
        rows += _rows(inner, show_trainable, connected, True, level + 1)
    return rows


def _layer_row(layer: Any, show_trainable: bool, connected: Mapping[str, str], before: str = "") -> list[str]:
    parameters = [*layer.trainable_parameters, *layer.non_trainable_parameters]
    row = [
        f"{before}{layer.name} ({type(getattr(layer, '_original', layer)).__name__})",
        _shape(layer),
        f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
    ]
    if connected:
        row.append("-" if before else connected[layer.name])
    if show_trainable:
        row.append(("Y" if layer.trainable else "N") if parameters else "-")
    return row


def _shape(layer: Any) -> str:
    try:
        return f"({', '.join(map(str, layer.output_shape))})"
    except AttributeError:
        return "?"


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> Iterable[str]:
    last = [str.ljust] if "Connected to" in header else []
    align = [str.ljust, str.ljust, str.rjust, *last, str.center][: len(widths)]

    def rule(left: str, line: str, middle: str, right: str) -> str:
        return left + middle.join(line * (width + 2) for width in widths) + right

    def cells(row: list[str], bar: str, at_the_bottom: bool = False) -> Iterable[str]:
        columns = [_wrapped(text, width) for text, width in zip(row, widths, strict=True)]
        height = max(map(len, columns))
        for column in columns:
            empty = [""] * (height - len(column))
            column[:] = empty + column if at_the_bottom else column + empty
        for line in zip(*columns, strict=True):
            padded = [put(text, width) for put, text, width in zip(align, line, widths, strict=True)]
            yield f"{bar} " + f" {bar} ".join(padded) + f" {bar}"

    yield rule("┏", "━", "┳", "┓")
    yield from cells(header, "┃", at_the_bottom=True)
    yield rule("┡", "━", "╇", "┩")
    for index, row in enumerate(rows):
        if index:
            yield rule("├", "─", "┼", "┤")
        yield from cells(row, "│")
    yield rule("└", "─", "┴", "┘")


def _wrapped(text: str, width: int) -> list[str]:
    """Break between words; a word that is too long for a line is cut with an ellipsis."""
    lines: list[str] = []
    words = text.split()
    words[:1] = [text[: -len(text.lstrip())] + word for word in words[:1]] if text[:1] == " " else words[:1]
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def _parameters_line(what: str, parameters: list[Any]) -> str:
    count = sum(p.size for p in parameters)
    return f" {what} params: {count:,} ({_size(sum(p.size * np.dtype(p.dtype).itemsize for p in parameters))})"


def _size(amount: float) -> str:
    """Write a number of bytes: ``156.00 B``, ``70.57 KB``."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 1024:
            return f"{amount:.2f} {unit}"
        amount /= 1024
    return f"{amount:.2f} PB"

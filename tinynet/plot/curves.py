"""Curves of a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tinynet._arguments import shown
from tinynet.plot import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Recorded(Protocol):
    """What `fit` returns, as far as a picture needs it. Keras's own `History` serves as well."""

    @property
    def history(self) -> Mapping[str, Sequence[float]]:
        """The values of each quantity, by name."""

    @property
    def epoch(self) -> Sequence[int]:
        """The epochs they belong to, counted from 0."""


@_style.picture
def history(
    history: Recorded | Mapping[str, Sequence[float]],
    keys: Sequence[str] | None = None,
    *,
    axes: Sequence[Axes] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw each quantity of a training run over the epochs: one panel each, validation dashed.

    Parameters
    ----------
    history : History or dict
        What `fit` returned, or its `history`. A validation that ran only in some epochs stands at these. (A plain
        dictionary does not say which these are: then every second, every third epoch and so on, as many as there are.)
    keys : sequence of str, optional
        What to draw, such as ``["loss"]``, each with its validation. Default: the loss, then each metric, and what
        else has numbers.
    axes : sequence of matplotlib Axes, optional
        Where to draw, one for each key. Default: a new figure.
    title : str, optional
        Title above all panels of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If `history` is empty or lacks a key, or the number of axes differs from that of the keys.

    Examples
    --------
    >>> logs = {"loss": [0.7, 0.4, 0.3], "val_loss": [0.7, 0.5, 0.5], "mae": [0.5, 0.4, 0.3]}
    >>> figure = history(logs)
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['loss', 'mean absolute error (mae)']
    """
    logs = _logs(history)
    if keys is None:
        keys = sorted((key for key in _of_numbers(logs) if not key.startswith("val_")), key=lambda key: key != "loss")
    if not len(keys):
        raise ValueError(f"history: nothing to draw of {shown([*logs])}; expected the name of a list of numbers.")
    for key in (*keys, *(f"val_{key}" for key in keys if f"val_{key}" in logs)):
        _values(logs, key)
    if axes is None:
        figure = _style.new_figure(5.2 * len(keys), 4.0)
        figure.suptitle(title or "", fontsize="x-large")
        axes = list(np.atleast_1d(figure.subplots(1, len(keys))))
    if len(axes) != len(keys):
        raise ValueError(f"axes: expected {len(keys)}, one for each of {list(keys)}. Received: {len(axes)}")
    for key, ax in zip(keys, axes, strict=True):
        values = _values(logs, key)
        ax.plot(_epochs(logs, history, key), values, color=_style.COLOURS[0], label="training", **_mark(values))
        if f"val_{key}" in logs:
            values = _values(logs, f"val_{key}")
            style = {"color": _style.COLOURS[1], "linestyle": "--", "label": "validation"}
            ax.plot(_epochs(logs, history, f"val_{key}"), values, **style, **_mark(values))
            ax.legend(frameon=False)
        name = _name(key)
        _style.dress(ax, name[:1].upper() + name[1:], "epoch", name)
        _style.whole_epochs(ax)
    return axes[0].figure


@_style.picture
def twin_axes(
    history: Recorded | Mapping[str, Sequence[float]],
    left: str = "loss",
    right: str | None = None,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> tuple[Axes, Axes]:
    """Draw two quantities of a training run in one picture, each with its own vertical axis: loss and accuracy, say.

    Parameters
    ----------
    history : History or dict
        What `fit` returned, or its `history`.
    left : str, default "loss"
        The quantity on the left axis, with its validation dashed.
    right : str, optional
        The quantity on the right axis. Default: the first metric.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.
    title : str, optional
        Default: the names of the quantities.

    Returns
    -------
    tuple of matplotlib Axes
        The left and the right ones.

    Raises
    ------
    ValueError
        If there is no such quantity.

    Examples
    --------
    >>> left, right = twin_axes({"loss": [0.7, 0.4, 0.3], "accuracy": [0.5, 0.8, 0.9]})
    >>> left.get_ylabel(), right.get_ylabel(), left.get_title()
    ('loss', 'accuracy', 'Loss and accuracy')
    """
    logs = _logs(history)
    if right is None:
        right = next((key for key in _of_numbers(logs) if key != left and not key.startswith("val_")), None)
        if right is None:
            raise ValueError(f"history: nothing to draw beside '{left}': compile with metrics=['accuracy'], say.")
    for key in (left, right, *(f"val_{key}" for key in (left, right) if f"val_{key}" in logs)):
        _values(logs, key)
    axes = _style.new_axes(ax)
    other = axes.twinx()
    for side, key, colour in ((axes, left, _style.COLOURS[0]), (other, right, _style.COLOURS[1])):
        for name, line in ((key, "-"), (f"val_{key}", "--")):
            if name == key or name in logs:
                values = _values(logs, name)
                across = _epochs(logs, history, name)
                side.plot(across, values, line, color=colour, label=_name(name), **_mark(values))
        _style.dress(side, None, "epoch", _name(key), grid=side is axes)
        side.yaxis.label.set_color(colour)
        side.tick_params(axis="y", colors=colour)
    other.spines["right"].set_visible(True)
    axes.set_title(title or f"{_name(left)} and {_name(right)}".capitalize(), fontsize="large")
    _style.whole_epochs(axes)
    lines = [*axes.get_lines(), *other.get_lines()]
    # Below the picture: inside, the legend would hide parts of up to four lines.
    axes.legend(lines, [line.get_label() for line in lines], loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    return axes, other


@_style.picture
def lines(
    curves: Mapping[str, Sequence[float]],
    x: Sequence[float] | None = None,
    *,
    xlabel: str = "epoch",
    ylabel: str = "",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw several curves in one picture, for comparison: the same quantity of several training runs, say.

    Parameters
    ----------
    curves : dict of str to sequence of float
        The curves by name; at most seven, so that colours and dashes tell them apart.
    x : sequence of float, optional
        Positions of the values. Default: 1, 2, …, as epochs are counted.
    xlabel, ylabel : str
        What the axes show.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.
    title : str, optional
        Title of the picture.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there is no curve, or more than seven, or `x` has another length.

    Examples
    --------
    >>> ax = lines({"SGD": [0.9, 0.7, 0.6], "Adam": [0.8, 0.5, 0.3]}, ylabel="loss", title="Two optimizers")
    >>> [line.get_label() for line in ax.get_lines()], ax.get_xlabel()
    (['SGD', 'Adam'], 'epoch')
    """
    if not 1 <= len(curves) <= len(_style.COLOURS):
        raise ValueError(f"curves: expected 1 to {len(_style.COLOURS)} of them. Received: {len(curves)}")
    for name, values in curves.items():
        if x is not None and len(x) != len(values):
            raise ValueError(
                f"x: expected a position for each of the {len(values)} values of {name!r}. Received: {len(x)}"
            )
    axes = _style.new_axes(ax)
    for (name, values), colour, dash in zip(curves.items(), _style.COLOURS, _style.DASHES, strict=False):
        across = range(1, len(values) + 1) if x is None else x
        axes.plot(across, values, color=colour, linestyle=dash, label=_style.literal(name), **_mark(values))
    _style.dress(axes, title, xlabel, ylabel)
    if x is None:
        _style.whole_epochs(axes)
    if len(curves) > 1:
        axes.legend(frameon=False)
    return axes


def _logs(history: Any) -> Mapping[str, Sequence[float]]:
    logs: Mapping[str, Sequence[float]] = getattr(history, "history", history)
    if not isinstance(logs, Mapping):
        raise TypeError(f"history: expected what `fit` returned, or a dict of lists. Received: {shown(history)}")
    if not logs:
        raise ValueError("history: it is empty; nothing was trained.")
    return logs


def _values(logs: Mapping[str, Sequence[float]], key: str) -> Sequence[float]:
    if key not in logs:
        raise ValueError(f"history: there is no '{key}'. It has: {', '.join(map(str, logs))}.")
    if not _are_numbers(logs[key]):
        raise ValueError(f"history: '{key}' cannot be drawn, because its values are no numbers.")
    return logs[key]


def _of_numbers(logs: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the names of what can be drawn: a callback may record anything, under any name."""
    return [key for key, values in logs.items() if isinstance(key, str) and _are_numbers(values)]


def _are_numbers(values: Any) -> bool:
    return isinstance(values, (Sequence, np.ndarray)) and all(map(_can_be_drawn, values))


def _can_be_drawn(value: Any) -> bool:
    with suppress(OverflowError):  # of a whole number that no float can hold
        return isinstance(value, Real) and float(value) is not None
    return False


def _epochs(logs: Mapping[str, Sequence[float]], history: Any, key: str) -> Any:
    """Return the epochs of the values under a name, counted from 1 as the progress lines do."""
    count = len(logs[key])
    known = (getattr(logs, "epochs", None) or {}).get(key, ())
    if len(known) == count and all(first < second for first, second in pairwise(known)):
        return [epoch + 1 for epoch in known]
    epochs = [epoch + 1 for epoch in getattr(history, "epoch", ())] or [
        *range(1, 1 + max(len(logs[name]) for name in _of_numbers(logs)))
    ]
    if count == len(epochs):
        return epochs
    every = max(1, len(epochs) // max(1, count))
    due = [epoch for epoch in epochs if epoch % every == 0]
    if count == len(due):
        return due
    return epochs[-1] - (epochs[-1] - epochs[0] + 1) / count * np.arange(count)[::-1]


def _mark(values: Sequence[float]) -> dict[str, Any]:
    """Return the style of a line; a line of few epochs also shows its points."""
    return {"linewidth": 1.8, "marker": "o" if len(values) <= 12 else "", "markersize": 4}


def _name(key: str) -> str:
    """Return a key in words."""
    words = {"mae": "mean absolute error (mae)", "mse": "mean squared error (mse)", "acc": "accuracy"}
    if key.startswith("val_"):
        return f"validation {_name(key[4:])}"
    return words.get(key, _style.literal(key.replace("_", " ")))

"""Matrices as pictures: confusion matrices and weights."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import cut, numbers, whole_number
from tinynet.plot import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


#: Classes of a confusion matrix: beyond, a field of it is smaller than a point.
_MOST = 1000
_SIGNS = "Blue: positive; orange: negative; white: 0."


@_style.picture
def confusion_matrix(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw how many samples of each class were classified as which class.

    Rows are true classes and columns are answers, so right answers are on the diagonal. The shade is the share of the
    row, so that rare classes are as readable as frequent ones.

    Parameters
    ----------
    y_true : array-like
        True classes (N,), or one column per class (N, classes).
    y_pred : array-like
        Answers in either form, or probabilities of class 1 (N, 1), as `predict` returns them.
    labels : sequence of str, optional
        Names of the classes 0, 1, …
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.
    title : str, optional
        Default: the share of right answers.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the number of answers differs from that of true classes, or classes are negative or above 999.

    Examples
    --------
    >>> ax = confusion_matrix([0, 0, 1, 1], [[0.1], [0.7], [0.9], [0.8]], labels=["cat", "dog"])
    >>> ax.get_title(), [text.get_text() for text in ax.texts]
    ('Confusion matrix: 3 of 4 right (75.0 %)', ['1', '1', '0', '2'])
    """
    truth = _style.class_numbers("confusion_matrix", "y_true", y_true).astype(np.intp)
    answers = _style.class_numbers("confusion_matrix", "y_pred", y_pred).astype(np.intp)
    _style.same_length(truth, answers, ("y_true", "y_pred"))
    lowest = int(min(truth.min(), answers.min()))
    if lowest < 0:
        raise ValueError(
            f"y_true and y_pred: expected classes 0, 1, … Received: a class {lowest}. For classes -1 and 1 pass "
            "(y_true + 1) // 2 and (y_pred + 1) // 2."
        )
    classes = int(max(truth.max(), answers.max())) + 1
    if classes > _MOST:
        raise ValueError(f"y_true and y_pred: expected at most {_MOST} classes. Received: a class {classes - 1}")
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, answers), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    called = _style.names_of(range(classes), labels)
    side = min(max(4.4, 1.6 + 0.5 * classes), 12)
    axes = _style.new_axes(ax, size=(side + 0.8, side))
    drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.figure.colorbar(drawn, ax=axes, label="share of the true class", shrink=0.8)
    if classes <= 20:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black" if count else "#888888"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    right = int(np.trace(counts))
    default = f"Confusion matrix: {right} of {len(truth)} right ({100 * right / len(truth):.1f} %)"
    _style.dress(axes, title or default, "answer of the model", "true class", grid=False)
    long = max(map(len, called)) > 3 and classes > 4
    axes.set_xticks(range(classes), called, rotation=90 if long else 0)
    axes.set_yticks(range(classes), called)
    return axes


@_style.picture
def weights(
    layer: Any,
    shape: tuple[int, int] | None = None,
    *,
    count: int = 32,
    title: str | None = None,
) -> Figure:
    """Draw the incoming weights of each unit as an image: what the unit looks for.

    All images share one scale: blue for positive weights, orange for negative ones, white for 0. A large input
    at a blue place speaks for what the unit looks for, at an orange place against it.

    Parameters
    ----------
    layer : Dense or array-like of shape (inputs, units)
        A built layer, or its kernel.
    shape : tuple of int, optional
        Height and width of a unit's image: ``(28, 28)`` for the first layer of a network for such images. Default: a
        square if the number of inputs allows it, else the whole kernel as one image.
    count : int, default 32
        The largest number of units shown, beginning with the first.
    title : str, optional
        Default: the layer's name, if it has one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are no weights, or `shape` does not match the number of inputs.

    Examples
    --------
    >>> figure = weights(np.random.default_rng(0).normal(size=(64, 10)))
    >>> [ax.get_title() for ax in figure.axes][:3]
    ['unit 0', 'unit 1', 'unit 2']
    """
    kernel = getattr(layer, "kernel", None if hasattr(layer, "build") else layer)
    values = np.zeros(0) if kernel is None else numbers("plot.weights", "`layer`", kernel).astype(np.float64)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"layer: expected a built Dense, or a kernel (inputs, units). Received: {cut(layer)}")
    inputs, units = values.shape
    side = round(inputs**0.5)
    if shape is None and side * side == inputs and side > 2:
        shape = (side, side)
    if shape is not None and (len(shape) != 2 or shape[0] * shape[1] != inputs):
        raise ValueError(f"shape: expected height times width to be the {inputs} inputs. Received: {shape}")
    most = min(units, whole_number("plot.weights", "count", count))
    named = f"Weights of '{_style.literal(str(layer.name))}'" if hasattr(layer, "name") else "Weights"
    largest = float(np.abs(values).max()) or 1.0
    style: dict[str, Any] = {"cmap": _style.signs(), "vmin": -largest, "vmax": largest, "interpolation": "nearest"}

    if shape is None:
        figure = _style.new_figure(7.0, 4.6)
        ax = figure.add_subplot()
        drawn = ax.imshow(values, aspect="auto", **style)
        _style.dress(ax, None, "unit", "input", grid=False)
        for axis in (ax.xaxis, ax.yaxis):
            axis.get_major_locator().set_params(integer=True)
        figure.colorbar(drawn, ax=ax, label="weight")
        figure.suptitle(title or named, fontsize="large")
        figure.supxlabel(
            f"A column holds the weights of one unit, a row those of one input. {_SIGNS}", fontsize="small"
        )
        return figure

    columns = min(8, most)
    rows = -(-most // columns)
    figure = _style.new_figure(max(5.0, 1.15 * columns + 1.0), max(2.4, 1.35 * rows + 0.7))
    axes = figure.subplots(rows, columns, squeeze=False)
    for unit, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if unit < most:
            drawn = ax.imshow(values[:, unit].reshape(shape), **style)
            ax.set_title(f"unit {unit}", fontsize="small")
    figure.colorbar(drawn, ax=axes, label="weight", shrink=0.8)
    of_all = f" (the first {most} of {units} units)" if most < units else ""
    figure.suptitle(f"{title or named}{of_all}", fontsize="large")
    width = round(11 * figure.get_figwidth())  # letters to a line
    told = f"A picture holds the weights of one unit, placed as its {shape[0]}×{shape[1]} inputs. {_SIGNS}"
    figure.supxlabel(textwrap.fill(told, width), fontsize="small")
    return figure

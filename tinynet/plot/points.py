"""Samples as points in two or three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import number, numbers, shown, whole_number
from tinynet._kinds import lone_output
from tinynet.plot import _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@_style.picture
def scatter(
    x: Any,
    y: Any = None,
    *,
    labels: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw samples of two or three features as points, with colour and shape for the class.

    Of two classes, the second is blue, as positive numbers are, and the first orange.

    Parameters
    ----------
    x : array-like of shape (N, 2) or (N, 3)
        The features.
    y : array-like of shape (N,), optional
        Classes. More than seven different values are drawn on a colour scale, with its bar.
    labels : sequence of str, optional
        Names of the classes 0, 1, …
    names : sequence of str, optional
        Names of the features. Default: ``x[:, 0]`` …
    ax : matplotlib Axes, optional
        Where to draw (for three features, axes with ``projection="3d"``). Default: a new figure.
    title : str, optional
        Title of the picture.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If `x` does not have two or three columns, `y` has another length, or `ax` is not of that many dimensions.

    Examples
    --------
    >>> ax = scatter([[0, 0], [1, 1], [1, 0]], [0, 0, 1], names=["width", "height"])
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('width', ['0', '1'])
    """
    return _scattered(x, y, labels, names, ax, title)


def _scattered(
    x: Any,
    y: Any,
    labels: Sequence[str] | None,
    names: Sequence[str] | None,
    ax: Axes | None,
    title: str | None,
    outputs: int = 0,
) -> Axes:
    """Draw samples; where a model's `outputs` are the classes, each has the colour of its number among them."""
    points = _style.samples("scatter", "x", x, (2, 3))
    solid = points.shape[1] == 3
    if ax is not None and solid != hasattr(ax, "zaxis"):
        raise ValueError(
            f"ax: expected axes {'with' if solid else 'without'} projection='3d' for {points.shape[1]} features."
        )
    if names is not None and len(names) != points.shape[1]:
        raise ValueError(f"names: expected one for each of the {points.shape[1]} features. Received: {shown(names)}")
    targets = None if y is None else numbers("plot.scatter", "`y`", y).reshape(-1)
    if targets is not None:
        _style.same_length(points, targets, ("x", "y"))
    axes = _style.new_axes(ax, size=(6.4, 5.4) if solid else (6.0, 4.8), projection="3d" if solid else None)
    style: dict[str, Any] = {"s": 26, "edgecolors": "white", "linewidths": 0.5}
    if targets is None:
        axes.scatter(*points.T, color=_style.COLOURS[0], **style)
    else:
        classes = np.unique(targets)
        if len(classes) > len(_style.COLOURS):
            drawn = axes.scatter(*points.T, c=targets, cmap="viridis", **style)
            axes.figure.colorbar(drawn, ax=axes, label="y", shrink=0.8)
        else:
            called = _style.names_of([int(c) for c in classes], labels) if labels else [f"{c:g}" for c in classes]
            known = outputs > 1 and set(classes.tolist()) <= set(range(min(outputs, len(_style.COLOURS))))
            places = [int(c) for c in classes] if known else range(len(classes))
            colours = _style.class_colours(max(outputs, len(classes)))
            for c, name, place in zip(classes, called, places, strict=True):
                colour, marker = colours[place], _style.MARKERS[place]
                axes.scatter(*points[targets == c].T, color=colour, marker=marker, label=name, **style)
            axes.legend(title="class")
    names = [_style.literal(name) for name in names or (f"x[:, {column}]" for column in range(points.shape[1]))]
    if solid:
        axes.set(title=title or "", xlabel=names[0], ylabel=names[1], zlabel=names[2])
        axes.set_box_aspect(None, zoom=0.85)  # otherwise the last axis's label is cut off
    else:
        _style.dress(axes, title, names[0], names[1])
    return axes


@_style.picture
def decision_boundary(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    threshold: float = 0.5,
    labels: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    resolution: int = 200,
) -> Axes:
    """Draw a model's answers over the plane of its two features, and the samples on it.

    A single output is drawn in shades, blue above `threshold` and orange below it, with a line where it crosses; with
    several outputs, the largest determines the colour of the region.

    Parameters
    ----------
    model : Sequential
        Anything with ``predict(x, verbose=0)`` that takes two features.
    x : array-like of shape (N, 2)
        The samples; they determine which part of the plane is drawn.
    y : array-like of shape (N,), optional
        Their classes.
    threshold : float, default 0.5
        Above it, a single output means class 1.
    labels, names, ax, title
        As for `scatter`.
    resolution : int, default 200
        Points along each side of the grid on which the model is evaluated.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If `x` does not have two columns of finite numbers, or the model does not answer for each sample.

    Examples
    --------
    >>> import tinynet
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1, activation="sigmoid")])
    >>> ax = decision_boundary(model, x, x[:, 0] > 0, title="Before training")
    >>> ax.get_title()
    'Before training'
    """
    points = _style.samples("decision_boundary", "x", x, (2,))
    if not np.isfinite(points).all():
        raise ValueError(f"x: expected finite numbers. Received: {shown(x)}")
    whole_number("plot.decision_boundary", "resolution", resolution, at_least=2)
    number("plot.decision_boundary", "threshold", threshold)
    if not callable(getattr(model, "predict", None)):
        raise TypeError(f"model: expected something with a method `predict`. Received: {shown(model)}")
    low, high = points.min(axis=0), points.max(axis=0)
    edge = 0.08 * np.where(high > low, high - low, 1)
    across, up = (np.linspace(a, b, resolution) for a, b in zip(low - edge, high + edge, strict=True))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    found = lone_output(model.predict(grid.reshape(-1, 2), verbose=0))
    answers = numbers("plot.decision_boundary", "what `model.predict` returns", found)
    if answers.ndim != 2 or len(answers) != resolution**2 or not answers.shape[1]:
        raise ValueError(
            f"model: expected `predict` to return an output or more for each of {resolution**2} samples. "
            f"Received: shape {answers.shape}"
        )
    axes = _style.new_axes(ax, size=(6.4, 4.8))
    if answers.shape[-1] == 1:
        plane = answers.reshape(resolution, resolution)
        # Orange and blue like the points of classes 0 and 1, but pale, and palest where the model is undecided.
        shades = _shades(_style.NEGATIVE, "#FFFFFF", _style.POSITIVE)
        reach = max(abs(float(plane.min()) - threshold), abs(float(plane.max()) - threshold), 1e-6)
        drawn = axes.pcolormesh(
            across, up, plane, cmap=shades, vmin=threshold - reach, vmax=threshold + reach, rasterized=True
        )
        axes.figure.colorbar(drawn, ax=axes, label="output of the model")
        if plane.min() < threshold < plane.max():
            axes.contour(across, up, plane, levels=[threshold], colors="black", linewidths=1.5)
    else:
        plane = answers.argmax(axis=-1).reshape(resolution, resolution)
        colours = _style.class_colours(answers.shape[-1])
        shades = _shades(*(colours[c % len(colours)] for c in range(answers.shape[-1])), steps=True)
        axes.pcolormesh(across, up, plane, cmap=shades, vmin=-0.5, vmax=answers.shape[-1] - 0.5, rasterized=True)
    _scattered(points, y, labels, names, axes, title or "Decision boundary", answers.shape[-1])
    axes.grid(False)
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    return axes


def _shades(*colours: str, steps: bool = False) -> Any:
    """Return a colour map through pale versions of `colours`, in steps or gradually."""
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgb

    pale = [tuple(1 - 0.45 * (1 - part) for part in to_rgb(colour)) for colour in colours]
    return ListedColormap(pale) if steps else LinearSegmentedColormap.from_list("pale", pale)

"""What ``keras.utils`` has besides tinynet's: the picture of a model, and how many numbers weights are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinynet._arguments import path
from tinynet._extras import extra
from tinynet._writing import write_figure

__all__ = ["count_params", "plot_model"]


def count_params(weights: Any) -> int:
    """Return how many numbers weights hold, each counted once."""
    return sum(weight.size for weight in dict.fromkeys(weights))


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = False,
    **options: Any,
) -> None:
    """Draw a model's layers into a file, one box below the other.

    Parameters
    ----------
    model : Model
        The model.
    to_file : str or path, default "model.png"
        The picture; its ending says the form.
    show_shapes, show_layer_names : bool, default False
        Whether a box says what its layer gives, and what it is called.
    **options
        What else Keras takes for Graphviz, without effect.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.
    """
    to_file = path("plot_model", "to_file", to_file)
    figure = extra("matplotlib.figure", "A picture of a model").Figure(figsize=(5.0, 0.9 * len(model.layers) + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 1), ylim=(len(model.layers) - 0.4, -0.6))
    axes.axis("off")
    for place, layer in enumerate(model.layers):
        words = [layer.name] * show_layer_names + [type(layer).__name__]
        words += [str(layer.output_shape)] * bool(show_shapes and layer.built)
        if place:
            arrow = {"arrowstyle": "->"}
            axes.annotate("", (0.5, place - 0.22), (0.5, place - 0.78), arrowprops=arrow)
        axes.text(0.5, place, "   ".join(words), ha="center", va="center", bbox={"boxstyle": "round", "fc": "white"})
    write_figure(figure, Path(to_file), dpi=110)

"""What ``keras.utils`` has besides tinynet's: pictures of models, bars, and names of earlier versions."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tinynet._arguments import path
from tinynet._extras import extra
from tinynet._writing import write_figure, write_file
from tinynet.utils import PyDataset

__all__ = [
    *("Progbar", "Sequence", "count_params", "model_to_dot", "multi_gpu_model", "plot_model", "print_summary"),
]

Sequence = PyDataset  # as Keras 2 called it


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
    write_figure(_picture(model, show_shapes, show_layer_names), Path(to_file), dpi=110)


def _picture(model: Any, show_shapes: bool, show_layer_names: bool) -> Any:
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
    return figure


class Dot:
    """The picture of a model in the place of pydot's graph: ``model_to_dot(model).create(format="svg")``."""

    def __init__(self, figure: Any) -> None:
        self._figure = figure

    def create(self, prog: Any = None, format: str = "png") -> bytes:
        """Return the picture as the content of a file."""
        content = io.BytesIO()
        self._figure.savefig(content, format=format)
        return content.getvalue()

    def write(self, path: str | os.PathLike[str], prog: Any = None, format: str = "png") -> bool:
        """Write the picture to a file."""
        write_file(path, self.create(prog, format))
        return True

    def write_png(self, path: str | os.PathLike[str], **options: Any) -> bool:
        """Write the picture to a file."""
        return self.write(path)


def model_to_dot(model: Any, show_shapes: bool = False, show_layer_names: bool = True, **options: Any) -> Dot:
    """Return the picture that `plot_model` draws, in the form of pydot's graphs."""
    return Dot(_picture(model, show_shapes, show_layer_names))


def print_summary(model: Any, line_length: int | None = None, **options: Any) -> None:
    """Print a model's table, as its `summary` does."""
    model.summary(line_length)


def multi_gpu_model(model: Any, gpus: Any = None, **options: Any) -> Any:
    """Return the model itself, which computes on the processor."""
    return model


class Progbar:
    """A bar that a program moves itself.

    Parameters
    ----------
    target : int or None
        How many steps there are.
    width, verbose, interval, stateful_metrics, unit_name
        Keras's; 0 for `verbose` shows nothing, the others are without effect.
    """

    def __init__(self, target: int | None, width: int = 30, verbose: int = 1, *more: Any, **options: Any) -> None:
        self._bar = tqdm(total=target, disable=not verbose)

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Move the bar to a step; `values` are pairs of a name and a number that are shown beside it."""
        if values:
            self._bar.set_postfix({name: float(value) for name, value in values}, refresh=False)
        self._bar.update(current - self._bar.n)
        if finalize or current == self._bar.total:
            self._bar.close()

    def add(self, n: int, values: Any = None) -> None:
        """Move the bar by `n` steps."""
        self.update(self._bar.n + n, values)

"""What all pictures share: colours, line styles, and the one place that imports matplotlib."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tinynet._arguments import checked, numbers
from tinynet._extras import extra
from tinynet._types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

F = TypeVar("F", bound=Callable[..., Any])

# Okabe and Ito's colours, distinct in all common kinds of colour blindness (https://jfly.uni-koeln.de/color/): strong
# ones first, and without the yellow, which is too pale for a line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
#: Of numbers with a sign, in every picture and page: blue is positive, orange negative.
POSITIVE, NEGATIVE = COLOURS[:2]
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 3)))


def class_colours(count: int) -> tuple[str, ...]:
    """Return the colours of classes by their numbers; of two, the second is the positive one."""
    return (NEGATIVE, POSITIVE) if count == 2 else COLOURS


def signs() -> Any:
    """Return the colour map of numbers with a sign: from negative over white, which is 0, to positive."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", [NEGATIVE, "#FFFFFF", POSITIVE])


def pyplot() -> Any:
    """Import matplotlib's pyplot, or say how to get it."""
    return extra("matplotlib.pyplot", "A picture")


def picture(draw: F) -> F:
    """Return a plot function whose arguments are checked, and that closes the figures it opened if it raises."""
    door = checked(draw)

    @functools.wraps(door)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        before = _open_figures()
        try:
            return door(*args, **kwargs)
        except BaseException:
            for number in _open_figures() - before:
                pyplot().close(number)
            raise

    return drawn  # type: ignore[return-value]


def _open_figures() -> set[int]:
    """Return the numbers of pyplot's figures; it is not imported for who draws on other figures."""
    plt: Any = sys.modules.get("matplotlib.pyplot")
    return set() if plt is None else set(plt.get_fignums())


def new_figure(width: float, height: float) -> Any:
    """Return a new figure, which pyplot knows until it is closed."""
    plt = pyplot()
    from tinynet.plot.figure import Figure

    return plt.figure(FigureClass=Figure, figsize=(width, height), layout="constrained")


def new_axes(ax: Axes | None, *, size: tuple[float, float] = (6.4, 4.4), projection: str | None = None) -> Any:
    """Return `ax`, or the axes of a new figure."""
    if ax is not None:
        return ax
    return new_figure(*size).add_subplot(projection=projection)


def dress(ax: Any, title: str | None, xlabel: str, ylabel: str, *, grid: bool = True) -> None:
    """Give axes a title, labels and an unobtrusive frame."""
    ax.set_title(title or "", fontsize="large")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if grid:
        ax.grid(color="#DDDDDD", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def literal(name: str) -> str:
    r"""Return a name as matplotlib shows it as it is.

    What stands between two dollar signs would be a formula; what begins with an underscore is left out of legends; and
    no font has control characters.

    Examples
    --------
    >>> print(literal("$x$\n"))
    \$x\$\n
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name).replace("$", r"\$")
    return f"\u200b{shown}" if shown.startswith("_") else shown


def whole_epochs(ax: Any) -> None:
    """Label the horizontal axis with whole numbers only."""
    ax.xaxis.get_major_locator().set_params(integer=True)


def samples(function: str, argument: str, values: Any, features: Sequence[int]) -> Array:
    """Return samples as rows of numbers, or raise an error unless there are some, with such a number of features."""
    points = numbers(f"plot.{function}", f"`{argument}`", values)
    if points.ndim != 2 or points.shape[1] not in features:
        words = " or ".join(("no", "one", "two", "three")[count] for count in features)
        shapes = " or ".join(f"(N, {count})" for count in features)
        raise ValueError(f"{argument}: expected {words} features, shape {shapes}. Received: shape {points.shape}")
    if not len(points):
        raise ValueError(f"{argument}: expected one sample at least. Received: shape {points.shape}")
    return points


def class_numbers(function: str, argument: str, values: Any) -> Array:
    """Return classes (N,) from classes, one probability per sample (N, 1), or one per class (N, classes).

    Raises
    ------
    TypeError
        If `values` are no numbers.
    ValueError
        If `values` has another shape, or its numbers are neither classes nor probabilities.
    """
    given = numbers(f"plot.{function}", f"`{argument}`", values)
    if given.ndim == 2 and given.shape[1] > 1:
        return np.asarray(given.argmax(axis=1))
    if given.ndim == 2 and given.shape[1]:
        given = given[:, 0]
    if given.ndim != 1 or not len(given):
        raise ValueError(
            f"{argument}: expected classes (N,), probabilities (N, 1) or one column a class (N, classes). "
            f"Received: shape {given.shape}"
        )
    if np.issubdtype(given.dtype, np.floating):
        if given.min() >= 0 and given.max() <= 1:
            return (given > 0.5).astype(np.int64)
        if not np.isfinite(given).all() or not np.array_equal(given, np.round(given)):
            raise ValueError(
                f"{argument}: expected classes or probabilities. Received: numbers from {given.min():g} to "
                f"{given.max():g}. Of logits pass {argument} > 0."
            )
    return given


def same_length(first: Array, second: Array, names: tuple[str, str]) -> None:
    """Raise a ValueError unless both have the same number of samples."""
    if len(first) != len(second):
        raise ValueError(
            f"{names[0]} and {names[1]} must have as many samples. Received: {len(first)} and {len(second)}"
        )


def names_of(classes: Sequence[int], labels: Sequence[str] | None) -> list[str]:
    """Return what to call the classes: their labels or, without labels, their numbers."""
    if labels is None:
        return [str(c) for c in classes]
    if min(classes) < 0 or max(classes) >= len(labels):
        raise ValueError(
            f"labels: expected a name for each class, 0 to {max(classes)}. Received: {len(labels)} names, {labels!r}, "
            f"for classes from {min(classes)} to {max(classes)}"
        )
    return [literal(str(labels[c])) for c in classes]

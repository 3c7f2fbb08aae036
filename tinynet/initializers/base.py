"""What every initializer has: a shape in, numbers out; and what the scaled ones share."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any, ClassVar

import numpy as np

from tinynet import answers, config
from tinynet._arguments import checked, data_type, number, whole_number
from tinynet._configurable import Configurable, described
from tinynet._types import Array


class Initializer(Configurable):
    """Base class: called with a shape (and dtype), it returns the initial value of a parameter.

    Parameters
    ----------
    seed : int, optional
        With a seed, every call draws the same numbers; without, it draws from tinynet's generator (`set_random_seed`).

    Examples
    --------
    A user's own initializer:

    >>> class Diagonal(Initializer):
    ...     def draw(self, shape, rng):
    ...         return np.eye(*shape)
    >>> Diagonal()((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    aliases: ClassVar[tuple[str, ...]] = ()

    @checked
    def __init__(self, seed: int | None = None) -> None:
        self.seed = None if seed is None else whole_number(type(self).__name__, "seed", seed, 0, below=2**64)

    def _finite(self, name: str, value: Any, at_least: float = -1e300) -> float:
        """Return an argument as a float, or raise a ValueError unless it is a number that no sum makes infinite."""
        return number(type(self).__name__, name, value, at_least, 1e300)

    def __repr__(self) -> str:
        return described(self)

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers, in float64. Subclasses define this."""
        raise TypeError(f"{type(self).__name__} must define `draw(self, shape, rng)`.")

    @checked
    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Array:
        """Return an array of `shape` and `dtype` (default: `floatx`)."""
        kind = config.floatx() if dtype is None else data_type(type(self).__name__, "dtype", dtype)
        rng = config.generator() if self.seed is None else np.random.default_rng(self.seed)
        drawn = self.draw(tuple(shape), rng)
        return answers.array(type(self).__name__, "draw", drawn, tuple(shape), kind).copy()


class Scaled(Initializer):
    """Base class of those that are scaled by the numbers of inputs and outputs that a kernel connects.

    Parameters
    ----------
    seed : int, optional
        As for every `Initializer`.
    input_axes, output_axes : list of int, optional
        Which axes of the kernel are inputs, and which outputs: both, or neither. Default: the last axis is that of the
        outputs, all others are inputs.
    """

    def __init__(self, seed: int | None = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(seed)
        self.input_axes = self._axes("input_axes", input_axes)
        self.output_axes = self._axes("output_axes", output_axes)

    def _axes(self, argument: str, axes: Any) -> list[int] | None:
        if axes is None:
            return None
        given = list(axes) if isinstance(axes, (list, tuple)) else [axes]
        return [whole_number(type(self).__name__, argument, axis, -32) for axis in given]

    def fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return how many inputs and outputs a kernel of this shape connects."""
        if self.input_axes is None or self.output_axes is None:
            return fans(shape)
        for axis in (*self.input_axes, *self.output_axes):
            if not -len(shape) <= axis < len(shape):
                raise ValueError(f"{type(self).__name__}: there is no axis {axis} in the shape {shape}.")
        inputs, outputs = (prod(shape[axis] for axis in axes) for axes in (self.input_axes, self.output_axes))
        return inputs, outputs

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make it again; axes only if they were given: older Keras knows none."""
        return {
            n: v for n, v in super().get_config().items() if v is not None or n not in ("input_axes", "output_axes")
        }


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs and outputs a kernel of this shape connects.

    Examples
    --------
    >>> fans((12, 64))
    (12, 64)
    """
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def uniform(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    """Draw evenly from the interval around 0 that has the given variance."""
    limit = sqrt(3.0 * variance)
    return rng.uniform(-limit, limit, shape)


def truncated_normal(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    """Draw from a normal distribution cut off at two deviations, and scale it to the given variance."""
    # 0.8796… is the standard deviation of a standard normal truncated at two deviations.
    return within_two_deviations(shape, rng) * (sqrt(variance) / 0.87962566103423978)


def within_two_deviations(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from the standard normal distribution, cut off at two deviations: what is outside is drawn again."""
    values = np.array(rng.standard_normal(shape))
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(values) > 2
    return values

"""What layers have in common that make one output of several inputs: in networks with branches.

Source: https://keras.io/api/layers/merging_layers/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, ClassVar, get_type_hints

import numpy as np

from tinynet import config
from tinynet._arguments import numbers, shown
from tinynet._names import snake_case
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.data.arrays import as_array, contiguous
from tinynet.layers.base import Layer
from tinynet.layers.building import build_once
from tinynet.layers.symbolic import is_symbolic


class Merge(Layer):
    """Base class of layers that take a list of inputs: entry by entry, unless a subclass says otherwise.

    An input with an axis of length 1 where others have more counts for all of its entries. A subclass has two formulas:
    `combined`, the output of the inputs, and `shares`, the gradient of each input from that of the output.
    """

    merges = supports_masking = True
    #: The least number of inputs, and the most.
    count: ClassVar[tuple[int, float]] = (2, np.inf)
    _xs: Sequence[Array] = ()
    _like: tuple[int, ...] | None = None

    def combined(self, xs: Sequence[Array]) -> Array:
        """Return the output for inputs."""
        raise NotImplementedError

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """Return the gradient of each input from that of the output; of an output's shape where one was repeated."""
        raise NotImplementedError

    def forward(self, x: Any, training: bool = False) -> Array:
        """Return the output for a batch of each input."""
        training, xs = self.in_training(training), self._inputs(x)
        y = self.combined(xs)
        if training:
            self._xs, self._like = xs, y.shape
        return y

    def _inputs(self, x: Any) -> list[Array]:
        """Return inputs as arrays that fit each other, or raise a ValueError."""
        if not isinstance(x, (list, tuple)):
            raise ValueError(
                f"{self.described}: a merge layer should be called on a list of inputs, at least 2. Received: "
                f"{shown(x)}"
            )
        dtype = np.dtype(self.dtype or config.floatx())
        xs = [contiguous(as_array(each, f"{self.described}: x[{i}]"), dtype) for i, each in enumerate(x)]
        self.compute_output_shape([(None, *each.shape[1:]) for each in xs])
        return xs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where at least one of the inputs is no padding; None if one of them has no mask."""
        masks = self._masks(inputs, mask)
        return None if any(each is None for each in masks) else reduce(np.logical_or, masks)

    def _masks(self, inputs: Any, mask: Any) -> list[Any]:
        """Return a mask, or None, for each of the inputs, or raise a ValueError."""
        if mask is None:
            return [None]
        for name, given in (("mask", mask), ("inputs", inputs)):
            if not isinstance(given, (list, tuple)):
                raise ValueError(f"{self.described}: `{name}` should be a list. Received: {shown(given)}")
        if len(mask) != len(inputs):
            raise ValueError(
                f"{self.described}: the lists `inputs` and `mask` should have the same length. Received: "
                f"{len(inputs)} inputs and {len(mask)} masks"
            )
        return [None if each is None else numbers(self.described, "mask", each) != 0 for each in mask]

    def backward(self, dy: Array) -> Any:
        """Return the gradients of the inputs, as a list."""
        if not isinstance(dy, np.ndarray) or dy.dtype.kind != "f" or dy.shape != self._like:
            raise ValueError(
                f"{self.described}: expected the gradient of its last output in training, of shape {self._like}. "
                f"Received: {shown(dy)}"
            )
        return [_summed(dx, x.shape) for x, dx in zip(self._xs, self.shares(self._xs, dy), strict=True)]

    @quiet
    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the output for a list of inputs: of tensors, or of arrays."""
        if is_symbolic(x):
            return self.with_tensors(x, training)
        xs = self._inputs(x)
        self.ensure_built([(None, *each.shape[1:]) for each in xs])
        return self._noting_penalty(self.combined(xs))

    def ensure_built(self, input_shape: Any) -> None:
        """Take note of the inputs' shapes: there is nothing to make for them."""
        if not self.built:
            build_once(self, input_shape)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape of the output for inputs of these shapes, or raise a ValueError."""
        shapes = [tuple(shape) for shape in input_shape] if _are_shapes(input_shape) else []
        least, most = self.count
        if not least <= len(shapes) <= most:
            raise ValueError(
                f"{self.described}: the layer should be called on {'exactly' if most == least else 'at least'} {least} "
                f"inputs, a list of them. Received: {shown(input_shape)}"
            )
        return self.merged_shape(shapes)

    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape of the output for as many inputs as there may be."""
        for axes in zip(*shapes, strict=False):
            if len({len(shape) for shape in shapes}) > 1 or len({axis for axis in axes if axis not in (None, 1)}) > 1:
                raise ValueError(f"{self.described}: Inputs have incompatible shapes. Received: {shown(shapes)}")
        return tuple(max(axes, key=lambda axis: 0 if axis is None else axis) for axes in zip(*shapes, strict=True))


class Extreme(Merge):
    """Base class of layers that choose one of the inputs for each entry.

    A subclass has two functions of two arrays: `choose`, entry by entry, and `chosen`, where it is the first of two
    that are not equal.
    """

    replaces_padding = True
    choose: ClassVar[np.ufunc]
    chosen: ClassVar[np.ufunc]

    def combined(self, xs: Sequence[Array]) -> Array:
        """Return the entries that are chosen."""
        return reduce(self.choose, xs)

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dxᵢ is dy where xᵢ is chosen, else 0; two that are equal get half of it each."""
        found: list[Array] = []
        for i in range(len(xs) - 1, 0, -1):
            before = self.combined(xs[:i])
            of_this, of_before = self._chosen_share(xs[i], before), self._chosen_share(before, xs[i])
            found.insert(0, dy * of_this)
            dy = dy * of_before
        return [dy, *found]

    def _chosen_share(self, one: Array, other: Array) -> Array:
        """Return how much of the gradient is for `one`."""
        part: Array = (self.chosen(one, other) + (one == other) / 2).astype(one.dtype)
        return part


def _are_shapes(given: Any) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(each, (list, tuple)) for each in given)


def _summed(dx: Array, shape: tuple[int, ...]) -> Array:
    """Return the gradient of an input of a shape: what was repeated along an axis gets the sum over it."""
    repeated = tuple(axis for axis, (own, here) in enumerate(zip(shape, dx.shape, strict=True)) if own != here)
    return np.ascontiguousarray(dx.sum(axis=repeated, keepdims=True) if repeated else dx)


def function_of(cls: type[Any]) -> Callable[..., Any]:
    """Return the function that makes such a layer and calls it: ``concatenate([a, b], axis=-1)``."""

    def function(inputs: Sequence[Any], *arguments: Any, **options: Any) -> Any:
        return cls(*arguments, **options)(inputs)

    function.__name__ = function.__qualname__ = snake_case(cls.__name__)
    function.__annotations__ = get_type_hints(function)  # else tools look for `Sequence` in `tinynet.layers`
    function.__module__ = "tinynet.layers"
    function.__doc__ = f"Return ``{cls.__name__}(...)(inputs)``: {(cls.__doc__ or '').partition(chr(10))[0]}"
    return function

"""Building a layer: the shapes that say what it is built for, and `build` called by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from math import prod
from typing import Any, TypeVar

import numpy as np

from tinynet import config
from tinynet._arguments import cut, shown, whole_number
from tinynet._kinds import is_whole
from tinynet._types import Shape
from tinynet._whole import all_or_nothing

T = TypeVar("T")

#: Held while a layer or a model is built, so that threads which use a new one at once do not build it twice.
BUILDING = threading.RLock()
#: How Keras says that an axis is none.
_AXES = "Invalid value for `axis` argument: expected an int or a list/tuple of ints"


def by_itself(build: Callable[..., None]) -> Callable[..., None]:
    """Return a layer's `build` which, where a program calls it by itself, leaves the layer built."""
    told = [*signature(build).parameters.values()][1:]
    default = told[0].default if told else Parameter.empty

    @wraps(build)
    def call(self: Any, input_shape: Any = default, *more: Any, **named: Any) -> None:
        if more or named:  # the shapes of several inputs, which a dict stands for
            given = [] if input_shape is Parameter.empty else [input_shape]
            input_shape = dict(signature(build).bind(self, *given, *more, **named).arguments)
            del input_shape[next(iter(input_shape))]
        if input_shape is Parameter.empty:
            return build(self)  # which says that it is missing
        with BUILDING:
            if self.built or self._building:
                several = len(told) > 1 and isinstance(input_shape, Mapping)
                build(self, **input_shape) if several else build(self, input_shape)
            else:
                build_once(self, without_batch(self, input_shape))
        return None

    return call


def build_once(layer: Any, input_shape: Any) -> None:
    """Build a layer for the shape of its input unless it is built: wholly, or not at all if `build` raises."""
    with BUILDING:
        if not layer.built:
            all_or_nothing([layer], layer._build_for, input_shape, others=[config.as_before_drawing()])


def in_first_call(layer: Any, call: Callable[..., T], *arguments: Any) -> T:
    """Return ``call(*arguments)``, which builds the layer if it is not built: all is as it was if that raises."""
    if layer.built:
        return call(*arguments)
    with BUILDING:
        return all_or_nothing([layer], call, *arguments, others=[config.as_before_drawing()])


def without_batch(layer: Any, shape: Any) -> Any:
    """Return the shape of an input for samples in any number, or raise; None, for a layer that needs none, stays."""
    if shape is None:
        return None
    if layer.by_call and isinstance(shape, Mapping):
        return {name: without_batch(layer, each) for name, each in shape.items()}
    if layer.by_call and isinstance(shape, (tuple, list)) and shape and isinstance(shape[0], (tuple, list)):
        return [without_batch(layer, each) for each in shape]  # of several inputs
    listed = isinstance(shape, (tuple, list)) or (isinstance(shape, np.ndarray) and shape.ndim == 1)
    if not listed or not len(shape):
        raise TypeError(
            f"{layer.described}: `build` takes the input's shape with the batch first, such as (None, 12). Received: "
            f"{shown(shape)}"
        )
    return (None, *checked_shape(layer.name, tuple(shape)[1:]))


def columns_of(layer: Any, shape: Any, known: int | None = None, axis: Any = -1, given: Any = None) -> int:
    """Return the length of the last axis of an input's shape, or raise a ValueError if it is unknown or not `known`.

    Where another `axis` was put last, the message tells of it, and of the shape that was `given`.
    """
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"{layer.described}: expected the input's shape as a tuple. Received: {shown(shape)}")
    whole = len(shape) > 1 and isinstance(shape[-1], (int, np.integer)) and shape[-1] >= 1
    if not whole:
        raise ValueError(
            f"{layer.described}: expected samples of at least one axis, the last of a known length, such as (12,). "
            f"Received: input of shape {shown(tuple(shape))}"
        )
    if known is not None and shape[-1] != known:
        raise ValueError(
            f"{layer.described} was built for inputs whose {'last axis' if axis == -1 else f'axis {axis}'} has length "
            f"{known}. Received: input of shape {shown(tuple(given or shape))}"
        )
    return int(shape[-1])


def checked_shape(layer: str, shape: Any) -> Shape:
    """Return the shape of a sample as a tuple, or raise."""
    if isinstance(shape, (int, np.integer)):
        raise ValueError(
            f"Layer '{layer}': expected the shape of one sample as a tuple. Received: {cut(shape)}. Write "
            f"({shape},) for vectors of {shape} numbers."
        )
    if not isinstance(shape, (tuple, list)):
        raise TypeError(
            f"Layer '{layer}': expected the shape of one sample as a tuple, such as (12,). Received: {shown(shape)}"
        )
    entries = tuple(shape)
    for axis in entries:
        whole = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
        if axis is not None and not (whole and axis >= 1):
            raise ValueError(
                f"Layer '{layer}': expected the shape of one sample as a tuple of positive whole numbers. Received: "
                f"{shown(shape)}"
            )
    return tuple(None if axis is None else int(axis) for axis in entries)


def one_axis(owner: str, axis: Any) -> int:
    """Return the number of an axis, which Keras's files hold in a list, or raise a ValueError.

    Examples
    --------
    >>> one_axis("BatchNormalization", [-1]), one_axis("BatchNormalization", 2)
    (-1, 2)
    """
    found = axes_in_order(owner, axis)
    if isinstance(found, list):
        raise ValueError(f"{owner}: `axis` must be one axis. Received: axis={shown(axis)}")
    return found


def axes_in_order(owner: str, axis: Any, words: str = _AXES) -> int | list[int]:
    """Return the number of an axis, or those of several in order, or raise.

    `words` is how Keras says that it is no axis.

    Examples
    --------
    >>> axes_in_order("LayerNormalization", (-1, -2)), axes_in_order("LayerNormalization", 2)
    ([-2, -1], 2)
    """
    several = isinstance(axis, (tuple, list))
    listed = [*axis] if several else [axis]
    if not listed or not all(is_whole(each) for each in listed):
        raise TypeError(f"{owner}: {words}. Received: axis={shown(axis)}")
    found = sorted(whole_number(owner, "axis", each, -32) for each in listed)
    return found if len(found) > 1 else found[0]


def from_the_end(axes: list[int], rank: int) -> list[int]:
    """Return the numbers of axes counted from the end, in order: the last one is -1."""
    return sorted(each - rank if each >= 0 else each for each in axes)


def numbers_along(axis: int | list[int], shape: Shape) -> int:
    """Return how many numbers stand along the last axis of a shape, or along several, which must be known.

    Examples
    --------
    >>> numbers_along(-1, (None, 3, 4)), numbers_along([1, 2], (None, 3, 4))
    (4, 12)
    """
    lengths = shape[-len(axis) :] if isinstance(axis, list) else shape[-1:]
    return prod(length or 0 for length in lengths)

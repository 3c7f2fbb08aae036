"""Layers that normalize along axes: along the last ones, or along others, which are put last for it and then back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinynet._arguments import shown
from tinynet._types import Array, Shape
from tinynet.layers.building import from_the_end
from tinynet.layers.kernel_layer import KernelLayer


class AlongAxes(KernelLayer):
    """Base class of layers whose kernels work along the last axes of their input, and whose `axis` may be others.

    Then a layer of the same kind, which shares the weights, does the work with these axes put last, in the layer loop.
    A subclass makes its weights in `_make_weights`, for a shape in which they are last.
    """

    axis: int | list[int]
    #: What works along the last axes, where those of this layer are others; and the order in which these are last.
    _inner: AlongAxes | None = None
    _order: tuple[int, ...] = ()

    def build(self, input_shape: Shape) -> None:
        """Make the weights, here or in the layer that does the work."""
        shape = self._in_order(input_shape)
        self._inner, self._order = None, self._ordered(len(input_shape))
        if self._order == tuple(range(len(input_shape))):
            self._make_weights(shape)
            return
        inner = object.__new__(type(self))
        last = [*range(-len(self._axes(len(shape))), 0)]
        vars(inner).update(vars(self), axis=last if isinstance(self.axis, list) else -1)
        vars(inner).update(_parameters=self._parameters, _rooms={}, _building=False, _inner=None)
        inner.ensure_built(shape)
        self._inner, self._parameters = inner, inner._parameters

    def _make_weights(self, input_shape: Shape) -> None:
        """Make the weights for a shape in which the axes are the last ones."""

    def _in_order(self, shape: Shape) -> Shape:
        """Return a shape with the layer's axes at its end, or raise a ValueError if it does not have them."""
        if not isinstance(shape, (tuple, list)):
            raise TypeError(f"{self.described}: expected the input's shape as a tuple. Received: {shown(shape)}")
        return tuple(shape[axis] for axis in self._ordered(len(shape)))

    def _ordered(self, rank: int) -> tuple[int, ...]:
        """Return the axes of an input in the order in which the layer's are last."""
        axes = [axis + rank for axis in self._axes(rank)]
        return (*(axis for axis in range(rank) if axis not in axes), *axes)

    def _axes(self, rank: int) -> list[int]:
        """Return the layer's axes counted from the end of an input of so many axes, or raise a ValueError."""
        found = from_the_end(self.axis if isinstance(self.axis, list) else [self.axis], rank)
        if not all(-rank < axis < 0 for axis in found) or len({*found}) < len(found):
            raise ValueError(
                f"{self.described}: `axis` must name axes of a sample, each once; 0 is the batch's. Received: "
                f"axis={self.axis} for input of {rank} axes."
            )
        return found

    # ---- where the layer's axes are not the last ones ---------------------------------------------------------------

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer, or an empty string."""
        if self._inner is not None:
            return (
                f"layer '{self.name}' ({type(self).__name__}) normalizes along another axis than the last: {self.axis}"
            )
        return super().why_python()

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return the output for a batch."""
        if self._inner is None:
            return super().forward(x, training)
        self.require_batch(x)
        if x.ndim != len(self._order):
            raise ValueError(f"{self.described}: expected input of {len(self._order)} axes. Received: {x.shape}")
        if training and self._given_mask() is not None:
            raise ValueError(
                f"{self.described} leaves out padding along the last axis only. Received: axis={self.axis}, and a mask"
            )
        may_have_changed = ("dtype", "trainable", "_parameters", *self.limits)
        vars(self._inner).update({name: getattr(self, name) for name in may_have_changed})
        y = self._inner.forward(_transposed(x, self._order), training)
        self._trained = x.shape if training else self._trained
        return _transposed(y, np.argsort(self._order))

    def backward(self, dy: Array) -> Array:
        """Set the parameters' gradients, return the input's."""
        if self._inner is None:
            return super().backward(dy)
        self.require_gradient(dy)
        return _transposed(self._inner.backward(_transposed(dy, self._order)), np.argsort(self._order))

    def backward_parameters(self, dy: Array) -> None:
        """Set the parameters' gradients only."""
        if self._inner is None:
            super().backward_parameters(dy)
        else:
            self.backward(dy)


def _transposed(array: Array, order: Sequence[int] | Array) -> Array:
    """Return an array with its axes in another order, in the layout that kernels take."""
    found: Array = np.ascontiguousarray(array.transpose([*map(int, order)]))
    return found

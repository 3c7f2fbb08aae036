"""Layers that compute nothing: the input's shape, and flattening."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from tinynet._arguments import checked, shown, whole_number
from tinynet._types import Array, Shape
from tinynet.layers.base import Layer


class InputLayer(Layer):
    """The shape of a model's input, as the first entry of a `Sequential`; it is not listed among its layers.

    Parameters
    ----------
    shape : sequence of int
        Shape of one sample. `input_shape` is the older name.
    batch_size : int, optional
        How many samples a batch has, as Keras lets one say; batches of any other size are taken as well.
    batch_shape : sequence of int or None, optional
        Both in one, in place of `shape`: ``(None, 12)``.
    **options
        `name`, and `input_shape` in place of `shape`.

    Notes
    -----
    Source: https://keras.io/api/layers/core_layers/input/

    Examples
    --------
    >>> InputLayer((12,)).given_input_shape
    (12,)
    """

    _other_names: tuple[str, ...] = (*Layer._other_names, "shape", "batch_shape")

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        batch_shape: Sequence[int | None] | None = None,
        **options: Any,
    ) -> None:
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                raise ValueError("You cannot pass both `shape` (or `batch_size`) and `batch_shape` at the same time.")
            if not isinstance(batch_shape, Sequence) or isinstance(batch_shape, str) or not len(batch_shape):
                raise ValueError(f"Input: `batch_shape` must be a tuple, (None, 12). Received: {shown(batch_shape)}")
            batch_size, *shape = batch_shape
        self.batch_size = None if batch_size is None else whole_number("Input", "batch_size", batch_size, 1)
        if shape is not None:
            options["input_shape"] = shape
        super().__init__(**options)
        if self.given_input_shape is None:
            raise ValueError("Input: expected `shape`, the shape of one sample without the batch: Input(shape=(12,)).")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an entry again."""
        shape = (self.batch_size, *(self.given_input_shape or ()))
        return {"batch_shape": shape, "dtype": self.dtype, "sparse": False, "ragged": False, "name": self.name}

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x."""
        return x

    def backward(self, dy: Array) -> Array:
        """Return dy."""
        return dy


def Input(  # noqa: N802  Keras's name
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    batch_shape: Sequence[int | None] | None = None,
    **options: Any,
) -> InputLayer:
    """Say what shape a sample has: ``Sequential([Input(shape=(12,)), Dense(1)])``.

    Source: https://keras.io/api/layers/core_layers/input/

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([Input(shape=(12,)), tinynet.layers.Dense(1)])
    >>> model.count_params()
    13
    """
    return InputLayer(shape, batch_size, batch_shape, **options)


class Flatten(Layer):
    """Turn every sample into a vector: (N, 28, 28) becomes (N, 784), and (N,) becomes (N, 1).

    Source: https://keras.io/api/layers/reshaping_layers/flatten/

    Examples
    --------
    >>> Flatten()([[[1, 2], [3, 4]]])
    array([[1., 2., 3., 4.]], dtype=float32)
    """

    does_nothing = True
    _x_shape: tuple[int, ...] = ()

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x with all axes but the first made into one."""
        self.require_batch(x)
        if self.in_training(training):
            self._x_shape, self._trained = x.shape, (len(x), x.size // max(len(x), 1))
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        """Return dy in the shape of x."""
        self.require_gradient(dy)
        return dy.reshape(self._x_shape)

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (None, product of the others)."""
        axes = input_shape[1:]
        return (input_shape[0], None if None in axes else prod(a for a in axes if a is not None))

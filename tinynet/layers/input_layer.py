"""The shape of a model's input."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import flag, shown, whole_number
from tinynet._kinds import equal
from tinynet._types import Array, Shape
from tinynet.layers.base import Layer
from tinynet.layers.keywords import OfInput, OfInputs
from tinynet.layers.symbolic import KerasTensor, Node


class InputLayer(Layer):
    """The shape of a model's input, as the first entry of a `Sequential`; it is not listed among its layers.

    Parameters
    ----------
    shape : sequence of int, or int
        Shape of one sample; a number is the length of a vector. `input_shape` is the older name.
    batch_size : int, optional
        How many samples a batch has, as Keras lets one say; batches of any other size are taken as well.
    batch_shape : sequence of int or None, optional
        Both in one, in place of `shape`: ``(None, 12)``.
    sparse : bool, default False
        Whether samples come as a sparse matrix, as Keras has to be told; one is taken in any case.
    ragged : bool, default False
        Keras's, for rows of different lengths, which a stack of dense layers cannot take.
    input_tensor : KerasTensor, optional
        The tensor that it is to stand for, in place of a shape.
    optional : bool, default False
        Keras's, for inputs in whose place None may be passed, which tinynet has not.
    **options
        `name`; `input_shape` in place of `shape`; `dtype`, the type of the data: "string" for texts in front of
        `TextVectorization`, and whole numbers for an `Embedding`, change nothing else.

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
        sparse: bool = False,
        ragged: bool = False,
        input_tensor: Any = None,
        optional: bool = False,
        **options: Unpack[OfInputs],
    ) -> None:
        if flag("Input", "optional", optional):
            raise ValueError("Input: tinynet has no `optional` inputs: each takes an array. Received: optional=True")
        if input_tensor is not None:
            is_sparse = flag("Input", "sparse", sparse) or None
            given = {"shape": shape, "batch_size": batch_size, "batch_shape": batch_shape, "sparse": is_sparse}
            batch_shape = _agreed(input_tensor, {**given, "dtype": options.get("dtype")})
            shape = batch_size = None
            sparse, options["dtype"] = input_tensor.sparse, input_tensor.dtype
        if batch_shape is not None:
            for name, other in (("shape", shape), ("batch_size", batch_size)):
                if other is not None:
                    raise ValueError(f"Input: you cannot pass both `{name}` and `batch_shape` at the same time.")
            if not isinstance(batch_shape, Sequence) or isinstance(batch_shape, str) or not len(batch_shape):
                raise ValueError(f"Input: `batch_shape` must be a tuple, (None, 12). Received: {shown(batch_shape)}")
            batch_size, *shape = batch_shape
        self.batch_size = None if batch_size is None else whole_number("Input", "batch_size", batch_size, 1)
        if "input_shape" in options:  # as in Keras
            warnings.warn("Argument `input_shape` is deprecated. Use `shape` instead.", UserWarning, stacklevel=3)
        if shape is not None:  # Keras 2 took (12), which is a number
            options["input_shape"] = (shape,) if isinstance(shape, (int, np.integer)) else shape
        of_data = options.pop("dtype", None)
        #: Whether samples are texts: what they become, the next layer says.
        self.is_text = of_data is str or getattr(of_data, "name", str(of_data)).startswith(("str", "<U"))
        of_data = getattr(of_data, "name", of_data)  # of a NumPy type
        if isinstance(of_data, str) and of_data in ("float32", "float64"):
            options["dtype"] = of_data
        super().__init__(**options)
        self._told = options.get("name")
        self.sparse, self.ragged = flag("Input", "sparse", sparse), flag("Input", "ragged", ragged)
        if self.ragged:
            raise ValueError("Input: `ragged=True` is not supported: all samples must have the same shape.")
        if self.given_input_shape is None:
            raise ValueError(
                "Input: pass a `shape` argument. It is the shape of one sample without the batch: Input(shape=(12,))."
            )

        if input_tensor is not None:
            self._nodes = [Node(self, (), (input_tensor,), None)]
            if not hasattr(input_tensor, "node"):
                input_tensor.node = self._nodes[0]

    @property
    def batch_shape(self) -> Shape:
        """The shape of a batch: None where its size was not said."""
        return (self.batch_size, *(self.given_input_shape or ()))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an entry again."""
        shape = (self.batch_size, *(self.given_input_shape or ()))
        dtype = "string" if self.is_text else self.dtype
        return {"batch_shape": shape, "dtype": dtype, "sparse": False, "ragged": False, "name": self.name}

    def first_call(self, what: str) -> Node:
        """Return the call that made its tensor, which has been there from the beginning, as in Keras."""
        if not self._nodes and self._owner() is None:
            self.tensor()
        return super().first_call(what)

    def call(self, *inputs: Any, **options: Any) -> None:
        """Return nothing: Keras's way to say that a layer computes nothing."""

    def tensor(self) -> KerasTensor:
        """Return the tensor that stands for what a model will be given."""
        self.ensure_built((None, *(self.given_input_shape or ())))
        (found,) = self.note_call((), [self.batch_shape], names=[self._told])
        found.sparse = self.sparse
        return found

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x."""
        return x

    def backward(self, dy: Array) -> Array:
        """Return dy."""
        return dy


def _agreed(tensor: Any, given: Mapping[str, Any]) -> Shape:
    """Return the shape of a tensor, or raise a ValueError if it is none, or what else was said does not fit it."""
    if not isinstance(tensor, KerasTensor):
        raise ValueError(f"Input: Argument `input_tensor` must be a KerasTensor. Received: {shown(tensor)}")
    known = {"shape": tensor.shape[1:], "batch_size": tensor.shape[0], "batch_shape": tensor.shape}
    for name, own in {**known, "sparse": tensor.sparse, "dtype": tensor.dtype}.items():
        said = tuple(given[name]) if isinstance(given[name], (tuple, list)) else given[name]
        if said is not None and not equal(said, own):
            raise ValueError(
                f"Input: When providing the `input_tensor` argument, you cannot provide an incompatible `{name}` "
                f"argument. The tensor's is {own}. Received: {name}={shown(said)}"
            )
    return tensor.shape


def Input(  # noqa: N802  Keras's name
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    batch_shape: Sequence[int | None] | None = None,
    sparse: bool = False,
    **options: Unpack[OfInput],
) -> KerasTensor:
    """Say what shape a sample has: ``Sequential([Input(shape=(12,)), Dense(1)])``, or ``Dense(1)(Input(shape=(12,)))``.

    Source: https://keras.io/api/layers/core_layers/input/

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([Input(shape=(12,)), tinynet.layers.Dense(1)])
    >>> model.count_params()
    13
    """
    return InputLayer(shape, batch_size, batch_shape, sparse, **options).tensor()

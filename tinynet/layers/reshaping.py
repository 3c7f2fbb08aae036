"""Layers that compute nothing: the input's shape, and flattening."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from tinynet._arguments import checked, flag, shown, whole_number
from tinynet._types import Array, Shape
from tinynet.layers.base import Layer
from tinynet.layers.symbolic import KerasTensor


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
    sparse : bool, default False
        Whether samples come as a sparse matrix, as Keras has to be told; one is taken in any case.
    ragged : bool, default False
        Keras's, for rows of different lengths, which a stack of dense layers cannot take.
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
        **options: Any,
    ) -> None:
        if batch_shape is not None:
            for name, other in (("shape", shape), ("batch_size", batch_size)):
                if other is not None:
                    raise ValueError(f"Input: you cannot pass both `{name}` and `batch_shape` at the same time.")
            if not isinstance(batch_shape, Sequence) or isinstance(batch_shape, str) or not len(batch_shape):
                raise ValueError(f"Input: `batch_shape` must be a tuple, (None, 12). Received: {shown(batch_shape)}")
            batch_size, *shape = batch_shape
        self.batch_size = None if batch_size is None else whole_number("Input", "batch_size", batch_size, 1)
        if shape is not None:
            options["input_shape"] = shape
        of_data = options.pop("dtype", None)
        #: Whether samples are texts: what they become, the next layer says.
        self.is_text = of_data is str or getattr(of_data, "name", str(of_data)).startswith(("str", "<U"))
        if of_data in ("float32", "float64"):
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

    @property
    def batch_shape(self) -> Shape:
        """The shape of a batch: None where its size was not said."""
        return (self.batch_size, *(self.given_input_shape or ()))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an entry again."""
        shape = (self.batch_size, *(self.given_input_shape or ()))
        return {"batch_shape": shape, "dtype": self.dtype, "sparse": False, "ragged": False, "name": self.name}

    def tensor(self) -> KerasTensor:
        """Return the tensor that stands for what a model will be given."""
        self.ensure_built((None, *(self.given_input_shape or ())))
        (found,) = self.note_call((), [self.batch_shape], names=[self._told])
        return found

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
    sparse: bool = False,
    **options: Any,
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


class Reshaping(Layer):
    """Base class of layers that hand on the same numbers in another shape."""

    does_nothing = True
    _x_shape: tuple[int, ...] = ()

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x in the shape of the output."""
        self.require_batch(x)
        y = x.reshape(len(x), *(axis or 0 for axis in self.compute_output_shape(x.shape)[1:]))
        if self.in_training(training):
            self._x_shape, self._trained = x.shape, y.shape
        return y

    def backward(self, dy: Array) -> Array:
        """Return dy in the shape of x."""
        self.require_gradient(dy)
        return dy.reshape(self._x_shape)


class Flatten(Reshaping):
    """Turn every sample into a vector: (N, 28, 28) becomes (N, 784), and (N,) becomes (N, 1).

    Parameters
    ----------
    data_format : str, optional
        Keras's ``"channels_last"``. With ``"channels_first"`` Keras moves an axis; here that is left to NumPy.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Notes
    -----
    Source: https://keras.io/api/layers/reshaping_layers/flatten/

    Examples
    --------
    >>> Flatten()([[[1, 2], [3, 4]]])
    array([[1., 2., 3., 4.]], dtype=float32)
    """

    onnx = "Flatten(x, axis=1)"

    @checked
    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                "Flatten: `data_format` must be 'channels_last' or 'channels_first'. Received: "
                f"data_format={shown(data_format)}"
            )
        self.data_format = "channels_last" if data_format is None else data_format

    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError where the channels would have to be moved first."""
        if self.data_format == "channels_first" and len(input_shape) > 2:
            raise ValueError(
                f"{self.described}: data_format='channels_first' moves an axis of input of shape {input_shape}. Do "
                "that first, np.moveaxis(x, 1, -1), and leave `data_format` out."
            )

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (None, product of the others)."""
        axes = input_shape[1:]
        return (input_shape[0], None if None in axes else prod(a for a in axes if a is not None))

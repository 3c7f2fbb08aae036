"""Embedding: a vector that is learnt for each word, looked up by the word's number.

Source: https://keras.io/api/layers/core_layers/embedding/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, flag, numbers, shown, whole_number
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Scalar, Words, formula, kernel, parameter, span
from tinynet.kernels.team import share
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfPenalized
from tinynet.layers.parameters import serialized_parts

_SIZE = "`{}` must be a positive integer"


@formula
def row_of(x: Scalar, rows: int) -> int:
    """Return the row of a table that a number names, or -1 if there is none: numbers from outside are checked before.

    It is the nearest one, so that a difference quotient, which moves x a little, finds the same. It is not x + ½ cut to
    a whole number: float32 has no halves from 2²³ on, and would round to the next even number.
    """
    T = type(x)
    if not (x > T(-0.5) and x < rows):
        return -1
    whole = int(x)
    nearest = whole + 1 if x - T(whole) >= T(0.5) else whole
    return nearest if nearest < rows else -1


@kernel
def embedding_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = E[x]: the row of E that x names; NaN if it names none"""
    table, width = parameter(op, batch.params, 0), op.units
    rows = table.size // width
    for i in range(x.size):
        k, vector = row_of(x[i], rows), span(y, i * width, (i + 1) * width)
        if k >= 0:
            found = span(table, k * width, (k + 1) * width)
            for j in range(width):
                vector[j] = found[j]
        else:
            for j in range(width):
                vector[j] = x.dtype.type(np.nan)


@kernel
def embedding_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = 0: between two numbers of words there is nothing."""
    for i in range(dx.size):
        dx[i] = 0.0


@kernel
def embedding_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """dE[k] = Σ dy over all places where x is k: a word's vector has a say wherever the word stands.

    Each thread sums up some of the rows, in the order of the places.
    """
    width = op.units
    rows = (op.places[1] - op.places[0]) // width
    first, last = share(rows, 1, batch.member, batch.members)
    gradients = parameter(op, batch.gradients, 0)
    for i in range(first * width, last * width):
        gradients[i] = 0.0
    for i in range(x.size):
        k = row_of(x[i], rows)
        if first <= k < last:
            vector, slope = span(gradients, k * width, (k + 1) * width), span(dy, i * width, (i + 1) * width)
            for j in range(width):
                vector[j] += slope[j]


class Embedding(KernelLayer):
    """Turn each number of a word into the vector that is learnt for it: (N, steps) becomes (N, steps, output_dim).

    Parameters
    ----------
    input_dim : int
        How many words there are: their numbers go from 0 to ``input_dim - 1``.
    output_dim : int
        Length of the vectors.
    embeddings_initializer : str or Initializer, default "uniform"
        Where they start.
    embeddings_regularizer : str or Regularizer, optional
        A penalty for large ones.
    embeddings_constraint : str, Constraint or callable, optional
        What they are brought back to after each update.
    mask_zero : bool, default False
        Whether 0 is no word but padding, which a `GlobalAveragePooling1D` behind leaves out, or else the loss and the
        metrics that are means.
    weights : array_like of shape (input_dim, output_dim), optional
        Where they start, in place of the initializer; ``[matrix]`` is taken as well.
    lora_rank, lora_alpha, quantization_config : optional
        Keras's, for models that are too large to train whole. tinynet has only the defaults.
    input_length : int, optional
        Keras 2's: how many words a sample has, if this is a model's first layer.
    **options
        `name`, `trainable`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    embeddings : ndarray of shape (input_dim, output_dim)
        The vectors.

    Raises
    ------
    ValueError
        If a size is no positive whole number, or `weights` have another shape; when called or trained: if a number is
        no whole one or names no word.

    Notes
    -----
    Bengio, Ducharme, Vincent and Janvin, "A neural probabilistic language model", 2003. As in Keras the gradient is as
    large as the table: momentum and weight decay move words that a batch lacks as well.

    Examples
    --------
    >>> layer = Embedding(3, 2, weights=[[0, 0], [1, 2], [3, 4]])
    >>> layer([[2, 1]])
    array([[[3., 4.],
            [1., 2.]]], dtype=float32)
    """

    kernels = embedding_forward, embedding_backward, embedding_gradients
    fixed = ("dtype", "input_dim", "output_dim")
    _other_names = ("input_shape", "weights", "input_length")  # what they stand for is kept
    onnx = "Gather(embeddings, Cast(x, to=7))"
    words = Words(
        "{embeddings}[{x}]",
        "A number of a word is a row of the table: the vector that is learnt for the word.",
        "0·{dy}",
        "A word's vector has a say wherever the word stands, so its gradients are summed over those places; the "
        "words that the batch lacks have the gradient 0",
    )

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: int | None = None,
        quantization_config: Any = None,
        input_length: Any = None,
        **options: Unpack[OfPenalized],
    ) -> None:
        if input_length is not None and not {"input_shape", "input_dim"} & options.keys():
            options["input_shape"] = input_length if isinstance(input_length, (tuple, list)) else (input_length,)
        super().__init__(**options)
        self.input_dim = whole_number(self.described, "input_dim", input_dim, 1, _SIZE.format("input_dim"))
        self.output_dim = whole_number(self.described, "output_dim", output_dim, 1, _SIZE.format("output_dim"))
        self._take_parts(embeddings_initializer=embeddings_initializer, embeddings_regularizer=embeddings_regularizer)
        self._take_parts(embeddings_constraint=embeddings_constraint)
        self.mask_zero = flag(self.described, "mask_zero", mask_zero)
        self.supports_masking = self.mask_zero
        for name, value in (("lora_rank", lora_rank), ("quantization_config", quantization_config)):
            if value is not None:
                raise ValueError(f"{self.described}: tinynet has no `{name}`. Received: {name}={shown(value)}")
        self._start = None if weights is None else self._checked_start(weights)
        if self._start is not None:
            self.ensure_built((None, None))

    def _checked_start(self, weights: Any) -> Array:
        """Return the vectors to start from, or raise a ValueError for another shape."""
        found: Array = numbers(self.described, "`weights`", weights)
        found = found[0] if found.ndim == 3 and len(found) == 1 else found
        if found.shape != (self.input_dim, self.output_dim):
            raise ValueError(
                f"{self.described}: `weights` must be of shape {(self.input_dim, self.output_dim)}, a vector for each "
                f"word. Received: an array of shape {found.shape}"
            )
        return found

    @checked
    def build(self, input_shape: Shape = (None, None)) -> None:
        """Make the table of vectors: for any number of words in a sample, if the input's shape is not told."""
        if self.dtype == "float32" and self.input_dim > 2**24:
            raise ValueError(
                f"{self.described}: float32 has whole numbers to {2**24} only, where input_dim={self.input_dim}. Make "
                "the layer with dtype='float64'."
            )
        self.add_own_weight("embeddings", (self.input_dim, self.output_dim))
        if self._start is not None:
            self.embeddings, self._start = self._start, None

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Array | None:
        """Return where there are words and no padding; None without `mask_zero`."""
        return numbers(self.described, "inputs", inputs) != 0 if self.mask_zero else None

    def require_fit(self, x: Array) -> None:
        """Take any number of words: the table is the same for all."""

    @property
    def padding_value(self) -> float | None:  # type: ignore[override]
        """0 if that is the number of padding."""
        return 0.0 if self.mask_zero else None

    @property
    def index_limit(self) -> int:
        """Words are numbered from 0 to below this."""
        return int(self.input_dim)

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with an axis for the vectors."""
        return (*input_shape, self.output_dim)

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return that each number is a row of the input, and a vector of the output."""
        return 1, inputs * repeat, self.output_dim

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations."""
        op = super().operation(inputs, repeat, is_sparse)
        op.shared_gradients = 1
        return op

    @classmethod
    def _from_onnx(cls, values: Any) -> Embedding:
        """Make a layer for as many words as the table has rows."""
        input_dim, output_dim = values["embeddings"].shape
        return cls(input_dim, output_dim, mask_zero=values.get("mask_zero", False))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return serialized_parts(super().get_config())

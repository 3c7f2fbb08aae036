"""Normalization: inputs at mean 0 and variance 1, by what was learnt of data beforehand.

Source: https://keras.io/api/layers/preprocessing_layers/numerical/normalization/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, flag, numbers, shown, whole_number
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.data.arrays import as_array
from tinynet.formulas import Batch, Floats, Operation, Scalar, Words, formula, kernel, parameter, span, sqrt
from tinynet.kernels.machine.jit import inner
from tinynet.layers.drawing import shared_place
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers

LEAST = 1e-7  # a deviation that is smaller is taken for this, as in Keras


@formula
def deviation(variance: Scalar) -> Scalar:
    """√σ², and at least `LEAST`: a column that is the same in all samples must not become 0/0."""
    found = sqrt(variance)
    return LEAST if found < LEAST else found


@inner
def shift(op: Operation, x: Any, y: Any, mean: Any, variance: Any) -> None:
    """y = (x - μ)/√σ², or y = μ + x·√σ² the other way round."""
    for i in range(x.size):
        k = i % mean.size if op.options[1] == 0 else shared_place(op, i)
        if op.options[0] == 0:
            y[i] = (x[i] - mean[k]) / deviation(variance[k])
        else:
            y[i] = mean[k] + x[i] * deviation(variance[k])


@inner
def slope(op: Operation, dy: Any, dx: Any, variance: Any) -> None:
    """dx = dy/√σ², or dx = dy·√σ² the other way round."""
    for i in range(dy.size):
        k = i % variance.size if op.options[1] == 0 else shared_place(op, i)
        dx[i] = dy[i] / deviation(variance[k]) if op.options[0] == 0 else dy[i] * deviation(variance[k])


@kernel
def normalization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = (x - μ)/√σ², by the weights that were learnt of data, or by the numbers that the layer was given."""
    if op.places.size != 0:
        shift(op, x, y, parameter(op, batch.params, 0), parameter(op, batch.params, 1))
    else:
        count = (op.options.size - 2) // 2
        shift(op, x, y, span(op.options, 2, 2 + count), span(op.options, 2 + count, 2 + 2 * count))


@kernel
def normalization_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy/√σ²: mean and variance depend on no sample of the batch."""
    if op.places.size != 0:
        slope(op, dy, dx, parameter(op, batch.params, 1))
    else:
        slope(op, dy, dx, span(op.options, 2 + (op.options.size - 2) // 2, op.options.size))


class Normalization(KernelLayer):
    """Bring inputs to mean 0 and variance 1, by the mean and variance of data that `adapt` was shown.

    Parameters
    ----------
    axis : int, sequence of int or None, default -1
        The axes whose entries have a mean and a variance each, the batch's being 0. None: one mean for all numbers.
    mean, variance : float or array, optional
        Use these; then there is nothing to learn, and the layer has no weights.
    invert : bool, default False
        The other way round: from normalized numbers to the original ones.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    mean, variance, count : ndarray
        What was learnt: weights that no optimizer touches. The count is Keras's, which leaves it at 0.

    Raises
    ------
    ValueError
        If an axis is none of the samples', or mean and variance do not fit each other, or the axes.

    Examples
    --------
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0, 70.0], [2.0, 90.0]]))
    >>> layer([[2.0, 70.0]])
    array([[ 1., -1.]], dtype=float32)
    >>> Normalization(mean=3.0, variance=4.0)([[1.0], [5.0]])
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    kernels = normalization_forward, normalization_backward
    fixed = ("dtype", "axis", "invert")
    supports_masking = True
    onnx = "x / onnx_share + onnx_mean if invert else (x - onnx_mean) / onnx_deviation"

    def __init__(
        self, axis: int | Sequence[int] | None = -1, mean: Any = None, variance: Any = None, invert: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:  # fmt: skip
        super().__init__(**options)
        axes = () if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
        self.axis = tuple(whole_number("Normalization", "axis", each, -32) for each in axes)
        self.invert = flag("Normalization", "invert", invert)
        if (mean is None) != (variance is None):
            raise ValueError(
                f"{self.described}: When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={shown(mean)} and variance={shown(variance)}"
            )
        self.mean: Any = None
        self.variance: Any = None
        self.input_mean: Array | None = None
        self.input_variance: Array | None = None
        if mean is not None:
            self.input_mean = self.mean = numbers(self.described, "mean", mean)
            self.input_variance = self.variance = numbers(self.described, "variance", variance)
            shapes = self.input_mean.shape, self.input_variance.shape
            if shapes[0] != shapes[1] or len(shapes[0]) > len(self.axis):
                raise ValueError(
                    f"{self.described}: `mean` and `variance` must have the same shape, of at most as many axes as "
                    f"`axis` names, {len(self.axis)}. Received: shapes {shapes[0]} and {shapes[1]}"
                )

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says, in either direction."""
        mean, variance = ("mean", "variance") if self.input_mean is not None else ("{mean}", "{variance}")
        if self.invert:
            return Words(f"{mean} + {{x}}·√{variance}", "Back to the original size.", f"{{dy}}·√{variance}", "a line")
        return Words(
            f"({{x}} - {mean})/√{variance}",
            "Brings the data to mean 0 and variance 1, by what was learnt of other data beforehand.",
            f"{{dy}}/√{variance}",
            "mean and variance depend on no sample of the batch",
        )

    def _kept(self, shape: Shape) -> list[int]:
        """Return the axes that have a mean for each entry, in order, or raise a ValueError."""
        kept = sorted(axis + len(shape) if axis < 0 else axis for axis in self.axis)
        if any(not 0 < axis < len(shape) or shape[axis] is None for axis in kept):
            raise ValueError(
                f"{self.described}: `axis` must name axes of a sample, of a known length; 0 is the batch's. Received: "
                f"axis={self.axis} for input of shape {shape}. For vectors of one number use axis=None."
            )
        return kept

    @checked
    def build(self, input_shape: Shape) -> None:
        """Make the mean and the variance, unless they were given."""
        shape = [int(input_shape[axis] or 0) for axis in self._kept(input_shape)]
        if self.input_mean is None:
            self.add_weight("mean", shape, "zeros", trainable=False)
            self.add_weight("variance", shape, "ones", trainable=False)
            self.add_weight("count", (), "zeros", trainable=False)
            return
        ends = zip(self.input_mean.shape[::-1], shape[::-1], strict=False)
        if any(given not in (1, length) for given, length in ends):
            raise ValueError(
                f"{self.described}: `mean` and `variance` do not fit the axes {self.axis} of input of shape "
                f"{input_shape}. Received: shape {self.input_mean.shape}"
            )

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape as it came, or raise a ValueError: from the first axis with means on, all must fit."""
        kept = self._kept(input_shape)
        if self.built and kept:
            built, tail = self.input_shape, min(kept)
            if len(built) != len(input_shape) or tuple(built[tail:]) != tuple(input_shape[tail:]):
                raise ValueError(
                    f"{self.described} was built for input of shape {built}. Received: shape {tuple(input_shape)}"
                )
        return input_shape

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers of a row, the rows of a sample, and the numbers that come out for a row: as many."""
        return inputs, repeat, inputs

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations.

        Means of the last axes follow one another as the numbers do. Else the axes stand among the options.
        """
        op = super().operation(inputs, repeat, is_sparse)
        kept, rank = self._kept(self.input_shape), len(self.input_shape)
        axes = range(min(kept, default=rank), rank)
        follow = list(axes) == kept
        if self.input_mean is not None:
            given = [self._spread(array).ravel() for array in (self.input_mean, self.input_variance)]
            op.options = np.concatenate([[self.invert, 0.0], *given])
        else:
            pairs = () if follow else ((self.input_shape[axis] or 1, axis not in kept) for axis in axes)
            op.options = np.array([self.invert, not follow, *(n for pair in pairs for n in pair)], np.float64)
        return op

    def _spread(self, array: Any) -> Array:
        """Return a mean for each place from the first axis with means on."""
        shape, kept = self.input_shape, self._kept(self.input_shape)
        first = min(kept, default=len(shape))
        own = np.broadcast_to(array, [int(shape[axis] or 0) for axis in kept])
        lengths = [int(shape[axis] or 1) for axis in range(first, len(shape))]
        ones = [length if axis in kept else 1 for axis, length in enumerate(lengths, first)]
        return np.broadcast_to(own.reshape(ones), lengths)

    @checked
    @quiet
    def adapt(self, data: Any) -> None:
        """Learn the mean and the variance of data. What was learnt before is forgotten.

        Parameters
        ----------
        data : array, or iterable of batches
            Samples, or batches of them: a list of arrays, a generator, a `utils.PyDataset`. Of a batch ``(x, y)`` x
            counts. A vector is a column of samples of one number.

        Raises
        ------
        ValueError
            If the layer was given a mean, there are no data, or they do not fit the shape that it was built for.
        """
        if self.input_mean is not None:
            raise ValueError(f"{self.described} was given its mean and variance: there is nothing to adapt.")
        count, mean, variance = 0, np.zeros(()), np.zeros(())
        asked = None if self.given_input_shape is None else (None, *self.given_input_shape)
        shape: Shape | None = self.input_shape if self.built else asked
        for each in _batches(data):
            batch = as_array(each[0] if isinstance(each, tuple) else each, f"{self.described}: adapt: data")
            batch = batch[:, None] if batch.ndim == 1 else batch
            shape, kept = shape or (None, *batch.shape[1:]), self._kept(batch.shape)
            if [batch.shape[a] for a in kept] != [shape[a] for a in self._kept(shape)]:
                raise ValueError(f"{self.described}: expected data of shape {shape}. Received: {batch.shape}")
            rest = tuple(axis for axis in range(batch.ndim) if axis not in kept)
            count += (size := prod(batch.shape[axis] for axis in rest))
            share, away = size / count, batch.mean(rest, np.float64) - mean
            mean = mean + away * share
            variance = variance + (batch.var(rest, np.float64) - variance) * share + away * away * share * (1.0 - share)
        if shape is None:
            raise ValueError(f"{self.described}: adapt() received no data. Expected at least one batch.")
        self.ensure_built(shape)
        self.mean, self.variance = mean, variance

    @property
    def onnx_mean(self) -> Array:
        """The means, for each place."""
        return self._spread(self.mean).copy()

    @property
    def onnx_deviation(self) -> Array:
        """The deviations, for each place."""
        return np.maximum(np.sqrt(self._spread(self.variance)), LEAST)

    @property
    def onnx_share(self) -> Array:
        """One by the deviations: a product would look like a `Rescaling`."""
        return 1.0 / self.onnx_deviation

    @classmethod
    def _from_onnx(cls, values: Any) -> Normalization:
        """Make a layer from what its form stands for in a graph that was read: its numbers are given to it."""
        mean, invert = np.asarray(values.pop("onnx_mean")), values["invert"]
        found = 1.0 / np.asarray(values.pop("onnx_share")) if invert else np.asarray(values.pop("onnx_deviation"))
        if not np.all(found >= 0):
            raise ValueError(f"{cls.__name__} divides by deviations, which are positive. Received: {shown(found)}")
        return cls(tuple(range(-mean.ndim, 0)), mean, found**2, invert)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without what it has learnt."""
        given = {"mean": self.input_mean, "variance": self.input_variance}
        return {**super().get_config(), **{name: None if v is None else v.tolist() for name, v in given.items()}}


def _batches(data: Any) -> Iterator[Any]:
    """Yield batches: a single one if the data are an array, a table, or lists of numbers."""
    if isinstance(data, (list, tuple)):
        yield from data if any(hasattr(each, "shape") for each in data) else [data]
    elif hasattr(data, "dtype") or hasattr(data, "to_numpy") or isinstance(data, Mapping):
        yield data
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):  # Keras's PyDataset
        yield from (data[number] for number in range(len(data)))
    else:
        yield from data if hasattr(data, "__iter__") else [data]

"""The product of two inputs, summed along an axis: how alike they are.

Source: https://keras.io/api/layers/merging_layers/dot/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import flag, shown
from tinynet._types import Array, Shape
from tinynet.layers.keywords import OfLayers
from tinynet.layers.merging import Merge

#: Keras's: a vector is divided by no less than the root of it.
SMALLEST = 1e-12
#: The inputs as vectors of length 1, in ONNX.
_ONE, _OTHER = (f"(x{n} / Sqrt(Max(ReduceSum(x{n} * x{n}, onnx_axis_{n}, keepdims=1), {SMALLEST})))" for n in (1, 2))


class Dot(Merge):
    """Multiply two inputs along an axis of each, and sum up.

    Parameters
    ----------
    axes : int or pair of int
        The axis of each input, the batch being axis 0.
    normalize : bool, default False
        Whether to bring both to length 1 along their axis first: the result is then the cosine of their angle.
    **options
        `name` and the like, as for every `Layer`.

    Raises
    ------
    ValueError, TypeError
        If the axes are others, or of different lengths.

    Examples
    --------
    >>> Dot(axes=1)([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[13.]], dtype=float32)
    """

    count = (2, 2)
    onnx = (
        f"(ReduceSum({_ONE} * {_OTHER}, onnx_axis_1, keepdims=1) if normalize else "
        "ReduceSum(x1 * x2, onnx_axis_1, keepdims=1)) if onnx_vectors else "
        f"(Einsum({_ONE}, {_OTHER}, equation=onnx_equation) if normalize else Einsum(x1, x2, equation=onnx_equation))"
    )

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Unpack[OfLayers]) -> None:
        super().__init__(**options)
        pair = [axes] * 2 if isinstance(axes, int) else axes
        if not isinstance(pair, (list, tuple)):
            raise TypeError(f"Invalid type for argument `axes`: it should be a list or an int. Received: {shown(axes)}")
        if len(pair) != 2 or not all(isinstance(axis, int) and not isinstance(axis, bool) and axis for axis in pair):
            raise ValueError(
                f"Invalid format for argument `axes`: expected an axis, or one of each of two inputs, which is not the "
                f"batch. Received: axes={shown(axes)}"
            )
        self.axes = axes if isinstance(axes, int) else tuple(axes)
        self.normalize = flag("Dot", "normalize", normalize)

    @property
    def _ranks(self) -> list[int]:
        return [len(shape) for shape in self.input_shape]  # type: ignore[arg-type]

    @property
    def onnx_vectors(self) -> bool:
        """Whether no axis is left."""
        return self._ranks == [2, 2]

    @property
    def onnx_axis_1(self) -> Array:
        """The axis of the first input."""
        return np.array(self._places(self._ranks)[:1], np.int64)

    @property
    def onnx_axis_2(self) -> Array:
        """The axis of the second input."""
        return np.array(self._places(self._ranks)[1:], np.int64)

    @property
    def onnx_equation(self) -> str:
        """What is multiplied with what, as Einsum says it: ``abz,acz->abc``."""
        letters = iter("bcdefghijklmnopqrstuvwxy")
        left, right = (
            "".join("z" if axis == place else next(letters) for axis in range(1, rank))
            for rank, place in zip(self._ranks, self._places(self._ranks), strict=True)
        )
        return f"a{left},a{right}->a{(left + right).replace('z', '')}"

    @classmethod
    def _from_onnx(cls, values: Any) -> Dot:
        """Make a layer from what its form stands for in a graph that was read."""
        normalize, places = bool(values["normalize"]), (1, 1)
        if not values["onnx_vectors"]:
            places = _places_in(values["onnx_equation"])
        axes = [np.ravel(values[f"onnx_axis_{n}"]).tolist() for n in (1, 2) if f"onnx_axis_{n}" in values]
        if any(own != [place] for own, place in zip(axes, places, strict=False)):
            raise ValueError(f"{cls.__name__} sums along one axis of each input. Received: axes {axes}")
        return cls(places[0] if places[0] == places[1] else places, normalize)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return None: no step of the inputs is one of the output."""

    def padded_like(self, masked: Sequence[bool]) -> None:
        """Return None, likewise."""

    def _places(self, ranks: Sequence[int]) -> list[int]:
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return [axis + rank if axis < 0 else axis for axis, rank in zip(axes, ranks, strict=True)]

    def _rows(self, xs: Sequence[Array]) -> list[Array]:
        """Return the inputs as (samples, rows, length), the axis being the last."""
        places = self._places([x.ndim for x in xs])
        moved = [np.moveaxis(x, axis, -1) for x, axis in zip(xs, places, strict=True)]
        return [x.reshape(len(x), -1, x.shape[-1]) for x in moved]

    def _lengths(self, rows: Array) -> Array:
        length: Array = np.sqrt(np.maximum((rows * rows).sum(axis=-1, keepdims=True), rows.dtype.type(SMALLEST)))
        return length

    def combined(self, xs: Sequence[Array]) -> Array:
        """y[…, …] = Σₖ x₁[…, k]·x₂[…, k], each divided by its length first if they are normalized."""
        rows = self._rows(xs)
        if self.normalize:
            rows = [each / self._lengths(each) for each in rows]
        shape = self.merged_shape([x.shape for x in xs])
        y: Array = np.matmul(rows[0], rows[1].transpose(0, 2, 1)).reshape(len(xs[0]), *shape[1:])
        return y

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """dx₁ = Σ dy·x₂ and dx₂ = Σ dy·x₁; of û = x/|x| it is dx = (dû - û·Σₖ dû·û)/|x|: its length says nothing."""
        rows, places = self._rows(xs), self._places([x.ndim for x in xs])
        lengths = [self._lengths(each) for each in rows]
        units = [each / length for each, length in zip(rows, lengths, strict=True)] if self.normalize else rows
        slopes = dy.reshape(len(dy), units[0].shape[1], units[1].shape[1])
        given = [np.matmul(slopes, units[1]), np.matmul(slopes.transpose(0, 2, 1), units[0])]
        found = []
        for x, unit, length, place, slope in zip(xs, units, lengths, places, given, strict=True):
            dx = (slope - unit * (slope * unit).sum(axis=-1, keepdims=True)) / length if self.normalize else slope
            moved = (len(x), *(axis for n, axis in enumerate(x.shape) if n not in (0, place)), x.shape[place])
            found.append(np.ascontiguousarray(np.moveaxis(dx.reshape(moved), -1, place)))
        return found

    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the axes that are left, those of the first input first; one of length 1 if none is."""
        places = self._places([len(shape) for shape in shapes])
        fits = all(0 < place < len(shape) for place, shape in zip(places, shapes, strict=True))
        if not fits or shapes[0][places[0]] != shapes[1][places[1]]:
            raise ValueError(
                f"{self.described}: the inputs must have the same length along the axes {shown(self.axes)}. Received: "
                f"{shown(shapes)}"
            )
        left = [
            axis
            for shape, place in zip(shapes, places, strict=True)
            for n, axis in enumerate(shape)
            if n not in (0, place)
        ]
        return (shapes[0][0], *(left or [1]))


def _places_in(equation: str) -> tuple[int, int]:
    """Return the axes along which an equation of Einsum's sums, or raise a ValueError if it does anything else."""
    taken, _, given = equation.replace(" ", "").partition("->")
    one, _, other = taken.partition(",")
    summed = {*one[1:]} & {*other[1:]}
    letter = min(summed, default="")
    fits = one[:1] == other[:1] != "" and given == one[:1] + (one[1:] + other[1:]).replace(letter, "")
    if len(summed) != 1 or not fits or any(len({*term}) < len(term) for term in (one, other)):
        raise ValueError(f"Dot sums along one axis of each of two inputs. Received: equation {equation!r}")
    return one.index(letter), other.index(letter)

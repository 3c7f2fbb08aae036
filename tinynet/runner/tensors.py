"""TensorFlow's and Keras's tensors, which are NumPy's arrays here: how they are made, their types and shapes.

Served as ``tf``, ``keras.ops`` and ``keras.backend``; `tinynet.runner.operations` has what is computed with them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinynet import config
from tinynet._arguments import alone
from tinynet.layers.symbolic import KerasTensor
from tinynet.tape import Taped
from tinynet.variables import ASKED, in_place_of


class OneNumber:
    """An array of which one entry alone is a number, whatever its axes.

    Earlier versions of NumPy did so with every array, and programs rely on it: ``float(model.predict(x)[0])``.
    """

    size: int
    item: Any

    def __float__(self) -> float:
        return float(self.item() if self.size == 1 else np.asarray(self))

    def __int__(self) -> int:
        return int(self.item() if self.size == 1 else np.asarray(self))


class Outputs(OneNumber, np.ndarray[Any, Any]):
    """What a model predicts: else an array as others."""

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array.view(Outputs) if np.ndim(array) else np.asarray(array)[()]


class Tensor(OneNumber, np.ndarray[Any, Any]):
    """An array that also answers ``.numpy()``."""

    def numpy(self) -> Any:
        """Return the array as a plain one."""
        return np.asarray(self)[()]

    @property
    def shape(self) -> TensorShape:
        """The lengths of the axes."""
        return TensorShape(super().shape)

    @shape.setter
    def shape(self, lengths: Any) -> None:
        np.ndarray.shape.__set__(self, lengths)  # type: ignore[attr-defined]

    def get_shape(self) -> TensorShape:
        """Return the shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Do nothing: the shape is known."""

    def __array_ufunc__(self, function: Any, method: Any, *inputs: Any, **options: Any) -> Any:  # type: ignore[override]
        """Compute, along an open ``tf.GradientTape`` if it watches one of the arrays."""
        if ASKED.now:
            standing = [ASKED.now[-1](each) if isinstance(each, Tensor) else None for each in inputs]
            if any(each is not None for each in standing):
                pairs = zip(standing, inputs, strict=True)
                return getattr(function, method)(*(a if a is not None else b for a, b in pairs), **options)
        outs = options.get("out")
        if outs is not None:
            options["out"] = tuple(_plain(each) for each in outs)
        found = getattr(function, method)(*map(_plain, inputs), **options)
        return found if found is NotImplemented else outs[0] if outs and len(outs) == 1 else _tensors(found)

    def __getitem__(self, key: Any) -> Any:
        if ASKED.now and (standing := ASKED.now[-1](self)) is not None:
            return standing[key]
        found = super().__getitem__(key)
        return np.asarray(found).view(Tensor) if isinstance(found, np.generic) else found

    def assign(self, value: Any) -> Tensor:
        """Set all numbers, as a variable's."""
        self[...] = alone(value)
        if ASKED.now and (standing := ASKED.now[-1](self)) is not None:  # what is read from now on
            standing.value = np.array(self)
        return self

    def assign_add(self, value: Any) -> Tensor:
        """Add to all numbers."""
        return self.assign(np.add(np.asarray(self), alone(value)))

    def assign_sub(self, value: Any) -> Tensor:
        """Subtract from all numbers."""
        return self.assign(np.subtract(np.asarray(self), alone(value)))


def _plain(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, Tensor) else value


def _tensors(found: Any) -> Any:
    if isinstance(found, tuple):
        return tuple(map(_tensors, found))
    return np.asarray(found).view(Tensor) if isinstance(found, (np.ndarray, np.generic)) else found


class TensorShape(tuple[int, ...]):
    """The shape of an array, with TensorFlow's methods."""

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    def as_list(self) -> list[int]:
        """Return the lengths of the axes."""
        return list(self)

    def num_elements(self) -> int:
        """Return how many numbers there are."""
        return math.prod(self)


def tensor(value: Any) -> Any:
    """Return an array as a tensor; of several, each; what is followed stays as it is."""
    if is_followed(value):
        return value
    if isinstance(value, (list, tuple)):
        return [tensor(each) for each in value]
    return np.asarray(value).view(Tensor)


def _typed(name: str) -> Any:
    return np.dtype(name)


newaxis = None
bool_, string = np.dtype(bool), np.dtype(str)
float16, float32, float64 = map(_typed, ("float16", "float32", "float64"))
int8, int16, int32, int64 = map(_typed, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(_typed, ("uint8", "uint16", "uint32", "uint64"))


def convert_to_tensor(value: Any, dtype: Any = None, **options: Any) -> Any:
    """Return an array of a value; fractions are of the default float type."""
    if is_followed(value := in_place_of(value)):
        return value
    given = np.asarray(value, dtype)
    if dtype is None and given.dtype == np.float64 and not isinstance(value, (np.ndarray, np.generic)):
        given = given.astype(config.floatx())
    return tensor(given)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """Return an array of a value."""
    made = convert_to_tensor(value, dtype)
    return made if shape is None else tensor(np.broadcast_to(made, tuple(shape)).copy())


def cast(x: Any, dtype: Any) -> Any:
    """Return an array of another type."""
    if is_followed(x := in_place_of(x)):  # numbers that are followed stay fractions; whole ones have no gradient
        whole = isinstance(x, Taped) and np.dtype(dtype).kind in "iub"
        return tensor(x.value.astype(dtype)) if whole else x
    if getattr(dtype, "name", dtype) in ("string", "str"):
        words = np.asarray(x)
        return tensor(words if words.dtype.kind in "OSU" else words.astype(str))
    return tensor(np.asarray(x).astype(dtype))


def one_hot(
    indices: Any,
    depth: Any = None,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = -1,
    dtype: Any = None,
    name: str | None = None,
    num_classes: Any = None,
) -> Any:
    """Return rows of zeros with a one at each index, along a new axis; an index without a place has none."""
    count = int(num_classes if depth is None else depth)
    on, off = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    given = [np.asarray(each).dtype for each in (on_value, off_value) if isinstance(each, (np.ndarray, np.generic))]
    found = np.where(np.asarray(indices)[..., None] == np.arange(count), on, off)
    return tensor(
        np.moveaxis(found.astype(dtype or (given or [np.dtype(config.floatx())])[0]), -1, -1 if axis is None else axis)
    )


def int_shape(x: Any) -> tuple[int, ...]:
    """Return the shape, of what a layer gives too."""
    return tuple(x.shape if hasattr(x, "shape") else np.shape(x))


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return np.ndim(x)


def is_followed(x: Any) -> bool:
    """Return whether something is a tensor of a layer, or an array within a layer's own `call`."""
    return isinstance(x, (KerasTensor, Taped))


def convert_to_numpy(x: Any) -> Any:
    """Return a plain array."""
    return np.asarray(x)


_TYPES = (
    *("bool_", "string", "float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)
_FUNCTIONS = ("cast", "constant", "convert_to_numpy", "convert_to_tensor", "int_shape", "ndim", "one_hot")
__all__ = ["Outputs", "Tensor", "TensorShape", *_TYPES, *_FUNCTIONS]

"""What programs do with TensorFlow's and Keras's tensors, on NumPy's arrays: elementwise operations and reductions.

Served as ``tf``, ``tf.math``, ``keras.ops`` and ``keras.backend``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import activations, config


class Tensor(np.ndarray[Any, Any]):
    """An array that also answers ``.numpy()``."""

    def numpy(self) -> Any:
        """Return the array as a plain one."""
        return np.asarray(self)[()]

    def get_shape(self) -> tuple[int, ...]:
        """Return the shape."""
        return tuple(self.shape)


def _tensor(value: Any) -> Any:
    return np.asarray(value).view(Tensor)


def _typed(name: str) -> Any:
    return np.dtype(name)


bool_, string = np.dtype(bool), np.dtype(str)
float16, float32, float64 = map(_typed, ("float16", "float32", "float64"))
int8, int16, int32, int64, uint8 = map(_typed, ("int8", "int16", "int32", "int64", "uint8"))


def convert_to_tensor(value: Any, dtype: Any = None, **options: Any) -> Any:
    """Return an array of a value; fractions are of the default float type."""
    given = np.asarray(value, dtype)
    if dtype is None and given.dtype == np.float64 and not isinstance(value, (np.ndarray, np.generic)):
        given = given.astype(config.floatx())
    return _tensor(given)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """Return an array of a value."""
    made = convert_to_tensor(value, dtype)
    return made if shape is None else _tensor(np.broadcast_to(made, tuple(shape)).copy())


def cast(x: Any, dtype: Any) -> Any:
    """Return an array of another type."""
    return _tensor(np.asarray(x).astype(dtype))


def one_hot(indices: Any, depth: Any = None, num_classes: Any = None, dtype: Any = None, **options: Any) -> Any:
    """Return rows of zeros with a one at each index; an index without a place has none."""
    labels, count = np.asarray(indices), int(num_classes if depth is None else depth)
    return _tensor((labels[..., None] == np.arange(count)).astype(dtype or config.floatx()))


def reshape(x: Any, shape: Any = None, newshape: Any = None) -> Any:
    """Return the numbers in another shape."""
    return _tensor(np.reshape(np.asarray(x), tuple(shape if newshape is None else newshape)))


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Return the numbers, none of them beyond the bounds."""
    return _tensor(np.clip(x, min_value, max_value))


def concat(values: Any, axis: int = 0, **options: Any) -> Any:
    """Return arrays joined along an axis."""
    return _tensor(np.concatenate([np.asarray(value) for value in values], axis))


def dot(a: Any, b: Any) -> Any:
    """Return a product of matrices."""
    return _tensor(np.matmul(a, b))


def int_shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    return tuple(np.shape(x))


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return np.ndim(x)


def convert_to_numpy(x: Any) -> Any:
    """Return a plain array."""
    return np.asarray(x)


def _reducing(function: Any) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        axis = tuple(axis) if isinstance(axis, list) else axis
        return _tensor(function(np.asarray(x), axis=axis, keepdims=keepdims))

    return reduce


def picking(function: Callable[..., Any], default: int | None) -> Callable[..., Any]:
    def pick(x: Any, axis: Any = default, **options: Any) -> Any:
        return _tensor(function(np.asarray(x), axis=axis))

    return pick


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(*arrays: Any, name: str | None = None) -> Any:
        return _tensor(function(*(convert_to_tensor(array).view(np.ndarray) for array in arrays)))

    return compute


_REDUCING = {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
    "all": np.all,
    "any": np.any,
}
_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("abs", "square", "sqrt", "exp", "log", "round", "sign", "floor", "ceil")},
    **{name: getattr(np, name) for name in ("sin", "cos", "maximum", "minimum", "equal", "not_equal")},
    **{name: getattr(np, name) for name in ("greater", "greater_equal", "less", "less_equal", "multiply", "add")},
    **{name: getattr(np, name) for name in ("subtract", "divide", "log1p", "expm1", "where", "isnan", "transpose")},
    "pow": np.power,
    "power": np.power,
    "matmul": np.matmul,
    "negative": np.negative,
    "flatten": np.ravel,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "identity": np.asarray,
    "eval": np.asarray,
}
_MADE: dict[str, Any] = {
    **{name: _elementwise(function) for name, function in _ELEMENTWISE.items()},
    **{name: _reducing(function) for name, function in _REDUCING.items()},
    **{f"reduce_{name}": _reducing(function) for name, function in _REDUCING.items()},
    "std": _reducing(np.std),
    "var": _reducing(np.var),
    "reduce_std": _reducing(np.std),
    "reduce_variance": _reducing(np.var),
    "concatenate": concat,
    "clip_by_value": clip,
    "bool": bool_,
    "shape": _elementwise(np.shape),
    "expand_dims": picking(np.expand_dims, -1),
    "squeeze": picking(np.squeeze, None),
}
_MADE |= {"argmax": picking(np.argmax, None), "argmin": picking(np.argmin, None)}  # as in `keras.ops`
_MADE |= {name: activations.TABLE[name] for name in ("elu", "relu", "sigmoid", "softmax", "softplus", "tanh")}
globals().update(_MADE)
_TYPES = ("bool_", "string", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8")
_OPERATIONS = (
    *("cast", "clip", "concat", "constant", "convert_to_numpy", "convert_to_tensor", "dot", "int_shape", "ndim"),
    *("one_hot", "reshape"),
)
__all__ = ["Tensor", *_TYPES, *_OPERATIONS, *_MADE]

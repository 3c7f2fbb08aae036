"""What programs compute with TensorFlow's and Keras's tensors: NumPy's functions, and a table of the names that differ.

Served as ``tf``, ``tf.math``, ``keras.ops`` and ``keras.backend``.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from tinynet import activations, config, layers
from tinynet.layers.arithmetic import with_numbers
from tinynet.layers.symbolic import KerasTensor
from tinynet.runner.tensors import tensor
from tinynet.tape import Taped, logsumexp
from tinynet.variables import ASKED, STANDING_FOR

#: NumPy's functions that ``keras.ops`` or ``tf`` has under the same name.
_ALIKE = """
abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh
argpartition argsort array array_split average bartlett bincount bitwise_and bitwise_not bitwise_or bitwise_xor
blackman broadcast_to cbrt ceil clip conj conjugate copy corrcoef correlate cos cosh count_nonzero cross cumprod
cumsum deg2rad diag diagflat diagonal diff digitize divide dot dsplit dstack einsum empty empty_like equal exp exp2
expand_dims expm1 eye fabs flip fliplr flipud floor floor_divide fmax fmin fmod full full_like gcd geomspace greater
greater_equal hamming hanning heaviside histogram hsplit hstack hypot i0 imag inner isclose isfinite isin isinf isnan
isneginf isposinf isreal kaiser kron lcm ldexp left_shift less less_equal linspace log log10 log1p log2 logaddexp
logaddexp2 logical_and logical_not logical_or logical_xor logspace max maximum mean median meshgrid min minimum mod
moveaxis multiply nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile
nanprod nanquantile nanstd nansum nanvar negative nextafter nonzero not_equal ones ones_like outer pad percentile
power prod ptp quantile rad2deg ravel real reciprocal repeat reshape right_shift roll rot90 round searchsorted select
sign signbit sin sinc sinh size sort split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis
tan tanh tensordot tile trace transpose trapezoid tri tril triu true_divide trunc unique unravel_index vander var vdot
vsplit vstack where zeros zeros_like
"""


def _product(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    return np.matmul(np.swapaxes(a, -1, -2) if transpose_a else a, np.swapaxes(b, -1, -2) if transpose_b else b)


#: Names that NumPy has not, or has otherwise.
_OTHERWISE: dict[str, Callable[..., Any]] = {
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "concat": np.concatenate,
    "concatenate": np.concatenate,
    "clip_by_value": np.clip,
    "flatten": np.ravel,
    "floordiv": np.floor_divide,
    "identity": lambda x: x if isinstance(x, (KerasTensor, Taped)) else np.asarray(x),
    "is_nan": np.isnan,
    "batch_flatten": lambda x: np.reshape(x, (len(x), -1)),
    "matmul": _product,
    "norm": np.linalg.norm,
    "permute_dimensions": np.transpose,
    "pow": np.power,
    "rank": np.ndim,
    "reverse": np.flip,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "shape": lambda x: np.array(np.shape(x)),
    "squared_difference": lambda x, y: np.square(np.subtract(x, y)),
    "stop_gradient": lambda x: np.asarray(getattr(x, "value", x)),
    "logsumexp": logsumexp,
    "divide_no_nan": lambda x, y: np.where(np.equal(y, 0), 0.0, np.divide(x, np.where(np.equal(y, 0), 1.0, y))),
    "l2_normalize": lambda x, axis=-1: x / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), 1e-12)),
    "det": np.linalg.det,
    "inv": np.linalg.inv,
    "svd": np.linalg.svd,
    **{
        name: getattr(np.linalg, name) for name in ("cholesky", "eigh", "matrix_rank", "pinv", "qr", "slogdet", "solve")
    },
    "lstsq": lambda a, b, rcond=None: np.linalg.lstsq(a, b, rcond)[0],
    "bitwise_invert": np.invert,
    "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift,
    "eval": np.asarray,
}
_REDUCING = ("sum", "mean", "max", "min", "prod", "all", "any", "std")
#: Names of arguments that NumPy has otherwise.
_ARGUMENTS = {"keep_dims": "keepdims", "dimension": "axis", "reduction_indices": "axis", "perm": "axes"}
_ARGUMENTS |= {"min_value": "a_min", "clip_value_min": "a_min", "max_value": "a_max", "clip_value_max": "a_max"}
_ARGUMENTS |= {"multiples": "reps", "newshape": "shape", "pattern": "axes"}
#: Names of the arrays, which NumPy takes by their places.
_ARRAYS: tuple[str, ...] = (
    "condition",
    "x",
    "x1",
    "a",
    "input",
    "input_tensor",
    "tensor",
    "tensors",
    "inputs",
    "values",
    "value",
)
_ARRAYS += ("xs", "params", "arrays", "x2", "b", "y")


def _leaves(arguments: Any) -> Iterator[Any]:
    for each in arguments:
        if isinstance(each, (list, tuple)):
            yield from _leaves(each)
        else:
            yield each


def _plain(value: Any) -> Any:
    if ASKED.now and (standing := ASKED.now[-1](value)) is not None:
        return standing
    if ASKED.now and isinstance(value, (list, tuple)) and any(ASKED.now[-1](each) is not None for each in value):
        return type(value)(map(_plain, value))
    return np.asarray(value) if isinstance(value, np.ndarray) else value


def _joined(name: str) -> Callable[..., Any]:
    """Return the function that puts a layer of that name where tensors without numbers are given."""

    def join(*given: Any, **options: Any) -> Any:
        tensors, *more = given if isinstance(given[0], (list, tuple)) else [given]
        return getattr(layers, name)(tensors, *more, **options)

    return join


def _are_tensors(*given: Any) -> bool:
    return all(isinstance(each, KerasTensor) for each in given)


#: What is done with tensors without numbers: by a layer that computes the same.
_BY_LAYERS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "concatenate": _joined("concatenate"),
    "divide": operator.truediv,
    "exp": lambda x: activations.TABLE["exponential"](x),
    "maximum": lambda x, y: (_joined("maximum") if _are_tensors(x, y) else np.maximum)(x, y),
    "minimum": lambda x, y: (_joined("minimum") if _are_tensors(x, y) else np.minimum)(x, y),
    "multiply": operator.mul,
    "negative": operator.neg,
    "square": lambda x: x**2,
    "subtract": operator.sub,
    "true_divide": operator.truediv,
}


def computing(function: Callable[..., Any], called: str = "") -> Callable[..., Any]:
    """Return a function of NumPy's that takes the arguments as Keras and TensorFlow call them, and returns tensors.

    Fractions are of the default float type, if no array of doubles is given.
    """
    ignored: set[str] = set()
    with suppress(ValueError):  # a ufunc takes a type
        ignored = {"dtype"} - {*inspect.signature(function).parameters}

    def compute(*given: Any, name: str | None = None, **options: Any) -> Any:
        arrays = [*(options.pop(key) for key in _ARRAYS if key in options), *given]
        named = {_ARGUMENTS.get(key, key): value for key, value in options.items() if key not in ignored}
        if isinstance(named.get("axis"), list):
            named["axis"] = tuple(named["axis"])
        if STANDING_FOR.get():  # while a function is run that keeps tensors without numbers
            arrays = [with_numbers(each) for each in arrays]
        leaves = list(_leaves(arrays))
        if any(isinstance(each, KerasTensor) for each in leaves):
            if compute.__name__ in _BY_LAYERS:
                return _BY_LAYERS[compute.__name__](*arrays, **named)
            return function(*arrays, **named)  # which puts layers together
        found = function(*map(_plain, arrays), **named)
        if any(isinstance(each, Taped) for each in _leaves([found])):  # within a layer's own `call`
            return found
        doubles = "dtype" in options or any(getattr(each, "dtype", None) == np.float64 for each in leaves)
        return tensor(found if doubles else _single(found))

    compute.__name__ = compute.__qualname__ = called or getattr(function, "__name__", "compute")
    compute.__doc__ = function.__doc__
    return compute


def _single(value: Any) -> Any:
    """Return fractions in the default float type."""
    if isinstance(value, (list, tuple)):
        return [_single(each) for each in value]
    return np.asarray(value).astype(config.floatx()) if np.asarray(value).dtype == np.float64 else value


_MADE: dict[str, Any] = {
    **{name: computing(getattr(np, name)) for name in _ALIKE.split()},
    **{name: computing(function) for name, function in _OTHERWISE.items()},
    **{f"reduce_{name}": computing(getattr(np, name)) for name in _REDUCING},
    "reduce_variance": computing(np.var),
    "reduce_logsumexp": computing(_OTHERWISE["logsumexp"]),
    "argmax": computing(np.argmax),  # as in `keras.ops`
    "argmin": computing(np.argmin),
}
_MADE |= {name: activations.TABLE[name] for name in ("elu", "relu", "sigmoid", "softmax", "softplus", "tanh")}
__all__ = [*_MADE]


def __getattr__(name: str) -> Any:
    """Return a function by its name; as this file's own names some would hide Python's."""
    if name in _MADE:
        return _MADE[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""TensorFlow's functions that pick entries, put them somewhere, or run other functions: NumPy's, under its names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinynet import config
from tinynet.layers.symbolic import KerasTensor
from tinynet.runner.operations import computing
from tinynet.runner.tensors import Tensor, is_followed, tensor
from tinynet.runner.variables import generator_of
from tinynet.variables import in_place_of

__all__ = [
    *("TensorSpec", "bias_add", "clip_by_global_norm", "clip_by_norm", "cond", "dropout", "embedding_lookup"),
    *("floormod", "gather_nd", "global_norm", "group", "identity_n", "in_top_k", "is_tensor", "map_fn", "matvec"),
    *("moments", "multiply_no_nan", "no_op", "numpy_function", "py_function", "scatter_nd", "slice"),
    *("tensor_scatter_nd_add", "tensor_scatter_nd_update", "top_k", "truediv", "vectorized_map", "while_loop"),
]


class TopK(NamedTuple):
    """The largest entries of each row, and where they stood."""

    values: Any
    indices: Any


class TensorSpec(NamedTuple):
    """What a tensor will be like, as ``tf.function`` is told: kept, and not looked at."""

    shape: Any
    dtype: Any = np.dtype("float32")
    name: str | None = None


def _at(indices: Any) -> tuple[Any, ...]:
    """Return what NumPy takes for TensorFlow's rows of indices."""
    return tuple(np.moveaxis(np.asarray(indices), -1, 0))


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


# ---- picking --------------------------------------------------------------------------------------------------------

gather_nd = computing(lambda params, indices: _array(params)[_at(indices)], "gather_nd")
embedding_lookup = computing(lambda params, ids: np.take(params, np.asarray(ids), 0), "embedding_lookup")


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Any:
    """Return a box out of an array: from `begin`, of so many entries along each axis; -1 for all that follow."""
    input_ = in_place_of(input_)
    cut = tuple(
        np.s_[int(first) : None if int(count) < 0 else int(first) + int(count)]
        for first, count in zip(begin, size, strict=True)
    )
    return input_[cut] if is_followed(input_) else tensor(np.asarray(input_)[cut])


def top_k(input: Any, k: int = 1, sorted: bool = True, **options: Any) -> TopK:
    """Return the `k` largest entries along the last axis, the largest first, and where they stand.

    Of equal entries that comes first which stands first, as in TensorFlow and Keras.
    """
    input = in_place_of(input)
    plain = np.asarray(getattr(input, "value", input))
    places = np.argsort(-plain, axis=-1, kind="stable")[..., :k].astype("int32")
    found = np.take_along_axis(input if is_followed(input) else plain, places, -1)
    return TopK(found if is_followed(input) else tensor(found), tensor(places))


def in_top_k(targets: Any, predictions: Any, k: int, name: str | None = None) -> Any:
    """Tell for each row of scores whether that of the target is among the `k` largest."""
    numbers, scores = np.asarray(targets), np.asarray(predictions)
    if numbers.ndim > scores.ndim:  # as TensorFlow 1 and Keras's backend take them
        numbers, scores = scores.astype(int), numbers
    own = np.take_along_axis(scores, numbers[:, None].astype(int), -1)
    return tensor((scores > own).sum(axis=-1) < k)


def _scattered(base: Any, indices: Any, updates: Any, put: Callable[..., Any]) -> Any:
    made = np.array(base)
    put(made, _at(indices), np.asarray(updates))
    return tensor(made)


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Any:
    """Return zeros with entries at their places; those at the same place are added."""
    zeros = np.zeros(tuple(np.asarray(shape)), np.asarray(updates).dtype)
    return _scattered(zeros, indices, updates, np.add.at)


def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
    """Return an array with entries added at some places."""
    return _scattered(tensor, indices, updates, np.add.at)


def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
    """Return an array with other entries at some places."""
    return _scattered(tensor, indices, updates, lambda array, at, new: array.__setitem__(at, new))


# ---- computing ------------------------------------------------------------------------------------------------------

truediv = computing(np.true_divide)
floormod = computing(np.mod)
matvec = computing(lambda a, b: np.matmul(a, b[..., None])[..., 0], "matvec")
bias_add = computing(lambda value, bias: np.add(value, bias), "bias_add")
multiply_no_nan = computing(lambda x, y: np.where(np.equal(y, 0), 0.0, np.multiply(x, y)), "multiply_no_nan")


def _clipped(x: Any, clip_norm: Any, axes: Any = None) -> Any:
    norm = np.sqrt(np.sum(np.square(x), axis=tuple(axes) if isinstance(axes, list) else axes, keepdims=True))
    return x * (clip_norm / np.maximum(norm, clip_norm))


clip_by_norm = computing(_clipped, "clip_by_norm")


def moments(x: Any, axes: Any, keepdims: bool = False, **options: Any) -> tuple[Any, Any]:
    """Return mean and variance along some axes."""
    axis = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    compute = [computing(each)(x, axis=axis, keepdims=keepdims) for each in (np.mean, np.var)]
    return compute[0], compute[1]


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """Return the length of several arrays taken as one vector; None among them counts nothing."""
    listed = [each if is_followed(each) else np.asarray(each) for each in t_list if each is not None]
    return tensor(np.sqrt(sum(np.sum(np.square(each)) for each in listed)))


def clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None) -> Any:
    """Return arrays made shorter together until that length is at most `clip_norm`, and what it was."""
    norm = global_norm(t_list) if use_norm is None else use_norm
    share = clip_norm / np.maximum(norm, clip_norm)
    listed = [each if each is None or is_followed(each) else np.asarray(each) for each in t_list]
    return [None if each is None else tensor(each * share) for each in listed], norm


def dropout(x: Any, rate: Any = None, noise_shape: Any = None, seed: Any = None, **options: Any) -> Any:
    """Return an array some of whose entries are 0, and the others larger in turn.

    Each call draws anew: in a model, use the layer `Dropout`, which does so in training alone.
    """
    leaves_out = 1 - options["keep_prob"] if "keep_prob" in options else options.get("level", rate)
    if isinstance(x, KerasTensor):
        raise TypeError("tf.nn.dropout: of what a layer gives, use the layer Dropout: it draws in training alone.")
    stays = generator_of(seed).random(tuple(noise_shape or np.shape(x))) >= leaves_out
    return computing(lambda a: a * (stays / (1 - leaves_out)).astype(config.floatx()), "dropout")(x)


# ---- running other functions ----------------------------------------------------------------------------------------


def is_tensor(x: Any) -> bool:
    """Tell whether something is a tensor: one of TensorFlow's names for an array, or what a layer gives."""
    return isinstance(x, Tensor) or is_followed(x)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: str | None = None) -> Any:
    """Return what one of two functions returns."""
    chosen = true_fn if bool(np.asarray(pred)) else false_fn
    return chosen()


def map_fn(fn: Callable[..., Any], elems: Any, *options: Any, **more: Any) -> Any:
    """Return what a function makes of each row, stacked."""
    rows = zip(*elems, strict=True) if isinstance(elems, tuple) else elems
    made = [fn(row) for row in rows]
    return np.stack(made) if any(map(is_followed, made)) else tensor(np.stack([np.asarray(each) for each in made]))


vectorized_map = map_fn


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, **options: Any) -> Any:
    """Repeat a function on its own results while another returns True."""
    values = loop_vars
    while bool(np.asarray(cond(*values))):
        values = body(*values)
    return values


def numpy_function(func: Any = None, inp: Any = None, Tout: Any = None, **options: Any) -> Any:
    """Return what a function makes of arrays; without one, a decorator for functions that are given arrays."""
    if func is None:
        return lambda function: functools.wraps(function)(lambda *given: numpy_function(function, given))
    return tensor(func(*map(np.asarray, inp)))


py_function = numpy_function


def group(*inputs: Any, name: str | None = None) -> None:
    """Do nothing: everything was computed when it was asked for."""


no_op = group


def identity_n(input: Any, name: str | None = None) -> Any:
    """Return the arrays."""
    return [*input]

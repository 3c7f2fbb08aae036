"""TensorFlow's functions that NumPy has otherwise, or not: sorting both ways, sums by segment, checks, and more."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import config
from tinynet.kernels.elementary import erf as erf_of
from tinynet.runner.operations import computing
from tinynet.runner.tensors import is_followed, tensor

__all__ = [
    *("argsort", "as_dtype", "assert_equal", "assert_greater", "assert_less", "assert_near", "case", "cumprod"),
    *("cumsum", "diag_part", "ensure_shape", "erf", "foldl", "foldr", "gather", "get_static_value"),
    *("invert_permutation", "lgamma", "log_sigmoid", "polyval", "reduce_euclidean_norm", "scalar_mul", "scan"),
    *("segment_max", "segment_mean", "segment_min", "segment_sum", "sequence_mask", "sort", "switch_case", "timestamp"),
    *("unique", "unique_with_counts", "unsorted_segment_mean", "unsorted_segment_sum", "where", "xlogy"),
    *("weighted_cross_entropy_with_logits", "zero_fraction"),
]


def _plain(value: Any) -> Any:
    return np.asarray(getattr(value, "value", value))


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


# ---- order ----------------------------------------------------------------------------------------------------------


def argsort(values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = True, name: Any = None) -> Any:
    """Return where the entries stand in their order, in that of their places where they are equal."""
    plain = _plain(values)
    if direction == "DESCENDING":
        plain = -plain if plain.dtype.kind == "f" else -plain.astype(np.int64)
    return tensor(np.argsort(plain, axis, kind="stable").astype("int32"))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """Return the entries in their order, or the other way round."""
    places = np.asarray(argsort(values, axis, direction))
    return _sorted(_array(values), places, axis)


_sorted = computing(np.take_along_axis)


def unique(x: Any, out_idx: Any = "int32", name: Any = None) -> tuple[Any, Any]:
    """Return the entries of a vector, each once and in the order in which they come, and where each one stands."""
    entries, places, _ = unique_with_counts(x, out_idx)
    return entries, places


def unique_with_counts(x: Any, out_idx: Any = "int32", name: Any = None) -> tuple[Any, Any, Any]:
    """Return the same, and how often each comes."""
    entries, first, places, counts = np.unique(np.asarray(x), True, True, True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return tensor(entries[order]), tensor(rank[places].astype(out_idx)), tensor(counts[order].astype(out_idx))


def invert_permutation(x: Any, name: Any = None) -> Any:
    """Return the permutation that undoes one."""
    return tensor(np.argsort(np.asarray(x)).astype("int32"))


# ---- sums -----------------------------------------------------------------------------------------------------------


def _running(function: Any, start: float) -> Callable[..., Any]:
    def compute(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
        x = np.flip(x, axis) if reverse else _array(x)
        if exclusive:
            count = x.shape[axis]
            first = np.full_like(np.take(_plain(x), [0], axis), start)
            x = np.concatenate([first, np.take(x, np.arange(count - 1), axis)], axis)
        found = function(x, axis=axis)
        return np.flip(found, axis) if reverse else found

    return compute


cumsum = computing(_running(np.cumsum, 0.0), "cumsum")
cumprod = computing(_running(np.cumprod, 1.0), "cumprod")


def _segments(data: Any, ids: Any, count: int | None = None) -> Any:
    """Return a matrix that sums rows by their segment, and how many rows each has."""
    numbers = np.asarray(ids).astype(int).ravel()
    total = int(numbers.max()) + 1 if count is None else int(count)
    chosen = (numbers == np.arange(total)[:, None]).astype(_plain(data).dtype)
    return chosen, chosen.sum(axis=1)


def _summed(data: Any, ids: Any, num_segments: Any = None) -> Any:
    chosen, _ = _segments(data, ids, num_segments)
    return np.tensordot(chosen, data, 1)


def _averaged(data: Any, ids: Any, num_segments: Any = None) -> Any:
    chosen, counts = _segments(data, ids, num_segments)
    shares = chosen / np.maximum(counts, 1)[:, None]
    return np.tensordot(shares, data, 1)


def _extreme(function: Any) -> Callable[..., Any]:
    def compute(data: Any, segment_ids: Any, name: Any = None) -> Any:
        rows, ids = np.asarray(data), np.asarray(segment_ids)
        found = np.zeros((int(ids.max()) + 1, *rows.shape[1:]), rows.dtype)
        for number in np.unique(ids):
            found[number] = function(rows[ids == number], axis=0)
        return tensor(found)

    return compute


segment_sum, unsorted_segment_sum = computing(_summed, "segment_sum"), computing(_summed, "unsorted_segment_sum")
segment_mean, unsorted_segment_mean = (
    computing(_averaged, "segment_mean"),
    computing(_averaged, "unsorted_segment_mean"),
)
segment_max, segment_min = _extreme(np.max), _extreme(np.min)
reduce_euclidean_norm = computing(
    lambda x, axis=None, keepdims=False: np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims)),
    "reduce_euclidean_norm",
)
zero_fraction = computing(lambda x: np.mean(np.equal(x, 0).astype(config.floatx())), "zero_fraction")

# ---- entries --------------------------------------------------------------------------------------------------------


def _taken(params: Any, indices: Any, axis: Any = None, batch_dims: int = 0, validate_indices: Any = None) -> Any:
    """Return entries along an axis; with `batch_dims`, for each row those that its own indices name."""
    places = _plain(indices).astype(int)
    if not batch_dims:
        return np.take(params, places, 0 if axis is None else axis)
    params = _array(params)
    batch_dims = batch_dims % places.ndim if batch_dims < 0 else batch_dims
    if axis not in (None, batch_dims):
        raise ValueError(f"gather: `axis` must be `batch_dims`, {batch_dims}. Received: axis={axis}")
    rows = np.ix_(*(np.arange(length) for length in places.shape[:batch_dims]))
    return params[(*(row.reshape(row.shape + (1,) * (places.ndim - batch_dims)) for row in rows), places)]


gather = computing(_taken, "gather")
diag_part = computing(lambda x, k=0: np.diagonal(x, k, -2, -1), "diag_part")


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """Return entries of one of two arrays; of a condition alone, the indices of what is true, a row for each."""
    if x is None and y is None:
        return tensor(np.argwhere(_plain(condition)))
    return _where(condition, x, y)


_where = computing(np.where)


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = bool, name: Any = None) -> Any:
    """Return for each length a row in which so many entries are true."""
    counts = np.asarray(lengths)
    return tensor((np.arange(int(counts.max() if maxlen is None else maxlen)) < counts[..., None]).astype(dtype))


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    """Return an array, or raise a ValueError if it has another shape."""
    own = np.shape(x)
    if len(own) != len(shape) or any(want not in (None, -1, have) for want, have in zip(shape, own, strict=True)):
        raise ValueError(f"ensure_shape: expected the shape {tuple(shape)}. Received: {tuple(own)}")
    return x


# ---- numbers --------------------------------------------------------------------------------------------------------

scalar_mul = computing(lambda scalar, x: np.multiply(scalar, x), "scalar_mul")
log_sigmoid = computing(
    lambda x: np.negative(np.maximum(np.negative(x), 0) + np.log1p(np.exp(np.negative(np.abs(x))))), "log_sigmoid"
)
xlogy = computing(lambda x, y: np.where(np.equal(x, 0), 0.0, x * np.log(np.where(np.equal(x, 0), 1.0, y))), "xlogy")


def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    def compute(x: Any, name: Any = None) -> Any:
        array = np.asarray(x)
        kind = array.dtype if array.dtype.kind == "f" else config.floatx()
        return tensor(np.array([function(float(each)) for each in array.ravel()], kind).reshape(array.shape))

    return compute


erf, lgamma = _each(erf_of), _each(math.lgamma)


def polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    """Return a polynomial's value, the first coefficient being that of the highest power."""
    found: Any = coeffs[0] + 0 * x
    for each in coeffs[1:]:
        found = found * x + each
    return found if is_followed(found) else tensor(found)


def _weighted(labels: Any, logits: Any, pos_weight: Any) -> Any:
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * (np.log1p(np.exp(-np.abs(logits))) + np.maximum(-logits, 0))


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: Any = None) -> Any:
    """Return binary cross-entropies of logits, those of ones weighted."""
    return computing(_weighted)(_array(labels), _array(logits), pos_weight)


# ---- running functions ----------------------------------------------------------------------------------------------


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """Return what a function makes of what it made before and each row."""
    rows = iter(elems)
    value = next(rows) if initializer is None else initializer
    for row in rows:
        value = fn(value, row)
    return value


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """Return the same from the last row to the first."""
    return foldl(fn, [*elems][::-1], initializer)


def scan(fn: Callable[..., Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """Return everything that `foldl` goes through, stacked."""
    values, rows = [], iter(elems)
    if initializer is None:
        values.append(next(rows))
    value = values[0] if values else initializer
    for row in rows:
        value = fn(value, row)
        values.append(value)
    return np.stack(values) if any(map(is_followed, values)) else tensor(np.stack(values))


def case(pred_fn_pairs: Any, default: Any = None, **options: Any) -> Any:
    """Return what the function of the first true condition returns."""
    pairs = pred_fn_pairs.items() if hasattr(pred_fn_pairs, "items") else pred_fn_pairs
    return next((function for condition, function in pairs if bool(np.asarray(condition))), default)()


def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: Any = None) -> Any:
    """Return what the function of a number returns."""
    functions = branch_fns if hasattr(branch_fns, "get") else dict(enumerate(branch_fns))
    last = default or functions[max(functions)]
    return functions.get(int(branch_index), last)()


# ---- checks and the rest --------------------------------------------------------------------------------------------


def _checking(holds: Callable[[Any, Any], Any], words: str) -> Callable[..., None]:
    def check(x: Any, y: Any, message: Any = None, **options: Any) -> None:
        if not np.all(holds(_plain(x), _plain(y))):
            raise ValueError(f"{message or ''} expected x {words} y. Received: x={x!r}, y={y!r}".strip())

    return check


assert_equal, assert_greater = _checking(np.equal, "=="), _checking(np.greater, ">")
assert_less, assert_near = _checking(np.less, "<"), _checking(lambda x, y: np.isclose(x, y, 1e-5, 1e-5), "near")


def timestamp(name: Any = None) -> Any:
    """Return the seconds since 1970."""
    return tensor(np.float64(time.time()))


def as_dtype(type_value: Any) -> Any:
    """Return a type."""
    return np.dtype(type_value)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """Return the numbers of a tensor."""
    return None if is_followed(tensor) else np.asarray(tensor)

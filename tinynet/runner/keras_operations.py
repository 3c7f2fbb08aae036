"""What ``keras.ops`` has besides NumPy's functions: those that put rows together, put entries somewhere, or repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynet import config
from tinynet.runner import backend_names, variables
from tinynet.runner.operations import computing
from tinynet.runner.picking import map_fn, scatter_nd, tensor_scatter_nd_update
from tinynet.runner.tensors import tensor

__all__ = [
    *("binary_crossentropy", "categorical_crossentropy", "erf", "erfc", "fori_loop", "get_item"),
    *("logdet", "map", "multi_hot", "normalize", "scan", "scatter", "scatter_update", "segment_max", "segment_min"),
    *("segment_prod", "segment_sum", "slice_update", "sparse_categorical_crossentropy", "switch", "unstack"),
    *("vectorize",),
]

binary_crossentropy = backend_names.binary_crossentropy
categorical_crossentropy = backend_names.categorical_crossentropy
sparse_categorical_crossentropy = backend_names.sparse_categorical_crossentropy
unstack = variables.unstack
map = map_fn
scatter = scatter_nd
scatter_update = tensor_scatter_nd_update
erf = computing(np.vectorize(math.erf, otypes=[float]), "erf")
erfc = computing(np.vectorize(math.erfc, otypes=[float]), "erfc")
logdet = computing(lambda x: np.linalg.slogdet(x)[1], "logdet")
get_item = computing(lambda x, key: x[key], "get_item")
vectorize = np.vectorize


def _normalized(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    axis = tuple(axis) if isinstance(axis, list) else axis
    least = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), least**2))
    size = np.sum(np.power(np.abs(x), order), axis=axis, keepdims=True)
    return x / np.maximum(np.power(size, 1 / order), least)


normalize = computing(_normalized, "normalize")


# ---- rows by their groups -------------------------------------------------------------------------------------------


def _in_groups(segment_ids: Any, num_segments: int | None) -> Any:
    """Return for each group, row by row, whether it is that of the row."""
    ids = np.asarray(segment_ids)
    count = int(ids.max(initial=-1)) + 1 if num_segments is None else num_segments
    return np.arange(count)[:, None] == ids


def _sums(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:  # Keras's name
    chosen = _in_groups(segment_ids, num_segments).astype(np.asarray(getattr(data, "value", data)).dtype)
    return np.tensordot(chosen, data, 1)


def _by_groups(reduce: Callable[..., Any], empty: Callable[[Any], Any]) -> Callable[..., Any]:
    def reduced(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        data = np.asarray(data)
        rows = [data[chosen] for chosen in _in_groups(segment_ids, num_segments)]
        return np.stack([reduce(row, axis=0) if len(row) else np.full(data.shape[1:], empty(data)) for row in rows])

    return reduced


def _least(data: Any) -> Any:
    return -np.inf if data.dtype.kind == "f" else np.iinfo(data.dtype).min


def _most(data: Any) -> Any:
    return np.inf if data.dtype.kind == "f" else np.iinfo(data.dtype).max


segment_sum = computing(_sums, "segment_sum")
segment_max = computing(_by_groups(np.max, _least), "segment_max")
segment_min = computing(_by_groups(np.min, _most), "segment_min")
segment_prod = computing(_by_groups(np.prod, lambda data: 1), "segment_prod")


def multi_hot(inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, **options: Any) -> Any:
    """Return for each row a 1 for every class that is in it, along a new last axis in place of the row's."""
    labels = np.asarray(inputs)
    count = num_classes or options["num_tokens"]
    found = (labels[..., None] == np.arange(count)).any(axis=-2 if labels.ndim else -1)
    return tensor(np.moveaxis(found.astype(dtype or config.floatx()), -1, axis))


# ---- putting, and repeating -----------------------------------------------------------------------------------------


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return an array in which a box has other numbers, from these indices on."""
    found, new = np.array(inputs), np.asarray(updates)
    places = zip(np.asarray(start_indices).tolist(), new.shape, strict=True)
    found[tuple(slice(start, start + length) for start, length in places)] = new
    return tensor(found)


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """Return what is left when a function was run on each number of a range, and on what it had returned before."""
    for index in range(int(lower), int(upper)):
        init_val = body_fun(index, init_val)
    return init_val


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Return what one of several functions makes of the operands; the nearest one, if there are fewer."""
    return branches[min(max(int(np.asarray(index)), 0), len(branches) - 1)](*operands)


def _stacked(parts: list[Any]) -> Any:
    if isinstance(parts[0], (list, tuple)):
        return type(parts[0])(_stacked(list(each)) for each in zip(*parts, strict=True))
    return None if parts[0] is None else np.stack([*parts])


def scan(f: Any, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, **options: Any) -> Any:
    """Return what a function carries on along the rows at the end, and what it returned for each of them."""
    count = length if xs is None else len(xs[0] if isinstance(xs, (list, tuple)) else xs)
    found: list[Any] = []
    for index in range(count or 0)[:: -1 if reverse else 1]:
        row = None if xs is None else type(xs)(x[index] for x in xs) if isinstance(xs, (list, tuple)) else xs[index]
        init, made = f(init, row)
        found.append(made)
    return init, _stacked(found[:: -1 if reverse else 1]) if found else None

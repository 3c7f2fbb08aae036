"""What ``keras.ops`` has besides NumPy's functions: those that put rows together, put entries somewhere, or repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynet import config
from tinynet.layers import symbolic
from tinynet.runner import backend_names, tensors, variables
from tinynet.runner.operations import computing
from tinynet.runner.picking import scatter_nd, tensor_scatter_nd_update
from tinynet.runner.tensors import tensor

__all__ = [
    *("binary_crossentropy", "categorical_crossentropy", "erf", "erfc", "fori_loop", "get_item"),
    *("logdet", "map", "multi_hot", "normalize", "scan", "scatter", "scatter_update", "segment_max", "segment_min"),
    *("segment_prod", "segment_sum", "slice", "slice_update", "sparse_categorical_crossentropy", "switch", "unstack"),
    *("one_hot", "vectorize", "while_loop"),
]

binary_crossentropy = backend_names.binary_crossentropy
categorical_crossentropy = backend_names.categorical_crossentropy
sparse_categorical_crossentropy = backend_names.sparse_categorical_crossentropy
unstack = variables.unstack
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


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Return zeros with a one at each index, along a new axis; an index without a place has none."""
    return tensors.one_hot(x, num_classes, axis=axis, dtype=dtype)


def multi_hot(inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, **options: Any) -> Any:
    """Return a 1 for every class that is in a row, as Keras does: the largest of `one_hot` along axis 1, or 0."""
    labels = np.asarray(inputs)
    found = one_hot(labels, num_classes or options["num_tokens"], axis, dtype)
    return tensor(np.max(found, axis=1 if labels.ndim > 1 else 0))


# ---- putting, and repeating -----------------------------------------------------------------------------------------


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return an array in which a box has other numbers, from these indices on."""
    found, new = np.array(inputs), np.asarray(updates)
    found[_box(found.shape, start_indices, new.shape)] = new
    return tensor(found)


def _box(lengths: Any, starts: Any, sizes: Any) -> tuple[Any, ...]:
    """Return a box that lies within an array: one that would reach beyond its end begins earlier, as on JAX."""
    found = []
    for length, start, size in zip(lengths, np.asarray(starts).tolist(), np.asarray(sizes).tolist(), strict=True):
        first = min(max(start + length * (start < 0), 0), length - size)
        found.append(np.s_[first : first + size])
    return tuple(found)


slice = computing(lambda x, starts, sizes: _array(x)[_box(np.shape(x), starts, sizes)], "slice")


def _array(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.asarray(value)


def while_loop(cond: Any, body: Any, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Repeat a function on its own results while another returns True, or so many times."""
    several, done = isinstance(loop_vars, (list, tuple)), 0
    values = loop_vars if several else (loop_vars,)
    while (maximum_iterations is None or done < maximum_iterations) and bool(np.asarray(cond(*values))):
        made = body(*values)
        values, done = made if several and isinstance(made, (list, tuple)) else (made,), done + 1
    return values if several else values[0]


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Return what a function makes of each row, stacked; of a list, tuple or dict of arrays the rows of each."""
    leaves = symbolic.leaves(xs)
    rows = [symbolic.shaped_like(xs, iter([leaf[i] for leaf in leaves])) for i in range(len(leaves[0]))]
    return _stacked([f(row) for row in rows])


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
    if isinstance(parts[0], dict):
        return {name: _stacked([each[name] for each in parts]) for name in parts[0]}
    return None if parts[0] is None else tensor(np.stack([*parts]))


def scan(f: Any, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, **options: Any) -> Any:
    """Return what a function carries on along the rows at the end, and what it returned for each of them."""
    leaves = [] if xs is None else symbolic.leaves(xs)
    count = length if xs is None else len(leaves[0])
    found: list[Any] = []
    for index in range(count or 0)[:: -1 if reverse else 1]:
        row = None if xs is None else symbolic.shaped_like(xs, iter([x[index] for x in leaves]))
        init, made = f(init, row)
        found.append(made)
    return init, _stacked(found[:: -1 if reverse else 1]) if found else None

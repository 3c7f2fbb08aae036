"""What NumPy's functions do with a gradient: the derivatives that a tape goes back by, see `tinynet.tape`.

Each rule is given the value y and the arguments, and returns for each array among these the function that makes its
gradient of that of y. Where a kink leaves a choice, it is the one of Keras on JAX.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._types import Array

Share = Callable[[Array], Any]


class NotFollowedError(TypeError):
    """Something that a tape cannot go back along."""


# ---- number by number: dx = dy·slope --------------------------------------------------------------------------------

#: The slopes of functions of one number, from x and y.
_SLOPES: dict[Any, Callable[[Any, Any], Any]] = {
    np.absolute: lambda x, y: np.sign(x),
    np.arccos: lambda x, y: -1 / np.sqrt(1 - x * x),
    np.arcsin: lambda x, y: 1 / np.sqrt(1 - x * x),
    np.arctan: lambda x, y: 1 / (1 + x * x),
    np.cos: lambda x, y: -np.sin(x),
    np.cosh: lambda x, y: np.sinh(x),
    np.exp: lambda x, y: y,
    np.exp2: lambda x, y: y * math.log(2),
    np.expm1: lambda x, y: y + 1,
    np.log: lambda x, y: 1 / x,
    np.log10: lambda x, y: 1 / (x * math.log(10)),
    np.log1p: lambda x, y: 1 / (1 + x),
    np.log2: lambda x, y: 1 / (x * math.log(2)),
    np.negative: lambda x, y: -np.ones_like(x),
    np.positive: lambda x, y: np.ones_like(x),
    np.reciprocal: lambda x, y: -y * y,
    np.sin: lambda x, y: np.cos(x),
    np.sinh: lambda x, y: np.cosh(x),
    np.sqrt: lambda x, y: 0.5 / y,
    np.square: lambda x, y: 2 * x,
    np.tan: lambda x, y: 1 + y * y,
    np.tanh: lambda x, y: 1 - y * y,
}


def _larger(a: Any, b: Any) -> Any:
    """1 where a is the larger one, half where both are the same."""
    return np.greater(a, b) + 0.5 * np.equal(a, b)


def _power(a: Any, b: Any, y: Any) -> Any:
    """d(aᵇ)/da = b·aᵇ⁻¹; 0 for b = 0, also at a = 0."""
    return np.where(np.equal(b, 0), 0.0, b * np.power(a, np.where(np.equal(b, 0), 1.0, np.subtract(b, 1.0))))


def _exponent(a: Any, b: Any, y: Any) -> Any:
    """d(aᵇ)/db = aᵇ·log a; 0 at a = 0."""
    return y * np.log(np.where(np.equal(a, 0), 1.0, a))


#: The slopes of functions of two numbers a and b, from a, b and y: along a, and along b.
_PAIRS: dict[Any, tuple[Callable[..., Any], Callable[..., Any]]] = {
    np.add: (lambda a, b, y: 1, lambda a, b, y: 1),
    np.arctan2: (lambda a, b, y: b / (a * a + b * b), lambda a, b, y: -a / (a * a + b * b)),
    np.divide: (lambda a, b, y: 1 / b, lambda a, b, y: -y / b),
    np.logaddexp: (lambda a, b, y: np.exp(a - y), lambda a, b, y: np.exp(b - y)),
    np.maximum: (lambda a, b, y: _larger(a, b), lambda a, b, y: _larger(b, a)),
    np.minimum: (lambda a, b, y: _larger(b, a), lambda a, b, y: _larger(a, b)),
    np.multiply: (lambda a, b, y: b, lambda a, b, y: a),
    np.power: (_power, _exponent),
    np.subtract: (lambda a, b, y: 1, lambda a, b, y: -1),
}


def _array(value: Any) -> Any:
    """Return an array, which may be one on a tape: then a gradient can be followed itself."""
    return value if hasattr(value, "terms") else np.asarray(value)


def _of_one(slope: Callable[[Any, Any], Any]) -> Callable[..., tuple[Share, ...]]:
    return lambda y, x: (lambda dy: dy * slope(x, y),)


def _of_two(slopes: tuple[Callable[..., Any], Callable[..., Any]]) -> Callable[..., tuple[Share, ...]]:
    def rule(y: Any, a: Any, b: Any) -> tuple[Share, ...]:
        pair = [value if isinstance(value, (int, float)) else _array(value) for value in (a, b)]
        return tuple(lambda dy, slope=slope: dy * slope(*pair, y) for slope in slopes)

    return rule


# ---- sums and products ----------------------------------------------------------------------------------------------


def _spread(dy: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Return something of a reduced shape with the axes that were reduced, of length 1."""
    if keepdims or axis is None:
        return np.reshape(dy, np.shape(dy) if keepdims else (1,) * np.ndim(x))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return np.expand_dims(dy, tuple(each % np.ndim(x) for each in axes))


def _sum(y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Share]:
    """Each number has the slope 1."""
    return (lambda dy: np.broadcast_to(_spread(dy, x, axis, keepdims), np.shape(x)),)


def _extreme(y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Share]:
    """Only the largest number has a say; several that are equal share it."""
    chosen = np.equal(x, _spread(y, x, axis, keepdims))
    return (lambda dy: _spread(dy, x, axis, keepdims) * chosen / chosen.sum(axis=axis, keepdims=True),)


def _cumsum(y: Any, x: Any, axis: int | None = None) -> tuple[Share]:
    """A number is in all sums from its own on."""

    def share(dy: Array) -> Any:
        along = 0 if axis is None else axis
        return np.flip(np.cumsum(np.flip(dy, along), along), along).reshape(np.shape(x))

    return (share,)


def _matmul(y: Any, a: Any, b: Any) -> tuple[Share, Share]:
    """The shares are da = dy·bᵀ and db = aᵀ·dy; a vector is a matrix of one row, or of one column."""
    a, b = _array(a), _array(b)
    rows, columns = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b

    def matrix(dy: Any) -> Any:
        dy = np.expand_dims(dy, -1) if b.ndim == 1 else dy
        return np.expand_dims(dy, -2) if a.ndim == 1 else dy

    def of_a(dy: Array) -> Any:
        found = matrix(dy) @ np.swapaxes(columns, -1, -2)
        return found[..., 0, :] if a.ndim == 1 else found

    def of_b(dy: Array) -> Any:
        found = np.swapaxes(rows, -1, -2) @ matrix(dy)
        return found[..., 0] if b.ndim == 1 else found

    return of_a, of_b


def _einsum(y: Any, subscripts: str, *arrays: Any) -> tuple[Any, ...]:
    """Of y = Σ a·b, written by its axes, da is Σ dy·b over the axes that a lacks."""
    before, arrow, after = subscripts.replace(" ", "").partition("->")
    axes = before.split(",")
    for number, own in enumerate(axes):
        others = after + "".join(axes[:number] + axes[number + 1 :])
        if not arrow or "." in subscripts or len(set(own)) < len(own) or not set(own) <= set(others):
            raise NotFollowedError(f"np.einsum({subscripts!r}) cannot be followed: use matmul, sum and transpose.")

    def share_of(number: int) -> Share:
        rest = [i for i in range(len(axes)) if i != number]
        way = ",".join([after, *(axes[i] for i in rest)]) + "->" + axes[number]
        return lambda dy: np.einsum(way, dy, *(arrays[i] for i in rest))

    return (None, *(share_of(number) for number in range(len(axes))))


#: Rules, by the functions of NumPy's.
RULES: dict[Any, Callable[..., tuple[Any, ...]]] = {
    **{function: _of_one(slope) for function, slope in _SLOPES.items()},
    **{function: _of_two(slopes) for function, slopes in _PAIRS.items()},
    np.cumsum: _cumsum,
    np.einsum: _einsum,
    np.matmul: _matmul,
    np.max: _extreme,
    np.min: _extreme,
    np.sum: _sum,
}

#: Functions that only put numbers at other places, or leave them out: where they put them is all there is to know.
MOVING = {
    *(operator.getitem, np.broadcast_to, np.concatenate, np.diag, np.diagonal, np.expand_dims, np.flip, np.moveaxis),
    *(np.pad, np.ravel, np.repeat, np.reshape, np.roll, np.split, np.squeeze, np.stack, np.swapaxes, np.take),
    *(np.take_along_axis, np.tile, np.transpose, np.tril, np.triu, np.where, np.hstack, np.vstack),
}

#: How `np.pad` repeats numbers; its other ways compute with them.
PADDING = ("constant", "edge", "reflect", "symmetric", "wrap")

#: Functions whose value stays the same when a number is moved a little, or that only tell shapes.
CONSTANT = {
    *(np.argmax, np.argmin, np.argsort, np.ceil, np.equal, np.floor, np.greater, np.greater_equal, np.isfinite),
    *(np.isnan, np.less, np.less_equal, np.logical_and, np.logical_not, np.logical_or, np.ndim, np.not_equal),
    *(np.ones_like, np.rint, np.round, np.shape, np.sign, np.size, np.zeros_like),
}


# ---- made of others -------------------------------------------------------------------------------------------------


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total * (math.prod(total.shape) / math.prod(x.shape))


def _var(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    found = _mean(np.square(x - _mean(x, axis, True)), axis, keepdims)
    count = math.prod(x.shape) / math.prod(found.shape)
    return found * (count / (count - ddof)) if ddof else found


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # NumPy's
    of_matrix = ord is not None and ((axis is None and np.ndim(x) != 1) or isinstance(axis, (tuple, list)))
    if ord == 1 and not of_matrix:
        return np.sum(np.absolute(x), axis=axis, keepdims=keepdims)
    if ord not in (None, 2, "euclidean") or (of_matrix and ord != "euclidean"):
        raise NotFollowedError(f"np.linalg.norm with ord={ord!r} cannot be followed.")
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def _dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        raise NotFollowedError("np.dot of an array of more than two axes cannot be followed: use matmul.")
    return np.matmul(a, b)


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    one, other = (range(-axes, 0), range(axes)) if isinstance(axes, int) else axes
    pair = [[each] if isinstance(each, int) else [*each] for each in (one, other)]
    taken = [[axis % np.ndim(x) for axis in found] for x, found in zip((a, b), pair, strict=True)]
    left = [[axis for axis in range(np.ndim(x)) if axis not in t] for x, t in zip((a, b), taken, strict=True)]
    rows = np.reshape(np.transpose(a, left[0] + taken[0]), (math.prod(a.shape[i] for i in left[0]), -1))
    columns = np.reshape(np.transpose(b, taken[1] + left[1]), (-1, math.prod(b.shape[i] for i in left[1])))
    return np.reshape(np.matmul(rows, columns), [a.shape[i] for i in left[0]] + [b.shape[i] for i in left[1]])


def _average(x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    """Σ weight·x/Σ weight; weights of one axis lie along that of the mean."""
    if weights is None:
        return _mean(x, axis, keepdims)
    if np.ndim(weights) == 1 and np.ndim(x) > 1:
        weights = np.reshape(weights, [-1 if n == axis % np.ndim(x) else 1 for n in range(np.ndim(x))])
    weights = weights + np.zeros(np.shape(x))
    return np.sum(x * weights, axis=axis, keepdims=keepdims) / np.sum(weights, axis=axis, keepdims=keepdims)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:  # NumPy's names
    a_min, a_max = min if a_min is None else a_min, max if a_max is None else a_max
    found = x if a_min is None else np.maximum(x, a_min)
    return found if a_max is None else np.minimum(found, a_max)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest = getattr(np.max(x, axis=axis, keepdims=True), "value", 0.0)
    found = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return found if keepdims else np.reshape(found, np.shape(np.sum(np.zeros(x.shape), axis=axis)))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return log Σ eˣ along an axis."""
    found: Any = np.logaddexp.reduce
    return found(x, axis=axis, keepdims=keepdims)


#: Functions that are computed by others.
COMPOSED: dict[Any, Callable[..., Any]] = {
    logsumexp: _logsumexp,
    np.average: _average,
    np.clip: _clip,
    np.dot: _dot,
    np.float_power: np.power,
    np.linalg.norm: _norm,
    np.mean: _mean,
    np.outer: lambda a, b: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)),
    np.std: lambda x, axis=None, keepdims=False, ddof=0: np.sqrt(_var(x, axis, keepdims, ddof)),
    np.tensordot: _tensordot,
    np.var: _var,
    np.vdot: lambda a, b: np.sum(a * b),
}

#: What ``np.add.reduce`` and the like are.
REDUCED = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min, np.logaddexp: logsumexp}

_BY_NAME = {function.__name__: function for function in (*RULES, *MOVING, *CONSTANT, *COMPOSED)}
#: The functions that a tape can follow, by their names.
KNOWN: dict[str, Any] = {name: _BY_NAME[name] for name in sorted(_BY_NAME)}

#: Methods of arrays, and the functions that they are.
METHODS = {
    **{name: name for name in ("clip", "cumsum", "dot", "max", "mean", "min", "repeat", "reshape", "round", "squeeze")},
    **{name: name for name in ("std", "sum", "swapaxes", "take", "transpose", "var", "diagonal", "ravel")},
    "flatten": "ravel",
}

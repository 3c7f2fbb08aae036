"""What a user passes, read once into arrays of our own kinds; a list of one array, Keras's form for one input, opened.

``fit([x], [y])`` means ``fit(x, y)``. A list of rows looks alike, and stays what it is: the shape that the model takes
tells the two apart or, for a model that is not built yet, what stands in the list and whether the targets match.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from tinynet._kinds import has_length
from tinynet._types import Array
from tinynet.data import arrays
from tinynet.data.interchange import opened_table
from tinynet.data.sparse_rows import SparseRows, is_sparse, sparse_rows
from tinynet.data.tables import is_table, numbers


class Given(NamedTuple):
    """Samples, targets and weights of a call; once read, each is an array or a sparse matrix of our own (or None)."""

    x: Any
    y: Any
    sample_weight: Any


def read(value: Any, argument: str) -> Array | SparseRows:
    """Return what a user passed as an array, or as a sparse matrix with checked copies of its arrays.

    Raises
    ------
    TypeError, ValueError
        As `as_array` and `sparse_rows`.
    """
    if not is_sparse(value):
        return arrays.as_array(numbers(value, argument) if is_table(value) else value, argument)
    rows = sparse_rows(value, argument)
    return rows if len(rows.shape) == 2 else rows.toarray()  # of one axis there are no rows


def opened(x: Any, y: Any = None, sample_weight: Any = None, prefix: str = "") -> Given:
    """Return what was passed, with tables that can be read only once, or through an interface only, read."""
    named = ((x, f"{prefix}x"), (y, f"{prefix}y"), (sample_weight, "sample_weight"))
    return Given(*(opened_table(value, argument) for value, argument in named))


def read_all(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    sample_shape: tuple[int | None, ...] | None = None,
    prefix: str = "",
) -> Given:
    """Read what belongs together, and open lists of one array.

    Parameters
    ----------
    x, y, sample_weight : array-like, sparse matrix or None
        What the user passed.
    sample_shape : tuple of int or None, optional
        The shape of one sample, as far as the model knows it.
    prefix : str
        What messages put before the names: ``"validation "``.

    Examples
    --------
    >>> x, y = np.ones((3, 2)), np.ones(3)
    >>> given = read_all([x], [y])
    >>> given.x.shape, given.y.shape
    ((3, 2), (3,))
    >>> read_all([[1, 2], [3, 4]], [0, 1]).x.shape
    (2, 2)
    """
    inner = _only(x)
    opened = False
    if inner is None:
        x = read(x, f"{prefix}x")
    else:
        x = read(inner, f"{prefix}x")
        opened = is_sparse(x) or _is_input(x.shape, sample_shape, inner, y)
        x = x if opened else x[np.newaxis]
    n = x.shape[0]

    def with_samples(value: Any, argument: str) -> Array | SparseRows | None:
        inner = _only(value)
        if value is None or inner is None:
            return None if value is None else read(value, argument)
        array = read(inner, argument)
        own = array.shape[0] == n and (n > 1 or opened)
        return array if own or isinstance(array, SparseRows) else array[np.newaxis]

    weight = with_samples(sample_weight, "sample_weight")
    return Given(x, with_samples(y, f"{prefix}y"), weight)


def _only(value: Any) -> Any:
    """Return what stands in a list of one thing that may be an array; None for anything else."""
    if type(value) not in (list, tuple) or len(value) != 1:
        return None
    inner = value[0]
    is_entry = inner is None or isinstance(inner, Real | str | bytes) or getattr(inner, "shape", None) == ()
    return None if is_entry else inner


def _is_input(shape: tuple[int, ...], sample_shape: tuple[int | None, ...] | None, inner: Any, y: Any) -> bool:
    """Tell whether an array of this shape, alone in a list, is all samples rather than one."""
    if sample_shape is not None:
        return _fits(shape[1:], sample_shape) and not _fits(shape, sample_shape)
    if not isinstance(inner, list | tuple):
        return len(shape) > 1
    targets = _only(y)  # nested lists may be one sample of several rows
    return len(shape) > 1 and has_length(targets) and len(targets) == shape[0] > 1


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Tell whether a sample of this shape is one that the model takes: a last axis of 1 may be missing or extra."""

    def same(a: tuple[int | None, ...], b: tuple[int | None, ...]) -> bool:
        return len(a) == len(b) and all(k in (None, g) for g, k in zip(a, b, strict=True))

    return same(shape, expected) or same((*shape, 1), expected) or same(shape, (*expected, 1))

"""Targets and predictions at the public door of losses and metrics: compiled code sees only what passed here."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinynet import config
from tinynet._arguments import data_type
from tinynet._types import Array
from tinynet.data.arrays import as_array, cast

TargetKind = Literal["probabilities", "distribution", "classes", "values", "any"]


def checked_dtype(name: str, dtype: Any) -> str | None:
    """Return the name of the float type that a loss or a metric is to compute in; None leaves it to the data."""
    if dtype is None:
        return None
    return data_type(name, "dtype", dtype, ("float32", "float64", None))


def as_floats(values: Any, argument: str = "y_pred", dtype: Any = None) -> Array:
    """Return a C-contiguous array: of `dtype` if it is given, else a float array in its own type, others in `floatx`.

    Raises
    ------
    TypeError
        If the values are no real numbers.
    ValueError
        If there are none, or they are ragged, masked or a single number.
    """
    own = isinstance(values, np.ndarray) and values.dtype in (np.float32, np.float64)
    wanted = np.dtype(dtype or (values.dtype.newbyteorder("=") if own else config.floatx()))
    array = as_array(values, argument)
    return array if array.dtype == wanted and array.flags.carray else cast(array, wanted)


def as_arrays(name: str, kind: TargetKind, y_true: Any, y_pred: Any, dtype: Any = None) -> tuple[Array, Array]:
    """Return targets and predictions as C-contiguous arrays of one float type that can be compared.

    Parameters
    ----------
    name : str
        What messages call the loss or metric.
    kind : {"probabilities", "distribution", "classes", "values", "any"}
        What targets are: numbers of classes, or anything else, of the predictions' shape.
    y_true, y_pred : array-like
        Of any rank. A last axis of length 1 may be missing or extra.
    dtype : data type, optional
        The type of the result; default the predictions' own.

    Raises
    ------
    TypeError, ValueError
        If either is not an array of real numbers, or they do not fit together.

    Examples
    --------
    >>> y, p = as_arrays("mse", "values", [1, 2], [[0.5], [1.5]])
    >>> y.shape, p.shape, p.dtype.name
    ((2,), (2, 1), 'float32')
    """
    y, p = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
    if kind != "classes" and p.ndim == 1 and y.ndim == 2:  # a column, as Keras reads it
        p = p[:, None]
    check_shapes(name, kind, y.shape, p.shape)  # before anything is copied
    p = as_floats(p, dtype=dtype or (None if isinstance(y_pred, np.ndarray) else config.floatx()))
    y = as_floats(y, "y_true", p.dtype)
    if kind == "classes":
        check_classes(name, y, p.shape[-1])
    return y, p


def as_rows(name: str, kind: TargetKind, y_true: Any, y_pred: Any, dtype: Any = None) -> tuple[Array, Array]:
    """Return the same as rows: (rows, columns) each."""
    y, p = as_arrays(name, kind, y_true, y_pred, dtype)
    p = p.reshape(-1, p.shape[-1])
    return y.reshape(len(p), -1), p


def check_shapes(name: str, kind: TargetKind, y: tuple[int, ...], p: tuple[int, ...]) -> None:
    """Raise a ValueError unless targets of the shape `y` can be compared with predictions of the shape `p`."""
    shape = p[:-1] if kind == "classes" else p
    if y in (shape, (*shape, 1)) or (*y, 1) == shape or (kind == "any" and y[: len(p) - 1] == p[:-1]):
        return
    same = "must have the same shape" + (" up until the last dimension" if kind == "classes" else "")
    raise ValueError(
        f"{name}: expected targets of shape {shape} for predictions of {p}. Received: {y}. (Arguments `target` and "
        f"`output` {same}: target.shape={y}, output.shape={p}.)"
    )


def check_classes(name: str, y: Array, classes: int) -> None:
    """Raise a ValueError unless all targets are the numbers of classes."""
    low, high = y.min(), y.max()
    if not (low >= 0 and high < classes and (y == np.floor(y)).all()):
        fractions = "" if (y == np.floor(y)).all() else ", and not all of them whole numbers"
        raise ValueError(
            f"{name}: expected class numbers 0 to {classes - 1}. Received: values from {low:g} to {high:g}{fractions}"
        )


def check_targets(name: str, kind: TargetKind, y: Array, p: Array) -> None:
    """Raise a ValueError unless targets of this shape (and, for classes, these values) can be compared with `p`."""
    check_shapes(name, kind, y.shape, p.shape)
    if kind == "classes":
        check_classes(name, y, p.shape[-1])

"""Targets: the user's ``y``, checked for the loss and the model's output."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from tinynet._lenient import refuse
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.data import arrays
from tinynet.data.checks import check_lengths
from tinynet.data.sparse_rows import SparseRows
from tinynet.data.wrapping import read
from tinynet.kernels.rows import NO_CLASS

Kind = Literal["probabilities", "distribution", "classes", "values", "any"]

# Computed probabilities (another model's, for example) may exceed 1 by rounding.
_SLACK = 1e-6


def targets(
    y: object,
    n: int,
    *,
    output_shape: tuple[int, ...],
    kind: Kind,
    loss_name: str,
    dtype: DTypeLike,
    argument: str = "y",
) -> Array:
    """Return the targets as a C-contiguous ``(rows, columns)`` array, a view of ``y`` if it already is one.

    Parameters
    ----------
    y : array-like or sparse matrix
        One target for each sample. A last axis of length 1 may be missing or extra.
    n : int
        Number of samples.
    output_shape : tuple of int
        Shape of the model's output for one sample.
    kind : {"probabilities", "distribution", "classes", "values", "any"}
        What the loss takes: numbers in [0, 1] (binary cross-entropy); one-hot or probability rows
        (categorical); whole class numbers from 0 (sparse categorical); any numbers of the output's shape
        (regression); or, for a user-written loss, any number of columns.
    loss_name : str
        What messages call the loss.
    dtype : data type
        Floatx.
    argument : str, default "y"
        What messages call the targets.

    Returns
    -------
    numpy.ndarray
        ``rows = n * prod(output_shape[:-1])``; ``columns = output_shape[-1]``, or 1 for class numbers.

    Raises
    ------
    TypeError
        If ``y`` holds no real numbers.
    ValueError
        If its length, shape or range is wrong, or it has NaN. The message says what would be right.

    Examples
    --------
    >>> targets([0, 1, 1], 3, output_shape=(1,), kind="probabilities", loss_name="bce", dtype="float32")
    array([[0.],
           [1.],
           [1.]], dtype=float32)
    """
    found = read(y, argument)
    if found.shape[0] != n:
        check_lengths(**{"x": range(n), argument: found})
    given = found.toarray() if isinstance(found, SparseRows) else found
    lead, columns = output_shape[:-1], math.prod(output_shape[-1:])
    rows = n * math.prod(lead)
    if kind == "any":
        fits, columns = given.shape[: 1 + len(lead)] == (n, *lead), given.size // rows
    else:
        if kind == "classes":
            columns = 1
        wanted = (n, *lead, columns)
        fits = given.shape in (wanted, (*wanted, 1)) or (*given.shape, 1) == wanted
    if not fits:
        expected = (n, *lead) if kind == "classes" else (n, *output_shape)
        message = (
            f"{argument} has shape {given.shape}, but loss '{loss_name}' on a model whose output has shape "
            f"{_batch(output_shape)} expects shape {expected}{' (or more axes)' if kind == 'any' else ''}. "
            f"{_shape_fix(given, output_shape, kind, argument)}"
        )
        if kind != "values" or not _stretches(given.shape, expected):
            raise ValueError(message)
        refuse(message, "one target is compared with several outputs.")
        given = np.broadcast_to(given, expected)
    made = arrays.cast if kind == "classes" else arrays.contiguous  # labels are places: nobody else may change them
    checked = made(given, np.dtype(dtype)).reshape(rows, columns)
    _check_values(checked, rows // n, math.prod(output_shape[-1:]), kind, loss_name, argument)
    return checked


def _stretches(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Tell whether targets can be compared with outputs by repeating them along axes of length 1."""
    return len(given) == len(wanted) and all(a in (1, b) for a, b in zip(given, wanted, strict=True))


def _batch(output_shape: tuple[int, ...]) -> str:
    return f"({', '.join(['None', *map(str, output_shape)])})"


def _shape_fix(y: Array, output_shape: tuple[int, ...], kind: Kind, argument: str) -> str:
    n, units = len(y), math.prod(output_shape[-1:])
    if len(output_shape) > 1 and y.ndim <= 2:
        return (
            f"The model gives {math.prod(output_shape[:-1])} rows for each sample: "
            "put a Flatten() layer before the Dense layers for one answer a sample."
        )
    if y.size == n:
        return _one_number_each(y, units, kind, argument)
    if y.ndim == 2 and len(output_shape) == 1:
        return _columns_differ(y, units, kind, argument)
    if y.size == n * math.prod(output_shape):
        return f"It has the right number of entries in another shape: pass {argument}.reshape{(-1, *output_shape)}."
    return f"Make {argument} and the output of the last layer agree."


def _one_number_each(y: Array, units: int, kind: Kind, argument: str) -> str:
    """Advise on one number per sample where several are expected: usually class numbers instead of one-hot rows."""
    encode = f"one-hot encode with {argument} = tinynet.utils.to_categorical({argument}, {units})"
    whole = np.array_equal(y, np.round(y))
    if kind == "distribution" and whole:
        return (
            f"These look like class numbers, not one-hot rows: use loss='sparse_categorical_crossentropy', or {encode}."
        )
    one_unit = "For one number a sample give the last layer 1 unit."
    if whole:
        return (
            f"{one_unit} If these are class numbers, use a softmax output with "
            f"loss='sparse_categorical_crossentropy', or {encode}."
        )
    return one_unit


def _columns_differ(y: Array, units: int, kind: Kind, argument: str) -> str:
    columns = y.shape[1]
    one_hot = columns > 1 and bool(np.all((y == 0) | (y == 1)) and np.all(np.count_nonzero(y, axis=1) == 1))
    if kind == "classes":
        more = "" if columns == units else f" with {columns} units in the last layer"
        return (
            f"If {argument} is one-hot, use loss='categorical_crossentropy'{more}, "
            f"or pass the class numbers {argument}.argmax(axis=1)."
        )
    if one_hot:
        class_numbers = f", or pass {argument}.argmax(axis=1)" if (columns, units) == (2, 1) else ""
        return (
            f"{argument} is one-hot over {columns} classes: give the last layer {columns} units with softmax "
            f"and use loss='categorical_crossentropy'{class_numbers}."
        )
    pick = f"pass one column, such as {argument}[:, :1]" if units == 1 else f"pass {units} columns"
    return f"Give the last layer {columns} unit{'s' * (columns > 1)}, or {pick}."


def _check_values(t: Array, per_sample: int, units: int, kind: Kind, loss_name: str, argument: str) -> None:
    def first(wrong: Array) -> int:
        return int(np.argmax(wrong.any(axis=1))) // per_sample

    low, high = quiet(lambda: (float(t.min()), float(t.max())))()
    if math.isnan(low):
        row = first(np.isnan(t))
        column = int(np.argmax(np.isnan(t.reshape(-1, per_sample * t.shape[1])[row])))
        raise ValueError(
            f"{argument} has NaN, first in row {row}, column {column}: a missing value. A loss cannot be "
            f"computed from it: drop the samples where np.isnan({argument}), or fill in their values."
        )
    if kind in ("probabilities", "distribution") and (low < 0 or high > 1 + _SLACK):
        wanted = "probabilities or labels" if kind == "probabilities" else "one-hot rows or probabilities"
        refuse(
            f"Loss '{loss_name}' expects {argument} to hold {wanted} between 0 and 1, but it has values "
            f"from {low:g} to {high:g} (row {first((t < 0) | (t > 1))} is the first outside). "
            f"{_range_fix(t, low, high, argument)}",
            "the formula is computed all the same.",
        )
    if kind == "classes":
        fractions = t != np.round(t)
        wrong = fractions if fractions.any() else (t < 0) | (t >= units)
        if wrong.any():
            wanted = (
                f"class numbers 0 to {units - 1} for {units} output units"
                if units > 1
                else "only 0 for a single output unit"
            )
            message = (
                f"Loss '{loss_name}' expects {argument} to hold {wanted}, but it has values from {low:g} to "
                f"{high:g} (row {first(wrong)} is the first that does not fit). "
                f"{_class_fix(t, low, high, units, argument)}"
            )
            if fractions.any():
                raise ValueError(message)
            refuse(message, "a label outside the classes costs nothing, and is never right.")
            t[wrong] = NO_CLASS


def _range_fix(t: Array, low: float, high: float, argument: str) -> str:
    values = np.unique(t)
    if set(values) == {-1, 1}:
        return f"The labels are -1 and 1: pass ({argument} + 1) / 2."
    if set(values) == {1, 2}:
        return f"The labels are 1 and 2: pass {argument} - 1."
    if t.shape[1] > 1 and low >= 0 and high <= 255:
        return f"If these are pixels or counts, scale them: pass {argument} / {255 if high > 100 else high:g}."
    if low >= 0 and len(values) <= 100 and np.array_equal(values, np.round(values)):
        pass_on = f"pass {argument} - {low:g}" if low > 0 else f"keep {argument}"
        return (
            f"If these are the numbers of classes, {pass_on}, give the last layer {high - low + 1:g} units "
            "with softmax, and use loss='sparse_categorical_crossentropy'. "
            "If they are quantities, use loss='mean_squared_error' and a last layer without activation."
        )
    return "To predict numbers of any size use loss='mean_squared_error' and a last layer without activation."


def _class_fix(t: Array, low: float, high: float, units: int, argument: str) -> str:
    values = np.unique(t)
    if math.isinf(low) or math.isinf(high) or not np.array_equal(values, np.round(values)):
        return (
            "To predict numbers of any size use loss='mean_squared_error' and a last layer of 1 unit "
            "without activation."
        )
    if set(values) == {-1, 1}:
        return f"The labels are -1 and 1: pass ({argument} + 1) / 2."
    if units == 1 and (low, high) == (0, 1):
        return "Two classes on one unit: use loss='binary_crossentropy' with a sigmoid."
    if low >= 1 and high - low < units:
        return f"The labels start at {low:g}: pass {argument} - {low:g}."
    if low >= 0:
        return f"Give the last layer {high + 1:g} units, one for each class from 0 to {high:g}."
    return (
        f"Number the classes from 0, for example with np.unique({argument}, return_inverse=True)[1], "
        "and drop samples whose label means 'unknown'."
    )

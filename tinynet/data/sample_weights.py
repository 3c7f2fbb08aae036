"""Sample weights: passed directly, or looked up by class."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tinynet._arguments import cut
from tinynet._types import Array
from tinynet.data import arrays
from tinynet.data.checks import check_lengths
from tinynet.data.sparse_rows import SparseRows
from tinynet.data.wrapping import read


def sample_weights(
    sample_weight: Any, class_weight: Any, y: Any, n: int, output_shape: tuple[int, ...], dtype: DTypeLike
) -> Array | None:
    """Return the weight of each row of the targets, or None if no weights are given.

    Parameters
    ----------
    sample_weight : array-like or None
        ``(n,)`` or ``(n, 1)``, or one weight for each row of a sample if the output has several axes.
    class_weight : dict of int to float, or None
        Weight of each class; classes not listed weigh 1. One-hot targets count as the class of their largest
        entry; other targets are rounded.
    y : array-like
        The checked targets: only read if ``class_weight`` is given.
    n : int
        Number of samples.
    output_shape : tuple of int
        Shape of the model's output for one sample.
    dtype : data type
        Floatx.

    Returns
    -------
    numpy.ndarray or None
        ``(rows,)``, with ``rows = n * prod(output_shape[:-1])``. The weighted losses are summed and divided
        by their number, not by the sum of the weights, as in Keras.

    Raises
    ------
    ValueError
        If both are given, shapes do not agree, a weight is not finite, or a class is not a whole number.

    References
    ----------
    Keras's ``fit``: https://keras.io/api/models/model_training_apis/

    Examples
    --------
    >>> sample_weights(None, {1: 5.0}, [0, 1, 1, 2], 4, (3,), "float32")
    array([1., 5., 5., 1.], dtype=float32)
    """
    if sample_weight is not None and class_weight is not None:
        raise ValueError(
            "You cannot `class_weight` and `sample_weight` at the same time. "
            "Multiply the weight of each sample by that of its class, and pass the product as sample_weight."
        )
    dtype = np.dtype(dtype)
    lead = output_shape[:-1]
    if sample_weight is not None:
        return _given(sample_weight, n, lead, dtype)
    if class_weight is not None:
        return _by_class(_checked(class_weight), y, n, lead, dtype)
    return None


def _given(sample_weight: Any, n: int, lead: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    found = read(sample_weight, "sample_weight")
    check_lengths(x=range(n), sample_weight=found)
    given = found.toarray() if isinstance(found, SparseRows) else found
    per_row = given.shape in ((n, *lead), (n, *lead, 1))
    if not per_row and given.shape not in ((n,), (n, 1)):
        each_row = f", or {(n, *lead)} for one weight a row" if lead else ""
        raise ValueError(
            f"sample_weight must have one weight for each sample, shape ({n},){each_row}, "
            f"but has shape {given.shape}. To weigh classes, pass class_weight={{0: 1.0, 1: 2.0}} instead."
        )
    weights = arrays.cast(given, dtype).reshape(-1)
    finite = np.isfinite(weights)
    if not finite.all():
        row = int(np.argmin(finite))
        missing = " (a missing value)" if math.isnan(weights[row]) else ""
        raise ValueError(
            f"sample_weight must be finite, but has {weights[row]} at index {row}{missing}. "
            "Pass 0 for samples that should not count."
        )
    return weights if per_row else np.repeat(weights, math.prod(lead))


def _checked(class_weight: Any) -> dict[int, float]:
    example = "Pass a dict from class number to weight, such as class_weight={0: 1.0, 1: 2.5}."
    if not isinstance(class_weight, Mapping):
        if isinstance(class_weight, str):
            example += " Balanced classes: {c: len(y) / (classes * np.sum(y == c)) for c in range(classes)}."
        raise ValueError(
            f"class_weight must be a dict, received {cut(class_weight)}, of type {type(class_weight).__name__}. "
            f"{example}"
        )
    checked = {}
    for key, weight in class_weight.items():
        try:
            number, value = operator.index(key), float(weight)
        except (TypeError, ValueError):
            number, value = -1, math.nan
        if isinstance(key, bool) or not math.isfinite(value):
            raise ValueError(
                "class_weight must map whole class numbers to finite weights, "
                f"but has {{{cut(key)}: {cut(weight)}}}. {example}"
            )
        checked[number] = value
    return checked


def _by_class(class_weight: dict[int, float], y: Any, n: int, lead: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    rows = n * math.prod(lead)
    targets = read(y, "y")
    targets = targets.toarray() if isinstance(targets, SparseRows) else targets
    targets = targets.reshape(rows, -1) if targets.size % rows == 0 else targets.reshape(n, -1)
    labels = targets.argmax(axis=1) if targets.shape[1] > 1 else np.round(targets[:, 0])
    classes, which = np.unique(labels, return_inverse=True)
    weights: Array = np.array([class_weight.get(int(c), 1.0) for c in classes], dtype)[which]
    return weights if len(weights) == rows else np.repeat(weights, math.prod(lead))

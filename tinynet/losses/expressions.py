"""Keras's losses as expressions of NumPy's functions: for what a tape follows, and for tensors without numbers.

The formulas of a loss know the gradient of the predictions. In a user's `call`, and between layers, a loss may be asked
of two things that were both computed; then both get their gradients.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import tape
from tinynet._whole import quiet

#: The least probability, as in Keras.
_LEAST = 1e-7


def _smoothed(loss: Any, y: Any, classes: int) -> Any:
    smoothing = loss.label_smoothing
    return y * (1 - smoothing) + smoothing / classes if smoothing else y


def _binary(loss: Any, y: Any, p: Any) -> Any:
    y = _smoothed(loss, y, 2)
    if loss.from_logits:
        return np.mean(np.maximum(p, 0) - p * y + np.log1p(np.exp(-np.abs(p))), axis=-1)
    p = np.clip(p, _LEAST, 1 - _LEAST)
    return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)), axis=-1)


def _logarithms(loss: Any, p: Any) -> Any:
    """Return the logarithms of the classes' chances."""
    if loss.from_logits:
        shifted = p - np.max(p, axis=-1, keepdims=True)
        return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return np.log(np.clip(p / np.sum(p, axis=-1, keepdims=True), _LEAST, 1 - _LEAST))


def _categorical(loss: Any, y: Any, p: Any) -> Any:
    return -np.sum(_smoothed(loss, y, p.shape[-1]) * _logarithms(loss, p), axis=-1)


def _divergence(loss: Any, y: Any, p: Any) -> Any:
    y, p = np.clip(y, _LEAST, 1), np.clip(p, _LEAST, 1)
    return np.sum(y * np.log(y / p), axis=-1)


def _huber(loss: Any, y: Any, p: Any) -> Any:
    error = np.abs(p - y)
    near = np.minimum(error, loss.delta)
    return np.mean(near * (error - near / 2), axis=-1)


def _log_cosh(loss: Any, y: Any, p: Any) -> Any:
    error = np.abs(p - y)
    return np.mean(error + np.log1p(np.exp(-2 * error)) - np.log(2.0), axis=-1)


def _unit(x: Any) -> Any:
    return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=-1, keepdims=True), 1e-12))


def _logarithm(x: Any) -> Any:
    return np.log(np.maximum(x, _LEAST) + 1)


_EXPRESSIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "BinaryCrossentropy": _binary,
    "CategoricalCrossentropy": _categorical,
    "CosineSimilarity": lambda loss, y, p: -np.sum(_unit(y) * _unit(p), axis=-1),
    "Huber": _huber,
    "KLDivergence": _divergence,
    "LogCosh": _log_cosh,
    "MeanAbsoluteError": lambda loss, y, p: np.mean(np.abs(p - y), axis=-1),
    "MeanAbsolutePercentageError": lambda loss, y, p: np.mean(
        np.abs((y - p) / np.maximum(np.abs(y), _LEAST)) * 100, axis=-1
    ),
    "MeanSquaredError": lambda loss, y, p: np.mean(np.square(p - y), axis=-1),
    "MeanSquaredLogarithmicError": lambda loss, y, p: np.mean(np.square(_logarithm(y) - _logarithm(p)), axis=-1),
    "Poisson": lambda loss, y, p: np.mean(p - y * np.log(p + _LEAST), axis=-1),
}


def followed(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss's method that also takes what a tape follows, and tensors without numbers."""
    usual = quiet(method)

    @functools.wraps(method)
    def compute(self: Any, y_true: Any, y_pred: Any, *weights: Any, **named: Any) -> Any:
        both = (y_true, y_pred)
        if not any(map(_is_followed, both)):
            return usual(self, y_true, y_pred, *weights, **named)
        found = rows(self, *both)
        if method.__name__ == "call":
            return found
        (weight,) = (*weights, *named.values()) or (None,)
        found = found if weight is None else found * weight
        if self.reduction in (None, "none"):
            return found
        return np.sum(found) if self.reduction == "sum" else np.mean(found)

    return compute


def _is_followed(value: Any) -> bool:
    """Return whether something is an array on a tape, or a tensor without numbers."""
    return isinstance(value, tape.Taped) or hasattr(type(value), "over_batch")


def rows(loss: Any, y: Any, p: Any) -> Any:
    """Return the loss of each row."""
    if (expression := _EXPRESSIONS.get(type(loss).__name__)) is None:
        raise tape.NotFollowedError(
            f"Loss '{loss.name}' of what was computed is followed by none of its formulas: write it with NumPy's, "
            "TensorFlow's or Keras's functions."
        )
    y, p = (each if hasattr(each, "ndim") else np.asarray(each) for each in (y, p))
    if y.ndim == p.ndim - 1 and p.shape[-1] == 1:
        y = np.expand_dims(y, -1)
    elif p.ndim == y.ndim - 1 and y.shape[-1] == 1:
        p = np.expand_dims(p, -1)
    kind = next(each.dtype for each in (p, y) if _is_followed(each))
    y, p = (each.astype(kind) if isinstance(each, np.ndarray) else each for each in (y, p))
    return expression(loss, y, p)

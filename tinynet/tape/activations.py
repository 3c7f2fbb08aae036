"""Activations as expressions of NumPy's functions, whose gradients can be differentiated once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _sigmoid(z: Any) -> Any:
    return 0.5 * (np.tanh(0.5 * z) + 1.0)


def _softplus(z: Any) -> Any:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def _positive(z: Any) -> Any:
    """Return 1 where z is above 0, else 0."""
    return (z.value > 0).astype(z.dtype)


def _bent(z: Any, below: float = 0.0) -> Any:
    """Return z, below 0 times another slope. The curvature is 0, and not missing, as TensorFlow has it of `relu`."""
    return z * (below + (1 - below) * _positive(z) + 0.0 * z)


def _softmax(z: Any) -> Any:
    found = np.exp(z - z.value.max(axis=-1, keepdims=True))
    return found / np.sum(found, axis=-1, keepdims=True)


def _elu(z: Any, alpha: float = 1.0, scale: float = 1.0) -> Any:
    above = _positive(z)
    return scale * (z * above + alpha * (np.exp(np.minimum(z, 0.0)) - 1.0) * (1.0 - above))


_ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": lambda z: z,
    "relu": _bent,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softmax": _softmax,
    "softplus": _softplus,
    "softsign": lambda z: z / (1.0 + np.abs(z)),
    "exponential": np.exp,
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * np.tanh(_softplus(z)),
    "elu": _elu,
    "selu": lambda z: _elu(z, 1.6732632423543772, 1.0507009873554805),
}


def activated(activation: Any, z: Any) -> Any:
    """Return an activation of sums, or None if it is none of these."""
    if activation is None:
        return z
    if (function := getattr(activation, "function", None)) is not None:  # a program's own
        return function(z)
    settings = activation.get_config()
    if activation.name == "leaky_relu":
        return _bent(z, settings["negative_slope"])
    known = _ACTIVATIONS.get(activation.name if activation.name == "elu" or not settings else "")
    return None if known is None else known(z, **settings)

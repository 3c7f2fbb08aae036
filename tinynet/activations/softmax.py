"""Softmax: from scores to probabilities.

Source: https://keras.io/api/layers/activations/#softmax-function
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._arguments import checked, whole_number
from tinynet._kinds import is_whole
from tinynet._types import Array
from tinynet.activations.base import ActivationFunction, floats
from tinynet.formulas import Row, Words, exp, formula, row_max
from tinynet.kernels.rows import softmax_rows


@formula
def softmax(z: Row) -> None:
    """pₖ = eᶻᵏ / Σⱼ eᶻʲ, over one row and in place; subtracting the largest z first changes nothing but overflows."""
    largest = row_max(z)
    total = type(largest)(0.0)
    for k in range(z.size):
        z[k] = exp(z[k] - largest)
        total += z[k]
    for k in range(z.size):
        z[k] /= total


@formula
def softmax_backward(p: Row, dp: Row) -> None:
    """dzᵢ = pᵢ·(dpᵢ - Σₖ dpₖ·pₖ), over one row, written over dp.

    Every output depends on every input: ∂pₖ/∂zᵢ = pₖ·(δᵢₖ - pᵢ). Summing dpₖ·∂pₖ/∂zᵢ over k gives the line above.
    """
    mean = p[0] * dp[0]
    for k in range(1, p.size):
        mean += p[k] * dp[k]
    for k in range(p.size):
        dp[k] = p[k] * (dp[k] - mean)


class Softmax(ActivationFunction):
    """eᶻ / Σ eᶻ along the last axis.

    Examples
    --------
    >>> Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    >>> Softmax()([[0.0, 0.0]], axis=(0, 1))
    array([[0.5, 0.5]], dtype=float32)
    """

    formulas = softmax, softmax_backward
    onnx = "Softmax(z, axis=-1)"
    fast_forward = (softmax_rows,)
    words = Words(
        "e^{z} / Σⱼ e^{z}",
        "Exponentials make every score positive; divided by their sum they are probabilities that sum to 1.",
        "{a}·({da} - Σₖ {da}ₖ·{a}ₖ)",
        "Every output depends on every input of its row: ∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ). dp times this Jacobian.",
    )

    @checked
    def __call__(self, x: Any, axis: int | Sequence[int] = -1) -> Array:
        """Return the probabilities along an axis, or over all of several axes, as a new array."""
        if is_whole(axis) and axis == -1:
            return super().__call__(x)
        given = floats(x)
        axes = self._checked_axes(axis, given.ndim)
        ends = tuple(range(-len(axes), 0))
        moved = np.moveaxis(given, axes, ends)
        rows = super().__call__(moved.reshape(*moved.shape[: -len(axes)], -1))
        return np.ascontiguousarray(np.moveaxis(rows.reshape(moved.shape), ends, axes))

    @staticmethod
    def _checked_axes(axis: Any, rank: int) -> tuple[int, ...]:
        """Return axes as different numbers from 0, or raise a ValueError."""
        several = axis if isinstance(axis, (tuple, list)) else (axis,)
        axes = tuple(whole_number("softmax", "axis", each, -32) for each in several)
        if (
            not axes
            or not all(-rank <= each < rank for each in axes)
            or len({each % rank for each in axes}) < len(axes)
        ):
            raise ValueError(
                f"softmax: `axis` must be one of {rank} axes, -{rank} to {rank - 1}, or several of them. Received: "
                f"{axis}"
            )
        return tuple(each % rank for each in axes)

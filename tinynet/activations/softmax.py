"""Softmax: from scores to probabilities.

Source: https://keras.io/api/layers/activations/#softmax-function
"""

from __future__ import annotations

from tinynet.activations.along_axes import AlongAxes
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


class Softmax(AlongAxes):
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

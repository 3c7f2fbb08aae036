"""Log-softmax: from scores to the logarithms of probabilities.

Source: https://keras.io/api/layers/activations/#logsoftmax-function
"""

from __future__ import annotations

import math

from tinynet.activations.along_axes import AlongAxes
from tinynet.formulas import Row, Words, exp, formula, row_max


@formula
def log_softmax(z: Row) -> None:
    """log pₖ = zₖ - log Σⱼ eᶻʲ, over one row and in place; with the largest z subtracted first nothing overflows."""
    largest = row_max(z)
    T = type(largest)
    total = T(0.0)
    for k in range(z.size):
        z[k] -= largest
        total += exp(z[k])
    whole = T(math.log(total))
    for k in range(z.size):
        z[k] -= whole


@formula
def log_softmax_backward(a: Row, da: Row) -> None:
    """dzᵢ = daᵢ - pᵢ·Σₖ daₖ with pᵢ = e^aᵢ, over one row, written over da.

    Every output depends on every input: ∂aₖ/∂zᵢ = δᵢₖ - pᵢ. Summing daₖ·∂aₖ/∂zᵢ over k gives the line above.
    """
    total = da[0]
    for k in range(1, a.size):
        total += da[k]
    for k in range(a.size):
        da[k] -= exp(a[k]) * total


class LogSoftmax(AlongAxes):
    """z - log Σ eᶻ along the last axis.

    Examples
    --------
    >>> LogSoftmax()([[0.0, 0.0]]).round(4)
    array([[-0.6931, -0.6931]], dtype=float32)
    """

    formulas = log_softmax, log_softmax_backward
    onnx = "LogSoftmax(z, axis=-1)"
    words = Words(
        "({z} - log(Σⱼ e^{z}))",
        "The logarithms of softmax's probabilities, which cannot round to the logarithm of 0.",
        "({da} - e^{a}·Σₖ {da}ₖ)",
        "Every output depends on every input of its row: ∂aₖ/∂zᵢ = [k=i] - pᵢ. da times this Jacobian.",
    )

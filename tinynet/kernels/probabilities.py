"""What formulas of probabilities share."""

from __future__ import annotations

from tinynet.kernels.machine.jit import Scalar, formula


@formula
def clipped(p: Scalar) -> Scalar:
    """A probability kept in [10⁻⁷, 1 - 10⁻⁷], so that its logarithm is finite; NaN stays NaN."""
    T = type(p)
    low, high = T(1e-7), T(1.0) - T(1e-7)
    return low if p < low else (high if p > high else p)


@formula
def smoothed(y: Scalar, smoothing: Scalar, classes: int) -> Scalar:
    """Label smoothing: y·(1 - s) + s/K, a little of the certainty spread over the K classes (K = 2 for binary)."""
    T = type(y)
    return y * (T(1.0) - smoothing) + smoothing / T(classes)


@formula
def at_least(p: Scalar, low: Scalar) -> Scalar:
    """p, or the limit where p is below it; NaN stays NaN."""
    return low if p < low else p


@formula
def slope_above(p: Scalar, low: Scalar) -> Scalar:
    """The slope of max(p, low): 1 above the limit, 0 below, and half at the limit itself, as in Keras on JAX."""
    T = type(p)
    return T(0.0) if p < low else (T(0.5) if p == low else T(1.0))

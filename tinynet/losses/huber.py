"""The Huber loss.

Source: https://keras.io/api/losses/regression_losses/#huber-class
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet._types import NoMore
from tinynet.formulas import Scalar, Words, formula
from tinynet.losses.values import ValueLoss


@formula
def huber(y: Scalar, p: Scalar, delta: Scalar) -> Scalar:
    """e²/2 for an error |e| ≤ δ, else δ·|e| - δ²/2, which goes on as a straight line of the same slope."""
    T = type(p)
    error = abs(p - y)
    return T(0.5) * error * error if error <= delta else delta * error - T(0.5) * delta * delta


@formula
def huber_gradient(y: Scalar, p: Scalar, delta: Scalar) -> Scalar:
    """dL/dp = e = p - y, kept in [-δ, δ]."""
    error = p - y
    return -delta if error < -delta else (delta if error > delta else error)


class Huber(ValueLoss):
    """Half the squared error where that is small, and a straight line where it is large; mean over the outputs.

    Parameters
    ----------
    delta : float, default 1
        Size of the error from which on the loss is a straight line.
    name, **options
        As for every `Loss`.

    Notes
    -----
    Huber, "Robust estimation of a location parameter", 1964.

    Examples
    --------
    >>> Huber()([[0.0, 0.0]], [[0.5, 3.0]])
    1.3125
    """

    formulas = huber, huber_gradient
    words = Words(
        "(({p} - {y})²/2 if |{p} - {y}| ≤ {delta} else {delta}·|{p} - {y}| - {delta}²/2)",
        "Squared where the error is small; where it is large a straight line, so that outliers count less.",
        "clip({p} - {y}, ±{delta})",
        "The derivative is p - y, but at most δ",
    )

    config_defaults: ClassVar[dict[str, Any]] = {**ValueLoss.config_defaults, "delta": 1.0}

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(reduction, "huber_loss" if name is None else name, dtype, **unknown)  # Keras's name
        if isinstance(delta, bool) or not is_number(delta) or not delta > 0:
            raise ValueError(f"Huber: `delta` must be a number above 0. Received: {shown(delta)}")
        self.delta = float(delta)

"""RMSprop: steps measured in units of each parameter's typical gradient.

Source: https://keras.io/api/optimizers/rmsprop/
"""

from __future__ import annotations

from typing import Any, Unpack

from tinynet.formulas import Scalar, Told, formula, sqrt
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.hyperparameters import Flag, Hyperparameter, Share, slots_for
from tinynet.optimizers.keywords import OfOptimizers


@formula
def moving_average(average: Scalar, value: Scalar, rho: Scalar, rest: Scalar) -> Scalar:
    """ρ·average + (1 - ρ)·value. `rest` = 1 - ρ is rounded once: in float32 the difference would lose digits of it."""
    return rho * average + rest * value


@formula
def rest_of(rho: Scalar) -> Scalar:
    """1 - ρ, in float64."""
    return 1.0 - rho


@formula
def increment(g: Scalar, variance: Scalar, learning_rate: Scalar, epsilon: Scalar) -> Scalar:
    """lr·g/√(v + ε): each parameter's step is measured in units of its own typical gradient. ε is inside the root."""
    return learning_rate * g / sqrt(variance + epsilon)


@formula
def centered_variance(v: Scalar, avg: Scalar) -> Scalar:
    """The mean of the squares minus the square of the mean, v - avg²: never below 0, where only rounding takes it.

    Where both squares overflow the difference would be NaN; there v is taken, which is infinite like the variance.
    """
    variance = v - avg * avg
    return type(v)(0.0) if variance < 0 else (variance if variance == variance else v)


@formula
def rmsprop(
    w: Scalar, g: Scalar, v: Scalar, learning_rate: Scalar, rho: Scalar, rest: Scalar, epsilon: Scalar
) -> tuple[Scalar, Scalar]:
    """v ← ρ·v + (1 - ρ)·g²; w ← w - lr·g/√(v + ε)."""
    v = moving_average(v, g * g, rho, rest)
    return w - increment(g, v, learning_rate, epsilon), v


@formula
def rmsprop_momentum(
    w: Scalar,
    g: Scalar,
    v: Scalar,
    m: Scalar,
    learning_rate: Scalar,
    rho: Scalar,
    rest: Scalar,
    momentum: Scalar,
    epsilon: Scalar,
) -> tuple[Scalar, Scalar, Scalar]:
    """The same step, of which a share is repeated: m ← μ·m + lr·g/√(v + ε); w ← w - m."""
    v = moving_average(v, g * g, rho, rest)
    m = momentum * m + increment(g, v, learning_rate, epsilon)
    return w - m, v, m


@formula
def rmsprop_centered(
    w: Scalar, g: Scalar, v: Scalar, avg: Scalar, learning_rate: Scalar, rho: Scalar, rest: Scalar, epsilon: Scalar
) -> tuple[Scalar, Scalar, Scalar]:
    """With the gradient's variance in place of v: the mean of its squares minus the square of its mean, v - avg²."""
    v = moving_average(v, g * g, rho, rest)
    avg = moving_average(avg, g, rho, rest)
    return w - increment(g, centered_variance(v, avg), learning_rate, epsilon), v, avg


@formula
def rmsprop_centered_momentum(
    w: Scalar,
    g: Scalar,
    v: Scalar,
    m: Scalar,
    avg: Scalar,
    learning_rate: Scalar,
    rho: Scalar,
    rest: Scalar,
    momentum: Scalar,
    epsilon: Scalar,
) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    """Both."""
    v = moving_average(v, g * g, rho, rest)
    avg = moving_average(avg, g, rho, rest)
    m = momentum * m + increment(g, centered_variance(v, avg), learning_rate, epsilon)
    return w - m, v, m, avg


class RMSprop(Optimizer):
    """Divide the gradient by the root of a running mean of its square.

    ``v ← rho·v + (1 - rho)·dw²;  w ← w - learning_rate·dw/√(v + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 0.001
        Length of a step.
    rho : float in [0, 1], default 0.9
        How slowly the running mean forgets.
    momentum : float in [0, 1], default 0
        How much of the last step is repeated.
    epsilon : float, default 1e-7
        Keeps the root from 0; inside the root, as in Keras.
    centered : bool, default False
        Whether the square of the gradient's running mean is subtracted from v.
    **options
        `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, `decay`, as for every `Optimizer`.

    Notes
    -----
    Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.

    Examples
    --------
    >>> RMSprop(momentum=0.5).slots
    ('velocity', 'momentum')
    """

    formulas = rmsprop, rmsprop_momentum, rmsprop_centered, rmsprop_centered_momentum
    rates = {"rest": rest_of}  # noqa: RUF012
    rho = Share()
    momentum = Share(slot="momentum")
    epsilon = Hyperparameter()
    centered = Flag(slot="average_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[OfOptimizers],
    ) -> None:
        self.slots = "velocity", *slots_for(self, momentum=momentum, centered=centered)
        super().__init__(learning_rate, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    @property
    def formula(self) -> Any:
        """The formula in force."""
        if self.centered:
            return rmsprop_centered_momentum if "momentum" in self.slots else rmsprop_centered
        return rmsprop_momentum if "momentum" in self.slots else rmsprop

    @property
    def words(self) -> tuple[Told, ...]:
        """What the trace says of it."""
        why = "A running mean of the squared gradient: how large this weight's gradient typically is."
        told, root = [Told("v", "{rho}·{v_old} + (1 - {rho})·{g}²", why)], "√({v} + {epsilon})"
        if self.centered:
            why = "Centered: a running mean of the gradient itself; v less its square is the variance."
            told.append(Told("avg", "{rho}·{avg_old} + (1 - {rho})·{g}", why))
            root = "√({v} - {avg}² + {epsilon})"
        template = f"{{learning_rate}}·{{g}}/{root}"
        why = "The gradient in units of its own typical size: every weight steps about as far."
        if "momentum" not in self.slots:
            return *told, Told("step", template, why), Told("w", "{w} - {step}", "The weight moves by the step.")
        why += " A share μ of the last step is repeated."
        moved = Told("w", "{w} - {m}", "The weight moves by the momentum.")
        return *told, Told("m", "{momentum}·{m_old} + " + template, why), moved

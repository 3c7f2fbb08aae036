"""What parts are written with: decorators, the types of arguments, and elementary functions.

A part that is written with these runs in the compiled loop at full speed, a user's as well as tinynet's own. What each
kind of part needs is said by the base classes `ActivationFunction`, `Loss`, `Metric`, `Optimizer`, `Regularizer` and
`KernelLayer`.

Examples
--------
An activation in full, z/(1 + 2·|z|):

>>> from tinynet.activations import ActivationFunction
>>> @formula
... def soft_half(z: Scalar) -> Scalar:
...     "z/(1 + 2·|z|)"
...     return z / (type(z)(1.0) + type(z)(2.0) * abs(z))
>>> @formula
... def soft_half_backward(a: Scalar, da: Scalar) -> Scalar:
...     "dz = da·(1 - 2·|a|)²"
...     rest = type(a)(1.0) - type(a)(2.0) * abs(a)
...     return da * rest * rest
>>> class SoftHalf(ActivationFunction):
...     formulas = soft_half, soft_half_backward
...     words = Words("{z}/(1 + 2·|{z}|)", "Squeezes any number into ±1/2.", "{da}·(1 - 2·|{a}|)²", "the slope")
>>> SoftHalf()([0.5, -1.5])
array([ 0.25 , -0.375], dtype=float32)
"""

from __future__ import annotations

from numpy import sqrt

from tinynet.kernels.dense import parameter
from tinynet.kernels.elementary import erf, erfc, exp, expm1, log, log1p
from tinynet.kernels.machine.jit import Doubles, Floats, Label, Row, Scalar, exact, formula, kernel
from tinynet.kernels.machine.views import span
from tinynet.kernels.probabilities import at_least, clipped, slope_above, smoothed
from tinynet.kernels.random import random
from tinynet.kernels.rows import argmax, row_dot, row_max, row_sum
from tinynet.kernels.tables import Batch, Operation
from tinynet.parts import Told, Words

__all__ = [
    "Batch",
    "Doubles",
    "Floats",
    "Label",
    "Operation",
    "Row",
    "Scalar",
    "Told",
    "Words",
    "argmax",
    "at_least",
    "clipped",
    "erf",
    "erfc",
    "exact",
    "exp",
    "expm1",
    "formula",
    "kernel",
    "log",
    "log1p",
    "parameter",
    "random",
    "row_dot",
    "row_max",
    "row_sum",
    "slope_above",
    "smoothed",
    "span",
    "sqrt",
]

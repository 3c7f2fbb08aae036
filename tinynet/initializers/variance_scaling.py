"""Scaled by the number of connections: what Glorot's, He's and LeCun's initializers are cases of.

Source: https://keras.io/api/layers/initializers/#variancescaling-class
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from tinynet._arguments import checked, number, shown
from tinynet._kinds import is_one_of
from tinynet._types import Array
from tinynet.initializers.base import Scaled, truncated_normal, uniform

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(Scaled):
    """Random numbers whose variance is `scale` divided by the number of connections.

    Parameters
    ----------
    scale : float, default 1
        What is divided; above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}
        By what: the inputs, the outputs, or the mean of both. Default ``"fan_in"``.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        Default ``"truncated_normal"``, cut off at two deviations; ``"normal"`` is the same.
    seed : int, optional
        As for every `Initializer`.
    input_axes, output_axes : list of int, optional
        Which axes of a kernel are its inputs, and which its outputs. Default: the last is that of the outputs.

    Raises
    ------
    ValueError
        If one of them is none of these.

    Notes
    -----
    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    Examples
    --------
    >>> he = VarianceScaling(scale=2.0, seed=0)
    >>> he((4, 2)).shape
    (4, 2)
    """

    @checked
    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        super().__init__(seed, input_axes, output_axes)
        if not number("VarianceScaling", "scale", scale) > 0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={shown(scale)}")
        if not is_one_of(mode, _MODES):
            raise ValueError(f"Invalid `mode` argument: {mode!r}. Please use one of {_MODES}")
        kind = "truncated_normal" if distribution.lower() == "normal" else distribution.lower()
        if kind not in _DISTRIBUTIONS:
            raise ValueError(f"Invalid `distribution` argument: {distribution!r}. Please use one of {_DISTRIBUTIONS}")
        self.scale, self.mode, self.distribution = float(scale), mode, kind

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        inputs, outputs = self.fans(shape)
        connections = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        variance = self.scale / max(1.0, connections)
        if self.distribution == "uniform":
            return uniform(shape, rng, variance)
        if self.distribution == "truncated_normal":
            return truncated_normal(shape, rng, variance)
        return rng.normal(0.0, sqrt(variance), shape)

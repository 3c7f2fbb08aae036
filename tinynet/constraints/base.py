"""What every constraint has: a call that takes weights and returns those that are allowed; and what norms share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tinynet import config
from tinynet._arguments import number, numbers, whole_number
from tinynet._configurable import Configurable, described
from tinynet._types import Array
from tinynet._whole import quiet


class Constraint(Configurable):
    """Base class of what weights are brought back to after each update; subclass it to write your own.

    A layer's ``kernel_constraint=`` and ``bias_constraint=``, and ``constraint=`` of `add_weight`, take one. Any
    function of one array will do as well. What it returns, of the same shape, takes the weights' place. Where weights
    start, it is not applied.

    Attributes
    ----------
    why : str
        What the trace says of it.

    Notes
    -----
    Source: https://keras.io/api/layers/constraints/

    Examples
    --------
    >>> class AtMostOne(Constraint):
    ...     def __call__(self, w):
    ...         return np.clip(w, -1, 1)
    >>> from tinynet.layers import Dense
    >>> Dense(2, kernel_constraint=AtMostOne()).kernel_constraint
    <AtMostOne>
    """

    why: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()

    def __call__(self, w: Any) -> Any:
        """Return the weights that are allowed, for an array of weights: the same ones, unless a subclass says else."""
        return w

    def weights(self, w: Any) -> Array:
        """Return an array of weights as floats, or raise a TypeError."""
        found = numbers(type(self).__name__, "w", w)
        return found if found.dtype in (np.float32, np.float64) else found.astype(config.floatx())

    def limit(self, name: str, value: Any, most: float = np.inf) -> float:
        """Return an argument as a float, or raise a ValueError unless it is at least 0 and at most `most`."""
        return number(type(self).__name__, name, value, 0.0, most)

    def __repr__(self) -> str:
        return described(self)


class NormConstraint(Constraint):
    """Base class of constraints that scale the weights along `axis`, so that their norm becomes a desired one.

    Parameters
    ----------
    axis : int or sequence of int, default 0
        Along which norms are taken. Of a `Dense` kernel (inputs, units), 0 gives the norm of each unit's weights.
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        owner = type(self).__name__
        self.axis: int | list[int]
        if isinstance(axis, (tuple, list)):
            self.axis = [whole_number(owner, "axis", each, -32) for each in axis]
        else:
            self.axis = whole_number(owner, "axis", axis, -32)

    def desired(self, norms: Array) -> Any:
        """Return what norms are to become. Subclasses define this."""
        raise TypeError(f"{type(self).__name__} must define `desired(self, norms)`.")

    @quiet
    def __call__(self, w: Any) -> Array:
        """Return the weights, scaled to the desired norms. The epsilon keeps weights of norm 0 where they are."""
        w = self.weights(w)
        axes = tuple(np.atleast_1d(self.axis).tolist())
        try:
            norms = np.sqrt(np.sum(np.square(w), axis=axes, keepdims=True))
        except ValueError as error:  # an axis that is not there, or is named twice
            raise ValueError(
                f"{type(self).__name__}: `axis` must name axes of the weights, each once. Received: axis={self.axis} "
                f"for weights of shape {w.shape}: {error}"
            ) from None
        scaled: Array = w * (self.desired(norms) / (config.epsilon() + norms))
        return scaled

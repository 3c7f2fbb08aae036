"""Looking at parameters and setting them: what layers and models have in common."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._arguments import numbers, shown
from tinynet._types import Array
from tinynet._whole import at_once, quiet
from tinynet.memory import Parameter


class HasWeights:
    """Base class of what holds parameters, with Keras's names for them.

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2, name="out")])
    >>> [(w.path, w.shape) for w in model.weights]
    [('out/kernel', (3, 2)), ('out/bias', (2,))]
    >>> model.weights[1].assign([1, 2])
    >>> model.weights[1].numpy()
    array([1., 2.], dtype=float32)
    """

    name: str
    built: bool
    #: What messages call it.
    _kind: str

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters."""
        raise NotImplementedError

    @property
    def trainable_parameters(self) -> list[Parameter]:
        """The parameters that an optimizer updates."""
        raise NotImplementedError

    @property
    def non_trainable_parameters(self) -> list[Parameter]:
        """The parameters that stay as they are."""
        trained = self.trainable_parameters
        return [p for p in self.parameters if p not in trained]

    @property
    def weights(self) -> list[Parameter]:
        """All parameters, in the order of `get_weights`."""
        return self.parameters

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The parameters that an optimizer updates: none of a frozen layer's."""
        return self.trainable_parameters

    @property
    def non_trainable_weights(self) -> list[Parameter]:
        """The parameters that stay as they are."""
        return self.non_trainable_parameters

    # As Keras calls them for layers and models alike.
    variables, trainable_variables, non_trainable_variables = weights, trainable_weights, non_trainable_weights

    def count_params(self) -> int:
        """Return how many numbers the parameters hold."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self._kind} '{self.name}', but it isn't built. Build it with "
                "build(input_shape), or by fitting the model."
            )
        return sum(p.size for p in self.parameters)

    def get_weights(self) -> list[Array]:
        """Return copies of the parameters' arrays: kernel, bias, kernel, bias and so on."""
        return [p.numpy() for p in self.parameters]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the parameters from arrays of the same shapes, in the order of `get_weights`.

        Raises
        ------
        ValueError
            If their number or a shape differs; nothing is changed then.
        """
        assign(self.parameters, weights, f"{self._kind} '{self.name}'", self.built)


def assign(parameters: Sequence[Parameter], weights: Sequence[Any], owner: str, built: bool = True) -> None:
    """Set `parameters` from `weights`, all or (when number or shapes differ) none."""
    of_arrays = isinstance(weights, Sequence) and not isinstance(weights, (str, bytes, memoryview))
    if not of_arrays and not (isinstance(weights, np.ndarray) and weights.ndim):
        raise TypeError(f"set_weights on {owner}: expected a list of arrays. Received: {shown(weights)}")
    if len(parameters) < len(weights) and not built:  # a layer may have made all of its weights in __init__
        raise ValueError(
            f"You called `set_weights(weights)` on {owner}, which is not built and so has no weights yet. Build it "
            "first: give the first layer an input_shape, call it on data, or fit it."
        )
    if len(weights) != len(parameters):
        raise ValueError(
            f"You called `set_weights(weights)` on {owner} with a weight list of length {len(weights)}, but it was "
            f"expecting {len(parameters)} weights, of shapes {[p.shape for p in parameters]}."
        )
    arrays = [
        numbers(f"set_weights on {owner}", f"weight {position} ('{parameter.name}')", weight)
        for position, (parameter, weight) in enumerate(zip(parameters, weights, strict=True))
    ]
    for position, (parameter, array) in enumerate(zip(parameters, arrays, strict=True)):
        if array.shape != parameter.shape:
            raise ValueError(
                f"set_weights on {owner}: weight {position} ('{parameter.name}') has shape {parameter.shape}, which is "
                f"not compatible with the provided shape {array.shape}."
            )
    cast = [quiet(array.astype)(p.dtype) for p, array in zip(parameters, arrays, strict=True)]
    for parameter, array, made in zip(parameters, arrays, cast, strict=True):
        beyond = np.isinf(made) & np.isfinite(array)
        if beyond.any():
            at = tuple(map(int, np.argwhere(beyond)[0]))
            raise ValueError(
                f"set_weights on {owner}: weight '{parameter.name}' has {array[at]} at {at}, which {parameter.dtype} "
                "cannot hold: it would become infinite. Scale it, or build the model after set_floatx('float64')."
            )
    at_once((operator.setitem, p.value, ..., array) for p, array in zip(parameters, cast, strict=True))

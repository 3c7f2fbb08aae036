"""Predicting a few samples without building anything: what a call needs, kept for the next one."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet.engine import Network
from tinynet.lowering import lower

Array = NDArray[Any]

#: Numbers of input that are predicted without asking what to do: a matter of milliseconds at most.
FEW = 2**16

#: What members would meet by: there is one.
_ALONE = np.zeros(1, np.int64)


class Predictor:
    """The compiled loop's tables for a model's prediction, and where its parameters are.

    Parameters
    ----------
    network : Network
        The layers, for one shape of samples.
    """

    def __init__(self, network: Network) -> None:
        self.dtype, self.sample_shape, self.output_shape = network.dtype, network.sample_shape, network.output_shape
        self._inputs, self._outputs = prod(self.sample_shape), prod(self.output_shape)
        self._memory = network.memory
        self._parameters = [p for layer in network.layers for p in layer.parameters][:1]  # all lie in one memory
        self._activations = [(layer, layer.activation) for layer in network.layers if hasattr(layer, "activation")]
        tables = lower(network)
        self._ops, self._work = tables.predicting, tables.work_predicting

    def takes(self, x: Any) -> bool:
        """Whether `x` is an array that the kernels can read as it is, and the network is as it was."""
        return (
            type(x) is np.ndarray
            and x.dtype is self.dtype
            and x.shape[1:] == self.sample_shape
            and x.flags.carray
            and 0 < x.size <= FEW
            and all(p.memory is self._memory for p in self._parameters)
            and all(layer.activation is kept for layer, kept in self._activations)
        )

    def __call__(self, x: Array, batch: int) -> Array:
        """Return the outputs for the samples `x`, computed `batch` at a time."""
        n = len(x)
        out = np.empty(n * self._outputs, self.dtype)
        work = np.empty(self._work * batch, self.dtype)
        rows = x.reshape(n, self._inputs)
        kernels.predict(rows, 0, n, self._ops, self._memory.parameters, work, batch, out, _ALONE, 0, 1)
        return out.reshape((n, *self.output_shape))

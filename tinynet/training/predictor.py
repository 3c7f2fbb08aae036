"""Predicting a few samples without building anything: what a call needs, kept for the next one."""

from __future__ import annotations

from math import prod
from struct import Struct
from threading import local
from typing import Any

import numpy as np

from tinynet._configurable import changes
from tinynet._types import Array
from tinynet.kernels.loop import predict
from tinynet.kernels.machine.jit import COMPILED
from tinynet.kernels.machine.structs import address_of
from tinynet.kernels.samples import NO_ORDER
from tinynet.kernels.tables import Batch, Data, Prediction
from tinynet.layers import Layer
from tinynet.network import Network
from tinynet.training.tables import kept_tables

#: Numbers of input that are predicted without asking what to do: a matter of milliseconds at most.
FEW = 2**16

#: What members would meet by: there is one.
_ALONE = np.zeros(1, np.int64)
#: Where a kernel would write a result and an error.
_NOWHERE = np.zeros(2)


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
        activations = ((layer, layer.activation) for layer in network.layers if layer.activation is not None)
        self._activations = [(layer, kept, kept.numbers.tolist()) for layer, kept in activations]
        self._layers = [(layer, options_of(layer)) for layer in network.layers]
        self._version = changes[0]
        tables = kept_tables(network)
        self._net, self._work = tables.predicting, tables.work_predicting
        self._params, self._mine = network.memory.parameters, local()
        if COMPILED:
            from tinynet.kernels.machine.entries import raw_entry

            self._predict, self._nowhere = raw_entry(predict, self.dtype.name), address_of(_NOWHERE)

    def _request(self) -> Any:
        """Return this thread's request: a struct that each of its calls fills in."""
        none = np.empty(0, self.dtype)
        batch = Batch(members=1, arrivals=_ALONE, order=NO_ORDER, params=self._params, gradients=none)
        data = Data(x=none, indptr=NO_ORDER, indices=np.empty(0, np.int32), y=none, weights=none)
        words = np.empty(Prediction.WORDS + Data.WORDS, np.int64)  # behind one another, so that one call fills both in
        data.pack(words[Prediction.WORDS :])
        request = Prediction(net=self._net, batch=batch.pack(), data=data, work=none, out=none)
        self._mine.request = request.pack(words[: Prediction.WORDS])
        return request

    def takes(self, x: Any) -> bool:
        """Whether `x` is an array that the kernels can read as it is, and the network is as it was."""
        return (
            type(x) is np.ndarray
            and x.dtype is self.dtype
            and x.shape[1:] == self.sample_shape
            and x.flags.carray
            and 0 < x.size <= FEW
            and (changes[0] == self._version or self._still_holds())
        )

    def _still_holds(self) -> bool:
        """Return whether the network is as it was, although some part of some model was changed."""
        now = changes[0]
        holds = (
            all(p.memory is self._memory for p in self._parameters)
            and all(
                layer.activation is kept and layer.activation.numbers.tolist() == numbers
                for layer, kept, numbers in self._activations
            )
            and all(options_of(layer) == options and not layer.why_python() for layer, options in self._layers)
        )
        if holds:
            self._version = now
        return holds

    def __call__(self, x: Array, batch: int) -> Array:
        """Return the outputs for the samples `x`, computed `batch` at a time."""
        n = len(x)
        numbers = n * self._outputs
        out = np.empty(numbers + self._work * batch, self.dtype)  # and behind it the workspace
        request = getattr(self._mine, "request", None) or self._request()
        if COMPILED:
            room = address_of(out)
            work = room + numbers * out.itemsize
            _REST.pack_into(
                request.words.base, 24, 0, n, work, out.size - numbers, batch, room, numbers, address_of(x), x.size
            )
            self._predict(self._nowhere, self._nowhere + 8, request.address)
        else:
            request.data.x, request.end, request.work, request.size = x.reshape(-1), n, out[numbers:], batch
            request.out = out[:numbers]
            predict(request)
        return out[:numbers].reshape((n, *self.output_shape))


_REST = Struct("qqqqqqqqq")


def options_of(layer: Layer) -> list[float]:
    """Return the numbers that a layer's kernels read, beside its parameters."""
    return [*(float(getattr(layer, name)) for name in getattr(layer, "options", ())), *layer.kernel_numbers()]

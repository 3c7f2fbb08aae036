"""A copy of a compiled model to experiment on: the same kernels, layers and numbers, and nothing shared with it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from tinynet import config
from tinynet._types import Array
from tinynet._whole import afterwards
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.memory import Memory, Parameter
from tinynet.network import Network
from tinynet.training import preparation, with_targets
from tinynet.training.choice import layer_loop
from tinynet.training.trainee import Trainee

T = TypeVar("T")


@dataclass
class Shadow:
    """The copy's network, and one batch in the form that the kernels take."""

    network: Network
    x: Array
    y: Array
    weights: Array
    randomness: Randomness
    original: Network
    """The network that was copied."""

    def renewed(self) -> Shadow:
        """Return a copy of the network as it is now, and the same batch."""
        network = _copy(self.original, self.network.dtype)
        return replace(self, network=network, randomness=Randomness(network))

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, trained or not, in the order of ``model.get_weights()``."""
        return [p for layer in self.network.layers for p in layer.parameters]

    def loss(self) -> float:
        """Return the loss of the batch, penalties included; random layers draw the same every time."""
        totals, loop = np.zeros(max(3, self.network.width)), layer_loop(self.network)
        self.randomness.restore()
        loop.score(loop.forward(self.x, True), self.y, self.weights, totals)
        return float(totals[1] / totals[0] + sum(p.regularizer(p.value) for p in self.network.penalised))


def shadow(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    dtype: Any = None,
    branches: bool = False,
) -> Shadow:
    """Return a copy of `model` and the batch, checked as `train_on_batch` checks them.

    A model that is not built yet is built, as its first training step would. `dtype` changes the copy's float type. One
    with branches is refused, unless `branches` says that they can be dealt with.
    """
    x, y, sample_weight = preparation.read(model, x, y, sample_weight)
    features, shape = preparation.features_of(model, x)
    original = preparation.network_of(model, shape, with_targets.target_shape(y))
    if original.why_layers and not branches:
        raise ValueError(
            f"{original.why_layers}: a step can be followed number by number through one chain of layers. "
            "(gradient_check works there.)"
        )
    feed = with_targets.feed_of(features, original, y, sample_weight, class_weight)
    model.build((None, *shape))
    network = _copy(original, np.dtype(dtype or model.dtype))
    batch = features.take(slice(0, feed.n)).reshape(-1, *shape)
    x, y, weights = (np.array(a, network.dtype, order="C") for a in (batch, feed.y, feed.weights))
    return Shadow(network, x, y, weights, Randomness(network), original)


def _copy(network: Network, dtype: Any) -> Network:
    more = {name: getattr(network, name) for name in ("graph", "heads") if hasattr(network, name)}
    layers, loss, optimizer, more = copy.deepcopy((network.layers, network.loss, network.optimizer, more))
    heads = (head._replace(network=replace(head.network, dtype=dtype)) for head in more.get("heads", ()))
    more = {**more, "heads": tuple(heads)} if more else {}
    for memory in dict.fromkeys(p.memory for layer in layers for p in layer.parameters):
        for parameter in memory.table:
            parameter.value, parameter.dtype = parameter.value.astype(dtype), dtype
        Memory(memory.table)  # vectors of the new type, with all parameters as views into them
    for ours, layer in zip(network.layers, layers, strict=True):
        vars(layer)["dtype"] = dtype.name  # as an attribute it is fixed
        for parameter, copied in zip(ours.parameters, layer.parameters, strict=True):
            copied.gradient[...] = parameter.gradient
    made = {"layers": layers, "loss": loss, "optimizer": optimizer, "dtype": dtype, **more}
    return replace(network, **made, metrics=(), weighted_metrics=())


class Randomness:
    """The state of all that a training step may draw from: the process's generators, the layers' own, and the step."""

    def __init__(self, network: Network | None = None) -> None:
        parts = [] if network is None else [*network.layers, network.loss, network.optimizer]
        owned = [value for part in parts if part is not None for value in vars(part).values()]
        self._generators = [g for g in (config.generator(), *owned) if isinstance(g, np.random.Generator)]
        self._older = [g for g in owned if isinstance(g, (np.random.RandomState, random.Random))]
        self._states = [copy.deepcopy(g.bit_generator.state) for g in self._generators]
        self._older_states = [_older_state(g) for g in self._older]
        self._global = (random.getstate(), np.random.get_state())  # noqa: NPY002  a user's layer may draw from it
        self._layers = () if network is None else network.layers
        self._step = 0 if network is None or network.optimizer is None else int(network.optimizer.counter[0])
        self._streams = [layer._stream if isinstance(layer, KernelLayer) else None for layer in self._layers]

    def restore(self) -> None:
        """Set all of them back to where they were, so that the same numbers are drawn again."""
        for layer, stream in zip(self._layers, self._streams, strict=True):
            layer.begin_step(self._step)
            if isinstance(layer, KernelLayer):
                layer._stream = stream
        for generator, state in zip(self._generators, self._states, strict=True):
            generator.bit_generator.state = state
        for older, older_state in zip(self._older, self._older_states, strict=True):
            if isinstance(older, random.Random):
                older.setstate(older_state)
            else:
                older.set_state(older_state)
        random.setstate(self._global[0])
        np.random.set_state(self._global[1])  # noqa: NPY002


def _older_state(generator: Any) -> Any:
    return generator.getstate() if isinstance(generator, random.Random) else generator.get_state()


def with_randomness_kept(action: Callable[..., T], *arguments: Any) -> T:
    """Return ``action(*arguments)``; the process's random generators are left as they were found."""
    return afterwards(Randomness().restore, action, *arguments)

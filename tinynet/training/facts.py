"""What a training is explained by beside its numbers: what is common among the targets, and which layers moved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinynet._types import Array
from tinynet.callbacks.explained import Facts
from tinynet.network import Network

#: So many numbers of a tensor, and so many targets, say enough.
_SAMPLE = 1000
_TARGETS = 100_000


def facts_before(network: Network, targets: Array) -> Callable[[], Facts]:
    """Note a sample of each layer's weights; returns what, called after the training, returns the facts."""
    kernels = [(layer.name, p) for layer in network.layers for p in layer.trainable_parameters if p.value.ndim > 1]
    before = [_sample(p.value) for _, p in kernels]

    def facts() -> Facts:
        moved = [(name, _change(was, _sample(p.value))) for (name, p), was in zip(kernels, before, strict=True)]
        optimizer = network.optimizer
        return Facts(moved, _commonest(network, targets), None if optimizer is None else optimizer.learning_rate)

    return facts


def _sample(values: Array) -> Array:
    return values.reshape(-1)[:: max(1, values.size // _SAMPLE)].copy()


def _change(before: Array, after: Array) -> float:
    """Return how far the weights moved, as a share of their size."""
    size = float(np.linalg.norm(before.astype(float)))
    moved = float(np.linalg.norm(after.astype(float) - before))
    return moved / size if size else moved


def _commonest(network: Network, targets: Array) -> float | None:
    """Return the share of the commonest class, if the targets are classes."""
    kind = "" if network.loss is None else network.loss.targets
    some = targets[:: max(1, len(targets) // _TARGETS)]
    if kind == "distribution":
        classes = some.argmax(axis=1)
    elif some.shape[1] == 1 and kind in ("classes", "probabilities"):
        classes = some[:, 0].round().astype(np.int64)
    else:
        return None
    counts = np.bincount(classes[classes >= 0], minlength=1)  # others are of no class, where that is allowed
    return float(counts.max() / len(classes))

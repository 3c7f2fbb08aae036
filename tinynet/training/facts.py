"""What a training is explained by beside its numbers: what is common among the targets, and which layers moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from tinynet._types import Array
from tinynet.callbacks.explained import Facts
from tinynet.network import Network

#: So many numbers of a tensor, and so many targets, say enough.
_SAMPLE = 1000
_TARGETS = 100_000


def facts_before(network: Network, targets: Array) -> Callable[[], Callable[[], Facts]]:
    """Note a sample of each layer's weights.

    Returns what, called after the training, notes a sample again, and returns what makes the facts of both: few
    trainings are explained, and no data are kept for it.
    """
    kernels = [(layer.name, p) for layer in network.layers for p in layer.trainable_parameters if p.value.ndim > 1]
    before = [_sample(p.value) for _, p in kernels]

    def after() -> Callable[[], Facts]:
        weights = [(name, was, _sample(p.value)) for (name, p), was in zip(kernels, before, strict=True)]
        optimizer = network.optimizer
        rate = None if optimizer is None else optimizer.learning_rate
        return partial(_facts, weights, _commonest(network, targets), rate)

    return after


def _facts(weights: Sequence[tuple[str, Array, Array]], commonest: float | None, learning_rate: float | None) -> Facts:
    return Facts([(name, _change(was, now)) for name, was, now in weights], commonest, learning_rate)


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
    if kind == "probabilities" and some.shape[1] == 1:
        ones = np.count_nonzero(some > 0.5) / len(some)
        return max(ones, 1 - ones)
    if kind == "distribution":
        classes = some.argmax(axis=1)
    elif some.shape[1] == 1 and kind == "classes":
        classes = some[:, 0].round().astype(np.int64)
    else:
        return None
    counts = np.bincount(classes[classes >= 0], minlength=1)  # others are of no class, where that is allowed
    return float(counts.max() / len(classes))

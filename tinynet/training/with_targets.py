"""From a network of layers and a call's targets to what is trained and evaluated: loss, metrics, checked targets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tinynet import data
from tinynet._types import Array
from tinynet.branches import Branched, Head
from tinynet.kernels.rows import NO_CLASS
from tinynet.kernels.samples import Csr
from tinynet.layers.symbolic import leaves
from tinynet.losses import Loss
from tinynet.metrics import Metric
from tinynet.metrics.base import FormulaMetric
from tinynet.metrics.kinds import BY_SHAPE, loss_by_shape
from tinynet.metrics.metric import named
from tinynet.metrics.sums import SumsMetric
from tinynet.network import Network
from tinynet.training.feed import Feed
from tinynet.training.setup import TrainingSetup, check_usable
from tinynet.training.trainee import Trainee


class NoLoss(Loss):
    """No loss at all, where layers add what is minimised: targets need not be there."""

    targets = "any"

    def forward(self, y: Any, p: Any) -> Array:
        """Return 0 for each row."""
        return np.zeros(len(p), p.dtype)

    def backward(self, y: Any, p: Any) -> Array:
        """Return no gradient."""
        return np.zeros_like(p)


def targets_for(model: Trainee, x: Any, y: Any) -> Any:
    """Return the targets; where there are none, and the model has no loss of its own that asks for some, zeros."""
    setup = model.setup
    if y is not None or x is None or setup is None or setup.loss is not None or setup.heads or data.gives_batches(x):
        return y
    first = leaves(x)[0] if isinstance(x, (list, tuple, Mapping)) else x
    return np.zeros((len(first), 1))


def check_takes_classes(model: Trainee, argument: str) -> None:
    """Raise a ValueError if the loss is one for quantities, which categories are not."""
    loss = None if model.setup is None else model.setup.loss
    if isinstance(loss, Loss) and loss.targets == "values":
        raise ValueError(
            f"{argument} holds categories, and loss '{loss.name}' is for quantities. Use "
            "loss='sparse_categorical_crossentropy' and a last layer of one unit a class with softmax, or pass numbers."
        )


def with_loss_of(setup: TrainingSetup, network: Network, target_shape: tuple[int, ...]) -> Network:
    """Return a network with what it is trained and evaluated by: of each output, if there are several with a loss."""
    if isinstance(network, Branched) and setup.heads:
        return with_heads(network, setup)
    return with_loss(network, setup, target_shape)


def with_loss(network: Network, setup: TrainingSetup, target_shape: tuple[int, ...]) -> Network:
    """Return a network with the optimizer, the loss and the metrics that targets of a shape mean."""
    chosen = setup.loss
    if chosen is None:
        if not any(getattr(layer, "adds_loss", False) for layer in network.layers):
            raise ValueError("No loss to compute. Give one when compiling: model.compile(loss='mse').")
        chosen = NoLoss()
    check_usable(chosen)  # an attribute may have been changed since `compile`
    output_shape = network.output_shape
    loss = loss_by_shape(output_shape, target_shape) if isinstance(chosen, str) else chosen

    activation = None if network.last is None else network.last.activation
    logits = loss.from_logits and getattr(activation, "name", "") not in ("sigmoid", "softmax")
    lent: list[tuple[Metric, Metric]] = []

    def resolved(given: tuple[Any, ...]) -> tuple[Metric, ...]:
        found: list[Metric] = []
        for metric in given:
            if type(metric) in BY_SHAPE.values():
                found.append(metric.of_shape(output_shape, target_shape, logits))
            elif metric.compiles:
                if isinstance(metric, SumsMetric):
                    with named(f"Metric '{metric.name}'"):
                        metric.check_outputs(output_shape)
                found.append(metric)
            else:  # what collects in Python is copied: calls in several threads must not share it
                found.append(copy.deepcopy(metric))
                lent.append((metric, found[-1]))
        return tuple(found)

    metrics, weighted = resolved(setup.metrics), resolved(setup.weighted_metrics)
    return replace(
        network, loss=loss, optimizer=setup.optimizer, metrics=metrics, weighted_metrics=weighted, lent=tuple(lent)
    )


def with_heads(network: Branched, setup: TrainingSetup) -> Network:
    """Return a network of several outputs with the optimizer, and the loss and metrics of each."""
    heads = []
    for name, weight, own, number in setup.heads:
        end = network.at_the_end(number)
        assert isinstance(own.loss, Loss)
        shape = (*end.output_shape[:-1], 1) if own.loss.targets == "classes" else end.output_shape
        heads.append(Head(name, weight, with_loss(end, own, shape), number))
    return replace(network, optimizer=setup.optimizer, heads=tuple(heads), loss=heads[0].network.loss)


def feed_of(
    features: data.Features,
    network: Network,
    y: Any,
    sample_weight: Any,
    class_weight: Any = None,
    argument: str = "y",
) -> Feed:
    """Return the checked samples and targets of one call; what only predicts takes NaN, and answers NaN."""
    if y is None:
        raise ValueError(f"`{argument}` is missing: each of the {features.n} samples needs its target.")
    if isinstance(network, Branched) and network.heads:
        features.refuse_missing()
        if class_weight is not None:
            raise ValueError("`class_weight` is only supported for models with a single output. Use sample_weight.")
        return Feed(features, data.contiguous(data.as_array(y, argument), network.dtype))
    data.check_lengths(**{features.argument: features, argument: y, "sample_weight": sample_weight})
    assert network.loss is not None
    targets = data.targets(
        y,
        features.n,
        output_shape=network.output_shape,
        kind=network.loss.targets,
        loss_name=network.loss.name,
        dtype=network.dtype,
        argument=argument,
    )
    check_metrics(network, targets, argument)
    weights = data.sample_weights(sample_weight, class_weight, y, features.n, network.output_shape, network.dtype)
    feed = Feed(features, targets, weights, network.takes_sparse)
    features.refuse_missing(feed.samples.values if isinstance(feed.samples, Csr) else None)
    return feed


def check_metrics(network: Network, targets: Array, argument: str) -> None:
    """Raise a ValueError unless the built-in metrics can read these targets, which were checked for the loss only."""
    outputs = network.output_shape[-1] if network.output_shape else 1
    assert network.loss is not None
    for metric in (m for m in network.all_metrics if isinstance(m, (FormulaMetric, SumsMetric)) and m.compiles):
        sparse = metric.takes_classes
        if targets.shape[1] != (1 if sparse else outputs):
            raise ValueError(
                f"Metric '{metric.name}' expects {'one class number' if sparse else f'{outputs} numbers'} a sample, "
                f"but {argument} holds {targets.shape[1]} for the {outputs} outputs and loss '{network.loss.name}'. "
                "metrics=['accuracy'] takes the kind that fits."
            )
        if sparse and not _are_classes(targets, outputs):
            raise ValueError(
                f"Metric '{metric.name}' expects class numbers 0 to {outputs - 1} for {outputs} outputs, but "
                f"{argument} has values from {targets.min():g} to {targets.max():g}."
            )


def _are_classes(targets: Array, count: int) -> bool:
    low, high = targets.min(), targets.max()
    if low < 0:  # those that are allowed to have no class
        low = targets[targets != NO_CLASS].min(initial=0)
    return bool(low >= 0 and high < count)


def target_shape(y: Any) -> tuple[int, ...]:
    """Return the shape of one target."""
    if y is None:
        raise ValueError("`y` is missing: every sample needs its target.")
    shape = getattr(y, "shape", None)
    return tuple((data.as_array(y, "y").shape if shape is None else shape)[1:])

"""What a user passes, checked against the model and made into what a loop takes; nothing of the model changes."""

from __future__ import annotations

import copy
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from tinynet import data
from tinynet._configurable import changes
from tinynet._types import Array
from tinynet.branches import Branched, Head
from tinynet.graph import in_a_row, looking_up
from tinynet.kernels.rows import NO_CLASS
from tinynet.kernels.samples import Csr
from tinynet.losses import Loss
from tinynet.metrics import Metric
from tinynet.metrics.base import FormulaMetric
from tinynet.metrics.kinds import BY_SHAPE, loss_by_shape
from tinynet.metrics.metric import named
from tinynet.metrics.sums import SumsMetric
from tinynet.network import Network
from tinynet.training.feed import Feed
from tinynet.training.joining import joined
from tinynet.training.setup import TrainingSetup, check_usable
from tinynet.training.trainee import Trainee


def read(
    model: Trainee, x: Any, y: Any = None, sample_weight: Any = None, prefix: str = "", seen: data.Seen | None = None
) -> data.Given:
    """Return what a user passes as arrays, a list of one array being that array.

    Tables must have the columns that were `seen`, by default those that the model has seen.
    """
    model.meet(x)
    return _read(model, _opened(model, x, y, sample_weight, prefix), prefix, seen or model.seen)


def read_to_train(model: Trainee, x: Any, y: Any, sample_weight: Any, prefix: str = "") -> tuple[data.Given, data.Seen]:
    """Return the arrays of a call that trains, and the names that the model will have seen after it."""
    model.meet(x)
    given = _opened(model, x, y, sample_weight, prefix)
    seen = model.seen.grown(given.x, given.y)
    return _read(model, given, prefix, seen), seen


def _opened(model: Trainee, x: Any, y: Any, sample_weight: Any, prefix: str) -> data.Given:
    """Return one array-like or table each for the samples, the targets and their weights."""
    if model.joins is None and all(each is None or type(each) is np.ndarray for each in (x, y, sample_weight)):
        return data.Given(x, y, sample_weight)  # as most are: a call on few samples must be quick
    return data.opened(*joined(model, x, y, sample_weight, prefix), prefix)


def _read(model: Trainee, given: data.Given, prefix: str, seen: data.Seen) -> data.Given:
    model.require_layers()
    seen.check_columns(given.x, f"{prefix}x")
    y = seen.numbered(given.y, f"{prefix}y")
    if y is not given.y:
        _check_takes_classes(model, f"{prefix}y")
    first = next(iter(model.stack), None)  # of a user's layer whose `call` is yet to be followed none is known
    x = given.x if first is None else first.prepared(given.x)
    return data.read_all(x, y, given.sample_weight, model.sample_shape, prefix)


def _check_takes_classes(model: Trainee, argument: str) -> None:
    """Raise a ValueError if the loss is one for quantities, which categories are not."""
    loss = None if model.setup is None else model.setup.loss
    if isinstance(loss, Loss) and loss.targets == "values":
        raise ValueError(
            f"{argument} holds categories, and loss '{loss.name}' is for quantities. Use "
            "loss='sparse_categorical_crossentropy' and a last layer of one unit a class with softmax, or pass numbers."
        )


def first_name(model: Trainee) -> str:
    """Return what messages call that which is given the samples: the first layer, or a model that has none."""
    return next(iter(model.stack), model).name


def features_of(model: Trainee, x: Any, argument: str = "x") -> tuple[data.Features, tuple[int, ...]]:
    """Return the checked features and the shape of one sample."""
    model.require_layers()
    features = data.features(x, argument=argument, dtype=model.dtype)
    expected = model.sample_shape
    if expected is None:
        shape = features.sample_shape
    else:
        shape = expected
        if None in shape and len(shape) == len(features.sample_shape):
            shape = tuple(f if e is None else e for e, f in zip(shape, features.sample_shape, strict=True))
        data.check_features(features, shape, first_name(model))
    checked = changes[0], shape  # as long as no part of any model is changed
    known = model.kept.get("checked")
    if known is None or known[:2] != checked:
        model.shape_after((None, *shape))  # raises for a shape that some layer cannot take
        known = model.kept["checked"] = *checked, _check_indices(model, features, argument)
    elif known[2]:
        _check_indices(model, features, argument)
    return features, shape


def _check_indices(model: Trainee, features: data.Features, argument: str) -> bool:
    """Raise a ValueError if layers look samples up by their numbers, and one of these names nothing.

    Returns whether there are such layers.
    """
    shapes = [()] if model.joins is None or len(model.joins.inputs) == 1 else model.joins.shapes
    starts = np.cumsum([0, *(prod(axis or 0 for axis in shape) for shape in shapes)])
    calls = in_a_row(model.stack) if model.graph is None else model.graph.calls
    layers = looking_up(calls, len(shapes))
    for layer, number in layers:
        own = slice(None) if len(shapes) == 1 else slice(starts[number], starts[number + 1])
        layer.check_indices((rows[:, own] for rows in data.pieces_of(features)), argument)
    return bool(layers)


def build(model: Trainee, shape: tuple[int, ...]) -> None:
    """Build the model for samples of a shape, unless that was done and no part of any model has changed since."""
    if model.kept.get("built") != (changes[0], shape):
        model.build((None, *shape))
        model.kept["built"] = changes[0], shape


def network_of(model: Trainee, shape: tuple[int, ...], target_shape: tuple[int, ...] | None = None) -> Network:
    """Return the model's parts for samples of `shape`; with the loss and metrics that targets of that shape mean.

    As long as no part of any model is changed, the same network serves the next call.
    """
    kept = model.kept.get("network")
    if kept is not None and kept[0] is model.setup and kept[1:4] == (changes[0], shape, target_shape):
        return kept[4]  # type: ignore[no-any-return]
    network = _network_of(model, shape, target_shape)
    if all(metric.compiles for metric in network.all_metrics):  # what collects in Python belongs to one call
        model.kept["network"] = model.setup, changes[0], shape, target_shape, network
    return network


def _network_of(model: Trainee, shape: tuple[int, ...], target_shape: tuple[int, ...] | None = None) -> Network:
    """Return the model's parts for samples of `shape`; with the loss and metrics that targets of that shape mean."""
    layers, dtype, graph = tuple(model.stack), np.dtype(model.dtype), model.graph
    sparse = model.setup is None or model.setup.sparse
    network = (
        Network(layers, shape, dtype, sparse=sparse) if graph is None else Branched(layers, shape, dtype, graph=graph)
    )
    if target_shape is None:
        return network
    setup = model.require_compiled()
    if isinstance(network, Branched) and setup.heads:
        return with_heads(network, setup)
    return with_loss(network, setup, target_shape)


def with_loss(network: Network, setup: TrainingSetup, target_shape: tuple[int, ...]) -> Network:
    """Return a network with the optimizer, the loss and the metrics that targets of a shape mean."""
    if setup.loss is None:
        raise ValueError("No loss to compute. Give one when compiling: model.compile(loss='mse').")
    check_usable(setup.loss)  # an attribute may have been changed since `compile`
    output_shape = network.output_shape
    loss = loss_by_shape(output_shape, target_shape) if isinstance(setup.loss, str) else setup.loss

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
        sparse = isinstance(metric, FormulaMetric) and metric.takes_classes
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

"""What a user passes, checked against the model and made into what a loop takes; nothing of the model changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from tinynet import data
from tinynet._configurable import changes
from tinynet.graph import in_a_row, looking_up
from tinynet.layers import Layer
from tinynet.network import Network
from tinynet.training.joining import joined, prepared
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
    if isinstance(x, Mapping) and (first := next(iter(model.stack), None)) is not None and first.takes_columns:
        x = first.prepared(x)
    return data.opened(*joined(model, x, y, sample_weight, prefix), prefix)


def _read(model: Trainee, given: data.Given, prefix: str, seen: data.Seen) -> data.Given:
    model.require_layers()
    seen.check_columns(given.x, f"{prefix}x")
    y = seen.numbered(given.y, f"{prefix}y")
    if y is not given.y:
        from tinynet.training.with_targets import check_takes_classes

        check_takes_classes(model, f"{prefix}y")
    joins, stack = model.joins, model.stack  # which has no layers yet if a user's own is to be followed
    several = joins is not None and len(joins.inputs) > 1  # of which `joined` has prepared each
    x = given.x if several or not stack else _prepared(model, stack, given.x, f"{prefix}x")
    return data.read_all(x, y, given.sample_weight, prepared_shape(model), prefix)


def prepared_shape(model: Trainee) -> tuple[int | None, ...] | None:
    """Return the shape of a sample as the first layer prepares it, words as numbers; None if that is not known yet."""
    shape, first = model.sample_shape, next(iter(model.stack), None)
    return shape if shape is None or first is None or model.joins is not None else first.prepared_shape(shape)


def _prepared(model: Trainee, stack: Sequence[Layer], x: Any, argument: str) -> Any:
    """Return what the first layers make of samples before they are read as numbers."""
    prepares = any(type(layer).prepared is not Layer.prepared for layer in stack)
    if prepares and model.graph is not None:
        return prepared(model.graph.calls, 0, x, argument)
    return next((layer for layer in stack if not layer.keeps_words), stack[0]).prepared(x)


def first_name(model: Trainee) -> str:
    """Return what messages call that which is given the samples: the first layer, or a model that has none."""
    return next(iter(model.stack), model).name


def features_of(model: Trainee, x: Any, argument: str = "x") -> tuple[data.Features, tuple[int, ...]]:
    """Return the checked features and the shape of one sample."""
    model.require_layers()
    features = data.features(x, argument=argument, dtype=model.dtype)
    expected = prepared_shape(model)
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
    if (told := model.sample_shape) is not None and prepared_shape(model) != told and None not in told:
        shape = tuple(axis or 0 for axis in told)  # of words, which the first layer has made numbers of
    if model.kept.get("built") != (changes[0], shape):
        model.build((None, *shape))
        model.kept["built"] = changes[0], shape


def network_of(model: Trainee, shape: tuple[int, ...], target_shape: tuple[int, ...] | None = None) -> Network:
    """Return the model's parts for samples of `shape`; with the loss and metrics that targets of that shape mean.

    As long as no part of any model is changed, the same network serves the next call.
    """
    kept = model.kept.get("network")
    if kept is not None and kept[0] is model.setup_at_hand and kept[1:4] == (changes[0], shape, target_shape):
        return kept[4]  # type: ignore[no-any-return]
    network = _network_of(model, shape, target_shape)
    if all(metric.compiles for metric in network.all_metrics):  # what collects in Python belongs to one call
        model.kept["network"] = model.setup_at_hand, changes[0], shape, target_shape, network
    return network


def _network_of(model: Trainee, shape: tuple[int, ...], target_shape: tuple[int, ...] | None = None) -> Network:
    """Return the model's parts for samples of `shape`; with the loss and metrics that targets of that shape mean."""
    layers, dtype, graph = tuple(model.stack), np.dtype(model.dtype), model.graph
    if graph is None:
        network = Network(layers, shape, dtype, sparse=model.loop_options[1])
    else:
        from tinynet.branches import Branched

        network = Branched(layers, shape, dtype, graph=graph)
    if target_shape is None:
        return network
    from tinynet.training.with_targets import with_loss_of

    return with_loss_of(model.require_compiled(), network, target_shape)

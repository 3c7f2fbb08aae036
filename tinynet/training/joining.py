"""Several inputs, several targets and their weights, each made one array: their numbers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynet import data
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.graph import Joins
from tinynet.losses import Loss
from tinynet.training.trainee import Trainee


def joined(model: Trainee, x: Any, y: Any, sample_weight: Any, prefix: str) -> tuple[Any, Any, Any]:
    """Return what a user passes with the numbers of several inputs, and of several outputs' targets, side by side.

    The targets are checked against their losses. Weights of the samples of each output stand behind them, as columns.
    """
    joins = model.joins
    if joins is None:
        return x, y, sample_weight
    dtype = np.dtype(model.dtype)
    if len(joins.inputs) > 1:
        x = _inputs(joins, x, dtype, f"{prefix}x")
    elif isinstance(x, Mapping):
        x = _by_name(joins.inputs, x, f"{prefix}x", "input")[0]
    if len(joins.outputs) > 1 and y is not None:
        y = _targets(model, joins, data.length(x[0] if type(x) is list else x, "x"), y, sample_weight, dtype, prefix)
        sample_weight = None
    elif len(joins.outputs) == 1:
        y, sample_weight = (v[joins.outputs[0]] if isinstance(v, Mapping) else v for v in (y, sample_weight))
    return x, y, sample_weight


def _by_name(names: Sequence[str], given: Any, argument: str, what: str) -> list[Any]:
    """Return the entries of a list or a dict that are given for the names, or raise a ValueError."""
    if isinstance(given, Mapping):
        if missing := [name for name in names if name not in given]:
            raise ValueError(
                f"{argument}: the model has the {what}s {[*names]}; there is nothing for {missing}. Received: "
                f"{shown([*given])}"
            )
        return [given[name] for name in names]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        raise ValueError(
            f"{argument}: the model has {len(names)} {what}s, {[*names]}: pass a list of as many arrays, or a dict by "
            f"these names. Received: {shown(given)}"
        )
    return [*given]


def _inputs(joins: Joins, x: Any, dtype: np.dtype[Any], argument: str) -> Array:
    parts = []
    for name, shape, value in zip(
        joins.inputs, joins.shapes, _by_name(joins.inputs, x, argument, "input"), strict=True
    ):
        called = f"{argument}[{name!r}]"
        features = data.features(data.opened(value, None, None).x, argument=called, dtype=dtype)
        data.check_features(features, tuple(axis or 0 for axis in shape), name)
        parts.append(features.take(slice(0, features.n)).reshape(features.n, -1))
    _check_lengths([f"{argument}[{name!r}]" for name in joins.inputs], parts)
    return np.concatenate(parts, axis=1)


def _targets(
    model: Trainee, joins: Joins, n: int, y: Any, sample_weight: Any, dtype: np.dtype[Any], prefix: str
) -> Array:
    heads, parts = model.require_compiled().heads, []
    if not heads:
        raise ValueError("The model was compiled before its outputs were known: compile it again.")
    shapes = model.output_shapes
    for (name, _, setup), shape, value in zip(
        heads, shapes, _by_name(joins.outputs, y, f"{prefix}y", "output"), strict=True
    ):
        called, loss = f"{prefix}y[{name!r}]", setup.loss
        assert isinstance(loss, Loss)
        array = data.as_array(value, called)
        _check_lengths([f"{prefix}x", called], [np.empty((n, 1)), array])
        kind: Any = {"output_shape": shape, "kind": loss.targets, "loss_name": loss.name, "dtype": dtype}
        parts.append(data.targets(array, n, argument=called, **kind).reshape(n, -1))
    if sample_weight is not None:
        if isinstance(sample_weight, Mapping):
            sample_weight = {name: sample_weight.get(name) for name in joins.outputs}
        elif not isinstance(sample_weight, (list, tuple)) or len(sample_weight) != len(heads):
            sample_weight = [sample_weight] * len(heads)
        for value in _by_name(joins.outputs, sample_weight, f"{prefix}sample_weight", "output"):
            found = None if value is None else data.sample_weights(value, None, None, n, (1,), dtype)
            parts.append(np.ones((n, 1), dtype) if found is None else found.reshape(n, 1))
    return np.concatenate(parts, axis=1)


def _check_lengths(names: Sequence[str], arrays: Sequence[Array]) -> None:
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"{names[0]} has {len(arrays[0])} samples, and {name} has {len(array)}: they belong to each other."
            )

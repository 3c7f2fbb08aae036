"""Several inputs, several targets and their weights, each made one array: their numbers side by side."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynet import data
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.graph import Call, Joins
from tinynet.layers import Layer
from tinynet.training.trainee import Trainee


def joined(model: Trainee, x: Any, y: Any, sample_weight: Any, prefix: str) -> tuple[Any, Any, Any]:
    """Return what a user passes with the numbers of several inputs, and of several outputs' targets, side by side.

    The targets are checked against their losses. Weights of the samples of each output stand behind them, as columns.
    """
    joins = model.joins
    if isinstance(x, (list, tuple)) and len(x) == 1 and x[0] is None:
        raise _not_optional(f"{prefix}x", model.ends[0] if joins is None else joins.inputs[0])
    if joins is None and not any(isinstance(each, Mapping) for each in (x, y, sample_weight)):
        return x, y, sample_weight
    if joins is None:
        taken, given = model.ends
        pair = (_entry(given, y, f"{prefix}y", "output"), _entry(given, sample_weight, "sample_weight", "output"))
        return _entry(taken, x, f"{prefix}x", "input"), *pair
    dtype = np.dtype(model.dtype)
    if len(joins.inputs) > 1:
        x = _inputs(model, joins, x, dtype, f"{prefix}x")
    else:
        x = _entry(joins.inputs[0], x, f"{prefix}x", "input")
    if len(joins.outputs) > 1 and y is not None:
        y = _targets(model, joins, data.length(x[0] if type(x) is list else x, "x"), y, sample_weight, dtype, prefix)
        sample_weight = None
    elif len(joins.outputs) == 1:
        y = _entry(joins.outputs[0], y, f"{prefix}y", "output")
        sample_weight = _entry(joins.outputs[0], sample_weight, "sample_weight", "output")
    return x, y, sample_weight


def _not_optional(argument: str, name: str | None) -> ValueError:
    """Return what is said of None in the place of an input."""
    called = "The input" if name is None else f"The input '{name}'"
    return ValueError(
        f"{argument}: {called} is not optional, but None was passed. Pass an array, a row for each sample."
    )


def _entry(name: str | None, given: Any, argument: str, what: str) -> Any:
    """Return what a dict has for the one input or output; anything else as it is. A name of None is not known yet."""
    if not isinstance(given, Mapping) or hasattr(given, "tocsr"):  # some sparse matrices are mappings
        return given
    if name is None and len(given) == 1:
        return next(iter(given.values()))
    if name not in given:
        called = "not built yet, and has one" if name is None else f"{name!r}"
        raise ValueError(
            f"{argument}: the model's {what} is {called}. Received a dict of {shown([*given])}. Pass the array alone, "
            f"or a dict with this {what}'s name."
        )
    _say_what_is_left_out([str(name)], given, argument, what)
    return given[name]


def _by_name(names: Sequence[str], given: Any, argument: str, what: str) -> list[Any]:
    """Return the entries of a list or a dict that are given for the names, or raise a ValueError."""
    if isinstance(given, Mapping):
        _say_what_is_left_out(names, given, argument, what)
        if missing := [name for name in names if name not in given]:
            raise ValueError(
                f"{argument}: the model has the {what}s {[*names]}; there is nothing for {missing}. Received: "
                f"{shown([*given])}"
            )
        return [given[name] for name in names]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        raise ValueError(
            f"{argument}: the model expects {len(names)} {what}s, {[*names]}: pass a list of as many arrays, or a dict "
            f"by these names. Received: {shown(given)}"
        )
    return [*given]


def _say_what_is_left_out(names: Sequence[str], given: Mapping[str, Any], argument: str, what: str) -> None:
    """Warn, as Keras does, of entries for inputs that the model has not."""
    if what == "input" and (more := [name for name in given if name not in names]):
        warnings.warn(
            f"The structure of `inputs` doesn't match the expected structure: the model takes {[*names]}. What is "
            f"there besides in {argument} is left out: {shown(more)}",
            UserWarning,
            stacklevel=2,
        )


def _inputs(model: Trainee, joins: Joins, x: Any, dtype: np.dtype[Any], argument: str) -> Array:
    if joins.by_key and isinstance(x, (list, tuple)):
        raise ValueError(
            f"{argument}: The structure of `inputs` doesn't match the expected structure, a dict of {[*joins.inputs]}: "
            "the model was made with one, and which array of a list is which nobody has said. Pass a dict by these "
            f"names. Received: {'a list' if isinstance(x, list) else 'a tuple'} of {len(x)}."
        )
    if joins.by_key and not isinstance(x, Mapping):
        raise ValueError(
            f"{argument}: the model expects {len(joins.inputs)} named input(s) with keys {[*joins.inputs]}: pass a "
            f"dict. Received: {shown(x)}"
        )
    parts = []
    given = _by_name(joins.inputs, x, argument, "input")
    prepares = any(type(layer).prepared is not Layer.prepared for layer in model.stack)
    calls = model.graph.calls if prepares and model.graph is not None else ()
    for number, (name, shape, value) in enumerate(zip(joins.inputs, joins.shapes, given, strict=True)):
        called = f"{argument}[{name!r}]"
        if value is None:
            raise _not_optional(argument, name)
        opened = data.opened(value, None, None).x
        if calls:
            opened = prepared(calls, number, opened, called, len(given))
        features = data.features(opened, argument=called, dtype=dtype)
        data.check_features(features, tuple(axis or 0 for axis in shape), name)
        parts.append(features.take(slice(0, features.n)).reshape(features.n, -1))
    _check_lengths([f"{argument}[{name!r}]" for name in joins.inputs], parts)
    return np.concatenate(parts, axis=1)


def _takers(calls: Sequence[Call], number: int, first: int) -> dict[Layer, None]:
    """Return the layers that take a value, or what others that only give it other axes make of it."""
    found: dict[Layer, None] = {}
    for place, call in enumerate(calls):
        if number in call.takes:
            found |= _takers(calls, first + place, first) if call.layer.keeps_words else {call.layer: None}
    return found


def prepared(calls: Sequence[Call], number: int, x: Any, argument: str, first: int = 1) -> Any:
    """Return what the layers that take an input make of it before it is read as numbers: words become numbers.

    The values that the calls give are numbered from `first` on.
    """
    takers = _takers(calls, number, first)
    found = [each for each in (layer.prepared(x) for layer in takers) if each is not x]
    alike = len(found) == len(takers) and all(np.array_equal(np.ravel(found[0]), np.ravel(each)) for each in found[1:])
    if found and not alike:
        raise ValueError(
            f"{argument}: words go to several layers, {[layer.name for layer in takers]}, which would each make other "
            "numbers of them. Give each of these layers an input of its own."
        )
    return found[0] if found else x


def _targets(
    model: Trainee, joins: Joins, n: int, y: Any, sample_weight: Any, dtype: np.dtype[Any], prefix: str
) -> Array:
    heads, parts = model.require_compiled().heads, []
    if not heads:
        raise ValueError("The model was compiled before its outputs were known: compile it again.")
    shapes, without = model.output_shapes, {*joins.outputs} - {head.name for head in heads}
    if isinstance(y, Mapping):
        y = {**dict.fromkeys(without), **y}
    given = _by_name(joins.outputs, y, f"{prefix}y", "output")
    for name, _, setup, number in heads:
        called, value, shape = f"{prefix}y[{name!r}]", given[number], shapes[number]
        loss: Any = setup.loss  # which is no string where there are several outputs
        array = data.as_array(value, called)
        _check_lengths([f"{prefix}x", called], [np.empty((n, 1)), array])
        kind: Any = {"output_shape": shape, "kind": loss.targets, "loss_name": loss.name, "dtype": dtype}
        parts.append(data.targets(array, n, argument=called, **kind).reshape(n, -1))
    if sample_weight is not None:
        if isinstance(sample_weight, Mapping):
            sample_weight = {name: sample_weight.get(name) for name in joins.outputs}
        elif not isinstance(sample_weight, (list, tuple)) or len(sample_weight) != len(joins.outputs):
            sample_weight = [sample_weight] * len(joins.outputs)
        given = _by_name(joins.outputs, sample_weight, f"{prefix}sample_weight", "output")
        for value in (given[head.output] for head in heads):
            found = None if value is None else data.sample_weights(value, None, None, n, (1,), dtype)
            parts.append(np.ones((n, 1), dtype) if found is None else found.reshape(n, 1))
    return np.concatenate(parts, axis=1)


def _check_lengths(names: Sequence[str], arrays: Sequence[Array]) -> None:
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"{names[0]} has {len(arrays[0])} samples, and {name} has {len(array)}: they belong to each other."
            )

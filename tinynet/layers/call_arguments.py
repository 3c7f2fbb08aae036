"""What a layer is called with: one input, or what the arguments of a user's `call` are, tensors and other values."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tinynet._arguments import shown
from tinynet.layers.symbolic import is_symbolic


class CallForm(NamedTuple):
    """How the arguments of a user's `call` come from a list of inputs: by name, beside others that stay the same."""

    inputs: tuple[str, ...]
    others: dict[str, Any]

    def arguments(self, xs: Any) -> dict[str, Any]:
        """Return the arguments for a list of inputs, or for the only one."""
        xs = [xs] if len(self.inputs) == 1 else xs
        return {**dict(zip(self.inputs, xs, strict=True)), **self.others}

    def shapes(self, layer: Any, shapes: Any) -> Any:
        """Return what `build` is to be given: the first input's shape, or those that it names, as Keras does.

        Raises
        ------
        ValueError
            If `build` has several arguments, of which one is not that of an input with ``_shape`` behind it.
        """
        known = dict(zip(self.inputs, [shapes] if len(self.inputs) == 1 else shapes, strict=True))
        names = shape_arguments(layer)
        if len(names) < 2:
            return known[self.inputs[0]]
        whose = f"{layer.described}: For a `build()` method with more than one argument, all arguments should have a"
        for name in names:
            stem = name.removesuffix("_shape")
            if stem == name:
                raise ValueError(
                    f"{whose} `_shape` suffix. It has the argument `{name}`, which does not end in `_shape`."
                )
            if stem not in inspect.signature(layer.call).parameters:
                raise ValueError(
                    f"{whose} `_shape` suffix and match an argument from `call()`. It has the argument `{name}`, but "
                    f"`call()` does not have argument `{stem}`."
                )
        return {name: known[name.removesuffix("_shape")] for name in names if name.removesuffix("_shape") in known}


def shape_arguments(layer: Any) -> list[str]:
    """Return the names of the arguments of a layer's `build`."""
    return [*inspect.signature(type(layer).build).parameters][1:]


def one_input(layer: Any, x: Any, more: Sequence[Any], named: Mapping[str, Any], training: Any) -> tuple[Any, Any]:
    """Return the input and the flag `training` that a layer was called with, or raise a TypeError for anything else."""
    if x is None and set(named) == {"inputs"}:
        return named["inputs"], training
    if not more and not named:
        return x, training
    if len(more) == 1 and not named and training is None and not is_symbolic(more[0]):
        return x, more[0]
    given = [f"`{name}`" for name in named] or [f"{1 + len(more)} one after the other"]
    raise TypeError(
        f"{layer.described} takes one input, layer(x), or a list of them if it merges several, layer([a, b]); beside "
        f"it only `training`. Received: {', '.join(given)}"
    )


def by_inputs(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a class's `__call__` whose input `x` may be named `inputs`, as in Keras; any other as it is."""
    if [*inspect.signature(call).parameters][1:2] != ["x"]:
        return call

    @functools.wraps(call)
    def called(layer: Any, *given: Any, **named: Any) -> Any:
        if not given and "inputs" in named:
            given = (named.pop("inputs"),)
        return call(layer, *given, **named)

    return called


def form_of(layer: Any, given: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, CallForm | None]:
    """Return what a layer with a `call` was given, one input or a list, and the form; None for one by its place.

    Raises
    ------
    TypeError
        If `call` does not take that.
    ValueError
        If something without numbers stands among the inputs, without its name: Keras has this rule.
    """
    if len(given) == 1 and not named:
        if not isinstance(given[0], (list, tuple)):
            return given[0], None
        needed = _needed(layer)
        return given[0], CallForm(tuple(needed), {}) if len(given[0]) == len(needed) > 1 else None
    for value in given[1:]:
        if value is not None and not _is_input(value):
            raise ValueError(
                f"{layer.described}: Only input tensors may be passed as positional arguments. The following argument "
                f"value should be passed as a keyword argument: {shown(value)}"
            )
    try:
        found = inspect.signature(layer.call).bind(*given, **named)
    except TypeError as error:
        raise TypeError(f"{layer.described}: its `call` cannot be called so: {error}") from error
    listed: dict[str, Any] = {}
    for name, value in found.arguments.items():
        kind = found.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            raise TypeError(f"{layer.described}: give the inputs names, in place of `*{name}`, or a list of them.")
        listed |= value if kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    inputs = {name: value for name, value in listed.items() if _is_input(value)}
    others = {name: value for name, value in listed.items() if name not in inputs and value is not None}
    if not inputs:
        raise TypeError(f"{layer.described} was called without an input. Received: {shown(listed)}")
    return ([*inputs.values()] if len(inputs) > 1 else next(iter(inputs.values()))), CallForm(tuple(inputs), others)


def called(layer: Any, form: CallForm | None, x: Any, **options: Any) -> Any:
    """Return what a user's `call` makes of an input or a list of them."""
    return layer.call(x, **options) if form is None else layer.call(**form.arguments(x), **options)


def _needed(layer: Any) -> list[str]:
    """Return the arguments that a `call` cannot be without."""
    given = inspect.signature(layer.call).parameters.values()
    return [
        p.name for p in given if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty and p.name != "training"
    ]


def _is_input(value: Any) -> bool:
    return is_symbolic(value) or (hasattr(value, "dtype") and getattr(value, "shape", ()) != ())

"""What a whole model's file holds, whatever the form of the file: taken from a model, and given back to one."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from tinynet import config
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.kernels.random import new_state
from tinynet.layers import Layer
from tinynet.layers.parameters import SUPPLY
from tinynet.memory import Parameter
from tinynet.weights import assign

if TYPE_CHECKING:
    from tinynet.optimizers import Optimizer


class Whole(Protocol):
    """A model, as far as files are concerned."""

    name: str
    _state: Array | None

    @property
    def built(self) -> bool:
        """Whether all parameters exist."""

    @property
    def computing_layers(self) -> Sequence[Layer]:
        """The layers, in order, and what stands in the place of some."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, in the order of the layers."""

    @property
    def trainable_parameters(self) -> Sequence[Parameter]:
        """Those that an optimizer updates."""

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once compiled."""

    @property
    def written(self) -> Whole:
        """The model as it is written down."""

    def description(self) -> dict[str, Any]:
        """Return the model in Keras's form."""


class Content(NamedTuple):
    """A whole model: what it is, and its numbers.

    Attributes
    ----------
    description : dict
        Class, configuration and compile settings in Keras's form.
    weights : dict of str to dict of str to array
        Each layer's parameters by their names, in order. A layer of an inner model is called ``encoder/dense``.
    optimizer : list of (str, array)
        What the optimizer keeps, in Keras's order: the count, the learning rate, the slots. Empty for a model that is
        not compiled.
    of_trained : bool
        Whether there are slots of the trained parameters alone, as in Keras's files: not of a frozen layer's.
    random : dict
        Where the random numbers are: of shuffling and of the layers. Keras's files have none of it.
    resting : set of str
        The parameters that no optimizer updates, ``encoder/dense/kernel``: Keras's older files have them last.
    """

    description: Mapping[str, Any]
    weights: Mapping[str, Mapping[str, Array]]
    optimizer: Sequence[tuple[str, Array]] = ()
    of_trained: bool = False
    random: Mapping[str, Any] = MappingProxyType({})
    resting: Collection[str] = ()


def content_of(model: Whole, of_trained: bool = False) -> Content:
    """Return the content of a model; with `of_trained` the slots of the trained parameters alone."""
    described, model = model, model.written
    leaves, trained = leaves_of(model), {*map(id, model.trainable_parameters)}
    weights = {path: {p.name: p.value for p in layer.parameters} for path, layer in leaves}
    resting = {f"{path}/{p.name}" for path, layer in leaves for p in layer.parameters if id(p) not in trained}
    random = random_state(model)
    return Content(described.description(), weights, kept_by(model, of_trained), of_trained, random, resting)


def leaves_of(model: Any, by_number: bool = False, within: str = "") -> list[tuple[str, Layer]]:
    """Return a model's layers, those of inner models among them, by their names or their numbers: ``encoder/dense``."""
    found: list[tuple[str, Layer]] = []
    for number, layer in enumerate(model.computing_layers):
        path = within + (str(number) if by_number else layer.name)
        if (own := getattr(layer, "computing", None)) is not None:  # a user's layer, which is written as itself
            found.append((path, own))
            continue
        inner = hasattr(layer, "wiring")
        found += leaves_of(layer.written, by_number, f"{path}/") if inner else [(path, layer)]
    return found


def parameters_of(model: Any) -> list[Parameter]:
    """Return the parameters of a model in the order in which files have them: layer by layer."""
    leaves = leaves_of(model)
    if not any("/" in path for path, _ in leaves):
        return [*model.parameters]
    return [parameter for _, layer in leaves for parameter in layer.parameters]


def kept_by(model: Whole, of_trained: bool = False) -> list[tuple[str, Array]]:
    """Return what a model's optimizer keeps, in Keras's order, by name.

    With `of_trained` it is of the trained parameters alone, and all of them: what a training has not begun yet is what
    it would begin with.
    """
    optimizer = model.optimizer
    if optimizer is None:
        return []
    there = optimizer.accumulators.parameters
    parameters = [p for p in model.parameters if p in there]
    if of_trained:
        parameters = [*model.trainable_parameters]
        if not there and parameters:
            optimizer = copy.deepcopy(optimizer)
            optimizer.build(parameters)
    return [(variable.name.rpartition("/")[2], variable.value) for variable in optimizer.variables_of(parameters)]


# ---- weights --------------------------------------------------------------------------------------------------------


@contextmanager
def supplied(weights: Mapping[str, Mapping[str, Array]]) -> Iterator[None]:
    """Give the layers that are built meanwhile their weights from a file, in place of their initializers.

    No initializer runs, and no shape that a file promises makes room for more numbers than the file holds.

    Raises
    ------
    ValueError
        If a layer makes parameters that the file has not, or there are more of them in the file at the end.
    """
    left: dict[str, list[tuple[str, Array]]] = {}
    for layer, arrays in weights.items():  # layers of inner models may be called alike: `place` tells them apart
        left.setdefault(layer.rpartition("/")[2], []).extend(arrays.items())
    nested = any("/" in layer for layer in weights)

    def supply(layer: str, shape: tuple[int, ...]) -> Array:
        if not left.get(layer):
            raise ValueError(f"layer '{layer}' has a weight of shape {shape}, which the file does not hold.")
        of_shape = (number for number, (_, array) in enumerate(left[layer]) if array.shape == shape)
        name, array = left[layer].pop(next(of_shape, 0) if nested else 0)
        if array.shape != shape:
            raise ValueError(f"'{layer}/{name}' has shape {array.shape}, and its layer needs {shape}.")
        return array

    before = SUPPLY.set(supply)
    try:
        yield
    finally:
        SUPPLY.reset(before)
    if unused := [f"{layer}/{name}" for layer, arrays in left.items() for name, _ in arrays]:
        raise ValueError(f"the weights {shown(unused)} belong to no layer of the model.")


def place(model: Any, weights: Mapping[str, Mapping[str, Array]]) -> None:
    """Set the weights of a model with inner models, whose layers may be called alike, or raise a ValueError."""
    if not any("/" in layer for layer in weights):
        return
    leaves = dict(leaves_of(model.written))
    for path, arrays in weights.items():
        if arrays and path not in leaves:
            raise ValueError(f"the weights {shown([*arrays])} belong to {path!r}, which the model has not.")
        assign(leaves[path].parameters if arrays else [], [*arrays.values()], f"layer '{path}'")


# ---- the optimizer --------------------------------------------------------------------------------------------------


def set_optimizer(optimizer: Optimizer, parameters: Sequence[Parameter], kept: Sequence[Array]) -> None:
    """Set what an optimizer keeps, or raise a ValueError: the count, the learning rate, the slots of the parameters."""
    if not fits(optimizer, parameters, kept):
        shapes = [array.shape for array in kept]
        raise ValueError(f"{optimizer.name} keeps other numbers than those of the shapes {shapes} in the file.")
    alone = len(optimizer.variables_of([])) == len(kept)
    if not alone:
        optimizer.build(parameters)
    for variable, array in zip(optimizer.variables_of([] if alone else parameters), kept, strict=True):
        variable.assign(array)


def fits(optimizer: Optimizer, parameters: Sequence[Parameter], kept: Sequence[Array]) -> bool:
    """Return whether an optimizer keeps numbers of these shapes, with the parameters' slots or before it has any."""
    before = [variable.shape for variable in optimizer.variables_of([])]
    slots = [parameter.shape for _, parameter in optimizer.slots_of(parameters)]
    return [array.shape for array in kept] in (before, [*before, *slots, *[()] * len(optimizer.derived)])


# ---- random numbers -------------------------------------------------------------------------------------------------


def random_state(model: Whole, by_number: bool = False) -> dict[str, Any]:
    """Return where the random numbers of a model are: those of its shuffling, and of its layers.

    A model that has not been fitted would draw its shuffling from tinynet's generator: what it would draw next is
    looked up in a copy, so that saving changes nothing. Layers go by their names, or by their numbers.
    """
    state = model._state
    if state is None:
        bits = type(config.generator().bit_generator)()
        bits.state = config.generator().bit_generator.state
        state = new_state(np.random.Generator(bits))
    layers = {name: found for name, layer in leaves_of(model, by_number) if (found := _of(layer))}
    return {"shuffle": int(state[0]), "layers": layers}


def set_random_state(model: Whole, random: Mapping[str, Any], by_number: bool = False) -> None:
    """Put the random numbers of a model where `random_state` found them, or raise a ValueError."""
    if "shuffle" in random:
        state = np.array([_number("shuffle", random["shuffle"], 1, 2**64)], np.uint64)
        if model._state is None:
            model._state = state
        else:  # a training that is under way reads it where it is
            model._state[...] = state
    layers = dict(leaves_of(model, by_number))
    for name, found in random.get("layers", {}).items():
        if name not in layers:
            raise ValueError(f"there are random numbers of a layer {shown(name)}, which the model has not.")
        for attribute, state in found.items():
            if attribute in _COUNTS:
                setattr(layers[name], attribute, _number(f"{name}.{attribute}", state, -1, 2**63))
            elif config.is_generator(kept := vars(layers[name]).get(attribute)):
                kept.bit_generator.state = state


def _number(name: str, value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value < high:
        raise ValueError(f"expected `{name}` to be a whole number from {low} to below {high}. Received: {shown(value)}")
    return value


#: What layers that are written as kernels draw by.
_COUNTS = ("_stream", "_step", "_calls_on_tape")


def _of(layer: Layer) -> dict[str, Any]:
    """Return what a layer draws by: its stream and step, or NumPy's generators that a user's layer has."""
    found = {name: value for name, value in vars(layer).items() if name in _COUNTS and type(value) is int}
    states = {n: v.bit_generator.state for n, v in vars(layer).items() if config.is_generator(v)}
    return {**found, **states}

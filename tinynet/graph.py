"""Which layer takes what: a network as a list of calls, each after those whose values it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from tinynet._types import Shape
from tinynet.layers import Layer


class Call(NamedTuple):
    """One use of a layer.

    Attributes
    ----------
    layer : Layer
        The layer.
    takes : tuple of int
        The numbers of the values that it takes: the graph's inputs come first, then what each call gives.
    """

    layer: Layer
    takes: tuple[int, ...]


class Graph(NamedTuple):
    """The calls of a network, in an order in which they can be made.

    Attributes
    ----------
    inputs : tuple
        The shapes of one sample of each input.
    calls : tuple of Call
        The calls.
    outputs : tuple of int
        The numbers of the values that come out.
    """

    inputs: tuple[Shape, ...]
    calls: tuple[Call, ...]
    outputs: tuple[int, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, each once."""
        return tuple(dict.fromkeys(call.layer for call in self.calls))

    @property
    def is_stack(self) -> bool:
        """Whether each call takes what the one before gives, each of another layer: then there is no more to know."""
        behind_one_another = all(call.takes == (number,) for number, call in enumerate(self.calls))
        alone = len(self.inputs) == 1 and self.outputs == (len(self.calls),)
        return behind_one_another and alone and len(self.layers) == len(self.calls)

    def shapes(self, inputs: Sequence[Shape]) -> list[Shape]:
        """Return the shapes of all values for inputs of these shapes, the batch being None; raises if one is wrong."""
        found = [*inputs]
        for call in self.calls:
            taken = [found[number] for number in call.takes]
            found.append(call.layer.compute_output_shape(taken if call.layer.merges else taken[0]))  # type: ignore[arg-type]
        return found

    @property
    def uses(self) -> Counter[Layer]:
        """How often each layer is called."""
        return Counter(call.layer for call in self.calls)


def looking_up(calls: Sequence[Call], inputs: int = 1) -> list[tuple[Layer, int]]:
    """Return the layers that look samples up by their numbers, each with the input that it takes as it was given.

    Examples
    --------
    >>> from tinynet.layers import Dense, Embedding, Flatten
    >>> stack = [Flatten(name="flat"), Embedding(9, 2, name="words"), Dense(1)]
    >>> [(layer.name, number) for layer, number in looking_up(in_a_row(stack))]
    [('words', 0)]
    """
    found, given = [], {number: number for number in range(inputs)}
    for number, (layer, takes) in enumerate(calls, inputs):
        if len(takes) == 1 and takes[0] in given:
            if layer.does_nothing:
                given[number] = given[takes[0]]
            elif layer.index_limit is not None:
                found.append((layer, given[takes[0]]))
    return found


def leaving_out(calls: Sequence[Call], inputs: int, outputs: Sequence[int]) -> tuple[Layer, ...]:
    """Return the layers that leave out the steps where samples are 0, as an `Embedding` with ``mask_zero`` asks.

    Layers in between hand that on or, like Flatten, do not, as in Keras.

    Raises
    ------
    ValueError
        If it would have to count where tinynet does not: in another layer, in the loss, behind another first layer.
    """
    found, masked, first = [], set[int](), {layer for layer, _ in looking_up(calls, inputs)}
    elsewhere = set[int]()  # values of which other steps are padding than the samples' own
    for number, (layer, takes) in enumerate(calls, inputs):
        if layer.mask_zero:
            if layer not in first:
                raise ValueError(f"{layer.described}: `mask_zero` is for a layer that takes the samples themselves.")
            masked.add(number)
        elif not (masked | elsewhere).isdisjoint(takes):
            if layer.leaves_out and inputs == 1 and masked.issuperset(takes):
                found.append(layer)
            elif layer.whole or layer.leaves_out or (layer.replaces_padding and layer.supports_masking):
                raise ValueError(
                    f"{layer.described} would have to leave out padding, which it cannot here. Make the Embedding "
                    "without `mask_zero`."
                )
            elif (padded := layer.padded_like([n in masked for n in takes])) is not None:
                (masked if padded and elsewhere.isdisjoint(takes) else elsewhere).add(number)
    if not (masked | elsewhere).isdisjoint(outputs):
        raise ValueError(
            "The loss would have to leave out the steps that `mask_zero` says are padding, which tinynet does not. Put "
            "a pooling layer or Flatten behind the Embedding, or make it without `mask_zero`."
        )
    return tuple(found)


def side_by_side(shapes: Iterable[Shape]) -> int:
    """Return how many numbers samples of these shapes have together.

    Examples
    --------
    >>> side_by_side([(2, 3), (4,)])
    10
    """
    return sum(prod(axis or 0 for axis in shape) for shape in shapes)


def in_a_row(layers: Sequence[Layer]) -> list[Call]:
    """Return the calls of layers each of which takes what the one before gives."""
    return [Call(layer, (number,)) for number, layer in enumerate(layers)]


class Joins(NamedTuple):
    """What several inputs and outputs are called, in the order in which their numbers stand side by side.

    Attributes
    ----------
    inputs, outputs : tuple of str
        The names: of the layers, or the keys of the dict that they were given as.
    shapes : tuple
        The shapes of one sample of each input.
    by_key : bool
        Whether the inputs were given as a dict, so that a list has no order for them.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    by_key: bool = False

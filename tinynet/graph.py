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


class Padding(NamedTuple):
    """Where a network leaves out padding, as an `Embedding` with ``mask_zero`` and `Masking` ask.

    Attributes
    ----------
    layers : tuple of Layer
        Those that leave out steps.
    outputs : frozenset of int
        The numbers of the outputs of which the loss leaves out rows.
    value : float or None
        What all numbers of a step of the samples are that is padding; None where that is known of other values only.
    """

    layers: tuple[Layer, ...]
    outputs: frozenset[int]
    value: float | None


def padding_in(calls: Sequence[Call], inputs: int, outputs: Sequence[int]) -> Padding | None:
    """Return where a network leaves out padding, or None if no layer says that there is any.

    Layers in between hand that on or, like Flatten, do not, as in Keras.

    Raises
    ------
    ValueError
        If a layer would have to leave out steps that does not.
    """
    if all(layer.padding_value is None for layer, _ in calls):
        return None
    found, values = list[Layer](), set[float | None]()
    masked, given = set[int](), {0} if inputs == 1 else set[int]()
    for number, (layer, takes) in enumerate(calls, inputs):
        if layer.does_nothing and given.issuperset(takes):
            given.add(number)
        taken = [n in masked for n in takes]
        if layer.padding_value is not None:
            values.add(layer.padding_value if given.issuperset(takes) else None)
            masked.add(number)
        elif any(taken) and layer.takes_mask and not layer.told_of_padding:
            raise ValueError(
                f"{layer.described} takes a `mask`, which tinynet hands to its own layers, and to those of one input "
                "and no weights. Leave out padding by GlobalAveragePooling1D or in the loss, or make the Embedding "
                "without `mask_zero`, or no Masking."
            )
        elif any(taken) and layer.replaces_padding and layer.supports_masking:
            raise ValueError(
                f"{layer.described} would have to leave out padding, which it cannot here. Make the Embedding "
                "without `mask_zero`, or leave the Masking out."
            )
        elif any(taken):
            found.extend([layer] * layer.told_of_padding)
            if (alike := layer.padded_like(taken)) is not None:
                masked.add(number)
                values.update(() if alike else (None,))
    value = values.pop() if len(values) == 1 else None
    return Padding(tuple(found), frozenset(n for n, given in enumerate(outputs) if given in masked), value)


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

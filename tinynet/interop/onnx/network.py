"""What is written to an ONNX file, and read from one: layers, and which takes what."""

from __future__ import annotations

from typing import NamedTuple

from tinynet._types import Array, Shape
from tinynet.layers.base import Layer


class Call(NamedTuple):
    """One use of a layer.

    Attributes
    ----------
    layer : Layer
        The layer; one that was read is not built.
    takes : tuple of int
        The numbers of the values that it takes: the inputs come first, then what each call gives.
    leaves_out : bool
        Whether it leaves out padding: the zeros of the only input.
    weights : dict of str to ndarray
        The parameters of a layer that was read, by name.
    """

    layer: Layer
    takes: tuple[int, ...]
    leaves_out: bool = False
    weights: dict[str, Array] = {}  # noqa: RUF012  # never written to


class End(NamedTuple):
    """An input or an output.

    Attributes
    ----------
    name : str
        What it is called.
    shape : tuple of int or None, or None
        The shape of one sample, as far as it is known.
    number : int
        The number of the value.
    """

    name: str
    shape: Shape | None
    number: int


class Network(NamedTuple):
    """Calls between inputs and outputs.

    Attributes
    ----------
    name : str
        What it is called.
    dtype : str
        The float type that it takes and returns.
    inputs : list of End
        What it takes.
    calls : list of Call
        Each after those whose values it takes.
    outputs : list of End
        What it gives.
    """

    name: str
    dtype: str
    inputs: list[End]
    calls: list[Call]
    outputs: list[End]

"""What every layer takes by name, for type checkers: a misspelt argument is found before a program runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict


class OfOlder(TypedDict, total=False):
    """Keras 2's name of the shape."""

    batch_input_shape: Sequence[int | None] | None


class OfAll(OfOlder, total=False):
    """What all layers take."""

    name: str | None
    trainable: bool
    input_shape: Sequence[int | None] | None
    dtype: Any


class OfVectors(OfAll, total=False):
    """The same, and the length of vectors."""

    input_dim: int | None


class OfPenalized(OfAll, total=False):
    """The same, and a penalty on the output."""

    activity_regularizer: Any


class OfLayers(OfVectors, OfPenalized, total=False):
    """The arguments of `Layer`."""


class OfInputs(TypedDict, total=False):
    """What an input takes besides its shape: that by its older names."""

    name: str | None
    dtype: Any
    input_shape: Any
    batch_input_shape: Any
    input_dim: int | None
    trainable: bool


class OfInput(OfInputs, total=False):
    """The same for the function."""

    ragged: bool
    input_tensor: Any
    optional: bool

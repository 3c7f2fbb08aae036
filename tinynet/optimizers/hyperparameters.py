"""The numbers of an optimizer: attributes that can be set at any time and live in the vector that kernels read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._configurable import changes

if TYPE_CHECKING:
    from tinynet.optimizers.base import Optimizer


class Hyperparameter:
    """A number of at least 0.

    With a `slot`, that slot exists for every parameter only if the number is not 0 when the optimizer is made: the
    number may change later, but not from or to 0.
    """

    def __init__(self, slot: str | None = None) -> None:
        self.slot = slot

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        return self if optimizer is None else float(optimizer.numbers[optimizer.places[self.name]])

    def __set__(self, optimizer: Optimizer, value: Any) -> None:
        number = self.number(optimizer, value)
        if self.slot is not None and bool(number) != (self.slot in optimizer.slots):
            raise ValueError(
                f"{optimizer.name}: `{self.name}` cannot become {value!r}, because an optimizer's slots are fixed when "
                f"it is made, and these are {optimizer.slots}. Make a new one: "
                f"{type(optimizer).__name__}({self.name}={value!r})."
            )
        place = optimizer.places[self.name]
        before, optimizer.numbers[place] = float(optimizer.numbers[place]), number
        if isinstance(self, Flag) or bool(before) != bool(number):
            changes[0] += 1  # another formula may be in force, or clipping begin; a new rate changes nothing else

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number that the kernels read for a value, or raise if it cannot be one."""
        number = as_number(optimizer, self.name, value)
        if not number >= 0:
            raise ValueError(f"{optimizer.name}: `{self.name}` must be a number of at least 0. Received: {value!r}")
        return number


class Number(Hyperparameter):
    """Any number: what a user's formula takes."""

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number."""
        return as_number(optimizer, self.name, value)


class OptionalHyperparameter(Hyperparameter):
    """A number of at least 0, or None where it is not used: the kernels read that as 0."""

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        number = super().__get__(optimizer, owner)
        return None if number == 0.0 else number

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number, 0 for None."""
        return super().number(optimizer, 0.0 if value is None else value)


class Share(Hyperparameter):
    """A number in [0, 1], or in [0, 1) if not `closed`."""

    def __init__(self, slot: str | None = None, closed: bool = True) -> None:
        super().__init__(slot)
        self.closed = closed

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number, or raise if it is outside."""
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value <= 1:
            raise ValueError(f"{optimizer.name}: `{self.name}` must be a number between 0 and 1. Received: {value!r}")
        if not self.closed and value == 1:
            raise ValueError(f"{optimizer.name}: `{self.name}` must be below 1. Received: {value!r}")
        return float(value)


class Flag(Hyperparameter):
    """True or False, which the kernels read as 1 or 0."""

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        return self if optimizer is None else bool(optimizer.numbers[optimizer.places[self.name]])

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return 1 for what is true, 0 for what is not."""
        return float(bool(value))


def as_number(optimizer: Optimizer, name: str, value: Any) -> float:
    """Return a value as a float, or raise a TypeError."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{optimizer.name}: `{name}` must be a number. Received: {value!r}") from None

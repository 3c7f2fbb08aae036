"""The numbers of an optimizer: attributes that can be set at any time and live in the vector that kernels read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import shown
from tinynet._configurable import changes
from tinynet.optimizers.live import Rate
from tinynet.optimizers.rates import Schedule, set_rate

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
        slots = (*optimizer.slots, *optimizer.beside)
        if self.slot is not None and bool(number) != (self.slot in slots):
            raise ValueError(
                f"{optimizer.name}: `{self.name}` cannot become {value!r}, because an optimizer's slots are fixed when "
                f"it is made, and these are {slots}. Make a new one: {type(optimizer).__name__}({self.name}={value!r})."
            )
        place = optimizer.places[self.name]
        before, optimizer.numbers[place] = float(optimizer.numbers[place]), number
        if isinstance(self, Flag) or bool(before) != bool(number):
            changes[0] += 1  # another formula may be in force, or clipping begin; a new rate changes nothing else

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number that the kernels read for a value, or raise if it cannot be one."""
        number = as_number(optimizer, self.name, value)
        if not 0 <= number < np.inf:
            raise ValueError(
                f"{optimizer.name}: `{self.name}` must be a number of at least 0, and finite. Received: {shown(value)}"
            )
        return number


class LearningRate(Hyperparameter):
    """The learning rate, which comes with the methods of a Keras variable, or follows a schedule.

    With Keras 2's `decay` it is the first step's rate, of which those of the others are made.
    """

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        if optimizer is None:
            return self
        if not optimizer.stepping:  # while a step is made, the rate is that step's
            set_rate(optimizer)
        falls = optimizer._decay and not optimizer.stepping and optimizer.schedule is not None
        rate = Rate(
            optimizer.schedule.given.initial_learning_rate  # type: ignore[union-attr]
            if falls
            else optimizer.numbers[optimizer.places[self.name]]
        )
        rate._set = partial(self.__set__, optimizer)
        return rate

    def __set__(self, optimizer: Optimizer, value: Any) -> None:
        if optimizer._decay:
            from tinynet.optimizers.schedules import InverseTimeDecay

            falling = InverseTimeDecay(self.number(optimizer, value), 1, optimizer._decay)
            optimizer.schedule = Schedule(optimizer.name, falling)
        elif callable(value) and np.ndim(value) == 0:
            optimizer.schedule = Schedule(optimizer.name, value)
        elif optimizer.schedule is not None:
            raise TypeError(
                f"{optimizer.name}: This optimizer was created with a `LearningRateSchedule` object as its "
                f"`learning_rate` constructor argument, {shown(optimizer.schedule.given)}, hence its learning rate is "
                f"not settable. Make it with a number, or give it another schedule. Received: {shown(value)}"
            )
        else:
            super().__set__(optimizer, value)

    @staticmethod
    def decay_of(optimizer: Optimizer, value: Any) -> float:
        """Return `decay` as a number of at least 0, or raise a TypeError or ValueError."""
        number = as_number(optimizer, "decay", value)
        if not 0 <= number < np.inf:
            raise ValueError(f"{optimizer.name}: `decay` must be a number of at least 0. Received: {shown(value)}")
        return number


class Decay:
    """Keras 2's `decay`, with the methods of a Keras variable: the rate falls by another one from the next step on."""

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        if optimizer is None:  # asked for by the class
            return self
        decay = Rate(optimizer._decay)
        decay._set = partial(self.__set__, optimizer)
        return decay

    def __set__(self, optimizer: Optimizer, value: Any) -> None:
        number = LearningRate.decay_of(optimizer, value)
        if optimizer.schedule is not None and not optimizer._decay:
            raise ValueError(
                f"{optimizer.name}: `decay` is for a learning rate that is a number. This one follows "
                f"{shown(optimizer.schedule.given)}. Received: decay={shown(value)}"
            )
        rate = float(optimizer.learning_rate)
        optimizer._decay, optimizer.schedule = number, None
        optimizer.learning_rate = rate


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


class OptionalCount(OptionalHyperparameter):
    """A whole number of at least `least`, or None where it is not used."""

    def __init__(self, least: int, slot: str | None = None) -> None:
        super().__init__(slot)
        self.least = least

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        number = super().__get__(optimizer, owner)
        return int(number) if isinstance(number, float) else number

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number, 0 for None."""
        if value is None:
            return 0.0
        number = as_number(optimizer, self.name, value)
        if not self.least <= number < 2**53 or number != int(number):
            raise ValueError(
                f"{optimizer.name}: `{self.name}` must be an integer >= {self.least} or None. Received: "
                f"{self.name}={shown(value)}"
            )
        return number


class Share(Hyperparameter):
    """A number in [0, 1], or in [0, 1) if not `closed`."""

    def __init__(self, slot: str | None = None, closed: bool = True) -> None:
        super().__init__(slot)
        self.closed = closed

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number, or raise if it is outside."""
        number = as_number(optimizer, self.name, value)
        if not 0 <= number <= 1:
            raise ValueError(
                f"{optimizer.name}: `{self.name}` must be a float between [0, 1]. Received: {shown(value)}"
            )
        if not self.closed and number == 1:
            raise ValueError(f"{optimizer.name}: `{self.name}` must be below 1. Received: {shown(value)}")
        return number


class Flag(Hyperparameter):
    """True or False, which the kernels read as 1 or 0."""

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        return self if optimizer is None else bool(optimizer.numbers[optimizer.places[self.name]])

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return 1 for what is true, 0 for what is not."""
        if not isinstance(value, (bool, np.bool_, int, float)) or not 0 <= value <= 1:
            raise TypeError(f"{optimizer.name}: `{self.name}` must be True or False. Received: {shown(value)}")
        return float(bool(value))


def as_number(optimizer: Optimizer, name: str, value: Any) -> float:
    """Return a single real number as a float, or raise a TypeError. A word is none, even if it spells one."""
    try:
        if isinstance(value, (bool, np.bool_, str, bytes, bytearray)) or np.ndim(value):
            raise TypeError
        return float(value) + 0.0  # which makes 0 of -0
    except (TypeError, ValueError):
        raise TypeError(f"{optimizer.name}: `{name}` must be a number. Received: {shown(value)}") from None
    except OverflowError:
        raise ValueError(f"{optimizer.name}: `{name}` is too large a number. Received: {shown(value)}") from None


def slots_for(optimizer: Optimizer, **given: Any) -> tuple[str, ...]:
    """Return the slots that exist because these numbers are not 0, in their order."""
    kinds = [(getattr(type(optimizer), name), value) for name, value in given.items()]
    return tuple(kind.slot for kind, value in kinds if kind.number(optimizer, value))

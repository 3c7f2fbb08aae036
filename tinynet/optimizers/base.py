"""What every optimizer has: a learning rate, clipping, weight decay, and slots beside the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import kernels
from tinynet._arguments import Configurable, refuse_unknown
from tinynet._names import snake_case
from tinynet.kernels import _codes as codes
from tinynet.memory import Parameter, Slots, runs, segments

Array = NDArray[Any]


class Hyperparameter:
    """A number of an optimizer that can be set at any time; it lives in the vector that the kernels read.

    A `slot` is kept for each parameter where the number is not 0, which is settled when the optimizer is made: the
    number may change, but not from or to 0.
    """

    def __init__(self, index: int, slot: str | None = None) -> None:
        self.index, self.slot = index, slot

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        return self if optimizer is None else float(optimizer.hyper[self.index])

    def __set__(self, optimizer: Optimizer, value: Any) -> None:
        number = self.number(optimizer, value)
        if self.slot is not None and bool(number) != (self.slot in optimizer.slots):
            raise ValueError(
                f"{optimizer.name}: `{self.name}` cannot become {value!r}, because what the optimizer keeps for each "
                f"parameter was settled when it was made: {optimizer.slots}. Make a new one: "
                f"{type(optimizer).__name__}({self.name}={value!r})."
            )
        optimizer.hyper[self.index] = number

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number that the kernels read for a value, or raise if it cannot be one."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"{optimizer.name}: `{self.name}` must be a number. Received: {value!r}") from None
        if not number >= 0:
            raise ValueError(f"{optimizer.name}: `{self.name}` must be a number of at least 0. Received: {value!r}")
        return number


class OptionalHyperparameter(Hyperparameter):
    """The same, where None means that it is not used: the kernels read it as 0."""

    def __get__(self, optimizer: Optimizer | None, owner: type) -> Any:
        number = super().__get__(optimizer, owner)
        return None if number == 0.0 else number

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return the number, 0 for None."""
        return super().number(optimizer, 0.0 if value is None else value)


class Share(Hyperparameter):
    """A number in [0, 1], or in [0, 1) if not `closed`."""

    def __init__(self, index: int, slot: str | None = None, closed: bool = True) -> None:
        super().__init__(index, slot)
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
        return self if optimizer is None else bool(optimizer.hyper[self.index])

    def number(self, optimizer: Optimizer, value: Any) -> float:
        """Return 1 for what is true, 0 for what is not."""
        return float(bool(value))


class Optimizer(Configurable):
    """Base class of optimizers; subclass it to write your own.

    Before each update gradients are clipped (by the first given of `clipnorm`, `global_clipnorm`, `clipvalue`) and
    weights decayed; then every trainable parameter is updated.

    Parameters
    ----------
    learning_rate : float
        Length of a step; can be set while training. `lr` is the older name.
    weight_decay : float, optional
        Each step also takes weight·weight_decay·learning_rate off every weight.
    clipnorm : float, optional
        Each parameter's gradient is shortened to at most this norm.
    clipvalue : float, optional
        Each gradient's entries are cut to ±clipvalue.
    global_clipnorm : float, optional
        All gradients together are shortened to at most this norm.
    name : str, optional
        Default: the class's name in snake case.

    Attributes
    ----------
    iterations : int
        Number of updates made so far.
    slots : tuple of str
        Names of the accumulators kept for every parameter; a subclass sets it.

    Examples
    --------
    A user's own optimizer: Nadam (Dozat, "Incorporating Nesterov Momentum into Adam", 2016), in its plain form.

    >>> class Nadam(Optimizer):
    ...     slots = ("m", "v")
    ...
    ...     def update(self, w, dw, slots, step):
    ...         m, v = slots
    ...         m += 0.1 * (dw - m)
    ...         v += 0.001 * (dw**2 - v)
    ...         ahead = 0.9 * m / (1 - 0.9 ** (step + 1)) + 0.1 * dw / (1 - 0.9**step)
    ...         w -= self.learning_rate * ahead / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1)])
    >>> model.compile(Nadam(0.1), "mse")
    >>> history = model.fit(np.eye(4), np.arange(4.0), epochs=2, verbose=0)
    >>> history.history["loss"][1] < history.history["loss"][0]
    True
    """

    code: int | None = None
    slots: tuple[str, ...] = ()
    _other_names = ("lr",)

    learning_rate = Hyperparameter(codes.LEARNING_RATE)
    weight_decay = OptionalHyperparameter(codes.WEIGHT_DECAY)
    clipnorm = OptionalHyperparameter(codes.CLIPNORM)
    clipvalue = OptionalHyperparameter(codes.CLIPVALUE)
    global_clipnorm = OptionalHyperparameter(codes.GLOBAL_CLIPNORM)

    def __init__(
        self,
        learning_rate: float = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        *,
        lr: float | None = None,
        **unknown: Any,
    ) -> None:
        refuse_unknown(type(self), unknown)
        self.name = name or snake_case(type(self).__name__)
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {k: v for k, v in clips.items() if v is not None}
        if len(given) > 1:
            raise ValueError(f"{self.name}: only one of {', '.join(clips)} can be set. Received: {given}")
        #: The numbers that the kernels read, by the indices in `kernels._codes`.
        self.hyper = np.zeros(codes.HYPERPARAMETERS)
        self.learning_rate = learning_rate if lr is None else lr
        self.weight_decay, self.clipnorm, self.clipvalue = weight_decay, clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.counter = np.zeros(1, np.int64)
        self.accumulators = Slots(len(self.slots))

    @property
    def lr(self) -> float:
        """The learning rate, by its older name."""
        return float(self.learning_rate)

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    @property
    def iterations(self) -> int:
        """Number of updates made so far, over all fits."""
        return int(self.counter[0])

    def update(self, w: Array, dw: Array, slots: Array, step: int) -> None:
        """Update the parameter `w` in place from its gradient `dw`.

        Parameters
        ----------
        w, dw : ndarray
            A parameter and its (clipped) gradient.
        slots : ndarray of shape (number of slots, *w.shape)
            The parameter's accumulators, zero at first; to be written in place.
        step : int
            Number of this update, from 1.
        """
        raise TypeError(f"{type(self).__name__} must define `update(self, w, dw, slots, step)`.")

    def apply(self, parameters: Sequence[Parameter]) -> None:
        """Make one update of `parameters` from the gradients in their memory: what the layer loop calls."""
        self.counter[0] += 1
        if not parameters:
            return
        memory = parameters[0].memory
        kernels.clip_gradients(memory.gradients, segments(parameters), self.hyper)
        self.step(parameters, memory.parameters, memory.gradients)

    def step(self, parameters: Sequence[Parameter], w: Array, dw: Array) -> None:
        """Decay the weights and call `update` for each parameter; the built-in optimizers take whole runs at once."""
        for parameter in parameters:
            if self.weight_decay is not None:
                parameter.value -= parameter.value * (self.weight_decay * self.learning_rate)
            self.update(parameter.value, parameter.gradient, self.accumulators.of(parameter), self.iterations)

    def check_own(self, parameters: Sequence[Parameter]) -> None:
        """Raise a ValueError if the optimizer has trained other parameters, and none of these."""
        if not self.accumulators.may_serve(parameters):
            raise ValueError(
                f"Optimizer '{self.name}' has trained another model, whose accumulators it holds. Compile each model "
                f"with an optimizer object of its own: model.compile({type(self).__name__}(...), ...)."
            )

    def variable_count(self, parameters: Sequence[Parameter]) -> int:
        """Return how many numbers the optimizer keeps: step count, learning rate, and the slots."""
        return 2 + len(self.slots) * sum(p.size for p in parameters)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, learning_rate={self.learning_rate}>"


class BuiltinOptimizer(Optimizer):
    """An optimizer whose formulas are kernels."""

    code: int

    def step(self, parameters: Sequence[Parameter], w: Array, dw: Array) -> None:
        """Update whole runs of parameters at once."""
        if type(self).update is not Optimizer.update:  # a user's variant
            super().step(parameters, w, dw)
            return
        slots = self.accumulators.laid_out(parameters[0].memory)
        last = len(slots) - 1
        for start, stop in runs(parameters):
            of = slice(start, stop)
            kernels.update_parameters(
                self.code,
                w[of],
                dw[of],
                slots[0, of],
                slots[min(1, last), of],
                slots[last, of],
                self.hyper,
                self.iterations,
            )

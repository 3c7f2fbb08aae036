"""What every optimizer has: a learning rate, clipping, weight decay, and slots beside the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, Unpack

import numpy as np

from tinynet._arguments import checked
from tinynet._configurable import refuse_unknown
from tinynet._names import own_name, snake_case
from tinynet._types import Array
from tinynet.kernels import clipping, maps
from tinynet.kernels.machine.jit import arguments_of
from tinynet.memory import Parameter, Slots
from tinynet.optimizers.by_python import check_returned, update_each
from tinynet.optimizers.definition import define
from tinynet.optimizers.hyperparameters import (
    Flag,
    LearningRate,
    OptionalCount,
    OptionalHyperparameter,
    Share,
    slots_for,
)
from tinynet.optimizers.keras_forms import KerasForms
from tinynet.optimizers.keywords import OfOlder
from tinynet.optimizers.rates import Schedule
from tinynet.optimizers.updating import by_own_apply, kernel_calls, update
from tinynet.parts import formulas_in, written_in_python


class Optimizer(KerasForms):
    """Base class of optimizers; subclass it to write your own.

    Before each update gradients are clipped (by the first given of `clipnorm`, `global_clipnorm`, `clipvalue`) and
    weights decayed; then every trainable parameter is updated. There are two ways to write the update. With `formulas`,
    as tinynet's own are written, it runs in the compiled loop. With the method `update` in plain NumPy it runs in the
    layer loop.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or function
        Length of a step; can be set while training. A schedule (see `optimizers.schedules`) or
        a function, with or without the number of the step as its argument, is asked in each step.
    weight_decay : float, optional
        In each step weight·weight_decay·learning_rate is also subtracted from every weight.
    clipnorm : float, optional
        Each parameter's gradient is shortened to at most this norm.
    clipvalue : float, optional
        Each gradient's entries are clipped to ±clipvalue.
    global_clipnorm : float, optional
        All gradients together are shortened to at most this norm.
    use_ema : bool, default False
        Keep a running mean of the weights, ``average ← ema_momentum·average + (1 - ema_momentum)·w`` after each batch,
        beginning at the first update's weights. `fit` ends with the averages as the weights.
    ema_momentum : float in [0, 1], default 0.99
        How slowly the averages forget.
    ema_overwrite_frequency : int, optional
        Every so many updates the averages become the weights.
    loss_scale_factor : float, optional
        `apply_gradients` divides gradients by it, which come from a loss that was multiplied by it (`scale_loss`).
        `fit` does not scale its loss.
    gradient_accumulation_steps : int, optional
        Make an update of the mean gradient of so many batches, instead of one in each batch.
    name : str, optional
        Default: the class's name in snake case.
    decay : float, default 0
        Keras 2's: step t, counted from 0, is of length ``learning_rate / (1 + decay·t)``. The learning rate that is
        read and set is the first step's.

    Attributes
    ----------
    iterations : int
        Number of updates made so far.
    slots : tuple of str
        Names of the accumulators kept for every parameter.
    starts : dict of str to float or str
        What a slot starts at, if not 0: a number, or the name of an attribute.
    formulas : tuple of formulas
        Of (w, g, its slots …, its numbers …), returning the new (w, slots …), or w alone without slots. Numbers are
        attributes, by name; `step` counts from 1. Where there are several, the property `formula` chooses.
    rates : dict of str to formula
        Numbers that are computed once a step, in float64, by a formula of other numbers and `step`.
    words : tuple of Told
        What the trace says of the formula in force.

    Examples
    --------
    An optimizer in plain NumPy: AdaBelief (Zhuang et al., 2020): long steps where gradients are as expected.

    >>> class AdaBelief(Optimizer):
    ...     slots = ("m", "s")
    ...
    ...     def update(self, w, dw, slots, step):
    ...         m, s = slots
    ...         m += 0.1 * (dw - m)
    ...         s += 0.001 * ((dw - m) ** 2 - s) + 1e-16
    ...         w -= self.learning_rate * m / (1 - 0.9**step) / (np.sqrt(s / (1 - 0.999**step)) + 1e-16)
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1)])
    >>> model.compile(AdaBelief(0.1), "mse")
    >>> history = model.fit(np.eye(4), np.arange(4.0), epochs=2, verbose=0)
    >>> history.history["loss"][1] < history.history["loss"][0]
    True
    """

    slots: tuple[str, ...] = ()
    starts: ClassVar[Mapping[str, float | str]] = {}
    formulas: ClassVar[tuple[Any, ...]] = ()
    rates: ClassVar[Mapping[str, Any]] = {}
    words: Any = ()
    #: The step, as a template, where the paper writes it otherwise than the words: what comes out differs by ε alone.
    published: str = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    #: Where each number is in the vector `numbers`; the first are the same for all (see `kernels.clipping`).
    places: ClassVar[dict[str, int]] = {name: place for place, name in enumerate(clipping.NUMBERS)}
    #: Where the numbers of a user's formula start, if it says so.
    _defaults: ClassVar[dict[str, float]] = {}
    _other_names, _in_paths = ("decay",), True
    name = "optimizer"
    #: The numbers that kernels read, by `places`.
    numbers: Array
    #: What the learning rate follows, if it is not a number.
    schedule: Schedule | None = None
    #: Whether a step is being made in Python.
    stepping = False

    learning_rate = LearningRate()
    weight_decay = OptionalHyperparameter()
    clipnorm = OptionalHyperparameter()
    clipvalue = OptionalHyperparameter()
    global_clipnorm = OptionalHyperparameter()
    use_ema = Flag(slot="average")
    ema_momentum = Share()
    ema_overwrite_frequency = OptionalCount(1)
    loss_scale_factor = OptionalHyperparameter()
    gradient_accumulation_steps = OptionalCount(2, slot="gradient_accumulator")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        define(cls, Optimizer)

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Make room for the numbers, so that a subclass may set them before it calls its base."""
        self = super().__new__(cls)
        self.name = snake_case(cls.__name__)
        self.numbers = np.zeros(len(cls.places))
        for name, value in cls._defaults.items():
            self.numbers[cls.places[name]] = value
        return self

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        *,
        decay: float = 0.0,
        **unknown: Unpack[OfOlder],
    ) -> None:
        self.name = own_name(type(self).__name__, name, in_paths=True) or self.name
        refuse_unknown(type(self), unknown)
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {k: v for k, v in clips.items() if v is not None}
        if len(given) > 1:
            raise ValueError(
                f"{self.name}: Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: {given}"
            )
        self._decay = LearningRate.decay_of(self, decay)
        self.learning_rate = learning_rate
        self.weight_decay, self.clipnorm, self.clipvalue = weight_decay, clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.beside = slots_for(self, use_ema=use_ema, gradient_accumulation_steps=gradient_accumulation_steps)
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        self.loss_scale_factor, self.gradient_accumulation_steps = loss_scale_factor, gradient_accumulation_steps
        self.counter = np.zeros(1, np.int64)
        own = [self.starts.get(slot, 0.0) for slot in self.slots]
        starts = [float(getattr(self, s)) if isinstance(s, str) else s for s in own]
        self.accumulators = Slots([*starts, *(None if slot == "average" else 0.0 for slot in self.beside)])

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.places:
            object.__setattr__(self, name, value)  # a `Hyperparameter`, which says itself what it changes
        else:
            super().__setattr__(name, value)

    # ---- the compiled form ------------------------------------------------------------------------------------------

    @property
    def compiles(self) -> bool:
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", ("update", "step", "apply"))

    @property
    def formula(self) -> Any:
        """The formula in force; where a class has several, it chooses here."""
        return formulas_in(self)[0]

    @property
    def kernel(self) -> Any:
        """The loop over the formula: (w, g, slots, stride, numbers, step)."""
        return maps.update_of(self.formula, len(self.slots), self.places, self.rates)

    @property
    def clips(self) -> bool:
        """Whether gradients are clipped."""
        return bool(self.clipnorm or self.global_clipnorm or self.clipvalue)

    def numbers_by_name(self) -> dict[str, float]:
        """Return the numbers that a formula may take and that are not computed once a step."""
        numbers = {name: float(self.numbers[place]) for name, place in self.places.items()}
        return {**numbers, "step": float(self.iterations)}

    def constants(self) -> dict[str, float]:
        """Return every number of the formula by name, as they are in the present step, or before it in the first."""
        numbers = {**self.numbers_by_name(), "step": float(max(1, self.iterations))}
        for name, rate in self.rates.items():
            numbers[name] = float(rate(*(numbers[n] for n in arguments_of(rate))))
        return numbers

    # ---- in Python --------------------------------------------------------------------------------------------------

    def update(self, w: Array, dw: Array, slots: Array, step: int) -> Any:
        """Update the parameter `w` from its gradient `dw`: in place, or by what is returned.

        Parameters
        ----------
        w, dw : ndarray
            A parameter and its (clipped) gradient.
        slots : ndarray of shape (number of slots, *w.shape)
            The parameter's accumulators, to be written in place or returned.
        step : int
            Number of this update, from 1.

        Returns
        -------
        None, ndarray or tuple
            Nothing if `w` was written to; else the new weights, or (weights, one array for each slot).
        """
        raise TypeError(f"{type(self).__name__} must define `update(self, w, dw, slots, step)`.")

    def advance(self, parameters: Sequence[Parameter]) -> None:
        """Make one update by `apply`, which a user may have written: what the layer loop calls."""
        (update if type(self).apply is Optimizer.apply else by_own_apply)(self, parameters)

    @checked
    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Parameter] | None = None) -> None:
        """Make one update of parameters from the gradients in their memory: ``apply(parameters)``.

        Keras's form, ``apply(grads, variables)``, is `apply_gradients`; without variables the gradients are those of
        the parameters that the optimizer was built for. The weights, the slots and the count change all together, or
        not at all if something is raised meanwhile.
        """
        if trainable_variables is None and all(isinstance(one, Parameter) for one in grads):
            update(self, grads)
        else:
            self.apply_given(grads, trainable_variables)

    def step(self, parameters: Sequence[Parameter], w: Array, dw: Array) -> None:
        """Decay the weights and update them: whole runs at once by the formula, or each parameter by `update`."""
        if self.compiles:
            for kernel, *given in kernel_calls(self, parameters, w, dw, self.iterations):
                kernel(*given)
            return
        update_each(self, parameters)

    # ---- which model it trains --------------------------------------------------------------------------------------

    @checked
    def check_own(self, parameters: Sequence[Parameter]) -> None:
        """Raise if the optimizer has trained other parameters, and none of these, or its formula cannot be right."""
        if self.compiles:
            check_returned(self.formula, type(self).__name__, self.slots)
        if not self.accumulators.may_serve(parameters):
            raise ValueError(
                f"Optimizer '{self.name}' has trained another model, whose accumulators it holds. Compile each model "
                f"with an optimizer object of its own: model.compile({type(self).__name__}(...), ...)."
            )

    @checked
    def variable_count(self, parameters: Sequence[Parameter]) -> int:
        """Return how many numbers the optimizer keeps: step count, learning rate, and the slots."""
        rate = 1 if self.schedule is None else 0
        return 1 + rate + len(self.derived) + self.accumulators.count * sum(p.size for p in parameters)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, learning_rate={self.learning_rate}>"

"""What programs written for Keras ask of an optimizer besides training: its variables, and steps of their own.

Source: https://github.com/keras-team/keras/blob/master/keras/src/optimizers/base_optimizer.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from tinynet._arguments import checked, numbers, shown
from tinynet._configurable import Configurable, configuration
from tinynet._types import Array
from tinynet.kernels import clipping
from tinynet.kernels.machine.jit import arguments_of
from tinynet.memory import Memory, Parameter
from tinynet.optimizers.beside import Beside
from tinynet.optimizers.hyperparameters import Decay
from tinynet.optimizers.live import Count
from tinynet.optimizers.rates import Schedule

if TYPE_CHECKING:
    from tinynet.metrics.variable import Variable


class KerasForms(Beside, Configurable):
    """The methods of an optimizer that training does not need."""

    numbers: Array
    schedule: Schedule | None
    learning_rate: Any
    _decay = 0.0
    #: How fast the learning rate falls, as Keras 2 counts it.
    decay = Decay()
    apply: Callable[[Sequence[Parameter]], None]
    check_own: Callable[[Sequence[Parameter]], None]
    numbers_by_name: Callable[[], dict[str, float]]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an optimizer again, without its slots; Keras reads them as well."""
        config = super().get_config()
        if self.schedule is not None:
            config["learning_rate"] = self.schedule.given
            if self.schedule.looks_ahead:
                from tinynet.optimizers import schedules

                config["learning_rate"] = schedules.serialize(self.schedule.given)
        elif "learning_rate" in config:
            config["learning_rate"] = float(config["learning_rate"])
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Make an optimizer from what `get_config` returned; `custom_objects` are a user's own schedules, by name."""
        given = dict(configuration(cls, config))
        if isinstance(given.get("learning_rate"), dict):
            from tinynet.optimizers import schedules

            given["learning_rate"] = schedules.deserialize(given["learning_rate"], custom_objects)
        return cls(**given)

    @property
    def lr(self) -> float:
        """The learning rate, by its older name."""
        rate: float = self.learning_rate
        return rate

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    @property
    def iterations(self) -> Count:
        """Number of updates made so far, over all fits; with gradients accumulated there are more batches."""
        count = Count(self.counter[0] // self.batches_an_update)
        count._set = self._count_from
        return count

    def _count_from(self, value: Any) -> None:
        if isinstance(value, bool) or int(value) != value or value < 0:
            raise ValueError(
                f"{self.name}: `iterations` must be a whole number of at least 0. Received: {shown(value)}"
            )
        self.counter[0] = int(value) * self.batches_an_update

    #: Slots that Keras makes parameter by parameter; it makes all other slots one after the other.
    made_together: ClassVar[tuple[str, ...]] = ()
    #: What Keras keeps after the slots and here is computed, by a formula of other numbers and the step: assigning to
    #: it changes nothing.
    derived: ClassVar[Mapping[str, Any]] = {}

    @property
    def variables(self) -> list[Variable]:
        """Everything that the optimizer keeps, in Keras's order: the count, the learning rate, the slots.

        They are views: `assign` changes what the next step uses. There are slots from `build` or the first step on.
        """
        return self.variables_of(self.accumulators.parameters)

    @checked
    def variables_of(self, parameters: Sequence[Parameter]) -> list[Variable]:
        """Return the same with the slots of some parameters alone, which have slots already."""
        found = [self._variable("iteration", self.counter[:1].reshape(()))]
        if self.schedule is None:
            found.append(self._variable("learning_rate", self.numbers[:1].reshape(())))
        names = (*self.slots, *self.beside)
        for slot, parameter in self.slots_of(parameters):
            views = dict(zip(names, self.accumulators.of(parameter), strict=True))
            found.append(self._variable(f"{parameter.path.replace('/', '_')}_{slot}", views[slot]))
        if parameters:
            numbers = self.numbers_by_name()
            for name, formula in self.derived.items():
                value = formula(*(numbers[each] for each in arguments_of(formula)))
                found.append(self._variable(name, np.array(value, parameters[0].dtype)))
        return found

    @checked
    def slots_of(self, parameters: Sequence[Parameter]) -> list[tuple[str, Parameter]]:
        """Return what is kept of parameters in Keras's order, each with its parameter."""
        together = [slot for slot in self.slots if slot in self.made_together]
        singly = [[slot] for slot in self.slots if slot not in together]
        groups = [*([slot] for slot in self.beside), together, *singly]
        return [(slot, parameter) for slots in groups for parameter in parameters for slot in slots]

    @checked
    def apply_given(self, gradients: Sequence[Any], variables: Sequence[Parameter] | None) -> None:
        """Make an update from gradients of these parameters, or of those that the optimizer was built for."""
        known = self.accumulators.parameters if variables is None else list(variables)
        if variables is None and not known:
            raise ValueError(
                f"{self.name}: When passing `grads` without `variables`, the optimizer must already be built on a list "
                "of variables. Call `optimizer.build(trainable_variables)` first."
            )
        if len(known) != len(gradients):
            raise ValueError(
                f"{self.name}: expected as many gradients as variables, {len(known)}. Received: {len(gradients)}"
            )
        self.apply_gradients(zip(gradients, known, strict=True))

    @checked
    def build(self, variables: Sequence[Parameter]) -> None:
        """Make the slots for parameters, such as ``model.trainable_variables``; the first step does it by itself.

        Raises
        ------
        TypeError
            If they are no parameters.
        ValueError
            If the optimizer has trained others.
        """
        parameters = self._checked(variables)
        self.accumulators.laid_out(Memory.joined(parameters))

    @checked
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all `variables` from arrays, such as another optimizer's `variables`.

        Raises
        ------
        ValueError
            If their number or shapes are others. Then nothing is changed.
        """
        variables, arrays = self.variables, [numbers(self.name, "weights", w) for w in weights]
        if len(variables) < len(arrays) and not self.accumulators.parameters:
            raise ValueError(
                f"{self.name}: You are calling `set_weights()` on an optimizer that has not yet been built. Please "
                "call `optimizer.build(trainable_variables)` to create the optimizer weights before calling "
                "`set_weights()`."
            )
        wanted, found = [v.shape for v in variables], [a.shape for a in arrays]
        if wanted != found:
            raise ValueError(f"{self.name}: expected weights of the shapes {wanted}. Received: {found}")
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    @checked
    def minimize(self, loss: Any, var_list: Any, tape: Any = None, **options: Any) -> None:
        """Make one update that lowers a loss: Keras 2's, for programs with a ``tf.GradientTape``.

        Parameters
        ----------
        loss : tensor or callable
            What was computed along `tape`; or a function without arguments, which is called along one.
        var_list : list of Parameter, or callable
            What is trained; or a function that returns it, once the loss is computed.
        tape : GradientTape, optional
            The tape of a loss that was computed.

        Raises
        ------
        ValueError
            If a loss that was computed comes without its tape.
        """
        if callable(loss):
            with (tape := import_module("tinynet.runner.gradient_tape").GradientTape()):
                loss = loss()
        elif tape is None:
            raise ValueError(f"{type(self).__name__}: `tape` is required when a Tensor loss is passed to `minimize`.")
        if not callable(getattr(tape, "gradient", None)):
            raise TypeError(f"{self.name}: `tape` must be a GradientTape. Received: {shown(tape)}")
        found = var_list() if callable(var_list) else var_list
        listed = [*found] if isinstance(found, (list, tuple)) else [found]
        self.apply_gradients(zip(tape.gradient(loss, listed), listed, strict=True))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Parameter]]) -> None:
        """Make one update from gradients of one's own.

        Parameters
        ----------
        grads_and_vars : iterable of (array, Parameter)
            ``zip(gradients, model.trainable_variables)``. A gradient that is None leaves its parameter alone.

        Raises
        ------
        ValueError
            If there is no gradient, or one has another shape than its parameter. Then nothing is changed.
        TypeError
            If something is no parameter.

        Examples
        --------
        >>> from tinynet.memory import Parameter
        >>> from tinynet.optimizers import SGD
        >>> w = Parameter("w", np.array([1.0, 2.0]))
        >>> SGD(0.5).apply_gradients([([1.0, 1.0], w)])
        >>> w.numpy()
        array([0.5, 1.5])
        """
        if not isinstance(grads_and_vars, Iterable):
            raise TypeError(f"{self.name}: expected pairs (gradient, variable). Received: {shown(grads_and_vars)}")
        pairs = []
        for pair in grads_and_vars:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"{self.name}: expected pairs (gradient, variable). Received: {shown(pair)}")
            pairs.append(pair)
        free = [variable for _, variable in pairs if hasattr(variable, "lent")]  # a program's, of no layer
        parameters = self._checked([v.lent() if hasattr(v, "lent") else v for _, v in pairs])
        given = [
            (numbers(self.name, "a gradient", getattr(g, "value", g)), p)
            for (g, _), p in zip(pairs, parameters, strict=True)
            if g is not None
        ]
        if not given:
            raise ValueError(f"{self.name}: No gradients provided for any variable.")
        for gradient, parameter in given:
            if gradient.shape != parameter.shape:
                raise ValueError(
                    f"{self.name}: the gradient of '{parameter.path}' must have the parameter's shape "
                    f"{parameter.shape}. Received: shape {gradient.shape}"
                )
        if len(given) < len(pairs):
            missing = [p.path for (g, _), p in zip(pairs, parameters, strict=True) if g is None]
            warnings.warn(f"{self.name}: Gradients do not exist for variables {missing}.", UserWarning, stacklevel=2)
        trained = [parameter for _, parameter in given]
        Memory.joined(parameters)
        for gradient, parameter in given:
            parameter.gradient[...] = gradient if self.loss_scale_factor is None else gradient / self.loss_scale_factor
        self.apply(trained)
        for variable in free:
            variable.returned()

    @checked
    def clip_gradients(self, gradients: Sequence[Any]) -> list[Array]:
        """Return gradients as a step would clip them, as new arrays.

        Examples
        --------
        >>> from tinynet.optimizers import SGD
        >>> SGD(clipnorm=1.0).clip_gradients([np.array([3.0, 4.0])])
        [array([0.6, 0.8])]
        """
        arrays = [numbers(self.name, "gradients", gradient) for gradient in gradients]
        if any(a.dtype.kind not in "iuf" for a in arrays):
            raise TypeError(f"{self.name}: expected arrays of numbers as gradients. Received: {shown(gradients)}")
        dtype = np.result_type(np.float32, *arrays) if arrays else np.dtype("float32")
        flat = np.concatenate([np.empty(0), *(a.reshape(-1) for a in arrays)]).astype(dtype)
        stops = np.cumsum([0, *(a.size for a in arrays)])
        clipping.clip_gradients(flat, np.stack([stops[:-1], stops[1:]], axis=1).reshape(-1), self.numbers)
        return [flat[i:j].reshape(a.shape) for a, i, j in zip(arrays, stops, stops[1:], strict=False)]

    #: By Keras's name.
    _clip_gradients = clip_gradients

    def _checked(self, variables: Any) -> list[Parameter]:
        """Return the same, or raise a ValueError if the optimizer cannot train them."""
        if parameters := self._parameters(variables):
            self.check_own(parameters)
        return parameters

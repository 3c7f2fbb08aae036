"""What optimizers do beside their formula, whichever it is: averages of the weights, gradients of several batches."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked, cut, shown
from tinynet._types import Array
from tinynet._whole import at_once
from tinynet.kernels import clipping
from tinynet.memory import Parameter, Slots
from tinynet.optimizers.live import Count

if TYPE_CHECKING:
    from tinynet.metrics.variable import Variable


class Beside:
    """The part of `Optimizer` that knows what is kept besides a formula's slots, and what weight decay leaves alone."""

    name: str
    slots: tuple[str, ...]
    #: What is kept of every parameter besides `slots`, for all formulas alike.
    beside: tuple[str, ...] = ()
    numbers: Array
    counter: Array
    accumulators: Slots
    use_ema: Any
    loss_scale_factor: Any
    gradient_accumulation_steps: Any
    #: What weight decay leaves alone: parameters, and a pattern of names.
    undecayed: tuple[tuple[Parameter, ...], re.Pattern[str] | None] = (), None

    @property
    def _iterations(self) -> Count:
        """Keras's name for the number of batches so far."""
        return Count(self.counter[0])

    @property
    def batches_an_update(self) -> int:
        """How many batches' gradients make an update."""
        return int(self.numbers[clipping.ACCUMULATE]) or 1

    @checked
    def row_of(self, slot: str) -> int:
        """Return which of the accumulators has a name of those in `beside`."""
        if slot not in self.beside:
            raise ValueError(f"{self.name}: it keeps no {slot}, but {(*self.slots, *self.beside)}.")
        return len(self.slots) + self.beside.index(slot)

    def _variable(self, name: str, view: Array) -> Variable:
        """Return numbers of the optimizer as what Keras calls a variable: `assign` changes what the next step uses."""
        from tinynet.metrics.variable import Variable  # the same class, in a room that training does not need here

        made = Variable(0.0, name=f"{self.name}/{name}")
        made.value = view
        return made

    def _beside(self, slot: str) -> list[Variable]:
        row, parameters = self.row_of(slot), self.accumulators.parameters
        return [self._variable(f"{p.path.replace('/', '_')}_{slot}", self.accumulators.of(p)[row]) for p in parameters]

    @property
    def _model_variables_moving_average(self) -> list[Variable]:
        """Keras's name for the averages of the parameters."""
        return self._beside("average")

    @property
    def _accumulated_gradients(self) -> list[Variable]:
        """Keras's name for the sums of gradients."""
        return self._beside("gradient_accumulator")

    @checked
    def exclude_from_weight_decay(
        self, var_list: Sequence[Parameter] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Say which parameters `weight_decay` leaves alone, instead of what was said before.

        Parameters
        ----------
        var_list : list of Parameter, optional
            Such as ``model.layers[0].trainable_variables``.
        var_names : list of str, optional
            Parts of their names, or regular expressions: ``["bias"]``.

        Raises
        ------
        TypeError
            If they are no parameters, or no names.
        ValueError
            If a name is no regular expression.

        Examples
        --------
        >>> import numpy as np
        >>> from tinynet.memory import Parameter
        >>> from tinynet.optimizers import SGD
        >>> kernel, bias = Parameter("kernel", np.ones(1)), Parameter("bias", np.ones(1))
        >>> optimizer = SGD(0.5, weight_decay=0.5)
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        >>> optimizer.apply_gradients([([0.0], kernel), ([0.0], bias)])
        >>> kernel.numpy(), bias.numpy()
        (array([0.75]), array([1.]))
        """
        names = [] if var_names is None else list(var_names)
        if isinstance(var_names, str) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"{self.name}: `var_names` must be a list of names. Received: {shown(var_names)}")
        try:
            pattern = re.compile("|".join(names)) if names else None
        except re.error as error:
            raise ValueError(
                f"{self.name}: `var_names` must be regular expressions: {error}. Received: {names}"
            ) from None
        self.undecayed = tuple(self._parameters([] if var_list is None else var_list)), pattern

    @checked
    def kept_from_decay(self, parameters: Sequence[Parameter]) -> list[Parameter]:
        """Return those of the parameters that weight decay leaves alone."""
        listed, pattern = self.undecayed
        return [p for p in parameters if p in listed or (pattern is not None and pattern.search(p.name))]

    @checked
    def finalize_variable_values(self, var_list: Sequence[Parameter]) -> None:
        """Make the averages the parameters' values, if averages are kept (`use_ema`): what `fit` does at its end."""
        parameters = self._parameters(var_list)
        if self.use_ema:
            row, known = self.row_of("average"), self.accumulators.parameters
            averages = [(p, self.accumulators.of(p)[row]) for p in parameters if p in known]
            at_once([(operator.setitem, p.value, ..., average) for p, average in averages])

    def scale_loss(self, loss: Any) -> Any:
        """Return a loss times `loss_scale_factor`, for gradients that `apply_gradients` will divide by it."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _parameters(self, variables: Any) -> list[Parameter]:
        """Return variables as a list, or raise a TypeError unless all are parameters."""
        parameters = list(variables)
        for one in parameters:
            if not isinstance(one, Parameter):
                raise TypeError(
                    f"{self.name}: expected parameters, such as model.trainable_variables. Received: {cut(one)}, of "
                    f"type {type(one).__name__}. An update from gradients is "
                    "`optimizer.apply_gradients(zip(gradients, model.trainable_variables))`."
                )
        return parameters

"""What every regularizer has: two formulas of one weight, or two methods in plain NumPy."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from tinynet import answers
from tinynet._arguments import numbers, shown
from tinynet._configurable import Configurable, described
from tinynet._kinds import is_number
from tinynet._types import Array
from tinynet.kernels import maps
from tinynet.kernels.machine.jit import arguments_of
from tinynet.parts import Words, check_formulas, formulas_in, numbers_for, written_in_python


class Regularizer(Configurable):
    """Base class of penalties for large weights, or outputs; subclass it to write your own.

    A layer's ``kernel_regularizer=`` adds the penalty to the loss, and its slope to the kernel's gradient; its
    ``activity_regularizer=`` does so for the layer's output, divided by the number of samples in the batch. There are
    two ways to write one. With `formulas`, as tinynet's own are written, it runs in the compiled loop. With the method
    `__call__` in plain NumPy it runs in the layer loop; a tape finds its slopes, unless `gradient` returns them.

    Attributes
    ----------
    formulas : tuple of two formulas
        The penalty of one weight w, and its derivative. Further arguments are attributes of the class, by name. One of
        the name `batch_share` is what each row counts in the batch's loss, 1/rows as a rule: the loops set it. Such a
        penalty belongs to a training batch, and is no part of an evaluation.
    words : Words
        What the trace says of them.

    Notes
    -----
    Source of the names: https://keras.io/api/layers/regularizers/

    Examples
    --------
    A penalty in plain NumPy, for weights that are not near 1:

    >>> class NearOne(Regularizer):
    ...     def __call__(self, w):
    ...         return 0.01 * ((w - 1) ** 2).sum()
    >>> from tinynet.layers import Dense
    >>> Dense(2, kernel_regularizer=NearOne()).kernel_regularizer
    <NearOne>
    """

    formulas: ClassVar[tuple[Any, ...]] = ()
    words: ClassVar[Words]
    #: What each row counts in the batch's loss, for formulas that take it.
    batch_share = 1.0
    aliases: ClassVar[tuple[str, ...]] = ()
    #: Whether it is of a whole matrix, in NumPy, and no sum of what single weights cost.
    of_matrices: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_formulas(cls, ({"Scalar"}, {"Scalar"}), ("penalty(w)", "slope(w)"))
        if "__call__" in vars(cls) and "gradient" not in vars(cls):
            cls.gradient = _by_tape(vars(cls)["__call__"])  # type: ignore[method-assign]
        for method in {"__call__", "gradient"} & vars(cls).keys():
            setattr(cls, method, _checked(method, vars(cls)[method]))

    @property
    def compiles(self) -> bool:
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", ("__call__", "gradient"))

    @cached_property
    def kernel(self) -> Any:
        """The loop over the formulas: it adds the slopes to a gradient and returns the penalty."""
        return maps.penalty_of(*formulas_in(self))

    @cached_property
    def following(self) -> Any:
        """Whether a tape can follow a user's `__call__`: what is known of it."""
        from tinynet.tape import Following  # late: what only predicts never needs it

        return Following()

    @property
    def numbers(self) -> Array:
        """What the formulas take beyond w."""
        return numbers_for(self, 1)

    @property
    def share_place(self) -> int:
        """The place of `batch_share` among the numbers, or -1."""
        taken = arguments_of(self.formulas[0])[1:] if self.formulas else ()
        return taken.index("batch_share") if "batch_share" in taken else -1

    def tell_share(self, share: float) -> None:
        """Set `batch_share`, if the formulas take it."""
        if self.share_place >= 0:
            self.batch_share = share

    def __call__(self, w: Any) -> float:
        """Return the penalty of an array of weights."""
        weights = self._weights(w)
        return float(self.kernel(weights.reshape(-1), weights.reshape(-1)[:0], 0.0, self.numbers))

    def gradient(self, w: Array) -> Array:
        """Return the derivative of the penalty with respect to each weight."""
        weights = self._weights(w)
        slopes = np.zeros_like(weights)
        self.kernel(weights.reshape(-1), slopes.reshape(-1), 1.0, self.numbers)
        return slopes

    def _weights(self, w: Any) -> Array:
        """Return weights as the kernel takes them, or raise a TypeError."""
        if not self.formulas:
            raise TypeError(f"{type(self).__name__} must define `__call__(self, w)`.")
        weights = np.ascontiguousarray(numbers(type(self).__name__, "w", w)).reshape(np.shape(w))
        return weights if weights.dtype in (np.float32, np.float64) else weights.astype(np.float64)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name not in ("kernel", "following")}

    def __repr__(self) -> str:
        return described(self)


def _by_tape(penalty: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method `gradient` of a user's class that has `__call__` only, as Keras's have."""

    def gradient(self: Regularizer, w: Array) -> Array:
        """Return the derivative of the penalty with respect to each weight."""
        from tinynet.regularizers import on_tape  # late: what only predicts never needs it

        whose = f"Regularizer {type(self).__name__}: a `__call__` without `gradient`"
        return on_tape.gradient(whose, functools.partial(penalty, self), self.following, self, w)

    return gradient


def _checked(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a user's method that is given a copy of the weights, and what it returns looked at."""

    @functools.wraps(method)
    def checked(self: Regularizer, w: Any) -> Any:
        weights = np.array(w)
        returned = method(self, weights.copy())
        part = f"Regularizer {type(self).__name__}"
        if name == "__call__":
            return answers.number(part, name, returned)
        return answers.array(part, name, returned, weights.shape, weights.dtype, ", that of the weights")

    return checked


def checked_factor(regularizer: Regularizer, name: str, value: Any) -> float:
    """Return a penalty's factor as a number, or raise a ValueError."""
    if isinstance(value, bool) or not is_number(value) or not 0 <= value < 1e308:
        raise ValueError(
            f"{type(regularizer).__name__}: `{name}` must be a number of at least 0 (Invalid value for argument "
            f"{name}: expected a non-negative float). Received: {name}={shown(value)}"
        )
    return float(value)

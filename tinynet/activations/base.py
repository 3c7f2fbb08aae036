"""What every activation function has: two formulas, or two methods in plain NumPy."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np

from tinynet import answers, config
from tinynet._arguments import shown
from tinynet._configurable import Configurable, configuration
from tinynet._names import snake_case
from tinynet._signatures import arguments
from tinynet._types import Array
from tinynet.data.arrays import as_array, cast
from tinynet.kernels import maps
from tinynet.kernels.machine.jit import arguments_of
from tinynet.parts import Words, check_formulas, forget_inherited, formulas_in, numbers_for, written_in_python

_FLOATS = (np.dtype("float32"), np.dtype("float64"))


class ActivationFunction(Configurable):
    """Base class of activation functions; subclass it to write your own.

    There are two ways. With `formulas`, as tinynet's own are written, it trains in the compiled loop: see
    `tinynet.formulas`. With the methods `forward` and `backward` in plain NumPy it trains in the layer loop.

    Attributes
    ----------
    name : str
        Keras's name; default the class's name in snake case.
    aliases : tuple of str
        Other names.
    formulas : tuple of two formulas
        forward(z) and backward(a, da) of single numbers (`Scalar`) or, in place, of rows (`Row`). A derivative that
        cannot be written with the output a takes the sum as well: backward(z, a, da). Further arguments are attributes
        of the class, by name.
    words : Words
        What the trace says of them.

    Notes
    -----
    Source of the names: https://keras.io/api/layers/activations/

    Examples
    --------
    An activation in plain NumPy, z ↦ z/(1 + 2·|z|). The methods return the result, or write it to their last argument:

    >>> from tinynet.layers import Dense
    >>> class SoftHalf(ActivationFunction):
    ...     def forward(self, z):
    ...         return z / (1 + 2 * np.abs(z))
    ...     def backward(self, a, da):
    ...         return da * (1 - 2 * np.abs(a)) ** 2
    >>> Dense(2, activation=SoftHalf()).activation.name
    'soft_half'
    >>> SoftHalf()([0.5, -1.5])
    array([ 0.25 , -0.375], dtype=float32)
    """

    name: str = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    formulas: ClassVar[tuple[Any, ...]] = ()
    words: ClassVar[Words]
    #: What it is in ONNX, for the sum z: see `tinynet.interop.onnx.forms`.
    onnx: ClassVar[str | None] = None
    #: max(z, floor), where that is all the function does: a dense layer does it on the way.
    floor: ClassVar[float | None] = None
    #: The loop over the forward formula, where there is a faster one than `maps` makes.
    fast_forward: ClassVar[tuple[Any, ...]] = ()
    #: Whether the function leaves everything as it is.
    does_nothing: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        forget_inherited(cls, "formulas", {"fast_forward": (), "floor": None, "does_nothing": False})
        if "name" not in cls.__dict__:
            cls.name = snake_case(cls.__name__)
        own = cls.__dict__.get("formulas")
        takes_sums = isinstance(own, tuple) and len(own) == 2 and maps.takes_sums(own[1])
        backward, count = ("backward(z, a, da)", 3) if takes_sums else ("backward(a, da)", 2)
        given = {"Scalar", "Row"}, {" ".join([kind] * count) for kind in ("Scalar", "Row")}
        check_formulas(cls, given, ("forward(z)", backward))
        for method in {"forward", "backward"} & vars(cls).keys():
            setattr(cls, method, answers.in_place(vars(cls)[method], method, "Activation"))

    @property
    def compiles(self) -> bool:
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", ("forward", "backward"))

    @property
    def takes_sums(self) -> bool:
        """Whether the derivative needs the weighted sums besides the output."""
        return maps.takes_sums(self.formulas[1]) if self.compiles else "z" in arguments_of(type(self).backward)

    def backward_arguments(self, z: Any, a: Any, da: Any) -> tuple[Any, ...]:
        """Return what `backward` takes of the three: the sums only where the derivative needs them."""
        return (z, a, da) if self.takes_sums else (a, da)

    @property
    def numbers(self) -> Array:
        """What the formulas take beyond z, a and da."""
        return numbers_for(self, 1)

    @cached_property
    def kernels(self) -> tuple[Any, Any]:
        """The loops over the two formulas."""
        forward, backward = formulas_in(self)
        fast = self.fast_forward[0] if self.fast_forward else None
        return fast or maps.activation_forward(forward), maps.activation_backward(backward)

    def forward(self, z: Array) -> None:
        """Turn the weighted sums `z` (rows, columns) into activations, in place."""
        self._require_formulas()
        self._require_rows("forward(z)", z)
        if self.does_nothing:
            return
        self.kernels[0](z.reshape(-1), z.shape[-1], self.numbers)

    def backward(self, *arrays: Array) -> None:
        """Turn the gradient `da` of the activations `a` into that of the weighted sums, in place.

        The arguments are (a, da), or (z, a, da) where the derivative needs the sums; all are (rows, columns).
        """
        self._require_formulas()
        takes = ("z", "a", "da") if self.takes_sums else ("a", "da")
        if len(arrays) != len(takes):
            raise TypeError(
                f"Activation '{self.name}': backward takes {', '.join(takes)}. Received: {len(arrays)} arrays."
            )
        self._require_rows(f"backward({', '.join(takes)})", *arrays)
        if self.does_nothing:
            return
        z, a, da = arrays if self.takes_sums else (arrays[0][:0], *arrays)
        self.kernels[1](z.reshape(-1), a.reshape(-1), da.reshape(-1), a.shape[-1], self.numbers)

    def _require_formulas(self) -> None:
        if not self.formulas:
            raise TypeError(f"{type(self).__name__} must define `forward(self, z)` and `backward(self, a, da)`.")

    def _require_rows(self, method: str, *arrays: Array) -> None:
        """Raise a TypeError or ValueError unless compiled code can work on the arrays, and write to the last one."""
        for array in arrays:
            if type(array) is not np.ndarray or array.dtype not in _FLOATS or not array.flags.c_contiguous:
                raise TypeError(
                    f"Activation '{self.name}', {method}: expected C-contiguous arrays of float32 or float64. "
                    f"Received: {shown(array)}. For other data call it: {self.name}(x)."
                )
        last = arrays[-1]
        for array in arrays:
            if not array.ndim or array.shape != last.shape or array.dtype != last.dtype:
                raise ValueError(
                    f"Activation '{self.name}', {method}: expected arrays of one shape (rows, columns) and one type. "
                    f"Received: {', '.join(f'{a.shape} of {a.dtype}' for a in arrays)}"
                )
        if not last.flags.writeable:
            raise ValueError(f"Activation '{self.name}', {method}: the last array is written to, but it is read-only.")

    def __call__(self, x: Any, *numbers: Any, **named: Any) -> Array:
        """Return the activations of `x`, of any rank, as a new array; along the last axis where that matters.

        What follows `x` are arguments of the class, for this call: ``leaky_relu(x, negative_slope=0.1)``.

        Raises
        ------
        TypeError, ValueError
            If `x` is not an array of real numbers, or the function takes no such argument.
        """
        if numbers or named:
            return self._with(*numbers, **named)(x)
        if hasattr(x, "activated"):  # a tensor without numbers: the function is a layer there
            return x.activated(self)  # type: ignore[no-any-return]
        if isinstance(x, np.ndarray) and not x.size:
            return x.astype(x.dtype if x.dtype in _FLOATS else config.floatx())
        a = floats(x)
        self.forward(a.reshape(-1, a.shape[-1]) if a.ndim else a.reshape(1, 1))
        return a

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make a function from what `get_config` returned, or from the configuration of Keras's layer of that name."""
        if isinstance(config, Mapping):
            config = {name: value for name, value in config.items() if name not in ("name", "trainable", "dtype")}
        return cls(**configuration(cls, config))

    def _with(self, *numbers: Any, **named: Any) -> Self:
        """Return the same function with other numbers."""
        try:
            given = inspect.signature(type(self)).bind_partial(*numbers, **named).arguments
        except TypeError as error:
            takes = ", ".join(("x", *arguments(type(self))))
            raise TypeError(f"Activation '{self.name}': {error}. It takes: {takes}.") from None
        return type(self)(**{**self.get_config(), **given})

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "kernels"}

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


def floats(x: Any) -> Array:
    """Return numbers as a new array: of its own float type if it is one, else of `floatx`."""
    single = isinstance(x, Real) or getattr(x, "ndim", None) == 0
    given = as_array([x] if single else x, "x")
    own = isinstance(x, np.ndarray) and given.dtype in _FLOATS
    a = cast(given, np.dtype(given.dtype.name if own else config.floatx()))
    return a.reshape(()) if single else a

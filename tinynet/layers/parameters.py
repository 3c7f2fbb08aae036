"""A layer's parameters: made by name, read and written as attributes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar

import numpy as np

from tinynet import answers, config, constraints, initializers, regularizers
from tinynet._arguments import checked, data_type, flag, shown
from tinynet._configurable import Configurable
from tinynet._names import own_name
from tinynet._signatures import takes_option
from tinynet._types import Array
from tinynet.layers.own_call import held_by, parameters_within
from tinynet.layers.symbolic import Noted
from tinynet.memory import Parameter
from tinynet.variables import STANDING_FOR
from tinynet.weights import HasWeights

#: Gives a layer's next parameter its values, by the layer's name and the shape, in place of its initializer: set while
#: a model is read from a file.
SUPPLY: ContextVar[Callable[[str, tuple[int, ...]], Array] | None] = ContextVar("supply", default=None)


#: What gives a layer's parts, by how their arguments' names end.
_PARTS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


def serialized_parts(config: dict[str, Any]) -> dict[str, Any]:
    """Return a layer's configuration with such parts in Keras's form."""
    kinds = {name: _PARTS.get(name.rpartition("_")[2]) for name in config}
    return {name: kind.serialize(config[name]) if (kind := kinds[name]) else config[name] for name in config}


class HasParameters(Configurable):
    """Base class of layers, with their parameters."""

    name: str
    dtype: str | None
    trainable: bool
    _parameters: dict[str, Parameter]
    by_call: ClassVar[bool]
    #: Attributes that shapes follow from, which are fixed once the layer is built.
    fixed: ClassVar[tuple[str, ...]] = ("dtype",)

    @property
    def described(self) -> str:
        """What messages call the layer: its name and its class."""
        return answers.called("Layer", self)

    def _take_parts(self, **given: Any) -> None:
        """Set attributes to what arguments stand for: ``beta_regularizer="l2"`` is an `L2`."""
        for name, value in given.items():
            setattr(self, name, _PARTS[name.rpartition("_")[2]].get(value))

    @checked
    def add_weight(
        self,
        name: str | None = None,
        shape: Sequence[int] = (),
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        dtype: Any = None,
        **of_keras: Any,
    ) -> Parameter:
        """Give the layer a parameter: ``self.<name>`` is its array, ``self.d<name>`` that of its gradient.

        Parameters
        ----------
        name : str, optional
            Its name, a Python identifier. ``self.w = self.add_weight(shape=...)``, as Keras layers are written, calls
            it ``w``.
        shape : sequence of int, default ()
            Its shape.
        initializer : str, Initializer, callable or array, default "glorot_uniform"
            Where it starts.
        trainable : bool, default True
            False for a parameter that no optimizer shall touch.
        regularizer : str or Regularizer, optional
            A penalty on it, added to the loss.
        constraint : str, Constraint or callable, optional
            What makes allowed numbers of it after each update.
        dtype : str, optional
            Its float type, which is the layer's.
        **of_keras
            Keras's `autocast`, `aggregation` and `overwrite_with_gradient`, which change nothing here.

        Raises
        ------
        ValueError
            If the layer already has something of that name, or another float type.
        """
        if unknown := of_keras.keys() - {"autocast", "aggregation", "overwrite_with_gradient"}:
            raise TypeError(f"{self.described}: add_weight takes no argument {shown(sorted(unknown)[0])}.")
        if dtype is not None and data_type(self.described, "dtype", dtype) != (self.dtype or config.floatx()):
            raise ValueError(
                f"{self.described}, add_weight: `dtype` must be that of the layer, {self.dtype or config.floatx()}. "
                f"Received: dtype={shown(dtype)}"
            )
        name = own_name(f"{self.described}, add_weight", name, in_paths=True) or f"weight_{len(self._parameters)}"
        announced = name in vars(self) and vars(self)[name] is None  # `self.w = None` in __init__ is a common way
        if hasattr(type(self) if announced else self, name):
            raise ValueError(f"Layer '{self.name}' already has a `{name}`: give the weight another name.")
        self._refuse_new("add_weight", "weights")
        trainable = bool(trainable)
        self._check_weight(name, trainable)
        made, penalty = initializers.get(initializer) or initializers.GlorotUniform(), regularizers.get(regularizer)
        allowed = constraints.get(constraint)
        dtype, supply = self.dtype or config.floatx(), SUPPLY.get()
        whose, method = f"{self.described}, initializer of `{name}`", getattr(made, "__name__", type(made).__name__)
        if supply is None:
            typed = {"dtype": dtype} if takes_option(made, "dtype") else {}  # which Keras 1 and 2 did not give
            initial = answers.asked(whose, made, tuple(shape), **typed)
        else:
            initial = supply(self.name, tuple(shape))
        parameter = Parameter(name, answers.array(whose, method, initial, tuple(shape), dtype), trainable)
        parameter.regularizer, parameter.constraint = penalty, allowed
        parameter.path = f"{self.name}/{name}"
        self.__dict__.pop(name, None)
        self._parameters = {**self._parameters, name: parameter}
        return parameter

    def _refuse_new(self, where: str, what: str) -> None:
        """Raise a ValueError, as Keras does, if the layer is built: what comes then would not be trained."""
        if self.built and not self._building:
            raise ValueError(
                f"{self.described}, {where}: You cannot add new elements of state (variables or sub-layers) to a layer "
                f"that is already built. Make its {what} in `__init__` or in `build`."
            )

    @checked
    def add_own_weight(self, name: str, shape: Sequence[int]) -> Parameter:
        """Give the layer a parameter of which its arguments speak: ``kernel_initializer``, ``kernel_constraint`` …"""
        parts: dict[str, Any] = {kind: getattr(self, f"{name}_{kind}", None) for kind in _PARTS}
        return self.add_weight(name, shape, **parts)

    def _check_weight(self, name: str, trainable: bool) -> None:
        """Raise an error for a parameter that the layer cannot have, before anything is drawn for it."""

    def __getattr__(self, name: str) -> Any:
        parameters = self.__dict__.get("_parameters", {})
        if name in parameters:
            taped = STANDING_FOR.get().get(id(parameters[name]))  # while a tape follows the layer's `call`
            return parameters[name].variable if taped is None else taped
        if name.startswith("d") and name[1:] in parameters:
            return parameters[name[1:]].gradient
        if isinstance(getattr(type(self), name, None), (property, Noted)):
            return object.__getattribute__(self, name)  # raises again what the property said
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):  # `self.w = self.add_weight("w", …)`, as Keras layers are written
            self.__dict__.pop(name, None)
            self._parameters = {(name if p is value else n): p for n, p in self._parameters.items()}
            value.name, value.path = name, f"{self.name}/{name}"
            return
        if getattr(self, "by_call", False) and isinstance(value, HasWeights) and "built" in self.__dict__:
            self._refuse_new(f"`{name}`", "layers")
        parameters = self.__dict__.get("_parameters", {})
        if getattr(value, "becomes_weight", False) and name not in parameters:  # `self.w = tf.Variable(…)`
            self.add_weight(name, value.shape, np.array(value), value.trainable)
            return
        if name in ("trainable", "built"):
            value = flag(self.described, name, value)
        if name == "activity_regularizer":
            value = regularizers.get(value)
        if name.endswith(("_regularizer", "_constraint")):
            stem, _, kind = name.rpartition("_")
            if stem in parameters:  # counts from now on; in Keras it never does
                value = _PARTS[kind].get(value)
                setattr(parameters[stem], kind, value)
        if name in parameters:
            self._write(name, parameters[name].value, value)
        elif name.startswith("d") and name[1:] in parameters:
            self._write(name, parameters[name[1:]].gradient, value)
        elif name in self.fixed and self.__dict__.get("built") and not _equal(value, getattr(self, name, None)):
            raise ValueError(
                f"{self.described}: `{name}` cannot be changed once the layer is built: its weights were made for "
                f"{getattr(self, name, None)!r}. Make a new layer. Received: {shown(value)}"
            )
        else:
            Configurable.__setattr__(self, name, value)
            if name == "trainable" and self.by_call:
                for part in held_by(self):
                    part.trainable = value

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again; a penalty on the output only if there is one."""
        config = super().get_config()
        if (penalty := config.pop("activity_regularizer", None)) is not None:
            config["activity_regularizer"] = regularizers.serialize(penalty)
        return config

    def _write(self, name: str, array: Array, value: Any) -> None:
        """Write to a parameter or its gradient: ``self.dscale = …`` is what a user may write for it.

        One number fills a parameter. As a gradient it is refused: a sum over too many axes looks so.
        """
        if value is not array:
            found = answers.numbers(self.described, name, value, "numbers")
            fills = name in self._parameters and found.ndim == 0
            if found.shape != array.shape and not fills:
                raise ValueError(f"{self.described}: `{name}` has shape {array.shape}. Received: shape {found.shape}.")
            array[...] = found

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, in the order in which they were added; those of layers that a `call` chains come after."""
        return parameters_within(self, False) if self.by_call else list(self._parameters.values())

    @property
    def trainable_parameters(self) -> list[Parameter]:
        """The parameters that an optimizer updates: none if the layer is frozen."""
        if self.by_call:
            return parameters_within(self, True)
        return [p for p in self._parameters.values() if p.trainable and self.trainable]


def _equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same; what cannot be compared is not what a layer was made with."""
    try:
        return not isinstance(one, np.ndarray) and bool(one == other)
    except (TypeError, ValueError):
        return False

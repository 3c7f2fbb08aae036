"""Layers whose class defines `call`, as models: which layers they chain is found out as for a model's own `call`.

A layer that has weights of its own is a model of one part, which a tape differentiates.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np

from tinynet._names import shown_as
from tinynet._serialization import of_ones_own
from tinynet._signatures import takes
from tinynet._types import Array, Shape
from tinynet.layers.added_losses import uncounted
from tinynet.layers.base import Layer
from tinynet.layers.identity import Identity
from tinynet.layers.kept_tensors import kept_by_class
from tinynet.layers.lambda_ import Lambda
from tinynet.layers.own_call import ADVICE, own_parts
from tinynet.layers.own_weights import ByCall, OwnWeights, OwnWeightsOfSeveral
from tinynet.layers.symbolic import KerasTensor, is_symbolic, leaves, shaped_like
from tinynet.layers.trial import ones_of
from tinynet.memory import Parameter
from tinynet.models.model import Model
from tinynet.models.own_call import free_variable


@shown_as("Model")
class OwnLayer(Model):
    """A layer of a user's that chains others, as a model among layers; it answers for the layer.

    Parameters
    ----------
    layer : Layer
        The layer, whose class defines `call`.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__(name=layer.name, trainable=layer.trainable)
        self.layer = layer
        self.computing: ByCall | None = None
        #: What hands on the output, with its penalty, where the layer chains others.
        self.penalised: Identity | None = None

    @property
    def trainable(self) -> bool:
        """Whether the layer is trained; setting it sets it on the layer, and so on those that it chains."""
        return self.layer.trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.layer.trainable = value

    @property
    def trainable_parameters(self) -> list[Parameter]:
        """The parameters that an optimizer updates: none of a frozen layer's."""
        return super().trainable_parameters if self.layer.trainable else []

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return what the layer's own `call` does: with layers that it chains, or with weights of its own."""
        if self.computing is not None:
            return self.computing(inputs)
        options = {"training": training} if takes(self.layer.call, "training") else {}
        found = self.layer._call_given(inputs, **options)
        if (penalty := self.layer.activity_regularizer) is None:
            return found
        if self.penalised is None:
            self.penalised = Identity(name=f"{self.layer.name}_activity", activity_regularizer=penalty)
        return shaped_like(found, map(self.penalised, leaves(found)))

    @property
    def _original(self) -> Any:
        return self.layer

    def description(self) -> dict[str, Any]:
        """Return what it is in Keras's form: a layer that computes something of its own is written as itself."""
        return super().description() if self.computing is None else of_ones_own(self.layer)

    def _note_call(self, given: Any) -> None:
        layer = self.layer
        tensors = leaves(given)
        shapes = shaped_like(given, iter([tensor.shape for tensor in tensors]))
        if not layer.built:
            layer._build_given(shapes)
        if name := free_variable(layer):
            self._refuse(f"the variables in its list '{name}' would not be trained; make each an attribute of its own")
        if not layer.trainable:
            layer.trainable = False  # those that it has made since are as frozen as it
        if layer._parameters:
            if own_parts(layer):
                self._refuse(f"it has the weight '{next(iter(layer._parameters))}' besides the layers that it chains")
            self.computing = self.computing or (OwnWeights if len(tensors) == 1 else OwnWeightsOfSeveral)(layer)
            self.computing.ensure_built(shapes if len(tensors) > 1 else tensors[0].shape)
        super()._note_call(given)

    def _own_parts(self) -> list[Any]:
        return super()._own_parts() if self.computing is None else [self.computing]

    def _could_not(self, error: Exception) -> NoReturn:
        raise TypeError(f"{self.layer.described}: its `call` could not be followed: {error} {ADVICE}") from error

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{self.layer.described}: its `call` cannot be followed: {what}. {ADVICE}")

    def __getattr__(self, name: str) -> Any:
        if "layer" in vars(self) and not name.startswith("__"):
            return getattr(self.layer, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class OwnFunction(Lambda):
    """A layer of a user's that has nothing to learn, as the function that its `call` is.

    Parameters
    ----------
    layer : Layer
        The layer, whose class defines `call`.
    """

    def __init__(self, layer: Any) -> None:
        shape = {} if layer.given_input_shape is None else {"input_shape": layer.given_input_shape}
        vars(self)["layer"] = layer
        options = {"activity_regularizer": layer.activity_regularizer, "trainable": layer.trainable, **shape}
        super().__init__(layer._call_given, _shape_said_by(layer), name=layer.name, **options)
        self._takes_training, self.takes_mask = takes(layer.call, "training"), takes(layer.call, "mask")
        self.supports_masking = bool(layer.supports_masking)

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the output; a `call` that gives several things is followed on tensors, as one that chains layers."""
        if is_symbolic(x) and self._gives_several(leaves(x)):
            vars(self.layer)["_part"] = part = OwnLayer(self.layer)
            return part(x, training)
        return super().__call__(x, training)

    def _gives_several(self, tensors: Any) -> bool:
        ones = [ones_of(tensor.shape, self.dtype or "float32") for tensor in tensors]
        with suppress(Exception):  # what is wrong is told where the layer is called
            found = uncounted(self.layer._call_given, ones if len(ones) > 1 else ones[0])
            return isinstance(found, (list, tuple)) and len(found) > 1 and all(np.ndim(each) for each in found)
        return False

    @property
    def adds_loss(self) -> bool:
        """Whether the class says somewhere that it adds to the loss."""
        own = [cls for cls in type(self.layer).__mro__ if not cls.__module__.startswith("tinynet.")]
        codes = [getattr(method, "__code__", None) for cls in own for method in vars(cls).values()]
        return any(code is not None and "add_loss" in code.co_names for code in codes)

    def _kept_tensors(self) -> tuple[KerasTensor, ...]:
        return kept_by_class(self.layer, lambda cls: not cls.__module__.startswith("tinynet.") and cls is not object)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where the output is no padding, as the layer has it."""
        return self.layer.compute_mask(inputs, mask)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that the class says, or that of what its `call` makes of a batch of ones."""
        try:
            return super().compute_output_shape(input_shape)
        except NotImplementedError:  # the class says that it does not say it
            self._shape_given = None
            return super().compute_output_shape(input_shape)

    @property
    def described(self) -> str:
        """What messages call the layer: its name and its class."""
        return str(self.layer.described)

    @property
    def _original(self) -> Any:
        return self.layer

    @property
    def losses(self) -> list[float]:
        """What adds to the loss, as the layer has it."""
        return list(self.layer.losses)

    def backward(self, dy: Array) -> Array:
        """Return the gradient of x, or raise a ValueError where that of an added loss cannot be had."""
        if self._taped is None and self.layer._of_call:
            raise ValueError(
                f"{self.described}: its `call` adds to the loss, and does what no tape can follow. {ADVICE}"
            )
        return super().backward(dy)


def _shape_said_by(layer: Any) -> Callable[[Shape], Shape] | None:
    """Return what a user's class says of the shape of its output, or None if it says nothing."""
    cls = type(layer)
    if cls.compute_output_spec is not Layer.compute_output_spec:
        return lambda shape: tuple(layer.compute_output_spec(KerasTensor(shape, layer.compute_dtype)).shape)
    if cls.compute_output_shape is not Layer.compute_output_shape:
        return lambda shape: tuple(layer.compute_output_shape(shape))
    return None


def followed(layer: Layer) -> Any:
    """Return a layer that says by `call` what it does as a model, or as a function where it has nothing to learn."""
    has_parts = own_parts(layer) or layer._parameters or type(layer).build is not Layer.build or free_variable(layer)
    if has_parts:
        return OwnLayer(layer)
    layer.built = True  # what its `call` would make would not be trained
    return OwnFunction(layer)


Layer._followed = staticmethod(followed)

"""A stack of layers: how it is put together, built and taken apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tinynet import config
from tinynet._arguments import checked, flag, shown
from tinynet._names import automatic_name, own_name, set_name, shown_as
from tinynet._types import Shape
from tinynet._whole import all_or_nothing
from tinynet.layers.base import Layer
from tinynet.layers.reshaping import InputLayer
from tinynet.memory import Memory, Parameter
from tinynet.models.forms import refuse_what_is_no_stack
from tinynet.training.busy import refuse_during_fit, refuse_moving
from tinynet.weights import HasWeights

if TYPE_CHECKING:
    from tinynet.training.predictor import Predictor

#: Held while a model is built, so that threads which use a new model at once do not build it twice.
_BUILDING = threading.RLock()

T = TypeVar("T")


@shown_as("Sequential")
class Stack(HasWeights):
    """Layers, each feeding the next."""

    _kind, _in_paths = "model", True

    def __init__(
        self,
        layers: Sequence[Layer] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        refuse_what_is_no_stack(type(self), layers, name, unknown)
        self.name = own_name(type(self).__name__, name, in_paths=True) or automatic_name(type(self))
        trainable = flag(type(self).__name__, "trainable", trainable)
        self._layers: list[Layer] = []
        self._given_shape: tuple[int | None, ...] | None = None
        self._built_shape: Shape | None = None
        self.predictor: Predictor | None = None  # kept for the next call, as is what training has found out
        self.kept: dict[str, Any] = {}
        self._trainable = True
        given = [] if layers is None else list(layers)
        self._change(given, self._fill, given, trainable)

    def _fill(self, layers: list[Layer], trainable: bool = True) -> None:
        for layer in layers:
            self._append(layer)
        self._build_if_possible()
        if not trainable:
            self.trainable = False

    def _change(self, new: Sequence[Any], change: Callable[..., T], *arguments: Any) -> T:
        """Return ``change(*arguments)``; if it raises, the stack, its (new) layers and the generator are as before."""
        layers = [layer for layer in (*self._layers, *new) if isinstance(layer, Layer)]
        with _BUILDING:
            return all_or_nothing([self, *layers], change, *arguments, others=[config.as_before_drawing()])

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, set_name(self, value) if name == "name" else value)

    # ---- the stack --------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `Input`."""
        return list(self._layers)

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError(f"'{self.name}': `Model.layers` attribute is reserved. Use `add()` and `pop()`.")

    def add(self, layer: Layer) -> None:
        """Put a layer on top.

        Raises
        ------
        ValueError
            If it is no layer, its name is taken, or its input cannot have the shape of the present output.
        """
        refuse_during_fit(self, self.name, "add", "Add layers before or after.")
        self._change([layer], self._fill, [layer])

    def _append(self, layer: Layer) -> None:
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise ValueError(f"{layer.__name__} is a class: add an object of it, {layer.__name__}(...).")
        if isinstance(layer, Stack):
            raise ValueError(
                "A model cannot be added as a layer. Add its layers, which stay shared: "
                "Sequential([*base.layers, Dense(1)])."
            )
        if not isinstance(layer, Layer):
            raise ValueError(f"Only instances of Layer can be added to a Sequential. Received: {shown(layer)}")
        if isinstance(layer, InputLayer):
            if self._layers or self._given_shape is not None:
                raise ValueError(
                    f"Sequential '{self.name}' has already been configured: Input must be the first entry, and there "
                    "can be only one."
                )
            self._given_shape = layer.given_input_shape
            return
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(
                "All layers of a Sequential should have unique names. There already is a layer named "
                f"'{layer.name}'. Received: {layer!r}. Give it another: name=..."
            )
        if not self._layers and self._given_shape is None:
            if layer.given_input_shape is not None:
                self._given_shape = layer.given_input_shape
            elif layer.built:
                self._given_shape = layer.input_shape[1:]
        self._layers = [*self._layers, layer]
        self.predictor, self.kept = None, {}
        if not self._trainable:
            layer.trainable = False

    def pop(self) -> Layer:
        """Take the top layer off and return it."""
        if not self._layers:
            raise ValueError(f"Sequential '{self.name}' has no layers: there is none to pop.")
        refuse_during_fit(self, self.name, "pop", "Take layers off before or after.")
        return self._change([], self._pop)

    def _pop(self) -> Layer:
        *self._layers, layer = self._layers
        self.predictor, self.kept = None, {}
        if not self._layers and self._given_shape == layer.given_input_shape:
            self._given_shape = self._built_shape = None
        return layer

    @checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place in `layers`.

        Raises
        ------
        ValueError
            If there is none, or not exactly one of the two is given.
        """
        if name is not None and index is not None:
            raise ValueError("Provide only a layer name or a layer index at `get_layer`.")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self._layers)} layers."
                )
            return self._layers[index]
        if name is not None:
            for layer in self._layers:
                if layer.name == name:
                    return layer
            raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self._layers]}.")
        raise ValueError("Provide either a layer name or layer index at `get_layer`.")

    def require_layers(self) -> None:
        """Raise a ValueError if there are no layers."""
        if not self._layers:
            raise ValueError(
                f"Sequential model '{self.name}' cannot be built because it has no layers. Call `model.add(layer)`."
            )

    # ---- building ---------------------------------------------------------------------------------------------------

    @property
    def built(self) -> bool:  # type: ignore[override]
        """Whether all parameters exist, in one memory."""
        if self._built_shape is None or not all(layer.built for layer in self._layers):
            return False
        return bool(self._layers) and len({p.memory for p in self.parameters}) <= 1

    @property
    def sample_shape(self) -> tuple[int | None, ...] | None:
        """Shape of one sample, or None as long as it is unknown."""
        return self._given_shape if self._built_shape is None else self._built_shape[1:]

    @property
    def dtype(self) -> str:
        """Float type of the parameters and the computation."""
        for layer in self._layers:
            for parameter in layer.parameters:
                return parameter.dtype.name
        return next((layer.dtype for layer in self._layers if layer.dtype), config.floatx())

    @checked
    def build(self, input_shape: Shape | None = None) -> None:
        """Make the parameters for inputs of `input_shape`, whose first entry (the batch) is None.

        Raises
        ------
        ValueError
            If there are no layers, the shape is unknown or not one they can take, or the model has another already.
        """
        self.require_layers()
        if input_shape is None:
            if self.sample_shape is None:
                raise ValueError(f"Sequential '{self.name}': build needs an input shape: build((None, 12)).")
            input_shape = (None, *self.sample_shape)
        shape = tuple(input_shape)
        with _BUILDING:
            self._check_shape(shape)
            if not self.built:
                self._change([], self._build, shape)

    def _check_shape(self, input_shape: Shape) -> None:
        """Raise a ValueError if the model already takes inputs of another shape."""
        known, given = self.sample_shape, input_shape[1:]
        if known is not None and (
            len(given) != len(known) or any(k not in (None, g) for k, g in zip(known, given, strict=True))
        ):
            raise ValueError(
                f"Sequential '{self.name}' has already been configured for inputs of shape {(None, *known)}: it cannot "
                f"be built for {input_shape}. Make a new model for them."
            )

    def _build(self, input_shape: Shape) -> None:
        shape = input_shape
        self.compute_output_shape(shape)  # raises before anything is built
        for layer in self._layers:
            layer.ensure_built(shape)
            shape = layer.compute_output_shape(shape)
        parameters = self.parameters
        if len({p.dtype for p in parameters}) > 1:
            raise ValueError(
                f"Sequential '{self.name}': the layers have different float types, "
                f"{sorted({p.dtype.name for p in parameters})}. Build them all under one `set_floatx`."
            )
        if len({p.memory for p in parameters}) > 1:
            refuse_moving(self._layers, self.name)
            Memory.joined(parameters)
        self._built_shape = input_shape

    def _build_if_possible(self) -> None:
        if self._layers and self.sample_shape is not None:
            self.build((None, *self.sample_shape))

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""
        for layer in self._layers:
            input_shape = layer.compute_output_shape(input_shape)
        return tuple(input_shape)

    @property
    def input_shape(self) -> Shape:
        """Shape of the input, the batch being None."""
        if self.sample_shape is None:
            raise AttributeError(f"The model '{self.name}' has never been called and thus has no defined input shape.")
        return (None, *self.sample_shape)

    @property
    def output_shape(self) -> Shape:
        """Shape of the output, the batch being None."""
        return self.compute_output_shape(self.input_shape)

    # ---- parameters -------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, in the order of the layers."""
        return [p for layer in self._layers for p in layer.parameters]

    @property
    def trainable_parameters(self) -> list[Parameter]:
        """The parameters that an optimizer updates: none of a frozen layer's."""
        return [p for layer in self._layers for p in layer.trainable_parameters]

    @property
    def trainable(self) -> bool:
        """Whether the layers are trained; setting it sets it on each of them."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._change([], self._set_trainable, flag(f"Sequential '{self.name}'", "trainable", value))

    def _set_trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in self._layers:
            layer.trainable = value

    def __getstate__(self) -> dict[str, Any]:
        """Leave out of copies and pickles what only spares the next call some work."""
        return {**self.__dict__, "predictor": None, "kept": {}}

    def __iter__(self) -> Iterator[Layer]:
        raise TypeError(f"Sequential '{self.name}' is not iterable: its layers are model.layers.")

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"

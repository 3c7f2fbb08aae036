"""Layers put together: what every model has, whichever way it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from tinynet import config
from tinynet._arguments import checked, flag
from tinynet._names import automatic_name, own_name, set_name, shown_as
from tinynet._types import Shape
from tinynet._whole import all_or_nothing
from tinynet.graph import Graph, Joins, side_by_side
from tinynet.layers.base import Layer
from tinynet.layers.building import BUILDING
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.symbolic import alone
from tinynet.memory import Memory, Parameter
from tinynet.models.called import Called
from tinynet.models.wiring import graph_of
from tinynet.training.busy import refuse_moving
from tinynet.weights import HasWeights

if TYPE_CHECKING:
    from tinynet.training.predictor import Predictor

T = TypeVar("T")


@shown_as("Model")
class Layered(HasWeights, Called):
    """Layers, and which takes what."""

    _kind, _in_paths = "model", True
    #: What predicts a few samples more, and what training has found out: both are kept for the next call.
    predictor: Predictor | None
    kept: dict[str, Any]
    #: The run of `fit` that it is in, for callbacks.
    run_of_fit: Any = None

    def __init__(self, name: str | None = None) -> None:
        self.name = own_name(type(self).__name__, name, in_paths=True) or automatic_name(type(self))
        self._chained: list[Layer] = []
        self._built_shape: Shape | None = None
        vars(self).update(predictor=None, kept={})
        self._trainable = True

    def all_or_nothing(self, new: Iterable[Any], change: Callable[..., T], *arguments: Any) -> T:
        """Return ``change(*arguments)``; if it raises, the model, its (new) layers and the generator are as before."""
        parts = [part for part in (*self._chained, *new) if isinstance(part, (Layer, Layered))]
        with BUILDING:
            others = [config.as_before_drawing()]
            return all_or_nothing([self, *parts, *within(parts)], change, *arguments, others=others)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, set_name(self, value) if name == "name" else value)

    # ---- the layers -------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, and the models that are used as layers; without the `Input` of a `Sequential`.

        What operators and functions of tensors do is none of them, though `summary` lists it.
        """
        return [part._original for part in self.computing_layers if not getattr(part, "by_operator", False)]

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError(f"'{self.name}': `Model.layers` attribute is reserved. Use `add()` and `pop()`.")

    @property
    def computing_layers(self) -> list[Layer]:
        """The same as `layers`, but for those that say by `call` what they do: what computes them stands there."""
        return list(self._chained)

    @property
    def stack(self) -> list[Layer]:
        """The layers that compute, each once and those of inner models among them, in an order in which they can."""
        each = [part.stack if isinstance(part, Layered) else [part] for part in self._chained]
        return list(dict.fromkeys(layer for part in each for layer in part if not isinstance(layer, InputLayer)))

    @property
    def graph(self) -> Graph | None:
        """Which layer takes what, inner models being taken apart; None where each takes what the one before gives."""
        if not any(isinstance(layer, Layered) for layer in self._chained) and self._is_stack:
            return None
        graph = graph_of(self.passage, self.input_shapes)
        return None if graph.is_stack else graph

    @property
    def input_shapes(self) -> list[Shape]:
        """The shapes of the inputs, the batch being None, as far as they are known."""
        return self.wiring.input_shapes

    #: Whether it is known that each layer takes what the one before gives.
    _is_stack = False

    @checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place in `layers`.

        Raises
        ------
        ValueError
            If there is none, or not exactly one of the two is given.
        """
        layers = self.layers
        if name is not None and index is not None:
            raise ValueError("Provide only a layer name or a layer index at `get_layer`.")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(layers)} layers."
                )
            return layers[index]
        if name is not None:
            for layer in layers:
                if layer.name == name:
                    return layer
            raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in layers]}.")
        raise ValueError("Provide either a layer name or layer index at `get_layer`.")

    def meet(self, x: Any) -> None:
        """Take note, before the model is built, of the shapes of the data that it is to be built for."""

    def require_layers(self) -> None:
        """Raise a ValueError if there are no layers."""
        if not self._chained:
            raise ValueError(
                f"{type(self).__name__} model '{self.name}' cannot be built because it has no layers. "
                "Call `model.add(layer)`."
            )

    # ---- building ---------------------------------------------------------------------------------------------------

    @property
    def built(self) -> bool:  # type: ignore[override]
        """Whether all parameters exist, in one memory."""
        if self._built_shape is None or not all(layer.built for layer in self.stack):
            return False
        return bool(self._chained) and len({p.memory for p in self.parameters}) <= 1

    @property
    def sample_shape(self) -> tuple[int | None, ...] | None:
        """Shape of one sample, or None as long as it is unknown."""
        return None if self._built_shape is None else self._built_shape[1:]

    @property
    def dtype(self) -> str:
        """Float type of the parameters and the computation."""
        for parameter in self.parameters:
            return parameter.dtype.name
        return next((layer.dtype for layer in self.stack if layer.dtype), config.floatx())

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
                raise ValueError(f"{type(self).__name__} '{self.name}': build needs an input shape: build((None, 12)).")
            input_shape = (None, *self.sample_shape)
        shape = tuple(input_shape)
        with BUILDING:
            self._check_shape(shape)
            if not self.built:
                self.all_or_nothing([], self._build, shape)

    def _check_shape(self, input_shape: Shape) -> None:
        """Raise a ValueError if the model already takes inputs of another shape."""
        known, given = self.sample_shape, input_shape[1:]
        if known is not None and (
            len(given) != len(known) or any(k not in (None, g) for k, g in zip(known, given, strict=True))
        ):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' has already been configured for inputs of shape "
                f"{(None, *known)}: it cannot be built for {input_shape}. Make a new model for them."
            )

    def _build(self, input_shape: Shape) -> None:
        """Build the layers, and lay their parameters together."""
        wiring = self.wiring
        wiring.value_shapes([input_shape])  # raises before anything is built
        wiring.value_shapes([input_shape], builds=True)
        self._join()
        self._built_shape = input_shape

    def _join(self) -> None:
        """Lay the parameters together into one memory."""
        parameters = self.parameters
        if len({p.dtype for p in parameters}) > 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}': the layers have different float types, "
                f"{sorted({p.dtype.name for p in parameters})}. Build them all under one `set_floatx`."
            )
        if len({p.memory for p in parameters}) > 1:
            refuse_moving(self.stack, self.name)
            Memory.joined(parameters)
        for layer in self._chained:
            if layer._owner() is None:
                vars(layer)["_owner"] = ref(self)

    @checked
    def compute_output_shape(self, input_shape: Shape | Sequence[Shape]) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""
        several = bool(input_shape) and isinstance(input_shape[0], (tuple, list))
        shapes: Any = self.wiring.output_shapes(input_shape if several else [input_shape])
        return alone([tuple(shape) for shape in shapes])  # type: ignore[no-any-return]

    joins: Joins | None = None

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The names of the input and the output of a model that has one of each, as far as they are known."""
        names = self.wiring.names
        return names[0][0], names[1][0]

    @property
    def output_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of one sample of each output, as far as they are known."""
        found = self.wiring.output_shapes(self.wiring.input_shapes)
        return [tuple(axis or 0 for axis in shape[1:]) for shape in found]

    def shape_after(self, input_shape: Shape) -> Shape:
        """Return the shape of the output; the numbers of several inputs and outputs stand side by side."""
        if self.joins is None:
            return self.compute_output_shape(input_shape)
        several = len(self.joins.inputs) > 1
        wiring = self.wiring
        shapes = wiring.output_shapes(wiring.input_shapes if several else [input_shape])
        return shapes[0] if len(shapes) == 1 else (None, side_by_side(shape[1:] for shape in shapes))

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
        return [p for layer in self._each() for p in layer.parameters]

    @property
    def trainable_parameters(self) -> list[Parameter]:
        """The parameters that an optimizer updates: none of a frozen layer's."""
        return [p for layer in self._each() for p in layer.trainable_parameters]

    def _each(self) -> Iterable[Layer]:
        """Return the layers whose parameters are the model's, each once."""
        return self._chained if self._is_stack else dict.fromkeys(within(self._chained))

    @property
    def trainable(self) -> bool:
        """Whether the layers are trained; setting it sets it on each of them."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.all_or_nothing([], self._set_trainable, flag(f"{type(self).__name__} '{self.name}'", "trainable", value))

    def _set_trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in self._chained:
            layer.trainable = value

    def __getstate__(self) -> dict[str, Any]:
        """Leave out of copies and pickles what only spares the next call some work, and tensors of other models."""
        left_out = ("_nodes", "_owner", "_tensors", "run_of_fit")
        kept = {name: value for name, value in self.__dict__.items() if name not in left_out}
        return {**kept, "predictor": None, "kept": {}}

    def __iter__(self) -> Iterator[Layer]:
        raise TypeError(f"{type(self).__name__} '{self.name}' is not iterable: its layers are model.layers.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def within(parts: Iterable[Any]) -> list[Layer]:
    """Return the layers among models and layers, and within the models."""
    return [
        layer for each in parts for layer in (within(each.computing_layers) if isinstance(each, Layered) else [each])
    ]

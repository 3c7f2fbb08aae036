"""The `Sequential` model: a stack of layers, each feeding the next.

Source: https://keras.io/api/models/sequential/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, Unpack

from tinynet import layers as layers_
from tinynet._arguments import all_tensors, checked, flag, shown
from tinynet._configurable import changes
from tinynet._types import NoMore, Shape
from tinynet.layers.base import Layer
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.symbolic import KerasTensor, leaves
from tinynet.models.forms import (
    MODELS,
    described_layers,
    part_of,
    refuse_several_arguments,
    refuse_what_is_no_stack,
    within_model,
)
from tinynet.models.layered import Layered
from tinynet.models.model import Model
from tinynet.models.wiring import Passage, Use, Wiring
from tinynet.training.busy import refuse_during_fit

#: What is put on a stack; a tensor stands for the `Input` that it is of.
Part = Layer | Layered | KerasTensor


class Sequential(Model):
    """A stack of layers, each feeding the next.

    Parameters
    ----------
    layers : sequence of Layer, optional
        More can be added with `add`. If the first is an `Input`, or was given `input_shape` or `input_dim`, the model
        is built at once; otherwise by the first data. Layers of another model are shared with it, weights and all. A
        model is a layer, too.
    name : str, optional
        Default: ``sequential``, ``sequential_1`` …
    trainable : bool, default True
        False freezes all layers.

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> tinynet.set_random_seed(0)
    >>> x = np.random.default_rng(0).random((200, 2))
    >>> y = x[:, 0] > x[:, 1]
    >>> model = Sequential([Dense(8, activation="relu"), Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(x, y, epochs=100, batch_size=10, verbose=0)
    >>> history.history["accuracy"][-1] > 0.95
    True
    >>> model.predict([[0.9, 0.1], [0.1, 0.9]], verbose=0).round().tolist()
    [[1.0], [0.0]]
    """

    _is_stack = True

    def __init__(
        self,
        layers: Sequence[Part] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        refuse_what_is_no_stack(type(self), layers, name, unknown)
        Layered.__init__(self, name)
        trainable = flag(type(self).__name__, "trainable", trainable)
        self._given: InputLayer | None = None
        self._given_shape: tuple[int | None, ...] | None = None
        given = [] if layers is None else list(layers)
        self.all_or_nothing(given, self._fill, given, trainable)

    def _fill(self, layers: list[Any], trainable: bool = True) -> None:
        for layer in layers:
            self._append(layer)
        self._build_if_possible()
        if not trainable:
            self.trainable = False

    @property
    def stack(self) -> list[Layer]:
        """The layers that compute, each once: those that were added, unless there are models among them."""
        return list(self._chained) if self._is_stack and not self._follows else super().stack

    def add(self, layer: Part) -> None:
        """Put a layer, or a model, on top.

        Raises
        ------
        ValueError
            If it is no layer, its name is taken, or its input cannot have the shape of the present output.
        """
        refuse_during_fit(self, self.name, "add", "Add layers before or after.")
        self.all_or_nothing([layer], self._fill, [layer])

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and isinstance(layer.node.operation, InputLayer):
            layer = layer.node.operation
        if isinstance(layer, type) and issubclass(layer, (Layer, Layered)):
            raise ValueError(f"{layer.__name__} is a class: add an object of it, {layer.__name__}(...).")
        if isinstance(layer, Layer):
            layer = layer.as_part()
        if not isinstance(layer, (Layer, Layered)):
            raise ValueError(f"Only instances of Layer can be added to a Sequential. Received: {shown(layer)}")
        if isinstance(layer, InputLayer):
            if self._chained or self._given_shape is not None:
                raise ValueError(
                    f"Sequential '{self.name}' has already been configured: Input must be the first entry, and there "
                    "can be only one."
                )
            self._given, self._given_shape = layer, layer.given_input_shape
            return
        if layer is self:
            raise ValueError(f"Sequential '{self.name}' cannot be a layer of itself.")
        if any(layer.name == other.name for other in self._chained):
            raise ValueError(
                "All layers of a Sequential should have unique names. There already is a layer named "
                f"'{layer.name}'. Received: {layer!r}. Give it another: name=..."
            )
        if not self._chained and self._given_shape is None:
            self._given_shape = _shape_of(layer)
        self._chained = [*self._chained, layer]  # type: ignore[list-item]  # a model is a layer, too
        self._renew()
        if not self._trainable:
            layer.trainable = False

    def _renew(self) -> None:
        """Forget what followed from the layers that there were."""
        is_stack = not any(isinstance(each, Layered) for each in self._chained)
        vars(self).update(predictor=None, kept={}, _is_stack=is_stack)
        vars(self).pop("_tensors", None)
        changes[0] += 1  # models that this one is part of have tables of its layers

    def pop(self) -> Layer:
        """Take the top layer off and return it."""
        if not self._chained:
            raise ValueError(f"Sequential '{self.name}' has no layers: there is none to pop.")
        refuse_during_fit(self, self.name, "pop", "Take layers off before or after.")
        return self.all_or_nothing([], self._pop)._original  # type: ignore[no-any-return]

    def _pop(self) -> Layer:
        *self._chained, layer = self._chained
        self._renew()
        if not self._chained and self._given_shape == getattr(layer, "given_input_shape", None):
            self._given_shape = self._built_shape = None
        return layer

    # ---- building ---------------------------------------------------------------------------------------------------

    @property
    def sample_shape(self) -> tuple[int | None, ...] | None:
        """Shape of one sample, or None as long as it is unknown."""
        return self._given_shape if self._built_shape is None else self._built_shape[1:]

    def _build(self, input_shape: Shape) -> None:
        for layer in self._chained:
            refuse_several_arguments(layer)
        self.compute_output_shape(input_shape)  # raises before anything is built
        shape = input_shape
        for layer in self._chained:
            layer.ensure_built(shape)
            shape = layer.compute_output_shape(shape)
        self._join()
        self._built_shape = input_shape

    @property
    def _of_text(self) -> bool:
        return self._given is not None and self._given.is_text

    def _build_if_possible(self) -> None:
        empty = any(isinstance(layer, Sequential) and not layer._chained for layer in self._chained)
        # What texts become is known when the layers have learnt of some.
        if self._of_text and not all(getattr(layer, "has_learnt", True) for layer in self._chained):
            return
        if self._chained and self.sample_shape is not None and not empty:
            self.build((None, *self.sample_shape))

    @property
    def wiring(self) -> Wiring:
        """Which layer takes what: each what the one before gives."""
        if self.sample_shape is None:
            raise ValueError(
                f"Sequential '{self.name}' is not built, so that nobody knows what it takes. Begin with "
                "Input(shape=(12,)), or build it."
            )
        first = self._given or InputLayer(self.sample_shape, name="input_layer")
        return Wiring((first,), (first, *self._chained), *self.passage)

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The names of what `Input` gives, if there is one, and of the last layer."""
        taken, given = self._given, self._chained[-1] if self._chained else None
        return None if taken is None else taken.name, None if given is None else given.name

    @property
    def passage(self) -> Passage:
        """Which part takes what: each what the one before gives."""
        uses = tuple(Use(layer, (number,)) for number, layer in enumerate(self._chained))
        return Passage(uses, (len(uses),))

    @property
    def input_shapes(self) -> list[Shape]:
        """The shape of the input, the batch being None, as far as it is known."""
        return [(None, *(self.sample_shape or ()))]

    def _with_tensors(self, x: Any, training: Any) -> Any:
        """Return the tensor that the model gives for another; without its shape being settled by one that is no use."""
        tensors = all_tensors(f"Model '{self.name}'", leaves(x))
        if len(tensors) != 1:
            raise ValueError(f"Model '{self.name}' takes 1 input. Received: {len(tensors)}")
        (tensor,) = tensors
        if self.sample_shape is None and not tensor.builds:
            return self.note_call([tensor], [self.compute_output_shape(tensor.shape)], training)[0]
        return super()._with_tensors(x, training)

    @checked
    def compute_output_shape(self, input_shape: Shape | Sequence[Shape]) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""
        shape: Any = input_shape
        for layer in self._chained:
            shape = layer.compute_output_shape(shape)
        return tuple(shape)

    # ---- written down -----------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model again, without its weights: its name, its layers, the shape of its input.

        It is in Keras's form; your own parts that are not registered are in it as they are.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2, activation="relu")])
        >>> twin = tinynet.Sequential.from_config(model.get_config())
        >>> twin.layers[0].activation, twin.count_params()
        (<activation relu>, 8)
        """
        described = [within_model(layer) for layer in self._chained]
        found = {"name": self.name, "trainable": self.trainable, "layers": described}
        if self.sample_shape is None:
            return found
        first = InputLayer(self.sample_shape, name="input_layer", dtype="string" if self._of_text else self.dtype)
        built = {"build_input_shape": (None, *self.sample_shape)} if self.built else {}
        return {**found, "layers": [layers_.serialize(first), *described], **built}

    @classmethod
    @checked
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Make a model, with new weights, from what `get_config` (or Keras's) returned.

        Parameters
        ----------
        config : dict
            The configuration.
        custom_objects : dict of str to class, optional
            Your own layers, activations and so on by their names.

        Raises
        ------
        ValueError
            If it is no such configuration, or names a layer or other part that tinynet lacks.
        """
        parts = [part_of(each, custom_objects) for each in described_layers(cls, config)]
        model = cls(parts, name=config.get("name"))
        shape = config.get("build_input_shape")
        if isinstance(shape, (list, tuple)) and shape:
            model.build((None, *shape[1:]))
        model._trainable = flag(cls.__name__, "trainable", config.get("trainable", True))
        return model


MODELS["Sequential"] = Sequential


def _shape_of(layer: Any) -> Any:
    """Return the shape of one sample that a first layer or model was given, or is built for, or None."""
    if isinstance(layer, Layered):
        return layer.sample_shape
    return layer.input_shape[1:] if layer.given_input_shape is None and layer.built else layer.given_input_shape

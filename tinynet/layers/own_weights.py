"""Layers of a user's that have weights and say by `call` what they do with them: differentiated by a tape.

Source: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet import answers, tape
from tinynet._signatures import takes
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.layers.added_losses import uncounted
from tinynet.layers.base import Layer
from tinynet.layers.merging import Merge
from tinynet.layers.own_call import ADVICE
from tinynet.layers.trial import one_array, ones_of, require_entries


class ByCall(Layer):
    """What computes a user's layer: its `call`, run on arrays that remember how they were computed.

    Parameters
    ----------
    layer : Layer
        The layer, whose class defines `call`. Its weights are this one's.
    """

    def __init__(self, layer: Any) -> None:
        vars(self)["layer"] = layer
        penalty = layer.activity_regularizer
        super().__init__(name=layer.name, trainable=layer.trainable, dtype=layer.dtype, activity_regularizer=penalty)
        self._takes_training, self.takes_mask = takes(layer.call, "training"), takes(layer.call, "mask")
        self.supports_masking = bool(layer.supports_masking)
        self._shapes: dict[Any, Shape] = {}
        self._given: list[tape.Taped] = []
        self._found: Any = None

    @property
    def trainable(self) -> bool:
        """Whether the layer's weights are trained."""
        return bool(self.layer.trainable)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.layer.trainable = value

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer."""
        return f"the `call` of layer '{self.name}' ({type(self.layer).__name__}) is Python"

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return where the output is no padding, as the layer has it."""
        return self.layer.compute_mask(inputs, previous_mask)

    def build(self, input_shape: Any) -> None:
        """Take over the weights that the layer has made."""
        if not self.layer.built:
            self.layer._build_given(input_shape)
        self._parameters = self.layer._parameters

    @property
    def losses(self) -> list[float]:
        """What adds to the loss, as the layer has it."""
        return list(self.layer.losses)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer that it computes."""
        found: dict[str, Any] = self.layer.get_config()
        return found

    def _shape_after(self, input_shape: Any, ones: Any, shapes: Sequence[Shape]) -> Shape:
        """Return the shape that the layer says, or that of what `call` makes of ones."""
        if type(self.layer).compute_output_shape is not Layer.compute_output_shape:
            return tuple(self.layer.compute_output_shape(input_shape))
        key = tuple(shapes)
        if key not in self._shapes:
            shape = uncounted(self._by_itself, ones).shape
            require_entries(
                self.layer.described, "call", shape, *(tuple(axis or 2 for axis in each) for each in shapes)
            )
            self._shapes[key] = (None, *shape[1:])
        return self._shapes[key]

    def _computed(self, x: Any, training: bool) -> Any:
        """Return what `call` makes of a batch, or of a list of them."""
        options = {"training": training} if self._takes_training else {}
        whose = self.layer.described
        try:
            found = answers.asked(f"{whose}, `call`", self.layer._call_given, x, **options)
        except tape.NotFollowedError as error:
            raise TypeError(f"{whose}: its `call` could not be followed: {error} {ADVICE}") from error
        if isinstance(found, tape.Taped):
            return found
        return one_array(whose, "call", found)

    def _by_itself(self, x: Any) -> Any:
        """Return what `call` makes of a batch outside of training, of which nothing is remembered."""
        weights = {parameter: tape.unshared(parameter.value) for parameter in self._parameters.values()}
        with tape.standing_for(weights):
            return self._computed(x, False)

    def _in_training(self, xs: Sequence[Array], several: bool) -> Array:
        """Return what `call` makes of batches on a tape, and remember how."""
        weights = {parameter: tape.Taped(parameter.value) for parameter in self._parameters.values()}
        taped = [tape.Taped(x) for x in xs]
        self._given = [*taped, *weights.values()]
        with tape.standing_for(weights):
            self._found = self._computed(taped if several else taped[0], True)
        return np.array(getattr(self._found, "value", self._found), xs[0].dtype, order="C")

    def _backward(self, dy: Array) -> list[Array]:
        """Set the gradients of the weights, and return those of what was given: back along what `call` did."""
        reached = tape.reached(self._found)
        count = len(self._given) - len(self.parameters)
        found = tape.gradients(self._found, dy, self._given)
        for parameter, given, gradient in zip(self.parameters, self._given[count:], found[count:], strict=True):
            if parameter.trainable and given.number not in reached:
                raise TypeError(
                    f"{self.layer.described}: what `call` returns does not depend on the weight '{parameter.name}' by "
                    "anything that tinynet follows. Compute with `self.<name>`, or make the weight with "
                    "trainable=False."
                )
            parameter.gradient[...] = gradient
        return found[:count]


class OwnWeights(ByCall):
    """What computes a user's layer of one input."""

    @quiet
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that the layer says, or that of what `call` makes of a batch of ones."""
        return self._shape_after(input_shape, ones_of(input_shape, self.layer.dtype), [input_shape])

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return what `call` makes of x."""
        self.require_batch(x)
        training = self.in_training(training)
        if not training:
            return np.asarray(self._by_itself(tape.unshared(x)), x.dtype, order="C")
        y = self._in_training([x], several=False)
        self._trained = y.shape
        return y

    @quiet
    def backward(self, dy: Array) -> Array:
        """Set the gradients of the weights, and return that of x: back along what `call` did."""
        self.require_gradient(dy)
        return np.ascontiguousarray(self._backward(dy)[0])


class OwnWeightsOfSeveral(ByCall, Merge):
    """What computes a user's layer whose `call` takes a list of inputs."""

    @quiet
    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape that the layer says, or that of what `call` makes of batches of ones."""
        return self._shape_after([*shapes], [ones_of(shape, self.layer.dtype) for shape in shapes], shapes)

    @quiet
    def combined(self, xs: Sequence[Array]) -> Array:
        """Return what `call` makes of copies, which it may write to."""
        return np.asarray(self._by_itself([tape.unshared(x) for x in xs]), xs[0].dtype, order="C")

    @quiet
    def forward(self, x: Any, training: bool = False) -> Array:
        """Return what `call` makes of a batch of each input."""
        if not self.in_training(training):
            return super().forward(x)
        xs = self._inputs(x)
        y = self._in_training(xs, several=True)
        self._xs, self._like = xs, y.shape
        return y

    @quiet
    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """Set the gradients of the weights, and return each input's: back along what `call` did."""
        return self._backward(dy)

"""Layers of a user's that have weights and say by `call` what they do with them: differentiated by a tape.

Source: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import answers, tape
from tinynet._signatures import takes
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.layers.base import Layer
from tinynet.layers.own_call import ADVICE
from tinynet.layers.trial import ones_of, require_entries


class OwnWeights(Layer):
    """What computes a user's layer: its `call`, run on arrays that remember how they were computed.

    Parameters
    ----------
    layer : Layer
        The layer, whose class defines `call`. Its weights are this one's.
    """

    def __init__(self, layer: Any) -> None:
        vars(self)["layer"] = layer
        super().__init__(name=layer.name, trainable=layer.trainable, dtype=layer.dtype)
        self._takes_training = takes(layer.call, "training")
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

    def build(self, input_shape: Shape) -> None:
        """Take over the weights that the layer has made."""
        self.layer.ensure_built(input_shape)
        self._parameters = self.layer._parameters

    @quiet
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that the layer says, or that of what `call` makes of a batch of ones."""
        if type(self.layer).compute_output_shape is not Layer.compute_output_shape:
            return tuple(self.layer.compute_output_shape(input_shape))
        if input_shape not in self._shapes:
            ones = ones_of(input_shape, self.layer.dtype)
            shape = self._computed(ones, False).shape
            require_entries(self.layer.described, "call", shape, ones.shape)
            self._shapes[input_shape] = (None, *shape[1:])
        return self._shapes[input_shape]

    def _computed(self, x: Any, training: bool) -> Any:
        """Return what `call` makes of a batch."""
        options = {"training": training} if self._takes_training else {}
        whose = self.layer.described
        try:
            found = answers.asked(f"{whose}, `call`", self.layer.call, x, **options)
        except tape.NotFollowedError as error:
            raise TypeError(f"{whose}: its `call` could not be followed: {error} {ADVICE}") from error
        return found if isinstance(found, tape.Taped) else answers.numbers(whose, "call", found, "an array")

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return what `call` makes of x."""
        self.require_batch(x)
        training = self.in_training(training)
        if not training:
            return np.asarray(self._computed(x.copy(), False), x.dtype, order="C")
        weights = {parameter: tape.Taped(parameter.value) for parameter in self._parameters.values()}
        self._given = [tape.Taped(x), *weights.values()]
        with tape.standing_for(weights):
            self._found = self._computed(self._given[0], True)
        y = np.array(getattr(self._found, "value", self._found), x.dtype, order="C")
        self._trained = y.shape
        return y

    @quiet
    def backward(self, dy: Array) -> Array:
        """Set the gradients of the weights, and return that of x: back along what `call` did."""
        self.require_gradient(dy)
        reached = tape.reached(self._found)
        dx, *found = tape.gradients(self._found, dy, self._given)
        for parameter, given, gradient in zip(self.parameters, self._given[1:], found, strict=True):
            if parameter.trainable and given.number not in reached:
                raise TypeError(
                    f"{self.layer.described}: what `call` returns does not depend on the weight '{parameter.name}' by "
                    "anything that tinynet follows. Compute with `self.<name>`, or make the weight with "
                    "trainable=False."
                )
            parameter.gradient[...] = gradient
        return np.ascontiguousarray(dx)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer that it computes."""
        found: dict[str, Any] = self.layer.get_config()
        return found

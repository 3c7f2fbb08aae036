"""Models as layers: called with tensors without numbers, and the tensors that stand for what they take and give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinynet._arguments import all_tensors
from tinynet._names import shown_as
from tinynet._types import Shape
from tinynet.layers.symbolic import HasCalls, KerasTensor, leaves, shaped_like
from tinynet.models.wiring import Passage, Wiring, given_to


@shown_as("Model")
class Called(HasCalls):
    """What every model has of the functional API."""

    built: bool
    build: Any
    sample_shape: Any
    _chained: Any

    @property
    def wiring(self) -> Wiring:
        """Which layer takes what; raises a ValueError if that is not known yet."""
        raise NotImplementedError

    @property
    def passage(self) -> Passage:
        """Which part takes what, as far as that is known before any shape is."""
        return Passage(self.wiring.uses, self.wiring.outputs)

    def tensors(self) -> tuple[Any, Any]:
        """Return the tensors that stand for what the model takes and gives, made when they are first asked for."""
        if (known := vars(self).get("_tensors")) is None:
            known = vars(self)["_tensors"] = self.wiring.tensors()
        return known

    @property
    def input(self) -> Any:
        """The symbolic tensor that stands for what the model takes; several in the form that they were given in."""
        return self._end(0)

    @property
    def output(self) -> Any:
        """The symbolic tensor that stands for what the model gives; several in the form that they were given in."""
        return self._end(1)

    def _end(self, number: int) -> Any:
        """Return the tensors at one end, or raise an AttributeError, as Keras does, while there are none."""
        if self.sample_shape is None or not self._chained:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' is not built, and so has no defined inputs and outputs yet. "
                "Begin with Input(shape=(12,)), or build it."
            )
        return self.tensors()[number]

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic tensors that stand for what the model takes, as a list."""
        return leaves(self.input)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic tensors that stand for what the model gives, as a list."""
        return leaves(self.output)

    def _with_tensors(self, x: Any, training: Any) -> Any:
        """Return the tensors that the model gives for others."""
        tensors = all_tensors(f"Model '{self.name}'", leaves(x))
        if all(tensor.builds for tensor in tensors) and not self.built:
            self.build(tensors[0].shape)
        wiring, tensors = self.wiring, self._in_order(x)
        given = self.note_call(tensors, wiring.output_shapes([tensor.shape for tensor in tensors]), training)
        return shaped_like(wiring.outputs_like, iter(given))

    def _in_order(self, x: Any) -> list[Any]:
        """Return what a list has for the inputs, or a dict by their names, or raise a ValueError."""
        wiring, found = self.wiring, leaves(x)
        names = wiring.names[0]
        if isinstance(x, Mapping) and len(names) == len(wiring.inputs):
            if missing := [name for name in names if name not in x]:
                raise ValueError(
                    f"Model '{self.name}' has the inputs {names}; there is nothing for {missing}. Received: {[*x]}"
                )
            return [x[name] for name in names]
        if isinstance(wiring.inputs_like, Mapping) and len(found) > 1 and not isinstance(x, Mapping):
            raise ValueError(
                f"Model '{self.name}': The structure of `inputs` doesn't match the expected structure, a dict of "
                f"{names}. Received: {len(found)} in a {type(x).__name__}."
            )
        if len(found) != len(wiring.inputs):
            raise ValueError(f"Model '{self.name}' takes {len(wiring.inputs)} inputs. Received: {len(found)}")
        return found

    @property
    def says_training(self) -> bool:
        """Whether a part was called with ``training=True``: that counts where the model is called without a flag."""
        if self.sample_shape is None:
            return False
        return any(use.training or getattr(use.part, "says_training", False) for use in self.passage.uses)

    def _as_told(self, x: Any) -> Any:
        """Return the outputs for a batch, each part being called as it was when the model was put together."""
        values = [x] if len(self.wiring.inputs) == 1 and not isinstance(x, Mapping) else self._in_order(x)
        for use in self.passage.uses:
            values += leaves(use.part(given_to(use.part, [values[i] for i in use.takes]), training=use.training))
        return shaped_like(self.wiring.outputs_like, iter([values[number] for number in self.passage.outputs]))

    def ensure_built(self, input_shape: Shape) -> None:
        """Build the model unless it is built."""
        if not self.built:
            self.build(input_shape)

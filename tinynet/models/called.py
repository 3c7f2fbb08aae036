"""Models as layers: called with tensors without numbers, and the tensors that stand for what they take and give."""

from __future__ import annotations

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
    _layers: Any

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
        if self.sample_shape is None or not self._layers:
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
        wiring = self.wiring
        if len(tensors) != len(wiring.inputs):
            raise ValueError(f"Model '{self.name}' takes {len(wiring.inputs)} inputs. Received: {len(tensors)}")
        given = self.note_call(tensors, wiring.output_shapes([tensor.shape for tensor in tensors]), training)
        return shaped_like(wiring.outputs_like, iter(given))

    @property
    def says_training(self) -> bool:
        """Whether a part was called with ``training=True``: that counts where the model is called without a flag."""
        if self.sample_shape is None:
            return False
        return any(use.training or getattr(use.part, "says_training", False) for use in self.passage.uses)

    def _as_told(self, x: Any) -> Any:
        """Return the outputs for a batch, each part being called as it was when the model was put together."""
        values = leaves(x)
        if len(values) != len(self.wiring.inputs):
            raise ValueError(f"Model '{self.name}' takes {len(self.wiring.inputs)} inputs. Received: {len(values)}")
        for use in self.passage.uses:
            values += leaves(use.part(given_to(use.part, [values[i] for i in use.takes]), training=use.training))
        return shaped_like(self.wiring.outputs_like, iter([values[number] for number in self.passage.outputs]))

    def ensure_built(self, input_shape: Shape) -> None:
        """Build the model unless it is built."""
        if not self.built:
            self.build(input_shape)

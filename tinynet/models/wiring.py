"""Which layer of a model takes what, and the tensors without numbers that it is read from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tinynet._arguments import shown
from tinynet._types import Shape
from tinynet.graph import Call, Graph, Joins
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.symbolic import KerasTensor, Node, leaves, shaped_like


class Use(NamedTuple):
    """One use of a layer, or of a model as one; a model gives as many values as it has outputs.

    Attributes
    ----------
    part : Layer or Model
        The layer or the model.
    takes : tuple of int
        The numbers of the values that it takes: the inputs come first, then what each use gives.
    training : bool, optional
        What was given as `training`. As in Keras, a run's own overrides it.
    """

    part: Any
    takes: tuple[int, ...]
    training: bool | None = None


class Wiring(NamedTuple):
    """The uses of a model's parts, in an order in which they can compute.

    Attributes
    ----------
    inputs : tuple of InputLayer
        What the model takes.
    parts : tuple of Layer or Model
        The inputs and the parts, each once, in Keras's order.
    uses : tuple of Use
        The uses.
    outputs : tuple of int
        The numbers of the values that come out.
    inputs_like, outputs_like : object
        The lists and dicts in which the user gave them, with anything in place of the tensors.
    """

    inputs: tuple[InputLayer, ...]
    parts: tuple[Any, ...]
    uses: tuple[Use, ...]
    outputs: tuple[int, ...]
    inputs_like: Any = None
    outputs_like: Any = None

    def value_shapes(self, inputs: Sequence[Any], builds: bool = False) -> list[Shape]:
        """Return the shapes of all values for inputs of these shapes; raises if some part cannot take its input.

        With `builds` the parts that are not built are built on the way.
        """
        if len(inputs) != len(self.inputs):
            raise ValueError(f"the model takes {len(self.inputs)} inputs. Received: shapes of {len(inputs)}")
        values = [tuple(shape) for shape in inputs]
        for use in self.uses:
            taken: Any = given_to(use.part, [values[number] for number in use.takes])
            if builds:
                use.part.ensure_built(taken)
            found = use.part.compute_output_shape(taken)
            values += found if found and isinstance(found[0], tuple) else [tuple(found)]
        return values

    def output_shapes(self, inputs: Sequence[Any]) -> list[Shape]:
        """Return the shapes of the outputs for inputs of these shapes."""
        values = self.value_shapes(inputs)
        return [values[number] for number in self.outputs]

    @property
    def input_shapes(self) -> list[Shape]:
        """The shapes of the inputs, the batch being None."""
        return [(None, *(layer.given_input_shape or ())) for layer in self.inputs]

    @property
    def joins(self) -> Joins | None:
        """What several inputs and outputs are called; None for one of each."""
        if len(self.inputs) == len(self.outputs) == 1 and not isinstance(self.inputs_like, Mapping):
            return None
        inputs, outputs = self.names
        shapes = tuple(shape[1:] for shape in self.input_shapes)
        return Joins(tuple(inputs), tuple(outputs), shapes, isinstance(self.inputs_like, Mapping))

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """What the inputs and the outputs are called: by their layers, or by the keys of their dict."""
        inputs = [layer.name for layer in self.inputs]
        values = [*inputs]
        for use in self.uses:  # what only adds to the loss leaves an output its name
            name = values[use.takes[0]] if type(use.part).__name__ == "AddLoss" else use.part.name
            values += [name] * outputs_of(use.part)
        outputs = [values[number] for number in self.outputs]
        if isinstance(self.inputs_like, Mapping):
            inputs = sorted(self.inputs_like)
        if isinstance(self.outputs_like, Mapping):
            outputs = sorted(self.outputs_like)
        return inputs, outputs

    def without_tensors(self) -> Wiring:
        """Return the same, holding on to no tensors: what models keep."""
        like = [shaped_like(form, iter(range(len(leaves(form))))) for form in (self.inputs_like, self.outputs_like)]
        return self._replace(inputs_like=like[0], outputs_like=like[1])

    def tensors(
        self, instead: Mapping[Any, Any] | None = None, call: Callable[..., Any] | None = None
    ) -> tuple[Any, Any]:
        """Return the tensors that stand for inputs and outputs, each part being called as its uses say.

        `instead` holds the parts to call in place of the model's own; ``call(part, tensors)`` calls one.
        """
        parts = {part: part for part in self.parts} if instead is None else instead
        layers = [parts[layer] for layer in self.inputs]
        values = [layer._nodes[0].outputs[0] if layer._nodes else layer.tensor() for layer in layers]
        given = shaped_like(self.inputs_like, iter([*values]))
        for use in self.uses:
            taken = given_to(use.part, [values[number] for number in use.takes])
            options = {} if use.training is None else {"training": use.training}
            part = parts[use.part]
            form = getattr(use.part._original, "_form", None) if getattr(type(part), "by_call", False) else None
            arguments = [taken] if form is None else []  # a user's `call` may have several
            options |= {} if form is None else form.arguments(taken)
            values += leaves(part(*arguments, **options) if call is None else call(part, *arguments, **options))
        return given, shaped_like(self.outputs_like, iter([values[number] for number in self.outputs]))


class Passage(NamedTuple):
    """The way through a model: the uses of its parts, and the numbers of the values that come out."""

    uses: tuple[Use, ...]
    outputs: tuple[int, ...]


def graph_of(passage: Passage, inputs: Sequence[Shape]) -> Graph:
    """Return the calls of the layers, inner models being taken apart, for inputs of these shapes."""
    calls: list[Call] = []

    def through(passage: Passage, takes: Sequence[int]) -> list[int]:
        values = [*takes]
        for use in passage.uses:
            taken = tuple(values[number] for number in use.takes)
            if hasattr(use.part, "passage"):
                values += through(use.part.passage, taken)
            else:
                calls.append(Call(use.part, taken))
                values.append(len(inputs) + len(calls) - 1)
        return [values[number] for number in passage.outputs]

    outputs = through(passage, range(len(inputs)))
    return Graph(tuple(inputs), tuple(calls), tuple(outputs))


def outputs_of(part: Any) -> int:
    """Return how many values a use of a part gives."""
    return len(part.passage.outputs) if hasattr(part, "passage") else 1


def given_to(part: Any, values: list[Any]) -> Any:
    """Return what a part is called with: the one value, or a list for what takes several."""
    return values if len(values) > 1 or getattr(part, "merges", False) else values[0]


# ---- read from tensors ----------------------------------------------------------------------------------------------


def number_inputs(parts: Iterable[Any]) -> None:
    """Give inputs names of their own where several have the one that every `Sequential`'s has by itself.

    As Keras numbers them when they are made: models of one input each can be put together by their ``.input``.
    """
    inputs = [part for part in parts if isinstance(part, InputLayer)]
    taken = {part.name for part in inputs}
    for place, part in enumerate(inputs):
        if part.name == "input_layer" and any(other.name == part.name for other in inputs[:place]):
            part.name = next(name for n in itertools.count(1) if (name := f"input_layer_{n}") not in taken)
            taken.add(part.name)


def wiring_of(inputs: Any, outputs: Any) -> Wiring:
    """Return how tensors come from others, or raise a ValueError if they do not."""
    for what, form in (("inputs", inputs), ("outputs", outputs)):
        if isinstance(form, Mapping) and (odd := [key for key in form if not isinstance(key, str)]):
            raise TypeError(f"Model: `{what}` must be a dict of strings to tensors. Received the key {shown(odd[0])}")
    taken, given = leaves(inputs), leaves(outputs)
    for what, tensors in (("inputs", taken), ("outputs", given)):
        for tensor in tensors:
            if not isinstance(tensor, KerasTensor):
                raise ValueError(f"All `{what}` values must be KerasTensors. Received: {shown(tensor)}")
    nodes, seen = _in_order(taken, given)
    numbers = {id(tensor): number for number, tensor in enumerate(taken)}
    uses = []
    for node in nodes:
        for tensor in node.inputs:
            if id(tensor) not in numbers:
                raise ValueError(
                    f"Output with path `{_path_to(tensor, outputs)}` is not connected to `inputs`. "
                    f"{tensor.node.operation.name} is not connected to the model's `inputs`: add what {shown(tensor)} "
                    "comes from to them."
                )
        uses.append(Use(node.operation, tuple(numbers[id(tensor)] for tensor in node.inputs), node.training))
        for tensor in node.outputs:
            numbers[id(tensor)] = len(numbers)
    layers = tuple(_input_of(tensor) for tensor in taken)
    parts = _by_depth(nodes, seen, dict(zip(map(id, taken), layers, strict=True)))
    for tensor in given:
        if id(tensor) not in numbers:
            raise ValueError(f"`outputs`: {shown(tensor)} is not connected to `inputs`.")
    return Wiring(layers, parts, tuple(uses), tuple(numbers[id(tensor)] for tensor in given), inputs, outputs)


def _path_to(tensor: KerasTensor, outputs: Any) -> str:
    """Return where among the outputs the first stands that comes from a tensor: ``1``, ``price`` or ``prices.0``."""

    def comes_from(output: KerasTensor) -> bool:
        waiting, met = [output], set[int]()
        while waiting:
            each = waiting.pop()
            if each is tensor:
                return True
            if id(each) not in met:
                met.add(id(each))
                waiting += each.node.inputs
        return False

    def path(form: Any, above: tuple[str, ...]) -> str | None:
        if isinstance(form, Mapping):
            return next((p for key in form if (p := path(form[key], (*above, str(key)))) is not None), None)
        if isinstance(form, (list, tuple)):
            return next((p for i, each in enumerate(form) if (p := path(each, (*above, str(i)))) is not None), None)
        return ".".join(above) if comes_from(form) else None

    return path(outputs, ()) or ""


def _input_of(tensor: KerasTensor) -> InputLayer:
    """Return the input that a tensor is of, or a new one for a tensor from within a network."""
    if isinstance(layer := tensor.node.operation, InputLayer):
        return layer
    found = InputLayer(tensor.shape[1:], name=f"{tensor.name}CLONE")
    found.tensor()
    return found


def _in_order(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> tuple[list[Node], dict[int, Any]]:
    """Return the calls between tensors, each after those that it needs, and which parts are met in which order."""
    stop = {id(tensor) for tensor in inputs}
    nodes: dict[Node, None] = {}
    seen: dict[int, int] = {}
    for output in outputs:
        waiting: list[tuple[KerasTensor, bool]] = [(output, False)]
        while waiting:
            tensor, done = waiting.pop()
            node = tensor.node
            if done:
                nodes[node] = None
                continue
            if node in nodes:
                continue
            inner = not isinstance(node.operation, InputLayer)
            if id(tensor) in stop and inner:
                continue
            seen.setdefault(id(node.operation), len(seen))
            if inner:
                waiting += [(tensor, True), *((each, False) for each in reversed(node.inputs))]
    return [*nodes], seen


def _by_depth(nodes: Sequence[Node], seen: dict[int, int], inputs: dict[int, InputLayer]) -> tuple[Any, ...]:
    """Return the inputs and the parts in Keras's order: by their distance from the outputs, then as they are met."""
    depths: dict[Any, int] = {}
    of_tensors: dict[int, int] = {}
    for node in reversed(nodes):
        depth = max([depths.get(node.operation, 0), *(of_tensors.get(id(tensor), 0) for tensor in node.outputs)])
        depths[node.operation] = depth
        for tensor in node.inputs:
            of_tensors[id(tensor)] = max(depth + 1, of_tensors.get(id(tensor), 0))
    for tensor, layer in inputs.items():
        depths[layer] = max(depths.get(layer, 0), of_tensors.get(tensor, 0))
        seen.setdefault(id(layer), -1)
    return tuple(sorted(depths, key=lambda part: (-depths[part], seen[id(part)])))

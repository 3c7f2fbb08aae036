"""Models of the functional API in Keras's form: their layers, and the calls of each.

A call is written as ``{"args": [tensor], "kwargs": {}}``, a tensor by the layer that gives it, the number of that
layer's call, and which of its outputs it is: ``["dense", 0, 0]``. Source:
https://github.com/keras-team/keras/blob/master/keras/src/models/functional.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinynet._arguments import flag, shown
from tinynet._serialization import name_in
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.symbolic import KerasTensor, leaves, shaped_like
from tinynet.models.forms import described_layers, part_of, within_model
from tinynet.models.wiring import Wiring, outputs_of

#: A tensor as it is written down.
Reference = tuple[str, int, int]


def config_of(model: Any) -> dict[str, Any]:
    """Return the configuration of a model."""
    wiring: Wiring = model.wiring
    shapes = wiring.value_shapes(wiring.input_shapes)
    values: list[Reference] = [(layer.name, 0, 0) for layer in wiring.inputs]
    written_as = {part.name: within_model(part) for part in wiring.parts}
    calls: dict[str, list[Any]] = {name: [] for name in written_as}
    for use in wiring.uses:
        tensors = [_tensor(values[number], shapes[number], model.dtype) for number in use.takes]
        given = tensors if len(tensors) > 1 or getattr(use.part, "merges", False) else tensors[0]
        options = {} if use.training is None else {"training": use.training}
        own = getattr(use.part, "_original", None)
        is_itself = written_as[use.part.name]["class_name"] == type(own).__name__  # and not the model that it chains
        form = getattr(own, "_form", None) if is_itself else None
        named = {} if form is None else form.arguments(given)
        number = len(calls[use.part.name])
        call = {"args": [given] if form is None else [], "kwargs": {**named, **options}}
        if type(use.part).__name__ == "Operation":
            from tinynet.interop import keras_operations

            if (found := keras_operations.written(use.part, tensors)) is not None:
                written_as[use.part.name], call = found
        calls[use.part.name].append(call)
        values += [(use.part.name, number, output) for output in range(outputs_of(use.part))]
    models = {part.name for part in wiring.parts if type(part).__name__ == "Functional"}

    def written(numbers: Sequence[int], like: Any) -> Any:
        found = [values[number] for number in numbers]
        return shaped_like(like, iter([[name, call + (name in models), which] for name, call, which in found]))

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [{**entry, "name": name, "inbound_nodes": calls[name]} for name, entry in written_as.items()],
        "input_layers": written(range(len(wiring.inputs)), wiring.inputs_like),
        "output_layers": written(wiring.outputs, wiring.outputs_like),
    }


def connections_of(model: Any) -> dict[str, str]:
    """Return for each part of a model what it takes, as the table shows it; nothing where each takes the one before.

    Each tensor is written with the number of its layer's call, and which of the outputs it is: ``dense[0][0]``.
    """
    wiring: Wiring = model.wiring
    stacked = all(use.takes == (number,) for number, use in enumerate(wiring.uses)) and len(wiring.inputs) == 1
    if stacked and len({use.part for use in wiring.uses}) == len(wiring.uses):
        return {}
    values: list[str] = [f"{layer.name}[0][0]" for layer in wiring.inputs]
    taken: dict[str, list[str]] = {part.name: [] for part in wiring.parts}
    calls: dict[str, int] = {}
    for use in wiring.uses:
        name = use.part.name
        call = calls[name] = calls.get(name, -1) + 1
        taken[name] += [values[number] for number in use.takes]
        values += [f"{name}[{call}][{output}]" for output in range(outputs_of(use.part))]
    return {name: ", ".join(found) or "-" for name, found in taken.items()}


def _tensor(reference: Reference, shape: Any, dtype: str) -> dict[str, Any]:
    config = {"shape": shape, "dtype": dtype, "keras_history": [*reference]}
    return {"class_name": "__keras_tensor__", "config": config}


#: What says in a configuration which layer takes what.
WIRED = {"layers", "input_layers", "output_layers"}
#: What a functional model's configuration consists of; Keras 2 wrote besides when it was compiled, and with what.
_OURS = {"name", "trainable", "layers", "input_layers", "output_layers", "dtype", "keras_version", "backend"}


def from_config(cls: Any, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> Any:
    """Return the model that a configuration describes; see `Model.from_config`."""
    entries = described_layers(cls, config)
    if not {"input_layers", "output_layers"} <= config.keys():
        raise ValueError(
            f"{cls.__name__}.from_config: `config` must say its input_layers and output_layers. Received: "
            f"{shown(config)}"
        )
    made = _Made(entries, custom_objects)
    inputs, outputs = (made.tensors(config[name]) for name in ("input_layers", "output_layers"))
    trainable = config.get("trainable")
    tinynets = cls.__module__.partition(".")[0] == "tinynet"
    own = {} if tinynets else {name: value for name, value in config.items() if name not in _OURS}
    try:
        model = cls(inputs=inputs, outputs=outputs, name=config.get("name"), **own)
    except TypeError as error:
        if not own:
            raise
        raise TypeError(
            f"{cls.__name__}.from_config: `__init__` must take what `get_config` gives: inputs, outputs, name and "
            f"{[*own]}. Or define `from_config`. {error}"
        ) from error
    model._trainable = flag(cls.__name__, "trainable", True if trainable is None else trainable)
    return model


class _NotYetError(Exception):
    """A tensor's call has not been made yet."""


class _Operation:
    """An operation between tensors in Keras's form: it is made by being called."""

    def __init__(self, name: str, apply: Callable[[Any], Any]) -> None:
        self.name, self.apply = name, apply

    def __call__(self, call: Any) -> Any:
        """Return the tensor that it gives, named as the operation is, or the tensors."""
        found = self.apply(call)
        if isinstance(found, KerasTensor):
            found.node.operation.name = self.name
        return found


def _operation(entry: Mapping[str, Any], tensor: Callable[[Any], KerasTensor]) -> _Operation | None:
    """Return the operation that an entry describes, or None for a layer."""
    if str(entry.get("module", "keras.src")).partition(".src")[1] == "":
        return None  # without a look at what there are: a process that only predicts does not need it
    from tinynet.interop import keras_operations

    if not keras_operations.is_operation(entry):
        return None
    name = keras_operations.name_of(entry)
    return _Operation(name, lambda call: keras_operations.applied(entry, call, tensor))


def _histories(value: Any) -> list[Any]:
    """Return the references to tensors in a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        value = [*value.values()]
    return [found for each in value for found in _histories(each)] if isinstance(value, (list, tuple)) else []


class _Made:
    """The parts that entries describe, called as they say."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], custom_objects: Mapping[str, Any] | None) -> None:
        self.entries = {name_in(entry): entry for entry in entries}
        self.parts: dict[str, Any] = {}
        #: What each call of each part gave.
        self.given: dict[str, list[list[KerasTensor]]] = {}
        waiting: dict[str, list[Any]] = {}
        for entry in entries:
            if (operation := _operation(entry, self._of_history)) is not None:
                self._take_up(operation.name, operation)
                waiting[operation.name] = list(entry.get("inbound_nodes") or [])
                continue
            part = part_of({name: entry[name] for name in entry if name != "inbound_nodes"}, custom_objects)
            name = entry.get("name", part.name)
            self._take_up(name, part)
            if isinstance(part, InputLayer):
                self.given[name].append([part.tensor()])
            elif nodes := list(entry.get("inbound_nodes") or []):
                waiting[name] = nodes
        while waiting:
            before = sum(map(len, waiting.values()))
            for name in [*waiting]:
                nodes = waiting[name]
                while nodes and (call := self._call_of(self.parts[name], nodes[0])) is not None:
                    self.given[name].append(leaves(self.parts[name](*call[0], **call[1])))
                    del nodes[0]
                if not nodes:
                    del waiting[name]
            if sum(map(len, waiting.values())) == before:
                raise ValueError(
                    f"the calls of the layers {shown([*waiting])} take what no layer gives: they wait for each other "
                    "in a loop, or for a call that is never made."
                )

    def _is_padding(self, reference: Any) -> bool:
        """Return whether a tensor tells where there is no padding, of which layers here know by themselves."""
        entry = self.entries.get(reference[0], {})
        nodes = entry.get("inbound_nodes") or [{}]
        taken = nodes[0].get("args") if isinstance(nodes[0], Mapping) else None
        if entry.get("class_name") in ("LogicalOr", "LogicalAnd"):
            return all(map(self._is_padding, _histories(taken)))
        if entry.get("class_name") != "NotEqual" or not isinstance(taken, list) or taken[1:] != [0]:
            return False
        words = [each for each in self.entries.values() if each.get("config", {}).get("mask_zero")]
        return any(_histories(taken) == _histories(each["inbound_nodes"]) for each in words)

    def _take_up(self, name: str, part: Any) -> None:
        if name in self.parts:
            raise ValueError(f"there are two layers named {shown(name)}.")
        self.parts[name], self.given[name] = part, []

    def _of_history(self, reference: Any) -> KerasTensor:
        """Return a tensor that has been made."""
        tensor = self._tensor(*reference)
        if tensor is None:
            raise ValueError(f"no layer gives {shown(reference)}.")
        return tensor

    def _call_of(self, part: Any, node: Any) -> tuple[Sequence[Any], dict[str, Any]] | None:
        """Return the arguments of a call, or None if what it takes is not there yet; raises if it cannot be read."""
        try:
            return self._read_call(part, node)
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"a call of the layer '{part.name}' cannot be read: {shown(node)}") from error

    def _read_call(self, part: Any, node: Any) -> tuple[Sequence[Any], dict[str, Any]] | None:
        if isinstance(part, _Operation):
            return None if any(self._tensor(*each) is None for each in _histories(node)) else ([node], {})
        options: dict[str, Any] = {}
        if isinstance(node, Mapping) and getattr(type(part), "by_call", False):  # a user's `call` may have any
            try:
                return self._filled(node.get("args") or []), self._filled(node.get("kwargs") or {})
            except _NotYetError:
                return None
        if isinstance(node, Mapping):
            taken: Any = (*(node.get("args") or ()), *node["kwargs"].values())[0]
            masks = _histories(node["kwargs"].get("mask")) if taken is not node["kwargs"].get("mask") else []
            if len(_histories(node)) > len(_histories(taken)) + len(masks) or not all(map(self._is_padding, masks)):
                raise ValueError(
                    f"the layer '{part.name}' is called with more than what tinynet's takes: {shown([*node['kwargs']])}"
                )
            options = {name: value for name, value in node["kwargs"].items() if name == "training"}
        else:  # Keras 2
            taken = [_tensor((each[0], each[1], each[2]), None, "") for each in node]
            options = {k: v for each in node if len(each) > 3 for k, v in each[3].items() if k == "training"}
            taken = taken[0] if len(taken) == 1 else taken
        found = [self._tensor(*each["config"]["keras_history"]) for each in self._written(taken)]
        if any(tensor is None for tensor in found):
            return None
        return [found if isinstance(taken, (list, tuple)) else found[0]], options

    def _filled(self, written: Any) -> Any:
        """Return arguments with the tensors that stand in their lists and dicts; raises a _NotYetError."""
        if isinstance(written, (list, tuple)):
            return [self._filled(each) for each in written]
        if not isinstance(written, Mapping):
            return written
        if written.get("class_name") != "__keras_tensor__":
            return {name: self._filled(each) for name, each in written.items()}
        tensor = self._tensor(*written["config"]["keras_history"])
        if tensor is None:
            raise _NotYetError
        return tensor

    def _written(self, taken: Any) -> list[Any]:
        return [*taken] if isinstance(taken, (list, tuple)) else [taken]

    def _tensor(self, name: str, call: int, output: int) -> KerasTensor | None:
        """Return a tensor, or None if its call has not been made yet."""
        if name not in self.parts:
            raise ValueError(
                f"Missing node: {name}. A layer takes what a layer {shown(name)} gives, which there is not."
            )
        part, given = self.parts[name], self.given[name]
        if hasattr(part, "wiring") and call == len(given):  # Keras counts the calls of inner models from 1, or from 0
            call -= 1
        return given[call][output] if 0 <= call < len(given) else None

    def tensors(self, written: Any) -> Any:
        """Return the tensors in the lists and dicts that references to them are written in."""
        if isinstance(written, (list, tuple)) and len(written) == 3 and isinstance(written[0], str):
            tensor = self._tensor(*written)
            if tensor is None:
                raise ValueError(f"no layer gives {shown(written)}.")
            return tensor
        if isinstance(written, Mapping):
            return {name: self.tensors(each) for name, each in written.items()}
        if not isinstance(written, (list, tuple)):
            raise ValueError(f"expected a layer's name and numbers. Received: {shown(written)}")
        found = [self.tensors(each) for each in written]
        return tuple(found) if isinstance(written, tuple) else found

"""Reads an ONNX graph as layers: it looks for the parts' forms, from the outputs back to the inputs."""

from __future__ import annotations

import ast
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tinynet import activations, layers
from tinynet._arguments import path as path_of
from tinynet._bytes import bytes_of
from tinynet._extras import extra
from tinynet._reading import suspicious
from tinynet.interop.onnx import operations
from tinynet.interop.onnx.forms import ALL, INPUTS, SAMPLES, alternatives, form_of, number, operator, parsed
from tinynet.interop.onnx.network import Call, End, Network
from tinynet.interop.onnx.normal import Graph
from tinynet.layers.base import Layer
from tinynet.layers.global_pooling import GlobalPooling
from tinynet.layers.operation import Operation

#: What a form's names stand for in a graph: tensors' names for inputs, else arrays and numbers.
Values = dict[str, Any]


def read(path: str | os.PathLike[str]) -> Network:
    """Read the layers from an ONNX file, and which takes what.

    Parameters
    ----------
    path : path
        The file: a graph of what tinynet's layers and activations are in ONNX, as tinynet writes it, or of Gemm,
        MatMul and Add, activations, Flatten, Dropout, Concat and the like, as other tools write such networks.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no ONNX file, or holds something else than such a graph; the message names the node.
    ModuleNotFoundError
        If the package onnx is not installed.
    """
    onnx = extra("onnx", "Reading ONNX files")
    file = Path(path_of("load_model", "filepath", path))
    content = bytes_of(file)
    with suspicious(f"load_model: {file}", "is no ONNX file of layers"):
        model = onnx.load_model_from_string(content)
        onnx.checker.check_model(model, full_check=True)
        graph = Graph(onnx, onnx.shape_inference.infer_shapes(model).graph, model.opset_import)
        return _network(graph, _joined(_found(graph), graph))


class _Found(NamedTuple):
    """What computes a tensor: a part, what the names in its form stand for, and an activation that is the layer's."""

    cls: type
    values: Values
    activation: tuple[type, Values] | None = None

    @property
    def takes(self) -> list[str]:
        """The tensors that it takes, in order."""
        if ALL in self.values:
            return [*self.values[ALL]]
        return [self.values[name] for name in INPUTS if name in self.values]


def _found(graph: Graph) -> dict[str, _Found]:
    """Return what computes each of the tensors that are needed for the outputs, in an order in which they can be."""
    found: dict[str, _Found] = {}
    waiting = [(name, False) for name in reversed(graph.outputs)]
    read: dict[str, _Found] = {}
    while waiting:
        tensor, is_ready = waiting.pop()
        if tensor in found or tensor in graph.inputs:
            continue
        if is_ready:
            found[tensor] = read[tensor]
            continue
        part = read[tensor] = _best(graph, tensor)
        waiting += [(tensor, True), *((each, False) for each in reversed(part.takes))]
    _mark_padding(graph, found)
    return found


def _mark_padding(graph: Graph, found: dict[str, _Found]) -> None:
    """Tell the embeddings from which something comes that leaves out padding that 0 is no word."""
    for tensor, part in found.items():
        if SAMPLES not in part.values:
            continue
        waiting, met = part.takes, {tensor}
        while waiting:
            each = waiting.pop()
            if each in met or each not in found:
                continue
            met.add(each)
            before = found[each]
            if before.cls is layers.Embedding and before.takes == [part.values[SAMPLES]]:
                before.values["mask_zero"] = True
            waiting += before.takes


def _joined(found: dict[str, _Found], graph: Graph) -> dict[str, _Found]:
    """Make an activation that alone takes what a dense layer gives that layer's own."""
    uses = Counter(graph.outputs)
    for part in found.values():
        uses.update(part.takes)
    joined: dict[str, _Found] = {}
    for tensor, part in found.items():
        before = joined.get(part.takes[0])
        alone = before is not None and before.cls is layers.Dense and uses[part.takes[0]] == 1
        if alone and before is not None and before.activation is None and not issubclass(part.cls, Layer):
            del joined[part.takes[0]]
            joined[tensor] = before._replace(activation=(part.cls, part.values))
        else:
            joined[tensor] = part
    return joined


def _network(graph: Graph, found: dict[str, _Found]) -> Network:
    """Return the layers that were found, each as an object."""
    inputs = [End(*each) for each in zip(map(_as_name, graph.inputs), graph.shapes, itertools.count(), strict=False)]
    numbers = {tensor: number for number, tensor in enumerate([*graph.inputs, *found])}
    taken = {end.name for end in inputs}
    calls = []
    for tensor, part in found.items():
        layer = _made(part.cls, part.values)
        if part.activation is not None:
            layer.activation = _made(*part.activation).activation
        if len(graph.outputs) > 1 and tensor in graph.outputs:
            name = _as_name(graph.names[graph.outputs.index(tensor)])
            layer.name = layer.name if name in taken else name
        taken.add(layer.name)
        weights = {name: v for name, v in part.values.items() if isinstance(v, np.ndarray) and v.ndim}
        takes = tuple(numbers[each] for each in part.takes)
        calls.append(Call(layer, takes, SAMPLES in part.values, weights))
    outputs = [
        End(name, shape and shape[1:], numbers[tensor])
        for name, shape, tensor in zip(graph.names, graph.given, graph.outputs, strict=True)
    ]
    return Network("", graph.dtype, inputs, calls, outputs)


def _as_name(name: str) -> str:
    """Return a layer's name for what a file calls a tensor."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)


def _made(cls: type, values: Values) -> Any:
    """Return the layer of what the names in a form stand for; an activation in a layer of its own."""
    if cls is Operation:
        return Operation(values["function"], values["arguments"], values["options"])
    part = cls._from_onnx(values)  # type: ignore[attr-defined]
    return part if isinstance(part, Layer) else layers.Activation(part)


def _best(graph: Graph, tensor: str) -> _Found:
    """Return the part of the longest form that ends in a tensor, and what the form's names stand for."""
    found: list[tuple[int, _Found]] = []
    for cls, form in _parts():
        for expression, flags in alternatives(parsed(form)):
            for values in _matches(expression, tensor, graph, {}):
                found.append((sum(1 for _ in ast.walk(expression)), _Found(cls, {**values, **flags})))
    operation = operations.read(graph, tensor)
    for _, part in sorted(found, key=lambda each: -each[0]):
        if operation is None or _can_be(graph, part):
            return part
    if operation is None:
        raise ValueError(f"{graph.described(tensor)} is nothing that a layer of tinynet computes")
    function, arguments, options, tensors = operation
    told = {"function": function, "arguments": arguments, "options": options}
    return _Found(Operation, {ALL: tuple(tensors), **told})


def _can_be(graph: Graph, part: _Found) -> bool:
    """Return whether a layer can be what was found, where an operation could be it as well."""
    if issubclass(part.cls, GlobalPooling) and graph.ranks.get(part.takes[0], 3) != 3:
        return False
    try:
        part.cls._from_onnx({**part.values})  # type: ignore[attr-defined]
    except ValueError:
        return False
    return True


def _parts() -> Iterator[tuple[type, str]]:
    """Yield the classes of layers and activations with their forms of at least one operator."""
    for cls in (*layers.CLASSES.values(), *activations.CLASSES.values()):
        for form in (form_of(cls), form_of(cls, "onnx_padded")):
            if form is not None and form not in INPUTS:
                yield cls, form


def _matches(expression: ast.expr, tensor: str, graph: Graph, values: Values) -> Iterator[Values]:
    """Yield the ways in which a tensor is what the expression says, given what some names stand for already."""
    if isinstance(expression, ast.Name) and expression.id in (*INPUTS, SAMPLES):
        if tensor not in graph.constants:
            yield from _bound(values, expression.id, tensor)
        return
    constant = graph.constants.get(tensor)
    if isinstance(expression, ast.Name):
        if constant is not None:
            yield from _bound(values, expression.id, constant if constant.ndim else constant.item())
        return
    if (literal := number(expression)) is not None:
        if constant is not None and constant.size == 1 and constant.item() in (literal, float(np.float32(literal))):
            yield values
        return
    form, node = operator(expression), graph.nodes.get(tensor)
    if node is None or node.op_type != form.name:
        return
    every = any(isinstance(each, ast.Starred) for each in form.inputs)
    if graph.constants.keys() & {*node.input} if every else len(node.input) != len(form.inputs):
        return
    given = graph.attributes(node)
    if any(given[name] != graph.default(node, name) for name in given.keys() - form.attributes.keys()):
        return
    for name, term in form.attributes.items():
        if isinstance(term, ast.Name) and values.get(term.id, given[name]) == given[name]:
            values = {**values, term.id: given[name]}
        elif isinstance(term, ast.Name) or not _is_number(given.get(name), number(term)):
            return
    if every:
        yield {**values, ALL: tuple(node.input)}
        return
    orders = [list(node.input)]
    if form.name in ("Add", "Mul"):
        orders.append(orders[0][::-1])
    for order in orders:
        yield from _all_match(list(zip(form.inputs, order, strict=True)), graph, values)


def _is_number(found: Any, expected: Any) -> bool:
    """Return whether an attribute is what a form says: numbers with a fraction are of float32 in a file."""
    return bool(found == (float(np.float32(expected)) if isinstance(expected, float) else expected))


def _all_match(pairs: list[tuple[ast.expr, str]], graph: Graph, values: Values) -> Iterator[Values]:
    """Yield the ways in which several tensors are what their expressions say, all at once."""
    if not pairs:
        yield values
        return
    for bound in _matches(*pairs[0], graph, values):
        yield from _all_match(pairs[1:], graph, bound)


def _bound(values: Values, name: str, value: Any) -> Iterator[Values]:
    """Yield the values with one more name, unless the name stands for something else already."""
    if value is not None and (name not in values or np.array_equal(values[name], value)):
        yield {**values, name: value}

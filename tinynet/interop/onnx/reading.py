"""Reads an ONNX graph as a stack of layers: it looks for the parts' forms, from the output back to the input."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinynet import activations, layers
from tinynet._arguments import path as path_of
from tinynet._bytes import bytes_of
from tinynet._extras import extra
from tinynet._reading import suspicious
from tinynet._types import Array
from tinynet.interop.onnx.forms import INPUTS, alternatives, form_of, number, operator, parsed
from tinynet.interop.onnx.normal import Graph
from tinynet.layers.base import Layer

#: What a form's names stand for in a graph: tensors' names for inputs, else arrays and numbers.
Values = dict[str, Any]


def read(path: str | os.PathLike[str]) -> tuple[list[Layer], list[dict[str, Array]]]:
    """Read a stack of layers from an ONNX file.

    Parameters
    ----------
    path : path
        The file: a chain of what tinynet's layers and activations are in ONNX, as tinynet writes it, or of Gemm,
        MatMul and Add, activations, Flatten and Dropout, as other tools write such networks.

    Returns
    -------
    layers : list of Layer
        The first is the `Input`.
    weights : list of dict
        The parameters of each layer behind it, by name.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no ONNX file, or holds something else than such a chain; the message names the node.
    ModuleNotFoundError
        If the package onnx is not installed.
    """
    onnx = extra("onnx", "Reading ONNX files")
    file = Path(path_of("load_model", "filepath", path))
    content = bytes_of(file)
    with suspicious(f"load_model: {file}", "is no ONNX file of a stack of layers"):
        model = onnx.load_model_from_string(content)
        onnx.checker.check_model(model, full_check=True)
        graph = Graph(onnx, model.graph, model.opset_import)
        found: list[tuple[Layer, dict[str, Array]]] = []
        tensor = graph.output
        while tensor != graph.input:
            part, values = _best(graph, tensor)
            tensor = next(values[name] for name in INPUTS if name in values)
            if isinstance(part, Layer):
                found.append((part, {name: v for name, v in values.items() if isinstance(v, np.ndarray) and v.ndim}))
            else:
                found.append((layers.Activation(part), {}))
        stack = _joined(found[::-1])
    return [layers.InputLayer(graph.shape, dtype=graph.dtype), *(each for each, _ in stack)], [
        given for _, given in stack
    ]


def _joined(stack: list[tuple[Layer, dict[str, Array]]]) -> list[tuple[Layer, dict[str, Array]]]:
    """Make an activation that follows a dense layer that layer's own."""
    joined: list[tuple[Layer, dict[str, Array]]] = []
    for layer, weights in stack:
        before = joined[-1][0] if joined else None
        if isinstance(layer, layers.Activation) and isinstance(before, layers.Dense) and before.activation.does_nothing:
            before.activation = layer.activation
        else:
            joined.append((layer, weights))
    return joined


def _best(graph: Graph, tensor: str) -> tuple[Any, Values]:
    """Return the part of the longest form that ends in a tensor, and what the form's names stand for."""
    found: list[tuple[int, type, Values]] = []
    for cls in _parts():
        for expression, flags in alternatives(parsed(form_of(cls) or "x")):
            for values in _matches(expression, tensor, graph, {}):
                found.append((sum(1 for _ in ast.walk(expression)), cls, {**values, **flags}))
    if not found:
        raise ValueError(f"{graph.described(tensor)} is nothing that a layer of tinynet computes")
    _, cls, values = max(found, key=lambda each: each[0])
    return cls._from_onnx(values), values  # type: ignore[attr-defined]


def _parts() -> Iterator[type]:
    """Yield the classes of layers and activations that have a form of at least one operator."""
    for cls in (*layers.CLASSES.values(), *activations.CLASSES.values()):
        if form_of(cls) not in (None, *INPUTS):
            yield cls


def _matches(expression: ast.expr, tensor: str, graph: Graph, values: Values) -> Iterator[Values]:
    """Yield the ways in which a tensor is what the expression says, given what some names stand for already."""
    if isinstance(expression, ast.Name) and expression.id in INPUTS:
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
    if node is None or node.op_type != form.name or len(node.input) != len(form.inputs):
        return
    given = graph.attributes(node)
    if any(given[name] != graph.default(node, name) for name in given.keys() - form.attributes.keys()):
        return
    for name, term in form.attributes.items():
        if isinstance(term, ast.Name) and values.get(term.id, given[name]) == given[name]:
            values = {**values, term.id: given[name]}
        elif isinstance(term, ast.Name) or not _is_number(given.get(name), number(term)):
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

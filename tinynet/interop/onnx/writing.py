"""Writes a model as an ONNX graph."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._extras import extra
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.interop.onnx import operations
from tinynet.interop.onnx.forms import ALL, INPUTS, SAMPLES, form_of, number, operator, parsed
from tinynet.interop.onnx.network import Call, Network
from tinynet.layers.base import Layer
from tinynet.layers.operation import Operation

#: The version of the set of operators: the first that has Gelu. Run times of 2023 and later know it.
OPSET = 20
#: The version of the file's own format that belongs to it.
IR_VERSION = 9


def write(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as it predicts, with its weights, to an ONNX file.

    The graph computes in float32: run times lack many operators in float64. A model of float64 takes and returns
    float64 there as well.

    Parameters
    ----------
    network : Network
        Built layers.
    path : path
        Where to. An old file is replaced, whole or not at all.

    Raises
    ------
    ValueError
        If one of the parts has no form in ONNX.
    ModuleNotFoundError
        If the package onnx is not installed.
    """
    write_file(path, graph(network).SerializeToString())


def graph(network: Network) -> Any:
    """Return a network as ONNX's object of a file, checked by ONNX's own checker."""
    onnx = extra("onnx", "Writing ONNX files")
    drawn = _Drawing(onnx, network)
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(network.dtype))
    single = onnx.TensorProto.FLOAT
    values = [drawn.node("Cast", [end.name], f"{end.name}/single", to=single) for end in network.inputs]
    for call in network.calls:
        values.append(drawn.layer(call, values))
    for end in network.outputs:
        drawn.node("Cast", [values[end.number]], end.name, to=element)
    ends = [
        [onnx.helper.make_tensor_value_info(end.name, element, ("batch", *(end.shape or ()))) for end in of_network]
        for of_network in (network.inputs, network.outputs)
    ]
    whole = onnx.helper.make_graph(drawn.nodes, network.name, *ends, list(drawn.constants.values()))
    opset = onnx.helper.make_opsetid("", OPSET)
    file = onnx.helper.make_model(whole, producer_name="tinynet", ir_version=IR_VERSION, opset_imports=[opset])
    onnx.checker.check_model(file, full_check=True)
    return file


class _Drawing:
    """The nodes and constants of a graph, as far as it is drawn."""

    def __init__(self, onnx: Any, network: Network) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        #: What the layers are called here: layers of different inner models may have one name.
        self.names: dict[Layer, str] = {}
        for call in network.calls:
            if call.layer not in self.names:
                alike = call.layer.name in self.names.values()
                self.names[call.layer] = f"{call.layer.name}/{len(self.names)}" if alike else call.layer.name

    def layer(self, call: Call, values: Sequence[str]) -> str:
        """Draw a layer and its activation, applied to what it takes; return the name of what comes out."""
        layer, taken = call.layer, [values[number] for number in call.takes]
        given: dict[str, Any] = {**dict.fromkeys(INPUTS[:2], taken[0]), "x1": taken[0], "x2": taken[-1], ALL: taken}
        given |= {SAMPLES: values[0]} if call.leaves_out else {}
        form = form_of(type(layer), "onnx_padded" if call.leaves_out else "onnx")
        if isinstance(layer, Operation) and (own := operations.form_of(layer)) is not None:
            form, told = own
            tensors = {f"t{number}": tensor for number, tensor in enumerate(taken)}
            return self.part(told, form, layer.described, self.names[layer], tensors)
        tensor = self.part(layer, form, layer.described, self.names[layer], given)
        activation = getattr(layer, "activation", None)
        if activation is None:
            return tensor
        described = f"Activation '{activation.name}' ({type(activation).__name__}) of layer '{layer.name}'"
        name = f"{self.names[layer]}/{activation.name}"
        return self.part(activation, form_of(type(activation)), described, name, {"z": tensor})

    def part(self, part: Any, form: Any, described: str, name: str, given: Mapping[str, Any]) -> str:
        """Draw one part, applied to what it is given."""
        if getattr(part, "_inner", None) is not None:
            raise ValueError(
                f"{described}: its form in ONNX is for the last axes. Received: axis={part.axis}. Put Permutes around."
            )
        if not isinstance(form, str):
            raise ValueError(
                f"{described} has no form in ONNX. Export a model without it, or say it as an "
                f"attribute of the class, for example onnx = 'z * Sigmoid(z)'. Received: onnx={shown(form)}"
            )
        return self.expression(parsed(form), part, name, given)

    def expression(self, expression: ast.expr, part: Any, name: str, given: Mapping[str, Any]) -> str:
        """Draw an expression; return the name of its result."""
        if isinstance(expression, ast.IfExp):
            chosen = expression.body if self.value(expression.test, part) else expression.orelse
            return self.expression(chosen, part, name, given)
        if isinstance(expression, ast.Name) and expression.id in given:
            tensor: str = given[expression.id]
            return tensor
        if isinstance(expression, (ast.Name, ast.Constant, ast.UnaryOp)):
            label = ast.unparse(expression)
            return self.constant(f"{name}/{label}", self.value(expression, part))
        op, inputs, attributes = operator(expression)
        tensors: list[str] = []
        for each in inputs:
            every = isinstance(each, ast.Starred)
            tensors += given[ALL] if every else [self.expression(each, part, name, given)]
        named = {key: self.value(each, part) for key, each in attributes.items()}
        while len(tensors) > self.most(op):  # two at a time
            tensors[:2] = [self.node(op, tensors[:2], f"{name}/{op}_{len(self.nodes)}", **named)]
        return self.node(op, tensors, f"{name}/{op}_{len(self.nodes)}", **named)

    def most(self, op: str) -> int:
        """Return how many inputs an operator takes at most."""
        return int(self.onnx.defs.get_schema(op, OPSET).max_input)

    def value(self, expression: ast.expr, part: Any) -> Any:
        """Return what a constant or a name of the part's attribute stands for."""
        return getattr(part, expression.id) if isinstance(expression, ast.Name) else number(expression)

    def constant(self, name: str, value: Array | float) -> str:
        """Keep an array or a number with the graph; return its name."""
        kind = np.int64 if isinstance(value, np.ndarray) and value.dtype.kind == "i" else np.float32
        self.constants[name] = self.onnx.numpy_helper.from_array(np.array(value, kind), name)
        return name

    def node(self, op: str, tensors: list[str], result: str, **attributes: Any) -> str:
        """Draw one node; return the name of its result."""
        self.nodes.append(self.onnx.helper.make_node(op, tensors, [result], f"{result}/node", **attributes))
        return result

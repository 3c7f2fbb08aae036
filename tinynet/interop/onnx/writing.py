"""Writes a model as an ONNX graph."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tinynet._arguments import shown
from tinynet._extras import extra
from tinynet._types import Array, Shape
from tinynet._writing import write_file
from tinynet.interop.onnx.forms import INPUTS, form_of, number, operator, parsed
from tinynet.layers.base import Layer

#: The version of the set of operators: the first that has Gelu. Run times of 2023 and later know it.
OPSET = 20
#: The version of the file's own format that belongs to it.
IR_VERSION = 9


class Model(Protocol):
    """A built stack of layers."""

    name: str

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers, in order."""

    @property
    def sample_shape(self) -> Shape | None:
        """The shape of one sample, once it is known."""


def write(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as it predicts, with its weights, to an ONNX file.

    The graph computes in float32: run times lack many operators in float64. A model of float64 takes and returns
    float64 there as well.

    Parameters
    ----------
    model : Sequential
        A built model.
    path : path
        Where to. An old file is replaced, whole or not at all.

    Raises
    ------
    ValueError
        If the model is not built, or one of its parts has no form in ONNX.
    ModuleNotFoundError
        If the package onnx is not installed.
    """
    write_file(path, graph(model).SerializeToString())


def graph(model: Model) -> Any:
    """Return a model as ONNX's object of a file, checked by ONNX's own checker."""
    onnx = extra("onnx", "Writing ONNX files")
    if not model.layers or model.sample_shape is None:
        raise ValueError(f"Model '{model.name}' is not built: build it (or fit it) before it is written as ONNX.")
    drawn = _Drawing(onnx.helper, onnx.numpy_helper)
    tensor = drawn.node("Cast", ["input"], "single", to=onnx.TensorProto.FLOAT)
    padded = False
    for layer in model.layers:
        if padded and layer.leaves_out:
            raise ValueError(f"{layer.described} leaves out padding here, which has no form in ONNX.")
        padded = layer.padding_value is not None or (padded and layer.supports_masking)
        tensor = drawn.layer(layer, tensor)
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(model.layers[0].dtype))
    drawn.node("Cast", [tensor], "output", to=element)
    shapes = {"input": ("batch", *model.sample_shape), "output": ("batch", *model.layers[-1].output_shape[1:])}
    ends = [onnx.helper.make_tensor_value_info(name, element, shape) for name, shape in shapes.items()]
    whole = onnx.helper.make_graph(drawn.nodes, model.name, ends[:1], ends[1:], list(drawn.constants.values()))
    opset = onnx.helper.make_opsetid("", OPSET)
    file = onnx.helper.make_model(whole, producer_name="tinynet", ir_version=IR_VERSION, opset_imports=[opset])
    onnx.checker.check_model(file, full_check=True)
    return file


class _Drawing:
    """The nodes and constants of a graph, as far as it is drawn."""

    def __init__(self, helper: Any, numpy_helper: Any) -> None:
        self.helper, self.numpy_helper = helper, numpy_helper
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def layer(self, layer: Layer, tensor: str) -> str:
        """Draw a layer and its activation, applied to `tensor`; return the name of what comes out."""
        tensor = self.part(layer, layer.described, layer.name, tensor)
        activation = getattr(layer, "activation", None)
        if activation is None:
            return tensor
        described = f"Activation '{activation.name}' of layer '{layer.name}'"
        return self.part(activation, described, f"{layer.name}/{activation.name}", tensor)

    def part(self, part: Any, described: str, name: str, tensor: str) -> str:
        """Draw one part."""
        form = form_of(type(part))
        if getattr(part, "_inner", None) is not None:
            raise ValueError(
                f"{described}: its form in ONNX is for the last axes. Received: axis={part.axis}. Put Permutes around."
            )
        if not isinstance(form, str):
            raise ValueError(
                f"{described} ({type(part).__name__}) has no form in ONNX. Say it as an attribute of the class, "
                f"for example onnx = 'z * Sigmoid(z)'. Received: onnx={shown(form)}"
            )
        return self.expression(parsed(form), part, name, tensor)

    def expression(self, expression: ast.expr, part: Any, name: str, tensor: str) -> str:
        """Draw an expression; return the name of its result."""
        if isinstance(expression, ast.IfExp):
            chosen = expression.body if self.value(expression.test, part) else expression.orelse
            return self.expression(chosen, part, name, tensor)
        if isinstance(expression, ast.Name) and expression.id in INPUTS:
            return tensor
        if isinstance(expression, (ast.Name, ast.Constant, ast.UnaryOp)):
            label = ast.unparse(expression)
            return self.constant(f"{name}/{label}", self.value(expression, part))
        op, inputs, attributes = operator(expression)
        tensors = [self.expression(each, part, name, tensor) for each in inputs]
        given = {key: self.value(each, part) for key, each in attributes.items()}
        return self.node(op, tensors, f"{name}/{op}_{len(self.nodes)}", **given)

    def value(self, expression: ast.expr, part: Any) -> Any:
        """Return what a constant or a name of the part's attribute stands for."""
        return getattr(part, expression.id) if isinstance(expression, ast.Name) else number(expression)

    def constant(self, name: str, value: Array | float) -> str:
        """Keep an array or a number with the graph; return its name."""
        kind = np.int64 if isinstance(value, np.ndarray) and value.dtype.kind == "i" else np.float32
        self.constants[name] = self.numpy_helper.from_array(np.array(value, kind), name)
        return name

    def node(self, op: str, tensors: list[str], result: str, **attributes: Any) -> str:
        """Draw one node; return the name of its result."""
        self.nodes.append(self.helper.make_node(op, tensors, [result], f"{result}/node", **attributes))
        return result

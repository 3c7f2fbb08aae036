"""An ONNX graph in one normal form: other tools say in several ways what tinynet says in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinynet._types import Array, Shape

_FLOATS = ("float32", "float64")


class Graph:
    """A graph of samples, each of which stays apart from the others.

    Gemm becomes MatMul and Add, constants are arrays, what passes its input on (Identity, Cast between float types,
    Dropout without a rate) is gone, and Reshape to vectors is Flatten.

    Attributes
    ----------
    inputs, outputs : list of str
        The names of the tensors at the ends.
    names : list of str
        What the file calls the outputs.
    shapes : list of tuple of int or None
        The shape of one sample of each input.
    given : list of tuple of int or None, or None
        The shapes of the outputs, the batch being the first, as far as they are said.
    ranks : dict of str to int
        How many axes tensors have, as far as it is known.
    dtype : str
        The float type of the inputs.
    nodes : dict of str to node
        The nodes, by what they compute.
    constants : dict of str to ndarray
        The constants, by name.
    """

    def __init__(self, onnx: Any, graph: Any, opsets: Iterable[Any]) -> None:
        self._onnx = onnx
        self._version = next((each.version for each in opsets if each.domain in ("", "ai.onnx")), 1)
        self.nodes: dict[str, Any] = {}
        self.constants: dict[str, Array] = {each.name: self._array(each) for each in graph.initializer}
        inputs = [each for each in graph.input if each.name not in self.constants]
        if not inputs or not graph.output:
            raise ValueError("expected inputs and outputs, found none")
        self.inputs, self.names = ([each.name for each in ends] for ends in (inputs, graph.output))
        self.shapes: list[Shape] = []
        for each in inputs:
            axes, dtype = _axes_of(each), str(onnx.helper.tensor_dtype_to_np_dtype(each.type.tensor_type.elem_type))
            if dtype not in _FLOATS or axes is None or len(axes) < 2:
                raise ValueError(f"expected samples of {' or '.join(_FLOATS)}, found shape {axes} of {dtype}")
            self.shapes.append(axes[1:])
            self.dtype = dtype
        self.given = [_axes_of(each) for each in graph.output]
        known = [(each.name, _axes_of(each)) for each in (*graph.value_info, *graph.input)]
        self.ranks = {name: len(axes) for name, axes in known if axes is not None}
        self._same: dict[str, str] = {}
        for node in graph.node:
            self._take(node)
        self.outputs = [self._same.get(name, name) for name in self.names]

    def attributes(self, node: Any) -> dict[str, Any]:
        """Return what a node is told by name, defaults among it."""
        schema = self._onnx.defs.get_schema(node.op_type, self._version)
        given = {name: self._default(each) for name, each in schema.attributes.items()}
        given |= {each.name: self._value(each) for each in node.attribute}
        return {name: value for name, value in given.items() if value is not None}

    def default(self, node: Any, name: str) -> Any:
        """Return what an attribute of a node is unless it is told."""
        schema = self._onnx.defs.get_schema(node.op_type, self._version)
        return self._default(schema.attributes[name])

    def described(self, tensor: str) -> str:
        """Return what computes a tensor, for a message."""
        node = self.nodes.get(tensor)
        return f"tensor '{tensor}'" if node is None else f"node '{node.name or tensor}' ({node.op_type})"

    def _take(self, node: Any) -> None:
        """Add a node, in its normal form."""
        inputs = [self._same.get(name, name) for name in node.input]
        while inputs and not inputs[-1]:  # left out at the end
            inputs.pop()
        if node.domain not in ("", "ai.onnx"):
            raise ValueError(f"node '{node.name}' ({node.domain}.{node.op_type}) is no operator of ONNX's own")
        special: Callable[[Any, list[str]], bool] | None = getattr(self, f"_take_{node.op_type.lower()}", None)
        if special is None or not special(node, inputs):
            self._keep(node, node.op_type, inputs, node.output[0], list(node.attribute))

    def _keep(self, node: Any, op: str, inputs: list[str], output: str, attributes: list[Any]) -> None:
        kept = self._onnx.helper.make_node(op, inputs, [output], node.name)
        kept.attribute.extend(attributes)
        self.nodes[output] = kept

    def _take_constant(self, node: Any, inputs: list[str]) -> bool:
        self.constants[node.output[0]] = np.asarray(next(iter(self.attributes(node).values())))
        return True

    def _take_identity(self, node: Any, inputs: list[str]) -> bool:
        name = inputs[0]
        if name in self.constants:
            self.constants[node.output[0]] = self.constants[name]
        else:
            self._same[node.output[0]] = name
        return True

    def _take_cast(self, node: Any, inputs: list[str]) -> bool:
        """Between float types, the layers' own decides."""
        to = str(self._onnx.helper.tensor_dtype_to_np_dtype(self.attributes(node)["to"]))
        return to in _FLOATS and self._take_identity(node, inputs)

    def _take_dropout(self, node: Any, inputs: list[str]) -> bool:
        """In older versions the rate is an attribute; without one nothing says what is left out in training."""
        ratio = self.attributes(node).get("ratio")
        if ratio is not None and len(inputs) == 1:
            self.constants[f"{node.output[0]}/ratio"] = np.asarray(ratio)
            inputs.append(f"{node.output[0]}/ratio")
        if len(inputs) == 1:
            return self._take_identity(node, inputs)
        self._keep(node, "Dropout", inputs[:2], node.output[0], [])
        return True

    def _take_gemm(self, node: Any, inputs: list[str]) -> bool:
        given, kernel = self.attributes(node), self.constants.get(inputs[1])
        if kernel is None or given["transA"]:
            return False
        name, output = f"{node.output[0]}/kernel", node.output[0]
        turned = kernel.T if given["transB"] else kernel
        self.constants[name] = turned * turned.dtype.type(given["alpha"])
        if len(inputs) == 2:
            self._keep(node, "MatMul", [inputs[0], name], output, [])
            return True
        added = self.constants.get(inputs[2])
        if added is None:
            return False
        scaled = added.reshape(-1) * added.dtype.type(given["beta"])
        self.constants[f"{output}/bias"] = np.broadcast_to(scaled, turned.shape[1:]).copy()
        self._keep(node, "MatMul", [inputs[0], name], f"{output}/product", [])
        self._keep(node, "Add", [f"{output}/product", f"{output}/bias"], output, [])
        return True

    def _take_reshape(self, node: Any, inputs: list[str]) -> bool:
        shape = self.constants.get(inputs[1])
        if shape is None or shape.size != 2 or shape[0] not in (0, -1) or shape[0] == shape[1]:
            return False
        self._keep(node, "Flatten", inputs[:1], node.output[0], [])
        return True

    def _array(self, tensor: Any) -> Array:
        if tensor.external_data:
            raise ValueError(f"tensor '{tensor.name}' is kept in another file; write all into one")
        array: Array = self._onnx.numpy_helper.to_array(tensor)
        return array

    def _value(self, attribute: Any) -> Any:
        value = self._onnx.helper.get_attribute_value(attribute)
        if isinstance(value, self._onnx.TensorProto):
            return self._array(value)
        return value.decode() if isinstance(value, bytes) else value

    def _default(self, attribute: Any) -> Any:
        filled = attribute.default_value
        return self._value(filled) if filled.type else None


def _axes_of(end: Any) -> Shape | None:
    """Return the shape that an input or an output is said to have, None for axes that are not said; None for none."""
    tensor = end.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in tensor.shape.dim)

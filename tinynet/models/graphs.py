"""Models out of ONNX graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinynet._arguments import path as path_of
from tinynet._reading import suspicious
from tinynet.interop import onnx
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.symbolic import alone
from tinynet.models.drawn import layers_leaving_out, wired
from tinynet.models.model import Model
from tinynet.models.sequential import Sequential


def from_onnx(filepath: Any) -> Model:
    """Return the model that an ONNX file holds, with its weights, not compiled: a `Sequential` if it is a stack.

    Raises
    ------
    ValueError
        If the file holds anything else; see `tinynet.interop.onnx.read`.
    """
    network = onnx.read(filepath)
    file = Path(path_of("load_model", "filepath", filepath))
    with suspicious(f"load_model: {file}", "is no ONNX file of layers"):
        model = _model_of(network)
        for call in network.calls:
            call.layer.set_weights([_fitting(call.weights[p.name], p.shape) for p in call.layer.parameters])
        for end, found in zip(network.outputs, _output_shapes(model), strict=True):
            if end.shape is not None and not _fits(end.shape, found[1:]):
                raise ValueError(f"{end.name} is said to be samples of shape {end.shape}. The layers give {found[1:]}")
        _require_padding(model, network)
    return model


def _model_of(network: onnx.Network) -> Model:
    """Return the layers as a model."""
    in_order = all(call.takes == (number,) for number, call in enumerate(network.calls))
    numbers, named = [end.number for end in network.outputs], len(network.inputs) > 1
    entries = [InputLayer(end.shape, name=end.name if named else None, dtype=network.dtype) for end in network.inputs]
    if in_order and not named and numbers == [len(network.calls)] and network.calls:
        return Sequential([entries[0], *(call.layer for call in network.calls)])
    values: list[Any] = [entry.tensor() for entry in entries]
    for call in network.calls:
        taken = [values[number] for number in call.takes]
        values.append(call.layer(taken if call.layer.merges else taken[0]))
    return Model(alone(values[: len(entries)]), alone([values[number] for number in numbers]))


def _output_shapes(model: Model) -> list[Any]:
    """Return the shapes of the outputs, the batch being None."""
    shapes = model.output_shape
    return shapes if isinstance(shapes, list) else [shapes]


def _fits(expected: Any, found: Any) -> bool:
    """Return whether two shapes may be the same."""
    return len(expected) == len(found) and all(a == b or None in (a, b) for a, b in zip(expected, found, strict=True))


def _require_padding(model: Model, network: onnx.Network) -> None:
    """Raise a ValueError unless exactly the layers leave out padding that do so in the graph."""
    if {*layers_leaving_out(wired(model))} != {call.layer for call in network.calls if call.leaves_out}:
        raise ValueError("padding is left out, or not, in other places than behind an Embedding")


def _fitting(array: Any, shape: Any) -> Any:
    """Return a parameter without the axes of length 1 that ONNX ignores: (1, units) is a bias, too."""
    return np.reshape(array, shape) if np.size(array) == np.prod(shape) else array

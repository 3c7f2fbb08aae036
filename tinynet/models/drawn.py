"""Models as they are drawn in ONNX graphs."""

from __future__ import annotations

from collections.abc import Container
from itertools import count
from typing import Any

from tinynet.graph import Graph, in_a_row, padding_in
from tinynet.interop.onnx import Call, End, Network
from tinynet.layers import Layer


def network_of(model: Any) -> Network:
    """Return which layer of a model takes what, models within it taken apart, or raise a ValueError before it is built.

    One input is called "input", one output "output"; several have the names that they have in `fit`.
    """
    if not model.built:
        raise ValueError(f"Model '{model.name}' is not built: build it (or fit it) before it is written as ONNX.")
    graph = wired(model)
    leaving_out = layers_leaving_out(graph)
    calls = [Call(layer, takes, layer in leaving_out) for layer, takes in graph.calls]
    names = (("input",), ("output",)) if model.joins is None else (model.joins.inputs, model.joins.outputs)
    found: list[str] = []
    for names_of_end, usual in zip(names, ("input", "output"), strict=True):
        for name in names_of_end if len(names_of_end) > 1 else (usual,):
            found.append(_another(name, found))
    numbers, shapes = [*range(len(graph.inputs)), *graph.outputs], graph.shapes(graph.inputs)
    ends = [End(name, shapes[number][1:], number) for name, number in zip(found, numbers, strict=True)]
    return Network(model.name, model.dtype, ends[: len(graph.inputs)], calls, ends[len(graph.inputs) :])


def wired(model: Any) -> Graph:
    """Return which layer takes what, of a stack as well."""
    if model.graph is not None:
        graph: Graph = model.graph
        return graph
    calls = tuple(in_a_row(model.stack))
    return Graph((tuple(model.input_shapes[0]),), calls, (len(calls),))


def layers_leaving_out(graph: Graph) -> tuple[Layer, ...]:
    """Return the layers that leave out padding, or raise a ValueError if that is anything else than zeros of samples.

    Only an `Embedding` that takes the samples says so in a way that ONNX has words for. A batch's mean is of no account
    in a graph, which only predicts.
    """
    padding = padding_in(graph.calls, len(graph.inputs), graph.outputs)
    found = () if padding is None else tuple(layer for layer in padding.layers if not layer.whole)
    if padding is None or not found:
        return ()
    by_words = all(layer.index_limit is not None for layer in graph.layers if layer.padding_value is not None)
    if padding.value != 0.0 or not by_words:
        raise ValueError(f"{found[0].described} leaves out padding here, which has no form in ONNX.")
    return found


def _another(name: str, taken: Container[str]) -> str:
    """Return a name, or the first with a number behind it that is not taken: ONNX wants no two alike."""
    tries = (f"{name}_{number}" for number in count(1))
    return name if name not in taken else next(tried for tried in tries if tried not in taken)

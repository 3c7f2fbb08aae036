"""ONNX: a model as a graph that other run times execute, written and read.

What a part is in ONNX it says itself, in one line of its own file: Dense is ``"x @ kernel + bias"``, elu
``"Elu(z, alpha=alpha)"``. `forms` reads these lines, `writing` turns them into a graph, `reading` finds them in one.

Source: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

from tinynet.interop.onnx.network import Call, End, Network
from tinynet.interop.onnx.reading import read
from tinynet.interop.onnx.writing import write

__all__ = ["Call", "End", "Network", "read", "write"]

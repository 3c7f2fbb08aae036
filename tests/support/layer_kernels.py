"""One kernel of one layer, run over rows of a batch: what the tests of the layers' formulas share."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch
from tinynet.memory import Memory


def built(layer: Any, shape: tuple[int, ...], **values: Any) -> Any:
    """Return the layer, built for samples of a shape, with these weights."""
    layer.ensure_built((None, *shape))
    for name, value in values.items():
        getattr(layer, name)[...] = value
    return layer


def run_kernel(
    layer: Any, number: int, x: Any, *arrays: Any, options: Any = (), samples: Any = (), **fields: Any
) -> None:
    """Run the layer's kernel of that number; the fields are the batch's, the options are put behind the layer's own."""
    inputs, repeat = layer.input_shape[-1], prod(layer.input_shape[1:-1])
    memory = Memory.joined(layer.parameters) if layer.parameters else None
    op = layer.operation(inputs, repeat, False)
    op.forward = op.backward = op.gradients = op.before_forward = op.before_backward = 0
    op.options = np.append(op.options, np.array(options, np.float64))
    nothing = x[:0].reshape(-1)
    batch = Batch(params=nothing, gradients=nothing, order=NO_ORDER, arrivals=NO_ORDER, rows=len(x), members=1)
    if memory is not None:
        batch.params, batch.gradients = memory.parameters, memory.gradients
    batch.data = data_of(np.array(samples, x.dtype))
    for name, value in fields.items():
        setattr(batch, name, value)
    with np.errstate(over="ignore"):  # random numbers wrap around
        layer.kernels[number](op.pack(), x.reshape(-1), *(array.reshape(-1) for array in arrays), batch.pack())


def forward(layer: Any, x: Any, shape: tuple[int, ...], **fields: Any) -> Any:
    """Return what the layer makes of the rows, in arrays of a shape."""
    y = np.full((len(x), *shape), np.nan, x.dtype)
    run_kernel(layer, 0, x, y, **fields)
    return y


def backward(layer: Any, x: Any, dy: Any, **fields: Any) -> Any:
    """Return the gradient of what came in."""
    dx = np.full_like(x, np.nan)
    run_kernel(layer, 1, x, dy, dx, **fields)
    return dx

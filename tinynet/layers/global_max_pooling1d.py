"""Global max pooling: the largest value of each feature over all steps.

Source: https://keras.io/api/layers/pooling_layers/global_max_pooling1d/
"""

from __future__ import annotations

from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span
from tinynet.layers.global_pooling import GlobalPooling


@kernel
def global_max_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = maxₜ x for each of the features; NaN if there is one among its steps"""
    features = op.repeat * op.units
    steps = op.inputs // features
    stride, apart = (1, steps) if op.options[0] != 0.0 else (features, 1)
    for sample in range(y.size // features):
        first = sample * op.inputs
        for j in range(features):
            y[sample * features + j] = x[first + j * apart]
        for t in range(1, steps):
            for j in range(features):
                value, largest = x[first + t * stride + j * apart], y[sample * features + j]
                y[sample * features + j] = largest if largest >= value or largest != largest else value


@kernel
def global_max_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy/k for the k steps that are as large as the largest, 0 for all others

    The largest values and their numbers k stand where the gradients of the first two steps will be, so that all loops
    run over features, which stand side by side. Where nothing equals the largest, it is NaN: so is dy/0·0.
    """
    features = op.repeat * op.units
    steps, zero, one = op.inputs // features, x.dtype.type(0.0), x.dtype.type(1.0)
    stride, apart = (1, steps) if op.options[0] != 0.0 else (features, 1)
    for sample in range(dy.size // features):
        of_x = span(x, sample * op.inputs, (sample + 1) * op.inputs)
        of_dx = span(dx, sample * op.inputs, (sample + 1) * op.inputs)
        slope = span(dy, sample * features, (sample + 1) * features)
        for j in range(features):
            first = j * apart
            most, ties = of_x[first], zero
            for t in range(1, steps):
                value = of_x[first + t * stride]
                most = most if most >= value or most != most else value
            for t in range(steps):
                ties += one if of_x[first + t * stride] == most else zero
            share = slope[j] / ties
            for t in range(steps):
                of_dx[first + t * stride] = share * (one if of_x[first + t * stride] == most else zero)


class GlobalMaxPooling1D(GlobalPooling):
    """The largest value of each feature over all steps: (N, steps, features) becomes (N, features).

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}, default "channels_last"
        Whether samples are of shape (steps, features) or (features, steps).
    keepdims : bool, default False
        Whether the axis of the steps stays, of length 1.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If samples have not two axes.

    Notes
    -----
    Where several steps are the largest, they share the gradient, as in Keras on JAX.

    Examples
    --------
    >>> GlobalMaxPooling1D()([[[1, 2], [3, -8]]])
    array([[3., 2.]], dtype=float32)
    """

    aliases = ("GlobalMaxPool1D",)
    kernels = global_max_forward, global_max_backward
    onnx = "ReduceMax(x, onnx_axes, keepdims=keepdims)"
    words = Words(
        "maxₜ {x}",
        "The largest over the steps of a sample: whether a feature is there counts, and where does not.",
        "{dy}·[{x} = maxₜ {x}]/k",
        "Only the k steps that were the largest had a say in the result.",
    )

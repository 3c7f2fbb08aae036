"""Global average pooling: the mean of each feature over all steps.

Source: https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
"""

from __future__ import annotations

from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span
from tinynet.layers.global_pooling import GlobalPooling


@kernel
def global_average_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = Σₜ x/T for each of the features, over the T steps of a sample"""
    features = op.repeat * op.units
    steps = op.inputs // features
    count = x.dtype.type(steps)
    for sample in range(y.size // features):
        of_x = span(x, sample * op.inputs, (sample + 1) * op.inputs)
        mean = span(y, sample * features, (sample + 1) * features)
        for j in range(features):
            mean[j] = 0.0
        if op.options[0] == 0.0:
            for t in range(steps):
                step = span(of_x, t * features, (t + 1) * features)
                for j in range(features):
                    mean[j] += step[j]
        else:
            for j in range(features):
                for t in range(steps):
                    mean[j] += of_x[j * steps + t]
        for j in range(features):
            mean[j] /= count


@kernel
def global_average_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy/T: each of the T steps has the same say in the mean."""
    features = op.repeat * op.units
    steps = op.inputs // features
    count = x.dtype.type(steps)
    for sample in range(dy.size // features):
        of_dx = span(dx, sample * op.inputs, (sample + 1) * op.inputs)
        slope = span(dy, sample * features, (sample + 1) * features)
        if op.options[0] == 0.0:
            for t in range(steps):
                step = span(of_dx, t * features, (t + 1) * features)
                for j in range(features):
                    step[j] = slope[j] / count
        else:
            for j in range(features):
                for t in range(steps):
                    of_dx[j * steps + t] = slope[j] / count


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each feature over all steps: (N, steps, features) becomes (N, features).

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
    Lin, Chen and Yan, "Network in network", 2013.

    Examples
    --------
    >>> GlobalAveragePooling1D()([[[1, 2], [3, 8]]])
    array([[2., 5.]], dtype=float32)
    """

    aliases = ("GlobalAvgPool1D",)
    kernels = global_average_forward, global_average_backward
    onnx = "ReduceMean(x, onnx_axes, keepdims=keepdims)"
    words = Words(
        "Σₜ {x}/T",
        "The mean over the T steps of a sample: how often a feature is there counts, and where does not.",
        "{dy}/T",
        "Each of the T steps has the same share in the mean.",
    )

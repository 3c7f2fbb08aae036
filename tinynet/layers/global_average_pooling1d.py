"""Global average pooling: the mean of each feature over all steps.

Source: https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import numbers
from tinynet.formulas import Batch, Floats, Operation, Words, kernel, span
from tinynet.kernels.machine.jit import inner, view
from tinynet.layers.global_pooling import GlobalPooling
from tinynet.layers.kernel_layer import padded, refuse_tensors


@view
def of_sample(op: Any, batch: Any, sample: int, steps: int) -> Any:
    """Return the numbers by which a sample's steps are padding or not, or none if no step is to be left out."""
    if op.options.size == 1:
        return span(batch.data.x, 0, 0)
    row, numbers = batch.start + batch.first + sample, steps * int(op.options[1])
    if batch.order.size > 0:
        row = batch.order[row]
    return span(batch.data.x, row * numbers, (row + 1) * numbers)


@inner
def told_by(op: Any, x: Any) -> tuple[int, Any]:
    """Return how many numbers a step has that say whether it is padding, and which number says so."""
    if op.options.size == 1:
        return 1, x.dtype.type(0.0)
    return int(op.options[1]), x.dtype.type(op.options[2])


@inner
def counts(numbers: Any, t: int, columns: int, value: float) -> bool:
    """Return whether a step counts: if not all its numbers are the one that stands for padding."""
    if columns == 1:
        return numbers[t] != value  # type: ignore[no-any-return]
    j, last = t * columns, (t + 1) * columns
    while j < last and numbers[j] == value:
        j += 1
    return j < last


@inner
def counted(numbers: Any, steps: int, columns: int, value: float) -> int:
    """Return how many steps count."""
    if numbers.size == 0:
        return steps
    found = 0
    for t in range(steps):
        found += 1 if counts(numbers, t, columns, value) else 0
    return found


@kernel
def global_average_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = Σₜ x/T for each of the features, over the T steps of a sample that are no padding"""
    features = op.repeat * op.units
    steps = op.inputs // features
    stride, apart = (1, steps) if op.options[0] != 0.0 else (features, 1)
    columns, value = told_by(op, x)
    for sample in range(y.size // features):
        of_x = span(x, sample * op.inputs, (sample + 1) * op.inputs)
        mean, numbers = span(y, sample * features, (sample + 1) * features), of_sample(op, batch, sample, steps)
        for j in range(features):
            mean[j] = 0.0
        for t in range(steps):
            if numbers.size == 0 or counts(numbers, t, columns, value):
                if apart == 1:
                    step = span(of_x, t * features, (t + 1) * features)
                    for j in range(features):
                        mean[j] += step[j]
                else:
                    for j in range(features):
                        mean[j] += of_x[t * stride + j * apart]
        count = x.dtype.type(counted(numbers, steps, columns, value))
        for j in range(features):
            mean[j] /= count


@kernel
def global_average_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy/T: each of the T steps has the same say in the mean, and padding has none."""
    features = op.repeat * op.units
    steps = op.inputs // features
    stride, apart = (1, steps) if op.options[0] != 0.0 else (features, 1)
    columns, value = told_by(op, x)
    for sample in range(dy.size // features):
        of_dx = span(dx, sample * op.inputs, (sample + 1) * op.inputs)
        slope, numbers = span(dy, sample * features, (sample + 1) * features), of_sample(op, batch, sample, steps)
        count = x.dtype.type(counted(numbers, steps, columns, value))
        for t in range(steps):
            share = x.dtype.type(1.0 if numbers.size == 0 or counts(numbers, t, columns, value) else 0.0)
            if apart == 1:
                step = span(of_dx, t * features, (t + 1) * features)
                for j in range(features):
                    step[j] = slope[j] / count * share
            else:
                for j in range(features):
                    of_dx[t * stride + j * apart] = slope[j] / count * share


#: 1 for each step that counts, 0 for padding.
_COUNTS = "Unsqueeze(Where(Equal(s, 0.0), 0.0, 1.0), onnx_features)"


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
    Lin, Chen and Yan, "Network in network", 2013. Behind an `Embedding` with ``mask_zero=True``, or a
    `Masking`, padding is left out.

    Examples
    --------
    >>> GlobalAveragePooling1D()([[[1, 2], [3, 8]]])
    array([[2., 5.]], dtype=float32)
    >>> GlobalAveragePooling1D()([[[1, 2], [3, 8]]], mask=[[True, False]])
    array([[1., 2.]], dtype=float32)
    """

    aliases = ("GlobalAvgPool1D",)
    supports_masking = leaves_out = True
    kernels = global_average_forward, global_average_backward
    onnx = "ReduceMean(x, onnx_axes, keepdims=keepdims)"
    onnx_padded = (
        f"ReduceSum(x * {_COUNTS}, onnx_axes, keepdims=keepdims) / ReduceSum({_COUNTS}, onnx_axes, keepdims=keepdims)"
    )
    words = Words(
        "Σₜ {x}/T",
        "The mean over the T steps of a sample: how often a feature is there counts, and where does not.",
        "{dy}/T",
        "Each of the T steps has the same share in the mean.",
    )

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """Return None: there are no steps any more."""

    def padded_like(self, masked: Any) -> None:
        """Return None: there are no steps any more."""

    def __call__(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the means for a batch, over the steps where the `mask`, (samples, steps), is true."""
        if mask is None:
            return super().__call__(x, training)
        refuse_tensors(self, x)
        given, steps = np.asarray(x), 2 if self.channels_first else 1
        keep = numbers(self.described, "mask", mask) != 0
        if given.ndim != 3 or keep.shape != (len(given), given.shape[steps]):
            raise ValueError(
                f"{self.described}: `mask` must be of shape (samples, steps). Received: inputs of shape {given.shape}, "
                f"mask of shape {keep.shape}"
            )
        with padded(self, keep):
            return super().__call__(x, training)

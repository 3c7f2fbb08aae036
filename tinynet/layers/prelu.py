"""The parametric rectified linear unit: a rectified linear unit that learns its slope for negative inputs.

Source: https://keras.io/api/layers/activation_layers/prelu/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import checked, shown, whole_number
from tinynet._types import Shape
from tinynet.formulas import Batch, Floats, Operation, Scalar, Words, formula, kernel, parameter
from tinynet.layers.drawing import shared_place
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.keywords import OfLayers
from tinynet.layers.parameters import serialized_parts


@formula
def prelu(x: Scalar, alpha: Scalar) -> Scalar:
    """y = x where x > 0, else α·x"""
    return x if x > 0 else alpha * x


@formula
def prelu_backward(x: Scalar, alpha: Scalar, dy: Scalar) -> Scalar:
    """dx = dy where x > 0, α·dy where x < 0, and 0 at 0, as in Keras. A NaN stays one."""
    return dy if x > 0 else (alpha * dy if x < 0 else x * dy)


@formula
def prelu_slope(x: Scalar, dy: Scalar) -> Scalar:
    """dα = dy·x where x < 0, else 0: there α has no say."""
    return type(x)(0.0) if x >= 0 else dy * x


@kernel
def prelu_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y = x where x > 0, else α·x, with an α for each place of a sample, or for those that share it."""
    alpha = parameter(op, batch.params, 0)
    for i in range(x.size):
        y[i] = prelu(x[i], alpha[i % alpha.size if op.options.size == 0 else shared_place(op, i)])


@kernel
def prelu_layer_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """dx = dy where x > 0, else α·dy"""
    alpha = parameter(op, batch.params, 0)
    for i in range(x.size):
        dx[i] = prelu_backward(x[i], alpha[i % alpha.size if op.options.size == 0 else shared_place(op, i)], dy[i])


@kernel
def prelu_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    """dα = Σ dy·x over all rows and places that have used it, where x < 0"""
    dalpha = parameter(op, batch.gradients, 0)
    for k in range(dalpha.size):
        dalpha[k] = 0.0
    for i in range(x.size):
        dalpha[i % dalpha.size if op.options.size == 0 else shared_place(op, i)] += prelu_slope(x[i], dy[i])


class PReLU(KernelLayer):
    """x where x > 0, else α·x, with an α for each place of a sample that is learnt.

    Parameters
    ----------
    alpha_initializer : str or Initializer, default "zeros"
        Where α starts.
    alpha_regularizer : str or Regularizer, optional
        A penalty on it.
    alpha_constraint : str, Constraint or callable, optional
        What it is brought back to after each update.
    shared_axes : int or sequence of int, optional
        The axes, the batch's being 0, along which places share one α.
    **options
        `name`, `trainable`, `input_shape` and the like, as for every `Layer`.

    Attributes
    ----------
    alpha : ndarray
        The weight, of the shape of a sample, with 1 for each axis that is shared.

    Raises
    ------
    ValueError
        If an axis is none of the samples', or the length of one that is not shared is not known.

    Notes
    -----
    He, Zhang, Ren and Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet
    classification", 2015.

    Examples
    --------
    >>> PReLU(alpha_initializer="ones")([[-1.0, 2.0]])
    array([[-1.,  2.]], dtype=float32)
    >>> PReLU(shared_axes=[1])([[-1.0, 2.0]])
    array([[-0.,  2.]], dtype=float32)
    """

    kernels = prelu_forward, prelu_layer_backward, prelu_gradients
    fixed = ("dtype", "shared_axes")
    supports_masking = True
    onnx = "PRelu(x, alpha)"
    words = Words(
        "({alpha}·{x} if {x} < 0 else {x})",
        "What is positive passes; how much of what is negative does is learnt.",
        "{dy}·({alpha} if {x} < 0 else 1)",
        "the slope is 1 where x is positive, and α where it is negative",
    )

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        self._take_parts(alpha_initializer=alpha_initializer, alpha_regularizer=alpha_regularizer)
        self._take_parts(alpha_constraint=alpha_constraint)
        listed = shared_axes if isinstance(shared_axes, (tuple, list)) else [shared_axes]
        self.shared_axes = None if shared_axes is None else [whole_number("PReLU", "shared_axes", a) for a in listed]

    @checked
    def build(self, input_shape: Shape) -> None:
        """Make α."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or []:
            if axis > len(shape):
                raise ValueError(
                    f"{self.described}: `shared_axes` must be axes of a sample, from 1 to {len(shape)}. Received: "
                    f"shared_axes={shown(self.shared_axes)} for input of shape {input_shape}"
                )
            shape[axis - 1] = 1
        if not shape or None in shape:
            raise ValueError(
                f"{self.described}: expected samples of axes of a known length, but for those in `shared_axes`. "
                f"Received: input of shape {input_shape}"
            )
        self.add_own_weight("alpha", [axis for axis in shape if axis is not None])

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations, with the axes if some are shared."""
        op = super().operation(inputs, repeat, is_sparse)
        axes = list(zip(self.input_shape[1:], self.alpha.shape, strict=True))
        if self.shared_axes:
            pairs = (number for axis, own in axes for number in (axis or 1, own == 1))
            op.options = np.array([0, 1, *pairs], np.float64)
        return op

    @classmethod
    def _from_onnx(cls, values: Mapping[str, Any]) -> PReLU:
        """Make a layer from what its form stands for in a graph that was read: axes of length 1 are shared."""
        return cls(shared_axes=[axis for axis, length in enumerate(values["alpha"].shape, 1) if length == 1] or None)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        return serialized_parts(super().get_config())

"""The matrix products of a dense layer on flat vectors: NumPy's in Python, register blocks in compiled code.

`machine.blocked` has the same four functions for kernels. They are the only formulas of tinynet that exist twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels.machine.jit import COMPILED

Array = NDArray[Any]

__all__ = ["NO_FLOOR", "affine", "column_sums", "product_with_transposed", "transposed_product"]

if TYPE_CHECKING or not COMPILED:
    #: What `floor` is where there is none: nothing is less than -∞.
    NO_FLOOR = -np.inf

    def affine(x: Array, kernel: Array, bias: Array, out: Array, inputs: int, units: int, floor: float) -> None:
        """out = max(x·kernel + bias, floor); an empty bias adds nothing."""
        z = out.reshape(-1, units)
        np.dot(x.reshape(-1, inputs), kernel.reshape(inputs, units), out=z)
        if bias.size:
            z += bias
        if floor > NO_FLOOR:
            np.maximum(z, floor, out=z)

    def transposed_product(x: Array, dz: Array, out: Array, inputs: int, first: int, units: int) -> None:
        """out = xᵀ·dz, from the row `first` of the result on, for as many rows as `out` has."""
        rows = out.size // units
        columns = x.reshape(-1, inputs)[:, first : first + rows]
        np.dot(columns.T, dz.reshape(-1, units), out=out.reshape(rows, units))

    def product_with_transposed(dz: Array, kernel: Array, out: Array, units: int, inputs: int) -> None:
        """out = dz·kernelᵀ"""
        np.dot(dz.reshape(-1, units), kernel.reshape(inputs, units).T, out=out.reshape(-1, inputs))

    def column_sums(a: Array, out: Array) -> None:
        """out[j] = Σₙ a[n, j]"""
        np.sum(a.reshape(-1, out.size), axis=0, out=out)

else:
    from tinynet.kernels.machine.blocked import (
        NO_FLOOR,
        affine,
        column_sums,
        product_with_transposed,
        transposed_product,
    )

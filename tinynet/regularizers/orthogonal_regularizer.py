"""Penalty for vectors that are not at right angles to each other.

Source: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import bare, numbers
from tinynet._kinds import is_one_of
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.regularizers.base import Regularizer, checked_factor

#: Keras's: shorter vectors are divided by this.
EPSILON = 1e-7


class OrthogonalRegularizer(Regularizer):
    """factor·the mean of |û·v̂| over all pairs of a matrix's rows, or columns, each at length 1; for the layer loop.

    Parameters
    ----------
    factor : float, default 0.01
        The factor.
    mode : {"rows", "columns"}, default "rows"
        Which vectors. The rows of a `Dense` kernel are what each input adds to the units, its columns what each unit
        weighs.

    Raises
    ------
    ValueError
        For another mode, a factor below 0, and weights that are no matrix.

    Examples
    --------
    >>> round(OrthogonalRegularizer(0.5)([[3.0, 4.0], [0.0, 2.0]]), 6)
    0.4
    """

    of_matrices = True

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = checked_factor(self, "factor", factor)
        if not is_one_of(mode, ("rows", "columns")):
            raise ValueError(
                'Invalid value for argument `mode`. Expected one of {"rows", "columns"}. Received: '
                + f"mode={bare(mode)}"
            )
        self.mode = mode

    def __call__(self, w: Any) -> float:
        """Return factor/2·Σ |û·v̂| over all ordered pairs, divided by the number of pairs; NaN where there is none."""
        vectors, _ = self._units(self._matrix(w))
        products = np.abs(vectors @ vectors.T)
        return float(0.5 * self._share(len(vectors)) * (products.sum() - np.trace(products)))

    @quiet
    def gradient(self, w: Array) -> Array:
        """Return the slope: dû = share·Σ sign(û·v̂)·v̂, and of u what of that is at a right angle to û, through |u|."""
        units, lengths = self._units(self._matrix(w))
        signs = np.sign(units @ units.T)
        np.fill_diagonal(signs, 0.0)
        slopes = self._share(len(units)) * (signs @ units)
        along = (slopes * units).sum(axis=1, keepdims=True)
        found = (slopes - np.where(lengths > EPSILON, along, 0.0) * units) / lengths
        return np.asarray(found if self.mode == "rows" else found.T, np.asarray(w).dtype)

    def _matrix(self, w: Any) -> Array:
        """Return the vectors as rows in float64, or raise a ValueError."""
        found = np.asarray(numbers(type(self).__name__, "w", w), np.float64)
        if found.ndim != 2:
            raise ValueError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={found.shape}")
        return found if self.mode == "rows" else found.T

    def _units(self, vectors: Array) -> tuple[Array, Array]:
        """Return vectors at length 1, and what each was divided by."""
        lengths = np.maximum(np.sqrt((vectors**2).sum(axis=1, keepdims=True)), EPSILON)
        return vectors / lengths, lengths

    def _share(self, size: int) -> float:
        """Return what each pair counts."""
        return self.factor / (size * (size - 1.0) / 2.0) if size > 1 else np.nan

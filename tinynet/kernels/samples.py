"""How samples are handed to the kernels: the rows of a matrix, or the same in CSR form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Csr(NamedTuple):
    """A sparse matrix: row i has the numbers ``values[indptr[i]:indptr[i + 1]]`` in the columns ``indices[…]``."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: Array


class SparseBatch(NamedTuple):
    """What a first dense layer takes in place of a matrix: the rows `order` of a sparse one with `columns` columns."""

    samples: Csr
    order: NDArray[np.int64]
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns), as of the dense matrix."""
        return len(self.order), self.columns


def count(samples: Array | Csr) -> int:
    """Return how many samples there are."""
    return samples.indptr.size - 1 if isinstance(samples, Csr) else len(samples)

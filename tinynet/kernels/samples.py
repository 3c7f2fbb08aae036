"""How samples are handed to the kernels: the rows of a matrix, or the same in CSR form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinynet.kernels.tables import Data

Array = NDArray[Any]

NO_ORDER = np.empty(0, np.int64)
_NO_INDICES = np.empty(0, np.int32)


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


def data_of(samples: Array | Csr, y: Array | None = None, weights: Array | None = None) -> Data:
    """Return samples, targets and weights as the kernels read them."""
    if isinstance(samples, Csr):
        data = Data(x=samples.values, indptr=samples.indptr, indices=samples.indices)
    else:
        data = Data(x=samples.reshape(-1), indptr=NO_ORDER, indices=_NO_INDICES)
    nothing = data.x[:0]
    data.y = nothing if y is None else y.reshape(-1)
    data.weights = nothing if weights is None else weights
    return data.pack()

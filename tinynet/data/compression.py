"""Detects features that are mostly zeros, and stores only the others."""

from __future__ import annotations

import numpy as np

from tinynet.data.features import Features
from tinynet.data.sparse_rows import MOST_COLUMNS
from tinynet.kernels.samples import Csr
from tinynet.kernels.sparse import compress

# Leaving out zeros pays where most numbers are zero and rows are long. Measured: a dense first layer of 16 units breaks
# even at a density of about 0.2, and below 256 columns there is little to gain.
_DENSE_FROM = 0.1
_COLUMNS_FROM = 256
_SAMPLED_ROWS = 64
# Rows that were cast are read again at once: few enough at a time that they are still in cache.
_NUMBERS_AT_ONCE = 2**17


def compressed(features: Features) -> Csr | None:
    """Return features that are sparse, or mostly zeros, in CSR form; None if that would not pay.

    A dense array is judged by a sample of 64 rows, then read once, in chunks.

    Parameters
    ----------
    features : Features
        Each sample must be a vector.

    Returns
    -------
    Csr or None
    """
    if features.sparse:
        return Csr(features.indptr, features.indices, features.data)
    if not _COLUMNS_FROM <= features.size <= MOST_COLUMNS or features.n * features.size < _COLUMNS_FROM**2:
        return None
    rows = np.linspace(0, features.n - 1, min(_SAMPLED_ROWS, features.n)).astype(np.intp)
    density = float(np.count_nonzero(features.take(rows)) / (len(rows) * features.size))
    return None if density > _DENSE_FROM else _compress(features, density)


def _compress(features: Features, density: float) -> Csr | None:
    """Read a dense array into CSR form; None if it is denser than the sampled rows suggested."""
    room = int(1.2 * density * features.n * features.size) + 4 * features.size
    limit = int(2 * _DENSE_FROM * features.n * features.size) + 4 * features.size
    indptr = np.zeros(features.n + 1, np.int64)
    indices, values = np.empty(room, np.int32), np.empty(room, features.dtype)
    step = max(1, _NUMBERS_AT_ONCE // features.size)
    for start in range(0, features.n, step):
        chunk, done = features.take(slice(start, min(start + step, features.n))), 0
        while True:
            done += int(
                compress(
                    np.ascontiguousarray(chunk[done:]).reshape(-1), features.size, indptr, indices, values, start + done
                )
            )
            if done == len(chunk):
                break
            room = 2 * room
            if room > limit:
                return None
            indices, values = np.resize(indices, room), np.resize(values, room)
    used = indptr[-1]
    return Csr(indptr, indices[:used], values[:used])

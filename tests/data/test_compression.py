"""Dense arrays of mostly zeros are read into CSR form, whether or not the rows looked at first are like the others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from tinynet.data.compression import compressed
from tinynet.data.features import features

ROWS, COLUMNS, LOOKED_AT = 1000, 300, 64


def mostly_zeros(seen: float, unseen: float) -> np.ndarray:
    """Return an array with these densities: in the rows that are looked at, and in the others."""
    rng = np.random.default_rng(0)
    density = np.full((ROWS, 1), unseen)
    density[np.linspace(0, ROWS - 1, LOOKED_AT).astype(np.intp)] = seen
    return np.where(rng.random((ROWS, COLUMNS)) < density, rng.standard_normal((ROWS, COLUMNS)), 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("seen", "unseen"), [(0.05, 0.05), (0.0, 0.0), (0.08, 0.12)])
def test_compressed_features_are_the_array(seen, unseen, dtype):
    x = mostly_zeros(seen, unseen).astype(dtype)
    csr = compressed(features(x, argument="x", dtype=np.dtype(dtype)))
    assert csr is not None
    exact = sparse.csr_matrix(x)
    np.testing.assert_array_equal(csr.indptr, exact.indptr)
    np.testing.assert_array_equal(csr.indices, exact.indices)
    np.testing.assert_array_equal(csr.values, exact.data)


@pytest.mark.parametrize(("seen", "unseen"), [(0.3, 0.0), (0.01, 0.5)])
def test_features_that_are_denser_than_they_looked_stay_as_they_are(seen, unseen):
    assert compressed(features(mostly_zeros(seen, unseen), argument="x", dtype=np.dtype("float64"))) is None


@pytest.mark.parametrize(
    ("shape", "pays"),
    [((256, 256), True), ((255, 256), False), ((300, 255), False), ((219, 300), True), ((218, 300), False)],
)
def test_it_pays_from_so_many_columns_and_numbers_on(shape, pays):
    given = features(np.eye(*shape, dtype="float32"), argument="x", dtype=np.dtype("float32"))
    assert (compressed(given) is not None) == pays

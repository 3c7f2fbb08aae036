"""Data that are looked at in pieces: wherever these end, every sample is looked at, and found where it is."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from tinynet.data import features
from tinynet.data.indices import pieces_of

sparse = pytest.importorskip("scipy.sparse")
FORMS = {
    "as they are": lambda x: x.astype("float32"),
    "of another type": lambda x: x,
    "backwards in memory": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "by columns": np.asfortranarray,
    "sparse": sparse.csr_matrix,
}


@pytest.fixture(params=[1, 2, 3, 4, 100])
def small(request: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Make pieces small: so many samples, and two entries or a few bytes at a time where rows are gathered."""
    module = sys.modules[features.__module__]  # which its function hides
    monkeypatch.setattr(module.Features, "rows_per_chunk", request.param)
    monkeypatch.setattr(module, "_PIECE_BYTES", 2 * 3 * 8 * min(request.param, 3))
    monkeypatch.setattr(module, "_PIECE_ENTRIES", 2 * request.param)
    return int(request.param)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 2, 4, 5, 7])
def test_samples_are_taken_in_any_order_and_piece_by_piece(n: int, form: str, small: int) -> None:
    x = np.arange(1.0, 3 * n + 1).reshape(n, 3) * (np.arange(3 * n).reshape(n, 3) % 4 != 1)
    given = features(FORMS[form](x), dtype="float32")
    for order in (np.arange(n)[::-1], np.arange(0, n, 2), np.zeros(n + 3, int), np.array([n - 1]), slice(n // 2, n)):
        np.testing.assert_array_equal(given.take(order), x[order])
    pieces = [*pieces_of(given)]
    assert [len(piece) for piece in pieces] == [min(small, n - first) for first in range(0, n, small)]
    np.testing.assert_array_equal(np.concatenate(pieces), x)
    assert given.largest() == x.max()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 4, 5])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -1e300])
def test_an_odd_number_is_found_in_every_place(odd: float, n: int, form: str, small: int) -> None:
    for row in range(n):
        for column in range(3):
            x = np.ones((n, 3))
            x[row, column] = odd
            with np.errstate(over="ignore"):
                found = features(FORMS[form](x), dtype="float32")
            what = "missing values (NaN)" if odd != odd else "numbers too large for float32"
            assert found.odd_number() == f"x has {what}, the first in row {row}, column {column}"
            assert found.largest() == (1.0 if odd != odd else np.inf)
            if odd != odd:
                with pytest.raises(ValueError, match=rf"first in row {row}, column {column}: the loss"):
                    found.refuse_missing()
            else:
                found.refuse_missing()
    assert features(FORMS[form](np.ones((n, 3))), dtype="float32").odd_number() is None

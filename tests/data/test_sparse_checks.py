"""The kernels of sparse rows read and write where a matrix's indices say: what points outside never gets that far.

SciPy checks a matrix when it is made, and the range of its indices not even then; its arrays may also be changed by
hand afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.nets import both_loops, classifier, unchanged
from tinynet import data

sparse = pytest.importorskip("scipy.sparse")
ROWS, COLUMNS = 12, 300


def matrix() -> Any:
    """Return a matrix of three entries a row, and labels."""
    rng = np.random.default_rng(0)
    columns = np.concatenate([np.sort(rng.choice(COLUMNS, 3, replace=False)) for _ in range(ROWS)])
    return sparse.csr_matrix((rng.random(3 * ROWS), columns, np.arange(0, 3 * ROWS + 1, 3)), shape=(ROWS, COLUMNS))


def broken(part: str, at: int, value: int) -> Callable[[], Any]:
    def make() -> Any:
        x = matrix()
        getattr(x, part)[at] = value
        return x

    return make


def shortened(part: str) -> Callable[[], Any]:
    def make() -> Any:
        x = matrix()
        setattr(x, part, getattr(x, part)[:-1].copy())
        return x

    return make


BROKEN = {
    "a negative column": (broken("indices", 4, -1), "300 columns.* -1 to"),
    "a column too far": (broken("indices", 5, COLUMNS), "300 columns.* to 300"),
    "a column far too far": (broken("indices", -1, 2**31 - 1), "300 columns.* to 2147483647"),
    "rows that begin later": (broken("indptr", 0, 1), "begin at 0"),
    "rows that begin before": (broken("indptr", 0, -3), "begin at 0"),
    "rows that fall": (broken("indptr", 3, 2), "never fall"),
    "a row beyond the end": (broken("indptr", 3, 10**6), "never fall"),
    "an end beyond the entries": (broken("indptr", -1, 3 * ROWS + 1), "end at 36 at most"),
    "too few columns": (shortened("indices"), "end at 35 at most"),
    "too few numbers": (shortened("data"), "end at 35 at most"),
    "too few rows": (shortened("indptr"), "row pointers"),
}
CALLS: dict[str, Callable[..., Any]] = {
    "fit": lambda model, good, bad, y: model.fit(bad, y, verbose=0),
    "fit with a split": lambda model, good, bad, y: model.fit(bad, y, validation_split=0.25, verbose=0),
    "fit and validate": lambda model, good, bad, y: model.fit(good, y, validation_data=(bad, y), verbose=0),
    "evaluate": lambda model, good, bad, y: model.evaluate(bad, y, verbose=0),
    "predict": lambda model, good, bad, y: model.predict(bad, verbose=0),
    "train_on_batch": lambda model, good, bad, y: model.train_on_batch(bad, y),
    "predict_on_batch": lambda model, good, bad, y: model.predict_on_batch(bad),
}


@both_loops
@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize("fault", list(BROKEN))
def test_a_matrix_that_points_outside_is_refused_and_nothing_changes(fault, call, compiled):
    make, words = BROKEN[fault]
    model, y = classifier(compiled, inputs=COLUMNS), np.arange(ROWS) % 2.0
    with unchanged(model), pytest.raises(ValueError, match=words):
        CALLS[call](model, matrix(), make(), y)


def test_room_behind_the_last_entry_may_hold_anything():
    x = matrix()
    x.indices, x.data = np.append(x.indices, 10**6), np.append(x.data, np.nan)
    got = data.features(x, dtype="float64").take(slice(None))
    np.testing.assert_array_equal(got, matrix().toarray())


@both_loops
def test_wide_indices_and_bytes_are_read_like_any_others(compiled):
    model, y = classifier(compiled, inputs=COLUMNS), np.arange(ROWS) % 2.0
    x = matrix()
    expected = model.evaluate(x.toarray(), y, verbose=0)
    x.indices, x.indptr = x.indices.astype(np.int64), x.indptr.astype(np.int64)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-6)

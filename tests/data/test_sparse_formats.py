"""Every sparse format may point outside, and any array may change under a running fit: nothing is read through them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.data.test_sparse_checks import CALLS, COLUMNS, ROWS, matrix
from tests.support.nets import both_loops, classifier, unchanged
from tinynet.data.sparse_rows import sparse_rows
from tinynet.layers import Dense, Input

sparse = pytest.importorskip("scipy.sparse")

FAR = [-1, 10**6, 2**31 - 1, -(2**31)]


def put(part: str, value: Any) -> Callable[[Any], None]:
    def change(x: Any) -> None:
        getattr(x, part)[3] = value

    return change


def replaced(part: str, make: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda x: setattr(x, part, make(getattr(x, part)))


def append(part: str, value: Any) -> Callable[[Any], None]:
    return lambda x: getattr(x, part)[2].append(value)


BROKEN: dict[str, list[Callable[[Any], None]]] = {
    "csr": [
        replaced("indices", lambda a: a.astype(float)),
        replaced("indptr", lambda a: a.reshape(1, -1)),
        replaced("data", lambda a: None),
        put("indptr", -5),
    ],
    "csc": [
        *(put("indices", at) for at in FAR),
        *(put("indptr", at) for at in FAR),
        replaced("indptr", lambda a: a[:-1].copy()),
        replaced("data", lambda a: a[:3].copy()),
    ],
    "bsr": [
        *(put("indices", at) for at in FAR),
        *(put("indptr", at) for at in FAR),
        replaced("data", lambda a: a[:3].copy()),
        replaced("data", lambda a: np.repeat(a, 7, axis=1)),
    ],
    "coo": [
        *(put("row", at) for at in FAR),
        *(put("col", at) for at in FAR),
        replaced("data", lambda a: a[:3].copy()),
        replaced("coords", lambda a: (a[0], a[1][:3])),
    ],
    "dia": [
        replaced("data", lambda a: a[:1].copy()),
        replaced("offsets", lambda a: a.astype(float)),
        replaced("offsets", lambda a: a[:-2].copy()),
    ],
    "lil": [append("rows", 10**6), append("rows", 3), append("data", 1.0), replaced("rows", lambda a: a[:-1].copy())],
    "dok": [lambda x: x._dict.update({(ROWS, 0): 1.0}), lambda x: x._dict.update({(0, -1): 1.0})],
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", BROKEN)
def test_a_matrix_of_any_format_that_points_outside_is_refused(form: str, call: str) -> None:
    model, y = classifier(inputs=COLUMNS), np.arange(ROWS) % 2.0
    for change in BROKEN[form]:
        x = matrix().asformat(form)
        change(x)
        with unchanged(model), pytest.raises(ValueError, match="is a sparse matrix that cannot be read"):
            CALLS[call](model, matrix(), x, y)


@both_loops
@pytest.mark.parametrize("form", BROKEN)
def test_so_are_targets(form: str, compiled: bool) -> None:
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((2,)), Dense(COLUMNS)])
    model.compile("sgd", "mse", compiled=compiled)
    model.shuffle_state()
    x, fresh = np.ones((ROWS, 2)), matrix().asformat(form)
    assert model.evaluate(x, fresh, verbose=0) == pytest.approx(model.evaluate(x, fresh.toarray(), verbose=0))
    for change in BROKEN[form]:
        y = matrix().asformat(form)
        change(y)
        with unchanged(model), pytest.raises(ValueError, match="y is a sparse matrix that cannot be read"):
            model.fit(x, y, verbose=0)


@pytest.mark.parametrize("scipy", [True, False], ids=["with scipy", "with NumPy alone"])
@pytest.mark.parametrize("form", BROKEN)
def test_rows_are_those_of_the_dense_matrix(form: str, scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    x = matrix().asformat(form)
    if not scipy:
        monkeypatch.delitem(sys.modules, "scipy.sparse")
    rows = sparse_rows(x, "x")
    np.testing.assert_array_equal(rows.toarray(), matrix().toarray())
    np.testing.assert_array_equal(rows.part(2, 7).toarray(), matrix().toarray()[2:7])


@pytest.mark.parametrize("scipy", [True, False], ids=["with scipy", "with NumPy alone"])
@pytest.mark.parametrize(("dtype", "total"), [("f4", 3.0), ("i8", 3.0), (bool, 1.0)])
def test_columns_in_any_order_and_twice_are_put_in_order_and_summed(
    dtype: Any, total: float, scipy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the matrix says of itself: its flags are from before somebody changed its arrays."""
    x = sparse.csr_matrix(np.eye(2, 5, dtype=dtype))
    assert x.has_canonical_format
    x.indptr, x.indices = np.array([0, 3, 3]), np.array([4, 0, 4])
    x.data = np.array([1, 1, 2]).astype(dtype)
    if not scipy:
        monkeypatch.delitem(sys.modules, "scipy.sparse")
    np.testing.assert_array_equal(sparse_rows(x, "x").toarray(), [[1, 0, 0, 0, total], [0, 0, 0, 0, 0]])


def test_what_looks_like_a_sparse_matrix_is_read_as_one() -> None:
    x = matrix()
    alike = SimpleNamespace(indptr=x.indptr, indices=x.indices, data=x.data, shape=x.shape)
    alike.tocsr = lambda: alike
    model = classifier(inputs=COLUMNS)
    np.testing.assert_allclose(model.predict(alike, verbose=0), model.predict(x, verbose=0))
    alike.indices = x.indices + 2**20
    with pytest.raises(ValueError, match="300 columns, but has entries in columns"):
        model.predict(alike, verbose=0)
    del alike.indptr
    with pytest.raises(ValueError, match=r"x is a sparse matrix that cannot be read.*indptr"):
        model.predict(alike, verbose=0)


def test_what_cannot_convert_itself_is_refused() -> None:
    def fail() -> None:
        raise RuntimeError("no rows today")

    with pytest.raises(ValueError, match="x is a sparse matrix that cannot be read: no rows today"):
        classifier(inputs=2).predict(SimpleNamespace(tocsr=fail, shape=(3, 2)), verbose=0)


@pytest.mark.parametrize("form", ["coo", "csr", "dok"])
def test_one_axis_of_a_sparse_array_is_one_target_each(form: str) -> None:
    y = sparse.coo_array(np.arange(ROWS) % 2.0).asformat(form)
    found = [
        classifier(inputs=COLUMNS).fit(matrix(), targets, validation_split=0.25, verbose=0).history
        for targets in (y, y.toarray())
    ]
    assert found[0] == found[1]
    np.testing.assert_array_equal(sparse_rows(y, "y").toarray(), y.toarray())


def test_a_shape_alone_asks_for_no_memory() -> None:
    entries = np.ones(1), (np.zeros(1, int), np.zeros(1, int))
    for shape in ((10**12, 3), (3, 10**12)):
        with pytest.raises(ValueError, match="cannot be read: it"):
            classifier(inputs=3).predict(sparse.coo_matrix(entries, shape=shape), verbose=0)


def fitted(compiled: bool, meddle: Any) -> Any:
    """Train while a callback meddles with the arrays of the samples and the labels."""
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((COLUMNS,)), Dense(4, activation="relu"), Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", compiled=compiled)
    x, y = matrix(), (np.arange(ROWS) % 3).astype("float32")
    x.indptr, x.indices, x.data = x.indptr.copy(), x.indices.copy(), x.data.astype("float32")
    callback = tinynet.callbacks.LambdaCallback(on_train_begin=lambda logs: meddle(x, y))
    model.fit(x, y, epochs=3, batch_size=4, verbose=0, callbacks=[callback], validation_data=(x, y))
    return model.get_weights()


MEDDLING: dict[str, Callable[[Any, Any], Any]] = {
    "columns": lambda x, y: x.indices.fill(2**31 - 1),
    "row pointers": lambda x, y: x.indptr.fill(2**31 - 1),
    "labels": lambda x, y: y.fill(1e9),
    "the size of the columns": lambda x, y: x.indices.resize(0, refcheck=False),
    "the size of the numbers": lambda x, y: x.data.resize(0, refcheck=False),
    "the size of the labels": lambda x, y: y.resize(0, refcheck=False),
}


@both_loops
@pytest.mark.parametrize("what", MEDDLING)
def test_what_changes_under_a_fit_changes_nothing(what: str, compiled: bool) -> None:
    for ours, theirs in zip(fitted(compiled, MEDDLING[what]), fitted(compiled, lambda x, y: None), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_thread_may_change_them_too() -> None:
    x, stop = sparse.random(500, COLUMNS, 0.05, "csr", random_state=0), threading.Event()
    right = x.indices.copy()

    def meddle() -> None:
        while not stop.is_set():
            x.indices.fill(2**31 - 1)
            x.indices[:] = right

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        for _ in range(100):
            try:
                classifier(inputs=COLUMNS).fit(x, np.arange(500) % 2.0, verbose=0)
            except ValueError as error:
                assert "entries in columns" in str(error)  # noqa: PT017 - often, but not every time
    finally:
        stop.set()
        thread.join()

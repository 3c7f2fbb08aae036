"""Features: what is passed as x, read back row by row."""

from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet import data
from tinynet.data import arrays

sparse = pytest.importorskip("scipy.sparse")

features_module = sys.modules["tinynet.data.features"]  # `data.features` is the function
DTYPES = ["?", "i1", "u1", "<i2", ">i4", "<i8", "<u8", "<f2", "<f4", ">f4", "<f8", ">f8", "g"]


@st.composite
def any_array(draw: st.DrawFn) -> np.ndarray:
    """An array of any dtype, order, strides, alignment and writeability."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=6))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    array = (rng.normal(size=shape) * 50).astype(np.int8).astype(dtype)
    form = draw(st.sampled_from(["C", "F", "reversed", "strided", "broadcast", "unaligned"]))
    if form == "F":
        array = np.asfortranarray(array)
    elif form == "reversed":
        array = array[::-1, ...]
    elif form == "strided":
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif form == "broadcast":
        array = np.broadcast_to(array[:1], shape)
    elif form == "unaligned":
        packed = np.empty(shape, np.dtype({"names": ["pad", "v"], "formats": ["u1", dtype], "offsets": [0, 1]}))
        packed["v"] = array
        array = packed["v"]
    if draw(st.booleans()):
        array.flags.writeable = False
    return array


def expected(x: np.ndarray, dtype: str) -> np.ndarray:
    return np.asarray(x).astype(dtype).reshape(len(x), -1)


def row_choices(n: int) -> st.SearchStrategy[Any]:
    some = st.lists(st.integers(0, n - 1), max_size=2 * n).map(lambda rows: np.array(rows, np.intp))
    return st.one_of(some, st.slices(n))


@settings(deadline=None, max_examples=200)
@given(st.data(), any_array(), st.sampled_from(["float32", "float64"]), st.booleans())
def test_rows_come_back_as_numpy_casts_them_and_the_input_stays(
    choices: st.DataObject, x: np.ndarray, dtype: str, large: bool
) -> None:
    before, flags = x.tobytes(), x.flags.num
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(arrays, "CHUNK_BYTES", 1)
        patch.setattr(features_module, "_PIECE_BYTES", 24)
        f = data.features(x, dtype=dtype)
        rows = choices.draw(row_choices(f.n))
        taken, resident = f.take(rows), f.resident
    np.testing.assert_array_equal(taken, expected(x, dtype)[rows])
    assert taken.flags.c_contiguous
    assert taken.dtype == dtype
    if resident is not None:
        np.testing.assert_array_equal(resident, expected(x, dtype))
        assert resident.flags.carray
        assert resident.dtype == dtype
    assert (f.n, f.sample_shape, f.shape) == (x.shape[0], x.shape[1:], x.shape)
    assert (x.tobytes(), x.flags.num) == (before, flags)


@settings(deadline=None, max_examples=80)
@given(
    st.data(),
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from(["csr", "csc", "coo", "lil", "dok", "bsr", "dia"]),
    st.sampled_from(["?", "i1", "i8", "f4", "f8"]),
    st.booleans(),
)
def test_sparse_rows_come_back_dense(
    choices: st.DataObject, n: int, columns: int, form: str, dtype: str, large: bool
) -> None:
    rng = np.random.default_rng(choices.draw(st.integers(0, 99)))
    dense = (rng.integers(-9, 9, (n, columns)) * (rng.random((n, columns)) < 0.4)).astype(dtype)
    make = choices.draw(st.sampled_from([sparse.csr_matrix, sparse.csr_array]))
    x = make(dense).asformat(form)
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(arrays, "CHUNK_BYTES", 1)
        patch.setattr(features_module, "_PIECE_ENTRIES", 3)
        f = data.features(x, dtype="float32")
        rows = choices.draw(row_choices(n))
        taken = f.take(rows)
    np.testing.assert_array_equal(taken, dense.astype("float32")[rows])
    assert taken.dtype == np.float32
    assert f.sparse
    np.testing.assert_array_equal(x.toarray(), dense)


def test_csr_with_duplicates_is_summed_on_a_copy() -> None:
    x = sparse.csr_matrix((np.array([1.0, 2, 4]), np.array([2, 0, 2]), np.array([0, 3, 3])), shape=(2, 3))
    f = data.features(x, dtype="float64")
    np.testing.assert_array_equal(f.take(slice(None)), [[2, 0, 5], [0, 0, 0]])
    assert f.indices.tolist() == [0, 2]
    assert x.indices.tolist() == [2, 0, 2]
    assert x.data.tolist() == [1, 2, 4]


def test_a_fitting_array_is_used_as_it_is_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 16)
    x = np.ones((50, 2, 3), np.float32)
    f = data.features(x, dtype="float32")
    assert f.resident is not None
    assert f.resident.shape == (50, 6)
    assert np.shares_memory(f.resident, x)
    assert np.shares_memory(f.take(slice(3, 9)), x)
    assert not np.shares_memory(f.take(np.arange(3)), x)


def test_a_fitting_memory_map_is_used_as_it_is_and_is_no_longer_a_memmap(tmp_path: Any) -> None:
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(5, 4))
    x[:] = 2
    f = data.features(x, dtype="float32")
    assert type(f.resident) is np.ndarray
    assert np.shares_memory(f.resident, x)


def test_read_only_arrays_are_copied_while_small_and_read_in_chunks_when_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.ones((10, 4), np.float32)
    x.flags.writeable = False
    small = data.features(x, dtype="float32").resident
    assert small is not None
    assert small.flags.writeable
    assert not np.shares_memory(small, x)
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 64)
    large = data.features(x, dtype="float32")
    assert large.resident is None
    assert large.rows_per_chunk == 4


def test_a_chunk_holds_64_mb_and_at_least_one_row() -> None:
    f = data.features(np.ones((1, 1024)), dtype="float32")
    assert f.rows_per_chunk == 16 * 1024
    huge = data.features(np.broadcast_to(np.float32(1), (2, 2**25)), dtype="float32")
    assert huge.rows_per_chunk == 1


@pytest.mark.parametrize("layout", ["memmap", "F", "strided", "csr"])
def test_taking_shuffled_rows_costs_little_more_than_the_rows_taken(tmp_path: Any, layout: str) -> None:
    n, columns = 20_000, 1_000  # 160 MB of float64
    if layout == "memmap":
        x = np.memmap(tmp_path / "x", np.float64, "w+", shape=(n, columns))
    elif layout == "csr":
        x = sparse.eye_array(n, columns, format="csr") + sparse.eye_array(n, columns, k=-5000, format="csr")
    else:
        x = np.zeros((columns, n)).T if layout == "F" else np.zeros((n, 2 * columns))[:, ::2]
    f = data.features(x, dtype="float32")
    rows = np.random.default_rng(0).permutation(n)[:10_000]
    tracemalloc.start()
    try:
        assert f.resident is None
        taken = f.take(rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < taken.nbytes + 10e6


def test_one_dimensional_data_keeps_its_shape_and_reads_as_one_column() -> None:
    f = data.features([1, 2, 3], dtype="float64")
    assert f.sample_shape == ()
    np.testing.assert_array_equal(f.take(slice(None)), [[1], [2], [3]])


def test_what_is_too_large_for_float32_becomes_infinite_in_silence() -> None:
    x = np.array([[1e300, -1e300], [np.nan, 1]])
    f = data.features(x, dtype="float32")
    np.testing.assert_array_equal(f.take(np.array([0, 1])), [[np.inf, -np.inf], [np.nan, 1]])


def test_objects_that_become_arrays_are_taken() -> None:
    class Frame:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array([[1.5, True], [2, False]], object)

    np.testing.assert_array_equal(data.features(Frame(), dtype="float32").take(slice(None)), [[1.5, 1], [2, 0]])
    masked = np.ma.array([[1.0, 2.0]], mask=False)
    np.testing.assert_array_equal(data.features(masked, dtype="float32").take(slice(None)), [[1, 2]])


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (None, TypeError, "x must be a NumPy array.*is None"),
        ("abc", TypeError, "of type str"),
        ({"a": 1}, TypeError, "of type dict"),
        ((i for i in range(3)), TypeError, "of type generator"),
        (object(), TypeError, "of type object"),
        (3.0, ValueError, "the single number 3.0"),
        ([], ValueError, "x is empty: it has shape \\(0,\\)"),
        (np.ones((3, 0)), ValueError, "x is empty"),
        ([[1, 2], [3, 4], [5]], ValueError, "row 0 has 2 entries, row 2 has 1.*pad or cut"),
        ([[1], 2], ValueError, "ragged"),
        ([[[1, 2], [3]], [[1], [2]]], ValueError, "ragged"),
        ([["1", "2"]], TypeError, "holds text \\(such as '1'\\).*dtype='float32'"),
        (np.array(["a", 1], object), TypeError, "holds text.*return_inverse"),
        ([[1, None]], TypeError, "None means a missing value"),
        (np.array([[1, 2], [3]], object), TypeError, "2 separate sequences.*multi-hot"),
        (np.ones(3) * 1j, TypeError, "complex"),
        (np.array(["2020-01-01"], "M8[D]"), TypeError, "dates or times"),
        (np.zeros(2, [("a", "f4")]), TypeError, "select its numeric columns"),
        (np.ma.array([1.0, 2], mask=[0, 1]), ValueError, "1 masked.*filled"),
        (sparse.csr_matrix((0, 3)), ValueError, "x is empty"),
        (sparse.coo_array(np.ones(3)), ValueError, "two axes"),
        (sparse.csr_matrix([[1j]]), TypeError, "expected real numbers"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_with_advice(x: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        data.features(x, dtype="float32")


@pytest.mark.parametrize(
    ("shape", "built_for"),
    [((5, 4), (4,)), ((5,), (1,)), ((5, 1), ()), ((5, 28, 28, 1), (28, 28)), ((5, 28, 28), (28, 28, 1))],
)
def test_samples_of_the_right_shape_pass_with_or_without_a_last_axis_of_one(
    shape: tuple[int, ...], built_for: tuple[int, ...]
) -> None:
    data.check_features(data.features(np.ones(shape), dtype="float32"), built_for, "dense")


@pytest.mark.parametrize(
    ("shape", "built_for", "words"),
    [
        ((10, 2), (4,), "expected shape=\\(None, 4\\), found shape=\\(10, 2\\).*2 features a sample"),
        ((12,), (12,), "single sample.*x\\[np.newaxis\\], of shape \\(1, 12\\)"),
        ((28, 28), (28, 28), "single sample"),
        ((10,), (4,), "one axis only.*reshape\\(-1, 1\\)"),
        ((4, 100), (4,), "transposed.*x\\.T"),
        ((5, 28, 28), (784,), "x.reshape\\(-1, 784\\), or begin the model with Flatten"),
        ((5, 784), (28, 28), "x.reshape\\(-1, 28, 28\\)\\."),
        ((5, 3, 3), (28, 28), "build the model for samples of shape \\(3, 3\\)"),
    ],
)
def test_samples_of_a_wrong_shape_are_refused_with_the_likely_fix(
    shape: tuple[int, ...], built_for: tuple[int, ...], words: str
) -> None:
    f = data.features(np.ones(shape), dtype="float32")
    with pytest.raises(ValueError, match=f'layer "hidden" is incompatible.*{words}'):
        data.check_features(f, built_for, "hidden")


@pytest.mark.parametrize("row", range(7))
def test_an_odd_number_is_told_by_its_place_in_whichever_chunk_it_is(row: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 2 * 6 * 4)
    x = np.zeros((7, 2, 3))
    f = data.features(x, dtype="float32")
    assert f.resident is None
    assert f.odd_number() is None
    x[row, 1, 2] = np.inf
    assert f.odd_number() == f"x has numbers too large for float32, the first in row {row}, column (1, 2)"
    assert f.odd_number(np.isnan) is None
    x[6, 1, 0] = x[row, 0, 1] = np.nan
    assert f.odd_number() == f"x has missing values (NaN), the first in row {row}, column (0, 1)"
    with pytest.raises(ValueError, match=rf"the first in row {row}, column \(0, 1\): the loss"):
        f.refuse_missing()
    assert f.largest() == np.inf


@pytest.mark.parametrize("form", ["<f2", "<f4", "<f8", ">f8", "g", "F", "strided"])
@pytest.mark.parametrize("chunk", [2 * 6 * 4, 2**26])
def test_a_missing_number_is_refused_in_whatever_form_the_array_is(
    form: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "CHUNK_BYTES", chunk)
    x = np.zeros((7, 6)) if form in ("F", "strided") else np.zeros((7, 6), form)
    given_x = {"F": np.asfortranarray(x), "strided": np.repeat(x, 2, axis=1)[:, ::2]}.get(form, x)
    data.features(given_x, dtype="float32").refuse_missing()
    given_x[5, 4] = np.nan
    with pytest.raises(ValueError, match="the first in row 5, column 4: the loss"):
        data.features(given_x, dtype="float32").refuse_missing()

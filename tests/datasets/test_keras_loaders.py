"""The loaders of Keras's data sets beside Keras's own loaders, on small generated files."""

from __future__ import annotations

import inspect
import json
import os
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")
theirs = pytest.importorskip("keras.src.datasets")

from tinynet.datasets import boston_housing, california_housing, imdb, mnist, reuters  # noqa: E402

MODULES = imdb, reuters, boston_housing, california_housing, mnist
PAIRS = {module.__name__.rpartition(".")[2]: module for module in MODULES}
EXAMPLES = settings(deadline=None, max_examples=300, database=None)

seeds = st.integers(0, 2**32 - 1)
# Weighted towards what is used, so that most examples get past the errors.
text_arguments = {
    "num_words": st.none() | st.integers(-1, 40),
    "skip_top": st.just(0) | st.integers(0, 8),
    "maxlen": st.none() | st.none() | st.integers(0, 14),
    "seed": st.integers(0, 2**32 - 1),
    "start_char": st.just(1) | st.none() | st.integers(-1, 9),
    "oov_char": st.just(2) | st.none() | st.integers(-1, 9),
    "index_from": st.just(3) | st.integers(-2, 9),
}


def text_file(seed, form, parts):
    """Write generated sequences and labels as Keras's files hold them; `form` says how the rows are held."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for x_name, y_name in parts:
        n = int(rng.integers(1, 20))
        lengths = np.full(n, rng.integers(0, 6)) if form == "table" else rng.integers(rng.integers(0, 2), 14, n)
        rows = [rng.integers(0, 40, length).tolist() for length in lengths]
        if form == "table":
            arrays[x_name] = np.array(rows, dtype=object)
        else:
            arrays[x_name] = np.fromiter((np.array(r, ">i4") if form == "arrays" else r for r in rows), dtype=object)
        arrays[y_name] = rng.integers(0, 46, n).astype(rng.choice(["int64", "int32", "uint8"]))
    return arrays


def outcome(load, **arguments):
    """Return what the loader returned, or the type of the error that it raised."""
    try:
        return load(**arguments)
    except (ValueError, TypeError) as error:
        return type(error)


def assert_same(ours, keras_result):
    if isinstance(keras_result, type):
        assert ours is keras_result
        return
    for our_part, their_part in zip(ours, keras_result, strict=True):
        for our_array, their_array in zip(our_part, their_part, strict=True):
            assert our_array.dtype == their_array.dtype
            assert our_array.shape == their_array.shape
            assert our_array.tolist() == their_array.tolist()


def assert_loads_as_keras_does(name, arrays, **arguments):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.npz"
        np.savez_compressed(file, **arrays)
        with mock.patch.object(getattr(theirs, name), "get_file", return_value=str(file)):
            expected = outcome(getattr(theirs, name).load_data, **arguments)
        ours = outcome(PAIRS[name].load_data, path=file, **arguments)
    assert_same(ours, expected)
    return ours


@EXAMPLES
@given(
    seed=seeds,
    form=st.sampled_from(["lists", "lists", "arrays", "table"]),
    arguments=st.fixed_dictionaries({}, optional=text_arguments),
)
def test_imdb_gives_what_keras_gives(seed, form, arguments):
    arrays = text_file(seed, form, [("x_train", "y_train"), ("x_test", "y_test")])
    assert_loads_as_keras_does("imdb", arrays, **arguments)


@EXAMPLES
@given(
    seed=seeds,
    form=st.sampled_from(["lists", "lists", "arrays", "table"]),
    arguments=st.fixed_dictionaries({}, optional={**text_arguments, "test_split": st.floats(0, 1)}),
)
def test_reuters_gives_what_keras_gives(seed, form, arguments):
    assert_loads_as_keras_does("reuters", text_file(seed, form, [("x", "y")]), **arguments)


@EXAMPLES
@given(
    n=st.integers(1, 60),
    arguments=st.fixed_dictionaries({}, optional={"seed": seeds, "test_split": st.floats(-0.2, 1.2)}),
)
def test_boston_housing_gives_what_keras_gives(n, arguments):
    rng = np.random.default_rng(n)
    assert_loads_as_keras_does("boston_housing", {"x": rng.random((n, 13)), "y": rng.random(n)}, **arguments)


@EXAMPLES
@given(
    n=st.integers(1, 700),
    arguments=st.fixed_dictionaries(
        {},
        optional={
            "seed": seeds,
            "test_split": st.floats(-0.2, 1.2),
            "version": st.sampled_from(["small", "large", "huge"]),
        },
    ),
)
def test_california_housing_gives_what_keras_gives(n, arguments):
    rng = np.random.default_rng(n)
    arrays = {"x": rng.random((n, 8), np.float32), "y": rng.random(n, np.float32)}
    assert_loads_as_keras_does("california_housing", arrays, **arguments)


def test_mnist_gives_what_keras_gives():
    rng = np.random.default_rng(0)
    arrays = {f"x_{part}": rng.integers(0, 256, (9, 28, 28)).astype("uint8") for part in ("train", "test")}
    arrays |= {f"y_{part}": rng.integers(0, 10, 9).astype("uint8") for part in ("train", "test")}
    assert_loads_as_keras_does("mnist", arrays)


def test_words_are_ints_and_sequences_are_lists():
    arrays = text_file(1, "lists", [("x", "y")])
    (x_train, y_train), _ = assert_loads_as_keras_does("reuters", arrays, num_words=30)
    assert {type(sequence) for sequence in x_train} == {list}
    assert {type(word) for sequence in x_train for word in sequence} == {int}
    assert y_train.dtype == arrays["y"].dtype


def test_maxlen_drops_sequences_of_exactly_that_length_and_counts_the_start_mark():
    arrays = {"x": np.fromiter([[1] * 3, [1] * 4, [1] * 5], dtype=object), "y": np.arange(3)}
    (x_train, _), _ = assert_loads_as_keras_does("reuters", arrays, maxlen=5, num_words=9, test_split=0)
    assert [len(sequence) for sequence in x_train] == [4]


def test_without_num_words_the_largest_word_alone_is_replaced():
    arrays = {"x": np.fromiter([[1, 7], [6, 2, 7]], dtype=object), "y": np.arange(2)}
    (x_train, _), _ = assert_loads_as_keras_does("reuters", arrays, test_split=0)
    assert sorted(x_train) == [[1, 4, 2], [1, 9, 5, 2]]


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_the_word_index_is_keras_s(name, tmp_path):
    file = tmp_path / "index.json"
    file.write_text(json.dumps({"the": 1, "fôret": 2, "?": 3}), encoding="utf-8")
    with mock.patch.object(getattr(theirs, name), "get_file", return_value=str(file)):
        expected = getattr(theirs, name).get_word_index()
    assert PAIRS[name].get_word_index(file) == expected


def test_the_topics_are_keras_s():
    assert reuters.get_label_names() == theirs.reuters.get_label_names()


@pytest.mark.parametrize("name", list(PAIRS))
def test_arguments_defaults_and_order_are_keras_s(name):
    for function in ("load_data", "get_word_index", "get_label_names"):
        if not hasattr(getattr(theirs, name), function):
            continue
        signatures = [inspect.signature(getattr(module, function)) for module in (PAIRS[name], getattr(theirs, name))]
        ours, expected = (
            # Keras's imdb swallows unknown arguments without a word: here they are a TypeError.
            [(p.name, p.default) for p in s.parameters.values() if p.kind is not p.VAR_KEYWORD]
            for s in signatures
        )
        assert ours == expected


def test_the_hashes_are_those_that_keras_checks():
    from tinynet.datasets import _download, _files

    for module in PAIRS.values():
        their_module = getattr(theirs, module.__name__.rpartition(".")[2])
        for function in (their_module.load_data, getattr(their_module, "get_word_index", None)):
            if function is None:
                continue
            with (
                mock.patch.object(their_module, "get_file", side_effect=InterruptedError) as get_file,
                pytest.raises(InterruptedError),
            ):
                function()
            origin, file_hash = get_file.call_args.kwargs["origin"], get_file.call_args.kwargs["file_hash"]
            name = origin.removeprefix(_download.BASE_URL)
            assert _files._HASHES[name].partition(":")[2] == file_hash


@pytest.mark.parametrize("name", ["imdb", "reuters", "boston_housing"])
def test_the_real_files_load_as_in_keras(name):
    folder = os.environ.get("TINYNET_DATA")
    if not folder or not (Path(folder) / f"{name}.npz").is_file():
        pytest.skip(f"no {name}.npz: set TINYNET_DATA to a folder that has it")
    arguments = {} if name == "boston_housing" else {"num_words": 10000}
    with mock.patch.object(getattr(theirs, name), "get_file", return_value=str(Path(folder) / f"{name}.npz")):
        expected = getattr(theirs, name).load_data(**arguments)
    assert_same(PAIRS[name].load_data(**arguments), expected)

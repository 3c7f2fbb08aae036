"""Data files whose content is not what it should be: a ValueError that names the file, whatever it is."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from tests.datasets.test_untrusted_files import LABELS, MEMBERS, TEXT
from tests.support.mutations import mutated
from tinynet.datasets import boston_housing, imdb, mnist, reuters

pytestmark = pytest.mark.usefixtures("offline")


def objects(*rows):
    """Return an array of objects."""
    return np.fromiter(rows, dtype=object)


WRONG = {
    "nested lists": (
        reuters,
        {"x": objects([1], [[2, 3]], [4])},
        "words are whole numbers, but some are .*list",
    ),
    "floats": (reuters, {"x": objects([1], [2.5], [4])}, "words are whole numbers.*float"),
    "texts": (reuters, {"x": objects([1], ["two"], [4])}, "words are whole numbers.*str|words with their labels"),
    "truth values": (reuters, {"x": objects([1], [True], [4])}, "words are whole numbers.*bool"),
    "no lists": (reuters, {"x": objects(1, 2, 3)}, "a sequence is of type int"),
    "negative numbers": (reuters, {"x": objects([1], [-2], [4])}, "go from -2 to 4"),
    "huge words": (reuters, {"x": objects([1], [2**31 - 1], [4])}, "go from 1 to 2147483647"),
    "words beyond 64 bits": (reuters, {"x": objects([1], [10**30], [4])}, "words with their labels"),
    "arrays of floats": (reuters, {"x": objects(np.ones(2), np.ones(1), np.ones(3))}, "whole numbers.*float"),
    "fewer labels": (reuters, {"y": np.arange(2)}, r"labels of shape \(2,\).*samples of shape \(3,\)"),
    "labels in a table": (reuters, {"y": np.ones((3, 1), int)}, r"labels of shape \(3, 1\)"),
    "labels with fractions": (reuters, {"y": np.ones(3)}, "labels of .*type float64"),
    "labels below 0": (reuters, {"y": np.array([0, -1, 2])}, "the lowest is -1"),
    "a second part without labels": (imdb, {"y_test": np.arange(1)}, r"labels of shape \(1,\)"),
    "one axis of houses": (boston_housing, {"x": np.ones(3)}, r"samples have shape \(3,\)"),
    "houses in words": (boston_housing, {"x": np.full((3, 13), "a")}, "samples have shape .* type <U1"),
    "a missing price": (boston_housing, {"y": np.array([1, np.nan, 2])}, "not finite"),
    "an infinite measure": (boston_housing, {"x": np.full((3, 13), np.inf)}, "not finite"),
    "pictures in rows": (mnist, {"x_test": np.ones((3, 784))}, r"samples have shape \(3, 784\)"),
    "digits of another number": (mnist, {"y_train": np.arange(9)}, r"labels of shape \(9,\)"),
    "a single number": (boston_housing, {"x": np.array(1.0)}, r"samples of shape \(\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_such_data_set_holds_is_refused(name, tmp_path):
    module, members, words = WRONG[name]
    np.savez(tmp_path / "odd.npz", **{**MEMBERS[module], **members})
    with pytest.raises(ValueError, match=rf"odd\.npz.*({words})"):
        module.load_data(path=tmp_path / "odd.npz")


def test_rare_words_of_a_large_vocabulary_cost_no_memory(tmp_path):
    np.savez(tmp_path / "large.npz", x=objects([1, 2**24 - 1], [5], [6]), y=LABELS)
    (x, _), _ = reuters.load_data(path=tmp_path / "large.npz", test_split=0)
    assert max(map(max, x)) == 2**24 - 1 + 2 or max(map(max, x)) < 2**24


@pytest.mark.parametrize(
    "content",
    [b"", b"[1, 2]", b"{", b'{"a": "b"}', b'{"a": 1.5}', b'{"a": -1}', b'{"a": null}', b"\xff\xfe", b"[" * 100_000],
)
@pytest.mark.parametrize("module", [imdb, reuters])
def test_a_damaged_word_index_is_a_value_error_that_names_it(module, content, tmp_path):
    (tmp_path / "words.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"words\.json cannot be read as a word index"):
        module.get_word_index(path=tmp_path / "words.json")


@pytest.mark.parametrize("module", MEMBERS)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_files_load_or_are_value_errors(module, save, tmp_path):
    path = tmp_path / "odd.npz"
    save(path, **MEMBERS[module])
    whole, refused = path.read_bytes(), 0
    for seed in range(60):
        path.write_bytes(mutated(whole, random.Random(seed)))
        try:
            module.load_data(path=path)
        except ValueError as error:
            refused += 1
            assert "odd.npz" in str(error), seed  # noqa: PT017 - it may also be as good as it was
    assert refused > 30


def test_a_damaged_index_loads_or_is_a_value_error(tmp_path):
    path, whole = tmp_path / "words.json", json.dumps({"the": 1, "forêt": 2, "of": 3}).encode()
    for seed in range(200):
        path.write_bytes(mutated(whole, random.Random(seed)))
        try:
            imdb.get_word_index(path=path)
        except ValueError as error:
            assert "words.json" in str(error), seed  # noqa: PT017


def test_the_text_of_these_tests_is_read_as_it_is(tmp_path):
    np.savez(tmp_path / "good.npz", x=TEXT, y=LABELS)
    (x, y), _ = reuters.load_data(path=tmp_path / "good.npz", test_split=0, index_from=0, start_char=None, num_words=9)
    assert sorted(zip(y.tolist(), x.tolist(), strict=True)) == [(0, [1, 2, 3]), (1, [4]), (2, [5, 6])]

"""Words as numbers, beside Keras's own functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.preprocessing.text import (
    Tokenizer,
    hashing_trick,
    one_hot,
    text_to_word_sequence,
    tokenizer_from_json,
)

EXAMPLES = settings(deadline=None, max_examples=150, database=None)
MODES = ("binary", "count", "freq", "tfidf")
COUNTED = ("word_index", "index_word", "word_counts", "word_docs", "index_docs", "document_count")

texts = st.lists(st.text("ab cB_!é\t", max_size=12) | st.lists(st.sampled_from(["a", "B", "dd", ""])), max_size=5)
options = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.none() | st.integers(0, 5),
        "lower": st.booleans(),
        "char_level": st.booleans(),
        "oov_token": st.sampled_from([None, "?", "a"]),
        "split": st.sampled_from([" ", "_"]),
        "filters": st.sampled_from(["", "!_", "\t\n"]),
    },
)


def outcome(function, *args):
    """Return what a function returned, or the text of the ValueError that it raised."""
    try:
        return function(*args)
    except ValueError as error:
        return str(error)


@EXAMPLES
@given(options=options, seen=texts, more=texts, unseen=texts)
def test_a_tokenizer_counts_numbers_and_vectorizes_as_keras_s(options, seen, more, unseen):
    theirs = pytest.importorskip("keras.src.legacy.preprocessing.text").Tokenizer(**options)
    ours = Tokenizer(**options)
    for given_texts in (seen, more):
        theirs.fit_on_texts(given_texts)
        ours.fit_on_texts(given_texts)
        assert {name: getattr(ours, name) for name in COUNTED} == {name: getattr(theirs, name) for name in COUNTED}
    sequences = ours.texts_to_sequences(unseen)
    assert sequences == theirs.texts_to_sequences(unseen)
    assert ours.sequences_to_texts([*sequences, [1, 99]]) == theirs.sequences_to_texts([*sequences, [1, 99]])
    for mode in MODES:
        matrix, expected = (outcome(it.texts_to_matrix, unseen, mode) for it in (ours, theirs))
        if isinstance(expected, str):
            assert matrix == expected
        else:
            np.testing.assert_allclose(matrix, expected, rtol=1e-14)
            assert matrix.dtype == expected.dtype


def test_sequences_are_counted_for_tfidf_as_keras_counts_them():
    theirs = pytest.importorskip("keras.src.legacy.preprocessing.text").Tokenizer(num_words=4)
    ours = Tokenizer(num_words=4)
    for it in (ours, theirs):
        it.fit_on_sequences([[1, 2, 1], [3]])
    assert ours.index_docs == theirs.index_docs
    expected = theirs.sequences_to_matrix([[1, 1, 9]], "tfidf")
    np.testing.assert_allclose(ours.sequences_to_matrix([[1, 1, 9]], "tfidf"), expected, rtol=1e-14)


def test_a_tokenizer_is_written_and_read_in_keras_s_form():
    theirs = pytest.importorskip("keras.src.legacy.preprocessing.text")
    ours = Tokenizer(num_words=9, oov_token="?")
    ours.fit_on_texts(["the cat sat", "the dog"])
    assert theirs.tokenizer_from_json(ours.to_json()).get_config() == ours.get_config()
    assert tokenizer_from_json(ours.to_json(indent=1)).get_config() == ours.get_config()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"config": {}}', '{"config": {"word_counts": 3}}', None, "null"])
def test_other_json_is_no_tokenizer(text):
    with pytest.raises(ValueError, match=r"expected what Tokenizer\.to_json returns"):
        tokenizer_from_json(text)


def test_words_and_their_hashes_are_keras_s():
    theirs = pytest.importorskip("keras.src.legacy.preprocessing.text")
    text = "The cat, the_dog\tAND\nthe bird-cage..."
    for options in ({}, {"lower": False}, {"split": "-"}, {"filters": ""}):
        assert text_to_word_sequence(text, **options) == theirs.text_to_word_sequence(text, **options)
        assert one_hot(text, 50, **options) == theirs.one_hot(text, 50, **options)
        assert hashing_trick(text, 50, "md5", **options) == theirs.hashing_trick(text, 50, "md5", **options)
    assert hashing_trick("ab", 10, len, analyzer=list) == [2, 2]


def test_keras_1_s_name_of_num_words_is_understood():
    assert Tokenizer(nb_words=7).num_words == 7


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Tokenizer(words=3), TypeError, "Unrecognized keyword arguments: words"),
        (lambda: Tokenizer(num_words="many"), ValueError, "`num_words` must be a whole number"),
        (lambda: Tokenizer().fit_on_texts([None]), TypeError, r"must be a string.*Received: None.*filled with ''"),
        (lambda: Tokenizer().fit_on_texts(["a", 3.5]), TypeError, r"must be a string.*Received: 3\.5"),
        (lambda: Tokenizer(char_level=True).fit_on_texts([3]), TypeError, "must be a string"),
        (lambda: Tokenizer(3).texts_to_matrix(["a"], "bag"), ValueError, "mode: 'bag'.*binary, count, freq, tfidf"),
        (lambda: text_to_word_sequence(b"a"), TypeError, "must be a string"),
        (lambda: hashing_trick("a", 1), ValueError, "`n` must be a whole number of at least 2"),
        (lambda: hashing_trick("a", 9, "sha"), ValueError, "`hash_function` must be.*'sha'"),
    ],
)
def test_wrong_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_text_that_is_none_leaves_a_tokenizer_as_it_was():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a"])
    before = tokenizer.get_config()
    with pytest.raises(TypeError):
        tokenizer.fit_on_texts(["b", None])
    assert tokenizer.get_config() == before

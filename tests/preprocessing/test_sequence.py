"""Sequences as rows of one array, beside Keras's own function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.preprocessing.sequence import pad_sequences

EXAMPLES = settings(deadline=None, max_examples=150, database=None)
sides = st.sampled_from(["pre", "post"])


@EXAMPLES
@given(
    sequences=st.lists(st.lists(st.integers(-9, 99), max_size=6), min_size=1, max_size=5),
    options=st.fixed_dictionaries(
        {},
        optional={
            "maxlen": st.none() | st.integers(1, 8),
            "dtype": st.sampled_from(["int32", "float32", np.int64, object]),
            "padding": sides,
            "truncating": sides,
            "value": st.sampled_from([0, -1, 7.0]),
        },
    ),
)
def test_sequences_are_padded_and_cut_as_keras_does(sequences, options):
    theirs = pytest.importorskip("keras").utils.pad_sequences
    expected, padded = theirs(sequences, **options), pad_sequences(sequences, **options)
    assert padded.dtype == expected.dtype
    np.testing.assert_array_equal(padded, expected)


@pytest.mark.parametrize(
    ("sequences", "options"),
    [
        ([["a", "b"], ["c"]], {"dtype": object, "value": "-"}),
        ([["a", "b"], ["c"]], {"dtype": "<U3", "value": "-"}),
        ([np.ones((3, 2)), np.zeros((1, 2))], {"maxlen": 2}),
        ([[], []], {"maxlen": 3}),
        ((range(3), range(1)), {}),
        (np.array([[1, 2], [3, 4]]), {"maxlen": 1}),
    ],
)
def test_words_arrays_and_ranges_are_padded_too(sequences, options):
    theirs = pytest.importorskip("keras").utils.pad_sequences
    np.testing.assert_array_equal(pad_sequences(sequences, **options), theirs(sequences, **options))


def test_rows_of_no_length_and_no_rows_are_arrays():
    assert pad_sequences([[1, 2]], maxlen=0).shape == (1, 0)
    assert pad_sequences([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("sequences", "options", "words"),
    [
        (3, {}, "must be iterable.*Received: 3"),
        ("abc", {}, "must be iterable.*Received: 'abc'"),
        ([[1], 3], {}, "list of iterables. Found non-iterable: 3, at position 1"),
        ([[1], [None]], {}, "position 1 does not fit `dtype` int32.*None"),
        ([["one"]], {}, "position 0 does not fit `dtype` int32"),
        ([[2**40]], {}, "position 0 does not fit `dtype` int32.*out of bounds"),
        ([[1]], {"value": "x"}, "`value` 'x'.*not compatible with `dtype`.*dtype=object"),
        ([[1]], {"dtype": "words"}, "`dtype` must be a type of NumPy's"),
        ([[1]], {"dtype": "\ud800"}, "`dtype` must be a type of NumPy's"),
        ([[1]], {"maxlen": -1}, "`maxlen` must be a whole number"),
        ([[1]], {"padding": "both"}, '`padding` must be "pre" or "post"'),
        ([[1]], {"truncating": "both"}, '`truncating` must be "pre" or "post"'),
        ([[1]], {"truncating": np.array(["pre"] * 2)}, '`truncating` must be "pre" or "post"'),
        ([[1], [[2]]], {}, r"Shape of sample \(1,\) of sequence at position 1 is different"),
    ],
)
def test_what_cannot_be_padded_is_named(sequences, options, words):
    with pytest.raises(ValueError, match=words):
        pad_sequences(sequences, **options)

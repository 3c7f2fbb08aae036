"""``to_categorical`` beside Keras's own, and ``set_random_seed``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from tinynet.utils import set_random_seed, to_categorical  # noqa: E402

SHAPES = [(), (0, 4), (1,), (7,), (7, 1), (1, 1), (3, 4), (3, 4, 1), (2, 3, 4)]


@settings(deadline=None, max_examples=100, database=None)
@given(
    shape=st.sampled_from(SHAPES),
    num_classes=st.sampled_from([None, 0, 5, 6, 9]),
    dtype=st.sampled_from(["int64", "int8", "uint8", "float32", "float64", "bool"]),
    as_list=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_to_categorical_gives_what_keras_gives(shape, num_classes, dtype, as_list, seed):
    labels = (np.random.default_rng(seed).random(shape) * 5).astype(dtype)
    x = labels.tolist() if as_list else labels
    try:
        theirs = keras.utils.to_categorical(x, num_classes)
    except ValueError:
        with pytest.raises(ValueError, match="zero-size"):
            to_categorical(x, num_classes)
        return
    ours = to_categorical(x, num_classes)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(ours, theirs)


def test_a_class_outside_the_given_number_is_an_index_error_as_in_keras():
    for function in (keras.utils.to_categorical, to_categorical):
        with pytest.raises(IndexError):
            function([0, 3], 3)


def test_negative_labels_are_refused_rather_than_merged():
    with pytest.raises(IndexError, match="from -1 to 1"):
        to_categorical([-1, 1])


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (["cat", "dog"], r"class numbers.*text \(such as 'cat', in row 0\).*np\.unique\(x, return_inverse=True\)\[1\]"),
        (np.array(["cat", "dog"]), "class numbers.*text"),
        ([0, None], "class numbers.*missing values, first None in row 1"),
        ([0.0, np.nan], "class numbers.*NaN"),
        (np.array([0.0, np.inf]), "class numbers.*infinite"),
        ([[0], [1, 2]], "class numbers"),
        ([1j], "class numbers"),
        (np.array(["2020-01-01"], "M8[D]"), "class numbers"),
        ([10**30], "class numbers"),
        ({}, "class numbers"),
        (None, "class numbers"),
    ],
)
def test_what_is_no_class_number_is_told_what_is_wanted(x, words):
    with pytest.raises(ValueError, match=words):
        to_categorical(x)


def test_numerals_are_class_numbers_and_the_number_of_classes_is_one():
    np.testing.assert_array_equal(to_categorical(["1", "0"]), [[0, 1], [1, 0]])
    with pytest.raises((ValueError, TypeError), match=r"num_classes.*'three'"):
        to_categorical([0], "three")


def test_to_categorical_leaves_its_input_alone():
    labels = np.array([[2], [0]])
    to_categorical(labels)
    np.testing.assert_array_equal(labels, [[2], [0]])


def test_set_random_seed_repeats_the_generator():
    from tinynet import config

    set_random_seed(7)
    first = config.generator().random(3)
    set_random_seed(7)
    np.testing.assert_array_equal(config.generator().random(3), first)

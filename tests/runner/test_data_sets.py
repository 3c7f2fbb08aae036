"""``tf.data.Dataset`` and ``keras.utils.split_dataset``: what their documentation says."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

import tinynet

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


@pytest.fixture(autouse=True)
def as_keras():
    with tinynet.install_as_keras():
        yield


def split(*arguments, **options):
    return import_module("keras").utils.split_dataset(*arguments, **options)


def rows(dataset):
    return [tuple(np.asarray(part).tolist() for part in each) for each in dataset]


ROWS = [(x.tolist(), int(y)) for x, y in zip(X, Y, strict=True)]


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"left_size": 0.8}, 8, 2),
        ({"right_size": 3}, 7, 3),
        ({"left_size": 2, "right_size": 3}, 2, 3),
        ({"left_size": 0.5, "right_size": 0.2}, 5, 2),
    ],
)
def test_a_data_set_is_split_in_two(options, first, last):
    left, right = split((X, Y), **options)
    assert (int(left.cardinality()), len(right)) == (first, last)
    assert rows(left) + rows(right) == ROWS[:first] + ROWS[10 - last :]


def test_arrays_and_batches_are_split_by_samples():
    import tensorflow as tf

    left, right = split(X, left_size=0.3)
    np.testing.assert_array_equal([*left, *right], X)
    left, right = split(tf.data.Dataset.from_tensor_slices((X, Y)).batch(4), left_size=0.6)
    assert [len(y) for _, y in left] + [len(y) for _, y in right] == [4, 2, 4]
    model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(left, validation_data=right, epochs=2, verbose=0)


def test_the_order_is_another_one_and_the_same_for_a_seed():
    one, other = (split((X, Y), left_size=0.5, shuffle=True, seed=3) for _ in range(2))
    assert rows(one[0]) == rows(other[0])
    assert sorted(rows(one[0]) + rows(one[1])) == ROWS
    assert rows(one[0]) != ROWS[:5]


@pytest.mark.parametrize(
    ("sizes", "error"),
    [
        *(((None, None), ValueError), ((10, None), ValueError), ((1.0, None), ValueError), ((0.6, 0.6), ValueError)),
        *(((8, 8), ValueError), (("half", None), TypeError), ((0.01, None), ValueError)),
    ],
)
def test_parts_that_there_cannot_be_are_refused(sizes, error):
    with pytest.raises(error, match="left_size"):
        split((X, Y), *sizes)


def test_data_sets_are_counted_numbered_dealt_and_summed():
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(Y)
    assert int(data.batch(4).cardinality()) == 3
    assert int(tf.data.Dataset.from_generator(lambda: iter(Y)).cardinality()) == -2
    assert [(int(number), int(y)) for number, y in data.enumerate(5)][:2] == [(5, 0), (6, 1)]
    assert [int(y) for y in data.shard(3, 1)] == [1, 4, 7]
    assert int(data.shard(3, 1).cardinality()) == 3
    assert int(data.reduce(0, lambda total, y: total + y)) == 45

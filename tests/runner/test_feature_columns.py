"""``tf.feature_column`` and ``DenseFeatures``: the numbers that TensorFlow makes of a table's columns, and training."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

#: A table, and what TensorFlow 2.21 (``tf.compat.v1.feature_column.input_layer``) makes of the columns below.
TABLE = {
    "age": np.array([[1.0], [7.0], [3.0], [2.0]], "float32"),
    "c": np.array([["a"], ["zz"], ["b"], ["q"]]),
    "d": np.array([["a"], ["zz"], ["b"], ["q"]]),
    "k": np.array([[1], [0], [2], [1]]),
    "e": np.array([["a"], ["b"], ["q"], ["a"]]),
    "n": np.array([[5], [6], [9], [5]]),
}
EXPECTED = [
    [1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 2, 0, 1, 0, 1, 0, 0, 0],
    [7, 0, 0, 1, 0, 0, 0, 1, 0, 3, 4, 1, 0, 0, 0, 1, 0, 0],
    [3, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
    [2, 0, 1, 0, 0, 0, 0, 0, 1, 1, 2, 0, 1, 0, 1, 0, 0, 0],
]
Y = np.array([0.0, 1.0, 1.0, 0.0])


@pytest.fixture(autouse=True)
def _as_keras():
    with tinynet.install_as_keras():
        yield


def columns():
    import tensorflow as tf
    from tensorflow import feature_column as fc

    start = tf.constant_initializer([[1.0, 2.0], [3.0, 4.0]])
    return [
        fc.numeric_column("age"),
        fc.bucketized_column(fc.numeric_column("age"), [2, 5]),
        fc.indicator_column(fc.categorical_column_with_vocabulary_list("c", ["a", "b"])),
        fc.indicator_column(fc.categorical_column_with_hash_bucket("d", 3)),
        fc.indicator_column(fc.categorical_column_with_identity("k", 3)),
        fc.indicator_column(fc.categorical_column_with_vocabulary_list("n", [5, 6], num_oov_buckets=2)),
        fc.embedding_column(fc.categorical_column_with_vocabulary_list("e", ["a", "b"]), 2, initializer=start),
    ]


def model_of():
    import keras

    model = keras.Sequential([keras.layers.DenseFeatures(columns()), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model


def test_the_numbers_are_tensorflow_s():
    import tensorflow as tf

    layer = tf.keras.layers.DenseFeatures(columns())
    np.testing.assert_array_equal(layer(TABLE), EXPECTED)
    np.testing.assert_array_equal(layer({name: column.ravel().tolist() for name, column in TABLE.items()}), EXPECTED)


def test_a_model_is_trained_by_tables_and_by_data_sets_of_them():
    import tensorflow as tf

    whole, batches = model_of(), model_of()
    whole.fit(TABLE, Y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    batches.predict(TABLE, verbose=0)
    kernel, bias = (np.zeros_like(w) for w in whole.get_weights()[1:])
    for model in (whole, batches):
        model.set_weights([[[1, 2], [3, 4]], kernel, bias])
    flat = {name: column.ravel() for name, column in TABLE.items()}
    whole.fit(TABLE, Y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    batches.fit(tf.data.Dataset.from_tensor_slices((flat, Y)).batch(2), epochs=3, verbose=0)
    for a, b in zip(whole.get_weights(), batches.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, 1e-5)
    assert not np.array_equal(whole.get_weights()[0], [[1, 2], [3, 4]])  # the vectors were learnt
    np.testing.assert_allclose(whole.predict(TABLE, verbose=0), batches.predict(flat, verbose=0), 1e-5)


def test_the_gradient_of_the_vectors_agrees_with_differences():
    tinynet.backend.set_floatx("float64")
    try:
        model_of().gradient_check(TABLE, Y).require()
    finally:
        tinynet.backend.set_floatx("float32")


def test_numbers_may_be_made_others_first():
    from tensorflow import feature_column as fc

    column = fc.numeric_column("age", normalizer_fn=lambda x: (x - 1) / 2)
    layer = tinynet.runner.feature_columns.DenseFeatures(column)
    np.testing.assert_array_equal(layer(TABLE), [[0], [3], [1], [0.5]])


def test_what_cannot_be_is_refused():
    from tensorflow import feature_column as fc
    from tensorflow.keras.layers import DenseFeatures

    for make, error, message in (
        (lambda: fc.bucketized_column(fc.numeric_column("age"), [2, 1]), ValueError, "must be sorted"),
        (lambda: fc.bucketized_column(columns()[2], [2]), ValueError, "a numeric column of one number"),
        (lambda: fc.embedding_column(columns()[2], 2, "max"), ValueError, "`combiner` must be"),
        (lambda: DenseFeatures(["age"]), TypeError, "expected columns of tf.feature_column"),
        (lambda: DenseFeatures([]), TypeError, "expected columns of tf.feature_column"),
        (lambda: DenseFeatures(columns())({"age": [1.0]}), ValueError, "no column 'c'"),
        (lambda: DenseFeatures(columns()[4])({"k": [3]}), ValueError, "numbers from 0 to below 3"),
        (lambda: DenseFeatures(columns()[2])({"c": [["a", "b"]]}), ValueError, "one category a sample"),
    ):
        with pytest.raises(error, match=message):
            make()

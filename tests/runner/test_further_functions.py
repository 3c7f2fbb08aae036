"""TensorFlow's functions that NumPy has otherwise, its checkpoints and modules, as its documentation has them."""

from __future__ import annotations

import os

import numpy as np
import pytest

import tinynet


@pytest.fixture(autouse=True)
def _as_keras():
    with tinynet.install_as_keras():
        yield


def evaluated(written, **names):
    import tensorflow as tf

    return eval(written, {"tf": tf, "np": np, **names})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tf.unique([5, 3, 5, 1])[0]", [5, 3, 1]),
        ("tf.unique([5, 3, 5, 1])[1]", [0, 1, 0, 2]),
        ("tf.unique_with_counts([5, 3, 5, 1])[2]", [2, 1, 1]),
        ("tf.argsort([3, 1, 2, 3], direction='DESCENDING')", [0, 3, 2, 1]),
        ("tf.argsort([[3.0, 1.0], [1.0, 2.0]])", [[1, 0], [0, 1]]),
        ("tf.sort([3, 1, 2], direction='DESCENDING')", [3, 2, 1]),
        ("tf.cumsum([1, 2, 3])", [1, 3, 6]),
        ("tf.cumsum([1, 2, 3], exclusive=True)", [0, 1, 3]),
        ("tf.cumsum([1, 2, 3], reverse=True)", [6, 5, 3]),
        ("tf.cumsum([1, 2, 3], exclusive=True, reverse=True)", [5, 3, 0]),
        ("tf.math.cumprod([2, 3, 4], exclusive=True)", [1, 2, 6]),
        ("tf.gather([[1, 2], [3, 4]], [1])", [[3, 4]]),
        ("tf.gather([[1, 2], [3, 4]], [1], axis=1)", [[2], [4]]),
        ("tf.gather([[1, 2], [3, 4]], [1, 0], batch_dims=1)", [2, 3]),
        ("tf.gather([[1, 2], [3, 4]], [[1, 1], [0, 1]], axis=1, batch_dims=1)", [[2, 2], [3, 4]]),
        ("tf.math.segment_sum([1, 2, 3], [0, 0, 1])", [3, 3]),
        ("tf.math.segment_mean([[1.0], [2.0], [3.0]], [0, 0, 1])", [[1.5], [3]]),
        ("tf.math.segment_max([1, 5, 3], [0, 0, 1])", [5, 3]),
        ("tf.math.unsorted_segment_sum([1, 2, 3], [1, 0, 1], num_segments=3)", [2, 4, 0]),
        ("tf.math.reduce_euclidean_norm([3.0, 4.0])", 5),
        ("tf.math.zero_fraction([0, 1, 0, 0])", 0.75),
        ("tf.linalg.diag_part([[1, 2], [3, 4]])", [1, 4]),
        ("tf.where([True, False, True])", [[0], [2]]),
        ("tf.where([True, False], [1, 2], [3, 4])", [1, 4]),
        ("tf.sequence_mask([1, 3], 4)", [[True, False, False, False], [True, True, True, False]]),
        ("tf.scalar_mul(2.0, [1.0, 2.0])", [2, 4]),
        ("tf.math.log_sigmoid([0.0])", [np.log(0.5)]),
        ("tf.math.xlogy([0.0, 2.0], [0.0, 1.0])", [0, 0]),
        ("tf.math.erf(0.0)", 0),
        ("tf.math.lgamma([4.0])", [np.log(6)]),
        ("tf.math.polyval([1.0, 2.0, 3.0], 2.0)", 11),
        ("tf.math.invert_permutation([2, 0, 1])", [1, 2, 0]),
        ("tf.foldl(lambda a, x: a + x, [1, 2, 3])", 6),
        ("tf.foldr(lambda a, x: a - x, [1, 2, 3])", 0),
        ("tf.scan(lambda a, x: a + x, [1, 2, 3])", [1, 3, 6]),
        ("tf.scan(lambda a, x: a + x, [1, 2, 3], initializer=10)", [11, 13, 16]),
        ("tf.case([(False, lambda: 1), (True, lambda: 2)])", 2),
        ("tf.switch_case(1, [lambda: 3, lambda: 4])", 4),
        ("tf.nn.weighted_cross_entropy_with_logits([1.0, 0.0], [0.0, 0.0], 3.0)", [3 * np.log(2), np.log(2)]),
        ("tf.ensure_shape(np.ones((2, 3)), [None, 3])", np.ones((2, 3))),
        ("tf.cast([1.5], tf.uint16)", [1]),
        ("tf.one_hot([0, 2], 3, 5.0, -1.0)", [[5, -1, -1], [-1, -1, 5]]),
        ("tf.one_hot([0, 2], 3, axis=0)", [[1, 0], [0, 0], [0, 1]]),
        ("tf.one_hot([0, 3], depth=2, on_value=2)", [[2, 0], [0, 0]]),
        ("tf.get_static_value(tf.constant(2))", 2),
    ],
)
def test_they_return_what_tensorflow_returns(written, expected):
    found = evaluated(written)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("written", "slopes"),
    [
        ("tf.gather(v, [1, 0], batch_dims=1)", [[0, 1], [1, 0]]),
        ("tf.cumsum(v, axis=1, exclusive=True)", [[1, 0], [1, 0]]),
        ("tf.math.unsorted_segment_sum(v, [1, 1], 2)", [[1, 1], [1, 1]]),
        ("tf.linalg.diag_part(v)", [[1, 0], [0, 1]]),
        ("tf.sort(v, direction='DESCENDING')[:, 0]", [[0, 1], [0, 1]]),
        ("tf.math.polyval([1.0, 0.0, 0.0], v)", [[2, 4], [6, 8]]),
        ("tf.cast(tf.cast(v, tf.int32), tf.float32) * v", [[1, 2], [3, 4]]),
    ],
)
def test_a_tape_goes_back_through_them(written, slopes):
    import tensorflow as tf

    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(evaluated(written, v=v))
    np.testing.assert_allclose(tape.gradient(total, v), slopes)


def test_checks_raise_what_they_say():
    import tensorflow as tf

    tf.debugging.assert_equal([1, 2], [1, 2])
    tf.debugging.assert_near(1.0, 1.0 + 1e-7)
    with pytest.raises(ValueError, match="sizes expected x == y"):
        tf.debugging.assert_equal(1, 2, message="sizes")
    with pytest.raises(ValueError, match="expected x < y"):
        tf.debugging.assert_less(2, 1)
    with pytest.raises(ValueError, match=r"ensure_shape: expected the shape \(2,\)"):
        tf.ensure_shape([1, 2, 3], [2])
    with pytest.raises(ValueError, match="gather: `axis` must be `batch_dims`"):
        tf.gather(np.ones((2, 2, 2)), [[0], [1]], axis=2, batch_dims=1)


def test_missing_gradients_are_zero_if_asked_for():
    import tensorflow as tf

    v, w = tf.Variable(1.0), tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        total = v * 2
    found = tape.gradient(total, [v, w], unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert [np.asarray(each).tolist() for each in found] == [2.0, [0.0, 0.0]]


class TestCheckpoints:
    def parts(self):
        import tensorflow as tf
        from tensorflow import keras

        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        return model, keras.optimizers.Adam(0.1), tf.Variable(1.0)

    def step(self, model, optimizer):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(np.ones((4, 3), "float32"))))
        slopes = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))

    def test_a_training_goes_on_as_if_it_had_not_been_interrupted(self, tmp_path):
        import tensorflow as tf

        model, optimizer, count = self.parts()
        self.step(model, optimizer)
        checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, count=count, name="left out")
        path = checkpoint.save(file_prefix=os.path.join(tmp_path, "a", "ckpt"))
        assert path == tf.train.latest_checkpoint(tmp_path / "a") == os.path.join(tmp_path, "a", "ckpt-1")
        self.step(model, optimizer)

        other, anew, number = self.parts()
        number.assign(7.0)
        again = tf.train.Checkpoint(model=other, optimizer=anew, count=number)
        again.restore(path).assert_consumed().expect_partial()
        assert float(number) == 1.0
        self.step(other, anew)
        for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert again.save(tmp_path / "a" / "ckpt").endswith("ckpt-2")

    def test_a_manager_keeps_the_last_files(self, tmp_path):
        import tensorflow as tf

        count = tf.Variable(0.0)
        manager = tf.train.CheckpointManager(tf.train.Checkpoint(count=count), tmp_path, max_to_keep=2)
        assert manager.restore_or_initialize() is None
        manager.checkpoint.restore(manager.latest_checkpoint)
        for _ in range(11):
            count.assign_add(1.0)
            manager.save()
        assert [os.path.basename(path) for path in manager.checkpoints] == ["ckpt-10", "ckpt-11"]
        count.assign(0.0)
        manager.restore_or_initialize()
        assert float(count) == 11.0

    def test_what_has_no_place_for_the_numbers_is_told(self, tmp_path):
        import tensorflow as tf
        from tensorflow import keras

        model, _, _ = self.parts()
        path = tf.train.Checkpoint(model=model).save(tmp_path / "ckpt")
        with pytest.raises(ValueError, match="the model 'model' is not built"):
            tf.train.Checkpoint(model=keras.Sequential([keras.layers.Dense(2)])).restore(path)
        with pytest.raises(FileNotFoundError):
            tf.train.Checkpoint(model=model).restore(tmp_path / "none")


def test_a_module_knows_its_variables():
    import tensorflow as tf
    from tensorflow import keras

    class Inner(tf.Module):
        def __init__(self):
            super().__init__(name="inner")
            self.w = tf.Variable([1.0])
            self.still = tf.Variable([1.0], trainable=False)

    class Outer(tf.Module):
        def __init__(self):
            super().__init__()
            self.parts = [Inner(), {"b": tf.Variable(2.0)}]
            self.dense = keras.layers.Dense(1)
            self.dense.build((None, 2))

        @tf.function
        def __call__(self, x):
            return self.parts[0].w * x + self.parts[1]["b"]

    outer = Outer()
    assert (outer.name, outer.parts[0].name) == ("outer", "inner")
    assert (len(outer.variables), len(outer.trainable_variables)) == (5, 4)
    variables = [outer.parts[0].w, outer.parts[1]["b"]]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(outer(np.ones(1, "float32")))
    assert [np.asarray(each).tolist() for each in tape.gradient(loss, variables)] == [[1.0], 1.0]


class TestDataSetsWithoutEnd:
    def test_they_say_so(self):
        import tensorflow as tf

        rows = tf.data.Dataset.range(5)
        assert int(rows.repeat().cardinality()) == tf.data.INFINITE_CARDINALITY == -1
        assert int(tf.data.experimental.cardinality(rows.repeat().map(lambda x: x).shuffle(3).batch(2))) == -1
        assert int(rows.repeat(2).cardinality()) == 10
        assert int(tf.data.Dataset.from_generator(lambda: iter([1])).cardinality()) == tf.data.UNKNOWN_CARDINALITY
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = 1
        assert len(rows.with_options(options)) == 5

    def test_they_are_shuffled_from_what_comes_next(self):
        import tensorflow as tf

        drawn = [int(each) for each in tf.data.Dataset.range(5).repeat().shuffle(4, seed=1).take(50)]
        assert {*drawn} == {*range(5)}
        assert drawn != sorted(drawn)
        assert all(drawn[:i].count(number) <= i // 5 + 2 for i in range(1, 50) for number in range(5))
        ended = tf.data.Dataset.from_generator(lambda: iter(range(7))).shuffle(3)
        assert sorted(int(each) for each in ended) == [*range(7)]

"""What programs use of TensorFlow beside Keras: picking, texts, files, summaries and the command line's options."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tinynet

X = np.random.default_rng(0).random((4, 3)).astype("float32")


@pytest.fixture(autouse=True)
def as_keras():
    with tinynet.install_as_keras():
        yield


def evaluated(expression):
    import tensorflow as tf
    from keras import backend

    return eval(expression, {"tf": tf, "K": backend, "X": X, "np": np})


PICKED = [
    ("tf.gather_nd(X, [[0, 1], [3, 2]])", X[[0, 3], [1, 2]]),
    ("tf.gather_nd(X, tf.stack([tf.range(4), [0, 2, 1, 0]], axis=1))", X[np.arange(4), [0, 2, 1, 0]]),
    ("tf.slice(X, [1, 0], [2, -1])", X[1:3]),
    ("tf.math.top_k([[1.0, 3.0, 2.0, 3.0]], k=3).values", [[3, 3, 2]]),
    ("tf.nn.top_k([[1.0, 3.0, 2.0, 3.0]], k=3)[1]", [[1, 3, 2]]),
    ("tf.math.in_top_k([0, 2], [[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]], k=2)", [False, True]),
    ("K.in_top_k([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]], [0, 2], 2)", [False, True]),
    ("tf.scatter_nd([[0], [2], [0]], [1.0, 2.0, 3.0], [4])", [4, 0, 2, 0]),
    ("tf.tensor_scatter_nd_update([1.0, 2.0, 3.0], [[1]], [9.0])", [1, 9, 3]),
    ("tf.clip_by_norm([3.0, 4.0], 1.0)", [0.6, 0.8]),
    ("tf.clip_by_norm([0.3, 0.4], 1.0)", [0.3, 0.4]),
    ("tf.clip_by_global_norm([np.array([3.0]), None, np.array([4.0])], 1.0)[0][2]", [0.8]),
    ("tf.linalg.global_norm([np.array([3.0]), np.array([4.0])])", 5),
    ("tf.nn.moments(X, axes=[0])[1]", X.var(axis=0)),
    ("tf.nn.bias_add(X, [1.0, 2.0, 3.0])", X + np.array([1, 2, 3], "float32")),
    ("tf.cond(True, lambda: 1, lambda: 2)", 1),
    ("tf.map_fn(lambda row: row * 2, X)", X * 2),
    ("tf.while_loop(lambda i: i < 5, lambda i: [i + 2], [0])", [6]),
    ("tf.truediv(3, 2)", 1.5),
    ("K.batch_dot(X, X, axes=1)", (X * X).sum(axis=1, keepdims=True)),
    ("K.batch_dot(np.ones((2, 3, 4)), np.ones((2, 4, 5)))", np.full((2, 3, 5), 4)),
    ("K.batch_dot(np.ones((2, 3, 4)), np.ones((2, 5, 4)), axes=[2, 2])", np.full((2, 3, 5), 4)),
    ("K.update_add(K.variable([1.0]), 2.0)", [3]),
    ("K.foldl(lambda a, b: a + b, X)", X.sum(axis=0)),
    ("K.hard_sigmoid(np.array([-9.0, 0.0, 9.0]))", [0, 0.5, 1]),
    ("tf.is_tensor(tf.constant(1)), tf.is_tensor(1)", (True, False)),
    ("tf.random.categorical([[0.0, 100.0], [100.0, 0.0]], 3)", [[1, 1, 1], [0, 0, 0]]),
    ("tf.random.Generator.from_seed(1).normal([2, 3]).shape", (2, 3)),
]


@pytest.mark.parametrize(("expression", "value"), PICKED, ids=[each for each, _ in PICKED])
def test_arrays_are_picked_and_computed_as_by_tensorflow(expression, value):
    np.testing.assert_allclose(evaluated(expression), value, rtol=1e-6)


def test_a_dropout_of_an_array_leaves_out_a_share_and_keeps_the_mean():
    found = np.asarray(evaluated("tf.nn.dropout(np.ones(10000), rate=0.25, seed=0)"))
    assert set(np.unique(found.round(6))) == {0, 1.333333}
    assert found.mean() == pytest.approx(1, abs=0.02)
    with pytest.raises(TypeError, match="use the layer Dropout"):
        evaluated("tf.nn.dropout(tf.keras.Input((3,)), 0.5)")


TEXTS = [
    ("tf.strings.lower(['ABÄ c'])", ["abÄ c"]),
    ("tf.strings.upper(['abä'], encoding='utf-8')", ["ABÄ"]),
    ("tf.strings.strip([[' a ']])", [["a"]]),
    ("tf.strings.regex_replace(['a<br />b<br />'], '<br />', ' ')", ["a b "]),
    (r"tf.strings.regex_replace(['ab'], '(a)(b)', r'\2\1')", ["ba"]),
    ("tf.strings.length(['ä'])", [2]),
    ("tf.strings.substr(['hello'], 1, 3)", ["ell"]),
    ("tf.strings.split('a  b')", ["a", "b"]),
    ("tf.strings.split(['a b', 'c'])", [["a", "b"], ["c"]]),
    ("tf.strings.join([['a', 'b'], ['c', 'd']], separator='-')", ["a-c", "b-d"]),
    ("tf.strings.reduce_join([['a', 'b'], ['c', 'd']], axis=1)", ["ab", "cd"]),
    ("tf.strings.to_number(['1.5'])", [1.5]),
    ("tf.strings.as_string([3])", ["3"]),
    ("tf.strings.regex_full_match(['ab', 'abc'], 'a.')", [True, False]),
]


@pytest.mark.parametrize(("expression", "value"), TEXTS, ids=[each for each, _ in TEXTS])
def test_texts_are_changed_one_by_one(expression, value):
    found = evaluated(expression)
    assert (found if isinstance(found, list) else found.tolist()) == value


def test_a_program_standardizes_texts_by_tensorflows_functions():
    import tensorflow as tf

    def standardize(texts):
        return tf.strings.regex_replace(tf.strings.lower(texts), "<br />", " ")

    layer = tf.keras.layers.TextVectorization(standardize=standardize, output_sequence_length=3)
    layer.adapt(["A<br />b", "a c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "c", "b"]
    assert layer(["A b", "B"]).tolist() == [[2, 4, 0], [4, 0, 0]]


def test_files_are_those_of_the_disk(tmp_path):
    import tensorflow as tf

    path = str(tmp_path / "a" / "b.txt")
    tf.io.write_file(path, "text")
    assert tf.io.read_file(path) == b"text"
    assert tf.io.gfile.exists(path)
    assert tf.io.gfile.glob(str(tmp_path / "*" / "*.txt")) == [path]
    assert tf.gfile.ListDirectory(str(tmp_path)) == ["a"]
    with tf.io.gfile.GFile(path) as file:
        assert file.read() == "text"
    with pytest.raises(tf.errors.NotFoundError):
        tf.io.read_file(path + "x")
    with pytest.raises(tf.errors.AlreadyExistsError, match="overwrite=False"):
        tf.io.gfile.copy(path, path)
    tf.io.gfile.makedirs(str(tmp_path / "a"))
    tf.io.gfile.rmtree(str(tmp_path / "a"))
    assert not tf.io.gfile.exists(path)


def test_scalars_go_to_a_table(tmp_path, capsys):
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    assert not tf.summary.scalar("loss", 1.0, step=0)
    with writer.as_default():
        for step in range(2):
            tf.summary.scalar("loss", np.float32(0.5 + step), step=step)
    writer.flush()
    assert (tmp_path / "logs" / "scalars.csv").read_text() == "step,name,value\n0,loss,0.5\n1,loss,1.5\n"
    assert capsys.readouterr().err.count("scalars.csv gets the scalars") == 1


def test_options_are_read_from_the_command_line(monkeypatch):
    import tensorflow as tf

    from tinynet.runner import flags

    monkeypatch.setattr(flags, "FLAGS", flags.Flags())
    tf.app.flags.DEFINE_integer("units", 4, "how many")
    tf.app.flags.DEFINE_string("name", "a", "what it is called")
    tf.flags.DEFINE_bool("shown", False, "whether it is shown")
    monkeypatch.setattr(sys, "argv", ["program.py", "--units=8", "--shown", "rest"])
    called = []
    with pytest.raises(SystemExit):
        tf.app.run(lambda argv: called.append((argv, flags.FLAGS.units, flags.FLAGS.name, flags.FLAGS.shown)))
    assert called == [(["program.py", "rest"], 8, "a", True)]


def test_names_of_scopes_are_taken():
    import tensorflow as tf
    from keras import backend

    with backend.name_scope("a"), tf.name_scope("b") as scope:
        assert scope is not None


def test_losses_pick_entries_and_are_followed():
    import tensorflow as tf

    def picked(y, p):
        rows = tf.stack([tf.range(4), [0, 2, 1, 0]], axis=1)
        return tf.reduce_mean(tf.square(tf.gather_nd(y, rows) - tf.gather_nd(p, rows)))

    model = tf.keras.Sequential([tf.keras.layers.Dense(3, kernel_initializer="ones", input_shape=(3,))])
    model.compile("sgd", picked)
    before = model.get_weights()[1]
    model.train_on_batch(X, X)
    slope = np.zeros(3)
    np.add.at(slope, [0, 2, 1, 0], (X.sum(axis=1) - X[np.arange(4), [0, 2, 1, 0]]) / 2)
    np.testing.assert_allclose(model.get_weights()[1], before - 0.01 * slope, rtol=1e-5)


@pytest.mark.parametrize("name", ["best.model", "best", "cp.ckpt", "best.hdf5", "01-0.5"])
def test_files_may_have_any_ending_as_in_earlier_versions(name, tmp_path):
    import keras

    made = [keras.Sequential([keras.layers.Dense(2, input_shape=(3,))]) for _ in range(2)]
    for model in made:
        model.compile("sgd", "mse")
    path = str(tmp_path / name)
    made[0].save(path)
    np.testing.assert_array_equal(keras.models.load_model(path).predict(X), made[0].predict(X))
    saves = keras.callbacks.ModelCheckpoint(path + "w", save_weights_only=True)
    made[0].fit(X, X[:, :2], callbacks=[saves], verbose=0)
    made[1].load_weights(path + "w")
    np.testing.assert_array_equal(made[1].predict(X), made[0].predict(X))


def test_the_newest_weights_are_found(tmp_path):
    import tensorflow as tf

    model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    assert tf.train.latest_checkpoint(tmp_path) is None
    model.save_weights(str(tmp_path / "cp-0001.ckpt"))
    assert tf.train.latest_checkpoint(tmp_path) == str(tmp_path / "cp-0001.ckpt")
    model.load_weights(tf.train.latest_checkpoint(tmp_path))


def test_inputs_take_a_number_and_tensorflows_types():
    import tensorflow as tf

    assert tf.keras.Input(shape=(12)).shape == (None, 12)
    assert tf.keras.Input((3,), dtype=tf.float32).shape == (None, 3)


def test_a_missing_name_with_advice_has_no_odd_names_beside_it():
    import tensorflow as tf

    with pytest.raises(AttributeError) as raised:
        tf.lite  # noqa: B018
    assert "write ONNX" in str(raised.value)
    assert "Names like it" not in str(raised.value)
    assert raised.value.obj is None  # in which Python would look for names like it

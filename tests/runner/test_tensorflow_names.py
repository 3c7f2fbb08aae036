"""What Keras programs use of TensorFlow besides Keras, and where modules stood in earlier versions."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

X = np.arange(12.0).reshape(6, 2)
Y = np.arange(6) % 2


@pytest.fixture(autouse=True)
def _as_keras():
    with tinynet.install_as_keras():
        yield


def run(program):
    names = {"X": X, "Y": Y, "np": np}
    exec(program, names)
    return names["it"]


@pytest.mark.parametrize(
    ("program", "served"),
    [
        ("from keras.layers.core import Dense as it", "layers.Dense"),
        ("from keras.layers.noise import Dropout as it", "layers.Dropout"),
        ("from keras.engine.topology import Layer as it", "layers.Layer"),
        ("from keras.engine import Model as it", "models.Model"),
        ("from keras.engine.training import Model as it", "models.Model"),
        ("from keras.optimizers import adam_v2; it = adam_v2.Adam", "optimizers.Adam"),
        ("from tensorflow.keras.optimizers.schedules import ExponentialDecay as it", "optimizers.schedules.Exponent"),
        ("from tensorflow.contrib.keras.api.keras.layers import Dense as it", "layers.Dense"),
        ("from tensorflow.contrib.keras.models import Sequential as it", "models.Sequential"),
        ("import tensorflow.compat.v1 as tf; it = tf.keras.models.Sequential", "models.Sequential"),
        ("from tensorflow.compat.v1.keras.layers import Dense as it", "layers.Dense"),
        ("from keras_preprocessing.sequence import pad_sequences as it", "preprocessing.sequence.pad_sequences"),
        ("import tensorflow as tf; it = tf.optimizers.SGD", "optimizers.SGD"),
        ("import tensorflow as tf; it = tf.nn.relu", "activations.relu"),
        ("import tensorflow as tf; it = tf.sigmoid", "activations.sigmoid"),
        ("import tensorflow as tf; it = tf.keras.constraints.MaxNorm", "constraints.MaxNorm"),
        ("from keras.saving import load_model as it", "models.load_model"),
        ("from keras.regularizers import l2, activity_l1 as it", "regularizers.L1"),
        ("from keras.utils.np_utils import to_categorical as it", "utils.to_categorical"),
    ],
)
def test_names_are_found_where_they_have_stood(program, served):
    module, _, name = served.rpartition(".")
    owner = tinynet
    for part in module.split("."):
        owner = getattr(owner, part)
    assert run(program) is next(getattr(owner, each) for each in dir(owner) if each.startswith(name))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("tf.constant([[1.0, 2.0]]).numpy()", np.float32([[1, 2]])),
        ("tf.cast([1.7], tf.int32)", [1]),
        ("tf.reshape(X, [-1]).shape", (12,)),
        ("tf.reduce_mean(X, axis=0)", [5.0, 6.0]),
        ("tf.argmax([[1, 5], [9, 2]])", [1, 0]),
        ("K.argmax([[1, 5], [9, 2]])", [1, 0]),
        ("K.argmax([[1, 5, 7], [9, 2, 3]])", [2, 0]),
        ("ops.argmax([[1, 5, 7], [9, 2, 3]])", 3),
        ("tf.one_hot([0, 2, 5], 3)", [[1, 0, 0], [0, 0, 1], [0, 0, 0]]),
        ("tf.convert_to_tensor(X, dtype=tf.float32).dtype == np.float32", True),
        ("tf.math.square(3.0).numpy()", 9.0),
        ("K.sqrt(K.mean(K.square(X - 1.0)))", np.sqrt(((X - 1) ** 2).mean())),
        ("K.clip(X, 1, 2).max()", 2.0),
        ("K.concatenate([X, X]).shape", (6, 4)),
        ("ops.concatenate([X, X]).shape", (12, 2)),
        ("tf.squeeze(np.ones((1, 3, 1))).shape", (3,)),
        ("ops.sum(X, axis=1, keepdims=True).shape", (6, 1)),
        ("tf.transpose(X).shape", (2, 6)),
        ("tf.transpose(X, perm=[1, 0]).shape.as_list()", [2, 6]),
        ("tf.range(2, 5)", [2, 3, 4]),
        ("tf.eye(2).dtype == np.float32", True),
        ("tf.random.normal([2, 3], stddev=0.1, seed=1).shape", (2, 3)),
        ("tf.random.uniform((9,), 3, 5, dtype=tf.int32).numpy().min() >= 3", True),
        ("ops.max(keras.random.truncated_normal((99,))) <= 2", True),
        ("np.unique(keras.random.dropout(np.ones(99), rate=0.5, seed=1))", [0.0, 2.0]),
        ("tf.matmul(X, X, transpose_b=True).shape", (6, 6)),
        ("tf.stack([X, X], axis=1).dtype == np.float64", True),
        ("tf.concat([X, X], -1).shape", (6, 4)),
        ("tf.gather(X, [1, 0])", [[2.0, 3.0], [0.0, 1.0]]),
        ("tf.clip_by_value([1.0, 5.0], 0, 2)", [1.0, 2.0]),
        ("tf.reduce_sum(input_tensor=X, axis=[0, 1], keepdims=True)", [[66.0]]),
        ("tf.split(X, [1, 1], axis=1)[1].shape", (6, 1)),
        ("tf.Variable([1.0, 2.0]).assign_add([1, 1])", [2.0, 3.0]),
        ("tf.math.confusion_matrix([0, 1, 1], [1, 1, 1])", [[0, 1], [0, 2]]),
        ("tf.linalg.norm([3.0, 4.0])", 5.0),
        ("K.expand_dims([1, 2]).shape", (2, 1)),
        ("K.binary_crossentropy([1.0, 0.0], [0.5, 0.5])", np.log([2.0, 2.0])),
        ("ops.zeros((2, 3)).dtype == np.float32", True),
        ("ops.take(X, [0], axis=0)", [[0.0, 1.0]]),
        ("tf.distribute.MirroredStrategy().num_replicas_in_sync", 1),
        ("tf.config.list_physical_devices('GPU')", []),
        ("tf.test.is_gpu_available()", False),
        ("tf.executing_eagerly()", True),
    ],
)
def test_operations_are_those_of_numpy(expression, value):
    found = run(f"import tensorflow as tf; from keras import backend as K, ops; import keras; it = {expression}")
    np.testing.assert_allclose(found, value, rtol=1e-6)


def test_a_function_of_the_backend_goes_from_arrays_to_layers_outputs():
    found = run(
        "from keras import backend as K; from keras.models import Sequential; from keras.layers import Dense\n"
        "model = Sequential([Dense(3, input_dim=2, activation='relu'), Dense(1)])\n"
        "given = [model.layers[0].input, K.learning_phase()]\n"
        "hidden, = K.function(given, [model.layers[0].output])([X, 0])\n"
        "it = hidden - np.maximum(0, X @ model.get_weights()[0])"
    )
    np.testing.assert_allclose(found, 0, atol=1e-5)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("from keras.layers import RandomFlip", "Images are arrays here"),
        ("import tensorflow as tf; tf.estimator.DNNClassifier()", "Build a keras.Sequential"),
        ("import tensorflow as tf; tf.placeholder(tf.float32)", "no graphs to feed"),
        ("from keras.layers.recurrent import LSTM", "no recurrence"),
        (
            "import tensorflow as tf; tf.sort(tf.keras.Input((2,)))",
            "an array of it cannot be computed",
        ),
    ],
)
def test_what_is_missing_says_what_to_do(program, said):
    with pytest.raises((ImportError, AttributeError, TypeError), match=said):
        run(program)


def test_settings_of_devices_and_sessions_are_taken_and_said_once(monkeypatch, capsys):
    monkeypatch.setattr("tinynet.runner.quiet._said", [])
    run(
        "import tensorflow as tf; from keras import backend as K\n"
        "config = tf.compat.v1.ConfigProto(); config.gpu_options.allow_growth = True\n"
        "K.set_session(tf.compat.v1.Session(config=config)); tf.compat.v1.disable_eager_execution()\n"
        "with tf.device('/gpu:0'): tf.get_logger().setLevel('ERROR'); tf.logging.set_verbosity(tf.logging.ERROR)\n"
        "it = tf.function(len)(X)"
    )
    assert capsys.readouterr().err.count("has no effect") == 1


def test_that_files_are_trusted_is_taken_and_said_once(monkeypatch, capsys):
    monkeypatch.setattr("tinynet.runner.quiet._said", [])
    run("import keras\nfor _ in range(2): keras.config.enable_unsafe_deserialization()\nit = 0")
    assert capsys.readouterr().err.count("never runs what is in a file") == 1


def test_tensors_without_numbers_tell_their_shapes_as_lists():
    run("import keras; assert keras.layers.Dense(3)(keras.Input((2,))).get_shape().as_list() == [None, 3]; it = 0")


@pytest.mark.parametrize(
    ("made", "shapes"),
    [
        ("d.batch(4)", [(4, 2), (2, 2)]),
        ("d.shuffle(9).batch(4, drop_remainder=True).prefetch(tf.data.AUTOTUNE)", [(4, 2)]),
        ("d.map(lambda x, y: (x * 2, y)).batch(6).cache()", [(6, 2)]),
        ("d.repeat(2).batch(5).take(2)", [(5, 2), (5, 2)]),
        ("d.batch(2).skip(2)", [(2, 2)]),
    ],
)
def test_a_data_set_is_the_arrays_it_holds(made, shapes):
    found = run(f"import tensorflow as tf; d = tf.data.Dataset.from_tensor_slices((X, Y)); it = {made}")
    assert [x.shape for x, _ in found] == shapes
    assert len(found) == len(shapes)


def test_a_data_set_trains_as_its_arrays_do():
    def weights(*given, **options):
        tinynet.set_random_seed(0)
        model = tinynet.Sequential([tinynet.layers.Dense(1, input_dim=2)])
        model.compile("sgd", "mse")
        model.fit(*given, verbose=0, shuffle=False, **options)
        return model.get_weights()[0]

    data = run("import tensorflow as tf; it = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)")
    endless = run("import tensorflow as tf; it = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(6)")
    np.testing.assert_array_equal(weights(data, epochs=2), weights(X, Y, batch_size=4, epochs=2))
    np.testing.assert_array_equal(weights(endless, epochs=2, steps_per_epoch=1), weights(X, Y, batch_size=6, epochs=2))


def test_tensorboard_writes_a_table_and_says_so(tmp_path, capsys):
    board = run("from tensorflow.keras.callbacks import TensorBoard as it")(log_dir=tmp_path / "logs", histogram_freq=1)
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[board])
    assert (tmp_path / "logs" / "epochs.csv").read_text().startswith("epoch,loss")
    assert "epochs.csv gets a line for every epoch" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["tensorflow.keras.utils", "keras.utils.vis_utils"])
def test_a_model_is_drawn(module, tmp_path):
    pytest.importorskip("matplotlib")
    model = tinynet.Sequential([tinynet.layers.Dense(3, input_dim=2), tinynet.layers.Dense(1)])
    run(f"from {module} import plot_model as it")(model, tmp_path / "model.png", show_shapes=True, rankdir="TB")
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "written",
    [
        *("tf.nn.relu(x)", "tf.add(x, x)", "tf.multiply(x, 2.0)", "tf.negative(x)", "tf.math.subtract(x, 1.0)"),
        *("K.square(x)", "K.exp(x)", "K.sigmoid(x)", "K.concatenate([x, x])", "tf.concat([x, x], 1)"),
        *("keras.ops.tanh(x)", "keras.ops.maximum(x, 2 * x)", "keras.ops.concatenate([x, x], axis=-1)"),
        *("tf.reduce_mean(x, axis=1)", "K.sum(x * x, axis=-1, keepdims=True)", "keras.ops.max(x, axis=1)"),
        *("tf.math.log(tf.abs(x) + 1.0)", "K.sqrt(K.square(x) + 1.0)", "1.0 / (1.0 + tf.exp(-x))", "tf.pow(x, 3.0)"),
        *("x[:, 1:3]", "x[..., 0]", "x ** 3", "x / (abs(x) + 1)", "tf.where(x > 0, x, 0.1 * x)", "tf.maximum(x, 0.2)"),
        *(
            "tf.matmul(tf.reshape(x, [-1, 3, 1]), tf.reshape(x, [-1, 1, 3]))",
            "K.dot(x, K.constant([[1.], [2.], [3.]]))",
        ),
        *("tf.split(x, 3, axis=1)[1]", "tf.add_n([x, x])", "tf.gather(x, [0, 2], axis=1)", "K.l2_normalize(x, axis=1)"),
        *("keras.ops.var(x, axis=1)", "keras.ops.logsumexp(x, axis=1)", "tf.norm(x, axis=1)", "K.clip(x, -0.5, 0.5)"),
        *("tf.stack([x, x], axis=1)", "tf.squeeze(tf.expand_dims(x, 1), 1)", "tf.cast(x, 'float32') * 2"),
    ],
)
def test_operations_on_what_layers_give_are_layers(written):
    import keras
    import tensorflow as tf
    from keras import backend as K  # noqa: N812

    names = {"keras": keras, "tf": tf, "K": K}
    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(3)(inputs)
    model = keras.Model(inputs, eval(written, {**names, "x": hidden}))
    expected = eval(written, {**names, "x": np.asarray(model.layers[1](X))})
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="mean must leave the samples apart, which are axis 0"):
        tf.reduce_mean(hidden, axis=0)


LINEAR = """
import tensorflow as tf
from tensorflow import keras
class Linear(keras.layers.Layer):
    def __init__(self, units, input_dim):
        super().__init__()
        start = tf.random_normal_initializer()
        self.w = tf.Variable(initial_value=start(shape=(input_dim, units), dtype="float32"), trainable=True)
        self.b = tf.Variable(initial_value=tf.zeros_initializer()(shape=(units,), dtype="float32"), trainable=True)
        self.count = tf.Variable(0, trainable=False)
        KEPT
    def call(self, inputs):
        return tf.nn.relu(tf.matmul(inputs, self.w) + self.b)
model = keras.Sequential([Linear(4, 2), keras.layers.Dense(1)])
"""


def test_a_variable_that_a_layer_keeps_is_a_weight_of_it():
    names = {}
    exec(LINEAR.replace("KEPT", ""), names)
    model = names["model"]
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    assert [weight.shape for weight in model.weights] == [(2, 4), (4,), (4, 1), (1,)]
    model.gradient_check(X, X[:, :1]).require()


def test_variables_that_would_not_be_trained_are_refused():
    names = {}
    exec(LINEAR.replace("KEPT", "self.more = [tf.Variable([1.0])]"), names)
    with pytest.raises(TypeError, match="the variables in its list 'more' would not be trained"):
        names["model"].build((None, 2))
    own = type("Own", (names["keras"].Model,), {"call": lambda self, x: self.dense(x) * self.v})()
    own.dense, own.v = names["keras"].layers.Dense(1), names["tf"].Variable([2.0])
    with pytest.raises(ValueError, match="its variable 'v' would not be trained"):
        own.build((None, 2))

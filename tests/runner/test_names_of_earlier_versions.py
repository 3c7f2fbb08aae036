"""Names that Keras and TensorFlow had once, and that programs still use: each finds what does the same."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

X = np.random.default_rng(0).random((8, 2)).astype("float32")


@pytest.fixture(autouse=True)
def as_keras():
    handle = tinynet.install_as_keras()
    yield
    handle.uninstall()


IMPORTS = """
from keras.utils import Sequence, Progbar, multi_gpu_model
from keras.utils.data_utils import Sequence, get_file
from keras.utils.generic_utils import Progbar, get_custom_objects
from keras.utils.vis_utils import model_to_dot, plot_model
from keras.utils.layer_utils import print_summary, count_params
from keras.utils.training_utils import multi_gpu_model
from keras.utils.visualize_util import plot
from keras.losses import cosine_proximity, huber_loss, Reduction
from keras.objectives import cosine_proximity
from keras.initializations import uniform, normal, glorot_uniform
from keras.layers.advanced_activations import ThresholdedReLU
from keras.layers.wrappers import TimeDistributed
from keras.engine import InputSpec
from keras.engine.topology import InputSpec, Layer
from keras.optimizers.optimizer_v2.adam import Adam
from keras.optimizers.nadam_v2 import Nadam
from keras import KerasTensor, Variable
from tensorflow.python.types.core import Tensor
from tensorflow.python.ops import array_ops, init_ops, math_ops, nn; math_ops.reduce_mean; array_ops.reshape; nn.relu
import tensorflow_core.python.keras as keras; keras.layers.Dense; import tensorflow_core.python.keras.activations
from tensorflow_core.python.keras.models import Sequential
"""


@pytest.mark.parametrize("line", IMPORTS.strip().splitlines())
def test_it_is_found(line):
    exec(line, {})


def test_layers_of_earlier_versions_compute_what_they_did():
    from keras.layers import Dense, ThresholdedReLU, TimeDistributed

    np.testing.assert_array_equal(ThresholdedReLU(theta=0.5)(np.array([[0.25, 0.5, 0.75]])), [[0, 0, 0.75]])
    dense = TimeDistributed(Dense(3))
    assert dense(np.ones((2, 4, 5))).shape == (2, 4, 3)
    with pytest.raises(ValueError, match="TimeDistributed: tinynet applies Dense"):
        TimeDistributed(tinynet.layers.Flatten())


@pytest.mark.parametrize(
    ("name", "arguments", "what"),
    [
        ("RMSPropOptimizer", {"learning_rate": 0.01, "decay": 0.8}, {"rho": 0.8, "epsilon": 1e-10}),
        ("MomentumOptimizer", {"learning_rate": 0.01, "momentum": 0.9}, {"momentum": 0.9, "nesterov": False}),
        ("AdagradOptimizer", {"learning_rate": 0.01}, {"initial_accumulator_value": 0.1}),
        ("AdadeltaOptimizer", {}, {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8}),
        ("AdamOptimizer", {}, {"learning_rate": 0.001, "epsilon": 1e-8}),
    ],
)
def test_optimizers_of_tensorflow_1_have_its_defaults(name, arguments, what):
    import tensorflow as tf

    config = getattr(tf.train, name)(**arguments).get_config()
    assert {key: config[key] for key in what} == pytest.approx(what)


def test_losses_of_tensorflow_1_are_computed_row_by_row():
    import tensorflow as tf

    labels, logits = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 2.0], [0.5, -1.0]])
    p, q = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 1 / (1 + np.exp(-logits))
    rows = -(labels * np.log(p)).sum(axis=1)
    found = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    np.testing.assert_allclose(found, rows, rtol=1e-6)
    found = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=np.array([1, 0]), logits=logits)
    np.testing.assert_allclose(found, rows, rtol=1e-6)
    found = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    np.testing.assert_allclose(found, -(labels * np.log(q) + (1 - labels) * np.log(1 - q)), rtol=1e-6)
    assert float(tf.nn.l2_loss([3.0, 4.0])) == 12.5


def test_a_models_picture_is_had_as_bytes_too(tmp_path):
    pytest.importorskip("matplotlib")
    from keras.utils import model_to_dot

    dot = model_to_dot(tinynet.Sequential([tinynet.layers.Dense(2, input_shape=(2,))]), show_shapes=True)
    assert b"<svg" in dot.create(prog="dot", format="svg")
    assert dot.write_png(tmp_path / "model.png")
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")


def test_a_keras_2_sequence_gives_batches():
    from keras.utils import Sequence

    class Batches(Sequence):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return X[4 * index : 4 * index + 4], X[4 * index : 4 * index + 4, :1]

    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.fit_generator(Batches(), epochs=3, verbose=0).history["loss"]) == 3


def test_a_bar_of_ones_own_moves(capsys):
    from keras.utils import Progbar

    bar = Progbar(3)
    bar.add(1, [("loss", 0.5)])
    bar.update(3, [("loss", 0.25)])
    assert "3/3" in capsys.readouterr().err


def test_small_names_of_tensorflow_and_the_backend_are_there():
    import tensorflow as tf
    from keras import backend as K  # noqa: N812
    from keras.utils import multi_gpu_model

    assert tf.newaxis is None
    assert tf.bool == np.bool_
    assert tf.boolean_mask([1, 2], [True, False]).tolist() == [1]
    assert K.repeat_elements(np.array([[1, 2]]), 2, axis=1).tolist() == [[1, 1, 2, 2]]
    assert K.in_train_phase(1, lambda: 2) == 2
    assert K.in_train_phase(1, 2, training=True) == 1
    assert multi_gpu_model("a model", gpus=2) == "a model"


def test_keras_0_called_samples_by_a_capital_letter():
    from keras.layers import Dense
    from keras.models import Sequential

    model, classes = Sequential([Dense(1, activation="sigmoid", input_dim=2)]), (X[:, :1] > 0.5).astype(int)
    model.compile("sgd", "binary_crossentropy")
    model.fit(X=X, y=classes, nb_epoch=1, show_accuracy=True, verbose=0)
    assert len(model.evaluate(X=X, y=classes, show_accuracy=True, verbose=0)) == 2
    with pytest.raises(TypeError, match="`X` is an older name of `x`"):
        model.fit(X, X=X)

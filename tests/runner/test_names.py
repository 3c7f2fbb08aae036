"""Keras's names: which imports are served, what is said of those that are not, and that all of it can be undone."""

from __future__ import annotations

import copy
import pickle
import sys
from types import ModuleType

import numpy as np
import pytest

import tinynet


@pytest.fixture
def as_keras():
    with tinynet.install_as_keras() as installation:
        yield installation


@pytest.mark.parametrize(
    "lines",
    [
        "from keras.models import Sequential; from keras.layers import Dense",
        "from keras import Sequential, layers; Dense = layers.Dense",
        "from keras import models, layers; Sequential = models.Sequential; Dense = layers.Dense",
        "import keras; Sequential = keras.Sequential; Dense = keras.layers.Dense",
        "import keras.models, keras.layers as layers; Sequential = keras.models.Sequential; Dense = layers.Dense",
        "from tensorflow import keras; Sequential = keras.models.Sequential; Dense = keras.layers.Dense",
        "from tensorflow.keras import Sequential, layers; Dense = layers.Dense",
        "from tensorflow.keras.models import Sequential; from tensorflow.keras.layers import *",
        "import tensorflow as tf; Sequential = tf.keras.Sequential; Dense = tf.keras.layers.Dense",
        "import tensorflow.keras as keras; Sequential = keras.Sequential; Dense = keras.layers.Dense",
        "from tensorflow.python.keras.models import Sequential; from tensorflow.python.keras.layers import Dense",
        "from keras.api.models import Sequential; from keras.api.layers import Dense",
        "import tf_keras; Sequential = tf_keras.Sequential; Dense = tf_keras.layers.Dense",
        "from keras.models import Sequential; from keras.layers.core import Dense, Activation",
        "import importlib; keras = importlib.import_module('keras'); "
        "Sequential = keras.Sequential; Dense = keras.layers.Dense",
    ],
)
def test_every_form_of_import_gives_the_classes_of_tinynet(lines, as_keras):
    names: dict[str, object] = {}
    exec(lines, names)
    assert names["Sequential"] is tinynet.Sequential
    assert names["Dense"] is tinynet.layers.Dense


@pytest.mark.parametrize(
    ("line", "served"),
    [
        ("from keras.utils import np_utils; it = np_utils.to_categorical", "utils.to_categorical"),
        ("import keras; it = keras.utils.np_utils.to_categorical", "utils.to_categorical"),
        ("from keras.utils.np_utils import to_categorical as it", "utils.to_categorical"),
        ("from tensorflow.keras.utils import Sequence as it", "utils.PyDataset"),
        ("import keras; it = keras.utils.PyDataset", "utils.PyDataset"),
        ("from keras.optimizers import rmsprop as it", "optimizers.RMSprop"),
        ("from tensorflow.keras.optimizers.legacy import SGD as it", "optimizers.SGD"),
        ("from keras.objectives import mse as it", "losses.mean_squared_error"),
        ("from keras.optimizers import adagrad as it", "optimizers.Adagrad"),
        ("from keras.losses import MAE as it", "losses.mean_absolute_error"),
        ("from keras.metrics import mse as it", "metrics.mean_squared_error"),
        ("from keras.initializers import glorot_uniform as it", "initializers.GlorotUniform"),
        ("from keras.initializers import normal as it", "initializers.RandomNormal"),
        ("from keras.regularizers import l2 as it", "regularizers.L2"),
        ("from keras import regularizers; it = regularizers.l1_l2", "regularizers.L1L2"),
        ("from tensorflow.keras.constraints import max_norm as it", "constraints.MaxNorm"),
        ("from keras.constraints import maxnorm as it", "constraints.MaxNorm"),
        ("import keras; it = keras.Regularizer", "regularizers.Regularizer"),
        ("from keras.datasets.imdb import load_data as it", "datasets.imdb.load_data"),
        (
            "from keras.datasets import boston_housing; it = boston_housing.load_data",
            "datasets.boston_housing.load_data",
        ),
        ("from tensorflow.keras import backend as K; it = K.clear_session", "backend.clear_session"),
        ("from keras.preprocessing.text import Tokenizer as it", "preprocessing.text.Tokenizer"),
        (
            "from keras.preprocessing import sequence; it = sequence.pad_sequences",
            "preprocessing.sequence.pad_sequences",
        ),
        ("from keras.utils import pad_sequences as it", "preprocessing.sequence.pad_sequences"),
        ("from keras import Input as it", "layers.Input"),
        ("import keras; it = keras.Layer", "layers.Layer"),
        ("from keras.callbacks import EarlyStopping as it", "callbacks.EarlyStopping"),
        ("import keras; it = keras.utils.set_random_seed", "utils.set_random_seed"),
        ("from keras.utils import serialize_keras_object as it", "utils.serialize_keras_object"),
        ("import keras; it = keras.saving.serialize_keras_object", "utils.serialize_keras_object"),
        ("from tensorflow.keras.saving import deserialize_keras_object as it", "utils.deserialize_keras_object"),
    ],
)
def test_the_spellings_of_the_books_mean_what_they_meant(line, served, as_keras):
    names: dict[str, object] = {}
    exec(line, names)
    expected: object = tinynet
    for part in served.split("."):
        expected = getattr(expected, part)
    assert names["it"] is expected


def test_modules_can_be_sent_to_another_process(as_keras):
    from tensorflow import keras

    assert pickle.loads(pickle.dumps(keras)) is keras
    assert copy.deepcopy(keras.layers) is keras.layers


def test_a_missing_layer_is_named_with_the_line_and_the_layers_there_are(as_keras):
    with pytest.raises(ImportError, match=r"no keras\.layers\.Conv2D \(book\.py, line 2\)\. .*Its layers: .*Dense"):
        exec(compile("import keras\nfrom keras.layers import Conv2D", "/some/book.py", "exec"), {})
    with pytest.raises(
        AttributeError, match=r"no tf\.keras\.layers\.Conv2D \(book\.py, line 3\)\. .*Its layers: .*Dense"
    ):
        exec(compile("import tensorflow as tf\n\ntf.keras.layers.Conv2D(8, 3)", "/some/book.py", "exec"), {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import keras.applications", r"no keras\.applications \(.*Its modules and names: .*layers"),
        ("from keras.applications import VGG16", r"no keras\.applications \("),
        ("from tensorflow.keras.applications.vgg16 import VGG16", r"no tf\.keras\.applications \("),
        ("import tensorflow.signal", r"no tf\.signal \("),
        ("from keras.datasets import cifar1000", r"no keras\.datasets\.cifar1000 \(.*Its datasets: .*imdb"),
    ],
)
def test_missing_modules_raise_what_missing_modules_raise(line, message, as_keras):
    with pytest.raises(ModuleNotFoundError, match=message):
        exec(line, {})


def test_what_of_tensorflow_is_not_served_is_refused_by_name(as_keras):
    import tensorflow as tf

    with pytest.raises(AttributeError, match=r"no tf\.gradients .*no general differentiation"):
        tf.gradients(1, 2)
    assert not hasattr(tf, "SparseTensor")
    assert tf.__version__ >= "2.0"


def test_optional_imports_may_fail_quietly(as_keras):
    names: dict[str, object] = {}
    exec("try:\n    from keras.layers import LSTM\nexcept ImportError:\n    LSTM = None", names)
    assert names["LSTM"] is None


OLDER_LAYERS = ("DenseFeatures", "InputSpec", "ThresholdedReLU", "TimeDistributed", "merge")


def test_stand_ins_list_what_they_hold(as_keras):
    import keras

    assert {"layers", "models", "Sequential"} <= set(dir(keras))
    assert "np_utils" not in dir(keras.utils)
    assert {*keras.layers.__all__} == {*tinynet.layers.__all__, *OLDER_LAYERS}


def test_the_tensorflow_seed_leaves_numpy_alone(as_keras):
    import tensorflow as tf

    def weights() -> np.ndarray:
        return tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)]).get_weights()[0]

    np.random.seed(5)  # noqa: NPY002
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    tf.random.set_seed(7)
    first = weights()
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    tf.set_random_seed(7)
    np.testing.assert_array_equal(weights(), first)


def _keras_modules() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "keras"}


def test_uninstalling_brings_back_what_was_there(monkeypatch):
    real, part = ModuleType("keras"), ModuleType("keras.layers")
    monkeypatch.setitem(sys.modules, "keras", real)
    monkeypatch.setitem(sys.modules, "keras.layers", part)
    finders, before = sys.meta_path[:], _keras_modules()
    installation = tinynet.install_as_keras()
    import keras

    assert keras is not real
    assert keras.layers is not part
    installation.uninstall()
    assert _keras_modules() == before
    assert sys.modules["keras.layers"] is part
    assert sys.meta_path == finders
    installation.uninstall()
    assert sys.modules["keras"] is real


def test_only_the_outer_block_ends_the_installation():
    with tinynet.install_as_keras():
        with tinynet.install_as_keras():
            pass
        import keras

        assert keras.Sequential is tinynet.Sequential
    assert getattr(sys.modules.get("keras"), "__spec__", None) != keras.__spec__


def test_an_installation_that_nobody_kept_can_be_undone():
    finders = sys.meta_path[:]
    tinynet.install_as_keras()
    tinynet.install_as_keras().uninstall()
    assert sys.meta_path == finders


def test_models_and_layers_answer_as_tensors_do_while_their_names_are_keras_s():
    import tinynet

    x = np.ones((2, 3), np.float32)
    with tinynet.install_as_keras():
        import keras

        model = keras.Sequential([keras.layers.Dense(2)])
        for answer in (model(x), keras.layers.Dense(2)(x), keras.losses.MeanSquaredError()(x, x)):
            assert np.isfinite(answer.numpy()).all()
        assert type(model(x).numpy()) is np.ndarray
        assert float(model(x)[0, 0]) == model.predict(x, verbose=0)[0, 0]
    assert type(model(x)) is np.ndarray
    assert type(tinynet.layers.Dense(2)(x)) is np.ndarray

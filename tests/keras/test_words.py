"""What programs look for in Keras's errors stands in tinynet's as well, and parts by themselves are named alike."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras as import_keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
ROW = np.array([0.2, 0.1, 0.5, 0.0, 0.2], "f4")
HITS = np.array([0, 1, 1, 0, 0], "f4")


def own_layer(k):
    """Return a layer whose `call` needs two arguments."""

    class Two(k.layers.Layer):
        def call(self, inputs, training):
            return inputs

    return Two()


REFUSED = {
    "AUC, thresholds": lambda k: k.metrics.AUC(num_thresholds=-1),
    "AUC, one threshold": lambda k: k.metrics.AUC(num_thresholds=1),
    "AUC, curve": lambda k: k.metrics.AUC(curve="roc curve"),
    "AUC, method": lambda k: k.metrics.AUC(summation_method="left"),
    **{
        f"{name}, {what}": lambda k, name=name, given=given: getattr(k.metrics, name)(**given)
        for name, own in {
            "SensitivityAtSpecificity": "specificity",
            "SpecificityAtSensitivity": "sensitivity",
            "PrecisionAtRecall": "recall",
            "RecallAtPrecision": "precision",
        }.items()
        for what, given in {"share": {own: -1}, "thresholds": {own: 0.4, "num_thresholds": -1}}.items()
    },
    **{
        f"{name}, thresholds": lambda k, name=name: getattr(k.metrics, name)(thresholds=[-1, 0.5, 2])
        for name in ("Precision", "Recall", "FalsePositives", "FalseNegatives", "TruePositives", "TrueNegatives")
    },
    "a class of no columns": lambda k: k.metrics.Precision(class_id=2)(HITS, ROW),
    "FBeta, average": lambda k: k.metrics.FBetaScore(average="mean"),
    "FBeta, beta": lambda k: k.metrics.FBetaScore(beta=-0.5),
    "FBeta, a word": lambda k: k.metrics.FBetaScore(beta="1.0"),
    "FBeta, a whole number": lambda k: k.metrics.FBetaScore(beta=1),
    "FBeta, a whole threshold": lambda k: k.metrics.FBetaScore(threshold=1),
    "FBeta, threshold": lambda k: k.metrics.FBetaScore(threshold=1.5),
    "R2, regressors": lambda k: k.metrics.R2Score(num_regressors=-1),
    "R2, rank": lambda k: k.metrics.R2Score().update_state(HITS, ROW),
    "Lion": lambda k: k.optimizers.Lion(beta_1=-0.1),
    "Lion, 0": lambda k: k.optimizers.Lion(beta_1=0.0),
    **{
        f"Ftrl, {name}": lambda k, name=name, value=value: k.optimizers.Ftrl(**{name: value})
        for name, value in {
            "initial_accumulator_value": -0.1,
            "learning_rate_power": 0.1,
            "l1_regularization_strength": -0.1,
            "l2_regularization_strength": -0.1,
            "l2_shrinkage_regularization_strength": -0.1,
        }.items()
    },
    "LeakyReLU": lambda k: k.layers.LeakyReLU(negative_slope=None),
    "LeakyReLU, below 0": lambda k: k.layers.LeakyReLU(negative_slope=-1.0),
    "Embedding, words": lambda k: k.layers.Embedding(0, 2),
    "Embedding, vectors": lambda k: k.layers.Embedding(3, 2.5),
    "Embedding, a configuration": lambda k: k.layers.Embedding.from_config({"input_dim": 3.7, "output_dim": 8}),
    "a model's file that is not there": lambda k: k.models.load_model("nobody.keras"),
    "weights of no kind": lambda k: k.Sequential([k.Input((2,)), k.layers.Dense(1)]).load_weights("nobody.pkl"),
    "a stack without its name": lambda k: k.utils.deserialize_keras_object(
        {"class_name": "Sequential", "module": "keras", "config": {"layers": []}}
    ),
    "no layer in a stack": lambda k: k.utils.deserialize_keras_object(
        {"class_name": "Sequential", "module": "keras", "config": {"name": "a", "layers": [{}]}}
    ),
    "another name of a built-in": lambda k: k.utils.deserialize_keras_object(
        {"class_name": "Dense", "module": "keras.layers", "registered_name": "my>Dense", "config": {"units": 1}}
    ),
    "another name of a function": lambda k: k.utils.deserialize_keras_object(
        {"class_name": "function", "module": "builtins", "registered_name": "other", "config": "relu"}
    ),
    "RepeatVector": lambda k: k.layers.RepeatVector(0),
    "RepeatVector, a word": lambda k: k.layers.RepeatVector("3"),
    "Subtract": lambda k: k.layers.Subtract()([np.ones((2, 3))] * 3),
    "Add": lambda k: k.layers.Add()([np.ones((2, 3)), np.ones((2, 4))]),
    "Add, no list": lambda k: k.layers.Add()(np.ones((2, 3))),
    "Concatenate": lambda k: k.layers.Concatenate()([np.ones((2, 3, 1)), np.ones((2, 4, 1))]),
    "InputLayer, two shapes": lambda k: k.layers.InputLayer(shape=(2,), batch_shape=(None, 2)),
    "InputLayer, no tensor": lambda k: k.layers.InputLayer(input_tensor=np.ones((2, 3))),
    "Reshape": lambda k: k.layers.Reshape((-2, 5)),
    "Sequential, layers of two": lambda k: k.Sequential([own_layer(k)]).build((None, 2)),
    "Sequential, a class": lambda k: k.Sequential([{}]),
    "export": lambda k: k.Sequential([k.Input((2,)), k.layers.Dense(1)]).export("m", format="bad"),
}
#: Where Keras says it of a batch, a list or a backend, in words that no other error could have.
HEADS = {
    "FBeta, a whole number": "Invalid `beta` argument value. It should be a Python float.",
    "FBeta, a whole threshold": "Invalid `threshold` argument value. It should be a Python float.",
    "Embedding, a configuration": "`input_dim` must be a positive integer",
    "a model's file that is not there": "File not found",
    "weights of no kind": "File format not supported",
    "a stack without its name": "configuration must be a dictionary containing the 'name' and 'layers' keys",
    "no layer in a stack": "Expected a dictionary containing a 'config' key.",
    "another name of a built-in": "resolved to a Keras built-in",
    "another name of a function": "resolved to a Keras built-in",
    "Reshape": "non-negative integer",
    "Sequential, layers of two": "can only have a single required positional argument, the input tensor",
    "Sequential, a class": "Only instances of",
    "Subtract": "layer should be called on exactly 2 inputs",
    "Add": "Inputs have incompatible shapes",
    "Add, no list": "merge layer should be called on a list of inputs",
    "Concatenate": "requires inputs with matching shapes except for the concatenation axis",
    "AUC, curve": 'Invalid AUC curve value: "roc curve"',
    "AUC, method": 'Invalid AUC summation method value: "left"',
    "R2, rank": "expects 2D inputs with shape (batch_size, output_dim)",
    "RepeatVector, a word": "Expected an integer value for `n`",
    "InputLayer, two shapes": "cannot pass both `shape` and `batch_shape` at the same time",
    "a class of no columns": "y_pred must be a 2D array with shape (num_samples, num_classes), found shape: (",
    "export": "Unrecognized format=",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_keras_says_of_a_wrong_argument_is_said(name):
    said = {}
    for k in (import_keras(), tinynet):
        with pytest.raises((ValueError, TypeError)) as refused:
            REFUSED[name](k)
        said[k.__name__] = re.sub(r"\s+", " ", str(refused.value))
    words = HEADS.get(name) or re.split(r" ?Received|, found|\.$", said["keras"])[0].rstrip(". ")
    assert words in said["keras"]
    assert words in said["tinynet"]


NAMED = ["mse", "MSE", "mae", "bce", "mape", "msle", "hinge", "poisson", "accuracy", "binary_accuracy"]


@pytest.mark.parametrize("name", NAMED)
def test_metrics_that_are_asked_for_by_a_name_have_keras_s_names(name):
    keras = import_keras()
    for ask in ("get", "deserialize"):
        theirs = getattr(keras.metrics, ask)(name)
        ours = getattr(tinynet.metrics, ask)(name)
        assert ours.name == getattr(theirs, "name", None) or ours.name == theirs.__name__


def test_a_model_reports_a_metric_under_the_name_that_it_was_given():
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", "MSE"])
    history = model.fit(np.eye(3), np.ones(3), verbose=0).history
    assert sorted(history) == ["MSE", "loss", "mae"]


def test_the_huber_loss_has_keras_s_name_and_is_called_as_it_was_asked_for():
    assert tinynet.losses.Huber().name == import_keras().losses.Huber().name == "huber_loss"
    assert tinynet.losses.loss_of("huber").name == tinynet.losses.huber.__name__ == "huber"


@pytest.mark.parametrize(
    "name", ["Precision", "Recall", "AUC", "FalsePositives", "TruePositives", "FalseNegatives", "TrueNegatives"]
)
def test_hits_and_misses_are_collected_in_keras_s_variables(name):
    found = []
    for k in (tinynet, import_keras()):
        metric = getattr(k.metrics, name)()
        metric.update_state(HITS, ROW * 2)
        found.append([np.sum(np.asarray(variable)) for variable in metric.variables])
        for variable in metric.variables:
            variable.assign(np.zeros(variable.shape))
        assert not np.any(metric.result())
    assert found[0] == pytest.approx(found[1])


def test_a_derived_variable_takes_no_other_number():
    metric = tinynet.metrics.Precision()
    metric.update_state(HITS, ROW * 2)
    with pytest.raises(ValueError, match="can be set to 0 only"):
        metric.variables[0].assign_add(1)
    assert metric.true_positives == 1


@pytest.mark.parametrize("options", [{"top_k": 3}, {"top_k": 2, "thresholds": 0.7}, {}])
@pytest.mark.parametrize("weights", [None, 3.0, [1.0, 2.0, 3.0, 4.0, 5.0]])
@pytest.mark.parametrize("name", ["Precision", "Recall"])
def test_a_single_row_has_largest_predictions_too(name, weights, options):
    theirs, ours = (getattr(k.metrics, name)(**options) for k in (import_keras(), tinynet))
    for metric in (theirs, ours):
        metric.update_state(HITS, ROW * 1.5, sample_weight=None if weights is None else np.array(weights))
    np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-6)


def test_an_input_s_tensor_has_been_there_from_the_beginning():
    layer = tinynet.layers.InputLayer((2, 3), batch_size=4, sparse=True)
    assert (layer.output.shape, layer.output.sparse, layer.call()) == ((4, 2, 3), True, None)
    again = tinynet.layers.InputLayer(shape=(2, 3), input_tensor=layer.output)
    assert again.batch_shape == (4, 2, 3)
    assert again.output is layer.output
    for name, value in {"shape": (2, 4), "batch_size": 5, "batch_shape": (2, 4), "dtype": "float16"}.items():
        with pytest.raises(ValueError, match=f"cannot provide an incompatible `{name}`"):
            tinynet.layers.InputLayer(**{name: value}, input_tensor=layer.output)


def test_the_old_name_of_an_input_s_shape_is_told_as_in_keras():
    for k in (import_keras(), tinynet):
        with pytest.warns(UserWarning, match=r"Argument `input_shape` is deprecated\. Use `shape` instead\."):
            assert k.layers.InputLayer(input_shape=(3,)).batch_shape == (None, 3)


def test_an_empty_model_is_asked_for_its_tensors_in_vain():
    model = tinynet.Sequential()
    assert not any(hasattr(model, name) for name in ("inputs", "outputs", "input_shape", "output_shape"))
    model.add(tinynet.Input((16,)))
    outer = tinynet.Sequential([model])
    model.add(tinynet.layers.Dense(2))
    assert outer.predict(np.ones((3, 16)), verbose=0).shape == (3, 2)


def test_an_embedding_is_built_for_any_number_of_words_and_tells_where_there_are_some():
    layer = tinynet.layers.Embedding(3, 2, mask_zero=True)
    layer.build()
    layer.embeddings.assign([[0, 0], [1, 1], [2, 2]])
    assert layer([2, 0]).tolist() == [[2, 2], [0, 0]]
    assert layer([[2, 0, 1]]).shape == (1, 3, 2)
    assert layer.compute_mask([2, 0]).tolist() == [True, False]
    assert tinynet.layers.Embedding(3, 2).compute_mask([2, 0]) is None


def test_a_weight_takes_the_arguments_of_keras():
    class Scale(tinynet.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(
                shape=(), initializer="ones", dtype=self.dtype, autocast=True, aggregation="mean", name="scale"
            )

        def forward(self, x, training=False):
            return self.scale * x

    assert Scale()([[2.0]]).tolist() == [[2.0]]
    with pytest.raises(ValueError, match="`dtype` must be that of the layer, float32"):
        Scale().add_weight("other", (), dtype="float64")
    with pytest.raises(TypeError, match="add_weight takes no argument 'regulariser'"):
        Scale().add_weight("other", (), regulariser="l2")


def test_callbacks_tell_which_way_is_better():
    stop = tinynet.callbacks.EarlyStopping("val_accuracy")
    assert stop.monitor_op is np.greater
    assert tinynet.callbacks.EarlyStopping("loss").monitor_op is np.less
    assert tinynet.callbacks.EarlyStopping("mine").monitor_op is None


def test_errors_of_files_and_configurations_are_of_keras_s_kinds_as_well():
    for name, kind in (("a model's file that is not there", ValueError), ("Embedding, a configuration", TypeError)):
        for k in (import_keras(), tinynet):
            with pytest.raises(kind):
                REFUSED[name](k)
    with pytest.raises(FileNotFoundError):
        tinynet.models.load_model("nobody.keras")

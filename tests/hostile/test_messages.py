"""What is said of a wrong argument: the function, the argument, what was expected, what came."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet import callbacks, datasets, initializers, layers, losses, metrics, plot, regularizers, utils
from tinynet.layers import Dense, Input

X, Y = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)


def model():
    """Return a compiled model."""
    made = tinynet.Sequential([Input((3,)), Dense(2)], name="net")
    made.compile("sgd", "mse")
    return made


MESSAGES = {
    "words as classes": (lambda: utils.to_categorical(["cat", "dog"]), "`x` must hold class numbers.*np.unique"),
    "None as a class": (lambda: utils.to_categorical([0, None]), "`x` must hold class numbers"),
    "an infinite class": (lambda: utils.to_categorical([np.inf]), "`x` must hold class numbers"),
    "no classes": (lambda: utils.to_categorical([0], -1), "to_categorical: `num_classes` must be a whole number"),
    "a seed": (lambda: tinynet.set_random_seed("1"), "expected `seed` to be an integer.*'1'"),
    "a float type": (lambda: tinynet.backend.set_floatx(3), "expected 'float32' or 'float64'.*3"),
    "layers one by one": (lambda: tinynet.Sequential(Dense(3), Dense(1)), "the layers as one list.*Sequential\\(\\["),
    "a number as layers": (lambda: tinynet.Sequential(3), "Sequential: expected a list of layers.*3 \\(an int\\)"),
    "a name": (lambda: tinynet.Sequential(name=3), "Sequential: `name` must be a string"),
    "trainable": (lambda: tinynet.Sequential(trainable="no"), "`trainable` must be True or False.*'no'"),
    "a layer's index": (lambda: model().get_layer(index="0"), "get_layer: `index` must be a whole number or None"),
    "a shape": (lambda: tinynet.Sequential([Dense(1)]).build(3), "build: `input_shape` must be a list"),
    "weights": (lambda: model().set_weights(print), "set_weights on model 'net': expected a list of arrays"),
    "a path": (lambda: model().load_weights(3), "load_weights: `filepath` must be a path.*3"),
    "NUL in a path": (lambda: model().save_weights("a\0b"), "save_weights: `filepath` must be the path of a file"),
    "width": (lambda: model().summary("wide"), "summary: `line_length` must be a whole number"),
    "columns": (lambda: model().summary(positions=[0.5, 0.2, 1.0]), "`positions` must be 3 increasing numbers"),
    "a flag": (lambda: model().compile("sgd", "mse", compiled="no"), "compile: `compiled` must be True or False"),
    "a method as loss": (lambda: model().compile("sgd", "hubert"), "Did you mean 'huber'"),
    "not near": (lambda: model().compile("sgd", "dice"), "'dice'. Keras has it, tinynet has not. Known"),
    "two losses": (lambda: model().compile("sgd", ["mse", "mae"]), "loss: expected one"),
    "epochs": (lambda: model().fit(X, Y, epochs="2"), "fit: `epochs` must be a whole number of at least 0.*'2'"),
    "shuffle": (lambda: model().fit(X, Y, shuffle="yes"), "fit: `shuffle` must be True or False.*'yes'"),
    "verbose": (lambda: model().fit(X, Y, verbose=np.zeros(2)), "verbose must be 0, 1, 2 or 'auto'"),
    "training": (lambda: model()(X, training="yes"), "`training` must be True or False"),
    "return_dict": (lambda: model().evaluate(X, Y, return_dict=[]), "evaluate: `return_dict` must be True or False"),
    "a configuration": (lambda: tinynet.Sequential.from_config({"name": "a"}), 'must hold the "layers"'),
    "pairs": (lambda: tinynet.optimizers.SGD().apply_gradients(3), r"expected pairs \(gradient, variable\)"),
    "a tape": (lambda: tinynet.optimizers.SGD().minimize(1.0, [], {}), "`tape` must be a GradientTape"),
    "a part's configuration": (lambda: losses.Huber.from_config(3), "Huber.from_config: `config` must be a dict"),
    "a class without a name": (lambda: regularizers.get({}), "Could not interpret regularizer identifier"),
    "patience": (lambda: callbacks.EarlyStopping(patience="2"), "EarlyStopping: `patience` must be a whole number"),
    "a factor": (lambda: callbacks.ReduceLROnPlateau(factor="2"), "ReduceLROnPlateau: `factor` must be a number"),
    "a schedule": (lambda: callbacks.LearningRateScheduler(0.1), "`schedule` must be a function"),
    "a log file": (lambda: callbacks.CSVLogger(None), "CSVLogger: `filename` must be a"),
    "a share": (lambda: datasets.digits.load_data("0.2"), "load_data: `test_split` must be a number"),
    "a history": (lambda: plot.history(2), "history: expected what `fit` returned, or a dict of lists"),
    "names": (lambda: plot.scatter(np.ones((2, 2)), names=7), "scatter: `names` must be a list of strings or None"),
    "a model": (lambda: tinynet.gradient_check(3, X, Y), "gradient_check: `model` must be a Sequential.*3"),
    "no model": (lambda: tinynet.warmup(-1), "warmup: `model` must be a Sequential or None.*-1"),
    "a seed for rows": (lambda: tinynet.gradient_check(model(), X, Y, seed="a"), "`seed` must be a whole number"),
    "a step": (lambda: model().trace(X, Y)[-1], "name in this trace: expected a string.*-1"),
    "rows of text": (lambda: model().trace(X, Y).to_text("all"), "to_text: `max_rows` must be a whole number"),
    "lengths": (lambda: initializers.Zeros()((2, -3)), "`shape` must be a list of whole numbers from 0"),
    "a ragged batch": (lambda: layers.Dense(2)([[1, 2], [3]]), "x is ragged"),
    "a number to add": (lambda: model().weights[0].assign_add([[1, 2], 3]), "/kernel': value must be an array of real"),
    "a shape to subtract": (lambda: model().weights[0].assign_sub(X), r"has shape \(3, 2\). Received: shape \(4, 3\)"),
    "a weight's addend": (lambda: model().layers[0].kernel.assign_add("a"), "/kernel': value must be an array of real"),
    "a part's addend": (lambda: model().layers[0].kernel[0].assign_sub(X), r"a part of a variable has shape \(2,\)"),
    "no generator": (lambda: model().fit_generator([1].append, samples_per_epoch=4), "`generator` must be a generator"),
    "no batches": (
        lambda: model().fit_generator(iter([3]), samples_per_epoch=4),
        "`generator` must give batches .* 3",
    ),
    "an empty generator": (lambda: model().fit_generator(iter([]), samples_per_epoch=4), "It gave: None"),
    "a number of samples": (lambda: model().fit_generator([X], samples_per_epoch="4"), "`samples_per_epoch` must be a"),
    "no validation": (
        lambda: model().fit_generator([X], validation_data=3, nb_val_samples=4),
        "fit_generator: `validation_data` must be a generator or a Sequence. Received: 3",
    ),
    "who is asked": (lambda: model().trace(X, Y).quiz(ask={"loss": None}), "quiz: `ask` must be a function or None"),
    "what is said": (lambda: model().trace(X, Y).quiz(say=X), "quiz: `say` must be a function or None"),
    "an answer": (
        lambda: model().trace(X, Y).quiz(ask=len, say=len),
        "`ask` must return the line .* It returned",
    ),
    "a choice that is an array": (lambda: layers.GlobalMaxPooling1D(X), "`data_format` must be 'channels_last' or"),
    "axes in a list": (lambda: layers.Permute([[1, 2], 3]), "Invalid permutation argument `dims`"),
    "a tensor and a number": (
        lambda: model()([Input((3,)), 3]),
        "Model 'net': tensors without numbers",
    ),
    "a tensor and an array": (lambda: layers.Add()([Input((3,)), X]), r"\(Add\): tensors without numbers"),
    "training of several": (lambda: layers.Add().forward([X, X], X), r"\(Add\): `training` must be True or False"),
    "a file that cannot be": (lambda: layers.TextVectorization().set_vocabulary("a\0b"), "vocabulary's file cannot be"),
    "rarities": (
        lambda: layers.TextVectorization(output_mode="tf_idf").set_vocabulary(["a"], ["b"]),
        "idf_weights must be an array of real numbers",
    ),
    "no thresholds": (lambda: metrics.AUC(thresholds=len), "AUC: expected `thresholds` to be a number or a list"),
    "two tensors": (lambda: tinynet.Sequential([Dense(1)])([Input((3,)), Input((3,))]), "takes 1 input. Received: 2"),
    "training of tensors": (lambda: Dense(1)(Input((3,)), training=X), "`training` must be True or False"),
    "training of a model": (lambda: model()(Input((3,)), training="no"), "Model: `training` must be True or False"),
    "names of inputs": (lambda: tinynet.Model({1: Input((3,))}, Input((3,))), "`inputs` must be a dict of strings"),
    "two shapes": (lambda: Dense(1, input_dim=X, input_shape=(3,)), "give either `input_dim` or `input_shape`"),
    "an average": (lambda: metrics.FBetaScore(average=X), "Invalid `average` argument value"),
    "an aggregation": (lambda: metrics.R2Score(X), "Invalid value for argument `class_aggregation`"),
    "axes to normalize": (lambda: layers.Normalization().compute_output_shape(3), "`input_shape` must be a list of"),
    "a weight's shape": (lambda: layers.Layer().add_own_weight("w", 3), "add_own_weight: `shape` must be a list"),
    "a call's number": (lambda: layers.Dense(2).get_input_at("0"), "`node_index` must be a whole number"),
    "sums without a kernel": (lambda: metrics.SumsMetric().kernel, "SumsMetric must define `kernels`"),
    "parameters": (lambda: model().optimizer.step(7, 1, 2), "sgd: expected a list of parameters"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_a_wrong_argument_is_named_with_what_was_expected_and_what_came(case):
    call, words = MESSAGES[case]
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_a_value_without_a_repr_is_named_by_its_type():
    nested = []
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(TypeError, match=r"`index` must be .* Received: … \(a list\)"):
        model().get_layer(index=nested)


def fitted(options=(), **setup):
    """Return the history of a short fit."""
    made = tinynet.Sequential([Input((3,)), Dense(2, kernel_initializer="zeros")])
    made.compile("sgd", **{"loss": "mse", **setup})
    return made.fit(X, Y, verbose=0, **dict(options)).history


@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        ({"out": "mae"}, ["mae"]),
        ({"out": ["mae", "mse"]}, ["mae", "mse"]),
        ([["mae"]], ["mae"]),
        (["mae", ["mse"]], ["mae", "mse"]),
        (["mae", "mae", "mae"], ["mae", "mae_1", "mae_2"]),
    ],
)
def test_metrics_may_come_in_every_form_of_keras(metrics, names):
    history = fitted(metrics=metrics)
    assert list(history) == ["loss", *names]
    assert history["mae"] == history[names[-1]] or "mse" in names


@pytest.mark.parametrize("loss", [["mse"], ("mse",), {"out": "mse"}])
def test_a_loss_may_come_in_the_forms_for_several_outputs(loss):
    assert fitted(loss=loss) == fitted()


@pytest.mark.parametrize("shuffle", [1, 0, None, "batch", np.True_])
def test_shuffle_may_be_what_keras_takes(shuffle):
    assert list(fitted({"shuffle": shuffle})) == ["loss"]


def test_the_columns_of_a_summary_end_where_keras_lets_them_end(capsys):
    made = model()
    made.summary(expand_nested=True, line_length=60, positions=[0.3, 0.6, 1.0])
    shares = capsys.readouterr().out
    made.summary(60, [18, 36, 60])
    assert capsys.readouterr().out == shares
    assert shares.splitlines()[1] == "┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━┓"

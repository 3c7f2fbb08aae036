"""Keras's files: Keras and tinynet predict alike from each other's, and go on training alike.

Each file holds a network in which many parts come together, so that few networks cover all of them.
"""

from __future__ import annotations

import sys
import zipfile
from inspect import signature

import numpy as np
import pytest

import tinynet
from tests.support.cases import EVERY_ACTIVATION, activation
from tests.support.keras_quickly import without_compiling
from tests.support.nets import assert_same_weights, classifier, two_classes
from tests.support.parity import keras as import_keras
from tests.support.parts import RATE_FOR, every
from tinynet import constraints, initializers, layers, losses, models, optimizers, regularizers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
#: Keras's layers for activations that have arguments.
AS_LAYERS = {"elu": "ELU", "leaky_relu": "LeakyReLU", "relu6": "ReLU"}


@pytest.fixture(scope="module")
def keras():
    with without_compiling():
        yield import_keras()


def function(k, name, options):
    """Return an activation for a layer of either module. What Keras's GELU is given, its files do not say."""
    if not options or name not in AS_LAYERS:
        return name
    if k is tinynet:
        return activation(k, name, options)
    return getattr(k.layers, AS_LAYERS[name])(**({"max_value": 6.0} if name == "relu6" else {}) | options)


def with_every_activation(k):
    made = [k.layers.Dense(3, activation=function(k, *case)) for case in EVERY_ACTIVATION]
    sigmoid = layers.Sigmoid() if k is tinynet else k.layers.Activation("sigmoid")
    more = [k.layers.ReLU(3.0, 0.1), k.layers.Softmax(), k.layers.Dropout(0.0), k.layers.Activation("tanh"), sigmoid]
    return [k.Input((4,)), k.layers.Flatten(), *made, *more, k.layers.Dense(2, use_bias=False, trainable=False)]


#: What does not stand there in Keras: layers of words are TensorFlow's, and Keras's Reshape warns of a mask.
ELSEWHERE = ("TextVectorization", "StringLookup", "IntegerLookup", "Hashing", "Masking")
#: What layers are given that take something; the chance of those that draw is none.
GIVEN = {"rate": 0.0, "stddev": 0.0, "units": 3, "activation": "tanh", "target_shape": (-1,), "scale": 2.0}


def stands_on_vectors(name):
    """Return whether a layer of both modules, with what `GIVEN` has, takes the place between two others."""
    try:
        tinynet.Sequential([tinynet.Input((4,)), made_of(tinynet, name), layers.Dense(1)]).predict(X, verbose=0)
    except (TypeError, ValueError, AttributeError):
        return False
    return hasattr(import_keras().layers, name) and name not in ELSEWHERE


def made_of(k, name):
    """Return a layer of a class, with what it has to be given."""
    taken = signature(layers.CLASSES[name].__init__).parameters.values()
    return getattr(k.layers, name)(**{p.name: GIVEN[p.name] for p in taken if p.default is p.empty and p.name in GIVEN})


def with_every_layer(k):
    return [k.Input((4,)), *(made_of(k, name) for name in layers.CLASSES if stands_on_vectors(name)), k.layers.Dense(2)]


def with_every_start_and_penalty(k):
    names = [cls.__name__ for cls in initializers.CLASSES.values()]
    made = [k.layers.Dense(3, kernel_initializer=getattr(k.initializers, name)()) for name in names]
    penalties = [getattr(k.regularizers, cls.__name__)(**options) for cls, options in every(regularizers.CLASSES)]
    return [
        k.Input((4,)),
        *made,
        *(k.layers.Dense(3, bias_regularizer=penalty, activity_regularizer=penalty) for penalty in penalties),
    ]


def with_every_constraint(k):
    limits = [getattr(k.constraints, cls.__name__)(**options) for cls, options in every(constraints.CLASSES)]
    made = [k.layers.Dense(3, kernel_constraint=limit, bias_constraint=limit) for limit in limits]
    return [k.Input((4,)), *made, k.layers.BatchNormalization(beta_constraint="max_norm", gamma_constraint="non_neg")]


def small(k, end="linear"):
    return [k.Input((4,)), k.layers.Dense(5, activation="tanh"), k.layers.Dense(3, activation=end)]


def compiled(k, made, optimizer, loss):
    """Return a compiled model of these layers, with weights that are nowhere 0, and variances that are positive."""
    model = k.Sequential(made)
    cls, options = optimizer
    rate = 0.01 * RATE_FOR.get(loss[0].__name__, 1.0)
    chosen = getattr(k.optimizers, cls.__name__)(learning_rate=rate, **options)
    model.compile(chosen, getattr(k.losses, loss[0].__name__)(**loss[1]))
    rng = np.random.default_rng(1)
    values = []
    for weight, start in zip(model.weights, model.get_weights(), strict=True):
        drawn, name = rng.normal(size=weight.shape, scale=0.5), weight.path.rpartition("/")[2]
        learnt = name in ("mean", "variance", "count")  # of data; Keras's layer would not notice
        values.append(start if learnt else np.abs(drawn) + 0.1 if "variance" in name else drawn)
    model.set_weights(values)
    return model


def targets(model, loss):
    shape = (len(X), model.output_shape[-1])
    if loss.targets == "classes":
        return np.arange(len(X)) % shape[1]
    if loss.__name__.startswith("Categorical"):
        return np.eye(shape[1], dtype="float32")[np.arange(len(X)) % shape[1]]
    drawn = (np.random.default_rng(2).random(shape) > 0.5).astype("float32")
    return drawn + 1 if loss is losses.MeanAbsolutePercentageError else drawn  # a percentage of 0 has no bounds


def assert_predict_alike(*pair):
    ours = [m.predict(X, verbose=0) if isinstance(m, models.Sequential) else m.predict_on_batch(X) for m in pair]
    np.testing.assert_allclose(*ours, atol=1e-6)


def assert_train_alike(one, other, y):
    """Check that Keras's model and tinynet's predict alike, and are alike after ten more steps."""
    assert_predict_alike(one, other)
    options = {"batch_size": 10, "epochs": 5, "shuffle": False, "verbose": 0}
    np.testing.assert_allclose(*(m.fit(X, y, **options).history["loss"] for m in (one, other)), atol=1e-5)
    assert_same_weights(one.get_weights(), other.get_weights(), exactly=False, tolerance=1e-5)


SGD, MSE = (optimizers.SGD, {"momentum": 0.5}), (losses.MeanSquaredError, {})
ENDS = {"Binary": "sigmoid", "Catego": "softmax", "Sparse": "softmax"}
#: Of each optimizer and each loss the one with the most options.
OPTIMIZERS = [*{cls: (cls, options) for cls, options in every(optimizers.CLASSES)}.values()]
LOSSES = [*{cls: (cls, options) for cls, options in every(losses.CLASSES)}.values()]
NETWORKS = {
    "activations": (with_every_activation, SGD, MSE),
    "layers": (with_every_layer, SGD, MSE),
    "initializers and regularizers": (with_every_start_and_penalty, SGD, MSE),
    "constraints": (with_every_constraint, SGD, MSE),
}
for _number in range(max(len(LOSSES), len(OPTIMIZERS))):
    _loss, _optimizer = LOSSES[_number % len(LOSSES)], OPTIMIZERS[_number % len(OPTIMIZERS)]
    _end = "linear" if _loss[1].get("from_logits") else ENDS.get(_loss[0].__name__[:6], "linear")
    _name = f"{_optimizer[0].__name__} and {_loss[0].__name__}"
    NETWORKS[_name] = (lambda k, end=_end: small(k, end), _optimizer, _loss)


@pytest.mark.parametrize("name", NETWORKS)
def test_training_goes_on_from_each_others_files(keras, name, tmp_path):
    build, optimizer, (loss, options) = NETWORKS[name]
    options = {name: value for name, value in options.items() if name != "delta"}  # which Keras does not write down
    for k, other in ((tinynet, keras), (keras, tinynet)):
        model = compiled(k, build(k), optimizer, (loss, options))
        y = targets(model, loss)
        model.fit(X, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
        model.save(tmp_path / "m.keras")
        assert_train_alike(model, other.models.load_model(tmp_path / "m.keras"), y)


def test_a_training_may_begin_in_the_other(keras, tmp_path):
    for k, other in ((tinynet, keras), (keras, tinynet)):
        model = compiled(k, small(k), (optimizers.Adagrad, {"initial_accumulator_value": 0.5}), MSE)
        model.save(tmp_path / "m.keras")
        assert_train_alike(model, other.models.load_model(tmp_path / "m.keras"), targets(model, MSE[0]))


def test_the_legacy_files_of_the_books_go_both_ways(keras, tmp_path):
    adam, loss = (optimizers.Adam, {"amsgrad": True}), (losses.CategoricalCrossentropy, {})
    ours, theirs = (compiled(k, small(k, "softmax"), adam, loss) for k in (tinynet, keras))
    y = targets(ours, loss[0])
    ours.save(tmp_path / "ours.h5")
    assert_train_alike(ours, keras.models.load_model(tmp_path / "ours.h5"), y)
    ours.save(tmp_path / "ours.hdf5")
    again = keras.models.load_model(tmp_path / "ours.hdf5")
    assert_predict_alike(ours, again)
    again.fit(X, y, verbose=0)  # from a fresh optimizer: Keras makes nothing of slots in these files
    assert_train_alike(ours, models.load_model(tmp_path / "ours.hdf5"), y)
    theirs.fit(X, y, verbose=0)
    theirs.save(tmp_path / "theirs.h5")
    assert_train_alike(theirs, models.load_model(tmp_path / "theirs.h5"), y)


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_with_its_weights_a_compiled_model_gets_where_the_optimizer_is(ending, keras, tmp_path):
    adam = (optimizers.Adam, {})
    for k in (tinynet, keras):
        model, again = compiled(k, small(k), adam, MSE), compiled(tinynet, small(tinynet), adam, MSE)
        y = targets(model, MSE[0])
        model.fit(X, y, verbose=0)
        (model.save if ending == ".keras" else model.save_weights)(tmp_path / f"w{ending}")
        again.load_weights(tmp_path / f"w{ending}")
        assert again.optimizer.iterations == 1
        assert_train_alike(model, again, y)
    other = compiled(tinynet, small(tinynet), SGD, MSE)
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer 'sgd'"):
        other.load_weights(tmp_path / f"w{ending}")
    assert other.optimizer.iterations == 0


def test_weights_alone_go_both_ways(keras, tmp_path):
    ours, theirs = (compiled(k, with_every_activation(k), SGD, MSE) for k in (tinynet, keras))
    ours.set_weights([w + 0.5 for w in ours.get_weights()])
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    assert_same_weights(ours.get_weights(), theirs.get_weights())
    theirs.set_weights([w + 0.5 for w in theirs.get_weights()])
    for name, write in (("w.weights.h5", theirs.save_weights), ("w.keras", theirs.save), ("w.h5", theirs.save)):
        write(tmp_path / name)
        ours.set_weights([w * 0 for w in ours.get_weights()])
        ours.load_weights(tmp_path / name)
        assert_same_weights(ours.get_weights(), theirs.get_weights())


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_from_keras_files_too_tinynets_training_goes_on_to_the_bit(ending, tmp_path):
    model = tinynet.Sequential([tinynet.Input((4,)), layers.Dense(5), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x, y = two_classes()
    model.fit(x, y, verbose=0)
    model.save(tmp_path / f"m{ending}")
    again = models.load_model(tmp_path / f"m{ending}")
    assert model.fit(x, y, epochs=2, verbose=0).history == again.fit(x, y, epochs=2, verbose=0).history
    assert_same_weights(model, again)


def test_the_files_have_keras_members(tmp_path):
    model = classifier()
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        assert {"config.json", "metadata.json", "model.weights.h5"} <= {*file.namelist()}
    model.save(tmp_path / "plain.keras", include_optimizer=False)
    assert models.load_model(tmp_path / "plain.keras").setup is None
    for name in ("m.weights.h5", "m.WEIGHTS.H5"):
        with pytest.raises(ValueError, match=r"files that end in \.weights\.h5 hold weights alone"):
            model.save(tmp_path / name)
    with pytest.raises(ValueError, match=r"save_weights: `filepath` must end in \.npz or \.weights\.h5"):
        model.save_weights(tmp_path / "m.keras")


def test_without_h5py_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    model = classifier()
    model.save(tmp_path / "m.keras")
    monkeypatch.setitem(sys.modules, "h5py", None)
    for call in (model.save, models.load_model, model.load_weights):
        with pytest.raises(ImportError, match=r'pip install "tinynet-engine\[h5\]"'):
            call(tmp_path / "m.keras")
    with pytest.raises(ImportError, match=r'pip install "tinynet-engine\[h5\]"'):
        model.save_weights(tmp_path / "m.weights.h5")
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_the_weight_of_a_loss_is_read_in_every_form(ending, tmp_path):
    k = import_keras()
    theirs = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    theirs.compile("sgd", k.losses.MeanSquaredError(), loss_weights=[2.0])
    theirs.save(tmp_path / f"m{ending}")
    ours = tinynet.models.load_model(tmp_path / f"m{ending}")
    assert ours.get_compile_config()["loss_weights"] == [2.0]
    x, y = np.eye(3), np.ones((3, 1))
    assert ours.evaluate(x, y, verbose=0) == pytest.approx(theirs.evaluate(x, y, verbose=0))

"""Every layer of the table in Keras's files: each stands in a network that goes both ways and trains on."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.interop.test_keras_files import AS_LAYERS, stands_on_vectors
from tests.support.keras_quickly import without_compiling
from tests.support.parity import keras as import_keras
from tinynet import catalogue, layers

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of NumPy and of legacy files
RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4)).astype("float32")
WORDS = np.maximum(RNG.integers(0, 5, (20, 4)), [1, 0, 0, 0]).astype("float32")
Y = RNG.normal(size=(20, 3)).astype("float32")


def of_steps(k):
    make = k.layers
    head = [k.Input((4,)), make.Dense(12, activation="tanh"), make.RepeatVector(2), make.Permute((2, 1))]
    steps = [make.SpatialDropout1D(0.0), make.PReLU(shared_axes=[1]), make.BatchNormalization()]
    rows = [make.LayerNormalization(axis=[1, 2]), make.UnitNormalization(axis=[1, 2]), make.Softmax()]
    pooled = [make.GlobalMaxPooling1D(keepdims=True), make.Reshape((2,)), make.Dense(3)]
    return k.Sequential([*head, *steps, *rows, make.Dense(2), *pooled]), X


def of_words(k):
    make, inputs = k.layers, k.Input((4,), name="words")
    embedded = make.Embedding(5, 3, mask_zero=True, name="embedded")(inputs)
    ends = [make.GlobalAveragePooling1D(name="mean")(make.Dense(2, name="each")(embedded))]
    ends.append(make.Flatten(name="flat")(make.Embedding(5, 2, name="other")(inputs)))
    return k.Model(inputs, make.Dense(3, name="last")(make.Concatenate(name="ends")(ends))), WORDS


def of_categories(k):
    make, inputs = k.layers, k.Input((4,), dtype="int32", name="words")
    ends = [make.CategoryEncoding(5, output_mode=mode, name=mode)(inputs) for mode in ("multi_hot", "count")]
    return k.Model(inputs, make.Dense(3, name="last")(make.Concatenate(name="ends")(ends))), WORDS


def of_branches(k):
    make, inputs = k.layers, k.Input((4,), name="x")
    ends = [make.Dense(4, activation=each, name=each)(inputs) for each in ("tanh", "relu")]
    kinds = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    merged = [getattr(make, kind)(name=f"one_{kind}")(ends) for kind in kinds]
    merged += [make.Dot(axes=1, normalize=flag, name=f"dot_{flag}")(ends) for flag in (False, True)]
    return k.Model(inputs, make.Dense(3, name="last")(make.Concatenate(name="merged")(merged))), X


def of_rescaled(k):
    make = k.layers
    numbers = make.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 0.5, 1.0])
    stack = [numbers, make.Rescaling(0.5, 0.1), make.Identity(), make.ActivityRegularization(0.01, 0.02)]
    return k.Sequential([k.Input((4,)), make.Masking(99.0), *stack, make.Dense(3, trainable=False), make.Dense(3)]), X


#: Layers that make numbers of what Keras on JAX has no type for, or in front of a network only.
OF_TEXTS = {"Discretization", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"}
NETWORKS = [of_steps, of_words, of_categories, of_branches, of_rescaled]


@pytest.fixture(scope="module")
def keras():
    with without_compiling():
        yield import_keras()


def trained(k, make):
    model, x = make(k)
    model.compile(k.optimizers.SGD(0.01, momentum=0.5), k.losses.MeanSquaredError())
    rng = np.random.default_rng(1)
    start = model.get_weights()
    drawn = [rng.normal(size=w.shape, scale=0.5) if w.size > 1 else w for w in start]
    names = [w.path.rpartition("/")[2] for w in model.weights]
    learnt = ("mean", "variance", "count", "moving_variance")  # positive, or what a layer was told
    model.set_weights([s if name in learnt else d for name, s, d in zip(names, start, drawn, strict=True)])
    model.fit(x, Y, batch_size=10, shuffle=False, verbose=0)
    return model, x


def assert_alike(one, other, x, trains):
    np.testing.assert_allclose(one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-6, atol=1e-6)
    if trains:
        options = {"batch_size": 10, "epochs": 5, "shuffle": False, "verbose": 0}
        np.testing.assert_allclose(*(m.fit(x, Y, **options).history["loss"] for m in (one, other)), rtol=1e-5)
        for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("ending", "make"),
    [*((".keras", make) for make in NETWORKS), (".h5", of_words), (".weights.h5", of_words), (".weights.h5", of_steps)],
)
def test_it_goes_both_ways(ending, make, keras, tmp_path):
    for k, other in ((tinynet, keras), (keras, tinynet)):
        model, x = trained(k, make)
        if ending == ".weights.h5":
            model.save_weights(tmp_path / f"m{ending}")
            again = trained(other, make)[0]
            again.load_weights(tmp_path / f"m{ending}")
        else:
            model.save(tmp_path / f"m{ending}")
            again = other.models.load_model(tmp_path / f"m{ending}")
        assert_alike(model, again, x, ending != ".h5" or k is keras)  # Keras makes nothing of slots in legacy files


def test_every_layer_stands_in_a_network():
    here = {type(part).__name__ for make in NETWORKS for part in make(tinynet)[0].layers}
    known = here | set(AS_LAYERS.values()) | {"Input", "Sigmoid", "Activation"}
    left = [name for name in catalogue.parts()["layers"] if name in layers.CLASSES and name not in known]
    assert {name for name in left if not stands_on_vectors(name)} == OF_TEXTS | {"Lambda"}

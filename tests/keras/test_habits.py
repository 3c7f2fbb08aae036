"""What users of Keras write around their models, held against what Keras answers."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet import losses

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # of Keras's arrays
#: Names of losses that Keras 3 has by others.
ONLY_OURS = {"logcosh": "log_cosh", "kullback_leibler_divergence": "kl_divergence"}
#: A class that Keras exports, and does not find by its name.
BY_NO_NAME = ("categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy")


@pytest.mark.parametrize("name", [name for name in (*losses.TABLE, *losses.CLASSES) if name not in BY_NO_NAME])
def test_a_loss_is_a_function_by_its_name_and_an_object_by_its_class(name):
    ours, theirs = losses.get(name), keras().losses.get(ONLY_OURS.get(name, name))
    assert inspect.isfunction(ours) == inspect.isfunction(theirs)
    if inspect.isfunction(ours):
        assert losses.serialize(ours) == keras().losses.serialize(theirs)
        assert losses.deserialize(keras().losses.serialize(theirs)) is ours is losses.get(ours)
        assert type(losses.loss_of(ours)) is losses.TABLE[name]
    else:
        assert type(ours).__name__ == type(theirs).__name__
        assert keras().losses.deserialize(losses.serialize(ours)).get_config() == ours.get_config()


# ---- weights --------------------------------------------------------------------------------------------------------

#: What programs write of a weight, `w` being ``layer.kernel`` or ``layer.weights[0]``.
OF_A_WEIGHT = [
    "np.asarray(w)",
    "w.numpy()",
    "w.shape",
    "w.ndim",
    "w.name",
    "str(w.dtype)",
    "w.trainable",
    "w.constraint",
    "w.regularizer",
    "w[0]",
    "w[0,1]",
    "w[:,1:]",
    "w+1",
    "1-w",
    "w*w",
    "w/2",
    "w**2",
    "w@np.ones((3,1))",
    "np.ones((1,4))@w",
    "-w",
    "abs(w)",
    "np.sum(w)",
    "np.dot(np.ones((1,4)),w)",
    "np.abs(w).mean()",
    "w.value",
]


def weights_of(k, weight):
    layer = k.layers.Dense(3, name="d")
    layer.build((None, 4))
    layer.set_weights([np.arange(12.0).reshape(4, 3), np.ones(3)])
    return layer.kernel if weight == "attribute" else layer.weights[0]


@pytest.mark.parametrize("weight", ["attribute", "entry"])
@pytest.mark.parametrize("written", OF_A_WEIGHT)
def test_a_weight_answers_what_one_of_keras_does(written, weight):
    ours, theirs = (eval(written, {"np": np, "w": weights_of(k, weight)}) for k in (tinynet, keras()))
    assert not isinstance(ours, tinynet.variables.Variable) or written in ("w[0]", "w[:,1:]")
    np.testing.assert_array_equal(ours, np.asarray(theirs) if hasattr(theirs, "shape") else theirs)


@pytest.mark.parametrize("weight", ["attribute", "entry"])
@pytest.mark.parametrize("written", ["assign(2*x)", "assign_add(x)", "assign_sub(x)"])
def test_a_weight_is_set_in_place(written, weight):
    found = []
    for k in (tinynet, keras()):
        w = weights_of(k, weight)
        eval(f"w.{written}", {"w": w, "x": np.ones((4, 3))})
        found.append(np.asarray(w))
    np.testing.assert_array_equal(*found)
    with pytest.raises(ValueError, match="shape"):
        weights_of(tinynet, weight).assign(np.zeros((2, 2)))


def test_what_is_computed_from_a_weight_is_a_plain_array_and_what_is_kept_of_it_stands_alone():
    kernel = weights_of(tinynet, "attribute")
    for computed in (kernel + kernel, kernel @ kernel.T, np.exp(kernel), kernel.sum(axis=0), kernel.mean()):
        assert type(computed) in (np.ndarray, np.float32)
    assert type(pickle.loads(pickle.dumps(kernel))) is np.ndarray
    kernel *= 2
    assert kernel[3, 2] == 22


def test_a_layer_tells_its_types_its_calls_and_its_metrics():
    found = []
    for k in (tinynet, keras()):
        inputs = k.Input((4,))
        layer = k.layers.Dense(3)
        outputs = layer(inputs)
        model = k.Model(inputs, outputs)
        model.compile("sgd", "mse", metrics=["mae"])
        found.append((layer.compute_dtype, layer.variable_dtype, layer.count_params(), model.count_params()))
        assert layer.output is outputs is model.layers[1].output is model.get_layer(index=1).output
        assert layer.input.shape == model.input.shape == (None, 4)
    assert found[0] == found[1]
    assert layer_of_tinynet().get_output_shape_at(0) == (None, 3)
    with pytest.raises(ValueError, match="has 1 calls with tensors"):
        layer_of_tinynet().get_input_at(1)


def layer_of_tinynet():
    layer = tinynet.layers.Dense(3)
    layer(tinynet.Input((4,)))
    return layer


# ---- what data and losses come in -----------------------------------------------------------------------------------

RNG = np.random.default_rng(5)
X, Y, Z = (RNG.normal(size=(24, columns)).astype("float32") for columns in (4, 1, 2))


def chained(k):
    inputs = k.Input((4,), name="in")
    return k.Model(inputs, k.layers.Dense(1, name="out", kernel_initializer="ones")(inputs))


def stacked(k):
    return k.Sequential([k.Input((4,), name="in"), k.layers.Dense(1, name="out", kernel_initializer="ones")])


def branched(k):
    inputs = k.Input((4,), name="in")
    both = [k.layers.Dense(3, name=name, kernel_initializer="ones")(inputs) for name in "ab"]
    return k.Model(inputs, k.layers.Dense(1, name="out", kernel_initializer="ones")(k.layers.Add()(both)))


def two_outputs(k, first="linear"):
    inputs = k.Input((4,), name="in")
    hidden = k.layers.Dense(3, name="hidden", kernel_initializer="ones")(inputs)
    a = k.layers.Dense(1, name="a", activation=first, kernel_initializer="ones")(hidden)
    return k.Model(inputs, [a, k.layers.Dense(2, name="b", kernel_initializer="ones")(hidden)])


@pytest.mark.parametrize("build", [chained, stacked, branched])
def test_arrays_in_lists_and_dicts_by_name_are_those_arrays(build):
    x, y, weights = {"in": X}, {"out": Y}, RNG.random(24)

    def found(x, y, weights):
        model = build(tinynet)
        model.compile("sgd", "mse", weighted_metrics=["mae"])
        options = {"verbose": 0, "shuffle": False, "batch_size": 8}
        history = model.fit(x, y, sample_weight=weights, validation_split=0.25, epochs=2, **options).history
        also = model.fit(x, y, validation_data=(x, y), **options).history
        by_batches = model.fit(((x, y) for _ in range(3)), steps_per_epoch=3, verbose=0).history
        asked = [model.evaluate(x, y, verbose=0), model.test_on_batch(x, y), model.train_on_batch(x, y)]
        given = [model.predict(x, verbose=0), model.predict_on_batch(x), model(x), model(x, training=True)]
        return [dict(history), dict(also), dict(by_batches), asked, [array.tolist() for array in given]]

    expected = found(X, Y, weights)
    assert found(x, y, {"out": weights}) == found([X], [Y], [weights]) == expected
    with pytest.warns(UserWarning, match=r"besides in .*x is left out: \['more'\]"):
        assert found({"in": X, "more": Z}, y, weights) == expected


def test_a_dict_without_the_models_name_is_refused():
    for build in (chained, stacked, branched):
        model = build(tinynet)
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match=r"the model's input is 'in'\. Received a dict of \['inn'"):
            model.fit({"inn": X}, Y, verbose=0)
        with pytest.raises(ValueError, match="the model's output is 'out'"):
            model.fit(X, {"inn": Y}, verbose=0)
    unbuilt = tinynet.Sequential([tinynet.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(ValueError, match="not built yet, and has one"):
        unbuilt.fit({"a": X, "b": X}, Y, verbose=0)
    assert unbuilt.predict({"any": X}, verbose=0).shape == (24, 1)


@pytest.mark.parametrize("loss", [["mse", None], [None, "mae"], {"a": None, "b": "mse"}, ["binary_crossentropy", None]])
def test_an_output_without_a_loss_trains_nothing(loss):
    found = []
    for k in (tinynet, keras()):
        model = two_outputs(k, "sigmoid" if "binary_crossentropy" in loss else "linear")
        model.compile(k.optimizers.SGD(0.01), loss, run_eagerly=True)
        y = {"a": (Y > 0).astype("float32"), "b": Z}
        y = y if isinstance(loss, dict) else [*y.values()]
        x = X / 8  # Keras clips the probabilities of a saturated sigmoid
        history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_split=0.25).history
        found.append((dict(history), model.evaluate(x, y, verbose=0), model.get_weights()))
    (ours, loss_of_ours, weights), (theirs, loss_of_theirs, those) = found
    assert ours.keys() == theirs.keys() == {"loss", "val_loss"}
    np.testing.assert_allclose([*ours.values()], [theirs[name] for name in ours], rtol=1e-4)
    np.testing.assert_allclose(loss_of_ours, loss_of_theirs, rtol=1e-4)
    for one, other in zip(weights, those, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_outputs_without_a_loss_are_told_apart_from_those_that_want_one():
    model = two_outputs(tinynet)
    model.compile("sgd", {"a": "mse"}, metrics=["mae"])
    assert model.metrics_names == ["loss", "a_mae"]
    history = model.fit(X, [Y, None], sample_weight=[RNG.random(24), None], verbose=0).history
    assert {*history} == {"loss", "a_mae"}
    assert {*model.fit(X, {"a": Y}, verbose=0).history} == {"loss", "a_mae"}
    with pytest.raises(ValueError, match=r"nothing for \['a'\]"):
        model.fit(X, {"b": Z}, verbose=0)
    with pytest.raises(ValueError, match="output 'b' has no loss"):
        model.compile("sgd", {"a": "mse"}, metrics={"b": "mae"})
    with pytest.raises(ValueError, match="No loss to compute"):
        model.compile("sgd", {"a": None})


# ---- arithmetic with what layers give -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        *("x * 2", "0.5 * x", "x + 1", "1 + x", "x - 3", "3 - x", "-x", "x / 4", "x ** 2", "x * np.float32(3)"),
        *("x + x", "x - x * x", "(1 - x) * x", "x / (x * x + 1)", "1 / (x * x + 1)", "x ** 3", "2 ** x", "abs(x)"),
    ],
)
def test_numbers_and_tensors_of_layers_are_put_together_by_layers(written):
    found = []
    for k in (tinynet, keras()):
        inputs = k.Input((4,))
        x = k.layers.Dense(3, kernel_initializer="ones")(inputs)
        model = k.Model(inputs, eval(written, {"x": x, "np": np}))
        given = np.asarray(model(X))
        model.compile(k.optimizers.SGD(0.01), "mse", run_eagerly=True)
        model.train_on_batch(X, X[:, :3])
        found.append([given, *model.get_weights()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_arithmetic_that_no_layer_does_is_refused():
    x = tinynet.layers.Dense(3)(tinynet.Input((4,)))
    for compute, said in ((lambda: x / "2", "arithmetic with '2'"), (lambda: x / 0, "division by 0")):
        with pytest.raises(TypeError, match=f"holds no numbers yet.*{said}"):
            compute()


def test_identity_hands_on_what_it_is_given():
    found = []
    for k in (tinynet, keras()):
        model = k.Sequential([k.Input((4,)), k.layers.Identity(), k.layers.Dense(2, kernel_initializer="ones")])
        found.append(np.asarray(model(X)))
        assert model.layers[0].get_config()["name"].startswith("identity")
    np.testing.assert_allclose(*found, rtol=1e-6)
    model = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Identity(), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert "compiled" in model.explain_plan().splitlines()[0]
    twin = tinynet.layers.deserialize(keras().layers.serialize(keras().layers.Identity(name="same")))
    assert (type(twin), twin.name) == (tinynet.layers.Identity, "same")
    assert type(keras().layers.deserialize(tinynet.layers.serialize(twin))) is keras().layers.Identity


def test_results_of_several_outputs_are_listed_in_keras_s_order():
    def listed(k):
        x = k.Input((4,))
        ends = [k.layers.Dense(1, name="price")(x), k.layers.Dense(3, "softmax", name="kind")(x)]
        model = k.Model(x, ends)
        model.set_weights([np.full(w.shape, 0.1, "float32") + np.arange(w.shape[-1]) for w in model.get_weights()])
        model.compile("sgd", ["mae", "sparse_categorical_crossentropy"], metrics=[["mse", "mape"], ["accuracy"]])
        y = [np.arange(24.0), np.arange(24) % 3]
        return [model.evaluate(X, y, verbose=0), model.test_on_batch(X, y), model.train_on_batch(X, y)]

    for ours, theirs in zip(listed(tinynet), listed(keras()), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_lists_of_weights_are_compared_by_what_they_hold():
    class Linear(tinynet.layers.Layer):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight(shape=(2, 3), initializer="ones")
            self.b = self.add_weight(shape=(3,), initializer="zeros")

        def call(self, inputs):
            return inputs @ self.w + self.b

    own, dense = Linear(), tinynet.layers.Dense(3)
    model = tinynet.Sequential([tinynet.Input((2,)), dense])
    assert own.weights == [own.w, own.b]
    assert [own.w, own.b] == own.trainable_weights
    assert dense.weights == [dense.kernel, dense.bias] == model.weights
    assert dense.kernel is dense.kernel
    assert dense.kernel in model.weights
    assert dense.kernel.assign(own.w) is dense.kernel
    assert np.all(own.weights[0] == dense.kernel)
    assert np.all(dense.kernel == own.weights[0])
    np.testing.assert_array_equal(dense.bias + 1 == dense.weights[1], [False] * 3)
    assert dense.weights[0] != dense.weights[1]
    np.testing.assert_array_equal(dense.bias == dense.bias.numpy(), [True] * 3)
    np.testing.assert_array_equal(dense.bias != np.ones(3), [True] * 3)
    before = dense.kernel
    tinynet.Sequential([dense, tinynet.layers.Dense(1)]).build((None, 2))  # lays the memory anew
    assert dense.kernel is not before

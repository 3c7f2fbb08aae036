"""Models of the functional API and models within models, where each layer takes what the one before gives."""

import copy
import pickle

import numpy as np
import pytest

import tinynet
from tests.models.branched import CASES, flat
from tests.support.nets import both_loops
from tests.support.parity import keras
from tinynet import Input, Model, Sequential
from tinynet.layers import Dense, Dropout, Flatten, InputLayer, Layer
from tinynet.layers.symbolic import KerasTensor

X = np.random.default_rng(0).random((40, 4)).astype("float32")
Y = X.sum(1)


def chain(**options):
    inputs = Input(shape=(4,))
    return Model(inputs, Dense(1)(Dense(8, activation="tanh")(inputs)), **options)


def stacked():
    """The same layers as a Sequential."""
    return Sequential([Input((4,)), Dense(8, activation="tanh"), Dense(1)])


def nested():
    """The same layers as a model within a model within a model."""
    inner = Sequential([Input((4,)), Dense(8, activation="tanh", name="a")], name="inner")
    return Sequential([Model(inner.input, inner.output, name="middle"), Dense(1)])


MODELS = {"chain": chain, "nested": nested}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


@both_loops
def test_it_trains_as_a_sequential_of_the_same_layers_does(model, compiled):
    other = stacked()
    other.set_weights(model.get_weights())
    for each in (model, other):
        each.compile("adam", "mse", compiled=compiled)
        tinynet.set_random_seed(1)
        each.fit(X, Y, epochs=3, batch_size=8, verbose=0)
    assert f"loop:    {'compiled' if compiled else 'layers'}" in model.explain_plan()
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    assert np.array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))
    assert model.evaluate(X, Y, verbose=0) == other.evaluate(X, Y, verbose=0)


def test_it_is_called_with_arrays_and_answers_quickly_the_second_time(model):
    first = model(X[:2])
    assert model.predictor is not None
    assert np.array_equal(model(X[:2]), first)


def test_the_layers_begin_with_the_input():
    model = chain(name="mine")
    assert [type(layer) for layer in model.layers] == [InputLayer, Dense, Dense]
    assert model.get_layer(index=2) is model.layers[-1] is model.get_layer(model.layers[-1].name)
    assert (model.name, model.input_shape, model.output_shape, model.built) == ("mine", (None, 4), (None, 1), True)
    assert model.layers[-1].get_weights()[0].shape == (8, 1)
    assert model.count_params() == 49


def test_models_of_the_same_tensors_share_their_layers():
    model = chain()
    model.compile("sgd", "mse")
    features = Model(inputs=model.inputs, outputs=model.layers[1].output)
    before = features.predict(X, verbose=0)
    model.fit(X, Y, verbose=0)
    assert features.layers[1] is model.layers[1]
    assert not np.array_equal(features.predict(X, verbose=0), before)
    onwards = Model(model.layers[2].input, model.output)
    found = onwards.predict(features.predict(X, verbose=0), verbose=0)
    assert np.allclose(found, model.predict(X, verbose=0), atol=1e-6)


def test_the_layers_of_a_sequential_have_tensors_too():
    model = stacked()
    hidden = Model(model.input, model.layers[0].output)
    expected = np.tanh(X @ model.layers[0].kernel)
    assert np.allclose(hidden.predict(X, verbose=0), expected, atol=1e-6)
    assert Model(model.inputs, model.outputs).layers[1:] == model.layers
    with pytest.raises(AttributeError, match="The layer alone has never been called and thus has no defined output"):
        _ = Dense(3, name="alone").output
    with pytest.raises(AttributeError, match=r"Sequential '.*' is not built, and so has no defined inputs and outputs"):
        _ = Sequential([Dense(3)]).input
    assert not hasattr(Sequential(), "outputs")


def test_an_autoencoder_is_an_encoder_and_a_decoder():
    inputs, code = Input((4,)), Input((2,))
    encoder = Model(inputs, Dense(2, activation="relu")(inputs), name="encoder")
    decoder = Model(code, Dense(4)(code), name="decoder")
    auto = Model(inputs, decoder(encoder(inputs)), name="auto")
    auto.compile("adam", "mse")
    auto.fit(X, X, epochs=2, verbose=0)
    assert [layer.name for layer in auto.layers][1:] == ["encoder", "decoder"]
    assert np.allclose(decoder.predict(encoder.predict(X, verbose=0), verbose=0), auto.predict(X, verbose=0), atol=1e-6)
    again = Model(code, auto.layers[-1](code))
    assert np.array_equal(again.predict(X[:, :2], verbose=0), decoder.predict(X[:, :2], verbose=0))


def test_a_base_that_is_frozen_stays_as_it_is():
    base = chain(name="base")
    base.trainable = False
    inputs = Input((4,))
    model = Model(inputs, Dense(1, name="head")(base(inputs, training=False)))
    model.compile("sgd", "mse")
    before = base.get_weights()
    model.fit(X, Y, verbose=0)
    assert all(map(np.array_equal, base.get_weights(), before))
    assert [w.path for w in model.trainable_weights] == ["head/kernel", "head/bias"]
    assert len(model.weights) == 6


def test_an_unbuilt_model_within_a_model_is_built_with_it():
    model = Sequential([Flatten(), Sequential([Dense(3), Dropout(0.5)]), Dense(1)])
    model.build((None, 2, 2))
    assert [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 1), (1,)]
    model.compile("sgd", "mse")
    model.fit(X.reshape(-1, 2, 2), Y, verbose=0)
    assert "loop:    compiled" in model.explain_plan()


def test_a_layer_with_options_of_keras_is_called_with_its_name():
    inputs = Input(shape=(2, 2), name="picture")
    outputs = Dense(1)(Flatten()(inputs), training=True)
    assert (inputs.name, inputs.shape, outputs.shape, outputs.dtype) == ("picture", (None, 2, 2), (None, 1), "float32")
    assert outputs._keras_history[1:] == (0, 0)


@pytest.mark.parametrize(
    "twin",
    [
        copy.deepcopy,
        lambda model: pickle.loads(pickle.dumps(model)),
        lambda model: type(model).from_config(model.get_config()),
        lambda model: tinynet.models.model_from_json(model.to_json()),
        tinynet.models.clone_model,
    ],
    ids=["deepcopy", "pickle", "from_config", "JSON", "clone_model"],
)
def test_a_copy_computes_the_same_with_the_same_weights(model, twin):
    other = twin(model)
    assert type(other) is type(model)
    assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
    assert not {*other.stack} & {*model.stack}
    other.set_weights(model.get_weights())
    assert np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    assert other.input.shape == (None, 4)


def test_the_gradient_check_and_the_trace_see_a_stack(model):
    model.compile("sgd", "mse")
    assert model.gradient_check(X[:5], Y[:5]).ok
    assert model.trace(X[:2], Y[:2]).names[:3] == ["z1", "a1", "z2"]


class _Own(Layer):
    """A layer that keeps what Keras keeps, under the same names."""

    def forward(self, x, training=False):
        self.input, self.output = x, 2 * x
        return self.output

    def backward(self, dy):
        return 2 * dy


def test_a_users_layer_may_be_called_and_may_have_an_input_of_its_own():
    inputs = Input((4,))
    model = Model(inputs, _Own()(inputs))
    assert np.array_equal(model.predict(X, verbose=0), 2 * X)
    assert model.layers[1].input.shape == (8, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda i: Model(i, Dense(1)(Input((3,)))), "is not connected to the model's `inputs`"),
        (lambda i: Model(X, Dense(1)(i)), r"All `inputs` values must be KerasTensors. Received: "),
        (lambda i: Model(i, Dense(1, name="a")(Dense(2, name="a")(i))), 'The name "a" is used 2 times in the model'),
        (lambda i: Model(i, Dense(1)(i), colour="red"), "unexpected keyword argument 'colour'"),
        (lambda i: np.sort(i), r"holds no numbers yet.*np.sort cannot be computed"),
        (lambda i: Model(i, np.mean(i)), "no output of a model and no input of a layer"),
        (lambda i: np.asarray(i), "an array of it cannot be computed"),
        (lambda i: X + i, "could not be broadcast"),
        (lambda i: bool(i > 0), "truth value"),
        (lambda i: i[0], "getitem must leave the samples apart"),
        (lambda i: i[:, 7], "getitem cannot take"),
        (lambda i: list(i), "a loop over it cannot be computed"),
        (lambda i: Dense(3)([i, i]), "takes one tensor"),
        (lambda i: Sequential([Dense(2, name="a")]).add(Sequential([Dense(2)], name="a")), "layer named 'a'"),
        (lambda i: Model(i, Dense(1)(i)).build((None, 5)), "already been configured for inputs of shape"),
    ],
)
def test_what_is_no_network_is_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make(Input((4,)))


def test_a_step_through_branches_is_not_traced_and_the_message_says_so():
    x = Input((3,))
    model = Model(x, Dense(1)(x + Dense(3)(x)))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="has branches, or several inputs or outputs"):
        model.trace(np.ones((2, 3)), np.ones(2))


@pytest.mark.parametrize("case", ["Concatenate", "dict of inputs", "two outputs", "dict of outputs"])
def test_one_batch_through_branches_gives_what_evaluate_and_predict_give(case):
    make, x, y, settings, _ = CASES[case]
    model = make(tinynet)
    model.compile("sgd", **settings)
    expected = model.evaluate(x, y, verbose=0)
    assert np.allclose(model.test_on_batch(x, y), expected, rtol=1e-6)
    for given in (model(x), model.predict_on_batch(x), model(x, training=True)):
        for part, wanted in zip(flat(given), flat(model.predict(x, verbose=0)), strict=True):
            assert np.allclose(part, wanted, rtol=1e-6)
    assert np.allclose(model.train_on_batch(x, y), expected, rtol=1e-6)


@pytest.mark.parametrize("what", ["loss", "metrics", "weighted_metrics", "loss_weights"])
def test_arrays_are_no_list_of_parts_for_the_outputs(what):
    inputs = tinynet.Input((3,))
    model = tinynet.Model(inputs, [tinynet.layers.Dense(1)(inputs), tinynet.layers.Dense(2)(inputs)])
    with pytest.raises(TypeError, match=f"^{what}: expected a list or a dict by the outputs' names, no array"):
        model.compile("sgd", **{"loss": "mse", what: np.array(["mae", "mse"])})


def test_what_operators_do_is_no_layer_as_in_keras(tmp_path):
    found = []
    for k in (tinynet, keras()):
        a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
        model = k.Model([a, b], k.layers.Dense(2, name="dense")(a + b) * 2.0)
        found.append([layer.name for layer in model.layers])
        assert model.get_layer(index=2).name == "dense"
    assert found[0] == found[1] == ["a", "b", "dense"]
    model = tinynet.Model([a := tinynet.Input((3,)), b := tinynet.Input((3,))], abs(tinynet.layers.Dense(2)(a - b)))
    assert "Subtract" in model.to_json()
    model.save(tmp_path / "m.npz")
    model.save(tmp_path / "m.keras")
    x = [np.ones((1, 3)), np.zeros((1, 3))]
    twins = [tinynet.models.load_model(tmp_path / f"m.{ending}") for ending in ("npz", "keras")]
    for twin in (*twins, tinynet.models.clone_model(model), tinynet.Model.from_config(model.get_config())):
        twin.set_weights(model.get_weights())
        assert [type(layer) for layer in twin.layers] == [type(layer) for layer in model.layers]
        np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_class_may_say_the_shape_of_what_its_call_gives():
    class Trained(tinynet.layers.Layer):
        def call(self, x, training=False):
            assert training
            return x[:, :2]

    class ByShape(Trained):
        def compute_output_shape(self, input_shape):
            return (input_shape[0], 2)

    class BySpec(Trained):
        def compute_output_spec(self, x, training=False):
            return KerasTensor((x.shape[0], 2), x.dtype)

    class Silent(Trained):
        def compute_output_shape(self, input_shape):
            raise NotImplementedError

    x = tinynet.Input((3,))
    for cls in (Trained, Silent):
        with pytest.raises(ValueError, match="cannot compute a batch of ones"):
            cls()(x)
    for cls in (ByShape, BySpec):
        model = tinynet.Model(x, cls()(x))
        assert model.output_shape == (None, 2)
        assert model(np.ones((4, 3)), training=True).shape == (4, 2)


@pytest.mark.parametrize("kept", [False, True], ids=["as made", "from files"])
def test_models_of_one_input_each_are_put_together_by_their_inputs(kept, tmp_path):
    """As the books' stacked ensembles are, whose members were saved one by one."""
    members = [Sequential([Dense(2, input_shape=(4,), name=f"d{n}")]) for n in range(3)]
    if kept:
        for n, member in enumerate(members):
            member.save(tmp_path / f"{n}.keras")
        members = [tinynet.models.load_model(tmp_path / f"{n}.keras") for n in range(3)]
    ensemble = Model([m.input for m in members], tinynet.layers.concatenate([m.output for m in members]))
    expected = np.concatenate([m.predict(X, verbose=0) for m in members], axis=1)
    np.testing.assert_array_equal(ensemble.predict([X] * 3, verbose=0), expected)
    names = [layer.name for layer in ensemble.layers if isinstance(layer, InputLayer)]
    assert names == ["input_layer", "input_layer_1", "input_layer_2"]
    ensemble.save(tmp_path / "all.keras")
    again = tinynet.models.load_model(tmp_path / "all.keras")
    np.testing.assert_array_equal(again.predict([X] * 3, verbose=0), expected)

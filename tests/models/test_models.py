"""Sequential: how a stack is made, built, named, looked at and taken apart."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet.layers import Activation, Dense, Flatten, Input, ReLU
from tinynet.models import Sequential


class TestTheStack:
    def test_a_list_and_add_make_the_same_model(self):
        tinynet.set_random_seed(1)
        listed = Sequential([Input((3,)), Dense(4, activation="relu"), Dense(2)])
        tinynet.set_random_seed(1)
        added = Sequential()
        for layer in (Input((3,)), Dense(4, activation="relu"), Dense(2)):
            added.add(layer)
        assert_same_weights(listed, added)

    def test_the_input_is_not_listed_among_the_layers(self):
        model = Sequential([Input(shape=(3,)), Dense(4)])
        assert [type(layer).__name__ for layer in model.layers] == ["Dense"]

    def test_changing_the_list_of_layers_does_not_change_the_model(self):
        model = Sequential([Dense(4)])
        model.layers.clear()
        assert len(model.layers) == 1

    def test_pop_returns_the_top_layer_and_a_new_one_may_be_put_on(self):
        model = Sequential([Input((3,)), Dense(4), Dense(2)])
        below = model.get_weights()[:2]
        assert model.pop().units == 2
        model.add(Dense(5))
        assert model.output_shape == (None, 5)
        assert_same_weights(model.get_weights()[:2], below)

    def test_a_model_emptied_by_pop_takes_layers_for_other_inputs(self):
        model = Sequential([Dense(4, input_dim=3)])
        model.pop()
        assert not model.built
        model.add(Dense(2, input_dim=7))
        assert model.input_shape == (None, 7)

    def test_an_input_stays_when_all_layers_are_popped(self):
        model = Sequential([Input((3,)), Dense(4)])
        model.pop()
        assert not model.built
        model.add(Dense(2))
        assert [w.shape for w in model.get_weights()] == [(3, 2), (2,)]

    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ([Dense], "Dense is a class: add an object of it"),
            (["dense"], "Only instances of Layer can be added to a Sequential. Received: 'dense'"),
            ([Dense(2), Input((3,))], "Input must be the first entry"),
            ([Input((3,)), Input((3,))], "there can be only one"),
            ([Dense(2, name="a"), Dense(2, name="a")], "already is a layer named 'a'"),
        ],
    )
    def test_what_cannot_be_stacked_is_refused(self, layers, message):
        with pytest.raises(ValueError, match=message):
            Sequential(layers)

    def test_a_layer_that_does_not_fit_is_not_added(self):
        model = classifier()
        wrong = Sequential([Input((9,)), Dense(2)]).layers[0]
        with (
            unchanged(model),
            pytest.raises(ValueError, match=r"expected axis -1 of the input shape to have value 9.*shape \(None, 1\)"),
        ):
            model.add(wrong)

    def test_an_empty_model_says_what_to_do(self):
        with pytest.raises(ValueError, match=r"cannot be built because it has no layers. Call `model.add"):
            Sequential().predict(np.ones((2, 2)), verbose=0)
        with pytest.raises(ValueError, match="has no layers: there is none to pop"):
            Sequential().pop()


class TestNames:
    def test_layers_and_models_are_numbered_as_in_keras(self):
        tinynet.backend.clear_session()
        model = Sequential([Dense(1), Dense(1), ReLU(), Activation("tanh"), Dense(1)])
        assert [layer.name for layer in model.layers] == ["dense", "dense_1", "re_lu", "activation", "dense_2"]
        assert (model.name, Sequential().name) == ("sequential", "sequential_1")

    def test_a_given_name_is_kept(self):
        model = Sequential([Dense(1, name="out")], name="mine")
        assert (model.name, model.layers[0].name) == ("mine", "out")

    def test_layers_are_found_by_name_and_index(self):
        model = Sequential([Dense(1, name="a"), Dense(1, name="b")])
        assert model.get_layer("b") is model.get_layer(index=1) is model.get_layer(index=-1) is model.layers[1]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"name": "a", "index": 0}, "Provide only a layer name or a layer index"),
            ({}, "Provide either a layer name or layer index"),
            ({"index": 9}, "retrieve layer at index 9 but model only has 1 layers"),
            ({"index": -2}, "retrieve layer at index -2"),
            ({"name": "nope"}, r"No such layer: nope. Existing layers are: \['a'\]"),
        ],
    )
    def test_a_layer_that_is_not_there_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            Sequential([Dense(1, name="a")]).get_layer(**arguments)


class TestBuilding:
    @pytest.mark.parametrize(
        "first",
        [
            [Input((3,)), Dense(4)],
            [Input([3]), Dense(4)],
            [Dense(4, input_dim=3)],
            [Dense(4, input_shape=(3,))],
            [Dense(4, input_shape=[3])],
        ],
        ids=["Input", "Input of a list", "input_dim", "input_shape", "input_shape of a list"],
    )
    def test_a_known_input_builds_at_once(self, first):
        model = Sequential([*first, Dense(2, name="out")])
        assert model.built
        assert (model.input_shape, model.output_shape) == ((None, 3), (None, 2))
        assert model.count_params() == 3 * 4 + 4 + 4 * 2 + 2

    @both_loops
    def test_an_unknown_input_is_learnt_from_the_first_data(self, compiled):
        model = Sequential([Dense(4), Dense(1)])
        model.compile("sgd", "mse", compiled=compiled)
        assert not model.built
        assert model.get_weights() == []
        model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
        assert model.built
        assert model.input_shape == (None, 3)

    @pytest.mark.parametrize("use", ["predict", "evaluate", "call", "train_on_batch", "build"])
    def test_every_first_use_builds(self, use):
        model = Sequential([Dense(1)])
        model.compile("sgd", "mse")
        x, y = np.ones((4, 3)), np.ones(4)
        {
            "predict": lambda: model.predict(x, verbose=0),
            "evaluate": lambda: model.evaluate(x, y, verbose=0),
            "call": lambda: model(x),
            "train_on_batch": lambda: model.train_on_batch(x, y),
            "build": lambda: model.build((None, 3)),
        }[use]()
        assert model.count_params() == 4

    def test_an_unbuilt_model_says_so(self):
        model = Sequential([Dense(1)])
        with pytest.raises(AttributeError, match="never been called and thus has no defined input shape"):
            _ = model.input_shape
        with pytest.raises(AttributeError, match="no defined output_shape"):
            _ = model.layers[0].output_shape
        with pytest.raises(ValueError, match=r"model '.*', but it isn't built. Build it with"):
            model.count_params()
        with pytest.raises(ValueError, match=r"layer '.*', but it isn't built. Build it with"):
            model.layers[0].count_params()
        with pytest.raises(ValueError, match="build needs an input shape"):
            model.build()
        with pytest.raises(ValueError, match="is not built and so has no weights yet"):
            model.set_weights([np.ones((3, 1)), np.ones(1)])

    def test_a_model_is_built_for_one_shape(self):
        model = Sequential([Dense(1)])
        model.build((None, 3))
        with unchanged(model), pytest.raises(ValueError, match=r"inputs of shape \(None, 3\): .*\(None, 5\)"):
            model.build((None, 5))
        with unchanged(model), pytest.raises(ValueError, match=r"cannot be built for \(None, 3, 3\)"):
            model.build((None, 3, 3))
        model.build((None, 3))
        model.build((32, 3))
        assert model.input_shape == (None, 3)

    def test_an_open_axis_takes_any_length(self):
        model = Sequential([Input((None, 3)), Dense(1)])
        model.build((None, 7, 3))
        assert model.input_shape == (None, None, 3)

    def test_layers_that_do_not_fit_each_other_are_found_before_any_is_built(self):
        layers = [Input((4, 4)), Dense(3), Flatten(), Dense(2)]
        assert Sequential(layers).count_params() == 4 * 3 + 3 + 12 * 2 + 2
        built = Dense(2)
        built(np.ones((1, 5)))
        dense = Dense(3)
        with pytest.raises(ValueError, match="expected axis -1 of the input shape to have value 5"):
            Sequential([Input((4,)), dense, built])
        assert not dense.built

    def test_an_already_built_layer_may_be_put_on_top_and_is_trained(self):
        x, y = two_classes()
        top = Dense(1, activation="sigmoid")
        top(np.ones((1, 5)))
        model = Sequential([Input((4,)), Dense(5, activation="relu")])
        model.add(top)
        model.compile("rmsprop", "binary_crossentropy")
        before = model.get_weights()
        model.fit(x, y, epochs=2, verbose=0)
        assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))

    def test_mixed_float_types_are_refused(self):
        with pytest.raises(ValueError, match=r"different float types.*'float32', 'float64'"):
            Sequential([Input((3,)), Dense(2, dtype="float64"), Dense(1, dtype="float32")])

    @both_loops
    def test_a_layers_own_float_type_is_the_models(self, compiled):
        model = Sequential([Dense(2, dtype="float64"), Dense(1, dtype="float64")])
        model.compile("sgd", "mse", compiled=compiled)
        model.fit(np.ones((4, 3), "float32"), np.ones(4), verbose=0)
        assert model.predict(np.ones((4, 3)), verbose=0).dtype == np.float64
        assert model(np.ones((4, 3)), training=True).dtype == np.float64


class TestCopies:
    @pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    @both_loops
    def test_a_copy_trains_as_the_original_does_and_apart_from_it(self, compiled, duplicate):
        x, y = two_classes()
        model = classifier(compiled, optimizer="adam")
        model.fit(x, y, epochs=2, verbose=0)
        twin, before = duplicate(model), model.get_weights()
        twin.fit(x, y, epochs=2, verbose=0)
        assert_same_weights(model, before)
        model.fit(x, y, epochs=2, verbose=0)
        assert_same_weights(model, twin)
        twin.layers[0].kernel[...] = 0
        assert not twin.get_weights()[0].any()
        assert model.layers[0].kernel.any()


def test_a_summary_shows_parameters_and_the_optimizers_own_line(capsys):
    model = classifier()
    texts = []
    model.summary(print_fn=texts.append)
    assert "Total params: 31 " in texts[0]
    assert "Optimizer params" not in texts[0]
    model.fit(*two_classes(), verbose=0)
    model.summary()
    text = capsys.readouterr().out
    assert "Total params: 31 " in text
    assert "Optimizer params: 33 " in text


def test_iterating_over_a_model_points_to_its_layers():
    with pytest.raises(TypeError, match=r"its layers are model.layers"):
        list(Sequential([Dense(1)]))


def test_the_plan_can_be_read():
    text = classifier(compiled=False).explain_plan()
    assert "loop:    layers" in text
    assert "compiled=False" in text
    assert "loop:    compiled" in classifier().explain_plan(batch_size=8)


def test_the_plan_of_a_model_without_shapes_or_settings_says_what_is_missing():
    model = Sequential([Dense(1)])
    with pytest.raises(ValueError, match=r"must call `compile\(\)` before"):
        model.explain_plan()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"not known yet. Build the model first: model.build"):
        model.explain_plan()
    model.build((None, 3))
    assert model.explain_plan().startswith("loop: ")


def test_a_layer_that_could_not_be_added_leaves_nothing_behind():
    model = tinynet.Sequential()
    with pytest.raises(ValueError, match="last axis"):
        model.add(tinynet.layers.Dense(3, input_shape=(None,)))
    model.add(tinynet.layers.Dense(3, input_shape=(4,)))
    assert model.count_params() == 15


@pytest.mark.parametrize(
    "name",
    ["Sequential.add", "Sequential.from_config", *(f"Model.{n}" for n in ("build", "summary", "save_weights", "fit"))],
)
def test_python_names_every_method_as_one_of_a_class_that_the_user_knows(name):
    with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'colour'"):
        getattr(Sequential(), name.partition(".")[2])(colour="red")

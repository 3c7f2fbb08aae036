"""In which form models are given their inputs and give their outputs: lists, tuples and dicts mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras
from tinynet.sklearn import KerasClassifier

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
ONE, TWO = np.ones((2, 3), "float32"), np.full((2, 3), 2.0, "float32")


def by_key(k=tinynet):
    """Return a model whose keys are not in the order of the alphabet."""
    second, first = k.Input((3,), name="second"), k.Input((3,), name="first")
    return k.Model({"second": second, "first": first}, k.layers.subtract([second, first]))


def test_an_input_by_its_key_is_that_input():
    for model in (by_key(), by_key(keras())):
        np.testing.assert_array_equal(np.asarray(model({"first": ONE, "second": TWO})), ONE)


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("call", ["__call__", "predict", "fit", "evaluate", "predict_on_batch", "train_on_batch"])
def test_a_list_for_inputs_that_have_keys_is_refused_since_it_has_no_order_for_them(kind, call):
    model = by_key()
    model.compile("sgd", "mse")
    given = (kind([ONE, TWO]), ONE) if call in ("fit", "evaluate", "train_on_batch") else (kind([ONE, TWO]),)
    with pytest.raises(ValueError, match=r"structure of `inputs` doesn't match .*\['first', 'second'\]"):
        getattr(model, call)(*given)


def test_inputs_without_keys_take_a_list_or_a_dict_of_their_names():
    one, two = tinynet.Input((3,), name="one"), tinynet.Input((3,), name="two")
    model = tinynet.Model([two, one], tinynet.layers.subtract([two, one]))
    for given in ([TWO, ONE], (TWO, ONE), {"one": ONE, "two": TWO}):
        np.testing.assert_array_equal(model(given), ONE)
    with pytest.warns(UserWarning, match=r"What is there besides in x is left out: \['three'\]"):
        np.testing.assert_array_equal(model({"one": ONE, "two": TWO, "three": ONE}), ONE)


@pytest.mark.parametrize("form", ["list", "dict", "a dict in another order", "a dict with more"])
@pytest.mark.parametrize("inputs", ["list", "dict"])
def test_a_model_within_a_model_takes_tensors_as_a_model_takes_arrays(inputs, form):
    one, two = tinynet.Input((3,), name="one"), tinynet.Input((3,), name="two")
    inner = tinynet.Model([two, one] if inputs == "list" else {"two": two, "one": one}, two - one)
    a, b = tinynet.Input((3,)), tinynet.Input((3,))
    given = {
        "list": [b, a],
        "dict": {"one": a, "two": b},
        "a dict in another order": {"two": b, "one": a},
        "a dict with more": {"a": a, "one": a, "two": b},
    }[form]
    if (inputs, form) == ("dict", "list"):
        with pytest.raises(ValueError, match=r"structure of `inputs` doesn't match .*\['one', 'two'\]"):
            inner(given)
        return
    model = tinynet.Model([a, b], inner(given))
    np.testing.assert_array_equal(model.predict([ONE, TWO], verbose=0), ONE)
    with pytest.raises(ValueError, match=r"nothing for \['two'\]"):
        inner({"one": a, "three": b})


@pytest.mark.parametrize("form", [list, tuple, lambda both: dict(zip("ab", both, strict=True))])
def test_outputs_come_in_the_form_that_they_were_given_in_as_in_keras(form):
    found = []
    for k in (tinynet, keras()):
        x = k.Input((3,))
        model = k.Model(x, form([k.layers.Rescaling(2.0)(x), k.layers.Rescaling(3.0)(x)]))
        found.append([model(ONE), model.predict(ONE, verbose=0), model.predict_on_batch(ONE), model(k.Input((3,)))])
    for ours, theirs in zip(*found, strict=True):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs) == 2


def alone(form, k=tinynet):
    inputs = k.Input((3,))
    output = k.layers.Dense(1, kernel_initializer="ones", name="out")(inputs)
    return k.Model(inputs, {"list": [output], "dict": {"by": output}, "array": output}[form])


@pytest.mark.parametrize("form", ["list", "dict", "array"])
def test_one_output_comes_in_its_dict_and_without_its_list_as_in_keras(form):
    mine, theirs = alone(form), alone(form, keras())
    for given in (ONE, ONE, ONE[:1]):  # what predicts a few samples is kept for the second time
        for call in ("predict", "predict_on_batch", "__call__"):
            found, expected = (getattr(model, call)(given) for model in (mine, theirs))
            assert isinstance(found, dict) is isinstance(expected, dict) is (form == "dict")
            found, expected = (each["by"] if form == "dict" else each for each in (found, expected))
            np.testing.assert_allclose(found, np.asarray(expected))


def test_an_output_in_a_dict_is_trained_by_its_key_or_by_itself():
    weights = []
    for y in ({"by": ONE[:, :1]}, ONE[:, :1]):
        model = alone("dict")
        model.compile("sgd", {"by": "mse"} if isinstance(y, dict) else "mse")
        model.fit(ONE, y, verbose=0, validation_data=(ONE, y))
        assert model.evaluate(ONE, y, verbose=0) > 0
        weights.append(model.get_weights())
    np.testing.assert_array_equal(weights[0][0], weights[1][0])


def test_what_asks_a_model_for_its_one_output_takes_it_out_of_its_dict(tmp_path):
    inputs, x, y = tinynet.Input((2,)), ONE[:, :2], np.arange(2.0)
    model = tinynet.Model(inputs, {"by": tinynet.layers.Dense(1, "sigmoid")(inputs)})
    model.compile("sgd", "binary_crossentropy")
    assert tinynet.plot.decision_boundary(model, x, y).collections
    assert model.predict_classes(x).shape == (2, 1)
    assert KerasClassifier(model, verbose=0).fit(x, y).predict(x).shape == (2,)
    model.film(x, y, epochs=1, verbose=0, path=tmp_path / "film.html")
    assert (tmp_path / "film.html").exists()


class Tagged(tinynet.Model):
    """A functional model with an argument of its own."""

    def __init__(self, *arguments, tag="", **options):
        super().__init__(*arguments, **options)
        self.tag = tag

    def get_config(self):
        return {**super().get_config(), "tag": self.tag}


def test_what_a_subclass_adds_to_its_configuration_comes_back():
    x = tinynet.Input((3,))
    model = Tagged(x, tinynet.layers.Dense(2)(x), tag="mine", name="tagged")
    again = Tagged.from_config(model.get_config())
    assert (type(again), again.tag, again.name) == (Tagged, "mine", "tagged")
    assert [w.shape for w in again.get_weights()] == [(3, 2), (2,)]

    class Untagged(Tagged):
        def __init__(self, inputs, outputs, name=None):
            super().__init__(inputs, outputs, name=name)

    with pytest.raises(TypeError, match=r"Untagged.from_config: `__init__` must take .*\['tag'\]"):
        Untagged.from_config(model.get_config())


def calls(**taken):
    """Return Keras 2's configuration of a model of two layers that take what others give."""
    dense = {"class_name": "Dense", "config": {"units": 3}}
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "x"}, "inbound_nodes": []}]
    for name, source in taken.items():
        layers.append({**dense, "config": {**dense["config"], "name": name}, "inbound_nodes": [[[source, 0, 0, {}]]]})
    layers[0]["name"] = "x"
    for layer in layers[1:]:
        layer["name"] = layer["config"]["name"]
    return {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}


def test_calls_that_wait_for_each_other_or_for_nobody_are_told():
    assert tinynet.Model.from_config(calls(a="x")).count_params() == 12
    with pytest.raises(ValueError, match="in a loop"):
        tinynet.Model.from_config(calls(a="b", b="a"))
    with pytest.raises(ValueError, match="Missing node: c"):
        tinynet.Model.from_config(calls(a="b", b="c"))


def test_an_output_that_comes_from_elsewhere_is_told_by_its_place():
    one, two = tinynet.Input((3,), name="one"), tinynet.Input((3,), name="two")
    a, b = tinynet.layers.Dense(2)(one), tinynet.layers.Dense(2, name="lost")(two)
    for outputs, place in (({"a": a, "b": b}, "b"), ([a, b], "1"), ({"a": a, "b": [a, b]}, "b.1"), (b, "")):
        with pytest.raises(ValueError, match=rf"Output with path `{place}` is not connected to `inputs`. two is not"):
            tinynet.Model(one, outputs)

"""Texts as numbers by a learnt vocabulary: as Keras on TensorFlow gives them, and in front of a network."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinynet
from tests.preprocessing.reference import record
from tinynet import layers
from tinynet.layers import Dense, TextVectorization

CASES = json.loads(record.FILE.read_text("utf-8"))["cases"]
TEXTS = ["good film", "bad film", "very good", "very bad"] * 4
LABELS = np.array([1, 0, 1, 0] * 4)


@pytest.mark.parametrize("number", range(record.CASES))
def test_texts_become_the_numbers_that_keras_gives(number):
    case = record.case(number)
    expected = CASES[number]
    assert {name: expected[name] for name in case} == case
    ours = record.outcome(layers, **case)
    assert (ours["vocabulary"], ours["type"]) == (expected["vocabulary"], expected["type"])
    np.testing.assert_allclose(ours["result"], expected["result"], rtol=1e-6)


def test_texts_are_taken_in_every_form():
    layer = TextVectorization(vocabulary=["a", "b"])
    for texts in (["b a", "c"], [["b a"], ["c"]], np.array(["b a", "c"]), np.array([b"b a", b"c"])):
        assert layer(texts).tolist() == [[3, 2], [1, 0]]
    assert layer("b a").tolist() == [3, 2]
    assert TextVectorization(vocabulary=["a", "b"], split=None)([["b", "a"], ["", "c"]]).tolist() == [[3, 2], [0, 1]]


def test_own_functions_standardize_and_split():
    layer = TextVectorization(standardize=np.char.lower, split=lambda texts: [text.split("-") for text in texts])
    layer.adapt(["É-b", "é-c"])
    assert layer.get_vocabulary(include_special_tokens=False) == ["é", "c", "b"]


def test_batches_of_texts_are_learnt_from_like_one_list():
    whole, batches, some = TextVectorization(), TextVectorization(), TextVectorization()
    whole.adapt(TEXTS)
    batches.adapt(iter([TEXTS[:5], np.array(TEXTS[5:])]))
    some.adapt((TEXTS[:1] for _ in range(10**9)), steps=2)
    assert whole.get_vocabulary() == batches.get_vocabulary()
    assert some.get_vocabulary() == ["", "[UNK]", "good", "film"]


def test_what_was_learnt_before_is_forgotten():
    layer = TextVectorization()
    layer.adapt(["a"])
    layer.adapt(["b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "b"]


@pytest.mark.parametrize("special", [[], ["", "[UNK]"]])
def test_a_vocabulary_may_be_given_as_a_list_or_as_a_file(special, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("\n".join([*special, "b", "a"]), "utf-8")
    for vocabulary in ([*special, "b", "a"], str(path), path):
        assert TextVectorization(vocabulary=vocabulary).get_vocabulary() == ["", "[UNK]", "b", "a"]


def test_given_weights_say_how_rare_words_are():
    layer = TextVectorization(output_mode="tf_idf", vocabulary=["a", "b"], idf_weights=[1.0, 3.0])
    np.testing.assert_allclose(layer(["b b c"]), [[2.0, 0.0, 6.0]])
    assert layer.vocabulary_size() == 3


@pytest.mark.parametrize("mode", ["int", "tf_idf", "multi_hot"])
def test_a_layer_is_made_again_from_its_configuration(mode):
    layer = TextVectorization(output_mode=mode, ngrams=2)
    layer.adapt(TEXTS)
    again = TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(again(TEXTS), layer(TEXTS))


def model_of_texts():
    tinynet.set_random_seed(0)
    layer = TextVectorization(output_mode="multi_hot")
    layer.adapt(TEXTS)
    model = tinynet.Sequential([layer, Dense(4, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("form", [list, np.array, lambda texts: np.array(texts)[:, None]])
def test_a_model_takes_texts_and_trains_as_on_their_numbers(form):
    model, numbers = model_of_texts(), model_of_texts().layers[0](TEXTS)
    rest = tinynet.Sequential([Dense(4, activation="relu"), Dense(1, activation="sigmoid")])
    rest.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.build((None, numbers.shape[1]))
    rest.build((None, numbers.shape[1]))
    rest.set_weights(model.get_weights())
    options = {"epochs": 3, "verbose": 0, "shuffle": False, "validation_split": 0.25}
    assert model.fit(form(TEXTS), LABELS, **options).history == rest.fit(numbers, LABELS, **options).history
    assert model.evaluate(form(TEXTS), LABELS, verbose=0) == rest.evaluate(numbers, LABELS, verbose=0)
    assert model.predict(form(TEXTS), verbose=0).shape == (16, 1)
    assert "compiled loop" in model.explain_plan()


def test_a_model_of_texts_is_saved_whole(tmp_path):
    model = model_of_texts()
    model.fit(TEXTS, LABELS, verbose=0)
    model.save(tmp_path / "texts.npz")
    again = tinynet.models.load_model(tmp_path / "texts.npz")
    np.testing.assert_array_equal(again.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: TextVectorization(standardize="upper"), ValueError, "`standardize` must be one of 'lower_and_strip"),
        (lambda: TextVectorization(split="lines"), ValueError, "`split` must be one of 'whitespace', 'character'"),
        (lambda: TextVectorization(output_mode="bag"), ValueError, "`output_mode` must be one of 'int'.*'bag'"),
        (lambda: TextVectorization(ngrams=[1.5]), ValueError, "`ngrams` must be None, an integer, or a tuple"),
        (lambda: TextVectorization(max_tokens=0), ValueError, "`max_tokens` must be a whole number"),
        (lambda: TextVectorization(ragged=True), ValueError, "`ragged=True` can only be used with the TensorFlow"),
        (
            lambda: TextVectorization(output_mode="count", output_sequence_length=3),
            ValueError,
            "`output_sequence_length` must not be set",
        ),
        (lambda: TextVectorization(vocabulary=[]), ValueError, "Cannot set an empty vocabulary"),
        (lambda: TextVectorization(vocabulary=["a", "b", "a"]), ValueError, "repeated terms: 'a'"),
        (lambda: TextVectorization(vocabulary=["a", ""]), ValueError, "'' is reserved"),
        (lambda: TextVectorization(3, vocabulary=["a", "b"]), ValueError, "size is 4; `max_tokens` is 3"),
        (lambda: TextVectorization(vocabulary=["a"], idf_weights=[1.0]), ValueError, "should only be set if"),
        (lambda: TextVectorization(output_mode="tf_idf", vocabulary=["a"]), ValueError, "`idf_weights` must be set"),
        (
            lambda: TextVectorization(output_mode="tf_idf", vocabulary=["a"], idf_weights=[1, 2]),
            ValueError,
            r"same length as vocabulary, 1.*\(2,\)",
        ),
        (lambda: TextVectorization(vocabulary=["a"]).adapt(["b"]), ValueError, "after setting a static vocabulary"),
        (lambda: TextVectorization().adapt(["a", None]), TypeError, r"expected texts.*None \(NoneType\) at 1"),
        (lambda: TextVectorization()([3.5]), TypeError, r"expected texts.*3\.5 \(float\) at 0"),
        (lambda: TextVectorization()([["a", "b"]]), ValueError, "last shape dimension must be 1"),
    ],
)
def test_wrong_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("dtype", ["string", str, np.dtype(str)])
def test_a_model_of_texts_may_say_that_they_are_texts(dtype):
    layer = TextVectorization(output_mode="multi_hot")
    layer.adapt(TEXTS)
    model = tinynet.Sequential([tinynet.Input(shape=(1,), dtype=dtype), layer, Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(np.array(TEXTS), LABELS, verbose=0)
    assert model.predict(TEXTS[:2], verbose=0).shape == (2, 1)


@pytest.mark.parametrize("dtype", ["int32", "int64", np.int32, "float64", None])
def test_the_type_of_the_data_may_be_said(dtype):
    model = tinynet.Sequential([tinynet.Input(shape=(3,), dtype=dtype), Dense(1)])
    assert model.predict(np.ones((2, 3)), verbose=0).shape == (2, 1)

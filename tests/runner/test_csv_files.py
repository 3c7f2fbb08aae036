"""``tf.data.experimental.make_csv_dataset``: what TensorFlow's documentation says of it, and training from it."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

import tinynet


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tinynet.install_as_keras():
        yield import_module("tensorflow").data.experimental.make_csv_dataset


def written(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


PEOPLE = 'age,name,share,target\n30,"Doe, J",0.5,1\n41,,,0\n52,Roe,1.5,1\n'


def test_batches_are_dicts_of_columns_whose_types_are_found(make):
    name = written("people.csv", PEOPLE)
    first, second = make(name, 2, num_epochs=1, shuffle=False)
    assert [*first] == ["age", "name", "share", "target"]
    assert first["age"].dtype == np.int32
    assert first["name"].numpy().tolist() == ["Doe, J", ""]
    np.testing.assert_array_equal(first["share"], np.float32([0.5, 0]))
    assert first["share"].dtype == np.float32
    assert second["age"].numpy().tolist() == [52]


def test_the_label_stands_beside_the_columns_that_were_chosen(make):
    name = written("people.csv", PEOPLE)
    options = {"label_name": "target", "select_columns": ["age", "target"], "num_epochs": 2, "shuffle": False}
    batches = list(make([name], 3, **options))
    assert [(dict(x)["age"].tolist(), y.tolist()) for x, y in batches] == [([30, 41, 52], [1, 0, 1])] * 2


def test_files_without_headers_and_with_defaults(make):
    written("1.csv", "1;?\n2;b\n")
    written("2.csv", "3;c\n")
    options = {"column_names": ["n", "word"], "column_defaults": [[0.0], ["NA"]], "na_value": "?", "field_delim": ";"}
    (batch,) = make("*.csv", 9, header=False, num_epochs=1, shuffle=False, **options)
    assert batch["word"].tolist() == ["NA", "b", "c"]
    assert batch["n"].dtype == np.float32
    with pytest.raises(ValueError, match="give `column_names`"):
        make("1.csv", 9, header=False)


def test_without_a_number_of_epochs_there_is_no_end_and_every_batch_is_full(make):
    batches = iter(make(written("people.csv", PEOPLE), 2, shuffle_seed=3))
    ages = np.concatenate([next(batches)["age"] for _ in range(9)])
    assert sorted(ages.tolist()) == sorted([30, 41, 52] * 6)
    assert len({tuple(ages[at : at + 3]) for at in range(0, 18, 3)}) > 1


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a,b\n1,2,3\n", {}, "2 columns, but a row of 3"),
        ("a,a\n1,2\n", {}, "duplicate column names"),
        ("a,b\n1,2\n", {"label_name": "c"}, "must be one of the columns"),
    ],
)
def test_what_does_not_fit_is_refused(make, text, options, said):
    with pytest.raises(ValueError, match=said):
        make(written("x.csv", text), 2, **options)
    with pytest.raises(ValueError, match="No files match"):
        make("nothing*.csv", 2)


def test_a_model_is_trained_from_its_columns(make):
    """As in Keras's examples of structured data: text columns are looked up within the map, or within the model."""
    import keras
    import tensorflow as tf

    def looked_up(features, target):
        text = tf.cast(features.pop("color"), "string")
        lookup = keras.layers.StringLookup(vocabulary=["red", "blue"], num_oov_indices=0, mask_token=None)
        return {**features, "color": lookup(text)}, target

    name = written(
        "colors.csv", "color,n,y\n" + "".join(f"{'red' if i % 3 else 'blue'},{i},{2 * i}\n" for i in range(12))
    )
    color, n = keras.Input((), name="color", dtype="int64"), keras.Input((), name="n")
    wide = keras.layers.CategoryEncoding(2, output_mode="one_hot")(keras.ops.expand_dims(color, -1))
    joined = keras.layers.concatenate([wide, keras.ops.expand_dims(n, -1)])
    model = keras.Model({"color": color, "n": n}, keras.layers.Dense(1)(joined))
    model.compile("adam", "mse")
    dataset = make(name, 4, label_name="y", num_epochs=1, shuffle=False).map(looked_up)
    model.fit(dataset, epochs=2, verbose=0)
    x = {"color": np.array([1 if i % 3 == 0 else 0 for i in range(12)]), "n": np.arange(12.0)}
    assert model.evaluate(dataset, verbose=0) == pytest.approx(
        float(np.mean((model.predict(x, verbose=0)[:, 0] - 2 * np.arange(12)) ** 2)), rel=1e-4
    )

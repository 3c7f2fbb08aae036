"""What was reported of logs and where they go: values of any kind, columns of a file, and epochs in a picture."""

from __future__ import annotations

import csv
import json
import warnings
from decimal import Decimal

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tests.support.nets import both_loops, classifier, two_classes
from tinynet import plot
from tinynet.callbacks import Callback, CSVLogger, LambdaCallback, ReduceLROnPlateau

X, Y = two_classes()
ODD = {
    "list": [0.9, 0.8],
    "array": np.arange(3.0),
    "matrix": np.eye(2),
    "word": "good",
    "none": None,
    "dict": {"a": 1},
    "scalar": np.float32(0.5),
    "whole": np.int64(3),
    "zero": np.array(0.25),
    "truth": np.True_,
    "complex": 1j,
    "decimal": Decimal("0.5"),
    "object": object(),
    "empty": [],
    7: 0.5,
}


class Odd(Callback):
    """Writes values of every kind into the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs.update(ODD)


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        first, *rows = list(csv.reader(file))
    return [dict(zip(first, row, strict=True)) for row in rows]


class TestValues:
    @both_loops
    @pytest.mark.parametrize("verbose", [1, 2])
    def test_no_value_that_a_callback_sets_ends_a_training(self, compiled, verbose, tmp_path, capsys):
        history = classifier(compiled).fit(
            X, Y, epochs=2, verbose=verbose, callbacks=[Odd(), CSVLogger(tmp_path / "log.csv")]
        )
        assert history.history["word"] == ["good", "good"]
        assert history.history["list"] == [[0.9, 0.8]] * 2
        assert history.history[7] == [0.5, 0.5]
        assert "scalar: 0.5000" in capsys.readouterr().out
        rows = table(tmp_path / "log.csv")
        assert [row["word"] for row in rows] == ["good", "good"]
        assert [row["scalar"] for row in rows] == ["0.5", "0.5"]

    def test_a_picture_leaves_out_what_is_no_number(self):
        history = classifier().fit(X, Y, epochs=2, verbose=0, callbacks=[Odd()])
        titles = [ax.get_title() for ax in history.plot().axes]
        assert titles[:2] == ["Loss", "Accuracy"]
        assert not {"Word", "List", "None"} & {*titles}
        with pytest.raises(ValueError, match="'word' cannot be drawn"):
            history.plot(["word"])

    def test_later_callbacks_get_what_an_earlier_one_has_set(self):
        seen = []
        classifier().fit(
            X, Y, verbose=0, callbacks=[Odd(), LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs)))]
        )
        assert seen[0]["word"] == "good"


class TestColumns:
    @both_loops
    def test_there_are_only_those_of_what_was_computed(self, compiled, tmp_path):
        classifier(compiled).fit(
            X, Y, epochs=2, verbose=0, callbacks=[ReduceLROnPlateau("loss"), CSVLogger(tmp_path / "log.csv")]
        )
        assert list(table(tmp_path / "log.csv")[0]) == ["epoch", "accuracy", "learning_rate", "loss"]

    @both_loops
    def test_a_validation_that_is_due_later_has_its_columns(self, compiled, tmp_path):
        options = {"validation_data": (X, Y), "validation_freq": 2, "callbacks": [CSVLogger(tmp_path / "log.csv")]}
        history = classifier(compiled).fit(X, Y, epochs=4, verbose=0, **options).history
        rows = table(tmp_path / "log.csv")
        assert list(rows[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
        losses = [row["val_loss"] for row in rows]
        assert losses == ["NA", str(history["val_loss"][0]), "NA", str(history["val_loss"][1])]

    def test_one_that_is_never_due_has_none(self, tmp_path):
        options = {"validation_data": (X, Y), "validation_freq": 9, "callbacks": [CSVLogger(tmp_path / "log.csv")]}
        classifier().fit(X, Y, epochs=2, verbose=0, **options)
        assert list(table(tmp_path / "log.csv")[0]) == ["epoch", "accuracy", "loss"]

    def test_what_is_appended_stands_under_its_name(self, tmp_path):
        path = tmp_path / "log.csv"
        model = classifier()
        model.fit(X, Y, epochs=1, verbose=0, validation_data=(X, Y), callbacks=[CSVLogger(path)])
        history = model.fit(X, Y, initial_epoch=1, epochs=2, verbose=0, callbacks=[CSVLogger(path, append=True)])
        first, second = table(path)
        assert float(second["loss"]) == history.history["loss"][0]
        assert float(second["accuracy"]) == history.history["accuracy"][0]
        assert (first["epoch"], second["epoch"], second["val_loss"]) == ("0", "1", "NA")

    def test_a_file_without_a_column_for_a_metric_is_refused_before_the_training(self, tmp_path):
        path = tmp_path / "log.csv"
        classifier(metrics=None).fit(X, Y, verbose=0, callbacks=[CSVLogger(path)])
        before, model = path.read_bytes(), classifier()
        with pytest.raises(ValueError, match=r"has the columns epoch, loss, and none for accuracy"):
            model.fit(X, Y, verbose=0, callbacks=[CSVLogger(path, append=True)])
        assert (path.read_bytes(), model.optimizer.iterations) == (before, 0)

    def test_a_column_that_is_missing_for_something_else_is_told_once(self, tmp_path):
        path = tmp_path / "log.csv"
        classifier().fit(X, Y, verbose=0, callbacks=[CSVLogger(path)])
        with pytest.warns(UserWarning, match="no column for learning_rate") as caught:
            classifier().fit(
                X, Y, epochs=3, verbose=0, callbacks=[ReduceLROnPlateau("loss"), CSVLogger(path, append=True)]
            )
        assert len(caught) == 1
        assert len(table(path)) == 4

    @pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"1,2,3\n", b'"no end'])
    def test_a_file_that_is_no_such_table_is_not_appended_to(self, text, tmp_path):
        path = tmp_path / "log.csv"
        path.write_bytes(text)
        with pytest.raises(ValueError, match="cannot be appended to"):
            CSVLogger(path, append=True).on_train_begin()
        assert path.read_bytes() == text


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


class TestEpochs:
    @both_loops
    @pytest.mark.parametrize(
        ("options", "due"),
        [
            ({"epochs": 10, "validation_freq": 3}, [3, 6, 9]),
            ({"epochs": 12, "validation_freq": [1, 10]}, [1, 10]),
            ({"epochs": 5, "validation_freq": 2}, [2, 4]),
            ({"epochs": 12, "initial_epoch": 2, "validation_freq": 4}, [4, 8, 12]),
            ({"epochs": 3}, [1, 2, 3]),
        ],
    )
    def test_validation_is_drawn_where_it_was_done(self, compiled, options, due):
        history = classifier(compiled).fit(X, Y, verbose=0, validation_data=(X, Y), **options)
        assert history.history.epochs["val_loss"] == [epoch - 1 for epoch in due]
        trained = [*range(options.get("initial_epoch", 0) + 1, options["epochs"] + 1)]
        for given in (history, history.history):
            for ax in (*plot.history(given).axes, *plot.twin_axes(given)):
                training, validation = ax.get_lines()
                assert [*training.get_xdata()] == trained
                assert [*validation.get_xdata()] == due

    def test_values_that_came_in_some_epochs_only_are_drawn_there(self):
        rare = LambdaCallback(on_epoch_end=lambda epoch, logs: epoch % 5 == 3 and logs.update(rare=float(epoch)))
        history = classifier().fit(X, Y, epochs=10, verbose=0, callbacks=[rare])
        line = history.plot(["rare"]).axes[0].get_lines()[0]
        assert ([*line.get_xdata()], [*line.get_ydata()]) == ([4, 9], [3.0, 8.0])

    def test_a_plain_dictionary_is_spaced_as_every_so_many_epochs(self):
        logs = {"loss": [1.0] * 10, "val_loss": [1.0] * 3}
        assert [*plot.history(logs).axes[0].get_lines()[1].get_xdata()] == [3, 6, 9]

    def test_the_history_stays_a_dictionary_of_lists(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history = classifier().fit(X, Y, epochs=4, verbose=0, validation_data=(X, Y), validation_freq=2).history
        assert {name: len(values) for name, values in json.loads(json.dumps(history)).items()} == {
            "accuracy": 4,
            "loss": 4,
            "val_accuracy": 2,
            "val_loss": 2,
        }
        assert history.copy().epochs["val_loss"] == [1, 3]

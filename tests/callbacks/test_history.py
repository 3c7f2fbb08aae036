"""History: what it records, and under which names it is found."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from tests.support.callbacks import FakeModel, drive
from tinynet.callbacks import (
    CallbackList,
    History,
    HistoryDict,
)


class TestHistory:
    def test_acc_and_accuracy_are_found_under_either_name(self):
        new = HistoryDict(accuracy=[1.0], val_accuracy=[2.0])
        assert new["acc"] == new.get("acc") == [1.0]
        assert new["val_acc"] == [2.0]
        assert "acc" in new
        assert "val_acc" in new
        old = HistoryDict(acc=[1.0])
        assert old["accuracy"] == [1.0]
        assert "val_accuracy" not in old

    def test_a_true_key_is_preferred(self):
        both = HistoryDict(acc=1, accuracy=2)
        assert (both["acc"], both["accuracy"]) == (1, 2)

    def test_iteration_shows_the_true_keys(self):
        history = HistoryDict(accuracy=[1.0], loss=[2.0])
        assert list(history) == list(history.keys()) == ["accuracy", "loss"]
        assert repr(history) == "{'accuracy': [1.0], 'loss': [2.0]}"

    def test_what_is_not_there_stays_missing(self):
        history = HistoryDict(loss=[1.0])
        assert history.get("acc") is None
        assert history.get("acc", 3) == 3
        assert 7 not in history
        with pytest.raises(KeyError, match="'acc'"):
            history["acc"]

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, HistoryDict.copy])
    def test_a_copy_finds_either_name_too(self, copied):
        assert copied(HistoryDict(accuracy=[1.0]))["acc"] == [1.0]

    def test_it_shows_the_first_and_the_last_number_of_each_name(self):
        history = History()
        assert repr(history) == "<History: 0 epochs>"
        history.extend(range(3), {"loss": [0.75, 0.5, 0.25], "val_loss": [1.0, 3.0, 2.0]})
        history.history["none"] = []
        assert repr(history) == "<History: 3 epochs, loss 0.75 to 0.25, val_loss 1 to 2>"
        page = history._repr_html_()
        for row in (("loss", "0.75", "0.25", "0.25", "0.75"), ("val_loss", "1", "2", "1", "3")):
            assert re.search(".*".join(f">{re.escape(entry)}<" for entry in row), page, re.DOTALL)
        head = ("3 epochs", "", "first", "last", "lowest", "highest", "loss")
        assert re.search(".*".join(f">{entry}<" for entry in head), page, re.DOTALL)

    def test_it_survives_pickling(self):
        assert pickle.loads(pickle.dumps(HistoryDict(accuracy=[1.0])))["acc"] == [1.0]

    def test_it_becomes_the_models_history_in_training_only(self):
        model = FakeModel()
        callbacks = CallbackList(None, model)
        callbacks.on_test_begin()
        callbacks.on_test_end({"loss": 1.0})
        assert not hasattr(model, "history")
        callbacks.on_train_begin()
        assert model.history is callbacks.history

    def test_epochs_without_validation_leave_no_entry(self):
        history = History()
        history.set_model(FakeModel())
        history.on_train_begin()
        history.on_epoch_end(3, {"loss": 1.0})
        history.on_epoch_end(4, {"loss": 2.0, "val_loss": 3.0})
        assert history.epoch == [3, 4]
        assert history.history == {"loss": [1.0, 2.0], "val_loss": [3.0]}

    def test_one_that_is_used_again_goes_on_recording_as_in_keras(self, keras_callbacks):
        for history in (keras_callbacks.History(), History()):
            drive(history, [3.0, 2.0])
            drive(history, [1.0])
            assert history.history == {"loss": [3.0, 2.0, 1.0]}
            assert history.epoch == [0]

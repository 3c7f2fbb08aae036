"""BackupAndRestore: a training that was cut off anywhere ends as one that was not, to the bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, same, state_of, two_classes
from tinynet.callbacks import BackupAndRestore, Callback, LearningRateScheduler, ReduceLROnPlateau
from tinynet.layers import Dense, Dropout, Input

X, Y = two_classes()
STEPS = 9  # of 7 samples, and one of 4


class PowerCut(Exception):  # noqa: N818
    """What ends a training in these tests."""


@contextmanager
def as_it_was(model):
    """Check that all but the history, which is a new run's, is left as it is."""
    before = {**state_of(model), "history": None}
    yield
    assert same(before, {**state_of(model), "history": None})


class CutOff(Callback):
    """Ends the training after so many batches, or at the end of an epoch."""

    def __init__(self, batches=None, epoch=None):
        self.left, self.epoch = batches, epoch
        if batches is not None:
            self.on_train_batch_end = self.count

    def count(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise PowerCut

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise PowerCut


class LargestError(tinynet.metrics.Metric):
    def __init__(self, **options):
        super().__init__(**options)
        self.largest = self.add_variable((), "zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(max(float(self.largest), np.abs(y_pred - y_true).max()))

    def result(self):
        return self.largest


def network(compiled=True, metrics=("accuracy",)):
    tinynet.set_random_seed(1)
    model = tinynet.Sequential([Input((4,)), Dense(6, "relu"), Dropout(0.4), Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[*metrics], compiled=compiled)
    return model


def fitted(model, callbacks=(), **options):
    options = {"epochs": 4, "batch_size": 7, "verbose": 0, "validation_split": 0.1, **options}
    return model.fit(X, Y, callbacks=[*callbacks], **options)


def assert_ends_alike(folder, cut, make=network, further=(), **freq):
    """Cut a training off, start it again with a new model, and compare it with one that was not."""
    whole = make()
    history = fitted(whole, [f() for f in further])
    with pytest.raises(PowerCut):
        fitted(make(), [BackupAndRestore(folder, **freq), *(f() for f in further), cut])
    again = make()
    if os.path.exists(folder):  # else it begins anew, as the program says
        tinynet.set_random_seed(99)
        again.set_weights([w * 0 for w in again.get_weights()])
    resumed = fitted(again, [BackupAndRestore(folder, **freq), *(f() for f in further)])
    assert_same_weights(whole, again)
    assert resumed.history == history.history
    assert resumed.epoch == history.epoch
    assert resumed.history.epochs == history.history.epochs
    for one, other in zip(whole.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    assert whole._state == again._state
    assert not os.path.exists(folder)


@both_loops
@pytest.mark.parametrize("batches", [1, STEPS, STEPS + 5, 3 * STEPS])
@pytest.mark.parametrize("freq", ["epoch", 1, 4])
def test_a_training_cut_off_after_any_batch_ends_as_one_that_was_not(compiled, batches, freq, tmp_path):
    assert_ends_alike(str(tmp_path / "b"), CutOff(batches), lambda: network(compiled), save_freq=freq)


def test_what_other_callbacks_do_to_the_learning_rate_is_done_once(tmp_path):
    for cut in (CutOff(STEPS + 5), CutOff(epoch=2)):
        further = [
            lambda: LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            lambda: ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=10),
        ]
        assert_ends_alike(str(tmp_path / "b"), cut, further=further[:1], save_freq=4)
        assert_ends_alike(str(tmp_path / "b"), CutOff(epoch=2), further=further[:1])


def test_metrics_in_python_keep_what_they_have_collected(tmp_path):
    def make():
        return network(metrics=["accuracy", LargestError()])

    assert_ends_alike(str(tmp_path / "b"), CutOff(STEPS + 5), make, save_freq=4)


def test_large_data_that_come_in_chunks_go_on_within_a_chunk(tmp_path, monkeypatch):
    from tinynet.data.features import Features

    monkeypatch.setattr(Features, "resident", None)
    monkeypatch.setattr(Features, "rows_per_chunk", 21)
    for batches in (2, 4, STEPS + 3):
        assert_ends_alike(str(tmp_path / "b"), CutOff(batches), save_freq=1)


def test_a_backup_that_is_kept_ends_the_next_training_at_once(tmp_path):
    model = network()
    fitted(model, [BackupAndRestore(tmp_path / "b", delete_checkpoint=False)])
    weights = model.get_weights()
    history = fitted(model, [BackupAndRestore(tmp_path / "b")])
    assert_same_weights(model, weights)
    assert history.epoch == [0, 1, 2, 3]
    assert not (tmp_path / "b").exists()


def test_of_two_backups_the_older_serves_if_the_last_is_damaged(tmp_path):
    whole = network()
    history = fitted(whole)
    folder = tmp_path / "b"
    with pytest.raises(PowerCut):
        fitted(network(), [BackupAndRestore(folder, double_checkpoint=True), CutOff(3 * STEPS)])
    (folder / "latest.npz").write_bytes(b"damaged")
    again = network()
    assert fitted(again, [BackupAndRestore(folder, double_checkpoint=True)]).history == history.history
    assert_same_weights(whole, again)


def test_a_backup_of_another_training_is_refused_and_changes_nothing(tmp_path):
    folder = tmp_path / "b"
    with pytest.raises(PowerCut):
        fitted(network(), [BackupAndRestore(folder), CutOff(2 * STEPS)])
    other = tinynet.Sequential([Input((4,)), Dense(1, "sigmoid")])
    other.compile("adam", "binary_crossentropy")
    other.shuffle_state()
    with as_it_was(other), pytest.raises(ValueError, match=r"is of another training: it differs in weights, opt"):
        fitted(other, [BackupAndRestore(folder)])
    model = network()
    model.shuffle_state()
    with as_it_was(model), pytest.raises(ValueError, match=r"differs in number of samples\. Remove the folder"):
        model.fit(X[:30], Y[:30], verbose=0, callbacks=[BackupAndRestore(folder)])
    (folder / "latest.npz").write_bytes(b"damaged")
    with as_it_was(model), pytest.raises(ValueError, match=r"BackupAndRestore: .*latest\.npz is no backup"):
        fitted(model, [BackupAndRestore(folder)])


def test_a_backup_of_another_optimizer_with_as_many_slots_is_refused(tmp_path):
    folder = tmp_path / "b"
    model = network()
    model.compile(tinynet.optimizers.SGD(momentum=0.5), "binary_crossentropy")
    with pytest.raises(PowerCut):
        fitted(model, [BackupAndRestore(folder), CutOff(2 * STEPS)])
    for other in (tinynet.optimizers.RMSprop(), tinynet.optimizers.Lion(), tinynet.optimizers.Adagrad()):
        model.compile(other, "binary_crossentropy")
        model.shuffle_state()
        with as_it_was(model), pytest.raises(ValueError, match=r"is of another training: it differs in optimizer\."):
            fitted(model, [BackupAndRestore(folder)])


def test_the_folder_keeps_what_is_not_the_backups(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    fitted(network(), [BackupAndRestore(tmp_path)])
    assert os.listdir(tmp_path) == ["mine.txt"]


@pytest.mark.parametrize("freq", ["batch", 0, 1.5, None, True])
def test_arguments_that_are_none_are_refused(freq):
    with pytest.raises((ValueError, TypeError), match="BackupAndRestore: `save_freq` must be"):
        BackupAndRestore("b", save_freq=freq)
    with pytest.raises(ValueError, match="BackupAndRestore: `backup_dir` must be the path"):
        BackupAndRestore("")


PROGRAM = """
import sys
from tests.callbacks.test_backup_and_restore import BackupAndRestore, fitted, network
model = network()
history = fitted(model, [BackupAndRestore(sys.argv[1], save_freq=1)] if sys.argv[1] else [], epochs=int(sys.argv[2]))
print(history.history["loss"][-1].hex(), [float(w.sum()).hex() for w in model.get_weights()])
"""


def test_a_process_that_is_killed_ends_alike_when_it_is_started_again(tmp_path):
    folder = tmp_path / "b"

    def started(backup):
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, backup, "40"], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
        )

    whole = started("")
    said = []
    for wait in (0.05, 0.2):
        with started(str(folder)) as process:
            while not (folder / "latest.npz").exists() and process.poll() is None:
                os.sched_yield()
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
    with started(str(folder)) as last:
        said.append(last.communicate()[0])
    assert said == [whole.communicate()[0]]
    assert said[0]
    assert not folder.exists()


class Shuffled(tinynet.utils.PyDataset):
    """Batches that tinynet shuffles."""

    def __len__(self):
        return STEPS

    def __getitem__(self, number):
        rows = slice(7 * number, 7 * number + 7)
        return X[rows], Y[rows]


@pytest.mark.parametrize("batches", [STEPS, STEPS + 5])
def test_data_sets_of_batches_go_on_within_a_pass(batches, tmp_path):
    models, histories = [], []
    for callbacks, ends in (
        ([], nullcontext()),
        ([BackupAndRestore(tmp_path / "b", save_freq=2), CutOff(batches)], pytest.raises(PowerCut)),
        ([BackupAndRestore(tmp_path / "b")], nullcontext()),
    ):
        models.append(network())
        with ends:
            histories.append(models[-1].fit(Shuffled(), epochs=4, verbose=0, callbacks=callbacks).history)
    assert histories[0] == histories[1]
    assert_same_weights(models[0], models[2])

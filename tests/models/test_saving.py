"""Weights on disk: they come back, the file is whole or absent, and nothing in it can run."""

from __future__ import annotations

import os
import stat
import zipfile

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, classifier, two_classes, unchanged
from tinynet.layers import Dense, Input


def test_weights_come_back_to_the_bit(tmp_path):
    model, other = classifier(), classifier(seed=9)
    model.fit(*two_classes(), verbose=0)
    model.save_weights(tmp_path / "weights.npz")
    other.load_weights(tmp_path / "weights.npz")
    assert_same_weights(model, other)
    np.testing.assert_array_equal(model.predict(np.ones((2, 4)), verbose=0), other.predict(np.ones((2, 4)), verbose=0))


@pytest.mark.parametrize("name", ["weights", "best.v2", "w.npz"])
def test_the_suffix_may_be_left_out(tmp_path, name):
    model = classifier()
    model.save_weights(str(tmp_path / name))
    model.load_weights(str(tmp_path / name))
    assert [p.suffix for p in tmp_path.iterdir()] == [".npz"]


def test_files_are_found_that_earlier_versions_wrote_under_keras_endings(tmp_path):
    model, other = classifier(), classifier(seed=9)
    model.save_weights(tmp_path / "m.weights.h5.npz")
    other.load_weights(tmp_path / "m.weights.h5")
    assert_same_weights(model, other)


def test_numpy_reads_the_file_without_tinynet_and_without_pickle(tmp_path):
    model = tinynet.Sequential([Input((2,)), Dense(3, name="hidden"), Dense(1, name="out")])
    model.save_weights(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        assert file.files == ["tinynet_format", "hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
        np.testing.assert_array_equal(file["hidden/kernel"], model.layers[0].kernel)


def test_missing_folders_are_made(tmp_path):
    classifier().save_weights(tmp_path / "a" / "b" / "w.npz")
    assert (tmp_path / "a" / "b" / "w.npz").exists()


def test_the_file_has_the_rights_that_any_new_file_has(tmp_path):
    (tmp_path / "plain").touch()
    classifier().save_weights(tmp_path / "w.npz")
    assert stat.S_IMODE((tmp_path / "w.npz").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["numpy.savez", "os.fsync", "os.replace"])
def test_a_failure_while_writing_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, where, error):
    old, new = classifier(), classifier(seed=9)
    old.save_weights(tmp_path / "w.npz")

    def fail(file, *args, **kwargs):
        if hasattr(file, "write"):
            file.write(b"half a file")
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(where, fail)
        with pytest.raises(type(error)):
            new.save_weights(tmp_path / "w.npz")
    assert os.listdir(tmp_path) == ["w.npz"]
    new.load_weights(tmp_path / "w.npz")
    assert_same_weights(new, old)


def test_an_old_file_is_kept_if_asked(tmp_path):
    model = classifier()
    model.save_weights(tmp_path / "w")
    model.save_weights(tmp_path / "w", overwrite=True)
    with pytest.raises(FileExistsError, match=r"w\.npz exists, and overwrite=False"):
        model.save_weights(tmp_path / "w", overwrite=False)


def test_an_unbuilt_model_is_neither_saved_nor_loaded(tmp_path):
    model = tinynet.Sequential([Dense(1)])
    with pytest.raises(ValueError, match="no weights yet: build it"):
        model.save_weights(tmp_path / "w.npz")
    assert not list(tmp_path.iterdir())
    classifier().save_weights(tmp_path / "w.npz")
    with pytest.raises(ValueError, match="is not built, so its shapes are unknown"):
        model.load_weights(tmp_path / "w.npz")


def wrong_files(folder):
    """Write files that are no weights of this model, and yield what loading each must say."""
    np.save(folder / "array.npy", np.ones(3))
    yield "array.npy", "is not a file written by save_weights"
    np.savez(folder / "other.npz", a=np.ones(3))
    yield "other.npz", r"is not a file written by save_weights, but holds \['a'\]"
    np.savez(folder / "pickled.npz", tinynet_format=np.array(1), a=np.array([{}], dtype=object))
    yield "pickled.npz", "is not a file written by save_weights.*allow_pickle"
    (folder / "text.npz").write_text("hello")
    yield "text.npz", "is not a file written by save_weights"
    (folder / "empty.npz").touch()
    yield "empty.npz", "is not a file written by save_weights"
    classifier().save_weights(folder / "whole.npz")
    whole = (folder / "whole.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    yield "cut.npz", "is not a file written by save_weights"
    np.savez(folder / "newer.npz", tinynet_format=np.array(99))
    yield "newer.npz", "has format 99, this tinynet reads 1. Upgrade"
    classifier(units=7).save_weights(folder / "bigger.npz")
    yield "bigger.npz", r"bigger.npz.*weight 0 \('kernel'\) has shape \(4, 5\).*provided shape \(4, 7\)"
    tinynet.Sequential([Input((4,)), Dense(5)]).save_weights(folder / "shorter.npz")
    yield "shorter.npz", "length 2, but it was expecting 4"


def test_a_wrong_file_is_named_and_changes_nothing(tmp_path):
    model = classifier()
    for name, message in wrong_files(tmp_path):
        with unchanged(model), pytest.raises(ValueError, match=message):
            model.load_weights(tmp_path / name)
    with unchanged(model), pytest.raises(FileNotFoundError, match=r"there is no file .*nowhere\.npz"):
        model.load_weights(tmp_path / "nowhere")


def test_the_file_is_a_zip_of_npy_and_nothing_else(tmp_path):
    classifier().save_weights(tmp_path / "w.npz")
    with zipfile.ZipFile(tmp_path / "w.npz") as file:
        assert all(name.endswith(".npy") for name in file.namelist())

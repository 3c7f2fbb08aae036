"""ModelCheckpoint saves when Keras's does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.callbacks import FakeModel, drive, eighths, traces
from tinynet.callbacks import (
    ModelCheckpoint,
)


class TestModelCheckpoint:
    @settings(deadline=None, max_examples=60)
    @given(
        trace=traces,
        mode=st.sampled_from(["min", "max"]),
        threshold=st.none() | eighths,
        best_only=st.booleans(),
    )
    def test_it_saves_when_kerass_does_and_says_the_same(
        self, keras_callbacks, tmp_path_factory, trace, mode, threshold, best_only
    ):
        folder = tmp_path_factory.getbasetemp()
        options = {
            "monitor": "loss",
            "mode": mode,
            "initial_value_threshold": threshold,
            "save_best_only": best_only,
            "save_weights_only": True,
        }
        ours = ModelCheckpoint(folder / "{epoch:02d}-{loss:.2f}.weights.npz", **options)
        theirs = keras_callbacks.ModelCheckpoint(folder / "{epoch:02d}-{loss:.2f}.weights.h5", **options)
        saved, expected = drive(ours, trace).saved, drive(theirs, trace).saved
        assert [path.removesuffix(".npz") for path in saved] == [path.removesuffix(".h5") for path in expected]

    @pytest.mark.parametrize("every", [1, 2, 3, 5])
    def test_every_so_many_batches_counts_as_kerass(self, keras_callbacks, tmp_path, every):
        saved = {}
        for module, end in ((keras_callbacks.ModelCheckpoint, "h5"), (ModelCheckpoint, "npz")):
            path = str(tmp_path / "{epoch}-{batch}.weights.")
            callback = module(path + end, save_freq=every, save_weights_only=True)
            model = FakeModel()
            callback.set_model(model)
            for epoch in range(3):
                callback.on_epoch_begin(epoch)
                for batch in range(4):
                    callback.on_train_batch_end(batch, {"loss": 1.0})
                callback.on_epoch_end(epoch, {"loss": 1.0})
            saved[end] = [name.removesuffix(end) for name in model.saved]
        assert saved["npz"] == saved["h5"]
        assert len(saved["npz"]) == 12 // every

    def test_what_it_says_is_what_kerass_says(self, keras_callbacks, tmp_path, capsys):
        said = []
        for module, end in ((keras_callbacks.ModelCheckpoint, "h5"), (ModelCheckpoint, "npz")):
            for best_only in (False, True):
                path = tmp_path / f"best.weights.{end}"
                drive(
                    module(path, "loss", verbose=1, save_best_only=best_only, save_weights_only=True),
                    [2.0, 1.0, 3.0],
                )
            said.append(capsys.readouterr().out.replace(f".{end}", ""))
        assert said[0] == said[1]
        assert "did not improve from 1.00000" in said[1]

    def test_without_its_monitor_it_warns_and_saves(self, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / "a.npz", save_best_only=True)
        with pytest.warns(UserWarning, match="Can save best model only with val_loss available"):
            assert drive(checkpoint, [1.0]).saved == [str(tmp_path / "a.npz")]

    def test_the_older_names_serve_in_the_monitor_and_in_the_path(self, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / "{val_acc:.2f}.npz", "val_acc", save_best_only=True)
        model = drive(checkpoint, [0.5, 0.25, 0.75], monitor="val_accuracy")
        assert model.saved == [str(tmp_path / "0.50.npz"), str(tmp_path / "0.75.npz")]

    def test_missing_folders_are_made(self, tmp_path):
        drive(ModelCheckpoint(tmp_path / "a" / "{epoch}" / "w.npz"), [1.0, 1.0])
        assert (tmp_path / "a" / "2").is_dir()

    def test_an_unknown_field_is_told(self, tmp_path):
        with pytest.raises(KeyError, match=r"has the field 'val_loss', which is not among loss, epoch"):
            drive(ModelCheckpoint(tmp_path / "{val_loss}.npz"), [1.0])

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"filepath": "best.keras"}, r"must end in '\.weights\.npz'.*best\.keras"),
            ({"filepath": "best.weights.h5"}, r"must end in '\.weights\.npz'.*best\.weights\.h5"),
            ({"filepath": "best.npz", "save_weights_only": False}, "saves the weights only.*Leave it out"),
            ({"filepath": "best.npz", "save_freq": "batch"}, "'epoch' or a positive number.*'batch'"),
            ({"filepath": "best.npz", "save_freq": 0}, "'epoch' or a positive number.*0"),
        ],
    )
    def test_what_it_cannot_do_is_refused_at_once(self, options, says):
        with pytest.raises(ValueError, match=says):
            ModelCheckpoint(**options)

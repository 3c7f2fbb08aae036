"""ModelCheckpoint saves when Keras's does."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.callbacks import FakeModel, drive, eighths, traces
from tests.support.nets import assert_same_weights, classifier, two_classes
from tinynet.callbacks import LambdaCallback, ModelCheckpoint
from tinynet.models import load_model

X, Y = two_classes()


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
            ({"filepath": "best.txt"}, r"must end in \.npz or \.keras or \.h5 or \.hdf5.*filepath=best\.txt"),
            ({"filepath": "best-{epoch}"}, r"must end in \.npz or \.keras.*filepath=best-\{epoch\}"),
            ({"filepath": "best.weights.h5"}, r"For weights alone, \.weights\.h5, pass save_weights_only=True"),
            ({"filepath": "best.keras", "save_weights_only": True}, r"must end in \.weights\.h5 or \.npz"),
            ({"filepath": "best.npz", "save_freq": "batch"}, "Unrecognized save_freq: 'batch'.*'epoch' or a positive"),
            ({"filepath": "best.npz", "save_freq": 0}, "Unrecognized save_freq: 0"),
        ],
    )
    def test_what_it_cannot_do_is_refused_at_once(self, options, says):
        with pytest.raises(ValueError, match=says):
            ModelCheckpoint(**options)

    def test_what_a_file_takes_is_asked_for_at_once(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "h5py", None)
        for options in ({"filepath": "best.keras"}, {"filepath": "w.weights.h5", "save_weights_only": True}):
            with pytest.raises(ImportError, match=r'pip install "tinynet-engine\[h5\]"'):
                ModelCheckpoint(**options)
        ModelCheckpoint("best.npz")


class TestTheFiles:
    """What a training leaves on the disk, in each form."""

    @pytest.mark.parametrize("ending", [".npz", ".keras", ".h5", ".hdf5"])
    def test_a_training_goes_on_from_the_whole_model_of_any_epoch(self, ending, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / ("{epoch:02d}-{val_loss:.2f}" + ending))
        options = {"validation_data": (X, Y), "verbose": 0}
        model = classifier()
        history = model.fit(X, Y, epochs=4, callbacks=[checkpoint], **options).history
        files = sorted(tmp_path.iterdir())
        assert [f.name for f in files] == [
            f"{n:02d}-{loss:.2f}{ending}" for n, loss in enumerate(history["val_loss"], 1)
        ]
        again = load_model(files[1])
        resumed = again.fit(X, Y, epochs=4, initial_epoch=2, **options).history
        assert resumed == {name: values[2:] for name, values in history.items()}
        assert_same_weights(model, again)

    @pytest.mark.parametrize("ending", [".weights.h5", ".weights.npz", ".npz"])
    def test_weights_alone_are_those_of_the_best_epoch(self, ending, tmp_path):
        model, best = classifier(), []
        checkpoint = ModelCheckpoint(
            tmp_path / f"best{ending}", "val_loss", save_best_only=True, save_weights_only=True
        )
        keep = LambdaCallback(on_epoch_end=lambda epoch, logs: best.append((logs["val_loss"], model.get_weights())))
        model.fit(X, Y, epochs=5, validation_data=(X[:7], 1 - Y[:7]), verbose=0, callbacks=[checkpoint, keep])
        model.load_weights(tmp_path / f"best{ending}")
        assert_same_weights(model, min(best, key=lambda each: each[0])[1])

    @pytest.mark.parametrize("ending", [".npz", ".keras", ".h5"])
    def test_a_file_in_the_midst_of_an_epoch_is_a_whole_model(self, ending, tmp_path):
        checkpoint = ModelCheckpoint(tmp_path / ("{epoch}-{batch}" + ending), save_freq=3)
        classifier().fit(X, Y, batch_size=len(X) // 4, epochs=2, verbose=0, callbacks=[checkpoint])
        assert sorted(f.name for f in tmp_path.iterdir()) == [f"1-3{ending}", f"2-2{ending}"]
        assert [load_model(f).optimizer.iterations for f in sorted(tmp_path.iterdir())] == [3, 6]

    @pytest.mark.parametrize(("threshold", "written"), [(1e9, True), (0.0, False), (None, True)])
    def test_the_first_one_has_to_beat_the_threshold(self, threshold, written, tmp_path):
        options = {"save_best_only": True, "initial_value_threshold": threshold}
        checkpoint = ModelCheckpoint(tmp_path / "best.keras", "loss", **options)
        classifier().fit(X, Y, verbose=0, callbacks=[checkpoint])
        assert (tmp_path / "best.keras").exists() is written

    def test_a_folder_in_its_place_is_told(self, tmp_path):
        (tmp_path / "best.keras").mkdir()
        with pytest.raises(IsADirectoryError, match=r"best\.keras"):
            classifier().fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "best.keras")])

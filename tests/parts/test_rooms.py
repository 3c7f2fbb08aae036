"""Rooms: a part's file is imported when the part is asked for, and no table shows it."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import tinynet
from tests.support.processes import run
from tinynet.layers import Dense, Flatten, ReLU, Softmax
from tinynet.rooms import Classes, Joined, Named, files_of

ROOMS = ("activations", "initializers", "layers", "losses", "metrics", "optimizers", "regularizers")

#: Prints which files of a room a program has imported.
SHOW = "import sys; print(*sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('tinynet.activations.')))"


def files_imported_by(statement):
    return run("from tinynet import activations", statement, SHOW).split()


class TestFilesAreImportedWhenTheyAreAskedFor:
    @pytest.mark.parametrize(
        "ask",
        [
            "activations.softsign",
            "activations.get('softsign')",
            "activations.Softsign",
            "'softsign' in activations.TABLE",
        ],
    )
    def test_a_part_needs_its_own_file(self, ask):
        before = files_imported_by("")
        assert {*files_imported_by(ask)} == {*before, "softsign"}
        assert {"softsign", "mish"}.isdisjoint(before)

    @pytest.mark.parametrize("ask", ["len(activations.TABLE)", "activations.__all__", "activations.swish"])
    def test_tables_and_aliases_need_all(self, ask):
        assert {*files_of("tinynet.activations")} == {*files_imported_by(ask)}


@pytest.mark.parametrize("name", ROOMS)
class TestNamesStand:
    def test_every_public_name_is_there_in_a_fresh_process_and_is_no_file(self, name):
        """Whichever is asked for first, and whether or not its file was imported before."""
        room = importlib.import_module(f"tinynet.{name}")
        names = [each for each in room.__all__ if each.isidentifier() and each != "schedules"]
        stems = [file for file in files_of(f"tinynet.{name}") if file in names]
        code = f"""
            import importlib, types
            room = importlib.import_module("tinynet.{name}")
            for stem in {stems}:
                importlib.import_module("tinynet.{name}." + stem)
            print(*[each for each in {names} if isinstance(getattr(room, each), types.ModuleType)], "end")
        """
        assert run(code) == "end"

    def test_star_imports_and_listings_have_all_of_them(self, name):
        room, space = importlib.import_module(f"tinynet.{name}"), {}
        exec(f"from tinynet.{name} import *", space)
        assert {*room.__all__} <= {*space} | {each for each in room.__all__ if not each.isidentifier()}
        assert {*room.__all__} <= {*dir(room)}
        assert len(room.__all__) == len({*room.__all__})

    def test_files_that_hold_no_part_of_their_name_are_modules(self, name):
        assert isinstance(importlib.import_module(f"tinynet.{name}").base, ModuleType)


def test_a_process_that_reads_a_model_imports_the_parts_it_has(tmp_path):
    model = tinynet.Sequential([tinynet.Input((2, 3)), Flatten(), Dense(4), ReLU(), Dense(2, "sigmoid"), Softmax()])
    model.compile("rmsprop", "mse", metrics=["accuracy"])
    model.save(tmp_path / "m.npz")
    read = f"from tinynet.models import load_model; load_model({str(tmp_path / 'm.npz')!r}).predict([[[1.0] * 3] * 2])"
    show = "import sys; print(*(m for m in sys.modules if m.startswith('tinynet.')))"
    imported = set(run(read, show).split()[-400:])
    others = {"layers.embedding", "layers.dropout", "optimizers.adam", "regularizers.l2"}
    others |= {"losses.huber", "metrics.auc", "initializers.he_normal", "activations.gelu", "constraints.max_norm"}
    others |= {"optimizers.rmsprop", "losses.mean_squared_error"}  # which nothing has asked for
    assert "tinynet.layers.flatten" in imported
    assert not {f"tinynet.{name}" for name in others} & imported


def test_two_parts_of_one_name_are_refused():
    from tinynet.regularizers import CLASSES, L1, L2

    both = Named(CLASSES, lambda cls: ("l",), lambda cls: cls)
    with pytest.raises(TypeError, match="are both called 'l'"):
        len(both)
    with pytest.raises(TypeError, match="are both called 'l2'"):
        len(Joined({"l2": L1}, {"l2": L2}))


def test_what_is_made_of_a_class_is_made_once():
    from tinynet.regularizers import CLASSES

    table = Named(CLASSES, lambda cls: (cls.__name__, f"{cls.__name__}'s"), lambda cls: cls())
    assert table["L1"] is table["L1's"] is table["L1"]
    assert isinstance(CLASSES, Classes)
    assert repr(CLASSES) == repr(dict(CLASSES))

"""The folder of compiled kernels: damage is noticed, several processes may write, and nothing depends on it."""

from __future__ import annotations

import os
import pty
import shutil
from pathlib import Path
from time import monotonic

import pytest

from tests.support.processes import copy_of_the_package, finished, run, start
from tinynet.kernels.machine import store
from tinynet.kernels.machine.jit import COMPILED
from tinynet.kernels.machine.store import Code

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")

NAMES = ("relu", "tanh", "sigmoid", "elu", "softplus", "selu", "silu")

#: Prints an activation's values, and how many kernels were compiled for it.
PROGRAM = """
    import tinynet
    from tinynet.kernels.machine import linker

    def values(name):
        return [round(v, 4) for v in tinynet.activations.get(name)([1.0, -1.0]).tolist()]

    print(values("relu"), end=" ")
    print(len(linker.MADE), sum(linker.MADE.values()))
"""
RELU = "[1.0, 0.0]"
#: The same of all in NAMES.
ALL = PROGRAM.replace('print(values("relu"), end=" ")', f"print(*[values(name) for name in {NAMES}], end=' ')")


def kept(folder):
    """Return the files of kernels below a folder; nothing half-written may be there."""
    assert not list(folder.rglob("*.part"))
    return sorted(folder.rglob("*.o"))


class TestAFile:
    CODE = Code(("tinynet_a", "tinynet_b"), b"\x7fELF\n\n code \n")

    def test_what_is_written_is_read(self, tmp_path):
        assert store.write(tmp_path / "new" / "folder", "f", self.CODE)
        assert store.read(tmp_path / "new" / "folder", "f") == self.CODE
        assert store.read(tmp_path, "f") is None

    @pytest.mark.parametrize("place", range(0, 160, 7))
    def test_a_flipped_bit_is_noticed_wherever_it_is(self, tmp_path, place):
        store.write(tmp_path, "f", self.CODE)
        data = bytearray((tmp_path / "f.o").read_bytes())
        data[place % len(data)] ^= 4
        (tmp_path / "f.o").write_bytes(data)
        found = store.read(tmp_path, "f")
        assert found is None or found.body == self.CODE.body  # or one in the names of what it calls

    @pytest.mark.parametrize(
        "text", [b"", b"\n", b"[]\n", b"{}\n", b"null\n", b'{"symbol": "f"}\n', b"\xff\xfe\x00", b"0" * 9]
    )
    def test_what_is_no_such_file_is_noticed(self, tmp_path, text):
        (tmp_path / "f.o").write_bytes(text)
        assert store.read(tmp_path, "f") is None

    def test_a_folder_in_its_place_is_no_file(self, tmp_path):
        (tmp_path / "f.o").mkdir()
        assert store.read(tmp_path, "f") is None
        assert not store.write(tmp_path, "f", self.CODE)
        assert kept(tmp_path) == [tmp_path / "f.o"]


def test_damaged_files_are_made_anew(tmp_path):
    first = run(ALL, TINYNET_CACHE_DIR=tmp_path)
    files = kept(tmp_path)
    assert first.endswith(f" {len(NAMES)} {len(NAMES)}")
    assert len(files) == len(NAMES)
    whole = [file.read_bytes() for file in files]
    for number, damage in enumerate(
        [
            lambda file: file.write_bytes(whole[0][: len(whole[0]) // 2]),
            lambda file: file.write_bytes(b""),
            lambda file: file.write_bytes(bytes(len(whole[2]))),
            lambda file: file.write_bytes(whole[3][:-9] + bytes([whole[3][-9] ^ 1]) + whole[3][-8:]),
            lambda file: shutil.copy(files[6], file),  # another kernel's
            lambda file: file.write_text("a file of somebody else"),
        ]
    ):
        damage(files[number])
    values = first.rpartition("] ")[0]
    assert run(ALL, TINYNET_CACHE_DIR=tmp_path) == f"{values}] 6 6"
    assert all(store.read(file.parent, file.stem) for file in files)
    assert run(ALL, TINYNET_CACHE_DIR=tmp_path) == f"{values}] 0 0"


def test_names_of_what_a_kernel_calls_that_were_damaged_are_noticed_when_it_is_linked(tmp_path):
    """The digest is that of the code alone."""
    run(PROGRAM, TINYNET_CACHE_DIR=tmp_path)
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'"calls": []', b'"calls": ["tinynet_gone"]', 1))
    assert run(PROGRAM, TINYNET_CACHE_DIR=tmp_path) == f"{RELU} 1 1"
    assert b'"calls": []' in file.read_bytes()


def test_what_a_killed_process_left_goes_when_the_kernel_is_written(tmp_path):
    (tmp_path / "f.o.0123456789abcdef.part").write_bytes(b"half")
    assert store.write(tmp_path, "f", TestAFile.CODE)
    assert kept(tmp_path) == [tmp_path / "f.o"]


class TestWhereNothingCanBeKept:
    @pytest.mark.parametrize("where", ["TINYNET_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"])
    def test_a_file_is_no_folder(self, tmp_path, where):
        (tmp_path / "file").touch()
        assert run(PROGRAM, **{where: tmp_path / "file"}) == f"{RELU} 1 0"

    @pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder that nobody can write to")
    def test_a_read_only_home(self):
        assert run(PROGRAM, HOME="/proc") == f"{RELU} 1 0"

    def test_a_full_disk(self, tmp_path):
        full = """
            import builtins, errno, io

            class Full(io.FileIO):
                def write(self, data):
                    super().write(data[:100])
                    raise OSError(errno.ENOSPC, "No space left on device")

            usual = builtins.open
            builtins.open = lambda file, mode="r", *a, **k: (Full if "w" in mode else usual)(file, mode, *a, **k)
        """
        assert run(full, PROGRAM, TINYNET_CACHE_DIR=tmp_path) == f"{RELU} 1 0"
        assert kept(tmp_path) == []

    def test_a_folder_that_others_filled_is_read(self, tmp_path):
        run(PROGRAM, TINYNET_CACHE_DIR=tmp_path)
        refused = "import os; os.access = lambda path, mode, **options: False"
        assert run(refused, PROGRAM, TINYNET_CACHE_DIR=tmp_path) == f"{RELU} 0 0"
        assert run(refused, PROGRAM.replace('"relu"', '"tanh"'), TINYNET_CACHE_DIR=tmp_path).endswith(" 1 0")
        assert len(kept(tmp_path)) == 1

    def test_files_can_be_read_by_others(self, tmp_path):
        store.write(tmp_path, "f", TestAFile.CODE)
        usual = tmp_path / "usual"
        usual.touch()
        assert (tmp_path / "f.o").stat().st_mode == usual.stat().st_mode


def test_processes_that_start_at_once_compile_each_kernel_once(tmp_path):
    programs = [start(ALL, TINYNET_CACHE_DIR=tmp_path) for _ in range(2)]
    one, other = map(finished, programs)
    assert one.rpartition("] ")[0] == other.rpartition("] ")[0]
    assert len(kept(tmp_path)) == len(NAMES) == sum(int(said.split()[-1]) for said in (one, other))
    assert not list(tmp_path.rglob("*.claim"))
    assert run(ALL, TINYNET_CACHE_DIR=tmp_path).endswith(" 0 0")


@pytest.mark.skipif(store.fcntl is None, reason="nothing can be claimed")
class TestAClaim:
    HOLDER = """
        import os, sys, time
        from pathlib import Path
        from tinynet.kernels.machine import store

        with store.claimed(Path(sys.argv[1]), "f"):
            print("claimed", flush=True)
            time.sleep(60)
    """

    def holder(self, folder):
        process = start(self.HOLDER.replace("sys.argv[1]", repr(str(folder))))
        assert process.stdout.readline() == "claimed\n"
        return process

    def test_ends_with_its_holder(self, tmp_path):
        process = self.holder(tmp_path)
        process.kill()
        process.communicate()
        begun = monotonic()
        with store.claimed(tmp_path, "f"):
            assert monotonic() - begun < 5
        assert not list(tmp_path.iterdir())

    def test_is_not_waited_for_for_ever(self, tmp_path, monkeypatch):
        monkeypatch.setattr(store, "PATIENCE", 0.2)
        process = self.holder(tmp_path)
        begun = monotonic()
        with store.claimed(tmp_path, "f"):
            assert 0.2 <= monotonic() - begun < 30
        process.kill()
        process.communicate()


def test_from_a_zip_file_it_compiles_once(tmp_path):
    copy_of_the_package(tmp_path / "package")
    file = shutil.make_archive(str(tmp_path / "tinynet"), "zip", tmp_path / "package")
    inside = PROGRAM + "\n    assert '.zip' in tinynet.__file__"
    assert run(inside, folder=file, TINYNET_CACHE_DIR=tmp_path / "kept") == f"{RELU} 1 1"
    assert run(inside, folder=file, TINYNET_CACHE_DIR=tmp_path / "kept") == f"{RELU} 0 0"
    assert run(PROGRAM, TINYNET_CACHE_DIR=tmp_path / "kept") == f"{RELU} 0 0"


def test_a_formula_that_is_edited_takes_effect_at_once(tmp_path):
    relu = copy_of_the_package(tmp_path) / "tinynet" / "activations" / "relu.py"
    options = {"folder": tmp_path, "TINYNET_CACHE_DIR": tmp_path / "kept"}
    assert run(PROGRAM, **options) == f"{RELU} 1 1"
    right = "return type(z)(0.0) if z <= 0 else z"
    relu.write_text(relu.read_text("utf-8").replace(right, "return type(z)(-7.0) if z <= 0 else z"), "utf-8")
    assert run(PROGRAM, **options) == "[1.0, -7.0] 1 1"
    assert run(PROGRAM, **options) == "[1.0, -7.0] 0 0"


def test_a_formula_may_be_defined_again_as_it_was(tmp_path):
    """As running a notebook's cell twice does."""
    cell = """
        import numpy as np
        from tinynet.formulas import Scalar, formula
        from tinynet.kernels import maps

        for _ in range(2):
            @formula
            def half(z: Scalar) -> Scalar:
                return z / type(z)(2.0)

            a = np.ones(3, np.float32)
            maps.activation_forward(half)(a, 1, np.empty(0))
            print(a.tolist())
    """
    assert run(cell, TINYNET_CACHE_DIR=tmp_path) == "[0.5, 0.5, 0.5]\n[0.5, 0.5, 0.5]"


#: Three kernels are compiled, as if each took as many seconds as the clock says.
SLOWLY = """
    import itertools
    import tinynet
    from tinynet.kernels.machine import linker

    linker.perf_counter = itertools.count(0.0, {seconds}).__next__
    for name in ("relu", "tanh", "elu"):
        tinynet.activations.get(name)([1.0])
"""


class TestWhatTheTerminalIsTold:
    def on_a_terminal(self, seconds, **variables):
        """Return what the program writes to stderr, which is a terminal."""
        ours, theirs = pty.openpty()
        try:
            finished(start(SLOWLY.format(seconds=seconds), stderr=theirs, **variables))
            os.close(theirs)
            return os.read(ours, 65536).decode()
        except OSError:  # Linux's way to say that nothing was written, and nobody is there any more
            return ""
        finally:
            os.close(ours)

    def test_once_where_compiling_takes_over_a_second(self, tmp_path):
        said = self.on_a_terminal(0.6, TINYNET_CACHE_DIR=str(tmp_path))
        assert said.count("\n") == 1
        assert said.startswith("tinynet compiles its kernels for this computer, once (kept in ")
        assert self.on_a_terminal(0.6, TINYNET_CACHE_DIR=str(tmp_path)) == ""

    def test_nothing_where_it_takes_less(self, tmp_path):
        assert self.on_a_terminal(0.1, TINYNET_CACHE_DIR=str(tmp_path)) == ""

    def test_that_it_will_happen_again_where_nothing_can_be_kept(self):
        said = self.on_a_terminal(0.6, TINYNET_CACHE_DIR=os.devnull)
        assert "no folder can be written, so every start will compile again" in said

    def test_nothing_where_there_is_no_terminal(self, tmp_path):
        assert run(SLOWLY.format(seconds=10.0), TINYNET_CACHE_DIR=tmp_path) == ""

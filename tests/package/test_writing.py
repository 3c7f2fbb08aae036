"""Everything that is written: whole or not at all, through links, with the rights it had, on odd file systems too."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import threading
import time

import pytest

import tinynet
from tests.support.nets import classifier
from tinynet._writing import write_file

OLD, NEW = b"old" * 1000, b"new" * 2000


def saved_weights(path):
    classifier().save_weights(path)


def trace_page(path):
    classifier().trace([[1.0, 2.0, 3.0, 4.0]], [1.0]).to_html(path)


def trace_picture(path):
    classifier().trace([[1.0, 2.0, 3.0, 4.0]], [1.0]).to_svg(path)


def log(path):
    tinynet.callbacks.CSVLogger(path).on_train_begin()


def kernel(path):
    from tinynet.kernels.machine import store

    assert store.write(path.parent, path.stem, store.Code((), b"code"))


WRITERS = {saved_weights: "w.npz", trace_page: "p.html", trace_picture: "p.svg", log: "log.csv", kernel: "k.o"}
every_writer = pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)


@pytest.fixture
def path(tmp_path, write):
    """Return where a file of that kind may be; nothing half-written may stay there."""
    yield tmp_path / WRITERS[write]
    assert not list(tmp_path.rglob("*.part"))


@pytest.fixture(autouse=True)
def _umask_untouched(monkeypatch):
    """Nobody may set the process's umask, however briefly: other threads create files meanwhile."""
    monkeypatch.setattr(os, "umask", None)


def refuses(monkeypatch, name, code):
    """Let a function of `os` raise an OSError."""

    def refuse(*args, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, refuse)


@every_writer
class TestEveryWriter:
    def test_writes_through_a_symbolic_link(self, write, path, tmp_path):
        target = tmp_path / "elsewhere" / "target"
        target.parent.mkdir()
        target.write_bytes(OLD)
        path.symlink_to(target)
        write(path)
        assert path.is_symlink()
        assert target.read_bytes() != OLD

    def test_writes_what_a_link_to_nothing_names(self, write, path, tmp_path):
        path.symlink_to(tmp_path / "target")
        write(path)
        assert path.is_symlink()
        assert (tmp_path / "target").is_file()

    def test_keeps_hard_links_together(self, write, path, tmp_path):
        path.write_bytes(OLD)
        os.link(path, tmp_path / "other")
        write(path)
        assert path.samefile(tmp_path / "other")
        assert path.read_bytes() != OLD

    @pytest.mark.parametrize("mode", [0o640, 0o600, 0o777])
    def test_keeps_the_rights_of_a_file(self, write, path, mode):
        path.write_bytes(OLD)
        path.chmod(mode)
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert path.read_bytes() != OLD

    def test_gives_a_new_file_the_rights_of_any_new_file(self, write, path, tmp_path):
        write(path)
        (tmp_path / "usual").touch()
        assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            *(("chmod", errno.EPERM), ("fsync", errno.EINVAL), ("fsync", errno.ENOTSUP)),
            *(("replace", errno.EBUSY), ("replace", errno.EXDEV), ("replace", errno.EPERM)),
        ],
    )
    def test_works_where_the_file_system_refuses(self, write, path, tmp_path, monkeypatch, name, code):
        path.write_bytes(OLD)
        path.chmod(0o640)
        with monkeypatch.context() as patch:
            refuses(patch, name, code)
            write(path)
            write(tmp_path / f"new{path.suffix}")
        assert path.read_bytes() != OLD
        assert (tmp_path / f"new{path.suffix}").is_file()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("write", [saved_weights, trace_page, trace_picture, log])
def test_a_read_only_file_is_left_alone_even_by_an_administrator(write, path):
    path.write_bytes(OLD)
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        write(path)
    assert path.read_bytes() == OLD


@pytest.fixture
def full_disk(monkeypatch):
    """Let no file grow beyond 4000 bytes."""
    monkeypatch.setattr(os, "posix_fallocate", lambda *args: None)  # not every file system can say it beforehand
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
class TestAFullDisk:
    def test_keeps_the_old_file(self, tmp_path):
        (tmp_path / "f").write_bytes(OLD)
        with pytest.raises(OSError, match="File too large"):
            write_file(tmp_path / "f", NEW)
        assert os.listdir(tmp_path) == ["f"]
        assert (tmp_path / "f").read_bytes() == OLD

    def test_keeps_the_old_file_where_it_is_written_into(self, tmp_path):
        (tmp_path / "f").write_bytes(OLD)
        os.link(tmp_path / "f", tmp_path / "g")
        with pytest.raises(OSError, match="File too large"):
            write_file(tmp_path / "f", NEW)
        assert (tmp_path / "g").read_bytes() == OLD

    def test_leaves_no_part_of_a_new_file(self, tmp_path, monkeypatch):
        with pytest.raises(OSError, match="File too large"):
            write_file(tmp_path / "f", NEW)
        refuses(monkeypatch, "replace", errno.EPERM)
        with pytest.raises(OSError, match="File too large"):
            write_file(tmp_path / "f", NEW)
        assert os.listdir(tmp_path) == []


def test_a_folder_that_may_not_be_written_to_still_has_files_that_may(tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(OLD)

    def refuse(place):
        raise PermissionError(errno.EACCES, "Permission denied", place)

    monkeypatch.setattr("tinynet._writing._beside", refuse)
    write_file(tmp_path / "f", NEW)
    assert (tmp_path / "f").read_bytes() == NEW


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere/page\.html'$"):
        write_file(tmp_path / "nowhere" / "page.html", NEW)


def test_names_may_be_as_long_as_names_can_be(tmp_path):
    for name in ("n" * 255, "ü" * 127, "x.[a-z]*?"):
        for content in (OLD, NEW):
            write_file(tmp_path / name, content)
            assert (tmp_path / name).read_bytes() == content


def test_what_is_no_file_is_written_to(tmp_path):
    write_file("/dev/null", NEW)
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_file(tmp_path / "pipe", NEW)
    reader.join(10)
    assert read == [NEW]
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path, NEW)


SAVE_FOR_EVER = """
import sys
from tinynet._writing import write_file
while True:
    write_file(sys.argv[1], bytes(5_000_000))
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one_that_writes_there(tmp_path):
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, tmp_path / "w.npz"])
        until = time.monotonic() + 20
        while not list(tmp_path.glob("*.part")) and time.monotonic() < until:
            time.sleep(0.002)
        writer.kill()
        writer.wait()
        if list(tmp_path.glob("*.part")):
            break
    (tmp_path / "w.npz.mine.part").write_bytes(b"somebody else's")
    assert len(list(tmp_path.glob("*.part"))) > 1
    write_file(tmp_path / "w.npz", NEW)
    assert sorted(os.listdir(tmp_path)) == ["w.npz", "w.npz.mine.part"]


def test_several_may_write_to_one_place_at_once(tmp_path):
    failed = []

    def write(content):
        try:
            for _ in range(50):
                write_file(tmp_path / "f", content, sync=False)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in (OLD, NEW)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert (tmp_path / "f").read_bytes() in (OLD, NEW)
    assert os.listdir(tmp_path) == ["f"]

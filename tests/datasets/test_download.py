"""Downloads over loopback that go well, break off, lie, or meet a full disk."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import threading

import pytest

pytest.importorskip("pooch")

from tests.support.file_server import BODY, HASH, NAME, Server
from tinynet.datasets import _download, _files, boston_housing


@pytest.fixture
def server(monkeypatch, tmp_path):
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(_download, "BASE_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setitem(_files._HASHES, NAME, HASH)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("TINYNET_DATA", raising=False)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "datasets"


def files(cache):
    return {file.name: file.read_bytes() for file in cache.iterdir()}


def assert_loads(cache):
    (x_train, _), (x_test, _) = boston_housing.load_data()
    assert (x_train.shape, x_test.shape) == ((4000, 13), (1000, 13))
    assert files(cache) == {NAME: BODY}


def test_a_file_is_downloaded_once_and_kept_where_keras_keeps_it(server, cache):
    assert_loads(cache)
    assert_loads(cache)
    assert server.asked == [None]


def test_a_download_that_breaks_off_is_not_taken_and_goes_on_where_it_stopped(server, cache):
    kept = []
    for server.send in (100_000, 150_000):
        with pytest.raises(OSError, match="TINYNET_DATA"):
            boston_housing.load_data()
        ((name, content),) = files(cache).items()
        assert name == f"{NAME}.part"
        assert BODY.startswith(content)
        kept.append(len(content))
    assert 0 < kept[0] < kept[1]
    server.send = None
    assert_loads(cache)
    assert server.asked == [None, f"bytes={kept[0]}-", f"bytes={kept[1]}-"]


def test_a_download_starts_anew_where_the_server_knows_no_ranges(server, cache):
    server.send, server.ranges = 100_000, False
    with pytest.raises(OSError, match="TINYNET_DATA"):
        boston_housing.load_data()
    server.send = None
    assert_loads(cache)


def test_a_part_that_lacks_nothing_is_taken(server, cache):
    cache.mkdir()
    (cache / f"{NAME}.part").write_bytes(BODY)
    assert_loads(cache)
    assert server.asked == [f"bytes={len(BODY)}-"]


def test_a_length_that_is_too_large_counts_as_broken_off(server, cache):
    server.announce = len(BODY) + 1000
    with pytest.raises(OSError, match="TINYNET_DATA"):
        boston_housing.load_data()
    assert NAME not in files(cache)
    server.announce = None
    assert_loads(cache)


def test_a_length_that_is_too_small_leaves_nothing(server, cache):
    server.announce = len(BODY) - 1000
    with pytest.raises(ValueError, match="hash"):
        boston_housing.load_data()
    assert files(cache) == {}
    server.announce = None
    assert_loads(cache)


@pytest.mark.parametrize("length", ["-5", "0x10", "many"])
def test_a_length_that_is_no_number_leaves_nothing_to_be_taken_for_good(server, cache, length):
    server.announce = length
    with contextlib.suppress(ValueError, OSError):
        boston_housing.load_data()
    assert files(cache).get(NAME, BODY) == BODY
    server.announce = None
    assert_loads(cache)


@pytest.mark.parametrize("body", [BODY[:-1] + b"x", BODY[:1000], b"<html>log in first</html>", b""])
def test_the_wrong_file_is_refused_and_leaves_nothing(server, cache, body):
    server.body = body
    with pytest.raises(ValueError, match="hash"):
        boston_housing.load_data()
    assert files(cache) == {}
    server.body = BODY
    assert_loads(cache)


@pytest.mark.parametrize("part", [b"garbage" * 100, BODY + b"more", b""])
def test_a_part_that_is_none_is_found_out_and_removed(server, cache, part):
    cache.mkdir()
    (cache / f"{NAME}.part").write_bytes(part)
    if part:
        with pytest.raises(ValueError, match="hash"):
            boston_housing.load_data()
        assert files(cache) == {}
    assert_loads(cache)


def test_a_page_that_is_not_there_leaves_nothing(server, cache):
    server.status = 404
    with pytest.raises(OSError, match=r"404[\s\S]*TINYNET_DATA"):
        boston_housing.load_data()
    assert files(cache) == {}


def test_a_cached_file_of_the_wrong_hash_is_replaced_only_by_the_right_one(server, cache):
    cache.mkdir()
    (cache / NAME).write_bytes(b"old")
    server.body = b"wrong"
    with pytest.raises(ValueError, match="hash"):
        boston_housing.load_data()
    assert files(cache) == {NAME: b"old"}
    server.body = BODY
    assert_loads(cache)


def test_ctrl_c_keeps_what_has_come(server, cache, monkeypatch):
    class Interrupting:
        def __init__(self, *args, **kwargs):
            self.updates = 0

        def __enter__(self):
            return self

        def __exit__(self, *args):
            pass

        def update(self, n):
            self.updates += 1
            if self.updates == 2:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tqdm.tqdm", Interrupting)
        with pytest.raises(KeyboardInterrupt):
            boston_housing.load_data()
    ((name, content),) = files(cache).items()
    assert name == f"{NAME}.part"
    assert content
    assert BODY.startswith(content)
    assert_loads(cache)
    assert server.asked == [None, f"bytes={len(content)}-"]


LOAD = """
import sys
from tinynet.datasets import _download, _files, boston_housing
_download.BASE_URL, _files._HASHES["boston_housing.npz"] = sys.argv[1:3]
if len(sys.argv) > 3:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
boston_housing.load_data()
"""


def start(*arguments):
    command = [sys.executable, "-c", LOAD, _download.BASE_URL, HASH, *arguments]
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files by setrlimit")
def test_a_disk_without_room_leaves_nothing_and_the_message_says_why(server, cache):
    full = start("100000")
    _, stderr = full.communicate(timeout=60)
    assert full.returncode == 1
    assert "File too large" in stderr
    assert "TINYNET_DATA" in stderr
    assert files(cache) == {}
    assert_loads(cache)


def test_two_processes_at_once_end_with_one_good_file(server, cache):
    server.together = threading.Barrier(2)
    both = [start(), start()]
    for process in both:
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 0, stderr
    assert files(cache) == {NAME: BODY}
    assert server.asked == [None, None]


def test_two_processes_never_go_on_with_the_same_part(server, cache):
    cache.mkdir()
    (cache / f"{NAME}.part").write_bytes(BODY[:100_000])
    server.together = threading.Barrier(2)
    both = [start(), start()]
    for process in both:
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 0, stderr
    assert files(cache) == {NAME: BODY}
    assert sorted(server.asked, key=str) == [None, "bytes=100000-"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_drawn_on_a_terminal_only(server, cache, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    boston_housing.load_data()
    assert f"{NAME}: 100%" in terminal.getvalue()
    (cache / NAME).unlink()
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    boston_housing.load_data()
    assert "\r" not in log.getvalue()

"""`utils.get_file`: fetched once over loopback, kept where Keras keeps it, unpacked within its folder."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile

import pytest

pytest.importorskip("pooch")

from tests.support.file_server import Server
from tinynet.utils import get_file


@pytest.fixture
def server(monkeypatch, tmp_path):
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server, name):
    return f"http://127.0.0.1:{server.server_port}/somewhere/{name}?a=b"


def archive(kind, name="inside.txt"):
    """Return an archive that holds a file of this name."""
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr(name, "text")
    else:
        with tarfile.open(fileobj=file, mode="w:gz") as packed:
            entry = tarfile.TarInfo(name)
            entry.size = 4
            packed.addfile(entry, io.BytesIO(b"text"))
    return file.getvalue()


def test_a_file_is_fetched_once_and_kept_where_keras_keeps_it(server, tmp_path):
    for _ in range(2):
        path = get_file("mine.csv", address(server, "houses.csv"))
        assert path == str(tmp_path / "datasets" / "mine.csv")
    assert (tmp_path / "datasets" / "mine.csv").read_bytes() == server.body
    assert len(server.asked) == 1
    get_file("mine.csv", address(server, "houses.csv"), force_download=True)
    assert len(server.asked) == 2


def test_without_a_name_it_is_the_one_of_the_address(server, tmp_path):
    path = get_file(origin=address(server, "houses.csv"), cache_dir=tmp_path / "own", cache_subdir="data")
    assert path == str(tmp_path / "own" / "data" / "houses.csv")


def test_a_file_of_another_hash_is_refused_and_one_of_the_right_hash_kept(server, tmp_path):
    with pytest.raises(ValueError, match="hash"):
        get_file("a.csv", address(server, "a"), md5_hash="0" * 32)
    assert not (tmp_path / "datasets" / "a.csv").exists()
    right = hashlib.sha256(server.body).hexdigest()
    for _ in range(2):
        get_file("a.csv", address(server, "a"), file_hash=right)
    assert len(server.asked) == 2


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize(("name", "folder"), [(None, "all.tgz"), ("mine.zip", "mine_extracted"), ("mine", "mine")])
def test_archives_are_unpacked_as_keras_unpacks_them(server, tmp_path, kind, name, folder):
    server.body = archive(kind)
    path = get_file(name, address(server, "all.tgz"), extract=True)
    assert path == str(tmp_path / "datasets" / folder)
    assert (tmp_path / "datasets" / folder / "inside.txt").read_text() == "text"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nothing_is_unpacked_outside_the_folder(server, tmp_path, kind):
    server.body = archive(kind, "../../outside.txt")
    try:
        get_file("a", address(server, "a"), extract=True)
    except tarfile.TarError:
        assert kind == "tar"
    assert not (tmp_path / "outside.txt").exists()
    assert not (tmp_path / "datasets" / "outside.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, 'specify the "origin"'),
        ({"origin": "http://127.0.0.1:9/"}, "`fname` must be a name without a folder"),
        ({"origin": "http://127.0.0.1:9/a", "fname": "b/c"}, "`fname` must be a name without a folder"),
        ({"origin": "http://127.0.0.1:9/a", "file_hash": "1", "hash_algorithm": "crc"}, "`hash_algorithm` must be"),
    ],
)
def test_wrong_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        get_file(**arguments)


def test_what_is_no_archive_is_said(server):
    server.body = b"text"
    with pytest.raises(ValueError, match="is no archive of the format 'auto'"):
        get_file("a", address(server, "a"), extract=True)

"""Where data files are looked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinynet.datasets import _download, _files, boston_housing, imdb

pytestmark = pytest.mark.usefixtures("offline")


def boston_file(path: Path, price: float) -> Path:
    """Write a data set that can be told by its prices."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=np.zeros((5, 13)), y=np.full(5, price))
    return path


def loaded_price(**arguments) -> float:
    (_, y_train), _ = boston_housing.load_data(**arguments)
    return y_train[0]


def publish(monkeypatch, path: Path) -> None:
    """Make this file's hash the published one."""
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(_files._HASHES, "boston_housing.npz", f"sha256:{digest}")


@pytest.fixture
def everywhere(monkeypatch, tmp_path):
    """The file in all places, at another price in each."""
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path / "data"))
    boston_file(tmp_path / "data" / "boston_housing.npz", 2)
    publish(monkeypatch, boston_file(tmp_path / "keras" / "datasets" / "boston_housing.npz", 3))
    return boston_file(tmp_path / "given.npz", 1)


def test_a_given_file_comes_first(everywhere):
    assert loaded_price(path=everywhere) == 1
    assert loaded_price(path=str(everywhere)) == 1


def test_tinynet_data_comes_before_the_cache(everywhere, monkeypatch):
    assert loaded_price() == 2
    monkeypatch.delenv("TINYNET_DATA")
    assert loaded_price() == 3


def test_a_file_that_tinynet_data_lacks_is_looked_for_further_on(everywhere, monkeypatch, tmp_path):
    (tmp_path / "data" / "boston_housing.npz").unlink()
    assert loaded_price() == 3


def test_the_cache_is_in_the_home_folder_unless_keras_home_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    publish(monkeypatch, boston_file(tmp_path / ".keras" / "datasets" / "boston_housing.npz", 4))
    assert loaded_price() == 4


def test_the_default_name_is_not_taken_from_the_working_folder(everywhere, monkeypatch, tmp_path):
    monkeypatch.chdir(everywhere.parent)
    boston_file(everywhere.with_name("boston_housing.npz"), 5)
    assert loaded_price() == 2
    assert loaded_price(path="./boston_housing.npz") == 5
    assert loaded_price(path="given.npz") == 1


def test_another_bare_name_is_the_name_in_the_folders_as_in_keras(everywhere, tmp_path):
    boston_file(tmp_path / "data" / "mine.npz", 6)
    assert loaded_price(path="mine.npz") == 6


def test_a_path_to_nowhere_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        boston_housing.load_data(path=tmp_path / "missing.npz")


def test_without_a_network_one_message_says_which_file_to_put_where(tmp_path):
    with pytest.raises(OSError, match="not on this machine") as caught:
        imdb.load_data()
    message = str(caught.value)
    for part in (
        "imdb.npz",
        "TINYNET_DATA",
        str(tmp_path / "keras" / "datasets"),
        "`path`",
        _download.BASE_URL,
    ):
        assert part in message
    assert caught.value.__suppress_context__
    assert not list((tmp_path / "keras" / "datasets").iterdir())


def test_without_pooch_the_message_names_the_extra_as_well(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(OSError, match=r"tinynet-engine\[datasets\][\s\S]*TINYNET_DATA"):
        imdb.get_word_index()


def test_a_cached_file_of_another_hash_is_not_taken_and_not_lost(tmp_path):
    cached = boston_file(tmp_path / "keras" / "datasets" / "boston_housing.npz", 3)
    with pytest.raises(OSError, match="hash is not the published"):
        boston_housing.load_data()
    assert loaded_price(path=cached) == 3


def test_a_cache_that_cannot_be_made_is_in_the_message(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="TINYNET_DATA"):
        boston_housing.load_data()


def test_importing_the_data_sets_loads_nothing_heavy():
    code = (
        "import sys, tinynet.datasets; "
        "print({'pooch', 'requests', 'tqdm', 'numba', 'scipy', 'http.client'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"

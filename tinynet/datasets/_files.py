"""Finds the files of Keras's data sets: which folders are searched, in which order, and what is checked."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tinynet._arguments import path as path_of

# Keras's own hashes of its downloads, by their places in Keras's cache folder; for some there is none.
_HASHES: dict[str, str | None] = {
    "boston_housing.npz": "sha256:f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    "california_housing.npz": "sha256:1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    "cifar-10-python.tar.gz": "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    "cifar-100-python.tar.gz": "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    "fashion-mnist/t10k-images-idx3-ubyte.gz": None,
    "fashion-mnist/t10k-labels-idx1-ubyte.gz": None,
    "fashion-mnist/train-images-idx3-ubyte.gz": None,
    "fashion-mnist/train-labels-idx1-ubyte.gz": None,
    "imdb.npz": "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "imdb_word_index.json": "md5:bfafd718b763782e994055a2d397834f",
    "mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "reuters.npz": "sha256:d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    "reuters_word_index.json": "md5:4d44cc38712099c9e383dc6e5f11a921",
}


def cache_folder() -> Path:
    """Return Keras's cache folder for data. It is shared, so that neither downloads what the other has."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def find(name: str, path: str | os.PathLike[str]) -> Path:
    """Find one of Keras's data files, downloading it if it is not on this machine.

    Searched in this order: ``path``, if it differs from ``name`` and names a file; the folder that the
    environment variable ``TINYNET_DATA`` names (these two are used as they are); Keras's cache folder, if the
    hash is right; Keras's address.

    Parameters
    ----------
    name : str
        The file's place in Keras's cache folder, with the folder that is its own there.
    path : str or path-like
        What the user passed. As in Keras, a bare name that is not a file is the file's name in the cache
        folder.

    Raises
    ------
    FileNotFoundError
        If ``path`` contains a folder and there is no such file.
    OSError
        If the file is not on this machine and cannot be downloaded. The message says which file to put where.
    ValueError
        If the downloaded file has the wrong hash.
    """
    given = Path(path_of("load_data", "path", path)).expanduser()
    if os.fspath(path) != name and given.is_file():
        return given
    if os.path.dirname(path) and os.fspath(path) != name:
        raise FileNotFoundError(f"`path` does not name a file. Received: path={os.fspath(path)!r}")

    if folder := os.environ.get("TINYNET_DATA"):
        for prepared in (Path(folder).expanduser() / given, Path(folder).expanduser() / given.name):
            if prepared.is_file():
                return prepared

    known_hash = _HASHES[name]
    cached = cache_folder() / given
    if cached.is_file() and has_hash(cached, known_hash):
        return cached

    from tinynet.datasets._download import download

    return download(name, cached, known_hash)


def has_hash(path: Path, known_hash: str | None) -> bool:
    """Return whether a file has the hash, ``"sha256:…"``; any file has, if none is known."""
    if known_hash is None:
        return True
    algorithm, digest = known_hash.split(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest

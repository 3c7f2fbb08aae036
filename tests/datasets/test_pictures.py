"""Fashion-MNIST's and CIFAR-10's files: read as Keras reads them, and refused where they are damaged."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import shutil
import struct
import tarfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from tinynet.datasets import cifar10, cifar100, fashion_mnist

pytestmark = pytest.mark.usefixtures("offline")
RNG = np.random.default_rng(0)
NAMES = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
FOLDER = "cifar-10-batches-py"


def idx(array):
    """Return an array of bytes in the form of IDX files."""
    return gzip.compress(struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes())


@pytest.fixture
def clothes(tmp_path):
    """A folder with the four files, of 9 and 4 pictures."""
    for name, shape in zip(NAMES, [(9, 28, 28), (9,), (4, 28, 28), (4,)], strict=True):
        (tmp_path / name).write_bytes(idx(RNG.integers(0, 10, shape, np.uint8)))
    return tmp_path


def test_fashion_mnist_gives_what_keras_gives(clothes):
    theirs = pytest.importorskip("keras.src.datasets.fashion_mnist")
    with mock.patch.object(theirs, "get_file", side_effect=lambda name, **kwargs: str(clothes / name)):
        expected = theirs.load_data()
    for part, their_part in zip(fashion_mnist.load_data(clothes), expected, strict=True):
        for array, their_array in zip(part, their_part, strict=True):
            assert array.dtype == their_array.dtype
            np.testing.assert_array_equal(array, their_array)


@pytest.mark.parametrize("folder", ["data", "data/fashion-mnist", "keras/datasets/fashion-mnist"])
def test_fashion_mnist_is_found_where_keras_and_people_put_it(folder, clothes, tmp_path, monkeypatch):
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path / "data"))
    os.makedirs(tmp_path / folder)
    for name in NAMES:
        shutil.move(clothes / name, tmp_path / folder)
    (x_train, _), (_, y_test) = fashion_mnist.load_data()
    assert (x_train.shape, y_test.shape) == ((9, 28, 28), (4,))


DAMAGES = {
    "nothing": b"",
    "not packed": b"\0\0\x08\x03" + b"\0" * 12,
    "cut": idx(np.zeros((9, 28, 28), np.uint8))[:-20],
    "fewer numbers than promised": gzip.compress(struct.pack(">4I", 0x803, 9, 28, 28)),
    "no room for a header": gzip.compress(b"\0\0\x08\x03"),
    "whole numbers of four bytes": gzip.compress(struct.pack(">4I", 0xC03, 0, 28, 28)),
    "another number of axes": idx(np.zeros((9, 784), np.uint8)),
    "pictures without labels": idx(np.zeros((8, 28, 28), np.uint8)),
    "a bomb": gzip.compress(b"\0" * 2**26),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pictures_are_a_value_error_that_names_the_file(damage, clothes):
    (clothes / NAMES[0]).write_bytes(DAMAGES[damage])
    with pytest.raises(ValueError, match=r"train-(images|labels).*(cannot be read|a class for each)"):
        fashion_mnist.load_data(clothes)


def test_without_a_network_the_message_says_which_file_of_fashion_mnist_to_put_where():
    with pytest.raises(OSError, match=r"(?s)9/train-images-idx3-ubyte\.gz.*datasets.fashion-mnist.train-images"):
        fashion_mnist.load_data()


def batches():
    """Return the contents of CIFAR-10's files, with 3 photographs each."""
    contents = {}
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        data = {b"data": RNG.integers(0, 256, (3, 3072)).astype(np.uint8), b"labels": [1, 9, 0], b"batch_label": b"1"}
        contents[name] = pickle.dumps(data)
    return contents


def written(path, contents, archived):
    """Write CIFAR-10's files, as an archive or as a folder, and return the path."""
    if not archived:
        (path / FOLDER).mkdir(parents=True)
        for name, content in contents.items():
            (path / FOLDER / name).write_bytes(content)
        return path
    path = path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("archived", [True, False])
def test_cifar10_gives_what_keras_reads(archived, tmp_path):
    theirs = pytest.importorskip("keras.src.datasets.cifar")
    contents = batches()
    path = written(tmp_path, contents, archived)
    (x_train, y_train), (x_test, y_test) = cifar10.load_data(path)
    assert (x_train.shape, y_train.shape, x_test.shape) == ((15, 32, 32, 3), (15, 1), (3, 32, 32, 3))
    (tmp_path / "plain").write_bytes(contents["data_batch_2"])
    x, y = theirs.load_batch(tmp_path / "plain")
    np.testing.assert_array_equal(x_train[3:6], x.transpose(0, 2, 3, 1))
    assert y_train[3:6, 0].tolist() == y_test[:, 0].tolist() == y
    assert x_train.dtype == y_train.dtype == np.uint8


def test_cifar10_as_python_2_wrote_it_is_read(tmp_path):
    contents = batches()
    begin = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\0\x85U\x01b"
    )
    dtype = b"cnumpy\ndtype\nU\x02u1K\0K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    state = b"\x87Rq\x05(K\x01K\x01M\0\x0c\x86" + dtype
    data = b"\x89T\0\x0c\0\0" + bytes(range(256)) * 12 + b"tbU\x06labels]K\x07au."
    contents["test_batch"] = begin + state + data
    _, (x, y) = cifar10.load_data(written(tmp_path, contents, archived=True))
    assert y.tolist() == [[7]]
    np.testing.assert_array_equal(x[0].transpose(2, 0, 1).ravel(), np.tile(np.arange(256), 12))


def test_cifar10_is_found_where_keras_unpacks_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    written(tmp_path / "datasets" / "cifar-10-batches-py-target", batches(), archived=False)
    (_, y_train), _ = cifar10.load_data()
    assert y_train.shape == (15, 1)


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize(("mode", "classes"), [("fine", [99, 0, 5]), ("coarse", [19, 1, 1])])
def test_cifar100_gives_what_keras_reads(mode, classes, archived, tmp_path, monkeypatch):
    theirs = pytest.importorskip("keras.src.datasets.cifar100")
    rows = RNG.integers(0, 256, (3, 3072)).astype(np.uint8)
    content = pickle.dumps({b"data": rows, b"fine_labels": [99, 0, 5], b"coarse_labels": [19, 1, 1]})
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    for name in ("train", "test"):
        (folder / name).write_bytes(content)
    path = tmp_path
    if archived:
        path = tmp_path / "cifar-100-python.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "cifar-100-python")
    monkeypatch.setattr(theirs, "get_file", lambda **options: str(tmp_path))
    for ours, expected in zip(cifar100.load_data(mode, path), theirs.load_data(mode), strict=True):
        for mine, other in zip(ours, expected, strict=True):
            np.testing.assert_array_equal(mine, other)
            assert mine.dtype == other.dtype
        assert ours[1].ravel().tolist() == classes


def test_another_mode_of_labels_is_refused():
    with pytest.raises(ValueError, match="`label_mode` must be one of"):
        cifar100.load_data("rough")


class Payload:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda marker: pickle.dumps({b"data": Payload(marker)}), "asks for"),
        (lambda marker: pickle.dumps([1, 2]), "holds a list"),
        (lambda marker: pickle.dumps({b"data": [1], b"labels": [1]}), "no rows of 3072"),
        (lambda marker: pickle.dumps({b"data": np.zeros((3, 3072)), b"labels": [1, 2, 3]}), "no rows of 3072"),
        (
            lambda marker: pickle.dumps({b"data": np.zeros((3, 3072), np.uint8), b"labels": [1]}),
            r"labels of shape \(1,\)",
        ),
        (lambda marker: pickle.dumps({b"labels": [1]}), "data"),
        (lambda marker: b"", "EOFError"),
        (None, "data_batch_4"),
    ],
)
def test_what_is_not_cifar10_is_refused_and_no_code_runs(archived, content, words, tmp_path):
    contents = batches()
    if content is None:
        del contents["data_batch_4"]
    else:
        contents["data_batch_4"] = content(tmp_path / "ran")
    path = written(tmp_path, contents, archived)
    with pytest.raises(ValueError, match=f"cannot be read as CIFAR-10.*{words}"):
        cifar10.load_data(path)
    assert not (tmp_path / "ran").exists()

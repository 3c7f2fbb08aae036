"""Files of weights that nobody vouches for: the right weights or a ValueError, and no memory beyond the file's own."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from tests.support.mutations import members_of, mutated, npy_of, npz_of
from tests.support.nets import classifier, unchanged
from tinynet.backend import set_floatx


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the content of a good file."""
    path = tmp_path_factory.mktemp("weights") / "w.npz"
    classifier().save_weights(path)
    return path.read_bytes()


def with_kernel(whole, content, method=zipfile.ZIP_STORED):
    """Return the file with other content for its first kernel."""
    (first, version), (name, _), *rest = members_of(whole)
    return npz_of([(first, version), (name, content), *rest], method)


def header(**entries):
    return {"descr": "<f4", "fortran_order": False, "shape": (4, 5), **entries}


BODY = bytes(80)
HOSTILE = {
    "a header that promises 10¹² numbers": (npy_of(header(shape=(10**12,)), BODY), r"promises .*1000000000000.* 80"),
    "a shape below zero": (npy_of(header(shape=(-4, -5)), BODY), "promises"),
    "a shape beyond all numbers": (npy_of(header(shape=(2**62, 2**62)), BODY), "promises"),
    "fewer numbers than the header says": (npy_of(header(), BODY[:-1]), "80 bytes, and it has 79"),
    "more numbers": (npy_of(header(), BODY + b"1"), "80 bytes, and it has 81"),
    "objects": (npy_of(header(descr="|O"), BODY), "allow_pickle"),
    "text": (npy_of(header(descr="<U5"), BODY), "holds <U5"),
    "complex numbers": (npy_of(header(descr="<c8", shape=(2, 5)), BODY), "holds complex64"),
    "whole numbers": (npy_of(header(descr="<i4"), BODY), "holds int32"),
    "fields": (npy_of(header(descr=[("a", "<f4")]), BODY), "holds"),
    "a header that is code": (npy_of(b"{'descr': __import__('os')}", BODY), "not a file written by"),
    "a header that is cut": (npy_of(b"{'descr': '<f4', 'fortran_order': Fal", BODY), "not a file written by"),
    "a header of brackets": (npy_of(b"(" * 9000, BODY), "not a file written by"),
    "a header without end": (b"\x93NUMPY\x01\x00\xff\xff{", "not a file written by"),
    "an unknown version": (npy_of(header(), BODY, version=9), "not a file written by"),
    "no array": (b"hello", "not a file written by"),
    "nothing": (b"", "not a file written by"),
    "numbers beyond float32": (npy_of(header(descr="<f8"), np.full(20, 1e300).tobytes()), "1e.300.*cannot hold"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_dishonest_file_is_a_value_error_that_names_it(name, whole, tmp_path):
    content, words = HOSTILE[name]
    (tmp_path / "w.npz").write_bytes(with_kernel(whole, content))
    model = classifier(seed=9)
    with unchanged(model), pytest.raises(ValueError, match=rf"w\.npz.*{words}"):
        model.load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 99])
def test_ways_of_compression_that_numpy_never_uses_are_refused(method, whole, tmp_path):
    content = with_kernel(whole, npy_of(header(), BODY), zipfile.ZIP_DEFLATED if method == 99 else method)
    for mark, at in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):  # where a zip file's headers name it
        for place in (i for i in range(len(content)) if content.startswith(mark, i)):
            content = content[: place + at] + struct.pack("<H", method) + content[place + at + 2 :]
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(ValueError, match=rf"w\.npz.*by method {method}"):
        classifier().load_weights(tmp_path / "w.npz")


def test_a_zip_bomb_costs_no_memory(whole, tmp_path):
    bomb = with_kernel(whole, npy_of(header(shape=(10_000_000,)), bytes(40_000_000)), zipfile.ZIP_DEFLATED)
    (tmp_path / "w.npz").write_bytes(bomb)
    model = classifier()
    tracemalloc.start()
    try:
        with unchanged(model), pytest.raises(ValueError, match=r"w\.npz.*unpacks to over 100 times"):
            model.load_weights(tmp_path / "w.npz")
        assert tracemalloc.get_traced_memory()[1] < len(bomb) + 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("descr", ["<f4", ">f4", "<f8", ">f8", "<f2"])
@pytest.mark.parametrize("fortran_order", [False, True])
def test_other_float_types_and_orders_are_read_as_they_are(descr, fortran_order, whole, tmp_path):
    kernel = np.arange(20.0).reshape(4, 5)
    body = kernel.astype(descr).tobytes("F" if fortran_order else "C")
    content = with_kernel(whole, npy_of(header(descr=descr, fortran_order=fortran_order), body), zipfile.ZIP_DEFLATED)
    (tmp_path / "w.npz").write_bytes(content)
    model = classifier()
    model.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(model.get_weights()[0], kernel)


def test_weights_that_the_models_float_type_cannot_hold_are_refused_and_infinite_ones_kept():
    model = classifier()
    kernel, *rest = model.get_weights()
    large = kernel.astype("float64")
    large[1, 2] = -1e300
    with unchanged(model), pytest.raises(ValueError, match=r"'kernel' has -1e\+300 at \(1, 2\), which float32 cannot"):
        model.set_weights([large, *rest])
    large[1, 2] = np.inf
    model.set_weights([large, *rest])
    assert model.get_weights()[0][1, 2] == np.inf
    set_floatx("float64")
    large[1, 2] = 1e300
    wide = classifier()
    wide.set_weights([large, *wide.get_weights()[1:]])
    assert wide.get_weights()[0][1, 2] == 1e300


def test_damaged_files_end_in_the_weights_that_numpy_reads_or_a_value_error(whole, tmp_path):
    model, path = classifier(seed=9), tmp_path / "w.npz"
    before, loaded = model.get_weights(), 0
    for seed in range(150):
        path.write_bytes(mutated(whole, random.Random(seed)))
        model.set_weights(before)
        try:
            model.load_weights(path)
        except ValueError as error:
            assert "w.npz" in str(error), seed  # noqa: PT017 - the file may also be as good as it was
            expected = before
        else:
            loaded += 1
            with np.load(path) as file:
                expected = [array for name, array in file.items() if name != "tinynet_format"]
        for ours, right in zip(model.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(ours, right, err_msg=str(seed))
    assert 3 < loaded < 40

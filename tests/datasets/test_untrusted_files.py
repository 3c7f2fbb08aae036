"""What is refused in data files, before any of it runs; and honest files are read as NumPy reads them."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tinynet.datasets import boston_housing, imdb, mnist, reuters
from tinynet.datasets._npz import read_npz

pytestmark = pytest.mark.usefixtures("offline")

TEXT = np.fromiter([[1, 2, 3], [4], [5, 6]], dtype=object)
LABELS = np.arange(3)
MEMBERS = {
    imdb: {"x_train": TEXT, "y_train": LABELS, "x_test": TEXT, "y_test": LABELS},
    reuters: {"x": TEXT, "y": LABELS},
    boston_housing: {"x": np.ones((3, 13)), "y": np.ones(3)},
    mnist: {
        "x_train": np.ones((3, 28, 28)),
        "y_train": LABELS,
        "x_test": np.ones((3, 28, 28)),
        "y_test": LABELS,
    },
}


class Payload:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def npy(shape, content: bytes) -> bytes:
    """Build an object array's .npy file around any pickle."""
    file = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + content


def npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def test_the_payload_of_these_tests_would_run(tmp_path):
    pickle.loads(pickle.dumps(Payload(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(("module", "member"), [(m, name) for m, arrays in MEMBERS.items() for name in arrays])
@pytest.mark.parametrize("deep", [False, True])
def test_code_in_any_array_of_any_file_is_refused_before_it_runs(module, member, deep, tmp_path):
    marker = tmp_path / "ran"
    content = [1, [Payload(marker)]] if deep else Payload(marker)
    evil = np.fromiter([[1], content, [2]], dtype=object)
    np.savez(tmp_path / "evil.npz", **{**MEMBERS[module], member: evil})
    with pytest.raises(ValueError, match="asks for"):
        module.load_data(path=tmp_path / "evil.npz")
    assert not marker.exists()


@pytest.mark.parametrize("module", MEMBERS)
def test_a_bare_pickle_in_place_of_a_data_file_is_refused(module, tmp_path):
    (tmp_path / "evil.npz").write_bytes(pickle.dumps(Payload(tmp_path / "ran")))
    with pytest.raises(ValueError, match="cannot be read"):
        module.load_data(path=tmp_path / "evil.npz")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("module", [imdb, reuters])
def test_a_pickle_in_place_of_a_word_index_is_refused(module, tmp_path):
    (tmp_path / "evil.json").write_bytes(pickle.dumps(Payload(tmp_path / "ran")))
    with pytest.raises(ValueError):  # noqa: PT011 - the JSON reader's own words
        module.get_word_index(path=tmp_path / "evil.json")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("numpy", "load"),
        ("numpy", "ndarray.tofile"),
        ("numpy", "dtype.__init__"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy._core.multiarray", "_reconstruct.__self__.os.system"),
        ("tinynet.datasets._npz", "_Array"),
    ],
)
@pytest.mark.parametrize("stack_global", [False, True])
def test_no_name_but_the_four_is_ever_looked_up(module, name, stack_global, tmp_path):
    text = pickle.SHORT_BINUNICODE
    if stack_global:
        named = b"".join(text + bytes([len(s)]) + s.encode() for s in (module, name)) + pickle.STACK_GLOBAL
    else:
        named = pickle.GLOBAL + f"{module}\n{name}\n".encode()
    file = npz(tmp_path / "evil.npz", x=npy((1,), b"\x80\x04" + named + b")R."))
    with pytest.raises(ValueError, match="asks for"):
        read_npz(file, "x")


def test_refusing_a_name_does_not_import_its_module(tmp_path, monkeypatch):
    (tmp_path / "trap.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    file = npz(tmp_path / "evil.npz", x=npy((1,), b"\x80\x02ctrap\nname\n."))
    with pytest.raises(ValueError, match=r"trap\.name"):
        read_npz(file, "x")


def test_numpy_s_own_names_cannot_be_turned_into_pointers(tmp_path):
    # numpy.ndarray((2,), a dtype whose state says that its objects are no objects, b"AAAA...") makes NumPy
    # follow the address 0x4141414141414141.
    number = b"J\xff\xff\xff\xff"
    dtype = b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8K\x00K\x01tR(K\x03X\x01\x00\x00\x00|NNN" + number * 2 + b"K\x00tb"
    direct = b"\x80\x03cnumpy\nndarray\n((K\x02t" + dtype + b"C\x10" + b"A" * 16 + b"tR."
    rebuilt = (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01(K\x02t"
        + dtype
        + b"K\x00C\x10"
        + b"A" * 16
        + b"tb."
    )
    for content in (direct, rebuilt):
        file = npz(tmp_path / "evil.npz", x=npy((2,), content))
        # In a process of its own: if this test fails, it crashes.
        code = f"from tinynet.datasets._npz import read_npz; repr(read_npz({str(file)!r}, 'x'))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "ValueError" in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"not an array at all",
        npy((3,), b""),
        npy((3,), b"\x80\x04."),
        npy((3,), pickle.dumps([1, 2, 3])),
        npy((3,), pickle.dumps(np.array([[1], [2, 3]], dtype=object))),
        npy((3,), pickle.dumps(np.array([1, 2, 3]))),
        npy((3,), pickle.dumps(np.array(["a", "b", "c"]))),
        npy((3,), pickle.dumps(np.array(["2020-01-01"] * 3, dtype="datetime64[D]"))),
        npy((1,), pickle.dumps(np.array([(1, 2)], dtype=[("a", "i4"), ("b", "O")]))),
    ],
)
def test_whatever_is_not_the_announced_array_is_a_value_error(content, tmp_path):
    file = npz(tmp_path / "odd.npz", x=content)
    with pytest.raises(ValueError, match=r"odd\.npz cannot be read"):
        read_npz(file, "x")


def test_a_truncated_or_flipped_file_is_a_value_error(tmp_path):
    np.savez_compressed(tmp_path / "good.npz", x=TEXT, y=LABELS)
    good = (tmp_path / "good.npz").read_bytes()
    flipped = bytearray(good)
    flipped[60] ^= 255
    for damaged in (good[:-1], good[: len(good) // 2], bytes(flipped), b""):
        (tmp_path / "bad.npz").write_bytes(damaged)
        with pytest.raises(ValueError, match="cannot be read"):
            reuters.load_data(path=tmp_path / "bad.npz")


def test_a_missing_array_is_named(tmp_path):
    np.savez(tmp_path / "half.npz", x=np.zeros((5, 13)))
    with pytest.raises(ValueError, match=r"y\.npy"):
        boston_housing.load_data(path=tmp_path / "half.npz")


@pytest.mark.parametrize("protocol", [3, 4])  # those that NumPy has written with Python 3
@pytest.mark.parametrize(
    "array",
    [
        TEXT,
        np.fromiter([], dtype=object),
        np.array([[[1], [2]], [[3], [4]]], dtype=object),
        np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=object)),
        np.fromiter([np.arange(3, dtype=">i2"), np.array([True]), np.eye(2, 3, order="F")], dtype=object),
    ],
)
def test_honest_object_arrays_are_read_as_numpy_reads_them(array, protocol, tmp_path):
    content = pickle.dumps(array, protocol=protocol)
    old_name = content.replace(b"numpy._core.multiarray\n", b"numpy.core.multiarray\n")
    for version in (content, old_name):
        (ours,) = read_npz(npz(tmp_path / "x.npz", x=npy(array.shape, version)), "x")
        assert ours.dtype == object
        assert ours.shape == array.shape
        for a, b in zip(ours.flat, array.flat, strict=True):
            assert type(a) is type(b)
            np.testing.assert_array_equal(a, b)


def test_an_object_array_that_python_2_wrote_is_read(tmp_path):
    number = b"J\xff\xff\xff\xff"
    content = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01(K\x02t"
        b"cnumpy\ndtype\n(U\x02O8K\x00K\x01tR(K\x03U\x01|NNN" + number * 2 + b"K?tb\x89](](K\x01M\x10\x27e](K\x03eetb."
    )
    (ours,) = read_npz(npz(tmp_path / "x.npz", x=npy((2,), content)), "x")
    assert ours.tolist() == [[1, 10000], [3]]


def test_loading_leaves_the_garbage_collector_as_it_was(tmp_path):
    import gc

    np.savez(tmp_path / "small.npz", x=TEXT, y=LABELS)
    reuters.load_data(path=tmp_path / "small.npz")
    assert gc.isenabled()
    gc.disable()
    try:
        reuters.load_data(path=tmp_path / "small.npz")
        assert not gc.isenabled()
    finally:
        gc.enable()

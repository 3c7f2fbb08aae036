"""Files that nobody vouches for: damaged copies of every kind that is read, in children with little memory."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import tinynet
from tests.battery.tally import Tally, in_child
from tests.support.mutations import PLAIN, mutated
from tests.support.nets import classifier, same, state_of

#: Bytes that reading a damaged file of some kilobytes may ask for, and its seconds.
MEMORY, SECONDS = 300 << 20, 20
#: Inputs in one child.
BATCH = 500
#: What running code from a file, or being led to another file, would show in.
FORBIDDEN = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect", "os.remove",
             "os.rename", "pickle.find_class", "ctypes.dlopen", "shutil.rmtree", "code.__new__")  # fmt: skip


def _model() -> Any:
    return classifier(optimizer="adam")


def _branched() -> Any:
    """Return a network of many kinds of layers."""
    from tinynet import layers

    x = tinynet.Input((4,))
    words = layers.GlobalAveragePooling1D()(layers.Embedding(5, 3, mask_zero=True)(x))
    steps = layers.Permute((2, 1))(layers.RepeatVector(2)(layers.BatchNormalization()(layers.Dense(3, "elu")(x))))
    rows = layers.LayerNormalization()(layers.Reshape((6,))(steps))
    more = np.exp(rows[:, 1:3]) / (rows[:, :2] * rows[:, :2] + 1.0)
    ends = [words, more, layers.Dot(1)([rows, layers.PReLU()(rows)]), layers.CategoryEncoding(5)(x)]
    model = tinynet.Model(x, [layers.Dense(2, "softmax")(layers.concatenate(ends)), layers.add([rows, rows])])
    model.compile("adam", "mse")
    return model


def good_files(folder: Path) -> dict[str, bytes]:
    """Return the contents of good files, by how they are read and their ending."""
    model, branched, found = _model(), _branched(), {}
    model.fit(*_data(), epochs=1, verbose=0)
    for kind, ending in (("model", ".npz"), ("model", ".keras"), ("model", ".h5"), ("model", ".onnx")):
        path = folder / f"whole{ending}"
        (model.export if ending == ".onnx" else model.save)(path)
        found[f"{kind} {ending}"] = path.read_bytes()
        path = folder / f"branches{ending}"
        (branched.export if ending == ".onnx" else branched.save)(path)
        found[f"branches {ending}"] = path.read_bytes()
    for ending in (".npz", ".weights.h5", ".h5"):
        path = folder / f"weights{ending}"
        model.save_weights(path)
        found[f"weights {ending}"] = path.read_bytes()
    path = folder / "data.npz"
    texts = np.fromiter([[1, 2, 3], [4], [5, 6]], dtype=object)
    np.savez(path, x_train=texts, y_train=np.arange(3), x_test=texts, y_test=np.arange(3))
    found["data .npz"] = path.read_bytes()
    return found


def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 4)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def readers() -> dict[str, Callable[[Any, Path], Any]]:
    """Return what reads a file, by the kind."""
    from tinynet.datasets import imdb

    return {
        "model": lambda model, path: tinynet.models.load_model(path),
        "branches": lambda model, path: tinynet.models.load_model(path),
        "weights": lambda model, path: model.load_weights(path),
        "data": lambda model, path: imdb.load_data(path=str(path)),
    }


class _TooLong(BaseException):
    """An input that takes longer than it may."""


def _alarm(number: int, frame: Any) -> None:
    raise _TooLong


class Reader:
    """Reads files of one kind in this process, and tells what a file did that none may do."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.sort, ending = kind.split()
        self.read, self.path = readers()[self.sort], folder / f"{os.getpid()}{ending}"
        self.model = _model()
        self.model.predict(_data()[0], verbose=0)
        self.before = state_of(self.model)
        self.forbidden: list[str] = []
        self.active = False
        warnings.simplefilter("ignore")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # HDF5 writes its own messages there
        sys.addaudithook(self._watch)

    def _watch(self, event: str, arguments: Any) -> None:
        if self.active and (event in FORBIDDEN or (event == "open" and _writes(arguments))):
            self.forbidden.append(f"{event} {arguments!r:.80}")

    def outcome(self, content: bytes) -> str:
        """Return what was wrong when a file was read; "" if it was read, or refused as it should be."""
        self.path.write_bytes(content)
        outcome = ""
        self.active = True
        try:
            self.read(self.model, self.path)
            if self.sort == "weights":
                self.before = state_of(self.model)
        except ValueError as error:
            outcome = "" if self.path.name in str(error) else f"does not name the file: {error!s:.150}"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error!s:.150}"
        finally:
            self.active = False
        if self.sort == "weights" and not same(state_of(self.model), self.before):
            outcome = f"changed the model. {outcome}"
        if self.forbidden:
            outcome = f"did what no file may do: {self.forbidden}"
            self.forbidden.clear()
        return outcome


def read_all(kind: str, content: bytes, seeds: range, folder: Path) -> Tally:
    """Read damaged copies, one for each seed."""
    tally, reader = Tally(), Reader(kind, folder)
    signal.signal(signal.SIGALRM, _alarm)
    for seed in seeds:
        rng = random.Random(f"{kind} {seed}")
        damaged = content
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            damaged = _damaged_again(damaged, rng)
        tally.inputs += 1
        try:
            signal.alarm(SECONDS)
            outcome = reader.outcome(damaged)
        finally:
            signal.alarm(0)
        if outcome:
            tally.failures.append(f"{kind} {seed}: {outcome}")
    reader.path.unlink()
    return tally


def _damaged_again(content: bytes, rng: random.Random) -> bytes:
    """Return a damaged copy of what may be damaged already."""
    if len(content) < 100:
        return content
    try:
        return mutated(content, rng)
    except Exception:
        return rng.choice(PLAIN)(content, rng)


def _writes(arguments: Any) -> bool:
    """Whether an `open` is one to write."""
    _, mode, flags = (*arguments, None, 0)[:3]
    return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def damaged(count: int, seed: int = 0) -> Tally:
    """Read `count` damaged files of all kinds."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = good_files(folder)
        each = -(-count // len(good))
        for kind, content in good.items():
            for first in range(0, each, BATCH):
                seeds = range(seed + first, seed + min(each, first + BATCH))
                found, end = in_child(lambda k=kind, c=content, s=seeds: read_all(k, c, s, folder), MEMORY)  # type: ignore[misc]
                tally.add(found or Tally(len(seeds), 0, [f"{kind} {seeds}: the child {end}"]))
    return tally


#: What is no file, and how it is made in a folder.
NO_FILES: dict[str, Callable[[Path], Any]] = {
    "a FIFO that nobody writes to": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to(path.parent / "nothing"),
    "a link to a FIFO": lambda path: (os.mkfifo(path.parent / "fifo"), path.symlink_to(path.parent / "fifo")),
    "an endless file": lambda path: path.symlink_to("/dev/zero"),
    "an empty file": lambda path: path.write_bytes(b""),
    "a device without content": lambda path: path.symlink_to("/dev/null"),
    "a sparse file of a terabyte": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 40),
}


def no_files() -> Tally:
    """Read what is no regular file, of every kind, with every reader."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        # What is imported now is not imported by each child.
        kinds = tuple(good_files(Path(name)))
    for kind in kinds:
        sort, ending = kind.split()
        for what, make in NO_FILES.items():

            def work(sort: str = sort, ending: str = ending, make: Any = make) -> str:
                with tempfile.TemporaryDirectory() as name:
                    path = Path(name) / f"m{ending}"
                    make(path)
                    signal.signal(signal.SIGALRM, _alarm)
                    signal.alarm(SECONDS)
                    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                    try:
                        readers()[sort](_model(), path)
                        return "was read"
                    except (ValueError, OSError) as error:
                        return "" if path.name in str(error) else f"does not name the file: {error!r:.150}"
                    except BaseException as error:
                        return f"{type(error).__name__}: {error!s:.150}"
                    finally:
                        signal.alarm(0)

            found, end = in_child(work, MEMORY, patience=2 * SECONDS)
            tally.inputs += 1
            if found != "":
                tally.failures.append(f"{what} as {kind}: {found or end}")
    return tally

"""``kill -9`` while files are written: afterwards there is the old file or the new one, and it can be read."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import tinynet
from tests.battery.tally import Tally
from tinynet.callbacks import BackupAndRestore

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X[:, :1]


def _model(number: float) -> Any:
    """Return a network all of whose weights are a number; large enough that writing takes a while."""
    model = tinynet.Sequential(
        [tinynet.Input((4,)), tinynet.layers.Dense(400), tinynet.layers.Dense(60), tinynet.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    model.set_weights([np.full_like(w, number) for w in model.get_weights()])
    return model


def _weights_of(path: Path) -> list[np.ndarray]:
    model = _model(0.0)
    model.load_weights(path)
    return model.get_weights()


#: How a file is written and read, by its ending.
FORMS: dict[str, tuple[Callable[[Any, Path], Any], Callable[[Path], list[np.ndarray]]]] = {
    ".npz": (lambda m, p: m.save(p), lambda p: tinynet.models.load_model(p).get_weights()),
    ".keras": (lambda m, p: m.save(p), lambda p: tinynet.models.load_model(p).get_weights()),
    ".h5": (lambda m, p: m.save(p), lambda p: tinynet.models.load_model(p).get_weights()),
    ".onnx": (lambda m, p: m.export(p), lambda p: tinynet.models.load_model(p).get_weights()),
    ".weights.npz": (lambda m, p: m.save_weights(p), _weights_of),
    ".weights.h5": (lambda m, p: m.save_weights(p), _weights_of),
}


def _writer(save: Callable[[Any, Path], Any], path: Path, models: list[Any]) -> int:
    """Start a process that saves the models in turn, for ever; return its id once it has begun."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, b".")
            while True:
                for model in models:
                    save(model, path)
        finally:
            os._exit(1)
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    return child


def saves(count: int, seed: int = 0) -> Tally:
    """Kill `count` processes that save, at random moments."""
    tally, rng = Tally(), random.Random(seed)
    models = [_model(1.0), _model(2.0)]
    with tempfile.TemporaryDirectory() as name:
        for ending, (save, load) in FORMS.items():
            path = Path(name) / f"m{ending}"
            begun = time.perf_counter()
            save(models[0], path)
            seconds = time.perf_counter() - begun
            for number in range(-(-count // len(FORMS))):
                child = _writer(save, path, models)
                time.sleep(rng.random() * 3 * seconds)
                os.kill(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                tally.inputs += 1
                tally.faults += 1
                try:
                    values = {float(value) for w in load(path) for value in np.unique(w)}
                    problem = "" if values in ({1.0}, {2.0}) else f"it holds {sorted(values)[:5]}"
                except Exception as error:
                    problem = repr(error)
                if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                    problem += f" the writer ended with {status}"
                if problem:
                    tally.failures.append(f"{ending}, kill {number}: {problem}")
            save(models[0], path)  # what the killed ones have left is removed by the next one
            if left := [other.name for other in Path(name).iterdir() if other.name not in {f"m{e}" for e in FORMS}]:
                tally.failures.append(f"{ending}: left behind {left}")
    return tally


def _backed_up(folder: Path, kill_after: float | None) -> str:
    """Train in a child with a backup after each batch; return what it ended with, or "" if it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            tinynet.set_random_seed(1)
            model = tinynet.Sequential([tinynet.Input((4,)), tinynet.layers.Dense(8), tinynet.layers.Dense(1)])
            model.compile("adam", "mse")
            history = model.fit(
                X, Y, batch_size=8, epochs=10, verbose=0, callbacks=[BackupAndRestore(folder, save_freq=1)]
            )
            told = repr([float(w.sum()) for w in model.get_weights()]) + repr(history.history["loss"][-1])
            os.write(writing, told.encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told


def backups(count: int, seed: int = 0) -> Tally:
    """Kill trainings with a backup until one ends: it ends as the one that nobody killed."""
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "b"
        begun = time.perf_counter()
        whole = _backed_up(folder, None)
        seconds = time.perf_counter() - begun
        while tally.faults < count:
            told = ""
            for _ in range(5):
                told = told or _backed_up(folder, rng.random() * seconds)
                tally.faults += 1
            told = told or _backed_up(folder, None)
            tally.inputs += 1
            if told != whole:
                tally.failures.append(f"after kills it ended with {told!r} instead of {whole!r}")
    return tally

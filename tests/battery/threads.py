"""Threads and processes: many that ask one model that is trained, many that train, forks, and one empty folder."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import tinynet
from tests.battery.tally import Tally, in_child
from tinynet.layers import Dense, Dropout, Input

ROOT = Path(__file__).parents[2]
X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def network(seed: int = 0, compiled: bool = True, units: int = 16) -> Any:
    """Return a network; the same one for the same seed."""
    tinynet.set_random_seed(seed)
    model = tinynet.Sequential([Input((6,)), Dense(units, "relu"), Dropout(0.2), Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], compiled=compiled)
    model.shuffle_state()
    return model


def _bits(model: Any) -> bytes:
    return b"".join(w.tobytes() for w in model.get_weights())


def asked_while_trained(count: int, seed: int = 0) -> Tally:
    """Eight threads predict and evaluate while another one trains; the training is that of a model left alone."""
    tally = Tally()
    for compiled in (True, False):
        model, twin, failures = network(compiled=compiled), network(compiled=compiled), tally.failures
        stop = threading.Event()

        def ask(number: int, model: Any = model, stop: Any = stop, failures: Any = failures) -> int:
            made = 0
            while not stop.is_set() or not made:
                found = model.predict(X[: 5 + number], verbose=0) if number % 2 else model(X[: 5 + number])
                loss = model.evaluate(X, Y, verbose=0)[0] if number == 7 else 0.0
                if found.shape != (5 + number, 1) or not ((found >= 0) & (found <= 1)).all() or not np.isfinite(loss):
                    failures.append(f"thread {number} was told {found!r:.80}, {loss}")
                made += 1
            return made

        epochs = 40
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(ask, number) for number in range(8)]
            made = 0
            while made < count:
                model.fit(X, Y, epochs=epochs, verbose=0)
                twin_epochs = epochs
                made = sum(0 if not one.done() else one.result() for one in asking) or made + 8 * epochs
                twin.fit(X, Y, epochs=twin_epochs, verbose=0)
                if _bits(model) != _bits(twin):
                    failures.append("a training that others watched is another one")
                    break
            stop.set()
            tally.inputs += sum(one.result() for one in asking)
    return tally


def side_by_side(count: int, seed: int = 0) -> Tally:
    """Several models are trained at once, each by its thread: to the bits of one that is alone."""
    tally = Tally()
    alone = {}
    for number in range(4):
        model = network(number, number % 2 == 0)
        model.fit(X, Y, epochs=4, verbose=0)
        alone[number] = _bits(model)
    for _ in range(-(-count // 8)):
        models = [(number % 4, network(number % 4, number % 2 == 0)) for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda one: one[1].fit(X, Y, epochs=4, verbose=0), models))
        tally.inputs += len(models)
        tally.failures += [f"model {number} differs" for number, model in models if _bits(model) != alone[number]]
    return tally


def two_trainers(count: int, seed: int = 0) -> Tally:
    """Threads train one model at random moments: each is refused or does all of its steps; none is mixed in."""
    tally, rng = Tally(), random.Random(seed)
    for round_ in range(-(-count // 40)):
        model, twin, done = network(compiled=round_ % 2 == 0), network(compiled=round_ % 2 == 0), []
        waits = [[rng.random() * 2e-3 for _ in range(10)] for _ in range(4)]

        def train(mine: list[float], model: Any = model, done: Any = done) -> int:
            refused = 0
            for wait in mine:
                time.sleep(wait)
                try:
                    model.train_on_batch(X, Y)
                    done.append(1)
                except RuntimeError as error:
                    refused += "being trained by another thread" in str(error)
            return refused

        with ThreadPoolExecutor(4) as pool:
            refused = sum(pool.map(train, waits))
        for _ in done:
            twin.train_on_batch(X, Y)
        tally.inputs += 40
        tally.faults += refused
        if len(done) + refused != 40 or _bits(model) != _bits(twin) or model.optimizer.iterations != len(done):
            tally.failures.append(
                f"{len(done)} done, {refused} refused: the weights are not those of {len(done)} steps"
            )
    return tally


def _trained(seed: int) -> bytes:
    model = network(seed)
    model.fit(X, Y, epochs=2, verbose=0)
    return _bits(model)


def started_after_threads(count: int, seed: int = 0) -> Tally:
    """Processes of every kind are started after, and while, threads train: they train to the same bits."""
    tally, expected = Tally(), _trained(5)
    warnings.simplefilter("ignore")
    busy = network(1, compiled=False, units=64)
    thread = threading.Thread(target=lambda: busy.fit(X, Y, epochs=10**7, verbose=0), daemon=True)
    thread.start()
    try:
        for _ in range(count):
            found, end = in_child(lambda: _trained(5), patience=60)
            tally.inputs += 1
            tally.failures += [] if found == expected else [f"a fork beside a training thread: {end or 'other bits'}"]
    finally:
        busy.stop_training = True
        thread.join()
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            found = pool.map_async(_trained, [5] * 2).get(120)
        tally.inputs += 2
        tally.failures += [f"{method}: other bits" for bits in found if bits != expected]
    return tally


def empty_folder(count: int, seed: int = 0) -> Tally:
    """So many processes meet in one empty folder of kernels; some are killed, and the others train all the same."""
    tally, rng = Tally(), random.Random(seed)
    program = (
        "from tests.battery.threads import _trained; import hashlib; print(hashlib.sha256(_trained(5)).hexdigest())"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TINYNET_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program]
        running = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _ in range(count)]
        killed = running[: count // 5]
        for process in killed:
            time.sleep(rng.random())
            process.kill()
        said = {process.communicate(timeout=500)[0].strip() for process in running[len(killed) :]}
        for process in killed:
            process.communicate()
        tally.inputs, tally.faults = count, len(killed)
        if len(said) != 1 or said == {b""}:
            tally.failures.append(f"they said {said}")
        if left := [path.name for path in Path(folder).rglob("*.claim")]:
            last = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
            if last.returncode:
                tally.failures.append(f"claims {left} of killed processes hinder: {last.stderr!r:.200}")
    return tally


def signals(count: int, seed: int = 0) -> Tally:
    """Signals with handlers of the user's arrive all the time: nothing is lost, and the bits are the same."""
    tally, expected, seen = Tally(), _trained(7), [0]

    def handler(number: int, frame: Any) -> None:
        seen[0] += 1

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
        while seen[0] < count:
            tally.inputs += 1
            if _trained(7) != expected:
                tally.failures.append("a training among signals has other bits")
                break
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    tally.faults = seen[0]
    return tally


def under_asyncio(count: int, seed: int = 0) -> Tally:
    """Fits run in asyncio's threads beside a loop that stays prompt; a task that is cancelled leaves a whole model."""
    tally = Tally()

    async def fits() -> list[bytes]:
        models = [network(number % 3) for number in range(6)]
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.001)
                ticks += 1

        ticking = asyncio.create_task(tick())
        await asyncio.gather(*(asyncio.to_thread(model.fit, X, Y, epochs=3, verbose=0) for model in models))
        ticking.cancel()
        return [_bits(model) for model in models]

    for _ in range(-(-count // 6)):
        found = asyncio.run(fits())
        tally.inputs += 6
        tally.failures += [] if found[:3] == found[3:] else ["models of one seed differ"]
    return tally


ATTACKS: dict[str, tuple[Callable[..., Tally], int, int]] = {
    "8 threads ask while one trains": (asked_while_trained, 200, 20_000),
    "models trained side by side": (side_by_side, 16, 2_000),
    "one model, several trainers": (two_trainers, 80, 10_000),
    "fork, spawn and forkserver after training in threads": (started_after_threads, 3, 200),
    "processes in one empty folder of kernels": (empty_folder, 0, 20),
    "a signal each millisecond": (signals, 100, 20_000),
    "asyncio": (under_asyncio, 6, 600),
}

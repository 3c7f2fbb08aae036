"""Errors and Ctrl-C out of every part that a user writes, at every call: the model stands after its last whole batch.

What comes afterwards has to be what an undisturbed engine would do: the weights and slots after so many batches, the
history of the epochs that were finished, and the training from there on.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tinynet
from tests.battery import bombs
from tests.battery.bombs import BATCH, EPOCHS, FUSE, STEPS, Bomb, X, Y
from tests.battery.tally import Tally
from tinynet import layers, optimizers


def own_parts() -> Any:
    """Return a network of a user's parts."""
    own = {"kernel_constraint": bombs.Clip(), "kernel_regularizer": bombs.Square()}
    dense = layers.Dense(5, bombs.Halved(), kernel_initializer=bombs.Draw(), **own)
    model = tinynet.Sequential([dense, bombs.Scale(), layers.Dense(1)])
    model.compile(optimizers.Adam(bombs.Falling()), bombs.Distance(), metrics=[bombs.squares, bombs.Sum()])
    return model


def compiled() -> Any:
    """Return a network that trains in the compiled loop, with a user's schedule."""
    dense = layers.Dense(5, "relu", kernel_initializer=bombs.Draw())
    model = tinynet.Sequential([dense, layers.Dense(1, "sigmoid")])
    model.compile(optimizers.Adam(bombs.Falling()), "binary_crossentropy", metrics=["accuracy"])
    return model


def _arrays(model: Any, **options: Any) -> Any:
    return model.fit(X, Y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, **options)


def _batches(model: Any) -> Any:
    hooks = [bombs.Hooks()]
    return model.fit(bombs.generator(), steps_per_epoch=STEPS, epochs=EPOCHS, verbose=0, callbacks=hooks)


#: What is disturbed: a network, and how it is fitted.
CASES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "own parts": (own_parts, lambda m: _arrays(m, validation_data=(X, Y), callbacks=[bombs.Hooks()])),
    "own parts, a generator": (own_parts, _batches),
    "compiled": (compiled, lambda m: _arrays(m, validation_data=(X, Y), callbacks=[bombs.Hooks()])),
    "compiled, whole epochs": (compiled, lambda m: _arrays(m, callbacks=[bombs.Sometimes()])),
}


def _new(make: Callable[[], Any]) -> Any:
    tinynet.set_random_seed(3)
    return make()


def _stands_at(model: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return model.get_weights(), [model.optimizer.accumulators.of(p).copy() for p in model.parameters]


def _step(model: Any, number: int) -> None:
    rows = slice(number % STEPS * BATCH, (number % STEPS + 1) * BATCH)
    model.train_on_batch(X[rows], Y[rows])


def _undisturbed(make: Callable[[], Any]) -> list[Any]:
    """Return the states after 0, 1, 2 … batches."""
    model = _new(make)
    model.build((None, 4))
    states: list[Any] = [(model.get_weights(), None)]
    for number in range(STEPS * (EPOCHS + 1)):
        _step(model, number)
        states.append(_stands_at(model))
    return states


def _same(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def _problems(model: Any, states: list[Any], whole: dict[str, list[float]]) -> list[str]:
    """Return what is wrong with a model after an error in `fit`."""
    done, found = int(model.optimizer.iterations), []
    if not model.built:
        model.build((None, 4))
        if not _same(model.get_weights(), states[0][0]):
            found.append("an interrupted build draws other weights")
    weights, slots = states[done]
    if not _same(model.get_weights(), weights):
        found.append(f"the weights are not those after {done} batches")
    if slots is not None and not _same(_stands_at(model)[1], slots):
        found.append("the slots are not in step")
    history = model.history
    if history is not None and history.epoch:
        epochs = len(history.epoch)
        if history.epoch != list(range(epochs)) or epochs not in (done // STEPS, done // STEPS - 1):
            found.append(f"the history has the epochs {history.epoch} after {done} batches")
        if any(column != whole[name][:epochs] for name, column in history.history.items()):
            found.append("the history has other numbers")
    if not np.isfinite(model.predict(X, verbose=0)).all():
        found.append("it predicts no numbers")
    while done % STEPS:  # to the epoch's end
        _step(model, done)
        done += 1
    if done + STEPS < len(states):
        model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0)
        weights, slots = states[done + STEPS]
        if not _same(model.get_weights(), weights) or not _same(_stands_at(model)[1], slots):
            found.append("it trains on otherwise")
    return found


def _disturb(name: str, place: str, at: int, error: Any, undisturbed: tuple[list[Any], dict[str, list[float]]]) -> str:
    """Return what is wrong after an error at one call of one part."""
    make, fit = CASES[name]
    model = _new(make)
    FUSE.set(place, at, error)
    try:
        fit(model)
        problems = ["nothing was raised"]
    except error:
        FUSE.set("", 0, Bomb)
        try:
            problems = _problems(model, *undisturbed)
        except Exception as problem:
            problems = [f"afterwards: {problem!r}"]
    except BaseException as other:
        problems = [f"raised {other!r}"]
    FUSE.set("", 0, Bomb)
    return f"{name}: {error.__name__} at call {at} of {place}: {'; '.join(problems)}" if problems else ""


def disturbed(count: int, seed: int = 0) -> Tally:
    """Disturb some `count` fits: each part at its first, second and last call, and others by chance."""
    tally, rng, each = Tally(), random.Random(seed), -(-count // (2 * len(CASES)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (make, fit) in CASES.items():
            FUSE.set("", 0, Bomb)
            states, model = _undisturbed(make), _new(make)
            FUSE.set("", 0, Bomb)
            whole, counts = dict(fit(model).history), dict(FUSE.counts)
            plans = [(place, at) for place, calls in counts.items() for at in {1, min(2, calls), calls}]
            while len(plans) < each:
                place = rng.choice([*counts])
                plans.append((place, rng.randint(1, counts[place])))
            for place, at in sorted(plans, key=lambda plan: rng.random())[:each]:
                for error in (Bomb, KeyboardInterrupt):
                    tally.inputs += 1
                    tally.faults += 1
                    if problem := _disturb(name, place, at, error, (states, whole)):
                        tally.failures.append(problem)
    return tally

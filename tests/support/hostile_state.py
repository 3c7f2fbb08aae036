"""What a refused call may not change: models with all that belongs to them, parts, streams of random numbers."""

from __future__ import annotations

import hashlib
import random

import numpy as np

#: What else of an object is its state, where it is a plain value.
PLAIN = (bool, int, float, str, bytes, type(None))


def digest_of(*things):
    """Return a digest of the objects' states, of the random streams and of NumPy's settings."""
    found = hashlib.blake2b(digest_size=16)
    for thing in things:
        found.update(repr(state_of(thing)).encode("utf-8", "surrogatepass"))
    found.update(repr(streams()).encode())
    return found.hexdigest()


def streams():
    """Return the states of all generators that tinynet draws from or seeds, and what else is global."""
    from tinynet import config

    _, words, *of_numpy = np.random.get_state()  # noqa: NPY002  what `set_random_seed` seeds
    of_python = hash(random.getstate())
    own = config.generator().bit_generator.state
    return own, words.tobytes(), of_numpy, of_python, np.geterr(), config.floatx()


def state_of(thing, deep=True):
    """Return what must not change when a call is refused, bit by bit."""
    if type(thing) in (list, tuple, dict) and deep:
        return [state_of(each, False) for each in (thing.values() if type(thing) is dict else thing)]
    if not getattr(type(thing), "__module__", "").startswith("tinynet") or not hasattr(thing, "__dict__"):
        return None
    if hasattr(thing, "require_compiled"):
        return of_model(thing)
    found = [(name, _plain(value)) for name, value in sorted(vars(thing).items()) if name != "_used_in"]
    if hasattr(thing, "trainable_parameters"):
        found += [(p.name, p.value.tobytes(), p.trainable) for p in thing.parameters]
    if hasattr(thing, "accumulators"):
        found += [thing.accumulators.of(p).tobytes() for p in thing.accumulators.parameters]
    return found


def of_model(model):
    """Return the state of a model: its weights, slots, layers, configuration, setup, history and counts."""
    optimizer = model.optimizer
    return (
        [w.tobytes() for w in model.get_weights()],
        [(id(layer), state_of(layer)) for layer in model.layers],
        repr(model.get_config()), id(model.setup), model.built, model.name, _plain(model.stop_training),
        optimizer and (int(optimizer.iterations), optimizer.numbers.tobytes(), state_of(optimizer)),
        _history_of(model),
    )  # fmt: skip


def _history_of(model):
    try:
        return repr(getattr(getattr(model, "history", None), "history", None))
    except RuntimeError:  # what was put in its place refuses
        return None


def _plain(value, deep=True):
    if isinstance(value, np.ndarray):
        return value.tobytes() if value.dtype != object and value.size < 1000 else id(value)
    if type(value) in (list, tuple) and deep:
        return [_plain(each, False) for each in value]
    return repr(value) if isinstance(value, PLAIN) else id(value)

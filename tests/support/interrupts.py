"""Interrupts at random moments: what is called stands afterwards as before or as after, and everything is put back.

``python -m tests.support.interrupts 5000`` makes so many; a sample runs with the tests. There are two ways. A trace
raises a KeyboardInterrupt at one of the lines that a call runs through in tinynet, each as likely as the other. A timer
sends the signal that Ctrl-C sends, wherever the call is then.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from linecache import getline
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

import tinynet
from tests.support.nets import same, state_of
from tinynet.callbacks import LambdaCallback
from tinynet.layers import Dense, Dropout, Input, Layer
from tinynet.layers.building import BUILDING
from tinynet.optimizers import Adam, Optimizer

ROOT = str(Path(tinynet.__file__).parent)
X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


class Scale(Layer):
    """A user's layer."""

    def build(self, input_shape):
        self.add_weight("scale", input_shape[-1:], "ones")

    def forward(self, x, training=False):
        if training:
            self.x = x
        return x * self.scale

    def backward(self, dy):
        self.dscale[...] = (dy * self.x).sum(axis=0)
        return dy * self.scale


class Momentum(Optimizer):
    """A user's optimizer."""

    slots = ("m",)

    def update(self, w, dw, slots, step):
        slots[0] += dw
        w -= 0.01 * slots[0]


#: What a network is made of: its loop, and whose layers and optimizer.
KINDS = ("compiled", "layers", "own layer", "own optimizer")


def network(kind, built):
    """Return a small network, the same one every time."""
    tinynet.set_random_seed(1)
    layers = [Dense(4, activation="relu", name="a"), Dropout(0.2, name="d"), Dense(1, activation="sigmoid", name="b")]
    if kind == "own layer":
        layers.insert(1, Scale(name="own"))
    model = tinynet.Sequential([Input((3,)), *layers] if built else layers)
    optimizer = Momentum() if kind == "own optimizer" else Adam(0.01)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], compiled=kind == "compiled")
    if built:
        model.shuffle_state()
    return model


def higher(part):
    part.set_weights([w + 1 for w in part.get_weights()])


def calls(folder):
    """Return what is interrupted, by name: whether the network is built before, and the call."""
    one_batch = {"batch_size": 24, "shuffle": False, "verbose": 0}
    listening = {"validation_data": (X, Y), "callbacks": [LambdaCallback(on_epoch_end=lambda epoch, logs: None)]}

    def file_for(model):
        path = folder / f"{len(model.weights)}.npz"
        if not path.exists():
            raised = network("own layer" if len(model.weights) == 5 else "layers", True)
            higher(raised)
            raised.save_weights(path)
        return path

    return {
        "add": (True, lambda m: m.add(Dense(2, name="c"))),
        "pop": (True, lambda m: m.pop()),
        "build": (False, lambda m: m.build((None, 3))),
        "set_weights": (True, higher),
        "layer.set_weights": (True, lambda m: higher(m.layers[-1])),
        "load_weights": (True, lambda m: m.load_weights(file_for(m))),
        "compile": (True, lambda m: m.compile("sgd", "mse")),
        "trainable": (True, lambda m: setattr(m, "trainable", False)),
        "warmup": (True, tinynet.warmup),
        "train_on_batch": (True, lambda m: m.train_on_batch(X, Y)),
        "fit": (True, lambda m: m.fit(X, Y, **one_batch)),
        "fit and validate": (True, lambda m: m.fit(X, Y, **one_batch, **listening)),
        "evaluate": (True, lambda m: m.evaluate(X, Y, verbose=0)),
        "predict": (True, lambda m: m.predict(X, verbose=0)),
        "in training": (True, lambda m: m(X, training=True)),
        "summary": (True, lambda m: m.summary(print_fn=lambda text: None)),
        "trace": (True, lambda m: m.trace(X[:2], Y[:2])),
        "gradient_check": (True, lambda m: m.gradient_check(X[:2], Y[:2], max_entries=2)),
    }


def standing(model):
    """Return what a call must have changed wholly or not at all."""
    state = state_of(model)
    for name in ("history", "shuffling"):  # what a run writes down as it goes
        del state[name]
    state["settings"] = None if model.setup is None else type(model.setup.optimizer)
    state["layers"] = [layer.name for layer in model.layers]
    state["memories"] = len({p.memory for p in model.parameters}) <= 1
    return {**state, "optimizer": state["optimizer"][:2]} | {
        f"slots of {p.path}": model.optimizer.accumulators.of(p).copy()
        for p in model.parameters
        if model.optimizer.iterations
    }


def surroundings(libraries):
    """Return what every call has to put back."""
    blas = [library.num_threads for library in libraries]
    building = BUILDING._is_owned()
    return {"handler": signal.getsignal(signal.SIGINT), "BLAS": blas, "warnings": np.geterr(), "lock": building}


# ---- the two ways ----------------------------------------------------------------------------------------------------


def lines_of(call, at=0):
    """Run a call, with an interrupt at line number `at` (0: never); return how many it ran through, and the last."""
    seen, where = 0, None

    def trace(frame, event, argument):
        nonlocal seen, where
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        if event == "line" and getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with "):
            return trace  # a trace may raise there before a lock is given back, which no signal can
        seen += 1
        if seen == at:
            where = f"{frame.f_code.co_filename.removeprefix(ROOT)}:{frame.f_lineno} {event}"
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return seen, where


def after_a_while(call, seconds):
    """Run a call, with a signal after so many seconds."""
    before = signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        call()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    return f"after {seconds:.6f} s"


def interrupted(count, seed, kinds=KINDS, left_out=()):
    """Interrupt some `count` calls; return how many there were, and what was found: the call, the place and what."""
    rng, found, made = random.Random(seed), [], 0
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = {name: call for name, call in calls(Path(folder)).items() if name not in left_out}
        each = max(1, count // (len(kinds) * len(table)))
        for kind in kinds:
            for name, (built, call) in table.items():
                call(network(kind, built))  # compiled or loaded
                model = network(kind, built)
                before, begun = standing(model), time.perf_counter()
                call(model)
                seconds, after = time.perf_counter() - begun, standing(model)
                libraries = ThreadpoolController().select(user_api="blas").lib_controllers
                around = surroundings(libraries)
                twin = network(kind, built)
                lines = lines_of(lambda call=call, twin=twin: call(twin))[0]
                for number in range(each):
                    model = network(kind, built)

                    def act(call=call, model=model):
                        call(model)

                    if number % 2:
                        where = after_a_while(act, max(1e-6, rng.random() * seconds * 1.3))
                    else:
                        where = lines_of(act, rng.randint(1, lines))[1]
                    made += 1
                    wrong = problems(model, before, after, around, libraries)
                    found += [(kind, name, where, wrong)] if wrong else []
    return made, found


def problems(model, before, after, around, libraries):
    """Return what is wrong after an interrupt: names of what changed, and what a later call raised."""
    state, found = standing(model), []
    if not same(state, before) and not same(state, after):
        found += [key for key in state if not (key in before and same(state[key], before[key]))]
    found += [key for key, value in surroundings(libraries).items() if value != around[key]]
    signal.signal(signal.SIGINT, around["handler"])
    try:
        if model.layers[-1].name == "b":
            assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()
        model.add(Dense(1, name="later"))
        model.pop()
    except Exception as error:
        found.append(f"later: {error!r}")
    return found


if __name__ == "__main__":
    made, found = interrupted(int(sys.argv[1]) if len(sys.argv) > 1 else 5000, int(sys.argv[2]) if sys.argv[2:] else 0)
    print(f"{made} interrupts, {len(found)} found something changed:")
    for (name, where, wrong), number in Counter((n, w, str(p)) for _, n, w, p in found).most_common(40):
        print(f"{number:4} {name}, {where}: {wrong}")

"""The parts that CONTRIBUTING describes, tried in every corner: a program for a process of its own.

Where they stand in their packages they are called by their names; where they are a user's modules, objects of their
classes are passed. Prints what went wrong, as JSON: tracebacks by kind and check.
"""

from __future__ import annotations

import contextlib
import copy
import doctest
import importlib
import importlib.util
import io
import json
import pickle
import re
import threading
import traceback

import numpy as np

import tinynet
from tests.support import traced
from tests.support.nets import assert_same_weights
from tinynet import __main__, plan
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Dense, Input
from tinynet.training import calls, compiled_loop, load

#: Of each kind: the module, the class, the name by which the part is found, and numbers that are not the default ones.
PARTS = {
    "activation": ("activations", "isru", "ISRU", "isru", {}),
    "loss": ("losses", "pseudo_huber", "PseudoHuber", "pseudo_huber", {"name": "mine"}),
    "metric": ("metrics", "within", "Within", "within", {"tolerance": 0.25, "name": "near"}),
    "optimizer": (
        "optimizers",
        "signum",
        "Signum",
        "signum",
        {"learning_rate": 0.01, "beta": 0.8, "weight_decay": 0.1},
    ),
    "regularizer": ("regularizers", "near_one", "NearOne", "near_one", {"factor": 0.3}),
    "initializer": ("initializers", "rademacher", "Rademacher", "rademacher", {"seed": 3}),
    "layer": ("layers", "scale", "Scale", None, {"name": "mine"}),
}
#: All of them in one network.
EVERY = "all"
#: What the trace calls the arrays that a part's words tell of.
TOLD = {
    "activation": ("a1", "dz1"),
    "loss": ("losses", "L", "dlast"),
    "optimizer": ("step_W1", "m_W1", "W1_new", "b1_new"),
    "regularizer": ("dW1", "L"),
    "layer": ("h2", "da1", "scale2_new"),
}
IN_PACKAGE = importlib.util.find_spec("tinynet.activations.isru") is not None
RNG = np.random.default_rng(0)
X, Y, WEIGHTS = RNG.normal(size=(43, 4)), RNG.normal(size=(43, 2)), RNG.random(43) + 0.5


def module_of(kind):
    folder, file, *_ = PARTS[kind]
    return importlib.import_module(f"tinynet.{folder}.{file}" if IN_PACKAGE else file)


def class_of(kind):
    return getattr(module_of(kind), PARTS[kind][2])


def part(kind):
    """Return what a program passes: the name, or an object of the class."""
    name = PARTS[kind][3]
    return name if IN_PACKAGE and name else class_of(kind)()


def network(kind, compiled=True, dtype="float32"):
    """Return a network with the part, all else being tinynet's own; with the same numbers whenever it is called."""
    tinynet.backend.set_floatx(dtype)
    tinynet.set_random_seed(0)
    own = {name: part(name) for name in PARTS if kind in (name, EVERY)}
    hidden = Dense(
        6,
        activation=own.get("activation", "tanh"),
        kernel_regularizer=own.get("regularizer"),
        kernel_initializer=own.get("initializer", "glorot_uniform"),
    )
    model = tinynet.Sequential([Input((4,)), hidden, *([own["layer"]] if "layer" in own else []), Dense(2)])
    model.compile(
        own.get("optimizer", "sgd"), own.get("loss", "mse"), metrics=[own.get("metric", "mae")], compiled=compiled
    )
    model.shuffle_state()  # drawn now, so that networks with the same part also shuffle alike
    return model


def trained(model, epochs=3):
    fitted = model.fit(
        X, Y, batch_size=8, epochs=epochs, sample_weight=WEIGHTS, validation_data=(X[:9], Y[:9]), verbose=0
    )
    return [*model.get_weights(), *(np.array(values) for _, values in sorted(fitted.history.items()))]


# ---- the checks -----------------------------------------------------------------------------------------------------


def check_examples(kind):
    """What the docstrings show is so."""
    result = doctest.testmod(module_of(kind), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted, "no example"
    assert not result.failed


def check_table(kind):
    """In the package the part is in its table and in the list of parts; outside it is in none."""
    folder, _, name, called, _ = PARTS[kind]
    package = getattr(tinynet, folder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert __main__.main(["parts"]) == 0
    row = next(line for line in said.getvalue().splitlines() if line.startswith(f"| {folder} |"))
    assert (f"`{name}`" in row or f"`{called}`" in row) == IN_PACKAGE
    assert (name in package.CLASSES) == (name in package.__all__) == IN_PACKAGE
    assert hasattr(package, name) == IN_PACKAGE
    if IN_PACKAGE:
        assert getattr(package, name) is class_of(kind)
    if IN_PACKAGE and called:
        assert called in package.TABLE
        if kind != "loss":  # which Keras gives as a function
            assert isinstance(package.get(called), class_of(kind))
        assert isinstance(package.get(name), class_of(kind)), "by the class's name"
    elif called:
        try:
            package.get(called)
        except ValueError:
            return
        raise AssertionError("a user's part is found by its name")


def check_values(kind):
    """The part computes what the books say, in both float types."""
    for dtype, exactly in (("float32", 1e-6), ("float64", 1e-13)):
        tinynet.backend.set_floatx(dtype)
        x, y = (np.random.default_rng(seed).normal(0, 3, (50, 6)).astype(dtype) for seed in (1, 2))
        for got, expected in computed(kind, x, y):
            assert np.asarray(got).shape == expected.shape
            np.testing.assert_allclose(got, expected, rtol=exactly, atol=exactly)


def computed(kind, x, y):
    """Yield what the part computes, and the same in NumPy."""
    made = class_of(kind)()
    if kind == "activation":
        slope = x.copy()
        made.backward(made(x), slope)
        yield made(x), x / np.sqrt(1 + x**2)
        yield slope, x / np.sqrt(1 + x**2) ** 3
    elif kind == "loss":
        values = (np.sqrt(1 + (x - y) ** 2) - 1).mean(axis=1)
        yield made.forward(y, x), values
        yield made.backward(y, x), (x - y) / np.sqrt(1 + (x - y) ** 2) / 6
        if IN_PACKAGE:
            yield tinynet.losses.pseudo_huber(y, x), values
    elif kind == "metric":
        yield class_of(kind)(tolerance=1.5)(y, x), (abs(x - y) <= 1.5).mean()
        yield made(y, x, np.arange(50)), ((abs(x - y) <= 0.5).mean(axis=1) * np.arange(50)).sum() / np.arange(50).sum()
    elif kind == "optimizer":
        model = network(kind, dtype=x.dtype.name)
        before, m = model.get_weights(), [np.zeros_like(w) for w in model.get_weights()]
        for step in range(3):
            plain = network("none of them", dtype=x.dtype.name)
            plain.set_weights(model.get_weights())
            plain.compile(tinynet.optimizers.SGD(1.0), "mse")
            plain.train_on_batch(X, Y)
            g = [a - b for a, b in zip(model.get_weights(), plain.get_weights(), strict=True)]
            model.train_on_batch(X, Y)
            for i, after in enumerate(model.get_weights()):
                m[i] = 0.9 * m[i] + 0.1 * g[i]
                yield after, (before[i] - 0.001 * np.sign(m[i])).astype(x.dtype)
            before = model.get_weights()
            assert model.optimizer.iterations == step + 1
    elif kind == "regularizer":
        yield made(x) / x.size, np.mean(0.01 * (x - 1) ** 2)
        yield made.gradient(x), 0.02 * (x - 1)
    elif kind == "initializer":
        drawn = made((300, 40)).astype("float64")
        assert abs(drawn).max() <= 0.1 * (1 + 1e-6)
        assert abs(drawn.var() * 300 - 1) < 0.05
        yield class_of(kind)(seed=1)((4, 2)), class_of(kind)(seed=1)((4, 2))
    elif kind == "layer":
        made(x)
        made.scale[...] = np.arange(6)
        yield made(x), x * np.arange(6)


def check_loops(kind):
    """The compiled loop runs it, and agrees with the layer loop; with itself it agrees to the bit."""
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-11)):
        models = [network(kind, compiled, dtype) for compiled in (True, False, True)]
        loops = [model.explain_plan(batch_size=8).split()[1] for model in models]
        assert loops == (["compiled", "layers", "compiled"] if COMPILED else ["layers"] * 3), models[0].explain_plan()
        compiled, layers, again = map(trained, models)
        assert_same_weights(compiled, layers, exactly=False, tolerance=tolerance)
        assert_same_weights(compiled, again)
        before = network(kind, dtype=dtype).get_weights()
        assert not any(np.array_equal(a, b) for a, b in zip(before, compiled, strict=False)), "every weight has moved"


def check_trace(kind):
    """The trace tells of it in its own words, in which the numbers are right, and training makes the same step."""
    model = network(kind, compiled=False, dtype="float64")
    model.train_on_batch(X[:4], Y[:4])
    trace = model.trace(X[:4], Y[:4])
    for text in (str(trace), trace.to_html()):
        assert not re.search(r"(?<!\$)\{\w+\}", text)  # ${…} is the page's own script
        assert "user-written" not in text.lower()
    for name in [n for own, names in TOLD.items() if kind in (own, EVERY) for n in names]:
        step = trace.step(name.replace("last", f"z{len(model.layers)}"))
        for index in np.ndindex(step.value.shape):
            told = step.entry(*index, precision=17)
            if "scale2" in told.numbers:  # of kernels' layers it is not known which entries go into which
                expected = trace["a1" if name == "h2" else "dh2"][index] * trace["scale2"][index[1]]
            else:
                expected = traced.evaluated(told.numbers, trace)
            assert abs(expected - told.value) <= 1e-6 * abs(told.value) + 1e-9, told
    words = getattr(class_of(kind), "words", ()) if kind != EVERY else ()
    whys = [words.why] if hasattr(words, "why") else [told.why for told in words]
    assert all(why in " ".join(str(trace).split()) for why in whys)
    if kind == "regularizer":
        assert trace["penalty_W1"] == class_of(kind)()(trace["W1"])
    assert abs(model.train_on_batch(X[:4], Y[:4])[0] - trace.loss) <= 1e-12
    assert_same_weights(list(trace.weights_after), model.get_weights())


def check_gradients(kind):
    """The gradients are the slopes of the loss."""
    tinynet.gradient_check(network(kind, dtype="float64"), X[:4], Y[:4]).require()


def check_configuration(kind):
    """A part is made again from its configuration and by pickle, as a model with it is, which goes on training."""
    if kind != EVERY:
        made = class_of(kind)(**PARTS[kind][4])
        for twin in (type(made).from_config(made.get_config()), pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
            assert type(twin) is type(made)
            assert twin.get_config() == made.get_config()
        assert PARTS[kind][4].items() <= made.get_config().items()
    model = network(kind)
    trained(model, 1)
    twin = pickle.loads(pickle.dumps(model))
    assert_same_weights(trained(model, 2), trained(twin, 2))
    own = {} if IN_PACKAGE or kind not in ("layer", EVERY) else {"Scale": class_of("layer")}
    again = tinynet.Sequential.from_config(model.get_config(), **({"custom_objects": own} if own else {}))
    again.set_weights(model.get_weights())
    assert np.array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def check_threads(kind):
    """Any number of threads trains, evaluates and predicts to the same bits, and several may call at once."""

    class Fixed(load.Load):
        def __init__(self, most):
            super().__init__(most)
            self.choices = [most]  # no trials of other numbers

    plan.SHARED_PRODUCT, compiled_loop.Load = 1, Fixed
    expected = None
    for threads in (1, 2, 3):
        calls.cores = lambda threads=threads: threads
        model = network(kind)
        found = [*trained(model), *answers(model)]
        assert not COMPILED or f"threads: {threads}" in model.explain_plan(batch_size=32)
        expected = expected or found
        assert_same_weights(expected, found)
    alone, together = answers(model), []
    members = [threading.Thread(target=lambda: together.append(answers(model))) for _ in range(4)]
    for member in members:
        member.start()
    for member in members:
        member.join()
    assert len(together) == 4
    for found in together:
        assert_same_weights(alone, found)


def answers(model):
    return [
        model.predict(X, batch_size=32, verbose=0),
        np.array(model.evaluate(X, Y, batch_size=32, sample_weight=WEIGHTS, verbose=0)),
        model(X[:3].astype("float32")),
    ]


CHECKS = {name.removeprefix("check_"): check for name, check in vars().copy().items() if name.startswith("check_")}
#: The checks that are of one part, not of a network.
OF_ONE = ("examples", "table", "values")


def cases():
    """Return all pairs of a kind and a check."""
    return [(kind, check) for kind in (*PARTS, EVERY) for check in CHECKS if kind != EVERY or check not in OF_ONE]


def main():
    failures = {}
    for kind, check in cases():
        try:
            CHECKS[check](kind)
        except Exception:
            failures[f"{kind}-{check}"] = traceback.format_exc()
    print(json.dumps(failures))


if __name__ == "__main__":
    main()

"""The trace: its numbers are those of the training step, and the model does not notice."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given, settings

import tinynet
from tinynet.layers import Activation, Dense, Flatten, Layer
from tinynet.learn.text import matrix_lines
from tinynet.optimizers import SGD, Adam, Optimizer, RMSprop

ROOT = Path(__file__).parent.parent
OPTIMIZERS = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: RMSprop(0.01),
    "rmsprop centered": lambda: RMSprop(0.01, centered=True),
    "rmsprop momentum": lambda: RMSprop(0.01, momentum=0.5),
    "rmsprop both": lambda: RMSprop(0.01, momentum=0.5, centered=True),
    "adam": lambda: Adam(0.01),
    "amsgrad": lambda: Adam(0.01, amsgrad=True),
    "clipnorm": lambda: SGD(0.1, clipnorm=0.01),
    "clipvalue": lambda: RMSprop(0.1, clipvalue=0.001),
    "global_clipnorm": lambda: SGD(0.1, global_clipnorm=0.01),
    "decay": lambda: SGD(0.1, weight_decay=0.1, momentum=0.5),
}
LOSSES = {
    "mse": ("linear", 2, lambda rng, n: rng.normal(size=(n, 2))),
    "mae": ("tanh", 2, lambda rng, n: rng.normal(size=(n, 2))),
    "binary_crossentropy": ("sigmoid", 1, lambda rng, n: rng.integers(0, 2, n)),
    "categorical_crossentropy": ("softmax", 3, lambda rng, n: np.eye(3)[rng.integers(0, 3, n)]),
    "sparse_categorical_crossentropy": ("softmax", 3, lambda rng, n: rng.integers(0, 3, n)),
}


class Half(tinynet.losses.Loss):
    """½Σ(p - y)², as the worked example has it."""

    def forward(self, y, p):
        return 0.5 * ((p - y) ** 2).sum(axis=-1)

    def backward(self, y, p):
        return p - y


class Scale(Layer):
    def build(self, input_shape):
        self.add_weight("scale", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x = x
        return x * self.scale

    def backward(self, dy):
        self.dscale[...] = (self.x * dy).reshape(-1, dy.shape[-1]).sum(axis=0)
        return dy * self.scale


class Dropout(Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.rng = np.random.default_rng(5)

    def forward(self, x, training=False):
        if not training:
            return x
        self.mask = (self.rng.random(x.shape) > 0.5) * 2
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class Signed(Optimizer):
    slots = ("age",)

    def update(self, w, dw, slots, step):
        slots[0] += 1
        w -= self.learning_rate * np.sign(dw)


def small(loss="sparse_categorical_crossentropy", optimizer="sgd", hidden="relu", n=5, seed=0, **compile_options):
    rng = np.random.default_rng(seed)
    tinynet.set_random_seed(seed)
    last, units, targets = LOSSES[loss]
    model = tinynet.Sequential([Dense(4, activation=hidden), Dense(units, activation=last)])
    model.compile(OPTIMIZERS[optimizer](), loss, compiled=False, **compile_options)
    x, y = rng.normal(size=(n, 3)), targets(rng, n)
    model.train_on_batch(x, y)  # so that the optimizer's accumulators are not all zero
    return model, x, y


def mazur():
    tinynet.backend.set_floatx("float64")
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(2, activation="sigmoid"), Dense(2, activation="sigmoid")])
    model.set_weights([[[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35], [[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60]])
    model.compile(SGD(0.5), Half(), compiled=False)
    return model, [[0.05, 0.10]], [[0.01, 0.99]]


def test_the_well_known_worked_example_is_reproduced_to_nine_digits():
    model, x, y = mazur()
    trace = tinynet.trace(model, x, y)
    assert trace["a1"].ravel() == pytest.approx([0.593269992, 0.596884378], abs=6e-10)
    assert trace["p"].ravel() == pytest.approx([0.751365070, 0.772928465], abs=6e-10)
    assert trace.loss == pytest.approx(0.298371109, abs=6e-10)
    new = [0.149780716, 0.199561432, 0.249751144, 0.299502287, 0.358916480, 0.408666186, 0.511301270, 0.561370121]
    mine = [*trace["W1_new"].T.ravel(), *trace["W2_new"].T.ravel()]
    assert mine == pytest.approx(new, abs=6e-10)
    model.set_weights([trace["W1_new"], [0.35, 0.35], trace["W2_new"], [0.6, 0.6]])
    assert model.evaluate(x, y, verbose=0) == pytest.approx(0.291027774, abs=6e-10)
    text = trace.to_text(precision=9)
    for digits in ("0.593269992", "0.751365070".rstrip("0"), "0.298371109", "0.149780716", "0.561370121"):
        assert digits in text


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["mse", "sparse_categorical_crossentropy"])
def test_the_traced_update_is_bit_for_bit_the_one_that_train_on_batch_makes(loss, optimizer):
    model, x, y = small(loss, optimizer)
    trace = tinynet.trace(model, x, y)
    value = model.train_on_batch(x, y)
    assert value == trace.loss
    for traced, trained in zip(trace.weights_after, model.get_weights(), strict=True):
        assert np.array_equal(traced, trained)
    for name, (layer, parameter) in trace.parameters.items():
        now = getattr(model.get_layer(layer), parameter)
        assert np.array_equal(trace[f"{name}_new"], now)
    for p in model.parameters:
        name = next(n for n, (layer, own) in trace.parameters.items() if own == p.name and p in _layer(model, layer))
        slots = model.optimizer.accumulators.of(p) if model.optimizer.slots else []
        letters = {"momentum": "m", "velocity": "v", "average_gradient": "avg", "velocity_hat": "vmax"}
        for slot, value in zip(model.optimizer.slots, slots, strict=True):
            assert np.array_equal(trace[f"{letters[slot]}_{name}"], value)


def _layer(model, name):
    return model.get_layer(name).parameters


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop both", "adam"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_entry_is_what_its_own_formula_in_numbers_says(loss, optimizer):
    tinynet.backend.set_floatx("float64")
    model, x, y = small(loss, optimizer, hidden="tanh", n=3)
    check_numbers(tinynet.trace(model, x, y))


def check_numbers(trace):
    """Evaluate the written formula of every entry and compare it with the value."""
    checked = 0
    for step in trace.steps:
        for index in np.ndindex(step.value.shape):
            entry = step.entry(*index, precision=17)
            if "(" in entry.numbers and re.match(r"[a-z_0-9]+\.|one_hot", entry.numbers):
                continue  # a call: nothing is substituted
            assert evaluated(entry.numbers, trace) == pytest.approx(entry.value, rel=1e-6, abs=1e-9), entry
            checked += 1
    assert checked > 20


def evaluated(text, trace):
    text = re.sub(r"(?<![\w.])e\^(\([^()]*(?:\([^()]*\))?\)|[\d.e+-]+?(?=[ )]|$))", r"exp(\1)", text)
    text = re.sub(r"log (\([^()]*\)|[\d.]+(?:e[+-]?\d+)?)", r"log(\1)", text).replace("√", "sqrt").replace("²", "**2")
    text = re.sub(r"\|(.*?)\|", r"abs(\1)", text).replace("·", "*").replace("[", "(").replace("]", ")")
    text = text.replace("{N}", "1")
    known = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "sign": np.sign, "max": max}
    return float(eval(text, {"__builtins__": {}}, {**known, "abs": abs}))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    hidden=st.sampled_from(["relu", "sigmoid", "tanh", "linear"]),
)
def test_a_trace_changes_nothing_in_the_model(seed, loss, optimizer, hidden):
    model, x, y = small(loss, optimizer, hidden, seed=seed)
    before = _state(model)
    tinynet.trace(model, x, y)
    after = _state(model)
    assert before.keys() == after.keys()
    for key in before:
        assert np.array_equal(before[key], after[key]), key


def _state(model):
    memory = model.parameters[0].memory
    state = {"w": memory.parameters.copy(), "g": memory.gradients.copy(), "t": model.optimizer.iterations}
    state["slots"] = model.optimizer.accumulators.values.copy()
    state["numpy"] = np.random.get_state()[1].copy()  # noqa: NPY002
    state["own"] = copy.deepcopy(tinynet.config.generator().bit_generator.state)["state"]["state"]
    for layer in model.layers:
        state |= {(layer.name, k): v.copy() for k, v in layer._rooms.items()}
        state |= {(layer.name, k): v.copy() for k, v in vars(layer).items() if isinstance(v, np.ndarray)}
        state[layer.name, "keys"] = sorted(vars(layer))
    return state


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_long_way_through_the_jacobian_is_the_short_way(loss, weighted):
    model, x, y = small(loss)
    trace = tinynet.trace(model, x, y, sample_weight=np.arange(1.0, 6.0) if weighted else None)
    np.testing.assert_allclose(trace["dz2_long"], trace["dz2"], atol=1e-6)
    assert "Both ways agree" in trace.step("dz2").why
    if loss != "binary_crossentropy":
        J = trace["J_p"]
        scale = trace["dp"][0] @ J
        np.testing.assert_allclose(scale, trace["dz2"][0], atol=1e-6)


def test_when_an_output_saturates_the_two_ways_differ_and_the_trace_says_why():
    model, x, _ = small("binary_crossentropy")
    model.layers[-1].bias = 40.0
    trace = tinynet.trace(model, x, np.zeros(5))
    assert trace["dz2"] == pytest.approx(0.2)
    assert "the short way" in trace.step("dz2").why
    assert "rounded or clipped" in trace.step("dz2").why


def test_user_written_parts_are_traced_by_their_results():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(4, activation="relu"), Scale(), Dropout(), Dense(2)])
    model.compile(Signed(0.1), Half())
    x, y = np.random.default_rng(0).normal(size=(6, 3)), np.ones((6, 2))
    trace = tinynet.trace(model, x, y)
    value = model.train_on_batch(x, y)
    assert value == trace.loss  # the dropout drew the same mask: nothing was taken from its generator
    assert all(np.array_equal(a, b) for a, b in zip(trace.weights_after, model.get_weights(), strict=True))
    assert "user-written" in str(trace)
    assert (trace["age_scale2"] == 1).all()
    assert {"dscale2", "h2", "h3", "dh2"} <= set(trace.names)


def test_an_activation_layer_and_flatten_and_a_frozen_layer_are_told():
    model = tinynet.Sequential(
        [Flatten(), Dense(4, trainable=False), Activation("tanh"), Dense(3), Activation("softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", compiled=False)
    x, y = np.random.default_rng(0).normal(size=(4, 2, 3)), [0, 1, 2, 0]
    trace = tinynet.trace(model, x, y)
    assert trace.names[:4] == ["f1", "z2", "a2", "z3"]
    assert "dW3" in trace.names
    assert "dW2" not in trace.names
    assert "da2" not in trace.names, "nothing below is trained, so backprop stops"
    model.train_on_batch(x, np.array(y))
    assert all(np.array_equal(a, b) for a, b in zip(trace.weights_after, model.get_weights(), strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_the_first_order_change_approaches_the_true_one_as_the_rate_shrinks(optimizer):
    tinynet.backend.set_floatx("float64")
    model, x, y = small("mse", optimizer, hidden="tanh")
    off = []
    for rate in (1e-3, 1e-4):
        model.optimizer.learning_rate = rate
        if hasattr(model.optimizer, "momentum"):
            model.optimizer.accumulators.values[...] = 0
        trace = tinynet.trace(model, x, y)
        off.append(abs(trace.predicted_change / trace.actual_change - 1))
    assert off[1] < 0.2 * off[0]


def test_products_are_written_with_the_shapes_that_line_up():
    model, x, y = small("mse")
    trace = tinynet.trace(model, x, y)
    assert trace.step("dW2").shapes == "dW2 (4×2) = a1ᵀ (4×5) · dz2 (5×2)"
    assert trace.step("da1").shapes == "da1 (5×4) = dz2 (5×2) · W2ᵀ (2×4)"
    assert trace.step("z1").shapes == "z1 (5×4) = x (5×3) · W1 (3×4) + b1 (4)"
    assert "where the transpose comes from" in trace.step("dW1").why
    assert trace.explain("dW1", 0, 1).splitlines()[0] == "dW1[0,1] = Σₙ x[n,0]·dz1[n,1]"


def test_a_wrong_index_or_name_is_answered_with_what_would_be_right():
    model, x, y = small("mse")
    trace = tinynet.trace(model, x, y)
    with pytest.raises(ValueError, match=r"dW1 has shape \(3, 4\), so it needs 2 indices"):
        trace.explain("dW1", 0)
    with pytest.raises(ValueError, match="Did you mean 'dW1'"):
        trace.step("dW11")


def test_large_arrays_are_cut_down_in_print():
    model = tinynet.Sequential([Dense(30, activation="relu"), Dense(10, activation="softmax")])
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    text = str(tinynet.trace(model, rng.random((64, 784)), rng.integers(0, 10, 64)))
    assert "56 more rows" in text
    assert len(text) < 60_000
    assert max(map(len, text.splitlines())) < 160


def test_the_columns_of_a_printed_matrix_are_aligned():
    lines = matrix_lines(np.array([[1.0, -0.123456], [-10.5, 3e-8], [0.0, 7.0]]), 8, 4)
    assert lines == ["[    1  -0.1235]", "[-10.5     3e-8]", "[    0        7]"]
    lines = matrix_lines(np.arange(40.0).reshape(20, 2), 5, 4)
    assert lines == ["[ 0   1]", "[ 2   3]", "[ 4   5]", "[ 6   7]", " … 15 more rows", "[38  39]"]


PIECES = {
    "dense": lambda: Dense(3),
    "relu": lambda: Dense(4, activation="relu"),
    "softmax": lambda: Dense(3, activation="softmax", use_bias=False),
    "frozen": lambda: Dense(3, activation="tanh", trainable=False),
    "tanh": lambda: Activation("tanh"),
    "linear": lambda: Activation("linear"),
    "scale": lambda: Scale(),
    "flatten": lambda: Flatten(),
    "dropout": lambda: Dropout(),
}


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(sorted(PIECES)), max_size=4),
    head=st.sampled_from(["linear", "relu", "sigmoid", "softmax", "sigmoid layer", "softmax layer", "scale"]),
    loss=st.sampled_from(["mse", "binary_crossentropy", "categorical_crossentropy", "half"]),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    deep=st.booleans(),
    weighted=st.booleans(),
    seed=st.integers(0, 1000),
)
@example(["dense", "flatten"], "linear", "mse", "sgd", True, False, 0)
@pytest.mark.filterwarnings("ignore:Layer")
def test_any_stack_of_layers_can_be_traced_shown_and_is_trained_to_the_same_bits(
    pieces, head, loss, optimizer, deep, weighted, seed
):
    tinynet.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    layers = [PIECES[name]() for name in pieces]
    if head.endswith("layer"):
        layers += [Dense(2), Activation(head.split()[0])]
    elif head == "scale":
        layers += [Dense(2), Scale()]
    else:
        layers += [Dense(2, activation=head)]
    model = tinynet.Sequential(layers)
    model.compile(OPTIMIZERS[optimizer](), Half() if loss == "half" else loss, compiled=False)
    x = rng.normal(size=(4, 2, 3) if deep else (4, 3))
    y = np.eye(2)[rng.integers(0, 2, (4, 2) if deep and "flatten" not in pieces else 4)]
    weights = rng.random(4) if weighted else None
    trace = model.trace(x, y, sample_weight=weights)
    value = model.train_on_batch(x, y, sample_weight=weights)
    assert np.array_equal(value, trace.loss, equal_nan=True)
    for traced, trained in zip(trace.weights_after, model.get_weights(), strict=True):
        assert np.array_equal(traced, trained, equal_nan=True)
    assert str(trace)
    assert trace.to_html()
    assert trace.to_svg()
    for step in trace.steps:
        if np.isfinite(step.value).all() and step.value.any():
            assert trace.check(step.name, step.value).result == "exact"
            assert trace.check(step.name, -7.5 * step.value).result == "wrong"


def test_nothing_of_this_is_imported_by_training():
    program = (
        "import sys, numpy as np, tinynet; from tinynet.layers import Dense; m = tinynet.Sequential([Dense(1)]); "
        "m.compile('sgd', 'mse'); m.fit(np.ones((4, 2)), np.ones(4), verbose=0); "
        "print([n for n in sys.modules if n.startswith('tinynet.learn')])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"

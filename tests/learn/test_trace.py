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
from hypothesis import given, settings

import tinynet
from tests.support.traced import LOSSES, OPTIMIZERS, evaluated, mazur, small
from tinynet.layers import Activation, Dense, Flatten
from tinynet.learn.text import matrix_lines

ROOT = Path(__file__).parents[2]


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
        letters = {"momentum": "m", "velocity": "v", "average_gradient": "avg", "velocity_hat": "vmax", "norm": "u"}
        letters |= {"accumulated_grad": "v", "accumulated_delta_var": "d", "accumulator": "n", "linear": "z"}
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
            if "(" in entry.numbers and re.match(r"[a-z_]\w*\.|one_hot", entry.numbers):
                continue  # a call: nothing is substituted
            assert evaluated(entry.numbers, trace) == pytest.approx(entry.value, rel=1e-6, abs=1e-9), entry
            checked += 1
    assert checked > 20


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


def test_nothing_of_this_is_imported_by_training():
    program = (
        "import sys, numpy as np, tinynet; from tinynet.layers import Dense; m = tinynet.Sequential([Dense(1)]); "
        "m.compile('sgd', 'mse'); m.fit(np.ones((4, 2)), np.ones(4), verbose=0); "
        "print([n for n in sys.modules if n.startswith('tinynet.learn')])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"

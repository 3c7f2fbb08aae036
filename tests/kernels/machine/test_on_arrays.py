"""Formulas over whole arrays, as they run without Numba, give what they give number by number."""

from __future__ import annotations

import os
from types import FunctionType

import numpy as np
import pytest

from tests.support.processes import run
from tinynet import activations, losses, metrics, optimizers, regularizers
from tinynet.kernels.machine.jit import arguments_of, plain
from tinynet.kernels.machine.on_arrays import on_arrays
from tinynet.kernels.maps import kinds_of

EXTREMES = [0.0, -0.0, 1.0, np.inf, -np.inf, np.nan, 1e-5, -1e5]


def formulas_of_numbers():
    """Yield the formulas of all parts that take numbers, and no rows."""
    found = {}
    for room in (activations, losses, metrics, regularizers, optimizers):
        for cls in room.CLASSES.values():
            for name in ("formulas", "fused", "formula"):
                given = getattr(cls, name, None) or ()
                for function in given if isinstance(given, tuple) else (given,):
                    if isinstance(plain(function), FunctionType) and not {"Row", "Label"} & set(kinds_of(function)):
                        found[plain(function).__qualname__] = function
    return found


FORMULAS = formulas_of_numbers()


def test_there_are_formulas_of_every_kind_of_part():
    assert {"relu", "elu_backward", "squared_error", "rmsprop", "adam"} <= FORMULAS.keys()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_entries_are_what_the_formula_gives_for_each(name, dtype):
    function, rng = FORMULAS[name], np.random.default_rng(0)
    inputs = [
        rng.permutation(np.concatenate([rng.normal(size=40), EXTREMES])).astype(dtype) for _ in arguments_of(function)
    ]
    with np.errstate(all="ignore"):
        results = on_arrays(function)(*inputs)
        results = results if isinstance(results, tuple) else (results,)
        for i, entries in enumerate(zip(*inputs, strict=True)):
            try:
                expected = plain(function)(*entries)
            except OverflowError:  # compiled code has no such error
                continue
            expected = expected if isinstance(expected, tuple) else (expected,)
            got = [np.broadcast_to(result, inputs[0].shape)[i] for result in results]
            near = 2e-6 if dtype is np.float32 else 1e-12
            np.testing.assert_allclose(got, expected, rtol=near, atol=near, err_msg=f"{name}{entries}")


def test_conditions_choose_for_each_entry():
    def steps(z, low):
        T = type(z)
        inner = z * T(2.0)
        if z < low and not z < -3:
            inner += T(1.0)
            return inner
        if 0 < z <= 2:
            inner = -inner
        return max(inner, T(-3.0))

    z = np.array([-5.0, -2.0, 0.5, 2.0, 3.0])
    expected = [steps(entry, -1.0) for entry in z]
    np.testing.assert_array_equal(on_arrays(steps)(z, -1.0), expected)
    np.testing.assert_array_equal(z, [-5.0, -2.0, 0.5, 2.0, 3.0])


def test_a_formula_with_a_loop_runs_number_by_number():
    def power(z, n):
        product = 1.0
        for _ in range(int(n)):
            product *= z
        return product

    np.testing.assert_allclose(on_arrays(power)(np.array([2.0, 3.0]), 3), [8.0, 27.0])


TRAINING = """
import sys, warnings
if {without}:
    sys.modules["numba"] = sys.modules["llvmlite"] = None
import numpy as np
import tinynet
from tinynet.layers import Dense, Dropout

said = warnings.catch_warnings(record=True)
messages = said.__enter__()
warnings.simplefilter("always")
rng = np.random.default_rng(0)
x = rng.normal(size=(96, 5))
y = np.eye(3)[x[:, :3].argmax(1)]
for optimizer in ("rmsprop", "adam", "sgd"):
    tinynet.set_random_seed(1)
    model = tinynet.Sequential([Dense(8, "gelu", kernel_regularizer="l2"), Dense(8, "elu"), Dense(3, "softmax")])
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy", "mse"])
    history = model.fit(x, y, epochs=3, verbose=0, validation_data=(x[:9], y[:9]), sample_weight=np.arange(96.0))
    print([round(value, 4) for values in history.history.values() for value in values])
    print(model.predict(x[:2], verbose=0).round(4).tolist(), round(model.evaluate(x, y, verbose=0)[0], 4))
print("loop:", [str(message.message) for message in messages], model.explain_plan())
"""


@pytest.fixture(scope="module")
def outputs():
    """Return what the program prints, with Numba and without: what is learnt, and what is said."""
    folder = os.environ["NUMBA_CACHE_DIR"]
    return {
        without: run(TRAINING.format(without=without), NUMBA_CACHE_DIR=folder).split("loop:", 1)
        for without in (False, True)
    }


def numbers(text):
    return [float(word) for word in text.replace("[", " ").replace("]", " ").replace(",", " ").split() if "." in word]


def test_without_numba_the_same_is_learnt(outputs):
    with_it, without = (numbers(outputs[missing][0]) for missing in (False, True))
    assert len(with_it) > 70
    np.testing.assert_allclose(without, with_it, atol=2e-3)


def test_what_is_missing_is_said_once(outputs):
    assert outputs[True][1].count("Install it: pip install numba") == 1
    assert "layer loop: Numba is not installed" in outputs[True][1]
    assert "Numba" not in outputs[False][1]

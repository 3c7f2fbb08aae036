"""With the compiler off, the compiled loop itself can be run as plain Python: every line of it, dense and sparse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.agreement import agree
from tests.support.cases import (
    CLIPS,
    EVERY_ACTIVATION,
    HEADS,
    LOOPS,
    OPTIMIZERS,
    PLAIN,
    REGULARIZERS,
    SGD,
    Head,
    activation,
    describe,
)
from tests.training.test_loops_agree import Case, dense, dropout
from tinynet import plan
from tinynet.kernels.machine.jit import COMPILED

pytestmark = pytest.mark.skipif(COMPILED, reason="needs the compiler switched off: TINYNET_JIT=0")


@pytest.fixture(autouse=True)
def _the_compiled_loop_is_chosen_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plan.choose.__kwdefaults__, "jit", True)
    tinynet.backend.set_floatx("float64")


def assert_loops_agree(case: Case, x: Any = None) -> None:
    model = case.model("compiled")
    model.build((None, *case.shape))
    assert "compiled" in model.explain_plan().splitlines()[0]
    compiled, layers = (case.run(loop, x) for loop in LOOPS)
    agree(compiled, layers, 1e-12, ("the compiled loop", "the layer loop"), whole_run=True)


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_interpreted_the_compiled_loop_agrees_on_every_loss(head: Head):
    for weighted in (False, True):
        assert_loops_agree(
            Case(head, ("SGD", {"learning_rate": 0.1, "momentum": 0.9}), (dense(4, "tanh"),), weighted=weighted)
        )


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=describe)
def test_interpreted_the_compiled_loop_agrees_on_every_optimizer(optimizer: tuple[str, dict[str, Any]]):
    name, options = optimizer
    for clip in CLIPS:
        assert_loops_agree(Case(PLAIN, (name, options | clip | {"weight_decay": 0.02}), (dense(4, "relu"),)))


@pytest.mark.parametrize("by", EVERY_ACTIVATION, ids=describe)
def test_interpreted_the_compiled_loop_agrees_on_frozen_and_bare_layers(by: tuple[str, dict[str, Any]]):
    def apart() -> Any:
        return tinynet.layers.Activation(activation(tinynet, *by))

    for layers in (
        (dense(4, "linear", use_bias=False), apart, dense(3, by)),
        (dense(4, "tanh"), apart, dense(3, "tanh")),
        (dense(4, by, trainable=False), dense(3, "tanh")),
    ):
        for shape in ((5,), (1,), (2, 3)):
            assert_loops_agree(Case(PLAIN, SGD, layers, shape=shape, shuffle=False))


@pytest.mark.parametrize("penalty", REGULARIZERS, ids=describe)
def test_interpreted_the_compiled_loop_agrees_on_every_penalty(penalty: tuple[str, dict[str, Any]]):
    assert_loops_agree(Case(PLAIN, SGD, (dense(4, "tanh", penalty, penalty), dense(3, "relu", penalty))))


@pytest.mark.parametrize("shape", [(5,), (2, 3)], ids=str)
def test_interpreted_the_compiled_loop_leaves_out_the_same(shape: tuple[int, ...]):
    layers = (dropout(0.2, 3), dense(8, "relu"), dropout(0.5, None), dense(3, "tanh"))
    assert_loops_agree(Case(PLAIN, SGD, layers, shape=shape))


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_interpreted_sparse_samples_give_what_dense_ones_do(use_bias: bool, shuffle: bool):
    from scipy import sparse

    rng = np.random.default_rng(0)
    x = rng.standard_normal((21, 30)) * (rng.random((21, 30)) < 0.1)
    y = rng.integers(0, 2, 21)

    def run(samples: Any) -> dict[str, Any]:
        tinynet.set_random_seed(0)
        first = tinynet.layers.Dense(4, activation="tanh", use_bias=use_bias)
        model = tinynet.Sequential([tinynet.Input((30,)), first, tinynet.layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(samples, y, batch_size=8, epochs=3, shuffle=shuffle, validation_split=0.2, verbose=0)
        predictions = model.predict(samples, batch_size=8, verbose=0)
        evaluated = model.evaluate(samples, y, verbose=0)
        return {"history": history.history, "predictions": predictions, "evaluate": evaluated}

    one, other = run(x), run(sparse.csr_matrix(x))
    np.testing.assert_allclose(other["predictions"], one["predictions"], rtol=1e-12)
    np.testing.assert_allclose(other["evaluate"], one["evaluate"], rtol=1e-12)
    for name, values in one["history"].items():
        np.testing.assert_allclose(other["history"][name], values, rtol=1e-12)

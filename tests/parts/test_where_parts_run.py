"""What is written in plain Python runs in the layer loop, and the plan says so; formulas and kernels run compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, two_classes
from tests.support.user_parts import TOLD, WORDS, Shift, with_a_slot, with_others, with_rate
from tinynet import activations, layers, losses, metrics, optimizers, regularizers
from tinynet.activations import ActivationFunction
from tinynet.formulas import Scalar, formula
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Dense
from tinynet.losses import Loss
from tinynet.metrics import FormulaMetric
from tinynet.optimizers import Optimizer

X, Y = two_classes(100)


# ---- plain Python ---------------------------------------------------------------------------------------------------


class PlainTanh(activations.Tanh):
    name = "tanh"

    def forward(self, z):
        np.tanh(z, out=z)


class PlainError(losses.MeanSquaredError):
    def backward(self, y, p):
        return 2 * (p - y) / p.shape[-1]


class PlainDescent(optimizers.SGD):
    def update(self, w, dw, slots, step):
        w -= self.learning_rate * dw


class PlainAccuracy(metrics.BinaryAccuracy):
    def result(self):
        return super().result()


class PlainPenalty(regularizers.L2):
    def gradient(self, w):
        return 2 * self.l2 * w


class PlainDense(Dense):
    def backward_sums(self, dz):
        return super().backward_sums(dz)


class PlainDropout(layers.Dropout):
    def forward(self, x, training=False):
        return super().forward(x, training)


def model_of(**changed: Any) -> Any:
    """Return a small network with every kind of part, some of them changed."""
    tinynet.set_random_seed(0)
    given: dict[str, Any] = {
        "activation": activations.Tanh,
        "loss": losses.MeanSquaredError,
        "optimizer": optimizers.SGD,
        "metric": metrics.BinaryAccuracy,
        "regularizer": regularizers.L2,
        "dense": Dense,
        "dropout": layers.Dropout,
        **changed,
    }
    model = tinynet.Sequential(
        [
            tinynet.Input((4,)),
            given["dense"](5, given["activation"](), kernel_regularizer=given["regularizer"](0.01), name="first"),
            given["dropout"](0.2, seed=1, name="random"),
            Dense(1, "sigmoid"),
        ]
    )
    model.compile(given["optimizer"](0.1), given["loss"](), metrics=[given["metric"](name="hits")])
    model.shuffle_state()  # drawn now, so that all models shuffle alike
    return model


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"activation": PlainTanh}, "the activation of layer 'first' is user-written"),
        ({"loss": PlainError}, "loss 'plain_error' is user-written"),
        ({"optimizer": PlainDescent}, "optimizer 'plain_descent' is user-written"),
        ({"metric": PlainAccuracy}, "metric 'hits' is computed in Python"),
        ({"regularizer": PlainPenalty}, "the regularizer of 'first/kernel' is user-written"),
        ({"dense": PlainDense}, r"layer 'first' \(PlainDense\) is user-written: its `backward_sums` is Python"),
        ({"dropout": PlainDropout}, r"layer 'random' \(PlainDropout\) is user-written: its `forward` is Python"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_part_with_a_method_in_python_trains_in_the_layer_loop_which_the_plan_says(changed, reason):
    model, usual = model_of(**changed), model_of()
    if COMPILED:
        with pytest.raises(AssertionError, match=f"layer loop: {reason}"):
            raise AssertionError(model.explain_plan())
        assert model.explain_plan().startswith("loop:    layers")
        assert usual.explain_plan().startswith("loop:    compiled")
    histories = [one.fit(X, Y, epochs=3, verbose=0).history for one in (model, usual)]
    assert_same_weights(model, usual, exactly=False)
    for name, values in histories[1].items():
        assert histories[0][name] == pytest.approx(values, rel=1e-5)


@pytest.mark.parametrize(
    "changed",
    [
        {"activation": type("Renamed", (activations.Tanh,), {"name": "renamed"})},
        {"loss": type("Renamed", (losses.MeanSquaredError,), {})},
        {"optimizer": type("Renamed", (optimizers.SGD,), {})},
        {"metric": type("Renamed", (metrics.BinaryAccuracy,), {})},
        {"regularizer": type("Renamed", (regularizers.L2,), {})},
        {"dense": type("Renamed", (Dense,), {})},
        {"dropout": type("Renamed", (layers.Dropout,), {})},
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_part_that_computes_nothing_else_stays_in_the_compiled_loop(changed):
    model, usual = model_of(**changed), model_of()
    assert model.explain_plan() == usual.explain_plan()
    for one_ in (model, usual):
        one_.fit(X, Y, epochs=3, verbose=0)
    assert_same_weights(model, usual)


# ---- a user's parts at full speed -----------------------------------------------------------------------------------


@formula
def bent(z: Scalar, slope: Scalar, from_: Scalar) -> Scalar:
    return z if z > from_ else from_ + slope * (z - from_)


@formula
def bent_backward(z: Scalar, a: Scalar, da: Scalar, slope: Scalar, from_: Scalar) -> Scalar:
    return da if z > from_ else slope * da


class Bent(ActivationFunction):
    formulas = bent, bent_backward
    words = WORDS
    from_ = -0.5

    def __init__(self, slope=0.25):
        self.slope = slope


class Mistake(Loss):
    formulas = with_others, with_others
    words = WORDS
    size, rate = 2.0, 0.5


class MeanMistake(FormulaMetric):
    formulas = (with_rate,)
    rate = 0.5


class Lazy(Optimizer):
    slots = ("memory",)
    starts = {"memory": "start"}  # noqa: RUF012
    formulas = (with_a_slot,)
    words = TOLD
    rate = 0.5

    def __init__(self, learning_rate=0.01, start=0.25, **options):
        self.start = start
        super().__init__(learning_rate, **options)


def test_a_layer_of_kernels_can_be_called_by_itself():
    layer = Shift(factor=2.0)
    assert layer([[1.0, 2.0], [3.0, 4.0]]).tolist() == [[2.0, 3.0], [4.0, 5.0]]
    layer(np.array([[1.0, 2.0], [3.0, 4.0]]), training=True)
    assert layer.backward(np.ones((2, 2), "float32")).tolist() == [[1.0, 1.0]] * 2
    assert layer.dby.tolist() == [4.0, 4.0]
    assert layer.dtimes.tolist() == [4.0, 6.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_users_parts_run_in_the_compiled_loop_and_agree_with_the_layer_loop(dtype):
    tinynet.backend.set_floatx(dtype)
    models = []
    for compiled in (True, False):
        tinynet.set_random_seed(0)
        model = tinynet.Sequential(
            [tinynet.Input((4,)), Dense(6, Bent()), Shift(0.5), Dense(3, Bent(0.5)), Shift(trainable=False), Dense(1)]
        )
        model.compile(Lazy(0.01, clipnorm=1.0), Mistake(), metrics=[MeanMistake()], compiled=compiled)
        models.append(model)
        before = model.get_weights()
        model.fit(X, Y, epochs=3, verbose=0)
        changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights(), strict=True)]
        assert changed == [True] * 6 + [False] * 2 + [True] * 2
    if COMPILED:
        assert models[0].explain_plan().startswith("loop:    compiled")
    assert_same_weights(*models, exactly=False, tolerance=1e-6 if dtype == "float32" else 1e-13)


def test_an_optimizers_numbers_can_be_set_and_are_in_its_configuration():
    optimizer: Any = Lazy(0.1, start=0.75)
    assert (optimizer.rate, optimizer.start) == (0.5, 0.75)
    optimizer.rate = 0.25
    assert optimizer.numbers[optimizer.places["rate"]] == 0.25
    assert optimizer.get_config()["start"] == 0.75
    assert Lazy.from_config(optimizer.get_config()).start == 0.75

"""What Keras's optimizers do beside their formula, and its schedules, compared with Keras itself step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.cases import BATCH, Head, samples
from tests.support.parity import assert_parity, keras, precision
from tinynet.optimizers import schedules

HEAD = Head("linear", "MeanSquaredError")

OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9, "use_ema": True, "ema_momentum": 0.7}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4}),
    ("RMSprop", {"gradient_accumulation_steps": 2, "centered": True, "momentum": 0.5}),
    ("AdamW", {"gradient_accumulation_steps": 3, "clipnorm": 0.1}),
    ("SGD", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2, "clipvalue": 0.05}),
    ("SGD", {"weight_decay": 0.1, "nesterov": True, "momentum": 0.5}),
]
SCHEDULES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("ExponentialDecay", (0.05, 3, 0.5), {}),
    ("ExponentialDecay", (0.05, 3, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([2, 5], [0.05, 0.02, 0.01]), {}),
    ("PolynomialDecay", (0.05, 6, 0.001), {"power": 2.0}),
    ("PolynomialDecay", (0.05, 3), {"cycle": True, "power": 0.5}),
    ("InverseTimeDecay", (0.05, 3, 0.5), {}),
    ("InverseTimeDecay", (0.05, 3, 0.5), {"staircase": True}),
    ("CosineDecay", (0.05, 6), {"alpha": 0.1}),
    ("CosineDecay", (0.0, 5), {"warmup_target": 0.05, "warmup_steps": 3}),
    ("CosineDecayRestarts", (0.05, 2), {"m_mul": 0.8, "alpha": 0.05}),
    ("CosineDecayRestarts", (0.05, 3), {"t_mul": 1.0, "m_mul": 0.9}),
    ("CosineDecayRestarts", (0.05, 2), {"t_mul": 3.0}),
]


def named(case: Any) -> str:
    name, *others = case
    return f"{name} {' '.join(others[-1])}"


def check(optimizer: Any) -> None:
    """Train a network with an optimizer of Keras and the same of tinynet, and compare every step."""

    def build(k: Any) -> Any:
        model = k.Sequential([k.layers.Dense(4, activation="tanh"), k.layers.Dense(3)])
        model.compile(optimizer(k), "mse")
        return model

    y = HEAD.targets((21,), np.random.default_rng(1))
    assert_parity(build, samples(), y, batch_size=BATCH, epochs=3)


@pytest.mark.parametrize("case", OPTIONS, ids=named)
def test_every_step_is_that_of_keras(case):
    name, options = case

    def optimizer(k: Any) -> Any:
        made = getattr(k.optimizers, name)(0.05, **options)
        if "weight_decay" in options:
            made.exclude_from_weight_decay(var_names=["bias"])
        return made

    check(optimizer)


@pytest.mark.parametrize("case", SCHEDULES[::6], ids=named)
def test_every_step_with_a_schedule_is_that_of_keras(case):
    name, given, options = case
    check(lambda k: k.optimizers.Adam(getattr(k.optimizers.schedules, name)(*given, **options), weight_decay=0.1))


def test_a_schedule_counts_batches_where_updates_take_several_of_them_as_in_keras():
    check(
        lambda k: k.optimizers.SGD(
            k.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5), gradient_accumulation_steps=2, use_ema=True
        )
    )


@pytest.mark.parametrize("case", SCHEDULES, ids=named)
def test_each_schedule_has_the_rates_and_the_configuration_of_keras(case):
    name, given, options = case
    steps = [0, 1, 2, 3, 4, 5, 6, 7, 9, 14, 26, 1000]
    with precision("float64"):
        theirs = getattr(keras().optimizers.schedules, name)(*given, **options)
        expected = [float(theirs(step)) for step in steps]
    ours = getattr(schedules, name)(*given, **options)
    np.testing.assert_allclose(ours(np.array(steps)), expected, rtol=1e-12, atol=1e-17)
    np.testing.assert_array_equal([ours(step) for step in steps], ours(np.array(steps)))
    assert ours.get_config() == theirs.get_config()
    assert schedules.serialize(ours) == keras().optimizers.schedules.serialize(theirs)
    assert schedules.deserialize(keras().optimizers.schedules.serialize(theirs)).get_config() == ours.get_config()


def test_keras_reads_an_optimizer_that_follows_a_schedule():
    ours = tinynet.optimizers.Adam(schedules.CosineDecay(0.1, 10), use_ema=True, gradient_accumulation_steps=2)
    theirs = keras().optimizers.deserialize(tinynet.optimizers.serialize(ours))
    assert theirs.get_config() == ours.get_config()
    again = tinynet.optimizers.deserialize(keras().optimizers.serialize(theirs))
    assert again.get_config() == ours.get_config()

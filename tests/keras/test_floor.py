"""The floor: every part's gradient against central differences, and its training steps against Keras, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.agreement import agree
from tests.support.cases import (
    ACTIVATIONS,
    ACTIVATIONS_WITH_OPTIONS,
    BATCH,
    BCE,
    CCE,
    CLIPS,
    DECAYS,
    EVERY_ACTIVATION,
    HEADS,
    INPUTS,
    LOOPS,
    OPTIMIZERS,
    PLAIN,
    REGULARIZERS,
    SGD,
    SPARSE,
    Head,
    activation,
    describe,
    keras_function,
    network,
    samples,
)
from tests.support.parity import assert_parity, initial_weights, keras, precision, train
from tests.support.parts import RATE_FOR, Options

WEIGHTED = [Head("sigmoid", BCE, 1), Head("softmax", CCE), Head("softmax", SPARSE), PLAIN]

Body = Callable[[Any], list[Any]]


def hidden(name: str, options: Options | None = None) -> Body:
    return lambda k: [k.layers.Dense(4, activation=activation(k, name, options or {}))]


def penalised(name: str, options: Options) -> Body:
    """Return dense layers with the penalty on kernel and bias, on the kernel, and on the bias alone."""

    def body(k: Any) -> list[Any]:
        penalty = getattr(k.regularizers, name)(**options)
        return [
            k.layers.Dense(4, activation="tanh", kernel_regularizer=penalty, bias_regularizer=penalty),
            k.layers.Dense(3, activation="tanh", kernel_regularizer=penalty),
            k.layers.Dense(4, activation="tanh", bias_regularizer=penalty, use_bias=True),
        ]

    return body


def penalised_outputs(name: str, options: Options) -> Body:
    """Return layers with the penalty on what they give out: with an activation of their own, after them, and none."""

    def body(k: Any) -> list[Any]:
        penalty = getattr(k.regularizers, name)(**options)
        return [
            k.layers.Dense(4, activation="tanh", activity_regularizer=penalty),
            k.layers.Dense(3, activity_regularizer=penalty),
            k.layers.Activation("tanh", activity_regularizer=penalty),
            k.layers.Dense(1, activation="tanh", activity_regularizer=penalty),
            k.layers.Flatten(activity_regularizer=penalty),
        ]

    return body


#: What may stand below the head, and the shape of its samples. Keras has no layer called Sigmoid.
BODIES: dict[str, tuple[Body, tuple[int, ...]]] = {
    **{f"dense-{a}": (hidden(a), (INPUTS,)) for a in ACTIVATIONS},
    **{f"activation-{a}": (lambda k, a=a: [k.layers.Dense(4), k.layers.Activation(a)], (INPUTS,)) for a in ACTIVATIONS},
    **{f"dense-{describe(part)}": (hidden(*part), (INPUTS,)) for part in ACTIVATIONS_WITH_OPTIONS},
    **{f"penalty-{describe(part)}": (penalised(*part), (INPUTS,)) for part in REGULARIZERS},
    **{f"activity-{describe(part)}": (penalised_outputs(*part), (INPUTS,)) for part in REGULARIZERS},
    "activity-of-rank-3": (
        lambda k: [k.layers.Dense(4, activation="tanh", activity_regularizer="l2"), k.layers.Flatten()],
        (2, 3),
    ),
    "relu-layer": (lambda k: [k.layers.Dense(4), k.layers.ReLU()], (INPUTS,)),
    "softmax-layer": (lambda k: [k.layers.Dense(4), k.layers.Softmax()], (INPUTS,)),
    "sigmoid-layer": (
        lambda k: [k.layers.Dense(4), k.layers.Sigmoid() if k is tinynet else k.layers.Activation("sigmoid")],
        (INPUTS,),
    ),
    "no-bias": (lambda k: [k.layers.Dense(4, activation="tanh", use_bias=False)], (INPUTS,)),
    "one-unit": (lambda k: [k.layers.Dense(1, activation="tanh")], (INPUTS,)),
    "nothing": (lambda k: [], (INPUTS,)),
    "activation-first": (lambda k: [k.layers.Activation("tanh"), k.layers.Dense(4)], (INPUTS,)),
    "two-activations": (lambda k: [k.layers.Dense(4, activation="relu"), k.layers.Activation("softmax")], (INPUTS,)),
    "flatten-3": (lambda k: [k.layers.Flatten(), k.layers.Dense(4, activation="tanh")], (2, 3)),
    "flatten-4": (lambda k: [k.layers.Flatten(), k.layers.Dense(4, activation="tanh")], (2, 3, 2)),
    "dense-on-rank-3": (
        lambda k: [k.layers.Dense(4, activation="tanh"), k.layers.Activation("softmax"), k.layers.Flatten()],
        (2, 3),
    ),
    "frozen": (
        lambda k: [
            k.layers.Dense(4, activation="tanh"),
            k.layers.Dense(3, activation="relu", trainable=False),
            k.layers.Dense(4, activation="sigmoid"),
        ],
        (INPUTS,),
    ),
    "frozen-first": (
        lambda k: [k.layers.Dense(4, activation="tanh", trainable=False), k.layers.Dense(3, activation="relu")],
        (INPUTS,),
    ),
}


def gradient_gap(model: Any, x: Any, y: Any, **weighted: Any) -> float:
    """Return the largest difference of a step's gradients from central differences, in units of the largest entry."""
    start = model.get_weights()
    model.fit(x, y, batch_size=len(x), epochs=1, shuffle=False, verbose=0, **weighted)
    gradients = [a - b for a, b in zip(start, model.get_weights(), strict=True)]  # the learning rate is 1
    worst, h = 0.0, 1e-5

    def loss() -> float:
        model.set_weights(start)
        value = model.evaluate(x, y, batch_size=len(x), verbose=0, **weighted)
        return float(value)

    for tensor, gradient in zip(start, gradients, strict=True):
        numeric = np.zeros_like(tensor)
        for i in np.ndindex(tensor.shape):
            kept = tensor[i]
            tensor[i] = kept + h
            above = loss()
            tensor[i] = kept - h
            numeric[i] = (above - loss()) / (2 * h)
            tensor[i] = kept
        assert np.abs(numeric).max() > 1e-6, "a gradient that vanishes tests nothing"
        worst = max(worst, float(np.abs(gradient - numeric).max() / np.abs(numeric).max()))
    return worst


def tinynet_model(head: Head, loop: str, shape: tuple[int, ...], body: Body | None = None) -> Any:
    model = network(tinynet, head, ("SGD", {"learning_rate": 1.0}), body)
    model.setup = model.setup._replace(compiled=loop == "compiled")
    model.set_weights(initial_weights(model, (1, *shape), seed=3))
    return model


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_gradient_of_a_loss_is_that_of_central_differences(head, weighted, loop):
    tinynet.backend.set_floatx("float64")
    rng = np.random.default_rng(1)
    x, y = samples(2, BATCH), head.targets((BATCH,), rng)
    options = {"sample_weight": rng.uniform(0.2, 2.0, BATCH)} if weighted else {}
    assert gradient_gap(tinynet_model(head, loop, (INPUTS,)), x, y, **options) < 1e-7


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", [name for name in BODIES if not name.startswith("frozen")])
def test_the_gradient_through_a_layer_is_that_of_central_differences(name, loop):
    tinynet.backend.set_floatx("float64")
    body, shape = BODIES[name]
    x, y = samples(2, BATCH, shape), PLAIN.targets((BATCH,), np.random.default_rng(1))
    assert gradient_gap(tinynet_model(PLAIN, loop, shape, body), x, y) < 1e-7


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_every_loss_trains_as_in_keras(head):
    y = head.targets((21,), np.random.default_rng(1))
    rate = {"learning_rate": RATE_FOR.get(head.loss, 1.0)}
    assert_parity(lambda k: network(k, head, ("SGD", rate)), samples(), y, batch_size=BATCH)


@pytest.mark.parametrize("head", [h for h in HEADS if h.activation in ("sigmoid", "softmax")], ids=str)
def test_below_saturation_every_loss_trains_as_in_keras_on_probabilities(head):
    y = head.targets((21,), np.random.default_rng(1), hard=True)
    assert_parity(lambda k: network(k, head), samples(), y, batch_size=BATCH, fused=False)


@pytest.mark.parametrize("head", WEIGHTED, ids=str)
@pytest.mark.parametrize("rows", [(), (2,)], ids=["vectors", "rank-3"])
def test_sample_weights_count_as_in_keras(head, rows):
    rng = np.random.default_rng(1)
    y = head.targets((21, *rows), rng)
    accuracy = ["accuracy"] if head.loss != "MeanSquaredError" else ["mae"]
    assert_parity(
        lambda k: network(k, head, metrics=accuracy, weighted_metrics=accuracy),
        samples(shape=(*rows, INPUTS)),
        y,
        batch_size=BATCH,
        sample_weight=rng.uniform(0.2, 2.0, (21, *rows)),
    )


@pytest.mark.parametrize("name", list(BODIES))
def test_every_layer_trains_as_in_keras(name):
    body, shape = BODIES[name]
    y = PLAIN.targets((21,), np.random.default_rng(1))
    assert_parity(lambda k: network(k, PLAIN, body=body), samples(shape=shape), y, batch_size=BATCH)


#: What is done around an update does not depend on which it is: with each optimizer one way, in turn, and with SGD all.
AROUND = [clip | decay for clip in CLIPS for decay in DECAYS]
UPDATES = [
    *OPTIMIZERS,
    *((name, options | AROUND[i % len(AROUND)]) for i, (name, options) in enumerate(OPTIMIZERS, 1)),
    *((*SGD[:1], SGD[1] | around) for around in AROUND),
]


@pytest.mark.parametrize("built", UPDATES, ids=describe)
def test_every_optimizer_updates_as_in_keras(built):
    y = PLAIN.targets((21,), np.random.default_rng(1))
    assert_parity(lambda k: network(k, PLAIN, built), samples(), y, batch_size=BATCH, epochs=2)


@pytest.mark.parametrize(("name", "options"), EVERY_ACTIVATION, ids=str)
def test_an_activation_function_is_keras_own(name, options):
    with precision("float64"):
        z = np.random.default_rng(0).uniform(-7, 7, (40, 6))
        expected = np.asarray(keras_function(keras(), name, options)(z))
        got = type(tinynet.activations.get(name))(**options)(z)
    assert np.abs(got - expected).max() <= 1e-15 * np.abs(expected).max()


@pytest.mark.parametrize(("name", "options"), EVERY_ACTIVATION, ids=str)
def test_the_slope_of_an_activation_at_0_is_keras_own(name, options):
    import jax

    with precision("float64"):
        function, part = keras_function(keras(), name, options), type(tinynet.activations.get(name))(**options)
        for zero in (0.0, -0.0):
            z, da = np.array([[zero, 1.0]]), np.ones((1, 2)) * [1.0, 2.0]
            expected = jax.grad(lambda z: (da * function(z)).sum())(z)  # noqa: B023
            a = part(z)
            part.backward(*((z, a, da) if part.takes_sums else (a, da)))
            np.testing.assert_allclose(da, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(("name", "options"), REGULARIZERS, ids=describe)
def test_a_penalty_is_keras_own(name, options):
    w = np.random.default_rng(0).standard_normal((5, 4))
    with precision("float64"):
        expected = float(getattr(keras().regularizers, name)(**options)(w))
    assert getattr(tinynet.regularizers, name)(**options)(w) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_a_loss_object_is_keras_own(head):
    rng = np.random.default_rng(1)
    y, z = head.targets((21,), rng), rng.uniform(-3, 3, (21, head.units))
    p = z if head.options.get("from_logits") or head.activation == "linear" else 1 / (1 + np.exp(-z))
    weights = rng.uniform(0.2, 2.0, 21)
    with precision("float64"):
        for w in (None, weights):
            expected = float(head.make_loss(keras())(y, p, sample_weight=w))
            assert head.make_loss(tinynet)(y, p, sample_weight=w) == pytest.approx(expected, rel=1e-13)


def test_logits_and_the_fused_activation_agree_to_rounding():
    x, rng = samples(), np.random.default_rng(1)
    with precision("float64"):
        for head in HEADS:
            if head.activation == "linear" or head.flatten or head.loss not in PAIRED.get(head.activation, ()):
                continue
            y = head.targets((21,), rng)

            def fused(k: Any, head: Head = head) -> Any:
                return network(k, head)

            def bare(k: Any, head: Head = head) -> Any:
                return network(k, replace(head, activation="linear", options={**head.options, "from_logits": True}))

            weights = initial_weights(fused(tinynet), x.shape, 0)
            runs = [train(tinynet, build, weights, x, y, batch_size=BATCH) for build in (fused, bare)]
            for run in runs:
                del run["predict"]
            assert agree(*runs, 1e-15) <= 1e-15


PAIRED = {
    "sigmoid": ("BinaryCrossentropy",),
    "softmax": ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"),
}

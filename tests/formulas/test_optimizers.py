"""The optimizers' formulas: first steps by hand, definitions, clipping and decay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.formulas import DTYPES
from tests.support.parts import describe, every
from tinynet import optimizers
from tinynet.kernels import clipping
from tinynet.kernels.machine.jit import arguments_of, plain
from tinynet.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Optimizer, RMSprop

EVERY = every(optimizers.CLASSES)
TOLERANCE = {"float32": {"rtol": 2e-6, "atol": 1e-6}, "float64": {"rtol": 1e-13, "atol": 1e-15}}


def updated(optimizer: Optimizer, w: Any, gradients: Any, dtype: str = "float64") -> list[np.ndarray]:
    """Return the weights after every step, as the loops make it: decay, then the formula."""
    weights, seen = np.atleast_1d(np.array(w, dtype)), []
    slots = np.repeat(optimizer.accumulators.starts, len(weights)).astype(dtype)
    for step, g in enumerate(gradients, 1):
        if optimizer.weight_decay:
            clipping.decay_weights(weights, optimizer.numbers)
        gradient = np.atleast_1d(np.array(g, dtype))
        optimizer.kernel(weights, gradient, slots, len(weights), optimizer.numbers, step)
        seen.append(weights.copy())
    return seen


def steps(optimizer: Optimizer, w: float, gradients: list[float]) -> list[float]:
    """Return a single weight after every step."""
    return [float(weights[0]) for weights in updated(optimizer, w, gradients)]


def test_the_first_steps_by_hand():
    g = [0.5, -0.25]
    assert steps(SGD(0.1), 1.0, g) == pytest.approx([0.95, 0.975])
    assert steps(SGD(0.1, momentum=0.9), 1.0, g) == pytest.approx([0.95, 0.93])
    nesterov = steps(SGD(0.1, momentum=0.9, nesterov=True), 1.0, g)
    assert nesterov == pytest.approx([1 - 0.9 * 0.05 - 0.05, 0.905 + 0.9 * -0.02 + 0.025])
    decayed = steps(SGD(0.1, weight_decay=0.2), 1.0, g)
    assert decayed == pytest.approx([0.98 - 0.05, 0.93 * 0.98 + 0.025])

    v = [0.1 * 0.25, 0.9 * 0.1 * 0.25 + 0.1 * 0.0625]
    increments = [0.01 * a / np.sqrt(b + 1e-3) for a, b in zip(g, v, strict=True)]
    rmsprop = {"learning_rate": 0.01, "rho": 0.9, "epsilon": 1e-3}
    assert steps(RMSprop(**rmsprop), 1.0, g) == pytest.approx([1 - increments[0], 1 - sum(increments)])
    moving = steps(RMSprop(**rmsprop, momentum=0.5), 1.0, g)
    assert moving == pytest.approx([1 - increments[0], 1 - 1.5 * increments[0] - increments[1]])
    centered = steps(RMSprop(**rmsprop, centered=True), 1.0, g[:1])
    assert centered == pytest.approx([1 - 0.01 * 0.5 / np.sqrt(v[0] - 0.05**2 + 1e-3)])

    adam: dict[str, float] = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 0.0}
    assert steps(Adam(**adam), 1.0, g[:1]) == pytest.approx([0.99])  # the first step is lr long, in any case
    assert steps(Adam(**adam), 1.0, [1e3]) == pytest.approx([0.99])
    m, v2 = 0.9 * 0.05 - 0.025, 0.99 * 0.0025 + 0.01 * 0.0625
    second = 0.01 * (m / (1 - 0.81)) / np.sqrt(v2 / (1 - 0.9801))
    assert steps(Adam(**adam), 1.0, g) == pytest.approx([0.99, 0.99 - second])
    careful = steps(Adam(**adam | {"epsilon": 1.0}), 1.0, g[:1])
    assert careful == pytest.approx([1 - 0.01 * 0.05 / 0.1 * 0.1 / (np.sqrt(0.01 * 0.25) + 1.0)])
    largest = steps(Adam(**adam, amsgrad=True), 1.0, [1.0, 0.0])
    assert 0.99 - largest[1] == pytest.approx(0.01 * 0.09 / 0.19 / np.sqrt(0.01 / (1 - 0.9801)))
    assert steps(AdamW(**adam, weight_decay=0.5), 1.0, g[:1]) == pytest.approx([0.995 - 0.01])

    adagrad = steps(Adagrad(0.1, initial_accumulator_value=0.5, epsilon=0.25), 1.0, g)
    increments = [0.1 * 0.5 / np.sqrt(0.5 + 0.25 + 0.25), 0.1 * -0.25 / np.sqrt(0.5 + 0.25 + 0.0625 + 0.25)]
    assert adagrad == pytest.approx([1 - increments[0], 1 - sum(increments)])

    assert steps(Lion(0.1), 1.0, [0.0, 7.0, 0.0, -9.0]) == pytest.approx([1.0, 0.9, 0.8, 0.9])


# ---- definitions: (w, g, what is kept, step, learning rate, numbers) → w ---------------------------------------------

Kept = dict[str, Any]


def sgd(w: Any, g: Any, kept: Kept, step: int, lr: float, momentum: float, nesterov: bool) -> Any:
    kept["m"] = m = momentum * kept.get("m", 0) - lr * g
    return w + (momentum * m - lr * g if nesterov else m)


def rmsprop(
    w: Any, g: Any, kept: Kept, step: int, lr: float, rho: float, momentum: float, epsilon: float, centered: bool
) -> Any:
    kept["v"] = v = rho * kept.get("v", 0) + (1 - rho) * g**2
    kept["avg"] = average = rho * kept.get("avg", 0) + (1 - rho) * g
    kept["m"] = m = momentum * kept.get("m", 0) + lr * g / np.sqrt(v - (average**2 if centered else 0) + epsilon)
    return w - m


def adam(
    w: Any, g: Any, kept: Kept, step: int, lr: float, beta_1: float, beta_2: float, epsilon: float, amsgrad: bool
) -> Any:
    kept["m"] = m = beta_1 * kept.get("m", 0) + (1 - beta_1) * g
    kept["v"] = v = beta_2 * kept.get("v", 0) + (1 - beta_2) * g**2
    kept["most"] = most = np.maximum(kept.get("most", 0), v)
    alpha = lr * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return w - alpha * m / (np.sqrt(most if amsgrad else v) + epsilon)


def adagrad(w: Any, g: Any, kept: Kept, step: int, lr: float, initial_accumulator_value: float, epsilon: float) -> Any:
    kept["s"] = s = kept.get("s", initial_accumulator_value) + g**2
    return w - lr * g / np.sqrt(s + epsilon)


def adadelta(w: Any, g: Any, kept: Kept, step: int, lr: float, rho: float, epsilon: float) -> Any:
    kept["v"] = v = rho * kept.get("v", 0) + (1 - rho) * g**2
    delta = np.sqrt((kept.get("d", 0) + epsilon) / (v + epsilon)) * g
    kept["d"] = rho * kept.get("d", 0) + (1 - rho) * delta**2
    return w - lr * delta


def adamax(w: Any, g: Any, kept: Kept, step: int, lr: float, beta_1: float, beta_2: float, epsilon: float) -> Any:
    kept["m"] = m = beta_1 * kept.get("m", 0) + (1 - beta_1) * g
    kept["u"] = u = np.maximum(beta_2 * kept.get("u", 0), np.abs(g))
    return w - lr / (1 - beta_1**step) * m / (u + epsilon)


def nadam(w: Any, g: Any, kept: Kept, step: int, lr: float, beta_1: float, beta_2: float, epsilon: float) -> Any:
    kept["m"] = m = beta_1 * kept.get("m", 0) + (1 - beta_1) * g
    kept["v"] = v = beta_2 * kept.get("v", 0) + (1 - beta_2) * g**2
    momenta = [beta_1 * (1 - 0.96**t / 2) for t in range(1, step + 2)]
    ahead = momenta[-1] * m / (1 - np.prod(momenta)) + (1 - momenta[-2]) * g / (1 - np.prod(momenta[:-1]))
    return w - lr * ahead / (np.sqrt(v / (1 - beta_2**step)) + epsilon)


def lion(w: Any, g: Any, kept: Kept, step: int, lr: float, beta_1: float, beta_2: float) -> Any:
    m = kept.get("m", 0)
    kept["m"] = beta_2 * m + (1 - beta_2) * g
    return w - lr * np.sign(beta_1 * m + (1 - beta_1) * g)


def ftrl(
    w: Any,
    g: Any,
    kept: Kept,
    step: int,
    lr: float,
    learning_rate_power: float,
    initial_accumulator_value: float,
    l1_regularization_strength: float,
    l2_regularization_strength: float,
    l2_shrinkage_regularization_strength: float,
    beta: float,
) -> Any:
    power, l1, l2, n = -learning_rate_power, l1_regularization_strength, l2_regularization_strength, kept.get("n")
    n = initial_accumulator_value if n is None else n
    kept["n"] = new = n + g**2
    kept["z"] = z = (
        kept.get("z", 0) + g + 2 * l2_shrinkage_regularization_strength * w - (new**power - n**power) / lr * w
    )
    return np.where(np.abs(z) > l1, np.sign(z) * l1 - z, 0) / (new**power / lr + 2 * l2 + beta / lr)


DEFINITIONS = {
    "SGD": sgd,
    "RMSprop": rmsprop,
    "Adam": adam,
    "AdamW": adam,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Adamax": adamax,
    "Nadam": nadam,
    "Lion": lion,
    "Ftrl": ftrl,
}


def start(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return 5 weights, and their gradients in 6 steps."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(5), rng.standard_normal((6, 5)) * [1, 1e-3, 10, 0.1, 1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), [e for e in EVERY if e[0].__name__ in DEFINITIONS], ids=describe)
def test_an_optimizer_is_its_definition(cls, options, dtype):
    optimizer, (w, gradients), kept = cls(learning_rate=0.05, **options), start(), {}
    numbers = {k: v for k, v in optimizer.get_config().items() if k in arguments_of(DEFINITIONS[cls.__name__])}
    decay = optimizer.weight_decay or 0.0
    for step, (got, g) in enumerate(zip(updated(optimizer, w, gradients, dtype), gradients, strict=True), 1):
        w = DEFINITIONS[cls.__name__](w * (1 - decay * 0.05), g, kept, step, 0.05, **numbers)
        np.testing.assert_allclose(got, w, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_the_loop_over_an_update_is_its_formula(cls, options, dtype):
    """Every weight goes through the formula with its own slots, and with the numbers that are in force in its step."""
    optimizer, (w, gradients) = cls(learning_rate=0.05, **options), start(1)
    optimizer.weight_decay = None
    got = updated(optimizer, w, gradients, dtype)
    formula, kept = plain(optimizer.formula), [list(optimizer.accumulators.starts) for _ in w]
    names = arguments_of(formula)[2 + len(optimizer.slots) :]
    for step, g in enumerate(gradients, 1):
        optimizer.counter[0] = step
        numbers = [optimizer.constants()[name] for name in names]
        for i in range(w.size):
            new = formula(w[i], g[i], *kept[i], *numbers)
            w[i], *kept[i] = new if isinstance(new, tuple) else (new,)
        np.testing.assert_allclose(got[step - 1], w, **TOLERANCE[dtype])


@pytest.mark.parametrize(("cls", "options"), EVERY, ids=describe)
def test_an_optimizer_goes_downhill_and_nan_stays_nan(cls, options):
    w = updated(cls(learning_rate=0.01, **options), [1.0, 1.0, -1.0], [[1.0, np.nan, -1.0]] * 3)[-1]
    assert w[0] < 1
    assert np.isnan(w[1])
    assert w[2] == -w[0]


def test_clipping_shortens_what_is_too_long_and_nothing_else():
    segments = np.array([[0, 2], [4, 5]]).reshape(-1)
    given = np.array([3.0, -4.0, 7.0, 7.0, 0.5])

    def clipped(**limit: float) -> list[float]:
        g = given.copy()
        clipping.clip_gradients(g, segments, SGD(**limit).numbers)
        return g.tolist()

    assert clipped() == given.tolist()
    assert clipped(clipnorm=2.5) == pytest.approx([1.5, -2.0, 7.0, 7.0, 0.5])
    assert clipped(clipnorm=5.0) == given.tolist()
    assert clipped(clipnorm=0.5) == pytest.approx([0.3, -0.4, 7.0, 7.0, 0.5])
    assert clipped(clipnorm=0.25) == pytest.approx([0.15, -0.2, 7.0, 7.0, 0.25])
    assert clipped(clipvalue=3.5) == pytest.approx([3.0, -3.5, 7.0, 7.0, 0.5])
    assert clipped(clipvalue=0.25) == pytest.approx([0.25, -0.25, 7.0, 7.0, 0.25])
    factor = 1 / np.sqrt(25.25)
    assert clipped(global_clipnorm=1.0) == pytest.approx([3 * factor, -4 * factor, 7.0, 7.0, 0.5 * factor])
    assert clipped(global_clipnorm=6.0) == given.tolist()
    both = SGD(clipnorm=2.5)
    both.clipvalue = 0.25
    both.global_clipnorm = 0.1
    g = given.copy()
    clipping.clip_gradients(g, segments, both.numbers)
    assert g == pytest.approx([1.5, -2.0, 7.0, 7.0, 0.5]), "the first one given counts"


@pytest.mark.parametrize("dtype", DTYPES)
def test_decay_shrinks_weights_by_its_share_of_the_learning_rate(dtype):
    w = np.array([2.0, -4.0, 0.0], dtype)
    clipping.decay_weights(w, SGD(0.5, weight_decay=0.25).numbers)
    assert w.tolist() == [1.75, -3.5, 0.0]

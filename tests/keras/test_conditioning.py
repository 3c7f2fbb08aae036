"""Where two programs part more than rounding explains: Keras parts as far from itself, one last digit away.

Of many random programs those parted most that train by RMSprop with `centered=True`, or by momentum with clipping. A
centered variance is a difference of two numbers that are nearly the same while gradients stay alike, and a momentum
that changes its sign is one, too. Most digits cancel, and the last digits of the gradients decide about the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.formulas import DTYPES
from tests.support.parity import keras, precision
from tinynet.memory import Parameter

STEPS, SIZE = 15, 400


def alike(rng: np.random.Generator) -> np.ndarray:
    """Return gradients that hardly change from step to step, for each step."""
    return 100 * (1 + rng.random(SIZE)) * (1 + 1e-2 * rng.standard_normal((STEPS, SIZE)))


def turning(rng: np.random.Generator) -> np.ndarray:
    """Return gradients whose momentum is nearly 0 after every second step."""
    g = 100 * rng.standard_normal((STEPS, SIZE))
    g[1::2] = -0.9 * g[: STEPS - 1 : 2]
    return g


def trained(k: Any, name: str, options: dict[str, Any], gradients: np.ndarray) -> np.ndarray:
    """Return the weights, from 0, after every step by one of the two."""
    start = np.zeros(SIZE, gradients.dtype)
    w = Parameter("w", start) if k is tinynet else k.Variable(start, name="w")
    optimizer = getattr(k.optimizers, name)(**options)
    seen = []
    for g in gradients:
        optimizer.apply_gradients([(g if k is tinynet else k.ops.convert_to_tensor(g), w)])
        seen.append(np.array(w.value))
    return np.diff(np.array(seen, np.float64), axis=0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("name", "options", "draw"),
    [
        ("RMSprop", {"learning_rate": 0.1, "centered": True, "rho": 0.3}, alike),
        ("RMSprop", {"learning_rate": 0.1, "centered": True, "momentum": 0.9, "rho": 0.3}, alike),
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 1.0}, turning),
    ],
    ids=["centered", "centered with momentum", "momentum with clipping"],
)
def test_where_digits_cancel_keras_parts_as_far_from_itself(name, options, draw, dtype):
    rng = np.random.default_rng(0)
    gradients = draw(rng).astype(dtype)
    nearby = np.nextafter(gradients, np.where(rng.random(gradients.shape) < 0.5, -np.inf, np.inf).astype(dtype))
    with precision(dtype):
        theirs, ours = (trained(k, name, options, gradients) for k in (keras(), tinynet))
        moved = trained(keras(), name, options, nearby)
    apart, from_itself = (np.abs(other - theirs).max() / np.abs(theirs).max() for other in (ours, moved))
    assert apart <= 4 * from_itself
    if draw is alike:
        assert from_itself > 100 * np.finfo(dtype).eps, (
            "if not, digits would not cancel, and the case would show nothing"
        )

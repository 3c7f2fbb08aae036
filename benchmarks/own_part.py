"""A part of one's own: the time of a step with the built-in elu, and with a copy of it in a script, in turn.

python -m benchmarks.own_part              prints the table
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

import tinynet
from tinynet.activations import ActivationFunction
from tinynet.formulas import Scalar, Words, expm1, formula
from tinynet.layers import Dense

#: Layers, rows of a batch, and batches of an epoch.
NETWORKS = {"12-64-1, batch 64": ((12, 64, 1), 64, 16), "64-100-10, batch 200": ((64, 100, 10), 200, 20)}


@formula
def mine(z: Scalar, alpha: Scalar) -> Scalar:
    "z where z > 0, else α·(eᶻ - 1)"
    return z if z > 0 else alpha * expm1(z)


@formula
def mine_backward(z: Scalar, a: Scalar, da: Scalar, alpha: Scalar) -> Scalar:
    "dz = da where z > 0, else da·(a + α)"
    return da if z > 0 else da * (a + alpha)


class Mine(ActivationFunction):
    formulas = mine, mine_backward
    words = Words(
        "({z} if {z} > 0 else {alpha}·(e^{z} - 1))",
        "What is negative levels off at -α.",
        "{da}·(1 if {z} > 0 else {a} + {alpha})",
        "elu's slope",
    )
    alpha = 1.0


def made(activation: Any, sizes: tuple[int, ...]) -> Any:
    tinynet.set_random_seed(0)
    hidden = [Dense(units, activation=activation) for units in sizes[1:-1]]
    model = tinynet.Sequential([tinynet.Input(sizes[:1]), *hidden, Dense(sizes[-1])])
    model.compile("rmsprop", "mse")
    model.shuffle_state()  # drawn now, so that both shuffle alike
    return model


def measure(rounds: int = 41, seconds: float = 0.05) -> dict[str, dict[str, float]]:
    """Return microseconds a step, and their ratio: the median over pairs of runs side by side."""
    found: dict[str, dict[str, float]] = {}
    for name, (sizes, batch, steps) in NETWORKS.items():
        rng = np.random.default_rng(0)
        x = rng.standard_normal((batch * steps, sizes[0])).astype("float32")
        y = rng.standard_normal((batch * steps, sizes[-1])).astype("float32")
        models = {"built-in": made("elu", sizes), "own": made(Mine(), sizes)}
        assert all("loop:    compiled" in model.explain_plan(batch) for model in models.values())
        epochs = 1
        taken: dict[str, list[float]] = {which: [] for which in models}
        for model in models.values():  # to load the kernels, and to see how long an epoch takes
            begun = time.perf_counter()
            model.fit(x, y, batch_size=batch, epochs=20, verbose=0)
            epochs = max(1, int(20 * seconds / (time.perf_counter() - begun)))
        for _ in range(rounds):
            for which, model in models.items():
                begun = time.perf_counter()
                model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
                taken[which].append((time.perf_counter() - begun) / (epochs * steps) * 1e6)
        for one, other in zip(*(model.get_weights() for model in models.values()), strict=True):
            assert np.array_equal(one, other), "the two do not compute the same"
        ratio = median(own / built for built, own in zip(taken["built-in"], taken["own"], strict=True))
        found[name] = {which: median(times) for which, times in taken.items()} | {"own / built-in": ratio}
    return found


def main() -> None:
    print("microseconds a step with the built-in elu, and with a copy of it in a script (at most 1.1 times as long)")
    for name, row in measure().items():
        print(f"{name:22}" + "".join(f"  {key}: {value:.4g}" for key, value in row.items()))


if __name__ == "__main__":
    main()

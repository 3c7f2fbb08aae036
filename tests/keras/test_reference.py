"""tinynet held against what Keras gave when `reference/record.py` ran: needs no Keras, JAX or TensorFlow."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.keras.reference.record import BATCH, CASES, EPOCHS, SATURATED, record
from tests.support.agreement import Run, agree
from tests.support.cases import LOOPS
from tests.support.parity import train

FOLDER = Path(__file__).parent / "reference"

#: Optimizers whose constants (1 - beta, weight_decay, clipnorm …) Keras on TensorFlow rounds to float32 in float64 too.
ROUNDED_ON_TENSORFLOW = ("class numbers", "regression", "absolute errors", "amsgrad", "frozen")
RECORDED = [(b, name) for b in ("jax", "tensorflow") for name, case in CASES.items() if case.only in ("", b)]


@cache
def recorded(backend: str) -> dict[str, Any]:
    """Return what a backend's file holds."""
    with np.load(FOLDER / f"{backend}.npz", allow_pickle=False) as file:
        return dict(file)


def of(arrays: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return the arrays whose names begin with `prefix`, by the rest of their names."""
    return {key[len(prefix) :]: value for key, value in arrays.items() if key.startswith(prefix)}


def as_run(case: dict[str, Any]) -> Run:
    """Return a recorded case in the form that `agree` compares."""
    steps = of(case, "steps/")
    count = len(next(iter(steps.values())))
    return {
        **{f"step {i + 1}": {name: values[i] for name, values in steps.items()} for i in range(count)},
        "history": of(case, "history/"),
        "evaluate": of(case, "evaluate/"),
        "predict": {"predictions": case["predictions"]},
    }


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("backend", "name"), RECORDED, ids=[f"{name} on {backend}" for backend, name in RECORDED])
def test_every_recorded_step_is_tinynets(backend, name, loop):
    tinynet.backend.set_floatx("float64")
    case, expected = CASES[name], of(recorded(backend), f"{name}/")
    on_logits = case.fused and backend == "jax"
    start = [expected[f"start/{i}"] for i in range(len(of(expected, "start/")))]
    weighted = {"sample_weight": expected["sample_weight"]} if case.weighted else {}
    fit = {"batch_size": BATCH, "epochs": EPOCHS, **weighted, **case.fit}
    got = train(
        tinynet, lambda k: case.build(k, on_logits), start, expected["x"], expected["y"], loop=loop, fused=False, **fit
    )
    del got["start"], got["end"]
    rounded = backend == "tensorflow" and name in ROUNDED_ON_TENSORFLOW
    agree(as_run(expected), got, 2e-5 if rounded else 1e-12, (f"keras on {backend}", f"tinynet ({loop} loop)"))


def test_the_recorded_references_are_what_live_keras_gives():
    """On JAX: the file was made by compiled steps; these are the same ones, computed without compiling."""
    from tests.support.keras_quickly import without_compiling
    from tests.support.parity import keras, precision

    k, file = keras(), recorded("jax")
    assert json.loads(str(file["made_by"]))["keras"].split(".")[:2] == k.__version__.split(".")[:2]
    with precision("float64"), without_compiling():
        live = dict(record(k, {name: case for name, case in CASES.items() if case.only in ("", "jax")}, file))
    assert sorted(live) == sorted(key for key in file if key != "made_by")
    for name, value in live.items():
        assert np.shape(value) == file[name].shape, name
        scale = np.abs(file[name]).max()
        np.testing.assert_allclose(value, file[name], rtol=0, atol=1e-12 * scale, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled loop", "layer loop"])
@pytest.mark.parametrize("name", list(SATURATED))
def test_saturated_outputs_follow_keras_on_tensorflow(name, compiled, dtype):
    """Loss and gradient of logits up to ±100, where probabilities have long rounded to 0 and 1."""
    tinynet.backend.set_floatx(dtype)
    expected = of(recorded("tensorflow"), f"saturated/{name}/{dtype}/")

    class Loop:
        """tinynet, compiling for one of its loops."""

        layers, losses, optimizers, Input = tinynet.layers, tinynet.losses, tinynet.optimizers, tinynet.Input

        @staticmethod
        def Sequential(layers: Any) -> Any:
            model = tinynet.Sequential(layers)
            compile_ = model.compile
            model.compile = lambda *arguments: compile_(*arguments, compiled=compiled)
            return model

    got = SATURATED[name].measure(Loop, dtype)
    assert np.abs(expected["gradient"]).max() > 0.3
    for key in ("loss", "gradient"):
        assert np.isfinite(expected[key]).all()
        gap = np.abs(got[key] - expected[key]) / np.maximum(1.0, np.abs(expected[key]))
        assert gap.max() <= 1e-6, f"{key}: {gap.max():.1e}"


def test_the_references_say_who_made_them_and_are_small():
    for backend in ("jax", "tensorflow"):
        made_by = json.loads(str(recorded(backend)["made_by"]))
        assert {"python", "numpy", "keras", backend} == set(made_by)
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 3e6

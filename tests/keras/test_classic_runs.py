"""The classic networks, trained to the end as in the Keras chapters, compared with Keras on JAX.

In float64 history and weights agree to 1e-8 after the whole run; in float32 the gradients of a step to rounding, and
after 20 epochs losses to 1e-4 and accuracies to two samples. The data are generated and of the originals' kind: random
numbers and labels, multi-hot rows with one entry in a hundred set. They have the originals' shapes but for the texts
and the pictures, which are fewer and have fewer columns, for Keras's sake.

The deep perceptron learns random labels by heart, and then, from about epoch 600 on, training is chaotic: Keras itself,
one weight changed in its last digit at the start, goes another way (`test_a_last_digit_changes_where_keras_ends`, which
also shows that tinynet parts from Keras when Keras does from itself). So its 1000 epochs are compared at one stretch on
samples that come with both labels, which it cannot learn by heart, and on random labels in stretches of 10 epochs, each
from the weights and slots that Keras had there.

Reuters and IMDB on the real data, dense and as CSR, whole and in float64 (needs 8 GB of memory and some minutes):

    export TINYNET_REAL_RUNS=1 TINYNET_DATA=<folder of imdb.npz and reuters.npz>
    pytest -s tests/keras/test_classic_runs.py -k real
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import tinynet
from tests.support.agreement import Array, Run, agree
from tests.support.cases import LOOPS
from tests.support.classics import CLASSICS, Classic, vectors
from tests.support.logits import on_logits
from tests.support.parity import assert_parity, initial_weights, keras, precision, scalars, tensors, train


def whole_runs(classic: Classic, x: Array, y: Array, forms: dict[str, Any], **fit: Any) -> dict[str, Run]:
    """Train a classic network in float64 with Keras and, for each form of the samples, through both loops."""
    fit = {"batch_size": classic.batch, "epochs": classic.epochs, "every_step": False, **classic.fit, **fit}
    with precision("float64"):
        start = initial_weights(classic.build(tinynet), x.shape, 3)
        runs = {"keras": train(keras(), classic.build, start, x, y, **fit)}
        for form, samples in forms.items():
            for loop in LOOPS:
                runs[f"{form}, {loop}"] = train(tinynet, classic.build, start, samples, y, loop=loop, **fit)
    return runs


@pytest.mark.parametrize("name", list(CLASSICS))
def test_a_classic_network_ends_where_keras_does(name):
    classic = CLASSICS[name]
    x, y = classic.made()
    forms = {"dense": x, **({"CSR": sparse.csr_matrix(x)} if name in ("imdb", "reuters") else {})}
    runs = whole_runs(classic, x, y, forms)
    expected = runs.pop("keras")
    assert len(expected["history"]["loss"]) == classic.epochs
    for run, got in runs.items():
        gap = agree(expected, got, 1e-8, ("keras", f"tinynet ({run})"), whole_run=True)
        print(f"{name}: {run}: {gap:.1e}")


DEEP = replace(CLASSICS["deep perceptron"], data=vectors)
STRETCH = 10


@dataclass(frozen=True)
class Stretch:
    """Some epochs of Keras: the weights and slots it began with, its history, and what stood at the end."""

    weights: list[Array]
    velocities: list[Array]
    history: dict[str, Array]
    end: dict[str, Array]


def deep_start(x: Array) -> list[Array]:
    """Return the weights that the deep perceptron starts from."""
    return initial_weights(DEEP.build(tinynet), x.shape, 3)


@cache
def keras_by_heart(last_digits: int = 0) -> list[Stretch]:
    """Train the deep perceptron on random labels with Keras, one weight moved by so many units in the last place."""
    x, y = DEEP.made()
    stretches = []
    with precision("float64"):
        model, _ = on_logits(keras(), DEEP.build(keras()))
        model.build(x.shape)
        start = deep_start(x)
        start[0][0, 0] += last_digits * np.spacing(start[0][0, 0])
        model.set_weights(start)
        for _ in range(DEEP.epochs // STRETCH):
            weights = [np.array(w.value) for w in model.weights]
            velocities = [np.array(v.value) for v in model.optimizer.variables if v.path.endswith("_velocity")]
            history = model.fit(x, y, batch_size=DEEP.batch, epochs=STRETCH, shuffle=False, verbose=0).history
            stretches.append(Stretch(weights, velocities, scalars(history), tensors(keras(), model)))
    return stretches


def test_on_random_labels_the_deep_perceptron_follows_keras_stretch_by_stretch():
    x, y = DEEP.made()
    stretches = keras_by_heart()
    for loop in LOOPS:
        with precision("float64"):
            model = DEEP.build(tinynet)
            model.build(x.shape)
            model.setup = model.setup._replace(compiled=loop == "compiled")
            for i, stretch in enumerate(stretches):
                model.set_weights(stretch.weights)
                for parameter, velocity in zip(model.parameters, stretch.velocities, strict=True) if i else ():
                    model.optimizer.accumulators.of(parameter)[0][...] = velocity
                history = model.fit(x, y, batch_size=DEEP.batch, epochs=STRETCH, shuffle=False, verbose=0).history
                expected = {"history": stretch.history, "end": stretch.end}
                names = "keras", f"tinynet ({loop} loop, from epoch {STRETCH * i})"
                agree(expected, {"history": scalars(history), "end": tensors(tinynet, model)}, 1e-8, names)
    assert stretches[-1].history["accuracy"][-1] > 0.99


def test_a_last_digit_changes_where_keras_ends():
    x, y = DEEP.made()
    with precision("float64"):
        fit: dict[str, Any] = {"batch_size": DEEP.batch, "epochs": DEEP.epochs, "every_step": False}
        runs = {loop: train(tinynet, DEEP.build, deep_start(x), x, y, loop=loop, **fit) for loop in LOOPS}
    losses = {loop: run["history"]["loss"] for loop, run in runs.items()}
    losses["keras"] = np.concatenate([stretch.history["loss"] for stretch in keras_by_heart(last_digits=1)])
    expected = np.concatenate([stretch.history["loss"] for stretch in keras_by_heart()])
    parted = {}
    for name, loss in losses.items():
        gap = np.abs(loss - expected)
        assert gap[:500].max() < 1e-13, name
        assert gap.max() > 1e-4, name
        parted[name] = int(np.argmax(gap > 1e-8))
    assert max(parted.values()) - min(parted.values()) < 2 * STRETCH, parted


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", list(CLASSICS))
def test_the_float32_gradients_of_a_step_agree_to_rounding(name, loop):
    """Read from the momentum after the first step, which is minus the gradient, at a learning rate of 1."""
    classic = CLASSICS[name]
    x, y = (a[: classic.batch].astype(np.float32) for a in classic.made())

    def build(k: Any) -> Any:
        return classic.build(k, k.optimizers.SGD(1.0, momentum=0.5))

    runs = assert_parity(build, x, y, loops=[loop], dtype="float32", tolerance=1.0, batch_size=len(x), how="compiled")
    step = runs["keras"]["step 1"]
    gradients = [tensor for tensor in step if tensor.startswith("momentum of")]
    assert len(gradients) == 2 * len(classic.units)
    for tensor in gradients:
        expected, got = step[tensor], runs[loop]["step 1"][tensor]
        assert got.dtype == np.float32
        largest = np.abs(expected).max()
        gap = np.abs(got - expected)
        assert gap.max() <= 1e-5 * largest, tensor
        if gap.size > 1:  # the bias of a single unit is a sum whose terms cancel
            assert np.median(gap) <= 4 * np.spacing(largest), tensor


@pytest.mark.parametrize("name", list(CLASSICS))
def test_after_20_epochs_in_float32_losses_and_accuracies_are_keras_own(name):
    classic = CLASSICS[name]
    x, y = (a.astype(np.float32) for a in classic.made())
    fit = {"batch_size": classic.batch, "epochs": 20, "every_step": False, **classic.fit}
    with precision("float32"):
        start = initial_weights(classic.build(tinynet), x.shape, 3)
        expected = train(keras(), classic.build, start, x, y, **fit)
        for loop in LOOPS:
            got = train(tinynet, classic.build, start, x, y, loop=loop, **fit)
            for key, values in expected["history"].items():
                validated = int(classic.samples * classic.fit.get("validation_split", 0.0))
                counted = validated if key.startswith("val_") else classic.samples - validated
                scale = max(1.0, float(np.abs(values).max()))
                allowed = 2.01 / counted if key.endswith("accuracy") else 1e-4 * scale
                assert np.abs(got["history"][key] - values).max() <= allowed, (loop, key)


REAL = {"imdb": (tinynet.datasets.imdb, 10_000), "reuters": (tinynet.datasets.reuters, 1_000)}


def multi_hot(sequences: Any) -> sparse.csr_matrix:
    """Return one row a text, with a 1 for every word that occurs in it."""
    rows = [np.unique(s) for s in sequences]
    ends = np.cumsum([0, *(len(r) for r in rows)])
    return sparse.csr_matrix((np.ones(ends[-1]), np.concatenate(rows), ends), shape=(len(rows), 10_000))


@pytest.mark.skipif("TINYNET_REAL_RUNS" not in os.environ, reason="minutes: set TINYNET_REAL_RUNS=1 and TINYNET_DATA")
@pytest.mark.parametrize("name", list(REAL))
def test_real_texts_end_where_keras_does(name):
    classic, (module, validated) = CLASSICS[name], REAL[name]
    (sequences, labels), _ = module.load_data(num_words=10_000)
    hot = multi_hot(sequences)
    y = np.eye(46)[labels] if name == "reuters" else labels.astype(np.float64)
    x, rest = hot[validated:], hot[:validated]
    data = (rest.toarray(), y[:validated])
    dense = x.toarray()
    runs = whole_runs(
        Classic(classic.units, classic.last, classic.loss, classic.data, len(y), 512, 20),
        dense,
        y[validated:],
        {"dense": dense, "CSR": x},
        validation_data=data,
    )
    expected = runs.pop("keras")
    print(f"\n{name}: val_loss {expected['history']['val_loss'][-1]:.6f}")
    for run, got in runs.items():
        gap = agree(expected, got, 1e-8, ("keras", f"tinynet ({run})"), whole_run=True)
        print(f"{name}, {run}: {gap:.1e} of the largest entry at most")

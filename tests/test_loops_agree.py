"""The two training loops agree: to rounding between them, bit for bit with themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judge import Run, agree, scalars, tensors
from judge_parts import ACTIVATIONS, CLIPS, DECAYS, HEADS, OPTIMIZERS, Head, describe, samples

import tinynet
from tinynet.layers import Activation, Dense, Flatten, ReLU, Sigmoid, Softmax

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
LOOPS = ("compiled", "layers")
LAYERS = {"relu": ReLU, "sigmoid": Sigmoid, "softmax": Softmax}


@dataclass(frozen=True)
class Case:
    """A network, its data, and how it is trained for 20 steps and a few."""

    head: Head
    optimizer: tuple[str, dict[str, Any]]
    body: tuple[Callable[[], Any], ...] = ()
    shape: tuple[int, ...] = (5,)
    n: int = 21
    batch: int = 8
    weighted: bool = False
    shuffle: bool = True
    seed: int = 0

    @property
    def rows(self) -> tuple[int, ...]:
        """The shape of the output, but for its last axis."""
        shape = self.model("compiled").compute_output_shape((None, *self.shape))
        return tuple(a for a in shape[1:-1] if a is not None)

    def model(self, loop: str) -> Any:
        """Return the compiled model; with the same seed it has the same weights and shuffles alike."""
        tinynet.set_random_seed(self.seed)
        model = tinynet.Sequential([*(make() for make in self.body), *self.head.layers(tinynet)])
        name, options = self.optimizer
        optimizer = getattr(tinynet.optimizers, name)(**options)
        metrics = {"Mean": ["mse", "mae"], "Spar": ["accuracy"]}.get(self.head.loss[:4], ["accuracy", "mae"])
        model.compile(
            optimizer,
            self.head.make_loss(tinynet),
            metrics=metrics,
            weighted_metrics=metrics[:1],
            compiled=loop == "compiled",
        )
        return model

    def run(self, loop: str, x: np.ndarray | None = None) -> Run:
        """Train and return weights, history, evaluation and predictions."""
        rng = np.random.default_rng(self.seed)
        x = samples(self.seed, self.n, self.shape) if x is None else x
        y = self.head.targets((self.n, *self.rows), rng)
        weights = rng.uniform(0.2, 2.0, self.n) if self.weighted else None
        model = self.model(loop)
        model.build((None, *self.shape))
        for layer in model.layers:  # a bias of one number near 0 would be a poor measure of its own rounding
            if getattr(layer, "use_bias", False):
                layer.bias += rng.choice([-0.5, 0.5], layer.bias.shape) + 0.1 * rng.standard_normal(layer.bias.shape)
        start, steps = weights_of(model), -(-self.n // self.batch)
        history = model.fit(
            x,
            y,
            batch_size=self.batch,
            epochs=-(-20 // steps),
            sample_weight=weights,
            shuffle=self.shuffle,
            verbose=0,
        )
        evaluated = model.evaluate(x, y, batch_size=self.batch, sample_weight=weights, verbose=0, return_dict=True)
        return {
            "start": start,
            "end": weights_of(model),
            "history": scalars(history.history),
            "evaluate": scalars(evaluated),
            "predict": {"predictions": model.predict(x, batch_size=self.batch, verbose=0)},
        }


def weights_of(model: Any) -> dict[str, np.ndarray]:
    return {name: value for name, value in tensors(tinynet, model).items() if " of " not in name}


def assert_loops_agree(case: Case, dtype: str) -> float:
    tinynet.backend.set_floatx(dtype)
    compiled, layers = (case.run(loop) for loop in LOOPS)
    return agree(compiled, layers, TOLERANCE[dtype], ("the compiled loop", "the layer loop"), whole_run=True)


def dense(units: int, activation: str, use_bias: bool = True, trainable: bool = True) -> Callable[[], Any]:
    return lambda: Dense(units, activation=activation, use_bias=use_bias, trainable=trainable)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    activation = st.sampled_from(ACTIVATIONS)
    layer = st.one_of(
        st.builds(dense, st.integers(1, 40), activation, st.booleans(), st.sampled_from((True, True, False))),
        activation.map(lambda a: LAYERS.get(a, lambda: Activation(a))),
    )
    shape = draw(st.sampled_from(((5,), (1,), (17,), (2, 3), (3, 1), (2, 3, 2))))
    body = draw(st.lists(layer, max_size=3))
    if len(shape) > 1:
        body.insert(draw(st.integers(0, len(body))), Flatten)
    name, options = draw(st.sampled_from(OPTIMIZERS))
    # Slow enough that no network diverges: a chaotic run would magnify rounding without end.
    options = options | {"learning_rate": options["learning_rate"] / 10}
    n = draw(st.integers(6, 40))
    return Case(
        draw(st.sampled_from(HEADS)),
        (name, options | draw(st.sampled_from(CLIPS)) | draw(st.sampled_from(DECAYS))),
        tuple(body),
        shape,
        n,
        draw(st.integers(max(1, n // 4), n)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.integers(0, 2**16)),
    )


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_the_two_loops_agree_on_any_network(dtype, case):
    assert_loops_agree(case, dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_two_loops_agree_on_every_loss_with_every_activation_and_optimizer(head, dtype):
    for activation in ACTIVATIONS:
        assert_loops_agree(Case(head, OPTIMIZERS[0], (dense(4, activation),)), dtype)
    for optimizer in OPTIMIZERS:
        assert_loops_agree(Case(head, optimizer, (dense(4, "tanh"),), weighted=True), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=describe)
def test_the_two_loops_agree_on_every_optimizer_with_every_option(optimizer, dtype):
    name, options = optimizer
    for clip in CLIPS:
        for decay in DECAYS:
            assert_loops_agree(Case(HEADS[1], (name, options | clip | decay), (dense(4, "relu"),)), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_two_loops_agree_on_outputs_of_rank_three(head, dtype):
    if not head.flatten:
        assert_loops_agree(Case(head, OPTIMIZERS[3], (dense(4, "tanh"),), shape=(2, 3), weighted=True), dtype)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("dtype", list(TOLERANCE))
def test_the_same_seed_gives_the_same_bits(dtype, loop):
    tinynet.backend.set_floatx(dtype)
    for head in HEADS:
        case = Case(head, OPTIMIZERS[6], (dense(33, "tanh"), dense(9, "relu")), n=40)
        assert agree(case.run(loop), case.run(loop), 0.0) == 0.0


@pytest.mark.parametrize("loop", LOOPS)
def test_another_seed_gives_other_weights_and_another_order(loop):
    case = Case(HEADS[0], OPTIMIZERS[0])
    first, second = (case.model(loop) for case in (case, Case(HEADS[0], OPTIMIZERS[0], seed=1)))
    for model in (first, second):
        model.build((None, 5))
    assert np.all(first.get_weights()[0] != second.get_weights()[0])
    assert first.shuffle_state() != second.shuffle_state()


@pytest.mark.parametrize("loop", LOOPS)
def test_shuffling_changes_the_result_and_nothing_else(loop):
    shuffled, ordered = (Case(HEADS[0], OPTIMIZERS[0], shuffle=shuffle).run(loop) for shuffle in (True, False))
    kernel = "layers[0].kernel"
    assert np.any(shuffled["end"][kernel] != ordered["end"][kernel])
    np.testing.assert_allclose(shuffled["end"][kernel], ordered["end"][kernel], atol=0.2)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_nan_in_the_input_is_nan_in_the_loss(head, dtype, loop):
    tinynet.backend.set_floatx(dtype)
    for activation in ACTIVATIONS:
        case = Case(head, OPTIMIZERS[0], (dense(4, activation),), shuffle=False)
        x = samples(0, case.n, case.shape)
        x[13, 2] = np.nan
        run = case.run(loop, x)
        assert np.isnan(run["history"]["loss"]).all()
        assert np.isnan(run["evaluate"]["loss"])
        assert np.isnan(run["predict"]["predictions"]).all()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_frozen_layer_keeps_its_bits(loop):
    case = Case(HEADS[0], OPTIMIZERS[7], (dense(4, "tanh"), dense(3, "relu", trainable=False)))
    model = case.model(loop)
    model.build((None, 5))
    before = model.get_weights()
    model.fit(samples(), case.head.targets((21,), np.random.default_rng(0)), epochs=3, verbose=0)
    changed = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [True, True, False, False, True, True]

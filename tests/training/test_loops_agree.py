"""The two training loops agree: to rounding between them, bit for bit with themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinynet
from tests.support.agreement import Run, agree
from tests.support.cases import (
    ACTIVATIONS,
    CLIPS,
    DECAYS,
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
    samples,
)
from tests.support.parity import scalars, tensors
from tests.support.parts import RATE_FOR, Options
from tinynet import regularizers
from tinynet.layers import Activation, Dense, Dropout, Flatten, ReLU, Sigmoid, Softmax

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
LAYERS = {"relu": ReLU, "sigmoid": Sigmoid, "softmax": Softmax}
RMSPROP = ("RMSprop", {"learning_rate": 0.01})
ADAM = ("Adam", {"learning_rate": 0.01})
BOTH = ("RMSprop", {"learning_rate": 0.01, "momentum": 0.6, "centered": True})


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
        rate = options["learning_rate"] * RATE_FOR.get(self.head.loss, 1.0)
        optimizer = getattr(tinynet.optimizers, name)(**options | {"learning_rate": rate})
        kinds = {"classes": ["accuracy"], "values": ["mse", "mae"]}
        metrics = kinds.get(tinynet.losses.CLASSES[self.head.loss].targets, ["accuracy", "mae"])
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


def dense(units: int, by: str | tuple[str, Options], *penalties: tuple[str, Options], **options: Any) -> Any:
    """Return what makes a dense layer: by name or with options its activation, of kernel and bias the penalties."""
    name, numbers = (by, {}) if isinstance(by, str) else by
    made = [getattr(regularizers, cls)(**factors) for cls, factors in penalties]
    options |= dict(zip(("kernel_regularizer", "bias_regularizer"), made, strict=False))
    return lambda: Dense(units, activation=activation(tinynet, name, numbers), **options)


def alone(name: str, options: Options) -> Callable[[], Any]:
    """Return what makes an activation's layer."""
    known = LAYERS.get(name)
    return known if known and not options else lambda: Activation(activation(tinynet, name, options))


def dropout(rate: float, seed: int | None) -> Callable[[], Any]:
    return lambda: Dropout(rate, seed=seed)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    by = st.sampled_from(EVERY_ACTIVATION)
    penalties = st.lists(st.sampled_from([r for r in REGULARIZERS if max(r[1].values(), default=0) < 0.1]), max_size=2)
    layer = st.one_of(
        st.builds(
            lambda units, by, penalties, bias, trainable: dense(
                units, by, *penalties, use_bias=bias, trainable=trainable
            ),
            st.integers(1, 40),
            by,
            penalties,
            st.booleans(),
            st.sampled_from((True, True, False)),
        ),
        by.map(lambda part: alone(*part)),
        st.builds(dropout, st.sampled_from((0.0, 0.1, 0.5)), st.sampled_from((None, 7))),
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
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_the_two_loops_agree_on_any_network(dtype, case):
    assert_loops_agree(case, dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_two_loops_agree_on_every_loss_and_every_activation_and_kind_of_optimizer(head, dtype):
    """Each loss with some of the others, so that each of them comes with several losses: they meet nowhere else."""
    turn = HEADS.index(head)
    for by in EVERY_ACTIVATION[turn % 6 :: 6]:
        slow = ("SGD", {"learning_rate": 0.001}) if by[0] == "exponential" else SGD  # else it grows without bounds
        assert_loops_agree(Case(head, slow, (dense(4, by),)), dtype)
    for optimizer in list(dict(OPTIMIZERS).items())[turn % 3 :: 3]:  # the last variant of each, with all its options
        assert_loops_agree(Case(head, optimizer, (dense(4, "tanh"),), weighted=True), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=describe)
def test_the_two_loops_agree_on_every_optimizer_with_every_option(optimizer, dtype):
    name, options = optimizer
    for clip in CLIPS:
        for decay in DECAYS:
            assert_loops_agree(Case(PLAIN, (name, options | clip | decay), (dense(4, "relu"),)), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_two_loops_agree_on_outputs_of_rank_three(head, dtype):
    if not head.flatten:
        assert_loops_agree(Case(head, RMSPROP, (dense(4, "tanh"),), shape=(2, 3), weighted=True), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("penalty", REGULARIZERS, ids=describe)
def test_the_two_loops_agree_on_every_penalty(penalty, dtype):
    for penalties in ((penalty,), (penalty, penalty)):
        for trainable in (True, False):
            layers = (dense(4, "tanh", *penalties, trainable=trainable), dense(3, "relu", *penalties))
            assert_loops_agree(Case(PLAIN, RMSPROP, layers, weighted=True), dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("shape", [(5,), (2, 3)], ids=str)
@pytest.mark.parametrize("seed", [None, 3])
def test_the_two_loops_leave_out_the_same(shape, seed, dtype):
    for rate in (0.0, 0.5, 1.0):
        layers = (dropout(0.2, seed), dense(8, "relu"), dropout(rate, seed), dense(3, "tanh"), dropout(0.1, None))
        assert_loops_agree(Case(PLAIN, SGD, layers, shape=shape), dtype)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("dtype", list(TOLERANCE))
def test_the_same_seed_gives_the_same_bits(dtype, loop):
    tinynet.backend.set_floatx(dtype)
    for head in HEADS:
        case = Case(head, BOTH, (dense(33, "tanh"), dropout(0.3, None), dense(9, "relu")), n=40)
        assert agree(case.run(loop), case.run(loop), 0.0) == 0.0


@pytest.mark.parametrize("loop", LOOPS)
def test_another_seed_gives_other_weights_and_another_order(loop):
    case = Case(HEADS[0], SGD)
    first, second = (case.model(loop) for case in (case, Case(HEADS[0], SGD, seed=1)))
    for model in (first, second):
        model.build((None, 5))
    assert np.all(first.get_weights()[0] != second.get_weights()[0])
    assert first.shuffle_state() != second.shuffle_state()


@pytest.mark.parametrize("loop", LOOPS)
def test_shuffling_changes_the_result_and_nothing_else(loop):
    shuffled, ordered = (Case(HEADS[0], SGD, shuffle=shuffle).run(loop) for shuffle in (True, False))
    kernel = "layers[0].kernel"
    assert np.any(shuffled["end"][kernel] != ordered["end"][kernel])
    np.testing.assert_allclose(shuffled["end"][kernel], ordered["end"][kernel], atol=0.2)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_nan_is_nan_in_the_loss(head, dtype, loop):
    tinynet.backend.set_floatx(dtype)
    for by in ACTIVATIONS[HEADS.index(head) % 4 :: 4]:
        case = Case(head, SGD, (dense(4, by),))
        model, x = case.model(loop), samples(0, case.n, case.shape)
        y = head.targets((case.n, *case.rows), np.random.default_rng(0))
        model.build((None, *case.shape))
        missing = np.where(np.arange(x.size).reshape(x.shape) == 67, np.nan, x)
        assert np.isnan(model.predict(missing, batch_size=8, verbose=0)[13]).all()
        model.layers[0].kernel[2, 0] = np.nan
        assert np.isnan(model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)["loss"])
        assert np.isnan(model.fit(x, y, batch_size=8, epochs=3, verbose=0).history["loss"]).all()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_frozen_layer_keeps_its_bits(loop):
    case = Case(HEADS[0], ADAM, (dense(4, "tanh"), dense(3, "relu", trainable=False)))
    model = case.model(loop)
    model.build((None, 5))
    before = model.get_weights()
    model.fit(samples(), case.head.targets((21,), np.random.default_rng(0)), epochs=3, verbose=0)
    changed = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [True, True, False, False, True, True]

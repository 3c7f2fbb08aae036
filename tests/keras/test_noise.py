"""Layers that are random in training, compared with Keras: every step by their own numbers, and by their statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.cases import BATCH, PLAIN, samples
from tests.support.nets import assert_same_weights
from tests.support.parity import assert_parity, keras, precision

#: Each layer, and whether its output is a factor times its input (and not a sum with it).
LAYERS: dict[str, dict[str, Any]] = {
    "Dropout": {"rate": 0.3},
    "GaussianNoise": {"stddev": 0.4},
    "GaussianDropout": {"rate": 0.3},
    "AlphaDropout": {"rate": 0.3},
}
each_layer = pytest.mark.parametrize("name", LAYERS)


def made(k: Any, name: str, seed: int | None = None, **options: Any) -> Any:
    return getattr(k.layers, name)(**LAYERS[name] | options, seed=seed)


def same_numbers(k: Any, name: str, seed: int) -> Any:
    """Return tinynet's layer, or one of Keras's that draws the same: a straight line with the slope and shift drawn."""
    if k is tinynet:
        return made(tinynet, name, seed)
    ours = made(tinynet, name, seed, dtype="float64")

    class Same(k.layers.Layer):  # type: ignore[misc, name-defined]
        step = 0

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            lines = []
            for point in (0.0, 1.0):
                ours.begin_step(self.step)
                lines.append(ours(np.full(x.shape, point), training=True))
            self.step += 1
            return x * (lines[1] - lines[0]) + lines[0]

    return Same()


def test_steps_are_as_in_keras_with_the_same_numbers_drawn():
    def build(k: Any) -> Any:
        noise = [same_numbers(k, name, seed) for seed, name in enumerate(LAYERS)]
        dense = [k.layers.Dense(4, activation="tanh") for _ in noise]
        model = k.Sequential([*(each for pair in zip(noise, dense, strict=True) for each in pair), k.layers.Dense(3)])
        model.compile(k.optimizers.Adam(0.01), "mse")
        return model

    y = PLAIN.targets((21, 2), np.random.default_rng(1))
    assert_parity(build, samples(shape=(2, 5)), y, batch_size=BATCH, epochs=3, how="eager")


@each_layer
def test_what_is_drawn_is_distributed_as_keras_draws_it(name):
    x = np.random.default_rng(0).normal(size=(300, 200)).astype("float32")
    with precision("float32"):
        theirs = np.asarray(made(keras(), name, 1)(x, training=True))
    ours = made(tinynet, name, 1)(x, training=True)
    for statistic in (np.mean, np.std, lambda a: (a * x).mean()):
        assert statistic(ours) == pytest.approx(statistic(theirs), rel=0.05, abs=0.03)
    for share in (0.01, 0.1, 0.5, 0.9, 0.99):
        assert np.quantile(ours, share) == pytest.approx(np.quantile(theirs, share), rel=0.04, abs=0.02)


@each_layer
def test_neighbours_steps_and_seeds_are_independent(name):
    ones = np.ones((200, 100))
    layers = [made(tinynet, name, seed) for seed in (1, 2)]
    first, again, other = (layer(ones, training=True).ravel() for layer in (layers[0], *layers))
    for a, b in ((first, again), (first, other), (again, other), (first[:-1], first[1:]), (first[100:], first[:-100])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.03


@each_layer
def test_without_a_seed_the_stream_is_the_models_and_no_part_of_its_configuration(name, tmp_path):
    x, y = samples(), PLAIN.targets((21,), np.random.default_rng(1))
    for compiled in (True, False):
        tinynet.set_random_seed(3)
        layer = made(tinynet, name)
        model = tinynet.Sequential([tinynet.Input((5,)), layer, tinynet.layers.Dense(3)])
        model.compile("adam", "mse", compiled=compiled)
        model.fit(x, y, verbose=0)
        assert layer.get_config()["seed"] is None
        model.save(tmp_path / "m.npz")
        again = tinynet.models.load_model(tmp_path / "m.npz")
        histories = [m.fit(x, y, epochs=2, verbose=0).history for m in (model, again)]
        assert histories[0] == histories[1]
        assert_same_weights(model, again)
    again = tinynet.Sequential.from_config(model.get_config())
    assert again.layers[0].stream != layer.stream


@each_layer
def test_a_file_keeps_the_seed_for_keras(name):
    k = keras()
    for one, other in ((tinynet, k), (k, tinynet)):
        config = made(one, name, seed=7).get_config()
        config.pop("dtype")
        assert getattr(other.layers, name).from_config(config).seed == 7


@pytest.mark.parametrize("name", ["GaussianDropout", "AlphaDropout"])
def test_a_rate_of_1_is_refused_where_it_would_end_in_nan(name):
    with pytest.raises(ValueError, match=f"{name}: `rate` must be below 1"):
        made(tinynet, name, rate=1.0)
    layer = made(tinynet, name)
    with pytest.raises(ValueError, match="`rate` must be below 1"):
        layer.rate = 1
    assert layer.rate == 0.3
    np.testing.assert_array_equal(made(tinynet, name, rate=0.0)([[1.0, -2.0]], training=True), [[1.0, -2.0]])


def test_a_deviation_out_of_range_is_refused_in_keras_words():
    for stddev in (-0.1, 1.5, True, "x"):
        with pytest.raises(ValueError, match=r"`stddev`\. Expected a float value between 0 and 1"):
            tinynet.layers.GaussianNoise(stddev)


@each_layer
def test_gradients_are_those_of_central_differences_and_the_trace_has_its_words(name):
    tinynet.backend.set_floatx("float64")
    layers = [tinynet.layers.Dense(6, activation="tanh"), made(tinynet, name, 5), tinynet.layers.Dense(3)]
    model = tinynet.Sequential([tinynet.Input((5,)), *layers])
    model.compile("sgd", "mse")
    x, y = samples(), PLAIN.targets((21,), np.random.default_rng(1))
    model.fit(x, y, verbose=0)
    tinynet.gradient_check(model, x, y).require()
    trace = model.trace(x, y)
    step = next(step for step in trace.steps if step.why == layers[1].words.why)
    assert "user-written" not in str(trace)
    assert "{" not in step.formula + step.numbers()
    assert model.train_on_batch(x, y) == pytest.approx(trace.loss, rel=1e-12)


def test_a_noise_shape_shares_what_alpha_dropout_draws():
    y = tinynet.layers.AlphaDropout(0.5, noise_shape=(None, 1, None), seed=1)(np.ones((40, 3, 4)), training=True)
    assert len(np.unique(y)) == 2
    np.testing.assert_array_equal(y[:, :1] + np.zeros((1, 3, 1)), y)
    assert (y[:, 0] != y[0, 0]).any()


def penalised(k: Any, l1: float, l2: float) -> Any:
    dense = k.layers.Dense
    layers = [dense(4, activation="tanh"), k.layers.ActivityRegularization(l1, l2), dense(3)]
    model = k.Sequential([*layers, k.layers.ActivityRegularization(l2=l1)])
    model.compile(k.optimizers.SGD(0.1), "mse")
    return model


def test_a_penalty_on_what_comes_along_is_as_in_keras():
    y = PLAIN.targets((21,), np.random.default_rng(1))
    assert_parity(lambda k: penalised(k, 0.01, 0.02), samples(), y, batch_size=BATCH, epochs=2)
    layer = tinynet.layers.ActivityRegularization(0.2, 0.3)
    assert (layer.l1, layer.l2, layer.get_config()["l2"]) == (0.2, 0.3, 0.3)
    assert "activity_regularizer" not in layer.get_config()

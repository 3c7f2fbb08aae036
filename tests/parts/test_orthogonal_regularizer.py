"""The penalty for vectors that are not at right angles: its numbers are Keras's, alone and in training."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras
from tinynet.differences import of_number
from tinynet.regularizers import OrthogonalRegularizer

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
W = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_penalty_and_slope(mode):
    ours, theirs = (k.regularizers.OrthogonalRegularizer(0.5, mode) for k in (tinynet, keras()))
    assert ours(W) == pytest.approx(float(theirs(keras().ops.convert_to_tensor(W.astype("float32")))), rel=1e-6)
    np.testing.assert_allclose(ours.gradient(W), of_number(ours, W), rtol=1e-6, atol=1e-9)
    assert ours.gradient(W.astype("float32")).dtype == np.float32
    assert ours.get_config() == pytest.approx({**theirs.get_config(), "factor": 0.5})
    again = tinynet.regularizers.deserialize(tinynet.regularizers.serialize(ours))
    assert again.get_config() == ours.get_config()


def test_vectors_of_length_0_are_at_no_angle():
    w = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert OrthogonalRegularizer()(w) == 0.0
    np.testing.assert_array_equal(OrthogonalRegularizer().gradient(w), np.zeros((2, 2)))


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_every_step_is_as_in_keras(mode):
    def model(k):
        penalty = k.regularizers.OrthogonalRegularizer(0.5, mode)
        found = k.Sequential([k.layers.Dense(3, "tanh", kernel_regularizer=penalty), k.layers.Dense(1)])
        found.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return found

    rng = np.random.default_rng(1)
    assert_parity(model, rng.normal(size=(21, 4)), rng.normal(size=(21, 1)), batch_size=8, epochs=2)


def test_a_model_with_it_is_checked_traced_and_read_again(tmp_path):
    layer = tinynet.layers.Dense(3, kernel_regularizer="orthogonal_regularizer")
    model = tinynet.Sequential([tinynet.Input((4,)), layer])
    model.compile("sgd", "mse")
    x, y = np.random.default_rng(2).normal(size=(5, 4)), np.zeros((5, 3))
    assert model.gradient_check(x, y).ok
    assert "penalty" in str(model.trace(x, y)).lower()
    assert "layer loop" in model.explain_plan()
    for ending in ("npz", "keras"):
        model.save(tmp_path / f"m.{ending}")
        again = tinynet.models.load_model(tmp_path / f"m.{ending}")
        assert again.layers[0].kernel_regularizer.get_config() == {"factor": 0.01, "mode": "rows"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: OrthogonalRegularizer(mode="diagonal"),
            'Invalid value for argument `mode`. Expected one of {"rows", "c',
        ),
        (lambda: OrthogonalRegularizer(-1.0), "`factor` must be a number of at least 0"),
        (lambda: OrthogonalRegularizer()(np.ones(3)), "must have rank 2"),
        (lambda: OrthogonalRegularizer().gradient(np.ones((2, 2, 2))), "must have rank 2"),
    ],
)
def test_what_it_cannot_do_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()

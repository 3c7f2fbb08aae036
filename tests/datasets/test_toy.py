"""The made-up data sets: points on a plane."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.datasets import blobs, circles, moons, spiral, xor

TOYS = {"blobs": (blobs, 3), "circles": (circles, 2), "moons": (moons, 2), "spiral": (spiral, 2), "xor": (xor, 2)}
each = pytest.mark.parametrize(("module", "classes"), TOYS.values(), ids=TOYS)


def everything(module, **options):
    (x, y), (empty, _) = module.load_data(test_split=0.0, **options)
    assert len(empty) == 0
    return x, y


@each
def test_a_sample_is_two_numbers_and_all_classes_have_the_same_share(module, classes):
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert (x_train.shape, x_test.shape) == ((400, 2), (100, 2))
    assert (x_train.dtype, y_train.dtype) == (np.float32, np.int64)
    counts = np.bincount(np.concatenate([y_train, y_test]))
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1


@each
def test_the_seed_makes_the_samples_and_leaves_the_global_generator_alone(module, classes):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the legacy global state is what must not move
    first, again, other = (everything(module, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@each
def test_noise_is_the_standard_deviation_of_what_is_added_to_the_same_points(module, classes):
    clean, noisy = (everything(module, n_samples=2000, noise=noise)[0] for noise in (0.0, 0.2))
    assert np.abs((noisy - clean).std(axis=0) - 0.2).max() < 0.01
    assert np.abs(noisy - clean).mean() > 0.1


def test_without_noise_each_class_lies_where_its_name_says():
    x, y = everything(circles, noise=0.0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1.0, 0.5), rtol=1e-6)
    x, y = everything(xor, noise=0.0)
    assert np.array_equal(x[:, 0] * x[:, 1] < 0, y == 1)
    x, y = everything(moons, noise=0.0)
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1.0, rtol=1e-6)
    assert np.array_equal((x - centre)[:, 1] >= 0, y == 0)
    x, y = everything(spiral, noise=0.0)
    angle = np.arctan2(*x.T[::-1]) - np.pi * y - 3 * np.pi * np.hypot(*x.T)
    np.testing.assert_allclose(np.cos(angle), 1.0, atol=1e-5)
    x, y = everything(blobs, noise=0.0)
    assert len(np.unique(x.round(5), axis=0)) == 3


@each
@pytest.mark.parametrize(
    "wrong", [{"n_samples": 0}, {"noise": -0.1}, {"noise": float("inf")}, {"seed": -1}, {"test_split": 1.0}]
)
def test_what_cannot_be_made_is_refused_by_name(module, classes, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        module.load_data(**wrong)

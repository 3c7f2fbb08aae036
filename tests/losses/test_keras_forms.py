"""Losses in Keras's forms: infinite logits, axes, classes that do not count, configurations.

The numbers were computed by Keras 3.15 on JAX.
"""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

import tinynet
from tinynet import losses, metrics
from tinynet.layers import Dense
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, Hinge, Huber, MeanSquaredError
from tinynet.losses import SparseCategoricalCrossentropy as Sparse

INF = math.inf
Y, P = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[3.0, 5.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("target", "logit", "expected"),
    [
        (0, INF, INF),
        (1, -INF, INF),
        (0.5, INF, INF),
        (0.5, -INF, INF),
        (1, INF, 0),
        (0, -INF, 0),
        (1, math.nan, math.nan),
    ],
)
def test_an_infinite_logit_costs_infinitely_much_or_nothing(target, logit, expected):
    loss = BinaryCrossentropy(from_logits=True)
    np.testing.assert_equal(loss([[target]], [[logit]]), expected)
    slope = math.nan if math.isnan(logit) else (logit > 0) - target
    np.testing.assert_equal(loss.backward([[target]], [[logit]]), np.float32([[slope]]))


def test_an_impossible_class_costs_infinitely_much_only_where_it_is_the_right_one():
    logits = [[-INF, 0.0, 1.0]]
    for k, expected in enumerate([INF, 1.3132616, 0.3132617]):
        for loss, target in (
            (Sparse(from_logits=True), [k]),
            (CategoricalCrossentropy(from_logits=True), np.eye(3)[[k]]),
        ):
            assert loss(target, logits) == pytest.approx(expected)
            assert np.isfinite(loss.backward(target, logits)).all()
            value = loss.kernels()[0](
                np.ravel(np.float32(target)), np.float32(logits[0]), np.empty(0, "f4"), 3, loss.numbers
            )
            assert value == pytest.approx(expected)


def test_classes_may_lie_on_any_axis():
    y, p = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.2], [0.5, 0.8]])
    np.testing.assert_allclose(losses.categorical_crossentropy(y, p, axis=0), [0.6931472, 0.2231435], rtol=1e-6)
    np.testing.assert_allclose(losses.binary_crossentropy(y, p, axis=0), [0.6931472, 0.2231435], rtol=1e-6)
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy([1, 0], p, axis=0), [0.6931472, 1.6094379], rtol=1e-6
    )
    rng = np.random.default_rng(0)
    y, p = rng.uniform(size=(2, 3, 4)), rng.uniform(size=(2, 3, 4))
    for axis in (0, 1, -2):
        for cls in (BinaryCrossentropy, CategoricalCrossentropy):
            moved = [np.moveaxis(a, axis, -1) for a in (y, p)]
            np.testing.assert_array_equal(cls(axis=axis, reduction=None)(y, p), cls(reduction=None)(*moved))
            slopes = np.moveaxis(cls(axis=axis).backward(y, p), axis, -1)
            np.testing.assert_array_equal(slopes, cls().backward(*moved))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CategoricalCrossentropy(axis=True), "`axis` must be of type `int`"),
        (lambda: BinaryCrossentropy(axis="last"), "`axis` must be of type `int`"),
        (lambda: CategoricalCrossentropy(axis=2)(Y, P), "axis 2 is out of bounds"),
        (
            lambda: Sparse(axis=0)(np.zeros((4, 4)), np.ones((3, 4, 4))),
            r"up until the last dimension.*output.shape=\(3, 4, 4\)",
        ),
        (lambda: BinaryCrossentropy()([[0], [1]], P), "`target` and `output` must have the same shape"),
        (
            lambda: tinynet.Sequential([Dense(1)]).compile("sgd", BinaryCrossentropy(axis=0)),
            "axis=0: a model's outputs are its last axis",
        ),
        (
            lambda: tinynet.Sequential([Dense(2)]).compile("sgd", Sparse(ignore_class=-1)),
            "ignore_class=-1: give these samples a class",
        ),
        (lambda: Sparse(ignore_class=0.5), "`ignore_class` must be the number of a class"),
        (lambda: BinaryCrossentropy(label_smoothing=None), "`label_smoothing` must be between 0 and 1"),
        (lambda: MeanSquaredError(dtype="float16"), "`dtype` must be 'float32', 'float64' or None"),
        (lambda: losses.huber(Y, P, 1.0, 2.0), r"huber takes \(y_true, y_pred, delta\)"),
    ],
)
def test_arguments_without_a_meaning_are_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_a_class_that_is_ignored_costs_nothing_and_does_not_count():
    y, p, weights = np.array([1, 0]), np.array([[0.5, 0.2], [0.5, 0.8]]), [3.0, 4.0]
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(y, p, ignore_class=1), [0, 0.9555115], rtol=1e-6)
    for reduction, given, expected in [
        ("mean", None, 0.9555115),
        ("mean", weights, 3.8220458),
        ("sum", weights, 3.8220458),
        ("mean_with_sample_weight", weights, 0.9555115),
    ]:
        assert Sparse(ignore_class=1, reduction=reduction)(y, p, given) == pytest.approx(expected, rel=1e-6)
    assert Sparse(ignore_class=1)([1, 1], p, weights) == 0.0
    logits = [[[0.854, 0.698, 0.598], [0.088, 0.86, 0.018]]]
    for targets in ([[-1, 2]], [[[-1], [2]]]):
        found = Sparse(from_logits=True, ignore_class=-1, reduction=None)(targets, logits)
        np.testing.assert_allclose(found, [[0.0, 1.480129]], rtol=1e-6)


def test_labels_are_smoothed_by_hand_as_in_training():
    assert BinaryCrossentropy(True, 0.1)([[1, 0, 1]], [[10.0, -10.0, -10.0]]) == pytest.approx((10 + 0.5) / 3, rel=1e-4)
    assert CategoricalCrossentropy(True, 0.1)([[1, 0, 0]], [[100.0, -100, -100]]) == pytest.approx(
        400 * 0.1 / 3, rel=1e-6
    )


# ---- configurations -------------------------------------------------------------------------------------------------

MEAN = {"reduction": "sum_over_batch_size"}


@pytest.mark.parametrize(
    ("loss", "config"),
    [
        (MeanSquaredError(), {"name": "mean_squared_error", **MEAN}),
        (Hinge("sum", "mine"), {"name": "mine", "reduction": "sum"}),
        (Huber(reduction="sum"), {"name": "huber_loss", "reduction": "sum"}),
        (Huber(0.5), {"name": "huber_loss", "delta": 0.5, **MEAN}),
        (MeanSquaredError(dtype="float64"), {"name": "mean_squared_error", "dtype": "float64", **MEAN}),
        (
            BinaryCrossentropy(True, 0.25, 1, None, "mine"),
            {"name": "mine", "reduction": None, "from_logits": True, "label_smoothing": 0.25, "axis": 1},
        ),
        (
            Sparse(False, -1, "sum"),
            {"name": "sparse_categorical_crossentropy", "reduction": "sum", "from_logits": False, "ignore_class": -1},
        ),
    ],
)
def test_a_loss_is_made_again_from_its_configuration(loss, config):
    assert loss.get_config() == config
    written = json.loads(json.dumps(losses.serialize(loss)))
    short = {"class_name": type(loss).__name__, "config": config}
    assert written == {"module": "keras.losses", **short, "registered_name": None}
    for made in (type(loss).from_config(config), losses.deserialize(written), losses.get(short)):
        assert type(made) is type(loss)
        assert made.get_config() == config


FUNCTION = {"module": "builtins", "class_name": "function", "config": "mean_squared_error"}


def test_losses_are_found_by_names_functions_and_configurations():
    assert losses.loss_of(None) is None
    for found in ("mse", "MSE", "MeanSquaredError", MeanSquaredError, losses.mean_squared_error, FUNCTION):
        assert type(losses.loss_of(found)) is MeanSquaredError
    own = type("Own", (MeanSquaredError,), {})
    assert type(losses.deserialize({"class_name": "Own", "config": {"name": "x"}}, {"Own": own})) is own
    assert type(losses.deserialize("Own", {"Own": own})) is own
    for unknown in ("typo", {"class_name": "Typo", "config": {}}, {"class": 1}, {}):
        with pytest.raises(ValueError, match=r"(?i)unknown loss|could not interpret loss"):
            losses.get(unknown)
    with pytest.raises(TypeError, match="Could not interpret loss identifier"):
        losses.get(3)


def test_a_function_of_ones_own_is_given_back():
    def own(y, p):
        return (p - y) ** 2

    assert losses.get(own) is own is losses.serialize(own)
    with tinynet.utils.CustomObjectScope({"own": own}):
        assert losses.get("own") is own


def test_a_dtype_is_that_of_what_is_returned():
    assert MeanSquaredError(None)(Y, P).dtype == np.float64
    assert MeanSquaredError(None)(Y.tolist(), P.tolist()).dtype == np.float32
    assert MeanSquaredError(None, dtype="float32")(Y, P).dtype == np.float32
    assert MeanSquaredError(None, dtype=np.float64)(Y.astype("f4"), P.astype("f4")).dtype == np.float64


def test_a_loss_and_a_result_answer_as_a_tensor_does():
    loss, metric = MeanSquaredError()(Y, P), metrics.MeanSquaredError()
    metric.update_state(Y, P)
    for found in (loss, metric.result(), pickle.loads(pickle.dumps(loss))):
        assert found.shape == ()
        assert found.dtype == "float32"
        assert found.numpy().dtype == np.float32
        assert found.numpy() == np.float32(loss)
    assert MeanSquaredError(dtype="float64")(Y, P).numpy() == loss

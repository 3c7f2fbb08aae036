"""Losses called by hand with whatever comes: compiled code sees only arrays that fit, and everything else is refused.

Without that, the first two cases ended the process.
"""

from __future__ import annotations

import numpy as np
import pytest

from tinynet import losses
from tinynet._names import snake_case

ROWS = np.full((2, 3), 0.3, "f4")
BIG = np.zeros((300, 1), "f4")
DOORS = {
    "call": lambda loss, y, p: loss.call(y, p),
    "forward": lambda loss, y, p: loss.forward(y, p),
    "backward": lambda loss, y, p: loss.backward(y, p),
    "row_losses": lambda loss, y, p: loss.row_losses(y, p),
    "row_gradients": lambda loss, y, p: loss.row_gradients(y, p),
    "the loss itself": lambda loss, y, p: loss(y, p),
    "the plain function": lambda loss, y, p: getattr(losses, snake_case(type(loss).__name__))(y, p),
}
#: Which losses, targets, predictions, and what is said.
MISFITS = [
    ("classes", np.full((2, 1), 2e9, "f4"), ROWS, "expected class numbers 0 to 2.*2e.09"),
    ("values", np.zeros(1, "f4"), BIG, "must have the same shape"),
    ("classes", [[-1], [0]], ROWS, "expected class numbers 0 to 2. Received: values from -1 to 0"),
    ("classes", [[3], [0]], ROWS, "expected class numbers"),
    ("classes", [[np.nan], [0]], ROWS, "expected class numbers"),
    ("classes", [[0.5], [0]], ROWS, "not all of them whole numbers"),
    ("classes", [0, 1, 2], ROWS, "must have the same shape up until the last dimension"),
    ("values", BIG[:3].T, BIG[:3], "must have the same shape"),
    ("values", BIG, np.broadcast_to(np.float32(1), (10**9, 300)), "must have the same shape"),
    ("any", 1.0, ROWS, "y_true.*single number"),
    ("any", ROWS, 1.0, "y_pred.*single number"),
    ("any", None, ROWS, "y_true must be a NumPy array.*None"),
    ("any", ROWS, None, "y_pred must be a NumPy array.*None"),
    ("any", ROWS, ["a", "b"], "y_pred holds text"),
    ("any", ROWS, np.array([[None] * 3] * 2), "y_pred has missing values"),
    ("any", ROWS, ROWS * 1j, "y_pred holds complex numbers"),
    ("any", ROWS, [[1.0], [1.0, 2.0]], "y_pred is ragged"),
    ("any", ROWS[:0], ROWS[:0], "is empty"),
    ("any", ROWS, np.ma.masked_less(ROWS, 1), "y_pred has 6 masked"),
]


def of_kind(kind):
    return [c for c in losses.CLASSES.values() if kind == "any" or (c.targets == "classes") == (kind == "classes")]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("kind", "y", "p", "message"), MISFITS)
def test_what_does_not_fit_is_refused_at_every_door(kind, y, p, message, door):
    for cls in of_kind(kind):
        with pytest.raises((ValueError, TypeError), match=message):
            DOORS[door](cls(), y, p)


@pytest.mark.parametrize("cls", losses.CLASSES.values())
def test_arrays_of_any_layout_and_type_give_the_same_numbers(cls):
    rng = np.random.default_rng(0)
    p = rng.uniform(0.1, 0.9, (4, 3)).astype("f4")
    y = np.array([[0], [1], [2], [1]] if cls.targets == "classes" else rng.integers(0, 2, (4, 3)), "f4")
    loss = cls()
    for given in (np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2], lambda a: a.astype(">f4"), list):
        np.testing.assert_array_equal(loss.forward(given(y), given(p)), loss.forward(y, p))
        np.testing.assert_array_equal(loss.backward(given(y), given(p)), loss.backward(y, p))
        assert loss(given(y), given(p)) == loss(y, p)
    assert loss(y.astype(np.int8), p.astype(np.float64)) == pytest.approx(loss(y, p), rel=1e-6)


@pytest.mark.parametrize("cls", losses.CLASSES.values())
def test_rows_of_any_rank_have_a_loss_each(cls):
    rng = np.random.default_rng(0)
    p = rng.uniform(0.1, 0.9, (2, 5, 3)).astype("f4")
    y = rng.integers(0, 2, (2, 5) if cls.targets == "classes" else (2, 5, 3))
    loss = cls(reduction="none")
    flat = y.reshape(10, -1), p.reshape(10, 3)
    assert loss(y, p).shape == loss.call(y, p).shape == loss.forward(y, p).shape == (2, 5)
    np.testing.assert_array_equal(loss(y, p).reshape(10), loss(*flat))
    np.testing.assert_array_equal(loss.backward(y, p).reshape(10, 3), loss.backward(*flat))


@pytest.mark.parametrize(("options", "fused"), [({}, False), ({}, True), ({"from_logits": True}, False)])
@pytest.mark.parametrize("label", [2e9, 3.0, -1.0, np.nan, -np.inf])
def test_a_label_that_changes_after_the_checks_is_nan_and_nothing_is_read_outside(label, options, fused):
    """A callback or another thread may write to the labels of a running fit: the kernels look at each one again."""
    loss = losses.SparseCategoricalCrossentropy(**options)
    value, gradient = loss.kernels(fused)
    y, p = np.array([1, label, 2], "f4"), np.full((3, 3), 0.3, "f4")
    weights, dp = np.ones(3, "f4"), np.empty((3, 3), "f4")
    for w in (weights, weights[:0]):
        assert np.isnan(value(y, p.reshape(-1), w, 3, loss.numbers))
        gradient(y, p.reshape(-1), w, 3, loss.numbers, 1.0, dp.reshape(-1))
        assert np.isnan(dp).tolist() == [[False] * 3, [True] * 3, [False] * 3]


@pytest.mark.parametrize("cls", losses.CLASSES.values())
def test_numpy_s_settings_never_break_a_call(cls):
    p = np.array([[1e-30, 1e30], [1e38, 1e-38]], "f4")
    y = np.array([[0], [1]] if cls.targets == "classes" else [[0, 1], [1e-30, 0]], "f4")
    with np.errstate(all="raise"):
        for reduction in ("mean", "sum", None):
            loss = cls(reduction=reduction)
            for door in DOORS.values():
                door(loss, y, p)
            loss(y, p, [1e-30, 1e30])

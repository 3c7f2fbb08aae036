"""Padding within the layer loop, by hand: where it is behind a layer, and what a batch's loss makes of its rows."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.kernels.reductions import MEAN, share_of_row, times_rows
from tinynet.layers import Add, Dense, Embedding, Flatten, GlobalAveragePooling1D, Masking
from tinynet.training.padding import loss_of_rows, mask_behind, rows_kept, share_of, told, weighed

STEPS = np.array([[[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]], [[0.0, 0.0], [0.0, 0.0], [4.0, 0.0]]])
MASK = np.array([[True, False, True], [False, False, True]])
KEPT = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
WEIGHTS = np.array([0.5, 9.0, 1.0, 9.0, 9.0, 2.0])


def behind(layer, taken, masks):
    found = mask_behind(layer, taken, masks)
    return None if found is None else found.tolist()


def test_where_padding_is_behind_a_layer():
    assert behind(Masking(), STEPS, None) == MASK.tolist()
    assert behind(Embedding(5, 2, mask_zero=True), STEPS[..., 0], None) == (STEPS[..., 0] != 0).tolist()
    for silent in (Embedding(5, 2), Dense(2)):
        assert behind(silent, STEPS[..., 0], None) is None
    assert behind(Dense(2), STEPS, MASK) == MASK.tolist()
    for ends in (Flatten(), GlobalAveragePooling1D()):
        assert behind(ends, STEPS, MASK) is None
    both = Add()
    assert behind(both, [STEPS, STEPS], [None, None]) is None
    for masks in ([MASK, MASK], [MASK, np.ones_like(MASK)]):
        assert behind(both, [STEPS, STEPS], masks) == np.logical_or(*masks).tolist()


def test_a_layer_is_told_only_of_padding_of_its_steps_and_only_within_the_call():
    pool = GlobalAveragePooling1D()
    pool(STEPS)
    with told(pool, STEPS, MASK):
        np.testing.assert_allclose(pool.forward(STEPS.astype("float32"), True), [[0.5, 2.5], [4.0, 0.0]])
    np.testing.assert_allclose(pool.forward(STEPS.astype("float32"), True), STEPS.mean(axis=1), rtol=1e-6)
    for wrong in (MASK[:1], MASK[:, :2], MASK[..., None]):
        with (
            pytest.raises(ValueError, match=r"expected padding of 3 steps a sample\. Received"),
            told(pool, STEPS, wrong),
        ):
            pass


def test_a_row_is_kept_unless_it_is_padding():
    assert rows_kept(None, STEPS) is None
    kept = rows_kept(MASK, STEPS.astype("float32"))
    assert kept.tolist() == KEPT.tolist()
    assert kept.dtype == np.float32
    with pytest.raises(ValueError, match=r"expected a mask of shape \(2, 3\). Received: \(3, 2\)"):
        rows_kept(MASK.T, STEPS)


def test_padding_has_no_weight():
    assert weighed(WEIGHTS, None) is WEIGHTS
    assert weighed(WEIGHTS, KEPT).tolist() == [0.5, 0.0, 1.0, 0.0, 0.0, 2.0]
    assert weighed(WEIGHTS[:0], KEPT) is KEPT
    assert weighed(WEIGHTS[:0], None).size == 0


@pytest.mark.parametrize("reduction", range(3))
@pytest.mark.parametrize("given", [WEIGHTS, WEIGHTS[:0]], ids=["weights", "no weights"])
def test_the_mean_is_over_the_rows_that_count_and_other_reductions_only_weigh(given, reduction):
    losses = np.array([1.0, 100.0, 2.0, 100.0, 100.0, 4.0])
    counted = weighed(given, KEPT)
    total = float((losses * counted).sum())
    if reduction == MEAN:
        assert share_of(reduction, counted, KEPT, 6) == pytest.approx(1 / 3)
        assert loss_of_rows(reduction, counted, KEPT, 6, total) == pytest.approx(total / 3 * 6)
    else:
        assert share_of(reduction, counted, KEPT, 6) == share_of_row(reduction, counted, 6)
        assert loss_of_rows(reduction, counted, KEPT, 6, total) == pytest.approx(
            total * share_of_row(reduction, counted, 6) * 6
        )
    plain = given if given.size else np.ones(6)
    assert share_of(reduction, given, None, 6) == share_of_row(reduction, given, 6)
    whole = float((losses * plain).sum())
    assert loss_of_rows(reduction, given, None, 6, whole) == times_rows(reduction, given, 6, whole)


def test_a_batch_of_padding_alone_costs_nothing():
    nothing = np.zeros(6)
    assert share_of(MEAN, nothing, nothing, 6) == 0
    assert loss_of_rows(MEAN, nothing, nothing, 6, 0.0) == 0

"""How data reach the loops: steps, chunks of whole batches, rows with their targets and weights, cursors."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.data import arrays
from tinynet.data.features import features
from tinynet.kernels.samples import Csr
from tinynet.training.batches import ArrayPasses, BatchFeed
from tinynet.training.feed import Feed
from tinynet.training.loop import cursor_at, target_rows


@pytest.mark.parametrize(
    ("done", "samples", "cursor"),
    [(-4, 10, (0, 0)), (0, 10, (0, 0)), (1, 10, (0, 1)), (9, 10, (0, 9)), (10, 10, (1, 0)), (12, 10, (1, 0))],
)
def test_a_cursor_is_in_the_epoch_until_all_samples_are_done(done, samples, cursor):
    assert cursor_at(done, samples) == cursor


@pytest.mark.parametrize("repeat", [1, 3])
def test_a_samples_targets_are_the_rows_of_all_its_places(repeat):
    rows = np.arange(5 * repeat).reshape(5, repeat)
    for places in (slice(1, 4), np.array([4, 0, 2])):
        assert np.arange(5 * repeat)[target_rows(places, repeat)].tolist() == rows[places].reshape(-1).tolist()


def feed_of(n=10, size=3, repeat=1, weights=True, sparse=False):
    x = np.arange(n * size, dtype="float32").reshape(n, size)
    y = np.arange(n * repeat, dtype="float32").reshape(-1, 1)
    w = y.reshape(-1) + 0.5 if weights else None
    return Feed(features(x, dtype="float32"), y, w, sparse), x, y, w


@pytest.mark.parametrize(
    ("batch", "steps"), [(1, 10), (2, 5), (3, 4), (4, 3), (5, 2), (9, 2), (10, 1), (11, 1), (100, 1)]
)
def test_an_epoch_has_as_many_batches_as_begin_in_it(batch, steps):
    feed, *_ = feed_of()
    assert feed.steps_of(batch) == steps
    passes = ArrayPasses(feed, batch)
    assert passes.length == steps
    assert BatchFeed(passes, None, batch, 1).steps_of(batch) == steps
    assert BatchFeed(passes, 7, batch, 1).steps_of(batch) == 7
    found = [*passes.one_pass(None)]
    assert [len(rows.samples) for rows in found] == [min(batch, 10 - first) for first in range(0, 10, min(batch, 10))]
    np.testing.assert_array_equal(np.concatenate([rows.y for rows in found]), feed.y)
    order = [rows.y for rows in passes.one_pass(np.full(1, 5, np.uint64))]
    assert sorted(np.concatenate(order).tolist()) == feed.y.tolist() != np.concatenate(order).tolist()


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("repeat", [1, 3])
@pytest.mark.parametrize("rows_at_once", [1, 4, 5, 100])
@pytest.mark.parametrize("n", [9, 10])
def test_large_data_come_in_chunks_of_whole_batches_in_the_order_that_is_asked_for(
    n, rows_at_once, repeat, weights, monkeypatch
):
    monkeypatch.setattr(arrays, "CHUNK_BYTES", rows_at_once * 3 * 8)
    x = np.arange(3 * n).reshape(n, 3)  # int64, which has to be cast
    y = np.arange(n * repeat, dtype="float64").reshape(-1, 1)
    feed = Feed(features(x, dtype="float64"), y, y.reshape(-1) + 0.5 if weights else None)
    assert feed.form == ("resident" if rows_at_once == 100 else "chunks")
    assert (feed.samples is None) == (rows_at_once < n)
    for order in (None, np.arange(n)[::-1]):
        found = [*feed.chunks(2, order)]
        places = np.arange(n) if order is None else order
        at_once = n if rows_at_once == 100 else max(1, rows_at_once // 2) * 2
        assert [(chunk.first, chunk.batches, chunk.batch) for chunk in found] == [
            (first, first // 2, 2) for first in range(0, n, at_once)
        ]
        np.testing.assert_array_equal(np.concatenate([chunk.rows.samples for chunk in found]), x[places])
        targets = np.arange(n * repeat).reshape(n, repeat)[places].reshape(-1, 1)
        np.testing.assert_array_equal(np.concatenate([chunk.rows.y for chunk in found]), targets)
        held = np.concatenate([chunk.rows.weights for chunk in found])
        np.testing.assert_array_equal(held, targets[:, 0] + 0.5 if weights else [])
    at_once = feed.at_once
    np.testing.assert_array_equal(at_once.samples, x)
    np.testing.assert_array_equal(at_once.y, y)
    assert at_once.weights.size == (n * repeat if weights else 0)


def test_without_targets_and_weights_there_are_none_of_the_samples_type():
    feed = Feed(features(np.ones((4, 2)), dtype="float32"))
    assert (feed.y.shape, feed.y.dtype, feed.weights.shape, feed.weights.dtype) == ((0, 1), "f4", (0,), "f4")
    assert (feed.n, feed.columns, feed.form) == (4, 1, "resident")
    assert feed.rows_at(slice(1, 3)).y.size == feed.at_once.weights.size == 0


def test_samples_of_mostly_zeros_are_compressed_if_the_network_can_take_them_so():
    x = np.eye(256, 300, dtype="float32")
    for sparse, form in ((False, "resident"), (True, "sparse")):
        feed = Feed(features(x, dtype="float32"), sparse=sparse)
        assert feed.form == form
        assert isinstance(feed.rows.samples, Csr) == sparse
    assert feed_of(sparse=True)[0].form == "resident"

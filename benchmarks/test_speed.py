"""tinynet alone, through pytest-benchmark: ``pytest benchmarks --benchmark-enable --benchmark-autosave``.

It shows whether a change made tinynet slower (``--benchmark-compare``); ``python -m benchmarks`` compares with other
libraries.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from benchmarks import digits
from benchmarks.workloads import WORKLOADS, initial_weights, make_data

EPOCHS = {"A": 100, "B": 100, "C": 50, "F": 50, "G": 1, "H": 2, "I": 1, "D": 2, "E": 2}


def peer_on(name: str, *, sparse: bool = False):
    from benchmarks.peers.tinynet_peer import Peer

    work = WORKLOADS[name]
    peer = Peer(work, make_data(work, sparse=sparse), initial_weights(work), 0)
    peer.fit(1)
    return peer


@pytest.mark.parametrize("name", WORKLOADS)
def test_fit(benchmark, name):
    if benchmark.disabled and name in "DEGI":
        pytest.skip("large, and not timed")
    benchmark.group = "fit"
    peer = peer_on(name)
    benchmark.extra_info |= {"epochs": EPOCHS[name], "steps": WORKLOADS[name].steps}
    losses = benchmark.pedantic(peer.fit, (EPOCHS[name],), setup=peer.reset, rounds=5, warmup_rounds=1)
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("name", ["D", "E"])
def test_fit_on_csr(benchmark, name):
    if benchmark.disabled:
        pytest.skip("large, and not timed")
    benchmark.group = "fit"
    peer = peer_on(name, sparse=True)
    benchmark.pedantic(peer.fit, (EPOCHS[name],), setup=peer.reset, rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("call", ["model(x)", "predict(x, verbose=0)"])
def test_one_row_through_c(benchmark, call):
    benchmark.group = "one row"
    peer = peer_on("C")
    out = benchmark(peer.calls(np.ascontiguousarray(peer.x[:1]))[call])
    assert out.shape == (1, 1)


def test_fit_of_scikit_learns_defaults(benchmark):
    """Thirty epochs of what `benchmarks.digits` compares with scikit-learn's own."""
    pytest.importorskip("sklearn")
    benchmark.group = "fit"
    x, y, *_ = digits.data()
    model = digits.estimators()["tinynet"](random_state=0, max_iter=30, n_iter_no_change=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        benchmark.pedantic(model.fit, (x, y), rounds=5, warmup_rounds=1)
    assert model.score(x, y) > 0.97

"""The benchmark's peers do the same work as tinynet: after some steps they hold the same weights."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import own_part, programs, report, runner
from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS, Workload, initial_weights, make_data, mean_loss
from tinynet.kernels.machine.jit import COMPILED

TINY = (
    Workload("tiny", (20, 17, 5, 1), 50, 16, 8),
    Workload("tiny", (20, 17, 3), 50, 16, 8, loss="cce"),
    Workload("tiny", (20, 17, 1), 50, 16, 8, loss="mse", optimizer="sgd"),
    Workload("tiny", (64, 32, 2), 50, 16, 8, optimizer="sgd"),
)


def trained(peer: str, work: Workload, epochs: int, shuffle: bool = False):
    made = PEERS[peer].load()(work, make_data(work), initial_weights(work), 1, **PEERS[peer].options)
    losses = made.fit(epochs, shuffle=shuffle)
    return made.weights(), losses


OTHERS = ["jax", pytest.param("c", marks=pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc"))]


@pytest.mark.parametrize("work", TINY, ids=lambda work: f"{work.loss}-{work.optimizer}")
@pytest.mark.parametrize("peer", OTHERS)
def test_a_peer_arrives_at_the_weights_and_losses_of_tinynet(peer, work):
    (right, right_losses), (weights, losses) = trained("tinynet", work, 2), trained(peer, work, 2)
    for a, b in zip(weights, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-5)
    np.testing.assert_allclose(losses, right_losses, rtol=1e-4)


@pytest.mark.parametrize("peer", OTHERS)
def test_a_shuffling_peer_reaches_the_loss_of_tinynet_by_the_common_judge(peer):
    work = replace(TINY[0], rows=200)
    x, y, *_ = make_data(work)
    right, loss = (mean_loss(work, trained(p, work, 20, shuffle=True)[0], x, y) for p in ("tinynet", peer))
    before = mean_loss(work, initial_weights(work), x, y)
    assert right < 0.9 * before
    assert loss == pytest.approx(right, abs=runner.LOSS_TOLERANCE * before)


def test_the_judge_computes_the_loss_that_tinynet_reports():
    for work in TINY:
        x, y, *_ = data = make_data(work)
        peer = PEERS["tinynet"].load()(work, data, initial_weights(work), 1)
        expected = mean_loss(work, initial_weights(work), x, y)
        assert peer.model.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_multi_hot_data_are_the_same_dense_and_as_csr():
    pytest.importorskip("scipy")
    work = replace(WORKLOADS["D"], sizes=(1000, 4, 1), rows=60, validation_rows=20)
    for dense, sparse in zip(make_data(work), make_data(work, sparse=True), strict=True):
        np.testing.assert_array_equal(dense, sparse.toarray() if hasattr(sparse, "toarray") else sparse)
    assert 0.005 < make_data(work)[0].mean() < 0.015


def test_a_ratio_is_the_median_of_runs_side_by_side_and_a_run_that_waited_does_not_count():
    work = WORKLOADS["C"]
    results = {
        "tinynet": runner.Result("tinynet", "C", 1, seconds=[1.0, 2.0, None, 4.0]),
        "c": runner.Result("c", "C", 1, seconds=[3.0, 2.0, 9.0, None]),
    }
    runner._divide(work, results)
    assert results["c"].ratio == 2.0
    assert results["tinynet"].figure == pytest.approx(1e6 * 2.0 / work.steps)


def test_a_run_waits_when_its_process_stands_still_or_its_threads_stand_in_line():
    run = {"wall": 1.0, "cpu": 0.9, "queued": 0.3}
    assert runner.share_waited(run, threads=1) == pytest.approx(0.1)
    assert runner.share_waited(run, threads=0) == pytest.approx(0.3)


def test_the_settings_that_slow_openblas_are_cleared(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert "OPENBLAS_CORETYPE" not in runner.environment(0)
    assert runner.environment(1)["OPENBLAS_NUM_THREADS"] == "1"


def test_the_table_shows_figures_ratios_and_refusals():
    def result(peer, figure, ratio, **more):
        entry = runner.Result(peer, "C", 1, seconds=[1.0], figure=figure, ratio=ratio, **more)
        return vars(entry)

    machine = {"date": "", "cpu": "", "cores": 2, "system": "", "python": "", "gcc": "", "cleared": {}}
    found = {
        "machine": machine,
        "results": [
            result("tinynet", 20.0, 1.0),
            result("jax", 33.0, 1.65),
            result("torch", 9.0, None, refused="reached loss 9"),
        ],
    }
    text = report.markdown(found)
    assert "| **tinynet** | 20.0 |" in text
    assert "33.0 (1.65×)" in text
    assert "torch on C: reached loss 9" in text


def test_the_readme_and_results_md_show_the_recorded_run(tmp_path):
    found = json.loads((report.HERE / "results.json").read_text(encoding="utf-8"))
    assert (report.HERE / "results.md").read_text(encoding="utf-8") == report.page(found)
    readme = (report.ROOT / "README.md").read_text(encoding="utf-8")
    before, shown, after = report.parted(readme)
    assert shown == report.brief(found)
    assert 3 <= shown.count("\n| ") - 1 <= 5, "one short table of three to five rows"
    emptied = tmp_path / "README.md"
    emptied.write_text(f"{before}{report.FIRST}\n{report.LAST}{after}", encoding="utf-8")
    report.into_readme(found, emptied)
    assert emptied.read_text(encoding="utf-8") == readme


def test_keras_gets_copies_of_the_data_because_it_deletes_what_it_does_not_know(tmp_path, monkeypatch, capsys):
    data = tmp_path / "data"
    data.mkdir()
    (data / "boston_housing.npz").write_bytes(b"rebuilt, so of another hash")
    program = tmp_path / "program.py"
    program.write_text("")

    def deleting(program, home):
        (home / "datasets" / "boston_housing.npz").unlink(missing_ok=True)
        return 41.0

    monkeypatch.setattr(programs, "on_tinynet", lambda program, data, extra: (3.0, 1.0))
    monkeypatch.setattr(programs, "on_keras", deleting)
    found = programs.measure([program], data, rounds=2)
    assert (data / "boston_housing.npz").exists()
    assert found["program.py"]["ratio"] == 20.0, "(41 - 1) / (3 - 1): the script's own loops are taken off both"
    assert "| program.py | 3.00 | 1.00 | 41.0 | 20.0 |" in capsys.readouterr().out


@pytest.mark.skipif(not COMPILED, reason="compares compiled parts")
def test_a_part_of_ones_own_is_measured_beside_the_built_in_one():
    """That the two computed the same and were compiled is checked where they are measured."""
    found = own_part.measure(rounds=1, seconds=0.001)
    assert found.keys() == own_part.NETWORKS.keys()
    assert all(time > 0 for row in found.values() for time in row.values())

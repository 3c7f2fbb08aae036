"""Notebooks as programs: what is printed and shown of each cell, and where errors are."""

from __future__ import annotations

from tests.support.scripts import notebook, run


def test_a_notebook_prints_the_last_value_of_each_cell(tmp_path, capsys):
    path = notebook(
        tmp_path,
        "%matplotlib inline\nimport keras\nx = 3\nx + 1",
        "%%time\nprint('timed')\nNone",
        "%%bash\nls -l | wc",
        "x;",
        "",
        "from keras.layers import Dense\nDense.__name__",
    )
    assert run(path) == 0
    out, error = capsys.readouterr()
    assert out == "4\ntimed\n'Dense'\n"
    assert error.count("\n") == 1
    assert "skipped 3 IPython lines: %matplotlib inline (cell 1, line 1), %%time (cell 2, line 1), %%bash" in error


def test_an_error_in_a_notebook_names_cell_and_line_and_shows_it(tmp_path, capsys):
    path = notebook(tmp_path, "a = 1", "b = 0\na / b")
    assert run(path) == 1
    error = capsys.readouterr().err
    assert f'File "{path}, cell 2", line 2, in <module>\n    a / b\n' in error


def test_a_file_that_only_looks_like_a_notebook(script, capsys):
    assert run(script("[1, 2]", "no.ipynb")) == 1
    assert "no Jupyter notebook" in capsys.readouterr().err


def test_a_notebook_shows_its_figures_at_the_end_of_each_cell(tmp_path):
    path = notebook(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);", "plt.plot([2, 1]);", "1")
    assert run(path, options=("--save-plots", str(tmp_path))) == 0
    assert len(list(tmp_path.glob("*.png"))) == 2

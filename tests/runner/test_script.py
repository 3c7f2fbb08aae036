"""``python -m tinynet run`` beside ``python``: what a script sees of itself, how it ends, what is printed."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys

import pytest

from tests.support.scripts import run


def python(path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(path), *args], capture_output=True, text=True)


def test_a_script_sees_what_it_sees_under_python(script, capsys):
    path = script(
        """
        import __main__, os, sys
        print(__name__, __file__, __package__, __spec__, __doc__, sys.argv, sys.path[0], os.getcwd())
        print(sorted(vars(__main__)), __main__.__dict__ is globals())
        x: int = 3
        print(__annotations__, getattr(sys.modules["__main__"], "x"))
        if __name__ == "__main__":
            print("main")
        """
    )
    assert run(path, "--time", "-x", "--", "y z") == 0
    ours = capsys.readouterr().out
    assert "main\n" in ours
    assert ours == python(path, "--time", "-x", "--", "y z").stdout


def test_everything_is_as_before_afterwards(script):
    path = script("import sys, keras\nsys.argv.append('x'); sys.path.append('y')")
    before = sys.argv[:], sys.path[:], sys.meta_path[:], sys.modules["__main__"], builtins.__import__, {**os.environ}
    keras_modules = {name for name in sys.modules if name.startswith(("keras", "tensorflow"))}
    assert run(path, options=("--time",)) == 0
    assert before == (sys.argv, sys.path, sys.meta_path, sys.modules["__main__"], builtins.__import__, os.environ)
    assert {name for name in sys.modules if name.startswith(("keras", "tensorflow"))} == keras_modules


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no data')", 1, "no data\n"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
    ],
)
def test_exit_codes_are_those_of_python(ending, code, words, script, capsys):
    assert run(script(f"import sys\n{ending}\n")) == code
    assert capsys.readouterr().err.endswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "def inner():\n    raise ValueError('a')\n\ndef outer():\n    inner()\n\nouter()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('b') from error\n",
        "x = 3\ny = = 4\n",
        "def f():\n  x = 1\n    y = 2\n",
        "return 3\n",
        "import json\njson.loads('{')\n",
        "import no_such_module_anywhere\n",
        "import sys\nsys.excepthook = lambda *error: print('mine', error[0].__name__, file=sys.stderr)\n1 / 0\n",
    ],
)
def test_tracebacks_are_those_of_python(text, script, capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    path = script(text)
    assert run(path) == 1
    assert capsys.readouterr().err == python(path).stderr


def test_an_error_in_tinynet_shows_no_line_of_the_runner(script, capsys):
    path = script("import keras\nkeras.Sequential().predict([[1.0]])\n")
    assert run(path, options=("--time",)) == 1
    error = capsys.readouterr().err
    assert "program.py" in error
    assert "layered.py" in error
    assert "runner" not in error


def test_what_is_missing_is_reported_with_its_line(script, capsys):
    path = script("import numpy\nfrom keras.layers import Dense, Conv2D\nConv2D(3)\n")
    assert run(path) == 1
    error = capsys.readouterr().err
    assert error.startswith("tinynet run: program.py asks for what tinynet lacks:\n  line 2: there is no keras.layers.")
    assert f'Traceback (most recent call last):\n  File "{path}", line 2, in <module>\n' in error
    assert error.count("File ") == 1
    assert "ImportError: tinynet has no keras.layers.Conv2D (program.py, line 2). " in error
    assert "Its layers: Activation, " in error


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("keras.layers.Dense(3, start='uniform')", "It takes: units, activation, "),
        (
            "keras.Sequential([keras.layers.Dense(1)]).fit(x=1, helpers=3)",
            "tinynet's Model.fit takes: x, y, ",
        ),
        (
            "keras.Sequential([keras.layers.Dense(1)]).predict([[1.0]]).numpy()",
            "NumPy's arrays already: leave out .numpy().",
        ),
        ("keras.Sequential().pop(rebuild=False)", "tinynet's Sequential.pop takes: "),
        ("keras.Sequential().summary(detailed=True)", "tinynet's Model.summary takes: line_length, "),
        ("keras.Model(inputs=1, outputs=2)", "All `inputs` values must be KerasTensors. Received: 1"),
        ("keras.Sequential().transform()", "tinynet's Sequential has no transform. Instead: `predict(x)`"),
    ],
)
def test_missing_arguments_and_methods_are_answered_with_those_there_are(line, note, script, capsys):
    assert run(script(f"import keras\n{line}\n")) == 1
    error = capsys.readouterr().err
    assert "line 2" in error
    assert note in error


def test_ipython_lines_are_skipped_with_one_notice_and_lines_keep_their_numbers(script, capsys):
    path = script(
        """\
        %matplotlib inline
        !pip install keras \\
            --quiet "it's
        text = '''
        %matplotlib inline
        !ls
        '''
        seven = (17
        % 10)
        if seven:
            %load_ext autoreload
        %time eight = seven + 1
        eight?
        get_ipython().run_line_magic('matplotlib', 'inline')
        print(text.split(), seven, eight)
        1 / 0
        """
    )
    assert run(path) == 1
    out, error = capsys.readouterr()
    assert out == "['%matplotlib', 'inline', '!ls'] 7 8\n"
    notice, traceback = error.split("\n", 1)
    assert notice.startswith("tinynet run: program.py: skipped 6 IPython lines: ")
    assert "%matplotlib inline (line 1)" in notice
    assert f'File "{path}", line 16, in <module>' in traceback


def test_what_is_neither_python_nor_ipython_is_an_error_in_its_line(script, capsys):
    path = script("%matplotlib inline\nprint('not printed')\nx = = 3\n")
    assert run(path) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert f'File "{path}", line 3' in error


def test_modules_beside_the_script_are_found_and_served_too(script, capsys):
    script(
        "from tensorflow import keras\ndef build():\n    return keras.Sequential([keras.layers.Dense(1)])", "part.py"
    )
    path = script("import part; print(type(part.build()).__module__)")
    try:
        assert run(path) == 0
    finally:
        sys.modules.pop("part", None)
    assert capsys.readouterr().out == "tinynet.models.sequential\n"


def test_the_encoding_line_counts(script, tmp_path, capsys):
    path = tmp_path / "latin.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nprint('caf\xe9')\n".encode("latin-1"))
    assert run(path) == 0
    assert capsys.readouterr().out == "café\n"


def test_a_script_that_is_not_there(tmp_path, capsys):
    assert run(tmp_path / "none.py") == 2
    assert "can't open file" in capsys.readouterr().err
    assert run(tmp_path) == 2
    assert "--all" in capsys.readouterr().err


def test_the_data_folder_is_set_for_the_script_only(script, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("TINYNET_DATA", raising=False)
    path = script("import os; print(os.environ['TINYNET_DATA'])")
    assert run(path, options=("--data", str(tmp_path))) == 0
    assert capsys.readouterr().out == f"{tmp_path}\n"
    assert "TINYNET_DATA" not in os.environ


def test_a_folder_that_is_not_there_is_said_before_the_script_runs(script, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(script("print('ran')"), options=("--data", "/no/such/folder"))
    out, error = capsys.readouterr()
    assert "no such folder" in error
    assert out == ""


PLOTS = """
import matplotlib
matplotlib.use("TkAgg")
import matplotlib.pyplot as plt
fig, left = plt.subplots(figsize=(2, 1))
right = left.twinx()
left.plot([1, 2]); right.plot([2, 1])
plt.figure(figsize=(1, 1)); plt.scatter([0], [1])
plt.show()
print(plt.get_fignums())
plt.show()
ax = plt.figure(figsize=(1, 1)).add_subplot(111, projection="3d")
ax.scatter([0], [1], [2])
plt.show()
"""


def test_every_shown_figure_becomes_a_numbered_picture(script, tmp_path, capsys):
    assert run(script(PLOTS), options=("--save-plots", str(tmp_path / "a" / "b"))) == 0
    out, error = capsys.readouterr()
    assert out == "[]\n"
    pictures = sorted((tmp_path / "a" / "b").iterdir())
    assert [p.name for p in pictures] == ["program-01.png", "program-02.png", "program-03.png"]
    assert [p.read_bytes()[:4] for p in pictures] == [b"\x89PNG"] * 3
    assert error.count("plot saved to") == 3


def test_matplotlib_is_given_back(script, tmp_path):
    import matplotlib

    use, backend = matplotlib.use, matplotlib.get_backend()
    assert run(script("import matplotlib.pyplot as plt"), options=("--save-plots", str(tmp_path))) == 0
    assert matplotlib.use is use
    assert matplotlib.get_backend() == backend


def test_the_times_say_where_the_time_went(script, capsys):
    path = script(
        """
        import time
        import keras, numpy as np
        x = np.random.random((64, 3))
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(x, x[:, 0], epochs=2, verbose=0)
        model.predict(x, verbose=0)
        time.sleep(0.2)
        """
    )
    assert run(path, options=("--time",)) == 0
    out, error = capsys.readouterr()
    assert out == ""
    title, *rows = error.splitlines()
    assert title.startswith("tinynet run: program.py took ")
    seconds = {row[:23].strip(): float(row[23:].split()[0]) for row in rows}
    assert list(seconds) == [
        *("imports", "data sets", "compiling", "fit", "evaluate", "predict", "plots"),
        "the script's own code",
    ]
    assert 0.2 <= seconds["the script's own code"] < 0.4
    assert seconds["evaluate"] == 0
    assert sum(seconds.values()) == pytest.approx(float(title.split()[-2]), abs=0.05)

"""What people write in notebooks: IPython's names and lines, ``await``, files, and cells that cannot be run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import PathFinder

import pytest

from tests.support.scripts import notebook, run


@pytest.fixture(autouse=True)
def _modules_are_forgotten():
    yield
    sys.modules.pop("helper", None)


def printed(tmp_path, capsys, *cells: str) -> str:
    assert run(notebook(tmp_path, *cells)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("cells", "out"),
    [
        (["display(42, 'a', [1])"], "42\n'a'\n[1]\n"),
        (["display(1, display_id=True).update(2);"], "1\n2\n"),
        (["ip = get_ipython()\nip.magic('matplotlib inline')", "ip is get_ipython(), bool(ip)"], "(True, True)\n"),
        (["get_ipython().events.register('post_execute', print)\nget_ipython().config.A.b = 3"], ""),
        (["'IPKernelApp' in get_ipython().config"], "False\n"),
        (["x = get_ipython().run_line_magic('load_ext', 'autoreload')\nprint(x)"], "None\n"),
        (["t = %timeit -o -r 2 -n 3 1 + 1", "t.repeat, t.loops, 0 < t.best <= t.average <= t.worst"], "(2, 3, True)\n"),
        (["%time x = 3\nx"], "3\n"),
        (["x = %time max(3,\n  4)\nx"], "4\n"),
        (["%%time\nx = 3\nx"], "3\n"),
        (["%%timeit -n 10 -r3 y = 2\nx = y + 1", "x"], "3\n"),
        (["%%timeit -o\nx = 3\nx"], "3\n"),
        (["\n    x = 1\n    if x:\n        x = 3\nx"], "3\n"),
        (["%env TINYNET_TEST=a b\nimport os\nos.environ.pop('TINYNET_TEST')"], "'a b'\n"),
        (["x = %env TINYNET_NO_SUCH\nprint(x)"], "None\n"),
        (["%%capture out\nprint('hidden')\n1", "out.stdout; # not shown", "str(out)"], "'hidden\\n'\n"),
        (["1;", "2; # a comment", "(3)", "x = 4;\nx", "''';'''"], "3\n4\n';'\n"),
        (["5", "_ + 1", "__, _", "Out[1], _2, In[1]"], "5\n6\n(5, 6)\n(5, 6, '5')\n"),
        (["%%html\n<b>", "2", "Out[2]"], "2\n2\n"),
        (["for _ in range(3): pass", "7", "_"], "7\n2\n"),
        (["", "  \n", "# nothing"], ""),
    ],
)
def test_what_a_notebook_prints(cells, out, tmp_path, capsys):
    assert printed(tmp_path, capsys, *cells) == out


@pytest.mark.parametrize(
    ("cells", "out"),
    [
        (["async def f():\n    return 5", "await f()", "x = await f()\nx + 1"], "5\n6\n"),
        (["async def g():\n    yield 1", "async for i in g():\n    print(i)", "[i async for i in g()]"], "1\n[1]\n"),
        (
            [
                "class C:\n    async def __aenter__(self): return 7\n    async def __aexit__(self, *e): print('end')",
                "async with C() as c:\n    print(c)",
            ],
            "7\nend\n",
        ),
        (
            ["import asyncio\nasync def f(): return 3", "t = asyncio.create_task(f())", "1", "await t"],
            "1\n3\n",
        ),
        (["from __future__ import annotations", "def f(x: unknown): pass", "f.__annotations__"], "{'x': 'unknown'}\n"),
    ],
)
def test_await_and_future_imports_hold_from_cell_to_cell(cells, out, tmp_path, capsys):
    assert printed(tmp_path, capsys, *cells) == out


def test_an_error_of_what_is_awaited_shows_the_programs_lines_only(tmp_path, capsys):
    path = notebook(tmp_path, "async def f():\n    1 / 0", "await f()")
    assert run(path) == 1
    error = capsys.readouterr().err
    assert error.count("  File ") == 2
    assert f'File "{path}, cell 2", line 1, in <module>' in error
    assert f'File "{path}, cell 1", line 2, in f' in error
    assert run(notebook(tmp_path, "import sys\nsys.exit(3)\nawait None")) == 3


@pytest.mark.parametrize(
    "line",
    [
        *("!pip install keras {x}", "%load_ext autoreload", "%pip install x", "pip install x", "?print", "print?"),
        *("print??", "%timeit 1 / 0", "!!ls", "%%time", "%ls 'a", "get_ipython().system('rm nothing')", "x[0].y?"),
        "x = %who_ls",
    ],
)
def test_lines_of_ipythons_are_skipped_and_named_wherever_they_stand(line, tmp_path, capsys):
    path = notebook(tmp_path, f"x = 1\n{line}\nif x:\n    {line}\nprint(2)")
    assert run(path) == 0
    out, error = capsys.readouterr()
    assert out == "2\n"
    assert error == (
        f"tinynet run: lesson.ipynb: skipped 2 IPython lines: {line} (cell 1, line 2), {line} (cell 1, line 4)\n"
    )


@pytest.mark.parametrize("magic", ["bash", "sh", "html", "javascript", "latex", "R"])
def test_cells_of_other_languages_are_skipped_and_named(magic, tmp_path, capsys):
    assert run(notebook(tmp_path, f"%%{magic}\nx <- {{ 'a", "1")) == 0
    out, error = capsys.readouterr()
    assert out == "1\n"
    assert error == f"tinynet run: lesson.ipynb: skipped an IPython line: %%{magic} (cell 1, whole)\n"


def test_what_only_looks_like_ipythons_stays(tmp_path, capsys):
    text = '\n%time\n!ls\nx?\nget_ipython().system("a")\n'
    cell = f's = """{text}"""\nseven = (17\n % 10)\nrest = 17 \\\n % 10\n!ls\ns, seven, rest'
    assert printed(tmp_path, capsys, cell) == f"{(text, 7, 7)}\n"


def test_what_a_shell_command_prints_can_be_assigned(tmp_path, capsys):
    name = "lesson.ipynb"
    assert printed(tmp_path, capsys, f"name = '{name}'\nfiles = !echo {{name}} $name\nfiles, files.n") == (
        f"(['{name} {name}'], '{name} {name}')\n"
    )


def test_a_file_that_a_cell_writes_can_be_imported_by_the_next(tmp_path, capsys):
    cells = ["%%writefile helper.py\nvalue = 11\n", "import helper\nhelper.value"]
    cells += ["%%writefile -a helper.py\nvalue += 1", "import importlib\nimportlib.reload(helper).value"]
    assert printed(tmp_path, capsys, *cells) == "11\n12\n"
    assert (tmp_path / "helper.py").read_text() == "value = 11\nvalue += 1"


def test_a_notebook_runs_in_its_folder_and_changes_it_for_itself_only(tmp_path, capsys, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "data.txt").write_text("beside")
    (tmp_path / "other.py").write_text("import sys\nwords = sys.argv[1:]\nprint(__name__)")
    before = os.getcwd()
    cells = [
        "from pathlib import Path\nPath('data.txt').read_text()",
        "%run other.py 1 2\nwords",
        "%cd inner\nx = %pwd\nx",
    ]
    assert printed(tmp_path, capsys, *cells) == f"'beside'\n__main__\n['1', '2']\n'{tmp_path / 'inner'}'\n"
    assert os.getcwd() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"cells": [{"cell_type": "code", "source": "%%writefile"}]}', "%%writefile: expected the name of a file"),
        ('{"cells": [{"cell_type": "code", "source": "%run -i"}]}', "%run: expected the name of a file"),
        ("{", "no Jupyter notebook"),
        ("[1]", "no Jupyter notebook"),
        ("[" * 100_000, "no Jupyter notebook"),
        ('{"cells": [{"cell_type": "code", "source": null}]}', "no Jupyter notebook"),
        ('{"cells": [{"cell_type": "code"}]}', "no Jupyter notebook"),
        (
            '{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}',
            "a notebook in R; only notebooks in Python",
        ),
        ('{"cells": [{"cell_type": "code", "source": "1\\nb = = 2"}]}', 'cell 1", line 2\n    b = = 2\n'),
        ('{"cells": [{"cell_type": "code", "source": ["!ls\\n", "return 3"]}]}', 'cell 1", line 2\n    return 3'),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_place(content, told, tmp_path, capsys):
    path = tmp_path / "no.ipynb"
    path.write_text(content)
    assert run(path) == 1
    out, error = capsys.readouterr()
    assert told in error
    assert "runner" not in error
    assert out == ""


@pytest.mark.parametrize("text", ["1 + 1", ["x = 1\n", "x + 1"]])
def test_older_notebooks_and_other_cells(text, tmp_path, capsys):
    cells = [{"cell_type": "markdown", "source": "# ]"}, {"cell_type": "raw", "source": "]["}]
    path = tmp_path / "old.ipynb"
    old = [*cells, {"cell_type": "code", "input": text, "language": "python"}]
    new = [*cells, {"cell_type": "code", "source": text}]
    for content in ({"nbformat": 3, "worksheets": [{"cells": old}]}, {"nbformat": 4, "cells": new}):
        path.write_text("\ufeff" + json.dumps(content), encoding="utf-8")
        assert run(path) == 0
        assert capsys.readouterr().out == "2\n"


def test_without_ipython_its_module_for_pictures_is_a_stand_in(tmp_path, capsys, monkeypatch):
    find = PathFinder.find_spec
    hidden = lambda name, *args: None if name.startswith("IPython") else find(name, *args)  # noqa: E731
    monkeypatch.setattr(PathFinder, "find_spec", hidden)
    for name in [name for name in sys.modules if name.startswith("IPython")]:
        monkeypatch.delitem(sys.modules, name)
    cell = "from IPython.display import HTML, clear_output, display as d\nclear_output()\nd(1)\nHTML('<b>').data"
    assert printed(tmp_path, capsys, cell, "import IPython\nIPython.get_ipython()") == "1\n'<b>'\n"
    assert not [name for name in sys.modules if name.startswith("IPython")]
    assert run(notebook(tmp_path, "from IPython.display import no_such")) == 1
    assert "no_such" in capsys.readouterr().err


def test_a_script_gets_ipythons_names_only_if_it_calls_for_them(script, capsys):
    guarded = "try:\n    get_ipython()\nexcept NameError:\n    print('plain')\n"
    assert run(script(guarded)) == 0
    assert capsys.readouterr() == ("plain\n", "")
    exported = "x = get_ipython().getoutput('echo a')\nget_ipython().run_cell_magic('time', '', 'print(x)\\n')\n"
    assert run(script(exported)) == 0
    assert capsys.readouterr() == ("['a']\n", "")


def test_input_of_nobody_ends_like_pythons(tmp_path):
    path = notebook(tmp_path, "input()")
    command = [sys.executable, "-m", "tinynet", "run", str(path)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "EOFError" in ended.stderr

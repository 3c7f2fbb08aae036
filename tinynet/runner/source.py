"""Reads scripts and notebooks as Python: skips IPython's own lines, and keeps all line numbers."""

from __future__ import annotations

import ast
import json
import linecache
import re
import tokenize
from pathlib import Path
from types import CodeType

# Cell magics whose cells contain ordinary Python; other cells that start with %% hold shell commands, HTML …
_PYTHON_CELLS = ("capture", "prun", "python", "python3", "time", "timeit")
_IPYTHON_LINE = re.compile(r"\s*([%!?]|get_ipython\(\)\.(run_line_magic|magic|system)\()")


Cells = list[list[CodeType]]


def read(path: Path, filename: str) -> tuple[Cells, list[str]]:
    """Read a script (one cell) or a notebook, and list the lines that were skipped.

    Raises
    ------
    SyntaxError
        As in Python, for what is neither Python nor a line of IPython's.
    ValueError
        If a ``.ipynb`` file is not a notebook.
    """
    skipped: list[str] = []
    if path.suffix == ".ipynb":
        return _read_notebook(path, filename, skipped), skipped
    with tokenize.open(path) as file:
        tree = _parse(file.read(), filename, "line", skipped)
    return [[compile(tree, filename, "exec", dont_inherit=True)]], skipped


def _read_notebook(path: Path, filename: str, skipped: list[str]) -> Cells:
    """Return the code of the cells; a cell's last expression is compiled separately, so that it is printed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        sources = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{filename} is no Jupyter notebook of format 4 ({type(error).__name__}: {error}).") from None
    cells: Cells = []
    for number, source in enumerate(sources, start=1):
        text = source if isinstance(source, str) else "".join(source)
        name = f"{filename}, cell {number}"
        # Tracebacks read lines from files, and these lines are in no file.
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        magic = re.match(r"\s*%%(\w+)", text)
        if magic and magic[1] not in _PYTHON_CELLS:
            skipped.append(f"%%{magic[1]} (cell {number}, whole)")
        else:
            cells.append(_compile_cell(_parse(text, name, f"cell {number}, line", skipped), name, text))
    return cells


def _compile_cell(tree: ast.Module, name: str, text: str) -> list[CodeType]:
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or text.rstrip().endswith(";"):
        return [compile(tree, name, "exec", dont_inherit=True)]
    tree.body.pop()
    return [
        compile(tree, name, "exec", dont_inherit=True),
        compile(ast.Interactive([last]), name, "single", dont_inherit=True),
    ]


def _parse(text: str, filename: str, where: str, skipped: list[str]) -> ast.Module:
    """Parse Python; if that fails at a line of IPython's, remove the line and try again.

    So a line that only looks like IPython's, within a string or an open bracket, is left alone.
    """
    lines = text.split("\n")
    taken_out: dict[int, str] = {}
    if "get_ipython()" in text:  # a notebook exported as a script: valid Python, but not without IPython
        for index, line in enumerate(lines):
            if line.lstrip().startswith("get_ipython()") and _IPYTHON_LINE.match(line):
                taken_out[index] = _take_out(lines, index)
    while True:
        try:
            tree = ast.parse("\n".join(lines), filename)
        except SyntaxError as error:
            index = (error.lineno or 0) - 1
            if not 0 <= index < len(lines):
                raise
            while index and lines[index - 1].endswith("\\"):
                index -= 1
            if not (_IPYTHON_LINE.match(lines[index]) or lines[index].rstrip().endswith("?")):
                raise
            taken_out[index] = _take_out(lines, index)
        else:
            skipped += [f"{line} ({where} {index + 1})" for index, line in sorted(taken_out.items())]
            return tree


def _take_out(lines: list[str], index: int) -> str:
    """Replace a line by `pass` (it may be the whole body of an ``if``) or by what ``%time`` measures."""
    line = lines[index]
    indent = line[: len(line) - len(line.lstrip())]
    timed = re.match(r"\s*%time\s+(\S.*)", line)
    lines[index] = indent + (timed[1] if timed else "pass")
    following, last = index + 1, line
    while not timed and last.endswith("\\") and following < len(lines):
        last, lines[following] = lines[following], ""
        following += 1
    return line.strip()

"""Reads scripts and notebooks as Python, cell by cell; all lines keep their numbers."""

from __future__ import annotations
import __future__

import ast
import io
import json
import linecache
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import decode_source
from pathlib import Path
from types import CodeType
from typing import Any

from tinynet.runner import ipython

_FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


@dataclass
class Cell:
    """A cell that is run: its code, and that of its last expression, whose value is shown."""

    text: str
    code: CodeType
    value: CodeType | None = None
    #: The name under which ``%%capture`` keeps what is printed ("" for none); None if it is printed.
    captured: str | None = None


@dataclass
class Program:
    """A script, which is one cell, or a notebook.

    Attributes
    ----------
    cells : list of Cell
        What to run.
    skipped : list of str
        IPython's lines that are left out, with their places.
    for_ipython : bool
        Whether the program needs the names that IPython gives.
    """

    cells: list[Cell] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    for_ipython: bool = True


def read(path: Path, filename: str, content: bytes | None = None) -> Program:
    """Read a script or a notebook; `content` is what stands in the file, for one that can be read only once.

    Raises
    ------
    SyntaxError
        As in Python, for what is neither Python nor a line of IPython's.
    ValueError
        If a ``.ipynb`` file is not a notebook in Python.
    """
    content = path.read_bytes() if content is None else content
    if path.suffix == ".ipynb":
        return _read_notebook(content, filename)
    program, text = Program(), _decoded(content, filename)
    tree = ipython.parse(text, filename, "line", program.skipped)
    program.for_ipython = ipython.calls_shell(tree)
    program.cells = [Cell(text, compile(tree, filename, "exec", dont_inherit=True))]
    return program


def definitions(notebook: Program) -> Iterator[CodeType]:
    """Yield the code of a notebook's imports, functions, classes and constants, one by one."""
    for cell in notebook.cells:
        if ipython.cell_magic(cell.text)[0] in ("", *ipython.PYTHON_CELLS):
            name, flags = cell.code.co_filename, cell.code.co_flags & _FUTURE
            for statement in ipython.parse(cell.text, name, "", []).body:
                if _defines(statement):
                    yield compile(ast.Module([statement], []), name, "exec", flags, dont_inherit=True)


def trees(program: Program) -> list[tuple[str, ast.Module]]:
    """Return the syntax of all cells that hold Python, each with what its lines are called."""
    found = []
    for number, cell in enumerate(program.cells, start=1):
        if ipython.cell_magic(cell.text)[0] in ("", *ipython.PYTHON_CELLS):
            where = f"cell {number}, line" if len(program.cells) > 1 else "line"
            found.append((where, ipython.parse(cell.text, cell.code.co_filename, where, [])))
    return found


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        try:
            ast.literal_eval(statement.value or ast.Constant(None))
        except (ValueError, TypeError, RecursionError):
            return False
        return True
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _decoded(content: bytes, filename: str) -> str:
    """Decode a script, as its first lines say."""
    try:
        return decode_source(content)
    except (SyntaxError, UnicodeDecodeError):
        compile(content, filename, "exec")  # which raises, and says more
        raise


def _read_notebook(content: bytes, filename: str) -> Program:
    program, flags = Program(), ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for number, text in enumerate(_sources(content, filename), start=1):
        name = f"{filename}, cell {number}"
        # Tracebacks read lines from files, and these lines are in no file.
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        magic, line, body = ipython.cell_magic(text)
        if magic in ipython.CELLS:
            written = ipython.call("run_cell_magic", magic, line, body)
            program.cells.append(Cell(text, compile(written, name, "exec", dont_inherit=True)))
        elif magic and magic not in ipython.PYTHON_CELLS:
            program.skipped.append(f"%%{magic} (cell {number}, whole)")
            program.cells.append(Cell(text, compile("", name, "exec")))
        elif text.strip():
            tree = ipython.parse(text, name, f"cell {number}, line", program.skipped)
            try:
                cell = _compiled(tree, name, text, flags)
            except SyntaxError as error:  # ``return`` outside of a function, say: the compiler has no text to show
                error.text = linecache.getline(name, error.lineno or 0)
                raise
            cell.captured = line if magic == "capture" else None
            program.cells.append(cell)
            flags |= cell.code.co_flags & _FUTURE  # ``from __future__ import …`` holds for the cells to come
    return program


def _sources(text: bytes, filename: str) -> list[str]:
    """Return the texts of the code cells: of format 4, or of the older format 3."""
    try:
        content = json.loads(text)
        about = content.get("metadata", {})
        language = about.get("kernelspec", {}).get("language") or about.get("language_info", {}).get("name", "python")
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        sources = [_joined(cell) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"{filename} is no Jupyter notebook ({type(error).__name__}: {error}).") from None
    if not str(language).lower().startswith(("python", "ipython")):
        raise ValueError(f"{filename} is a notebook in {language}; only notebooks in Python can be run.")
    return sources


def _joined(cell: dict[str, Any]) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    return ipython.without_indent(source if isinstance(source, str) else "".join(source))


def _compiled(tree: ast.Module, name: str, text: str, flags: int) -> Cell:
    last = tree.body[-1] if tree.body else None
    value = last.value if isinstance(last, ast.Expr) and not _ends_with_semicolon(text) else None
    if value is not None:
        tree.body.pop()
    cell = Cell(text, compile(tree, name, "exec", flags, dont_inherit=True))
    if value is not None:
        flags |= cell.code.co_flags & _FUTURE
        cell.value = compile(ast.Expression(value), name, "eval", flags, dont_inherit=True)
    return cell


def _ends_with_semicolon(text: str) -> bool:
    """Tell whether the last token is a semicolon, which in a notebook means that the value is not shown."""
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string.strip() and token.type != tokenize.COMMENT:
                last = token.string
    except (tokenize.TokenError, SyntaxError):  # at a line of IPython's
        return text.rstrip().endswith(";")
    return last == ";"

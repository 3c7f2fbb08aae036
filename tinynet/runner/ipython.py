"""IPython's own lines, and what stands for them in Python.

A line is only looked at where Python's parser stops: what is valid Python, such as a string or an expression over
several lines of which one looks like IPython's, stays as it is. No line changes its number.

Source: https://ipython.readthedocs.io/en/stable/interactive/reference.html
"""

from __future__ import annotations

import ast
import re

#: Cell magics whose cells contain ordinary Python; other cells that start with %% hold shell commands, HTML …
PYTHON_CELLS = ("capture", "prun", "python", "python3", "time", "timeit")
#: What is carried out (by `tinynet.runner.shell`), because the program needs what it does: cells, and lines.
CELLS = ("file", "writefile")
LINES = ("cd", "env", "run", "set_env")
#: And lines whose result is assigned: ``x = %pwd``.
VALUES = (*LINES, "pwd", "timeit")

#: The methods of `get_ipython()` that carry out magics, each with the magics that it is left for.
_CALLS = {
    "getoutput": (),
    "magic": LINES,
    "run_cell_magic": (*PYTHON_CELLS, *CELLS),
    "run_line_magic": LINES,
    "system": (),
}
_TARGET = r"\s*[^\W\d][\w.,\[\]'\" ()*:]*=\s*"
_TIMED = re.compile(rf"(\s*|{_TARGET})(?:%time|%%timeit(?:\s+-\w+(?:\s+\d+)?)*+)\s+(?=\S)")
_ASSIGNED = re.compile(rf"({_TARGET})([!%])\s*(\S.*)")
_LINE = re.compile(r"(\s*)(%%|!!|\?\?|[%!?]|(?=(?:pip|conda) install\b))\s*(.*)")
_HELP = re.compile(r"(\s*)%{0,2}[^\W\d][\w.*]*(\[[^\]]*\][\w.*]*)*\s*\?{1,2}\s*(#.*)?$")


def parse(text: str, filename: str, where: str, skipped: list[str]) -> ast.Module:
    """Parse Python with lines of IPython's, and add to `skipped` those that are left out, with their places.

    Raises
    ------
    SyntaxError
        As in Python, for what is neither Python nor a line of IPython's.
    """
    lines = text.split("\n")
    left_out: dict[int, str] = {}
    while True:
        try:
            tree = ast.parse("\n".join(lines), filename)
        except SyntaxError as error:
            index = (error.lineno or 0) - 1
            if not 0 <= index < len(lines):
                raise
            while index and lines[index - 1].endswith("\\"):
                index -= 1
            first = lines[index].strip()
            left = _translate(lines, index)
            if left is None:
                raise
            if left:
                left_out[index] = first
        else:
            if "get_ipython" in text:  # a notebook exported as a script: valid Python, but not without IPython
                tree = _WithoutCalls(left_out).visit(tree)
            skipped += [f"{line} ({where} {index + 1})" for index, line in sorted(left_out.items())]
            return tree


def without_indent(text: str) -> str:
    """Return a cell without the indent of its first line, which IPython takes off all lines that have it."""
    found = re.match(r"(?:\s*\n)?([^\S\n]+)\S", text)
    return re.sub(rf"^{found[1]}", "", text, flags=re.MULTILINE) if found else text


def calls_shell(tree: ast.Module) -> bool:
    """Tell whether a program calls a method of `get_ipython()`."""
    return any(_called(node)[0] for node in ast.walk(tree))


def cell_magic(text: str) -> tuple[str, str, str]:
    """Return the name of a cell's magic, what stands in its line, and the rest of the cell; no name for plain cells."""
    found = re.match(r"\s*%%(\w+)[^\S\n]*(.*)\n?", text)
    return (found[1], found[2].strip(), text[found.end() :]) if found else ("", "", text)


def call(method: str, *arguments: str) -> str:
    """Return the Python that calls a method of `get_ipython()`."""
    return f"get_ipython().{method}({', '.join(map(repr, arguments))})"


def _translate(lines: list[str], index: int) -> bool | None:
    """Put Python in the place of IPython's line; tell whether that leaves something out, or None if it is no such line.

    ``pass`` stands for a line that is left out, because it may be the whole body of an ``if``.
    """
    if timed := _TIMED.match(lines[index]):
        lines[index] = timed[1] + lines[index][timed.end() :]
        return True
    end = index
    while lines[end].endswith("\\") and end + 1 < len(lines):
        end += 1
    line = " ".join([*(each[:-1] for each in lines[index:end]), lines[end]])
    assigned, plain, help_ = (form.match(line) for form in (_ASSIGNED, _LINE, _HELP))
    found = assigned or plain or help_
    if found is None:
        return None
    before, sign, rest = found.groups()
    name, _, arguments = (rest or "").partition(" ")
    carried_out = name in VALUES if assigned else sign == "%" and name in LINES
    if assigned and sign == "!":
        carried_out, python = True, call("getoutput", rest)
    elif assigned or carried_out:
        python = call("run_line_magic", name, arguments.strip())
    else:
        python = "pass"
    lines[index : end + 1] = [before + python, *[""] * (end - index)]
    return not carried_out


class _WithoutCalls(ast.NodeTransformer):
    """Leaves out calls of `get_ipython()` that do nothing for the program."""

    def __init__(self, left_out: dict[int, str]) -> None:
        self.left_out = left_out

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Put ``pass`` in the place of such a call."""
        method, name = _called(node.value)
        if method not in _CALLS or name in _CALLS[method]:
            return node
        self.left_out[node.lineno - 1] = ast.unparse(node)[:80]
        return ast.copy_location(ast.Pass(), node)


def _called(node: ast.AST) -> tuple[str, str]:
    """Return the name of the method of `get_ipython()` that is called, if any, and the name of the magic."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method), args=args):
            first = args[0].value if args and isinstance(args[0], ast.Constant) else ""
            return method, str(first).lstrip("% ").partition(" ")[0]
    return "", ""

"""``python -m tinynet course``: ten lessons from one neuron to a layer of one's own, with answers to be filled in.

A lesson is one file of Markdown, ``lessons/en/05_dense_backward.md``: words, and code in blocks. A line of code that
ends with ``# answer`` is the answer to an exercise. From this one source come the tasks, in which answers are left
out, and the solutions; as programs with ``# %%`` cells, or as notebooks. Each language has a folder of lessons, with
the same code but for what it prints.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinynet._console import say
from tinynet._writing import write_file
from tinynet.learn.languages import LANGUAGES, checked_language, said, speaking

LESSONS = Path(__file__).parent / "lessons"
#: What stands before the value of an answer: a name and =, or return.
_ANSWER = re.compile(r"^(?P<start>\s*(?:[^=#]+? = |return ))(?P<value>.+?)  # answer$", re.M)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Cell:
    """Words (Markdown) or code."""

    is_code: bool
    text: str


def cells(source: str, solved: bool) -> Iterator[Cell]:
    r"""Yield the cells of a lesson, a new one for each heading and each block of code.

    Examples
    --------
    >>> source = "# One\n\nTwice?\n\n```python\ny = 2 * x  # answer\n```\n"
    >>> [cell.text for cell in cells(source, solved=False)]
    ['# One\n\nTwice?', 'y = ...  # fill in']
    >>> [cell.text for cell in cells(source, solved=True)][1]
    'y = 2 * x'
    """
    for place, part in enumerate(_BLOCK.split(source)):
        if place % 2:
            blank = r"\g<start>...  # " + said("course: fill in")
            yield Cell(True, _ANSWER.sub(r"\g<start>\g<value>" if solved else blank, part.strip()))
        else:
            pieces = re.split(r"\n(?=## )", part)
            yield from (Cell(False, piece.strip()) for piece in pieces if piece.strip())


def as_program(parts: Sequence[Cell]) -> str:
    """Return cells as a Python program; editors and Jupytext take ``# %%`` for the beginning of a cell."""
    written = []
    for cell in parts:
        if cell.is_code:
            written.append(f"# %%\n{cell.text}")
        else:
            words = "\n".join(f"# {line}".rstrip() for line in cell.text.splitlines())
            written.append(f"# %% [markdown]\n{words}")
    return "\n\n\n".join(written) + "\n"


def as_notebook(parts: Sequence[Cell]) -> str:
    """Return cells as a Jupyter notebook.

    Source: https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    written: list[dict[str, Any]] = []
    for number, cell in enumerate(parts):
        own: dict[str, Any] = {"execution_count": None, "outputs": []} if cell.is_code else {}
        kind = "code" if cell.is_code else "markdown"
        source = cell.text.splitlines(keepends=True)
        written.append({"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source, **own})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": written, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def lessons(solved: bool = False, notebooks: bool = False, lang: str | None = "en") -> dict[str, str]:
    """Return the files of the course by their names.

    Parameters
    ----------
    solved : bool, default False
        Whether the answers are filled in.
    notebooks : bool, default False
        Whether the files are Jupyter notebooks; else they are programs.
    lang : {"en", "ko"}, default "en"
        The language. None stands for the environment's ``TINYNET_LANG``, English without it.

    Examples
    --------
    >>> list(lessons())[:2]
    ['01_neuron.py', '02_loss.py']
    """
    made, ending = (as_notebook, "ipynb") if notebooks else (as_program, "py")
    language = checked_language(lang)
    sources = sorted((LESSONS / language).glob("*.md"))
    with speaking(language):
        return {
            f"{path.stem}.{ending}": made(list(cells(path.read_text(encoding="utf-8"), solved))) for path in sources
        }


def main(arguments: Sequence[str]) -> int:
    """Run ``python -m tinynet course``; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tinynet course",
        description="Write the course: ten lessons with answers to fill in, which tinynet marks.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder; it is made if it is not there")
    parser.add_argument("--solutions", action="store_true", help="write the solutions instead of the tasks")
    parser.add_argument("--notebooks", action="store_true", help="as Jupyter notebooks instead of programs")
    parser.add_argument("--overwrite", action="store_true", help="replace lessons that are there, answers and all")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the lessons; default: TINYNET_LANG, else en")
    options = parser.parse_args(list(arguments))
    language = checked_language(options.lang)
    files = lessons(options.solutions, options.notebooks, language)

    def told(key: str, **values: Any) -> str:
        with speaking(language):
            return said(f"course: {key}", **values)

    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = options.out / name
            if path.exists() and path.read_bytes() != text.encode() and not options.overwrite:
                say(told("there", path=path))
            else:
                write_file(path, text.encode())
    except OSError as error:
        parser.error(f"the course could not be written: {error}")
    first = options.out / next(iter(files))
    say(told("begin", count=len(files), folder=options.out, first=first))
    return 0

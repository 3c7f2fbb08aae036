"""What the tests of the runner share: scripts to run."""

from __future__ import annotations

import textwrap

import pytest


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a script."""

    def write(text: str, name: str = "program.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    """Return a function that fills a folder with scripts, and returns it."""

    def fill(**files: str):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return fill

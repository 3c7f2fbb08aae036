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

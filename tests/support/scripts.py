"""Programs and notebooks run as ``python -m tinynet run`` runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.processes import ROOT
from tinynet.runner import main

RUNNER = (sys.executable, "-m", "tinynet", "run")


def run(path, *args: str, options: tuple[str, ...] = ()) -> int:
    return main([*options, str(path), *args])


def outcome(command, cwd, also: str = "", **options) -> tuple[str, str, int]:
    """Return what a command prints, what it says of errors, and its exit code; `also` is a folder for `sys.path`."""
    path = os.pathsep.join(filter(None, (str(ROOT), also)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60}
    ended = subprocess.run(command, cwd=cwd, env=environment, text=True, **pipes | options)
    return ended.stdout, ended.stderr, ended.returncode


def notebook(tmp_path, *cells: str):
    path = tmp_path / "lesson.ipynb"
    content = [{"cell_type": "markdown", "source": "# A lesson"}]
    content += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": content}))
    return path

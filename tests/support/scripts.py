"""Programs and notebooks run as ``python -m tinynet run`` runs them."""

from __future__ import annotations

import json

from tinynet.runner import main


def run(path, *args: str, options: tuple[str, ...] = ()) -> int:
    return main([*options, str(path), *args])


def notebook(tmp_path, *cells: str):
    path = tmp_path / "lesson.ipynb"
    content = [{"cell_type": "markdown", "source": "# A lesson"}]
    content += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": content}))
    return path

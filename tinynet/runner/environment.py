"""Variables of the environment that are set while a script runs."""

from __future__ import annotations

import os
from contextlib import ExitStack


def set_variable(name: str, value: str, undo: ExitStack) -> None:
    """Set a variable; closing `undo` gives it its earlier value, or none."""
    before = os.environ.get(name)
    os.environ[name] = value
    undo.callback(_restore, name, before)


def _restore(name: str, before: str | None) -> None:
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before

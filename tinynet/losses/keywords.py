"""What losses take by name, for type checkers: a misspelt argument is found before a program runs."""

from __future__ import annotations

from typing import Any, TypedDict


class OfLosses(TypedDict, total=False):
    """The arguments of `Loss`."""

    name: str | None
    reduction: Any
    dtype: Any

"""The subsets of the tests that continuous integration runs in other settings are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_file_that_a_subset_names_exists():
    named = re.findall(r"\btests/[\w./]+", (ROOT / ".ci" / "subsets").read_text("utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []

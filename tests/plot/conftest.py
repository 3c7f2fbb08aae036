"""What the tests of pictures share: no window opens, and every figure is closed."""

from __future__ import annotations

import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _closed_figures(monkeypatch):
    """Close what a test draws; nothing may be shown."""
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("a plot was shown"))
    plt.close("all")
    yield
    plt.close("all")

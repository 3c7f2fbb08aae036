"""What the tests of training share: a clock that only the test moves, and a terminal."""

from __future__ import annotations

import pytest

from tests.support.terminal import Clock, FakeTerminal


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    return FakeTerminal()

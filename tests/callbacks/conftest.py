"""What the tests of callbacks share: Keras's own ones, if it is installed."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def keras_callbacks():
    return pytest.importorskip("keras").callbacks

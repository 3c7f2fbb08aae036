"""What the tests of callbacks share: Keras's own ones, if it is installed."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="module")
def keras_callbacks():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras").callbacks

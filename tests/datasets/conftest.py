"""What the tests of data files share: no network, no folder set."""

from __future__ import annotations

import pytest

from tinynet.datasets import _download


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Nothing listens, no folder is set, and Keras's cache is an empty one."""
    monkeypatch.setattr(_download, "BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr(_download, "OTHER_URLS", dict.fromkeys(_download.OTHER_URLS, "http://127.0.0.1:9/"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("TINYNET_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

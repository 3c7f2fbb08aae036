"""Telling what runs."""

from __future__ import annotations

import numpy as np

import tinynet


def test_the_configuration_is_shown(capsys):
    tinynet.show_config()
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["tinynet"] == tinynet.__version__
    assert lines["NumPy"] == np.__version__
    assert set(lines) >= {"Python", "Numba", "CPU", "BLAS", "threads", "floatx", "compiler", "vectors", "cache"}
    assert int(lines["vectors"].split()[0]) in (128, 256, 512)
    assert "tinynet" in lines["cache"]


def test_the_processor_is_named_where_the_system_tells(monkeypatch):
    from tinynet import diagnostics

    def missing(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(diagnostics.Path, "read_text", missing)
    assert diagnostics._processor()
    for name in ("MKL_NUM_THREADS", "OMP_NUM_THREADS"):  # which others may have set
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert diagnostics._blas_threads() == "OPENBLAS_NUM_THREADS=1"

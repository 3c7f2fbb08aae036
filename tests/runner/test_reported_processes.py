"""Keras's names where a script is no longer alone in its process: workers, threads, exit handlers, other scripts."""

from __future__ import annotations

import pytest

from tests.support.scripts import RUNNER, outcome

#: A pool of each kind, and every form in which a task may need Keras.
WORKERS = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import keras
import part

def task(x):
    import tensorflow as tf
    return x, keras.Sequential.__module__, tf.keras.layers.Dense.__module__, part.name(), sys.argv[1:], task.__module__

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(*pool.map(task, [1]))
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        print(*pool.map(task, [2]))
"""
PART = "import keras\ndef name():\n    return keras.Model.__module__"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_find_tinynet(method, folder):
    path = folder(program=WORKERS, part=PART)
    out, error, code = outcome([*RUNNER, "program.py", method], path)
    main = "__main__" if method == "fork" else "__mp_main__"
    found = f"'tinynet.models.sequential', 'tinynet.layers.dense', 'tinynet.models.sequential', ['{method}'], '{main}'"
    assert (out, error, code) == (f"(1, {found})\n(2, {found})\n", "", 0)

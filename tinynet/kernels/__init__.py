"""The mathematics of tinynet: NumPy arrays in, NumPy arrays out; nothing here knows a class.

`formulas` is the lesson: every formula of forward, backward, loss, metric and update. The other modules carry them
out: `_maps` runs them over arrays, `_blocks` multiplies matrices, `_batch` takes one batch through a network and back,
`_loop` trains without leaving compiled code, `_team` shares a batch among threads, `_random` shuffles. Importing this
package costs nothing; Numba is loaded with the first kernel used.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "activation_forward": "_maps",
    "activation_backward": "_maps",
    "loss_forward": "_maps",
    "loss_backward": "_maps",
    "metric_sum": "_maps",
    "clip_gradients": "_maps",
    "update_parameters": "_maps",
    "sparse_forward": "_sparse",
    "sparse_backward_kernel": "_sparse",
    "compress": "_sparse",
    "shuffle": "_random",
    "train": "_loop",
    "evaluate": "_loop",
    "predict": "_loop",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tinynet.kernels._jit import entry

    value = entry(getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name))
    globals()[name] = value
    return value

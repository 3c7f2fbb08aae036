"""tinynet: a small neural-network engine on NumPy and Numba, with Keras's names.

Importing this package costs little more than importing NumPy: the compiled kernels, and Numba with them, are
loaded when the first model is built.

Examples
--------
>>> import numpy as np
>>> import tinynet
>>> tinynet.set_random_seed(0)
>>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
>>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
>>> model.compile(optimizer=tinynet.optimizers.SGD(0.5), loss="mse")
>>> history = model.fit(x, 3 * x + 1, epochs=20, verbose=0)
>>> model.layers[0].kernel.round(2).item(), model.layers[0].bias.round(2).item()
(3.0, 1.0)
"""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # where the working directory has a typing.py, ``python -m tinynet`` would import that here
    from typing import Any

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "formulas",
    "initializers",
    "layers",
    "learn",
    "lesson",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "plot",
    "preprocessing",
    "regularizers",
    "utils",
)
_NAMES = {
    "Sequential": "models",
    "Model": "models",
    "Input": "layers",
    "trace": "learn",
    "gradient_check": "learn",
    "install_as_keras": "runner",
    "set_random_seed": "utils",
    "warmup": "ready",
    "show_config": "diagnostics",
}

__all__ = ["__version__", *_MODULES, *_NAMES]


if TYPE_CHECKING:  # what editors and type checkers are told
    from tinynet import activations as activations
    from tinynet import backend as backend
    from tinynet import callbacks as callbacks
    from tinynet import config as config
    from tinynet import constraints as constraints
    from tinynet import datasets as datasets
    from tinynet import formulas as formulas
    from tinynet import initializers as initializers
    from tinynet import layers as layers
    from tinynet import learn as learn
    from tinynet import lesson as lesson
    from tinynet import losses as losses
    from tinynet import metrics as metrics
    from tinynet import models as models
    from tinynet import optimizers as optimizers
    from tinynet import plot as plot
    from tinynet import preprocessing as preprocessing
    from tinynet import regularizers as regularizers
    from tinynet import utils as utils
    from tinynet.diagnostics import show_config as show_config
    from tinynet.layers import Input as Input
    from tinynet.learn import gradient_check as gradient_check
    from tinynet.learn import trace as trace
    from tinynet.models import Model as Model
    from tinynet.models import Sequential as Sequential
    from tinynet.ready import warmup as warmup
    from tinynet.runner import install_as_keras as install_as_keras
    from tinynet.utils import set_random_seed as set_random_seed
else:

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            value: Any = importlib.import_module(f"tinynet.{name}")
        elif name in _NAMES:
            value = getattr(importlib.import_module(f"tinynet.{_NAMES[name]}"), name)
        else:
            from tinynet._names import absent

            raise absent(__name__, name, __all__[1:], sys._getframe(1))
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)

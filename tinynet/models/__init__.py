"""Models: layers that are put together, compiled, fitted, evaluated and used to predict.

The class of all models is written in chapters, each building on the one before: `layered` has the layers and builds
them, `compiled` says how to train them, `described` writes a model down, `on_batch` and `trained` run it. `model` makes
one of inputs and outputs (`wiring` reads which layer takes what), `sequential` a stack.

Source: https://keras.io/api/models/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.models.loading import load_model
from tinynet.models.model import Model
from tinynet.models.sequential import Sequential
from tinynet.models.whole import clone_model, model_from_json

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)

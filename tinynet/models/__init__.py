"""The `Sequential` model: a stack of layers that is compiled, fitted, evaluated and used to predict.

Its class is written in five chapters, each building on the one before: `stack` puts layers together and builds them,
`compiled` says how to train them, `described` writes a model down, `on_batch` and `sequential` run it.

Source: https://keras.io/api/models/sequential/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.models.loading import load_model
from tinynet.models.sequential import Sequential
from tinynet.models.whole import clone_model, model_from_json

Model = Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)

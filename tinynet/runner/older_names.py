"""Names of Keras that stand for what tinynet does elsewhere: a model is saved by itself, `fit` shows its progress."""

from __future__ import annotations

from typing import Any

from tinynet.callbacks import Callback
from tinynet.layers.symbolic import KerasTensor
from tinynet.models import Model
from tinynet.optimizers import Adam

__all__ = ["ProgbarLogger", "adam_of_tensorflow_1", "is_keras_tensor", "save_model"]


def adam_of_tensorflow_1(
    learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, **options: Any
) -> Adam:
    """Return `Adam` with the defaults of TensorFlow 1."""
    return Adam(learning_rate, beta1, beta2, epsilon)


def is_keras_tensor(x: Any) -> bool:
    """Tell whether something stands for what a layer gives."""
    return isinstance(x, KerasTensor)


def save_model(model: Model, filepath: Any, overwrite: bool = True, **options: Any) -> None:
    """Write a model to a file, as its `save` does."""
    model.save(filepath, overwrite, **options)


class ProgbarLogger(Callback):
    """Do nothing: `fit` shows its own progress, as `verbose` says.

    Parameters
    ----------
    *arguments, **options
        Keras's, without effect.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__()

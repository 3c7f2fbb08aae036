"""Names of Keras that stand for what tinynet does elsewhere: a model is saved by itself, `fit` shows its progress."""

from __future__ import annotations

from typing import Any

from tinynet import layers
from tinynet.callbacks import Callback
from tinynet.layers.symbolic import KerasTensor
from tinynet.models import Model
from tinynet.optimizers import Adam

__all__ = ["ProgbarLogger", "adam_of_tensorflow_1", "is_keras_tensor", "merge", "save_model"]


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


#: What Keras 1 called the ways to merge, and the layers that do it.
_MODES = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"}
_MODES |= {"cos": "Dot"}


def merge(
    inputs: Any, mode: Any = "sum", concat_axis: int = -1, dot_axes: Any = -1, name: str | None = None, **options: Any
) -> Any:
    """Return several tensors made one, as Keras 1 did: by ``layers.Add()``, ``layers.Concatenate()`` and so on.

    Parameters
    ----------
    inputs : list
        The tensors.
    mode : {"sum", "mul", "ave", "max", "concat", "dot", "cos"} or callable, default "sum"
        How; a function is given the tensors as a list.
    concat_axis, dot_axes : int
        The axis, for these.
    name : str, optional
        The layer's name.
    **options
        Keras 1's `output_shape` and the like, without effect.
    """
    if callable(mode):
        return mode([*inputs])
    if mode not in _MODES:
        raise ValueError(f"merge: `mode` must be one of {', '.join(map(repr, _MODES))}. Received: {mode!r}")
    taken: dict[str, Any] = {"axis": concat_axis} if mode == "concat" else {}
    if mode in ("dot", "cos"):
        taken = {"axes": dot_axes, "normalize": mode == "cos"}
    return getattr(layers, _MODES[mode])(**taken, name=name)([*inputs])


# `keras.layers.merge` was a module in Keras 2, whose functions programs also reach as `keras.layers.merge.add`.
vars(merge).update(layers.FUNCTIONS)


class ProgbarLogger(Callback):
    """Do nothing: `fit` shows its own progress, as `verbose` says.

    Parameters
    ----------
    *arguments, **options
        Keras's, without effect.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__()

"""Names of Keras that stand for what tinynet does elsewhere: a model is saved by itself, `fit` shows its progress."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from tinynet import layers
from tinynet.callbacks import Callback
from tinynet.layers.symbolic import KerasTensor
from tinynet.models import Model, model_from_json

__all__ = [
    *("InputSpec", "ProgbarLogger", "Reduction", "is_keras_tensor", "merge", "model_from_yaml", "save_model"),
    *("thresholded_relu", "time_distributed"),
]


class Reduction:
    """Keras 2's names for how a loss puts the losses of samples together."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    NONE = "none"
    SUM = "sum"


class InputSpec:
    """What a layer says of its input: kept, and not looked at, as layers here check what they get."""

    def __init__(self, **says: Any) -> None:
        vars(self).update(says)


def thresholded_relu(theta: float = 1.0, **options: Any) -> layers.ReLU:
    """Return the layer of Keras 2's `ThresholdedReLU`: x above `theta`, else 0."""
    return layers.ReLU(threshold=theta, **options)


def time_distributed(layer: Any, **options: Any) -> Any:
    """Return the layer for each step of a sequence: a dense layer, or one of single numbers, itself.

    Raises
    ------
    ValueError
        If the layer does not work on the last axis alone.
    """
    if not isinstance(layer, (layers.Dense, layers.Activation, layers.Dropout, layers.ReLU, layers.LeakyReLU)):
        raise ValueError(
            f"TimeDistributed: tinynet applies Dense, Activation and Dropout to each step, and no other layer. "
            f"Received: {layer!r}"
        )
    return layer


def is_keras_tensor(x: Any) -> bool:
    """Tell whether something stands for what a layer gives."""
    return isinstance(x, KerasTensor)


def model_from_yaml(yaml_string: str, custom_objects: Any = None) -> Model:
    """Return the model that `to_yaml` described; a text that is no JSON is read by PyYAML, as plain data.

    Raises
    ------
    ValueError
        If it is none, or needs PyYAML, which is not installed.
    """
    try:
        json.loads(yaml_string)
    except ValueError:
        try:
            yaml_string = json.dumps(import_module("yaml").safe_load(yaml_string))
        except ImportError:
            raise ValueError("model_from_yaml: this text is read by PyYAML: pip install pyyaml") from None
    return model_from_json(yaml_string, custom_objects)


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

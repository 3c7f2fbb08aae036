"""What ``keras.backend`` has besides the operations that it shares with TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import config, losses, models
from tinynet.layers.symbolic import KerasTensor
from tinynet.runner.operations import computing
from tinynet.runner.variables import Variable, random_normal, random_uniform

__all__ = [
    *("argmax", "argmin", "backend", "batch_set_value", "binary_crossentropy", "cast_to_floatx"),
    *("categorical_crossentropy", "concatenate", "count_params", "dtype", "expand_dims", "eye", "function"),
    *("image_dim_ordering", "random_normal", "random_uniform", "random_normal_variable"),
    *("random_uniform_variable", "repeat_elements", "sparse_categorical_crossentropy", "switch", "variable"),
    *("in_test_phase", "in_train_phase"),
]

argmax = computing(lambda x, axis=-1: np.argmax(x, axis))
argmin = computing(lambda x, axis=-1: np.argmin(x, axis))
concatenate = computing(lambda arrays, axis=-1: np.concatenate(arrays, axis), "concatenate")
expand_dims = computing(lambda x, axis=-1: np.expand_dims(x, axis))
eye = computing(lambda size: np.eye(size))
switch = computing(lambda condition, then, otherwise: np.where(condition, then, otherwise))
repeat_elements = computing(lambda x, rep, axis: np.repeat(x, rep, axis), "repeat_elements")
variable = Variable
random_normal_variable, random_uniform_variable = random_normal, random_uniform


def function(inputs: Any, outputs: Any, updates: Any = None) -> Callable[[Any], list[Any]]:
    """Return a function from a list of arrays to a list of what layers make of them.

    Parameters
    ----------
    inputs, outputs : KerasTensor or list of them
        A model's inputs, beside which ``K.learning_phase()`` may stand, and the outputs of any of its layers.
    updates
        Keras's; without effect.
    """
    starts = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    places = [place for place, each in enumerate(starts) if isinstance(each, KerasTensor)]
    ends = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    model = models.Model([starts[place] for place in places], ends)

    def compute(values: Any) -> list[Any]:
        given = values if isinstance(values, (list, tuple)) else [values]
        arrays = [np.asarray(given[place]) for place in places]
        found = model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
        return found if isinstance(found, list) else [found]

    return compute


def _by_sample(name: str) -> Callable[..., Any]:
    def loss(target: Any, output: Any, from_logits: bool = False) -> Any:
        return losses.FUNCTIONS[name](target, output, from_logits=from_logits)

    return loss


categorical_crossentropy = _by_sample("categorical_crossentropy")
sparse_categorical_crossentropy = _by_sample("sparse_categorical_crossentropy")


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return the loss of every output by itself."""
    pair = (np.asarray(each)[..., None] for each in (target, output))
    return losses.FUNCTIONS["binary_crossentropy"](*pair, from_logits=from_logits)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return `x` while `training`, else `alt`; either may be a function that returns it."""
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return `alt` while `training`, else `x`."""
    return in_train_phase(alt, x, training)


def cast_to_floatx(x: Any) -> Any:
    """Return an array of the default float type."""
    return np.asarray(x, config.floatx())


def dtype(x: Any) -> str:
    """Return the name of an array's type."""
    return str(x.dtype)


def count_params(x: Any) -> int:
    """Return how many numbers there are."""
    return int(np.prod(x.shape))


def batch_set_value(tuples: Any) -> None:
    """Set what variables hold."""
    for held, value in tuples:
        held.assign(value)


def backend() -> str:
    """Return the name of the backend that programs are written for."""
    return "tensorflow"


def image_dim_ordering() -> str:
    """Return Keras 1's word for channels that come last."""
    return "tf"

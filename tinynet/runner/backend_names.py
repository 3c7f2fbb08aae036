"""What ``keras.backend`` has besides the operations that it shares with TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import activations, config, losses, models
from tinynet._names import reset_names
from tinynet.layers.symbolic import KerasTensor
from tinynet.runner import picking, variables
from tinynet.runner.operations import computing
from tinynet.runner.tensors import is_followed, tensor
from tinynet.runner.variables import Variable, generator_of, random_normal, random_uniform

__all__ = [
    *("argmax", "argmin", "backend", "batch_set_value", "binary_crossentropy", "cast_to_floatx"),
    *("categorical_crossentropy", "concatenate", "count_params", "dtype", "expand_dims", "eye", "function"),
    *("image_dim_ordering", "random_normal", "random_uniform", "random_normal_variable"),
    *("random_uniform_variable", "repeat_elements", "sparse_categorical_crossentropy", "switch", "variable"),
    *("batch_dot", "batch_get_value", "foldl", "foldr", "gather", "get_uid", "get_variable_shape", "hard_sigmoid"),
    *("in_test_phase", "in_top_k", "in_train_phase", "is_placeholder", "is_sparse", "moving_average_update"),
    *("print_tensor", "random_bernoulli", "random_binomial", "reset_uids", "softsign", "to_dense"),
    *("truncated_normal", "update", "update_add", "update_sub"),
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


gather, truncated_normal = variables.gather, variables.truncated_normal
hard_sigmoid, softsign = activations.TABLE["hard_sigmoid"], activations.TABLE["softsign"]


def _dot_of_batches(x: Any, y: Any, axes: Any = None) -> Any:
    """Sum the products of two batches, sample by sample, along an axis of each."""
    own = [np.ndim(x) - 1, np.ndim(y) - (2 if np.ndim(y) > 2 else 1)]
    taken = own if axes is None else [axes, axes] if isinstance(axes, int) else [*axes]
    first, second = (axis % np.ndim(each) for axis, each in zip(taken, (x, y), strict=True))
    rows, columns = np.moveaxis(x, first, -1), np.moveaxis(y, second, 1)
    length = rows.shape[-1]
    found = np.matmul(np.reshape(rows, (len(rows), -1, length)), np.reshape(columns, (len(columns), length, -1)))
    shape = (*rows.shape[:-1], *columns.shape[2:])
    return np.reshape(found, shape if len(shape) > 1 else (*shape, 1))


batch_dot = computing(_dot_of_batches, "batch_dot")


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
    pair = ((each if is_followed(each) else np.asarray(each))[..., None] for each in (target, output))
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


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Tell for each row of scores whether that of the target is among the `k` largest."""
    return picking.in_top_k(targets, predictions, k)


def batch_get_value(tensors: Any) -> list[Any]:
    """Return what variables hold."""
    return [np.asarray(each) for each in tensors]


def update(x: Any, new_x: Any) -> Any:
    """Set what a variable holds."""
    return x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    """Add to what a variable holds."""
    return x.assign(np.add(x, increment))


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtract from what a variable holds."""
    return x.assign(np.subtract(x, decrement))


def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """Let a variable go on towards a value."""
    return x.assign(momentum * np.asarray(x) + (1 - momentum) * np.asarray(value))


def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> Any:
    """Return ones with a probability, and zeros."""
    drawn = generator_of(seed).random(tuple(shape)) <= p
    return tensor(drawn.astype(dtype or config.floatx()))


random_binomial = random_bernoulli


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Return what a function of two makes of rows, one after the other."""
    rows = list(elems)
    found = rows.pop(0) if initializer is None else initializer
    for row in rows:
        found = fn(found, row)
    return found if is_followed(found) else tensor(found)


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Return what a function of two makes of rows, the last first."""
    return foldl(fn, list(elems)[::-1], initializer)


def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Any:
    """Print what is computed, and return it."""
    print(message, getattr(x, "value", x))
    return x


def is_placeholder(x: Any) -> bool:
    """Tell whether something stands for what a model will be given."""
    return isinstance(x, KerasTensor)


def is_sparse(tensor: Any) -> bool:
    """Tell whether something is a sparse matrix."""
    return hasattr(tensor, "tocsr")


def to_dense(tensor: Any) -> Any:
    """Return an array of a sparse matrix; any other as it is."""
    return tensor.toarray() if is_sparse(tensor) else tensor


def get_variable_shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    return tuple(x.shape)


_uids: dict[str, int] = {}


def get_uid(prefix: str = "") -> int:
    """Return 1, 2, 3 … for each prefix."""
    _uids[prefix] = _uids.get(prefix, 0) + 1
    return _uids[prefix]


def reset_uids() -> None:
    """Let names and numbers begin anew."""
    _uids.clear()
    reset_names()

"""What TensorFlow has under names or with defaults of its own: seeds, random numbers, variables."""

from __future__ import annotations

import functools
import random as python_random
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import config
from tinynet.memory import Parameter
from tinynet.runner.operations import computing
from tinynet.runner.tensors import Tensor, constant, convert_to_tensor, is_followed, tensor

__all__ = [
    *(
        "Variable",
        "add_n",
        "argmax",
        "argmin",
        "boolean_mask",
        "confusion_matrix",
        "executing_eagerly",
        "fill",
        "function",
        "gather",
    ),
    *("lin_space", "ones", "print", "random_normal", "random_uniform", "range", "set_random_seed", "set_seed", "split"),
    *("truncated_normal", "unstack", "zeros"),
]


def set_seed(seed: int) -> None:
    """Seed tinynet's random numbers but not NumPy's and Python's, as ``tf.random.set_seed`` does."""
    numpy_state, python_state = np.random.get_state(), python_random.getstate()  # noqa: NPY002
    config.seed_everything(seed)
    np.random.set_state(numpy_state)  # noqa: NPY002
    python_random.setstate(python_state)


set_random_seed = set_seed


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return an array of zeros."""
    return convert_to_tensor(np.zeros(shape, dtype or config.floatx()))


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return an array of ones."""
    return convert_to_tensor(np.ones(shape, dtype or config.floatx()))


class Variable(Tensor):
    """An array of its own, which `apply_gradients` can update. A layer's attribute becomes a weight of the layer."""

    #: Whether it is made a weight where a layer keeps it, and whether that is trained.
    becomes_weight, trainable = False, True
    label = "Variable"
    _lent: Parameter | None = None

    def __new__(
        cls, initial_value: Any, trainable: bool = True, name: str | None = None, dtype: Any = None, **options: Any
    ) -> Any:
        """Copy a value."""
        value = initial_value() if callable(initial_value) else initial_value
        made = np.array(constant(value, dtype)).view(cls)
        made.becomes_weight, made.trainable = made.dtype.kind == "f", bool(trainable)
        made.label = str(name or "Variable")
        return made

    def lent(self) -> Parameter:
        """Return a parameter with the variable's numbers, for an optimizer: the same one each time."""
        if self._lent is None:
            self._lent = Parameter(self.label, np.array(self))
        self._lent.value[...] = self
        return self._lent

    def returned(self) -> None:
        """Take over what an optimizer has made of the parameter."""
        if self._lent is not None:
            self[...] = self._lent.value


def function(callee: Any = None, **options: Any) -> Any:
    """Return the function itself: there is nothing to compile."""
    return callee if callee is not None else lambda given: given


def executing_eagerly() -> bool:
    """Return True: everything is computed when it is asked for."""
    return True


def generator_of(seed: Any) -> np.random.Generator:
    """Return what draws random numbers: of a seed, or the program's own."""
    return config.generator() if seed is None else np.random.default_rng(seed)


def _random(draw: Callable[..., Any]) -> Callable[..., Any]:
    def drawn(
        shape: Any = (), *given: Any, dtype: Any = None, seed: Any = None, name: Any = None, **options: Any
    ) -> Any:
        numbers = draw(generator_of(seed), tuple(np.atleast_1d(shape)), *given, **options)
        return tensor(numbers).astype(dtype or config.floatx())

    return drawn


def _normal(rng: Any, shape: Any, mean: float = 0.0, stddev: float = 1.0) -> Any:
    return rng.normal(mean, stddev, shape)


def _within_two_deviations(rng: Any, shape: Any, mean: float = 0.0, stddev: float = 1.0) -> Any:
    numbers = rng.standard_normal(shape)
    while (far := np.abs(numbers) > 2).any():
        numbers[far] = rng.standard_normal(far.sum())
    return mean + stddev * numbers


def _uniform(rng: Any, shape: Any, minval: float = 0.0, maxval: float | None = None, **bounds: Any) -> Any:
    low, high = bounds.get("low", minval), bounds.get("high", 1 if maxval is None else maxval)
    return rng.uniform(low, high, shape)


random_normal, random_uniform = _random(_normal), _random(_uniform)
truncated_normal = _random(_within_two_deviations)
argmax = computing(lambda x, axis=0, output_type="int64": np.asarray(np.argmax(x, axis)).astype(output_type))
argmin = computing(lambda x, axis=0, output_type="int64": np.asarray(np.argmin(x, axis)).astype(output_type))
gather = computing(lambda x, indices, axis=0: np.take(x, indices, axis))
boolean_mask = computing(lambda x, mask: np.asarray(x)[np.asarray(mask, bool)])
fill = computing(lambda shape, value: np.full(shape, value))
add_n = computing(lambda arrays: functools.reduce(np.add, arrays))
unstack = computing(lambda x, num=None, axis=0: list(np.moveaxis(x, axis, 0)))
range = computing(np.arange)
print = print
lin_space = computing(np.linspace)


def confusion_matrix(labels: Any, predictions: Any, num_classes: int | None = None, **options: Any) -> Any:
    """Return how often each class (rows) was taken for each (columns)."""
    true, found = (np.asarray(each, np.int64).ravel() for each in (labels, predictions))
    count = num_classes or int(max(true.max(), found.max())) + 1
    return tensor(np.bincount(true * count + found, minlength=count**2).reshape(count, count).astype(np.int32))


def split(value: Any, num_or_size_splits: Any, axis: int = 0) -> Any:
    """Return the parts of an array: so many, or of the lengths given."""
    sizes = num_or_size_splits if np.ndim(num_or_size_splits) == 0 else np.cumsum(num_or_size_splits)[:-1]
    return np.split(value, sizes, axis) if is_followed(value) else tensor(np.split(np.asarray(value), sizes, axis))

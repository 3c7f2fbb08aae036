"""Where weights start: random numbers scaled so that signals neither fade nor grow from layer to layer.

Source: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinynet import config
from tinynet._arguments import Configurable
from tinynet._names import lookup, missing_from, snake_case

Array = NDArray[Any]

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "Ones",
    "RandomNormal",
    "RandomUniform",
    "Zeros",
    "get",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


class Initializer(Configurable):
    """Base class: called with a shape (and dtype), returns the array that a parameter starts from.

    Parameters
    ----------
    seed : int, optional
        With a seed, every call draws the same numbers; without, from tinynet's generator (`set_random_seed`).

    Examples
    --------
    A user's own initializer:

    >>> class Diagonal(Initializer):
    ...     def draw(self, shape, rng):
    ...         return np.eye(*shape)
    >>> Diagonal()((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers, in float64; what a subclass defines."""
        raise TypeError(f"{type(self).__name__} must define `draw(self, shape, rng)`.")

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Array:
        """Return an array of `shape` and `dtype` (default: `floatx`)."""
        rng = config.generator() if self.seed is None else np.random.default_rng(self.seed)
        return np.asarray(self.draw(tuple(shape), rng)).astype(dtype or config.floatx())


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs and outputs a kernel of this shape connects.

    Examples
    --------
    >>> fans((12, 64))
    (12, 64)
    """
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def _uniform(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    limit = sqrt(3.0 * variance)
    return rng.uniform(-limit, limit, shape)


def _truncated_normal(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    """Draw a normal without what lies beyond two deviations, widened so that the variance is the one asked for."""
    values = rng.standard_normal(shape)
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(values) > 2
    # 0.8796… is the deviation of a standard normal truncated at two deviations.
    return values * (sqrt(variance) / 0.87962566103423978)


class GlorotUniform(Initializer):
    """Uniform in ±√(6/(inputs + outputs)): Keras's default for `Dense`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Examples
    --------
    >>> bool(np.abs(GlorotUniform(seed=0)((3, 3))).max() <= 1.0)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return _uniform(shape, rng, 2.0 / max(1, sum(fans(shape))))


class GlorotNormal(Initializer):
    """Normal with variance 2/(inputs + outputs), truncated at two deviations.

    Source: Glorot and Bengio, 2010.

    Examples
    --------
    >>> GlorotNormal(seed=0)((4, 2)).shape
    (4, 2)
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return _truncated_normal(shape, rng, 2.0 / max(1, sum(fans(shape))))


class HeUniform(Initializer):
    """Uniform in ±√(6/inputs), made for ReLU.

    Source: He et al., "Delving Deep into Rectifiers", 2015.

    Examples
    --------
    >>> bool(np.abs(HeUniform(seed=0)((6, 9))).max() <= 1.0)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return _uniform(shape, rng, 2.0 / max(1, fans(shape)[0]))


class HeNormal(Initializer):
    """Normal with variance 2/inputs, truncated at two deviations.

    Source: He et al., 2015.

    Examples
    --------
    >>> HeNormal(seed=0)((4, 2)).shape
    (4, 2)
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return _truncated_normal(shape, rng, 2.0 / max(1, fans(shape)[0]))


class Constant(Initializer):
    """The same number everywhere.

    Examples
    --------
    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = value

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return np.full(shape, self.value, np.float64)


class Zeros(Constant):
    """Zeros: Keras's default for a bias.

    Examples
    --------
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(0.0)


class Ones(Constant):
    """Ones.

    Examples
    --------
    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Uniform between `minval` and `maxval`.

    Examples
    --------
    >>> bool(np.abs(RandomUniform(seed=0)((9,))).max() <= 0.05)
    True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return rng.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normal with the given `mean` and `stddev`.

    Examples
    --------
    >>> RandomNormal(stddev=0.1, seed=0)((2, 2)).shape
    (2, 2)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        return rng.normal(self.mean, self.stddev, shape)


_CLASSES: tuple[type[Initializer], ...] = (
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    Zeros,
    Ones,
    Constant,
    RandomUniform,
    RandomNormal,
)
_TABLE = {snake_case(cls.__name__): cls for cls in _CLASSES}
#: Keras's other names.
_TABLE |= {"normal": RandomNormal, "uniform": RandomUniform, "one": Ones, "zero": Zeros}


def serialize(initializer: Callable[..., Array]) -> Any:
    """Return the class and arguments from which `get` makes such an initializer, or a user's own itself.

    Examples
    --------
    >>> serialize(Constant(0.5))
    {'class_name': 'Constant', 'config': {'value': 0.5}}
    """
    if isinstance(initializer, _CLASSES) and type(initializer) in _CLASSES:
        return {"class_name": type(initializer).__name__, "config": initializer.get_config()}
    return initializer


def get(
    identifier: str | dict[str, Any] | Initializer | type[Initializer] | Callable[..., Array],
) -> Callable[..., Array]:
    """Return the initializer that a name, class, object or what `serialize` returned stands for.

    Examples
    --------
    >>> get("he_normal")((2, 2)).shape
    (2, 2)
    """
    if isinstance(identifier, str):
        return lookup("initializer", identifier, _TABLE)()
    if isinstance(identifier, dict):
        return lookup("initializer", identifier["class_name"], _TABLE).from_config(identifier["config"])
    if inspect.isclass(identifier) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier) and not inspect.isclass(identifier):
        return identifier
    raise TypeError(f"Expected an initializer: a name, an Initializer or a callable. Received: {identifier!r}")

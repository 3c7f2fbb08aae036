"""Loss functions, by name, as objects, and as plain functions of two arrays.

Source: https://keras.io/api/losses/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tinynet._names import lookup, missing_from
from tinynet.losses.base import Loss
from tinynet.losses.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from tinynet.losses.regression import MeanAbsoluteError, MeanSquaredError, mean_absolute_error, mean_squared_error

Array = NDArray[Any]

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)

_TABLE: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}
FUNCTIONS: tuple[Callable[..., Array], ...] = (
    mean_squared_error,
    mean_absolute_error,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
#: Names that mean one of the cross-entropies, found from the shapes of targets and outputs.
BY_SHAPE = ("crossentropy", "ce")


def get(identifier: Any) -> Loss | str:
    """Return the loss that a name, class, function or object stands for.

    ``"crossentropy"`` is returned as it is: which one is meant shows with the first data.

    Examples
    --------
    >>> get("mse")
    <MeanSquaredError name=mean_squared_error>
    """
    if isinstance(identifier, str):
        if identifier.lower() in BY_SHAPE:
            return "crossentropy"
        return lookup("loss", identifier, _TABLE)()
    if isinstance(identifier, Loss):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and identifier in FUNCTIONS:
        return _TABLE[identifier.__name__]()
    raise TypeError(
        f"loss: expected a name ({', '.join(map(repr, sorted(_TABLE)))}) or a Loss. Received: {identifier!r}. A plain "
        "function has no gradient to train with: subclass tinynet.losses.Loss and give it `forward` and `backward`."
    )

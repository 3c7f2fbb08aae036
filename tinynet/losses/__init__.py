"""Loss functions, by name, as objects, and as plain functions of two arrays.

Each file is one loss: its formulas, its class, and what the trace says of it.
Source: https://keras.io/api/losses/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import shown
from tinynet._names import snake_case
from tinynet._registry import registered_as
from tinynet._serialization import made, made_with, named, of_ones_own, written, written_function
from tinynet._signatures import can_be_called
from tinynet._types import Array
from tinynet.losses.base import Loss as Loss
from tinynet.losses.base import function_of
from tinynet.losses.function_loss import FunctionLoss
from tinynet.rooms import Classes, Joined, Named, furnish, names_of

#: The losses' classes, by their names.
CLASSES = Classes(__name__, Loss, lambda cls: cls.formulas)
#: The same by the names that `compile` takes.
TABLE = Named(CLASSES, names_of, lambda cls: cls)
#: The plain functions, by their names.
FUNCTIONS = Named(CLASSES, lambda cls: names_of(cls)[:1], function_of)
#: The same functions by all names that `compile` takes.
_MEANT = Named(CLASSES, names_of, lambda cls: FUNCTIONS[names_of(cls)[0]])
#: Names that mean one of the cross-entropies, found from the shapes of targets and outputs.
BY_SHAPE = ("crossentropy", "ce")

furnish(__name__, ["Loss", "get", "deserialize", "serialize"], CLASSES, FUNCTIONS)

if TYPE_CHECKING:  # what editors are told
    from tinynet.losses.binary_crossentropy import BinaryCrossentropy as BinaryCrossentropy
    from tinynet.losses.binary_focal_crossentropy import BinaryFocalCrossentropy as BinaryFocalCrossentropy
    from tinynet.losses.categorical_crossentropy import CategoricalCrossentropy as CategoricalCrossentropy
    from tinynet.losses.categorical_focal_crossentropy import (
        CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
    )
    from tinynet.losses.categorical_generalized_cross_entropy import (
        CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
    )
    from tinynet.losses.categorical_hinge import CategoricalHinge as CategoricalHinge
    from tinynet.losses.cosine_similarity import CosineSimilarity as CosineSimilarity
    from tinynet.losses.hinge import Hinge as Hinge
    from tinynet.losses.huber import Huber as Huber
    from tinynet.losses.kl_divergence import KLDivergence as KLDivergence
    from tinynet.losses.log_cosh import LogCosh as LogCosh
    from tinynet.losses.mean_absolute_error import MeanAbsoluteError as MeanAbsoluteError
    from tinynet.losses.mean_absolute_percentage_error import (
        MeanAbsolutePercentageError as MeanAbsolutePercentageError,
    )
    from tinynet.losses.mean_squared_error import MeanSquaredError as MeanSquaredError
    from tinynet.losses.mean_squared_logarithmic_error import (
        MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
    )
    from tinynet.losses.poisson import Poisson as Poisson
    from tinynet.losses.sparse_categorical_crossentropy import (
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    )
    from tinynet.losses.squared_hinge import SquaredHinge as SquaredHinge

    binary_crossentropy: Callable[..., Array]
    binary_focal_crossentropy: Callable[..., Array]
    categorical_crossentropy: Callable[..., Array]
    categorical_focal_crossentropy: Callable[..., Array]
    categorical_generalized_cross_entropy: Callable[..., Array]
    categorical_hinge: Callable[..., Array]
    cosine_similarity: Callable[..., Array]
    hinge: Callable[..., Array]
    huber: Callable[..., Array]
    kl_divergence: Callable[..., Array]
    log_cosh: Callable[..., Array]
    mean_absolute_error: Callable[..., Array]
    mean_absolute_percentage_error: Callable[..., Array]
    mean_squared_error: Callable[..., Array]
    mean_squared_logarithmic_error: Callable[..., Array]
    poisson: Callable[..., Array]
    sparse_categorical_crossentropy: Callable[..., Array]
    squared_hinge: Callable[..., Array]


def get(identifier: Any) -> Any:
    """Return the function that a name stands for; an object for the name of a class, a class or its configuration.

    Functions and objects are returned as they are; so is None, and ``"crossentropy"``: which one is meant shows with
    the first data.

    Raises
    ------
    ValueError
        For an unknown name or configuration.
    TypeError
        For anything else.

    Examples
    --------
    >>> get("mse")([[0.0, 1.0]], [[0.5, 1.0]])
    array([0.125], dtype=float32)
    >>> get("MeanSquaredError")
    <MeanSquaredError name=mean_squared_error>
    >>> get({"class_name": "Huber", "config": {"delta": 0.5}}).delta
    0.5
    """
    if isinstance(identifier, str) and identifier.lower() not in BY_SHAPE:
        return get(named("loss", identifier, _MEANT if CLASSES.at_hand(identifier) is None else CLASSES))
    if isinstance(identifier, Mapping):
        return get(made("loss", identifier, Joined[Any](CLASSES, _MEANT)))
    loss = loss_of(identifier)
    return identifier if inspect.isroutine(identifier) else loss


def _as_function(loss: Loss | str | None) -> Loss | str | None:
    """Return one of tinynet's losses with the name of its plain function, by which it was asked for, as in Keras."""
    if isinstance(loss, Loss) and CLASSES.get(type(loss).__name__) is type(loss):
        loss.name = snake_case(type(loss).__name__)
    return loss


def loss_of(identifier: Any) -> Loss | str | None:
    """Return the loss that a name, class, function, object or configuration stands for, as `compile` takes them.

    A function of one's own, of (y_true, y_pred), is differentiated by `tinynet.tape`, or by central differences, and
    trains in the layer loop.

    Examples
    --------
    >>> loss_of("mse")
    <MeanSquaredError name=mean_squared_error>
    """
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, Mapping):
        return loss_of(made("loss", identifier, TABLE))
    if isinstance(identifier, str):
        if identifier.lower() in BY_SHAPE:
            return "crossentropy"
        return _as_function(loss_of(named("loss", identifier, TABLE)))
    if inspect.isclass(identifier) and issubclass(identifier, Loss):
        return identifier()
    name = getattr(identifier, "__name__", "")
    if callable(identifier) and FUNCTIONS.get(name) is identifier:
        return _as_function(TABLE[name]())
    if callable(identifier) and not inspect.isclass(identifier) and can_be_called(identifier, 2):
        return FunctionLoss(identifier)
    advice = " A function must take (y_true, y_pred)."
    raise TypeError(
        f"loss: expected a name ({', '.join(map(repr, sorted(TABLE)))}) or a Loss. Received: {shown(identifier)}."
        f"{advice if callable(identifier) else ''} (Could not interpret loss identifier.)"
    )


def serialize(loss: Any) -> Any:
    """Return the class and arguments of a loss in Keras's form; of a function its name.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(get("MeanSquaredError"))["config"]
    {'name': 'mean_squared_error', 'reduction': 'sum_over_batch_size'}
    >>> serialize(get("mse"))["config"]
    'mean_squared_error'
    """
    if inspect.isroutine(loss) and FUNCTIONS.get(loss.__name__) is loss:
        return written_function(loss)
    found = loss_of(loss)
    if isinstance(found, FunctionLoss):
        return of_ones_own(found.function) if registered_as(found.function) else found.function
    return written(found, "losses", CLASSES) if isinstance(found, Loss) else found


def deserialize(name: Any, custom_objects: Mapping[str, type[Loss]] | None = None) -> Any:
    """Return the loss of what `serialize` (or Keras's) returned, or of a name.

    Parameters
    ----------
    name : str or dict
        A name, or ``{"class_name": …, "config": {…}}``.
    custom_objects : dict of str to class, optional
        A user's own losses by their names.

    Raises
    ------
    ValueError
        If there is no such loss.
    """
    return made_with(get, name, custom_objects)

"""Activation functions, by name or as objects: what a layer does to its weighted sum.

Each file is one activation: its two formulas, its class, and what the trace says of it.
Source: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import shown
from tinynet._serialization import is_function, made, made_with, named, of_function, written
from tinynet.activations.base import ActivationFunction as ActivationFunction
from tinynet.rooms import Classes, Joined, Named, aliases_of, furnish

#: The activations' classes, by their names.
CLASSES = Classes(__name__, ActivationFunction, lambda cls: cls.formulas)
#: An object of each with its default numbers, by Keras's names and aliases.
TABLE = Named(CLASSES, lambda cls: (cls.name, *aliases_of(cls)), lambda cls: cls())
furnish(__name__, ["ActivationFunction", "deserialize", "get", "serialize"], CLASSES, TABLE)

if TYPE_CHECKING:  # what editors are told
    celu: ActivationFunction
    elu: ActivationFunction
    exponential: ActivationFunction
    gelu: ActivationFunction
    hard_shrink: ActivationFunction
    hard_sigmoid: ActivationFunction
    hard_silu: ActivationFunction
    hard_tanh: ActivationFunction
    leaky_relu: ActivationFunction
    linear: ActivationFunction
    log_sigmoid: ActivationFunction
    log_softmax: ActivationFunction
    mish: ActivationFunction
    relu: ActivationFunction
    relu6: ActivationFunction
    selu: ActivationFunction
    sigmoid: ActivationFunction
    silu: ActivationFunction
    soft_shrink: ActivationFunction
    softmax: ActivationFunction
    softplus: ActivationFunction
    softsign: ActivationFunction
    sparse_plus: ActivationFunction
    sparse_sigmoid: ActivationFunction
    squareplus: ActivationFunction
    tanh: ActivationFunction
    tanh_shrink: ActivationFunction


def serialize(function: Any) -> Any:
    """Return what `get` makes the same function of: a name, its class and numbers in Keras's form, or itself.

    A user's own is returned as it is, unless it is registered (see `tinynet.utils.register_keras_serializable`).

    Examples
    --------
    >>> serialize(relu)
    'relu'
    """
    from tinynet.activations.function_activation import FunctionActivation

    own = get(function)
    if isinstance(own, FunctionActivation):
        return of_function(own.function)
    known = TABLE.get(own.name)
    if known is not None and type(known) is type(own) and known.get_config() == own.get_config():
        return own.name
    return written(own, "activations", CLASSES)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> ActivationFunction:
    """Return the function that `serialize` (or Keras's) described; `custom_objects` are a user's own, by name.

    Examples
    --------
    >>> deserialize({"class_name": "ELU", "config": {"alpha": 0.5}}).alpha
    0.5
    """
    function: ActivationFunction = made_with(get, name, custom_objects)
    return function


def get(identifier: Any) -> ActivationFunction:
    """Return the activation function that a name, object or plain function stands for; None is linear.

    A plain function of an array is differentiated by a tape, and trains in the layer loop.

    Examples
    --------
    >>> get("relu")([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    >>> get("relo")
    Traceback (most recent call last):
        ...
    ValueError: Unknown activation function: 'relo'. Did you mean 'relu'? Known: 'celu', ...
    """
    if identifier is None:
        return TABLE["linear"]
    if isinstance(identifier, str):
        return get(named("activation function", identifier, TABLE))
    if isinstance(identifier, Mapping):
        return get(made("activation function", identifier, Joined[Any](TABLE, CLASSES)))
    if isinstance(identifier, ActivationFunction):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, ActivationFunction):
        return identifier()
    if getattr(identifier, "only_activates", False) and not isinstance(identifier, type):
        return identifier.activation  # type: ignore[no-any-return]  # a layer such as ReLU(), as in Keras
    if is_function(identifier):
        from tinynet.activations.function_activation import FunctionActivation

        return FunctionActivation(identifier)
    raise TypeError(
        f"activation: expected a name ({', '.join(map(repr, TABLE))}) or an ActivationFunction. "
        f"Received: {shown(identifier)}. A plain function must take one array, the weighted sums."
    )

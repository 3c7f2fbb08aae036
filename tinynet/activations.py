"""Activation functions, by name or as objects: what a layer does to its weighted sum.

Source: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinynet import config, kernels
from tinynet._names import lookup, missing_from
from tinynet.kernels import _codes as codes

Array = NDArray[Any]

__all__ = ["ActivationFunction", "get", "linear", "relu", "sigmoid", "softmax", "tanh"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


class ActivationFunction:
    """Base class of activation functions: `forward` and `backward` work in place on (rows, columns) arrays.

    Attributes
    ----------
    name : str
        Keras's name.
    code : int or None
        How the compiled loop knows the function; None for a user's own, which trains through the layer loop.

    Examples
    --------
    A user's own activation, z ↦ z/(1 + |z|). Derivatives are written with the output a, so keep it monotonic or
    remember more:

    >>> from tinynet.layers import Dense
    >>> class Softsign(ActivationFunction):
    ...     name = "softsign"
    ...     def forward(self, z):
    ...         z /= 1 + np.abs(z)
    ...     def backward(self, a, da):
    ...         da *= (1 - np.abs(a)) ** 2
    >>> Dense(2, activation=Softsign()).activation.name
    'softsign'
    >>> Softsign()([1.0, -3.0])
    array([ 0.5 , -0.75], dtype=float32)
    """

    name = ""
    code: int | None = None

    def forward(self, z: Array) -> None:
        """Turn the weighted sums `z` (rows, columns) into activations, in place."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, z)` and `backward(self, a, da)`.")

    def backward(self, a: Array, da: Array) -> None:
        """Turn the gradient `da` of the activations `a` into that of the weighted sums, in place."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, z)` and `backward(self, a, da)`.")

    def __call__(self, x: Any) -> Array:
        """Return the activations of `x` as a new array, along the last axis where that matters."""
        given = np.asarray(x)
        dtype = given.dtype if given.dtype in (np.float32, np.float64) and isinstance(x, np.ndarray) else None
        a = np.array(given, dtype or config.floatx(), order="C")
        self.forward(a.reshape(-1, a.shape[-1] if a.ndim else 1))
        return a

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


class _Builtin(ActivationFunction):
    code: int

    def __init__(self, name: str, code: int) -> None:
        self.name, self.code = name, code

    def forward(self, z: Array) -> None:
        if self.code != codes.LINEAR:
            kernels.activation_forward(self.code, z.reshape(-1), z.shape[-1])

    def backward(self, a: Array, da: Array) -> None:
        if self.code != codes.LINEAR:
            kernels.activation_backward(self.code, a.reshape(-1), da.reshape(-1), a.shape[-1])

    def __reduce__(self) -> Any:
        return get, (self.name,)


linear = _Builtin("linear", codes.LINEAR)
relu = _Builtin("relu", codes.RELU)
sigmoid = _Builtin("sigmoid", codes.SIGMOID)
softmax = _Builtin("softmax", codes.SOFTMAX)
tanh = _Builtin("tanh", codes.TANH)

_TABLE: dict[str, ActivationFunction] = {a.name: a for a in (linear, relu, sigmoid, softmax, tanh)}


def serialize(function: ActivationFunction) -> str | ActivationFunction:
    """Return the name by which `get` finds a function, or a user's own function itself.

    Examples
    --------
    >>> serialize(relu)
    'relu'
    """
    return function.name if isinstance(function, _Builtin) else function


def get(identifier: str | ActivationFunction | None) -> ActivationFunction:
    """Return the activation function that a name or object stands for; None is linear.

    Examples
    --------
    >>> get("relu")([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    >>> get("relo")
    Traceback (most recent call last):
        ...
    ValueError: Unknown activation function: 'relo'. Did you mean 'relu'? Known: 'linear', ...
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return lookup("activation function", identifier, _TABLE)
    if isinstance(identifier, ActivationFunction):
        return identifier
    raise TypeError(
        f"activation: expected a name ({', '.join(map(repr, _TABLE))}) or an ActivationFunction. "
        f"Received: {identifier!r}. A plain function has no derivative to train with: subclass "
        "tinynet.activations.ActivationFunction and give it `forward` and `backward`."
    )

"""From an estimator's arguments to the tinynet model that it trains."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tinynet import activations, losses, optimizers
from tinynet._types import Array
from tinynet.layers import Dense, Dropout, Input
from tinynet.losses import Loss
from tinynet.models import Sequential
from tinynet.optimizers import SGD, Adam, Optimizer
from tinynet.sklearn.losses import (
    BinaryLogLoss,
    Exponential,
    HalfPoissonDeviance,
    HalfSquaredError,
    LogLoss,
    SharedL2,
)

#: scikit-learn's names of activations, and tinynet's.
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
#: The same for the last layer.
OUTPUTS = {**ACTIVATIONS, "softmax": "softmax", "exp": Exponential()}


def hidden_units(estimator: Any) -> list[int]:
    """Return the sizes of the hidden layers, or raise a ValueError."""
    sizes = estimator.hidden_layer_sizes
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if not all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be whole numbers, got {estimator.hidden_layer_sizes!r}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return [int(size) for size in sizes]


def per_layer(estimator: Any, name: str, count: int) -> list[Any]:
    """Return an argument that may be one for all hidden layers, or one for each of them."""
    given = getattr(estimator, name)
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise ValueError(
            f"{type(estimator).__name__}: `{name}` must be one for all hidden layers or one for each of the {count}. "
            f"Received: {len(given)}, {given!r}"
        )
    return list(given)


def hidden_activations(estimator: Any, count: int) -> list[Any]:
    """Return the hidden layers' activations, as tinynet has them."""
    found = []
    for given in per_layer(estimator, "activation", count):
        known = given if not isinstance(given, str) else ACTIVATIONS.get(given, given)
        found.append(copy.deepcopy(activations.get(known)))
    return found


def loss_of(estimator: Any, output: str, dtype: Any) -> Loss:
    """Return the loss of outputs with an activation (scikit-learn's name for it)."""
    whole = {"reduction": "mean_with_sample_weight", "dtype": np.dtype(dtype).name}
    if estimator.loss == "log_loss":
        return LogLoss(**whole) if output == "softmax" else BinaryLogLoss(**whole)
    own: dict[Any, type[Loss]] = {"squared_error": HalfSquaredError, "poisson": HalfPoissonDeviance}
    if isinstance(estimator.loss, str) and estimator.loss in own:
        return own[estimator.loss](**whole)
    found = losses.loss_of(estimator.loss)
    name = type(estimator).__name__
    if not isinstance(found, Loss):
        raise ValueError(f"{name}: `loss` must say which loss. Received: loss={estimator.loss!r}")
    if found.from_logits:
        raise ValueError(
            f"{name}: the outputs are probabilities, so the loss must not take them for logits. Leave from_logits out."
        )
    if found.targets == "classes" and output != "softmax":
        raise ValueError(
            f"{name}: loss '{found.name}' is for three classes and more, which have an output each. "
            "Use loss='log_loss', or 'binary_crossentropy'."
        )
    return found


def optimizer_of(estimator: Any) -> Optimizer:
    """Return a fresh optimizer, as `solver` says."""
    solver, rate = estimator.solver, estimator.learning_rate_init
    if isinstance(solver, str) and solver == "adam":
        return Adam(rate, estimator.beta_1, estimator.beta_2, estimator.epsilon)
    if isinstance(solver, str) and solver == "sgd":
        return SGD(rate, estimator.momentum, estimator.nesterovs_momentum)
    found = optimizers.get(solver)
    if not isinstance(found, Optimizer):
        raise ValueError(f"{type(estimator).__name__}: `solver` must be 'adam', 'sgd' or an optimizer. Received: None")
    if isinstance(solver, Optimizer):  # the estimator's own stays as it is
        return type(found).from_config(found.get_config())
    found.learning_rate = rate
    return found


def build(estimator: Any, coefs: Sequence[Array], intercepts: Sequence[Array], output: str) -> Sequential:
    """Return the model that starts from these weights.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Its arguments say the rest.
    coefs, intercepts : list of ndarray
        Kernels (inputs, units) and biases (units,) of all layers, the last one's being the output's.
    output : {"identity", "logistic", "softmax", "exp"}
        The output's activation.
    """
    dtype, hidden = coefs[0].dtype.name, len(coefs) - 1
    penalty = SharedL2(float(estimator.alpha))
    rates = per_layer(estimator, "dropout", hidden)
    functions = [*hidden_activations(estimator, hidden), OUTPUTS[output]]
    layers: list[Any] = [Input((coefs[0].shape[0],))]
    for i, (kernel, function) in enumerate(zip(coefs, functions, strict=True)):
        name = f"hidden_{i + 1}" if i < hidden else "output"
        options: dict[str, Any] = {
            "kernel_initializer": "zeros",
            "kernel_regularizer": penalty,
            "dtype": dtype,
            "name": name,
        }
        layers.append(Dense(kernel.shape[1], function, **options))
        if i < hidden and rates[i]:
            seed = int(estimator._random_state.randint(2**31))
            layers.append(Dropout(rates[i], seed=seed, name=f"dropout_{i + 1}"))
    model = Sequential(layers, name=type(estimator).__name__)
    model.set_weights([w for pair in zip(coefs, intercepts, strict=True) for w in pair])
    model.compile(optimizer_of(estimator), loss_of(estimator, output, dtype), metrics=list(estimator.metrics or ()))
    return model


def weights_of(model: Sequential) -> list[Array]:
    """Return the kernel and the bias of each layer that has them, as views: what is written there counts."""
    return [p.value for layer in model.layers if isinstance(layer, Dense) for p in layer.parameters]


def first_weights(estimator: Any, units: Sequence[int], dtype: Any) -> tuple[list[Array], list[Array]]:
    """Return new kernels and biases: uniform, of Glorot's and Bengio's bound, drawn as scikit-learn draws them.

    The bound is √(6/(inputs + units)), of sigmoids √(2/…): Glorot and Bengio, "Understanding the difficulty of training
    deep feedforward neural networks", 2010.
    """
    coefs, intercepts = [], []
    activation = estimator.activation
    factor = 2.0 if isinstance(activation, str) and activation == "logistic" else 6.0
    for inputs, outputs in pairwise(units):
        bound = np.sqrt(factor / (inputs + outputs))
        coefs.append(estimator._random_state.uniform(-bound, bound, (inputs, outputs)).astype(dtype, copy=False))
        intercepts.append(estimator._random_state.uniform(-bound, bound, outputs).astype(dtype, copy=False))
    return coefs, intercepts

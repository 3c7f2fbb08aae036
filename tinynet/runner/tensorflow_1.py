"""TensorFlow 1's optimizers and losses, as programs give them to `compile` or compute with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import losses
from tinynet.optimizers import SGD, Adadelta, Adagrad, Adam, RMSprop
from tinynet.runner.operations import computing
from tinynet.runner.tensors import is_followed, tensor
from tinynet.variables import in_place_of


def adam(
    learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, **options: Any
) -> Adam:
    """Return `Adam` with the defaults of TensorFlow 1."""
    return Adam(learning_rate, beta1, beta2, epsilon)


def rmsprop(
    learning_rate: float, decay: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-10, **options: Any
) -> RMSprop:
    """Return `RMSprop` with the defaults of TensorFlow 1, which called ρ `decay`."""
    return RMSprop(
        learning_rate, rho=decay, momentum=momentum, epsilon=epsilon, centered=options.get("centered", False)
    )


def momentum(learning_rate: float, momentum: float, use_locking: bool = False, **options: Any) -> SGD:
    """Return `SGD` with momentum."""
    return SGD(learning_rate, momentum=momentum, nesterov=options.get("use_nesterov", False))


def adagrad(learning_rate: float, initial_accumulator_value: float = 0.1, **options: Any) -> Adagrad:
    """Return `Adagrad` with the defaults of TensorFlow 1."""
    return Adagrad(learning_rate, initial_accumulator_value=initial_accumulator_value)


def adadelta(learning_rate: float = 0.001, rho: float = 0.95, epsilon: float = 1e-8, **options: Any) -> Adadelta:
    """Return `Adadelta` with the defaults of TensorFlow 1."""
    return Adadelta(learning_rate, rho=rho, epsilon=epsilon)


# ---- losses, row by row ---------------------------------------------------------------------------------------------


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, **options: Any) -> Any:
    """Return the categorical cross-entropy of every row of scores."""
    return tensor(losses.FUNCTIONS["categorical_crossentropy"](labels, logits, from_logits=True))


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, **options: Any) -> Any:
    """Return the cross-entropy of every row of scores, for class numbers."""
    return tensor(losses.FUNCTIONS["sparse_categorical_crossentropy"](labels, logits, from_logits=True))


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, **options: Any) -> Any:
    """Return the binary cross-entropy of every single score."""
    given = map(in_place_of, (labels, logits))
    pair = ((each if is_followed(each) else np.asarray(each, "float64"))[..., None] for each in given)
    return tensor(losses.FUNCTIONS["binary_crossentropy"](*pair, from_logits=True))


l2_loss = computing(lambda t: np.sum(np.square(t)) / 2, "l2_loss")

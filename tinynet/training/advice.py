"""Advice before training: what runs, but is hardly meant."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

from tinynet import metrics
from tinynet._types import Array
from tinynet.data import Features
from tinynet.layers import Activation, Dense
from tinynet.losses import Loss
from tinynet.losses.crossentropy import Crossentropy
from tinynet.metrics.base import LossMetric
from tinynet.network import Network

#: Samples with larger numbers than this are better scaled.
LARGE = 10.0

_ACCURACIES = (metrics.BinaryAccuracy, metrics.CategoricalAccuracy, metrics.SparseCategoricalAccuracy)


def advise(network: Network, targets: Array) -> None:
    """Warn of what runs, but is hardly meant."""
    last, loss = network.last, network.loss
    if last is None:
        return
    counting = [metric.name for metric in network.all_metrics if isinstance(metric, _ACCURACIES)]
    if counting and loss is not None and loss.targets == "values" and (targets[:1000] % 1 != 0).any():
        _warn(last, f"{counting[0]} counts hits, and quantities are never hit exactly. Use metrics=['mae'].")
    if not isinstance(last, (Dense, Activation)) or not network.output_shape:
        return
    activation, columns = last.activation.name, network.output_shape[-1]
    crossentropy = isinstance(loss, Crossentropy)
    from_logits = crossentropy and bool(getattr(loss, "from_logits", False))
    if activation == "softmax" and columns == 1:
        _warn(last, "softmax over one unit is always 1, so nothing can be learnt. Use activation='sigmoid'.")
    elif isinstance(loss, Crossentropy) and loss.targets in ("distribution", "classes") and columns == 1:
        _warn(
            last,
            f"{loss.name} needs a unit per class, and there is 1. Use binary_crossentropy for two classes.",
        )
    elif from_logits and activation in ("sigmoid", "softmax"):
        _warn(
            last,
            f"the loss expects logits (from_logits=True), but the layer applies {activation}. Remove one.",
        )
    elif crossentropy and not from_logits and activation in ("linear", "relu", "tanh"):
        _warn(last, _not_probabilities(loss, activation))


def advise_of_logits(loss: Any, given: Sequence[metrics.Metric]) -> None:
    """Warn, when a model is compiled, of a metric that takes for probabilities what the loss takes for logits."""
    if not getattr(loss, "from_logits", False):
        return
    from tinynet.metrics.confusion import AtThresholds

    for metric in given:
        takes = ""
        if isinstance(metric, metrics.BinaryAccuracy) and metric.threshold == 0.5:
            takes, fix = "compares the predictions with 0.5", "BinaryAccuracy(threshold=0)"
        elif isinstance(metric, metrics.AUC) and not metric.from_logits:
            takes, fix = "takes the predictions for probabilities", "AUC(from_logits=True)"
        elif isinstance(metric, AtThresholds) and metric.thresholds == [0.5]:
            takes, fix = "compares the predictions with 0.5", f"{type(metric).__name__}(thresholds=0)"
        elif isinstance(metric, LossMetric) and isinstance(metric.loss, Crossentropy) and not metric.loss.from_logits:
            takes, fix = "takes the predictions for probabilities", f"{type(metric).__name__}(from_logits=True)"
        if takes:
            _say(
                f"Metric '{metric.name}' {takes}, but the loss takes them for logits (from_logits=True). Use {fix}. "
                "(metrics=['accuracy'] and ['crossentropy'] go by the loss.)"
            )
            return


def warn_of_loss(loss: float, epoch: int, samples: Features | None, optimizer: Any) -> None:
    """Warn that the loss is no number any more, and say what may be at fault; the epoch counts from 0."""
    found, largest = (None, 0.0) if samples is None else (samples.odd_number(), samples.largest())
    rate = float(optimizer.learning_rate)
    if found:
        fix = f"{found}: fill or scale them, or drop these samples."
    elif largest > LARGE:
        fix = f"Scale the samples to about 1, for example (x - mean) / deviation; then lower the rate to {rate / 10:g}."
    else:
        fix = f"Lower the learning rate, to {rate / 10:g} for a start, or scale the targets to about 1."
    size = "" if samples is None else f"The largest |x| is {largest:.3g}, the learning rate {rate:g}. "
    _say(
        f"The loss became {loss} in epoch {epoch + 1}: from there on nothing is learnt. {size}{fix} The callback "
        "TerminateOnNaN() stops there."
    )


def _not_probabilities(loss: Loss | None, activation: str) -> str:
    assert loss is not None
    wanted = loss.fuses or ("sigmoid" if loss.targets == "probabilities" else "softmax")
    return (
        f"{loss.name} expects probabilities, but the last activation is {activation}. Use activation='{wanted}', or a "
        "loss with from_logits=True."
    )


def _warn(layer: Any, text: str) -> None:
    _say(f"Layer '{layer.name}': {text}")


def _say(text: str) -> None:
    """Warn the line of the user's that called into tinynet."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("tinynet."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, UserWarning, stacklevel=level)

"""What `compile` is given: resolved and checked as far as it can be without data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tinynet import losses, optimizers
from tinynet import metrics as metrics_
from tinynet._arguments import flag, shown
from tinynet.callbacks import HistoryDict
from tinynet.memory import Parameter
from tinynet.metrics import Metric
from tinynet.metrics.base import LossMetric, reported_names
from tinynet.training.advice import advise_of_logits


@dataclass(frozen=True)
class TrainingSetup:
    """How a model is trained. A loss whose kind depends on the targets' shape is still a string."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss | str | None
    metrics: tuple[Metric, ...]
    weighted_metrics: tuple[Metric, ...]
    compiled: bool
    sparse: bool

    @classmethod
    def of(cls, optimizer: Any, loss: Any, metrics: Any, weighted_metrics: Any, compiled: bool, sparse: bool) -> Self:
        """Resolve names, or raise for an unknown one."""
        found = losses.get(_of_one_output(loss))
        check_usable(found)
        setup = cls(
            _optimizer(optimizer),
            found,
            _resolved("metrics", metrics),
            _resolved("weighted_metrics", weighted_metrics),
            flag("compile", "compiled", compiled),
            flag("compile", "sparse", sparse),
        )
        advise_of_logits(setup.loss, (*setup.metrics, *setup.weighted_metrics))
        return setup

    def check_trains(self, parameters: Sequence[Parameter]) -> None:
        """Raise a ValueError or TypeError unless the optimizer and the loss can train these parameters."""
        self.optimizer.check_own(parameters)
        if isinstance(self.loss, losses.Loss):
            self.loss.check_trainable()

    @property
    def names(self) -> list[str]:
        """The names of what is reported, in its order."""
        return ["loss", *reported_names(_names(self.metrics), _names(self.weighted_metrics))]

    def direction(self, name: str) -> str | None:
        """Return ``"up"`` if more of what is reported under a name is better, ``"down"`` if less; None if unknown."""
        directions = (metric._direction for metric in (*self.metrics, *self.weighted_metrics))
        known: dict[str, str | None] = HistoryDict(zip(self.names, ("down", *directions), strict=True))
        return known.get(name)


def check_usable(loss: losses.Loss | str | None) -> None:
    """Raise a ValueError for a loss that the loops cannot use."""
    if isinstance(loss, losses.Loss) and (reason := loss.why_not_in_loops()):
        raise ValueError(f"Loss '{loss.name}' can be called by hand, but no model trained with it. {reason}.")


def _names(given: Sequence[Metric]) -> list[str]:
    return [metric.name for metric in given]


def _optimizer(identifier: Any) -> optimizers.Optimizer:
    found = optimizers.get(identifier)
    if found is None:
        raise TypeError("optimizer: expected a name or an Optimizer. Received: None")
    return found


def _of_one_output(loss: Any) -> Any:
    """Return the loss out of Keras's forms for models of several outputs: a list, and a dict by the outputs' names."""
    if not isinstance(loss, (list, tuple, dict)) or (isinstance(loss, dict) and "class_name" in loss):
        return loss
    entries = list(loss.values() if isinstance(loss, dict) else loss)
    if len(entries) != 1:
        raise ValueError(f"loss: expected one, since a Sequential has one output. Received: {shown(loss)}")
    return entries[0]


def _flat(metrics: Any) -> Iterator[Any]:
    """Yield the metrics in Keras's forms for several outputs: lists of lists, and dicts by the outputs' names."""
    for metric in metrics.values() if isinstance(metrics, dict) else metrics:
        if isinstance(metric, (list, tuple)):
            yield from _flat(metric)
        else:
            yield metric


def _resolved(what: str, given: Any) -> tuple[Metric, ...]:
    if given is None:
        return ()
    if not isinstance(given, (list, tuple, dict)):
        raise ValueError(f"{what}: expected a list, such as {what}=['accuracy']. Received: {shown(given)}")
    found = tuple(metrics_.get(m) for m in _flat(given))
    if None in found:
        raise ValueError(f"{what}: expected metrics, received None. Leave it out: {what}=['accuracy'].")
    for metric in found:
        if isinstance(metric, LossMetric) and (reason := metric.loss.why_not_in_loops()):
            raise ValueError(f"Metric '{metric.name}' can be called by hand, but is no metric of a model. {reason}.")
    if "loss" in _names(found):
        raise ValueError(f"{what}: 'loss' is the name of the loss itself. Give the metric another: name=...")
    return found

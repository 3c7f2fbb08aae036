"""What `compile` is given: resolved and checked as far as it can be without data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple, Self

import numpy as np

from tinynet import losses, optimizers
from tinynet import metrics as metrics_
from tinynet._arguments import flag, shown
from tinynet._kinds import is_number
from tinynet.callbacks import HistoryDict
from tinynet.losses.weighted import Weighted
from tinynet.memory import Parameter
from tinynet.metrics import Metric
from tinynet.metrics.base import LossMetric, reported_names
from tinynet.metrics.mean_metric_wrapper import FunctionMetric
from tinynet.training.advice import advise_of_logits


class HeadSetup(NamedTuple):
    """How one of several outputs is trained: its name, what its loss counts, its own setup, and its number."""

    name: str
    weight: float
    own: TrainingSetup
    output: int


class TrainingSetup(NamedTuple):
    """How a model is trained. A loss whose kind depends on the targets' shape is still a string."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss | str | None
    metrics: tuple[Metric, ...]
    weighted_metrics: tuple[Metric, ...]
    compiled: bool
    sparse: bool
    #: Loss and metrics as they were given, which is how they are written down.
    given: Mapping[str, Any]
    #: Those of several outputs that have a loss.
    heads: tuple[HeadSetup, ...] = ()

    @classmethod
    def of(
        cls,
        optimizer: Any,
        loss: Any,
        metrics: Any,
        weighted_metrics: Any,
        compiled: bool,
        sparse: bool,
        loss_weights: Any = None,
    ) -> Self:
        """Resolve names, or raise for an unknown one."""
        found = losses.loss_of(_of_one_output(loss))
        check_usable(found)
        weight = _weight_of_one(loss_weights)
        if weight != 1.0:
            if not isinstance(found, losses.Loss):
                raise ValueError(f"loss_weights: expected a loss to be weighted. Received: loss={shown(loss)}")
            found = Weighted(found, weight)
        setup = cls(
            _optimizer(optimizer),
            found,
            _resolved("metrics", metrics),
            _resolved("weighted_metrics", weighted_metrics),
            flag("compile", "compiled", compiled),
            flag("compile", "sparse", sparse),
            {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics},
        )
        advise_of_logits(setup.loss, (*setup.metrics, *setup.weighted_metrics))
        return setup

    @classmethod
    def of_outputs(
        cls,
        names: Sequence[str],
        optimizer: Any,
        loss_weights: Any,
        compiled: bool,
        sparse: bool,
        given: Mapping[str, Any],
    ) -> Self:
        """Resolve what is given for several outputs, or raise for an unknown name."""
        found = _optimizer(optimizer)
        each = {what: by_output(names, what, value) for what, value in given.items()}
        weights = by_output(names, "loss_weights", loss_weights)
        heads = []
        for number, (name, weight, loss, *others) in enumerate(zip(names, weights, *each.values(), strict=True)):
            metrics, weighted = ([m] if isinstance(m, str) or callable(m) else m for m in others)
            if loss is None:
                if any(each[what][number] and not _same(each[what]) for what in each if what != "loss"):
                    raise ValueError(f"metrics: output '{name}' has no loss, and so no targets to compare it with.")
                continue
            own = cls.of(found, loss, metrics, weighted, compiled, sparse)
            if not isinstance(own.loss, losses.Loss):
                raise ValueError(f"loss: output '{name}' needs a loss of its own. Received: {shown(loss)}")
            heads.append(HeadSetup(name, _weight_of_one(weight, f" of output '{name}'"), own, number))
        if not heads:
            raise ValueError(f"No loss to compute: give one of the outputs {[*names]} a loss when compiling.")
        return cls(
            found, heads[0].own.loss, (), (), compiled, sparse, {**given, "loss_weights": loss_weights}, tuple(heads)
        )

    def get_config(self) -> dict[str, Any]:
        """Return what `compile` makes the same setup of, in Keras's form; a user's own parts are as they are."""
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": _written(self.given["loss"], losses.serialize),
            "loss_weights": self.given.get("loss_weights"),
            "metrics": _written(self.given["metrics"], _written_metric),
            "weighted_metrics": _written(self.given["weighted_metrics"], _written_metric),
            "run_eagerly": not self.compiled,
            "steps_per_execution": 1,
            "jit_compile": self.compiled,
        }

    def check_trains(self, parameters: Sequence[Parameter]) -> None:
        """Raise a ValueError or TypeError unless the optimizer and the loss can train these parameters."""
        self.optimizer.check_own(parameters)
        if isinstance(self.loss, losses.Loss):
            self.loss.check_trainable()

    @property
    def names(self) -> list[str]:
        """The names of what is reported, in its order; of several outputs metrics come by the alphabet, as in Keras."""
        if self.heads:
            parts = [f"{head.name}_loss" for head in self.heads] if len(self.heads) > 1 else []  # one alone is the sum
            of_heads = [f"{head.name}_{name}" for head in self.heads for name in head.own.names if name != "loss"]
            return ["loss", *parts, *sorted(of_heads)]
        return ["loss", *reported_names(_names(self.metrics), _names(self.weighted_metrics))]

    def direction(self, name: str) -> str | None:
        """Return ``"up"`` if more of what is reported under a name is better, ``"down"`` if less; None if unknown."""
        for head in self.heads:
            if name.startswith(f"{head.name}_") and name.removeprefix(f"{head.name}_") in head.own.names:
                return head.own.direction(name.removeprefix(f"{head.name}_"))
        if self.heads:
            return "down" if name == "loss" else None
        directions = (metric._direction for metric in (*self.metrics, *self.weighted_metrics))
        known: dict[str, str | None] = HistoryDict(zip(self.names, ("down", *directions), strict=True))
        return known.get(name)


def _weight_of_one(given: Any, whose: str = "") -> float:
    """Return what the loss of an output is multiplied by: a number; of a single output, alone or in a list or dict."""
    if not whose and isinstance(given, (list, tuple, Mapping)) and len(given) == 1:
        (given,) = given.values() if isinstance(given, Mapping) else given
    if given is None:
        return 1.0
    if isinstance(given, bool) or not is_number(given) or not np.isfinite(given):
        said = f"loss_weights{whose}: expected a finite number, or nothing."
        if not whose:
            said = "loss_weights are for models of several outputs; one output has one, a number, and may be left out."
        raise ValueError(f"{said} Received: loss_weights={shown(given)}")
    return float(given)


def by_output(names: Sequence[str], what: str, given: Any) -> list[Any]:
    """Return what is given for each of several outputs: by its name, by its place, or one for all."""
    if isinstance(given, np.ndarray):
        raise TypeError(f"{what}: expected a list or a dict by the outputs' names, no array. Received: {shown(given)}")
    if isinstance(given, Mapping) and "class_name" not in given:
        if unknown := [name for name in given if name not in names]:
            raise ValueError(f"{what}: the model's outputs are {[*names]}. Received: {shown(unknown)}")
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)) and len(given) == len(names):
        return [*given]
    if isinstance(given, (list, tuple)) and what in ("loss", "loss_weights"):
        raise ValueError(f"{what}: expected {len(names)}, one for each of {[*names]}. Received: {shown(given)}")
    return [given] * len(names)


def _same(given: Sequence[Any]) -> bool:
    """Return whether one thing was given for all outputs."""
    return all(one is given[0] for one in given)


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
    while len(entries) == 1 and isinstance(entries[0], (list, tuple)) and len(entries[0]) == 1:
        entries = [*entries[0]]
    if len(entries) != 1:
        raise ValueError(f"loss: expected one, since the model has one output. Received: {shown(loss)}")
    return entries[0]


def _flat(metrics: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the metrics in Keras's forms for several outputs: lists of lists, and dicts by the outputs' names."""
    for metric in metrics.values() if isinstance(metrics, dict) else metrics:
        if isinstance(metric, (list, tuple)) and depth < 20:
            yield from _flat(metric, depth + 1)
        else:
            yield metric


def _resolved(what: str, given: Any) -> tuple[Metric, ...]:
    if given is None:
        return ()
    if isinstance(given, (str, Metric)) or callable(given):
        given = [given]
    if not isinstance(given, (list, tuple, dict)):
        raise ValueError(f"{what}: expected a list, such as {what}=['accuracy']. Received: {shown(given)}")
    found = tuple(metrics_.reported(m) for m in _flat(given))
    if None in found:
        raise ValueError(f"{what}: expected metrics, received None. Leave it out: {what}=['accuracy'].")
    for metric in found:
        if isinstance(metric, LossMetric) and (reason := metric.loss.why_not_in_loops()):
            raise ValueError(f"Metric '{metric.name}' can be called by hand, but is no metric of a model. {reason}.")
        if [*signature(metric.update_state).parameters][:2] == ["values", "sample_weight"]:  # `Mean` and `Sum`
            raise ValueError(
                f"Metric '{metric.name}' is computed of values that are given by hand, and is no metric of a model. "
                "Give a function of (y_true, y_pred), whose mean is taken, or a class with `update_state` of its own."
            )
    if "loss" in _names(found):
        raise ValueError(f"{what}: 'loss' is the name of the loss itself. Give the metric another: name=...")
    return found


def _written(given: Any, write: Callable[[Any], Any]) -> Any:
    """Return a loss or metrics as they were given, names as names, and parts as `write` writes them."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, (list, tuple)):
        return [_written(each, write) for each in given]
    if isinstance(given, Mapping) and "class_name" not in given:
        return {name: _written(each, write) for name, each in given.items()}
    return write(given)


def _written_metric(given: Any) -> Any:
    metric = metrics_.get(given)
    return metric.function if isinstance(metric, FunctionMetric) else metrics_.serialize(metric)

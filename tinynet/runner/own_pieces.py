"""What the steps of training are made of, for classes that define some of them anew; see `tinynet.runner.own_loop`.

Source: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet._signatures import takes
from tinynet.layers.symbolic import leaves
from tinynet.losses import Loss
from tinynet.losses.function_loss import FunctionLoss
from tinynet.metrics import Mean, Metric
from tinynet.metrics.kinds import BY_SHAPE, loss_by_shape
from tinynet.runner.gradient_tape import GradientTape
from tinynet.runner.watched import plain


class _Noted(Mean):
    """The mean of a loss that is compiled."""


class _Losses:
    """The losses that `compile` was given, and the mean that is reported."""

    def __init__(self, setup: Any) -> None:
        self.setup, self.tracker = setup, _Noted(name="loss")
        #: The means of several outputs' losses.
        self.of_heads = [_Noted(name=f"{head.name}_loss") for head in setup.heads if len(setup.heads) > 1]

    @property
    def metrics(self) -> list[Metric]:
        """The means of the loss, and of its parts."""
        return [self.tracker, *self.of_heads]

    def __call__(self, y: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Any = None) -> Any:
        """Return the loss of a batch, and note it."""
        found = self.of(y, y_pred, sample_weight)
        for penalty in regularization_losses or ():
            found = found + penalty
        self.note(found, y_pred)
        return found

    def note(self, loss: Any, y_pred: Any) -> None:
        """Take a batch's loss into the mean."""
        self.tracker.update_state(float(plain(loss)), len(leaves(y_pred)[0]))

    def of(self, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the sum of the losses of a batch's outputs."""
        if self.setup.heads:
            total: Any = 0.0
            for number, head in enumerate(self.setup.heads):
                pair = _of_one_rank(head.own.loss, *_of_head(head, y, y_pred))
                found = head.own.loss(*pair, _weight_of(head, sample_weight))
                if self.of_heads:
                    self.of_heads[number].update_state(float(plain(found)), len(pair[1]))
                total = total + found * head.weight
            return total
        loss = self.setup.loss
        if loss is None:
            raise ValueError("No loss to compute. Give one when compiling: model.compile(loss='mse').")
        if not isinstance(loss, Loss):
            loss = loss_by_shape(np.shape(plain(y_pred))[1:], np.shape(plain(y))[1:])
        return loss(*_of_one_rank(loss, _alone(y), _alone(y_pred)), _alone(sample_weight))


class _Metrics:
    """The metrics that `compile` was given."""

    def __init__(self, setup: Any) -> None:
        self.setup = setup
        self._of = [(head, _named(head.own, f"{head.name}_")) for head in setup.heads] or [(None, _named(setup))]
        self.metrics = [metric for _, metrics in self._of for metric, _ in metrics]

    def update_state(self, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        for head, metrics in self._of:
            of_y, of_p = (_alone(y), _alone(y_pred)) if head is None else _of_head(head, y, y_pred)
            weight = _alone(sample_weight) if head is None else _weight_of(head, sample_weight)
            for metric, is_weighted in metrics:
                setup = self.setup if head is None else head.own
                self._update(metric, setup, of_y, of_p, weight if is_weighted else None)

    def _update(self, metric: Any, setup: Any, y: Any, y_pred: Any, sample_weight: Any) -> None:
        y, p = np.asarray(plain(y)), np.asarray(plain(y_pred))
        weight = plain(sample_weight)
        if type(metric) in BY_SHAPE.values():
            metric = metric.of_shape(p.shape[1:], y.shape[1:], bool(getattr(setup.loss, "from_logits", False)))
        elif y.ndim == p.ndim - 1 and p.shape[-1] == 1:
            y = y.reshape(p.shape)
        metric.update_state(y, p, *([] if weight is None else [weight]))


class _Pieces:
    """Losses and metrics of a model as it was compiled."""

    def __init__(self, setup: Any) -> None:
        self.setup, self.loss, self.metrics = setup, _Losses(setup), _Metrics(setup)


def _of_one_rank(loss: Any, y: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return targets and predictions; of one output a column for targets of one axis, as in Keras."""
    by_value = isinstance(loss, FunctionLoss) or loss.targets == "values"
    if by_value and np.ndim(plain(y)) == 1 and np.shape(plain(y_pred))[1:] == (1,):
        y = np.reshape(y, (-1, 1))
    return y, y_pred


def _named(setup: Any, before: str = "") -> list[tuple[Metric, bool]]:
    """Return metrics under the names that they are reported by, and whether each is weighted.

    One that is called otherwise by itself, as that of one of several outputs is, is copied.
    """
    given = [(metric, False) for metric in setup.metrics] + [(metric, True) for metric in setup.weighted_metrics]
    found = []
    for (metric, is_weighted), name in zip(given, setup.names[1:], strict=True):
        if metric.name != before + name:
            metric = copy.deepcopy(metric)
            metric.name = before + name
        found.append((metric, is_weighted))
    return found


def _of_head(head: Any, *given: Any) -> tuple[Any, ...]:
    """Return what is of one output, out of dicts by its name, out of lists by its place."""
    return tuple(each[head.name] if isinstance(each, Mapping) else leaves(each)[head.output] for each in given)


def _weight_of(head: Any, sample_weight: Any) -> Any:
    """Return the weights of one output's samples: its own, or those of all outputs."""
    if isinstance(sample_weight, Mapping):
        return sample_weight.get(head.name)
    return sample_weight[head.output] if isinstance(sample_weight, (list, tuple)) else sample_weight


def _alone(value: Any) -> Any:
    return value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value


def pieces_of(model: Any) -> _Pieces:
    """Return the losses and metrics that a model was compiled with, the same until it is compiled anew."""
    setup, found = model.require_compiled(), vars(model).get("_pieces")
    if found is None or found.setup is not setup:
        found = vars(model)["_pieces"] = _Pieces(setup)
    return found  # type: ignore[no-any-return]


def metrics_of(model: Any, compiled: Sequence[Metric]) -> list[Metric]:
    """Return the means of the loss, what `compile` was given, and the metrics that the model and its layers have."""
    own = [*dict.fromkeys(metric for owner in (model, *model.layers) for metric in _attributes(owner))]
    if model.setup is None:
        return [*compiled, *own]
    pieces = pieces_of(model)
    has_loss = not any(metric.name == "loss" for metric in own)
    return [*(pieces.loss.metrics if has_loss else []), *pieces.metrics.metrics, *own]


def _attributes(owner: Any) -> Iterator[Metric]:
    """Yield the metrics that a user has made attributes of a model or a layer, also in lists and dicts."""
    for name, value in vars(owner).items():
        inside = type(value) in (list, dict) and name != "kept" and not name.startswith("_")
        yield from (each for each in (leaves(value, 3) if inside else [value]) if isinstance(each, Metric))


def results_of(metrics: Sequence[Metric]) -> dict[str, Any]:
    """Return what metrics have collected, by name."""
    found: dict[str, Any] = {}
    for metric in metrics:
        if isinstance(metric, _Noted) and not float(metric.count):  # the class's steps report another loss
            continue
        result = metric.result()
        found |= result if isinstance(result, Mapping) else {metric.name: result}
    return found


# ---- the steps as they are ------------------------------------------------------------------------------------------


def _unpacked(batch: Any) -> tuple[Any, Any, Any]:
    parts = batch if isinstance(batch, (list, tuple)) else (batch,)
    return (*parts, None, None)[:3]


def _loss(model: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
    """Return what the class's `compute_loss` makes of a batch; older ones do not ask whether it is for training."""
    told = {"training": training} if takes(model.compute_loss, "training") else {}
    return model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **told)


def train_step(model: Any, batch: Any) -> dict[str, Any]:
    """Forward, loss, back along the tape, update."""
    x, y, weight = _unpacked(batch)
    with GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = _loss(model, x, y, y_pred, weight, training=True)
    pieces_of(model).loss.note(loss, y_pred)
    weights = model.trainable_weights
    model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return model.compute_metrics(x, y, y_pred, sample_weight=weight)  # type: ignore[no-any-return]


def test_step(model: Any, batch: Any) -> dict[str, Any]:
    """Forward and loss."""
    x, y, weight = _unpacked(batch)
    y_pred = model(x, training=False)
    pieces_of(model).loss.note(_loss(model, x, y, y_pred, weight, training=False), y_pred)
    return model.compute_metrics(x, y, y_pred, sample_weight=weight)  # type: ignore[no-any-return]


def predict_step(model: Any, batch: Any) -> Any:
    """Forward."""
    return model(_unpacked(batch)[0], training=False)


def compute_loss(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    """Return the loss that `compile` was given, and the layers' penalties."""
    if penalised := [layer.name for layer in model.stack if layer.activity_regularizer is not None]:
        raise ValueError(
            f"Model '{model.name}' defines steps of its own, in which the activity_regularizer of {penalised} would "
            "not count. Add the penalty in compute_loss, and leave the regularizer out."
        )
    found = 0.0 if y is None and model.setup.loss is None else pieces_of(model).loss.of(y, y_pred, sample_weight)
    for penalty in model.losses:
        found = found + penalty
    return found

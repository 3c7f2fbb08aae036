"""Losses of what a ``tf.GradientTape`` watches: their formulas know the gradient of the predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet.losses.expressions import rows as rows_of
from tinynet.runner.watched import node, plain, refuse
from tinynet.tape import Taped


def loss_of(method: Callable[..., Any], loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
    """Return a loss of what is watched: of each row if `call` is asked, else of the batch as `reduction` says."""
    if not any(isinstance(each, Taped) for each in (y_true, y_pred)):
        return method(loss, y_true, y_pred, *([] if sample_weight is None else [sample_weight]))
    if isinstance(y_true, Taped):
        y_true, y_pred = _other_way_round(loss, y_true, y_pred)
    y, p = plain(y_true), y_pred.value
    rows = np.asarray(loss.forward(y, p))
    if not rows.ndim:  # a user's function of the whole batch: its slopes are those of as many equal rows
        rows = np.full(len(p), rows)
    slopes = np.reshape(loss.backward(y, p), p.shape)
    losses: Any = node(
        rows,
        [(y_pred, lambda dy: np.expand_dims(dy, -1) * slopes if p.ndim > dy.ndim else dy * slopes)],
        lambda: rows_of(loss, y, y_pred),
    )
    if method.__name__ != "__call__":
        return losses
    if sample_weight is not None:
        losses = losses * np.reshape(np.asarray(plain(sample_weight)), (-1,) + (1,) * (rows.ndim - 1))
    if loss.reduction in (None, "none"):
        return losses
    total = np.sum(losses)
    if loss.reduction == "sum":
        return total
    if loss.reduction == "mean_with_sample_weight" and sample_weight is not None:
        return total / np.sum(np.broadcast_to(plain(sample_weight), rows.shape))
    return total / rows.size


def _other_way_round(loss: Any, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return targets and predictions of a loss that is the same both ways, the watched one last."""
    if type(loss).__name__ not in ("MeanSquaredError", "MeanAbsoluteError", "LogCosh", "Huber", "CosineSimilarity"):
        raise refuse(
            f"the targets of {type(loss).__name__} are followed by none of its formulas: they came from a model"
        )
    if isinstance(y_pred, Taped):
        raise refuse(
            f"{type(loss).__name__} of two things that are both computed: write it with tf.square and the like"
        )
    return y_pred, y_true

"""From the sums over an epoch that a loop makes to loss and metrics by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.branches import Branched
from tinynet.metrics.metric import Average
from tinynet.metrics.sums import SumsMetric
from tinynet.network import Network
from tinynet.training.loop import Course

Logs = dict[str, float]


def logs_of(network: Network, totals: Array, prefix: str = "") -> Logs:
    """Return loss and metrics by name from the totals of one epoch: rows, Σ loss, Σ weights, the sums of each metric.

    Without sample weights, Σ weights is the number of rows.
    """
    logs = means(network, totals.tolist()) if totals[0] else dict.fromkeys(["loss", *dict(network.metric_kinds)], 0.0)
    return {prefix + name: value for name, value in logs.items()} if prefix else logs


def means(network: Network, totals: Any) -> dict[str, Any]:
    """Divide sums by counts; `totals` are the columns of an epoch's totals, or whole columns of many epochs."""
    rows, loss, weights = totals[:3]
    found = {"loss": loss / rows}
    if isinstance(network, Branched) and network.heads:
        each = [
            means(*of) for of in zip([h.network for h in network.heads], network.totals_of_heads(totals), strict=True)
        ]
        losses = [own.pop("loss") for own in each]
        if len(losses) > 1:
            found |= {f"{head.name}_loss": loss for head, loss in zip(network.heads, losses, strict=True)}
        of_heads = {
            f"{head.name}_{name}": value
            for head, own in zip(network.heads, each, strict=True)
            for name, value in own.items()
        }
        return found | dict(sorted(of_heads.items()))  # as Keras lists them
    for (name, kind), metric, (first, last) in zip(
        network.metric_kinds, network.all_metrics, network.metric_places, strict=True
    ):
        if isinstance(metric, SumsMetric) and kind == "sums":
            sums = np.asarray(totals[first:last])
            found[name] = metric.told(sums) if sums.ndim == 1 else [metric.told(column) for column in sums.T]
        elif isinstance(metric, Average) and kind != "result":
            count = totals[last - 1] if kind == "mean of some" else weights if kind == "weighted mean" else rows
            found[name] = metric.of_mean(_ratio(totals[first], count))
        else:
            found[name] = totals[first]
    return found


def columns_of(network: Network, totals: Array, prefix: str = "") -> dict[str, list[Any]]:
    """Return loss and metrics of many epochs by name, from a row of totals for each."""
    columns = means(network, totals.T).items()
    return {prefix + name: column if isinstance(column, list) else column.tolist() for name, column in columns}


def _ratio(total: Any, count: Any) -> Any:
    """Return total/count, and 0 where weights cancel out; of numbers, or of whole columns."""
    if isinstance(count, float):
        return total / count if count else 0.0
    return np.divide(total, count, out=np.zeros_like(total), where=count != 0)


def tell_metrics(network: Network, totals: Array) -> None:
    """Let the metric objects that `compile` was given answer for what these totals, of one epoch, are from."""
    if isinstance(network, Branched) and network.heads:
        for head, own in zip(network.heads, network.totals_of_heads(totals), strict=True):
            tell_metrics(head.network, own)
        return
    rows, _, weights = totals[:3].tolist()
    for (_, kind), metric, (first, last) in zip(
        network.metric_kinds, network.all_metrics, network.metric_places, strict=True
    ):
        if isinstance(metric, SumsMetric) and kind == "sums":
            metric.take(totals[first:last])
        elif isinstance(metric, Average) and kind != "result":
            metric.total.assign(totals[first])
            count = totals[last - 1] if kind == "mean of some" else weights if kind == "weighted mean" else rows
            metric.count.assign(count)
    for given, used in network.lent:
        vars(given).update(vars(used))  # no attribute that any table follows from


def new_totals(network: Network, epochs: int = 1) -> Array:
    """Return the empty totals of some epochs; metrics that collect in Python start anew."""
    for metric in network.all_metrics:
        if not metric.compiles:
            metric.reset_state()
    return np.zeros((epochs, network.width))


def begin_again(network: Network, course: Course) -> None:
    """Set an epoch's course back to its beginning."""
    course.totals[...] = new_totals(network, len(course.totals))
    course.cursor.fill(0)


def in_order(logs: dict[str, Any]) -> dict[str, Any]:
    """Return logs in alphabetical order, in which Keras shows them."""
    return dict(sorted(logs.items()))

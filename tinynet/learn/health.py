"""The health of a training run: whether gradients arrive, steps have a sensible size, and units are alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import checked
from tinynet.callbacks import Callback
from tinynet.learn.recorder import Record, Recorder
from tinynet.learn.shadow import shadow, with_randomness_kept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What is normal: lower and upper bound, and what it means to be outside.
NORMAL = {
    "gradient_norm": (1e-6, 1e2, "below: gradients vanish; above: they explode"),
    "update_ratio": (1e-4, 1e-2, "below: learning rate too small; above: too large"),
    "dead_relus": (0.0, 0.4, "above: many units never switch on; learning rate too large?"),
}


@checked
class Health(Callback):
    """Record gradient norms, update-to-weight ratios and the share of dead ReLUs after every epoch.

    Each is measured on the same batch with a traced training step on a copy of the model, so the training itself is not
    affected.

    Parameters
    ----------
    x, y : array-like
        The batch to measure with: a few hundred samples, of the training data for example.

    Attributes
    ----------
    by_layer : dict
        ``{"dense": {"gradient_norm": [...], "update_ratio": [...], "dead_relus": [...]}}``, one number per epoch.

    Notes
    -----
    The history receives ``gradient_norm`` (of all gradients together), ``update_ratio`` (norm of a step divided by norm
    of the weights, kernels only: about 1e-3 is healthy) and ``dead_relus`` (share of ReLU units that output 0 for every
    sample of the batch). Rules of thumb: https://cs231n.github.io/neural-networks-3/#ratio

    Examples
    --------
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> x = np.random.default_rng(0).normal(size=(64, 2))
    >>> y = x[:, 0] * x[:, 1] > 0
    >>> model = tinynet.Sequential([Dense(8, activation="relu", name="hidden"), Dense(1)])
    >>> model.compile("rmsprop", "mse")
    >>> health = Health(x, y)
    >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[health])
    >>> sorted(history.history)
    ['dead_relus', 'gradient_norm', 'loss', 'update_ratio']
    >>> len(health.by_layer["hidden"]["update_ratio"])
    3
    """

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y
        self.by_layer: dict[str, dict[str, list[float]]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the previous training."""
        self.by_layer = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure, and add the results to the logs of the epoch."""
        record = with_randomness_kept(lambda: Recorder(shadow(self.model, self.x, self.y)).run())
        if logs is not None:
            logs.update(measure(record))
        for r in record.layers:
            if r.layer.trainable_parameters:
                kept = self.by_layer.setdefault(r.layer.name, {})
                for name, value in measure(record, r.layer).items():
                    kept.setdefault(name, []).append(value)

    def plot(self) -> Figure:
        """Draw every layer over the epochs, with the normal range marked (needs the extra ``plot``)."""
        from tinynet.learn.pictures import plot_health

        return plot_health(self, NORMAL)


def measure(record: Record, layer: Any = None) -> dict[str, float]:
    """Return the measures of one layer, or of the whole network."""
    layers = [r for r in record.layers if layer is None or r.layer is layer]
    updates = [record.updates[p] for r in layers for p in r.layer.parameters if p in record.updates]
    kernels = [u for u in updates if u.before.ndim > 1] or updates
    moved = _norm([u.after.astype(float) - u.before for u in kernels])
    weights = _norm([u.before for u in kernels])
    measures = {
        "gradient_norm": _norm([u.gradient for u in updates]),
        "update_ratio": moved / weights if weights else 0.0,
    }
    dead = []
    for r in layers:
        a, floor = r.returned("activate"), getattr(r.layer.activation, "floor", None)
        if a is not None and floor is not None:
            dead.append((a <= floor).all(axis=tuple(range(a.ndim - 1))))
    if dead:
        measures["dead_relus"] = float(np.concatenate(dead).mean())
    return measures


def _norm(arrays: list[Any]) -> float:
    return float(np.sqrt(sum(float((np.asarray(a, float) ** 2).sum()) for a in arrays)))

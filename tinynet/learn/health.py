"""The health of a training run: whether gradients arrive, steps have a sensible size, and units are alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import checked
from tinynet.callbacks import Callback
from tinynet.learn.languages import checked_language, said, speaking
from tinynet.learn.recorder import Record, Recorder
from tinynet.learn.rows import check_rows
from tinynet.learn.shadow import shadow, with_randomness_kept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What is normal: lower and upper bound. Gradients are compared with the last layer's.
NORMAL = {
    "gradient_norm": (1e-2, 1e2),
    "update_ratio": (1e-4, 1e-2),
    "dead_relus": (0.0, 0.4),
}
#: Steps of more than this share of the weights are too large even at the beginning of a training.
LARGE_STEP = 0.1


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
    gradient_ratio : list of float
        The gradient norm of the first layer divided by that of the last, for each epoch: far below 1 where gradients
        vanish on their way back, far above where they explode.

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
    >>> print(health.verdict())
    Healthy: gradients arrive in all layers ...
    """

    def __init__(self, x: Any, y: Any) -> None:
        check_rows("Health", x, y)
        self.x, self.y = x, y
        self.by_layer: dict[str, dict[str, list[float]]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the previous training, and check the batch."""
        self.by_layer = {}
        shadow(self.model, self.x, self.y)

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

    @property
    def gradient_ratio(self) -> list[float]:
        """The first layer's gradient norm divided by the last layer's, for each epoch."""
        norms = [measures["gradient_norm"] for measures in self.by_layer.values()]
        if not norms:
            return []
        return [first / last if last else float(first != 0) for first, last in zip(norms[0], norms[-1], strict=True)]

    def verdict(self, lang: str | None = None) -> str:
        """Say what was found after the last epoch: vanishing or exploding gradients, dead units, updates of zero.

        Parameters
        ----------
        lang : {"en", "ko"}, optional
            The language. Default: what the environment's ``TINYNET_LANG`` says, else English.
        """
        with speaking(checked_language(lang)):
            return " ".join(verdicts(self.by_layer, self.gradient_ratio))

    def plot(self, lang: str | None = None) -> Figure:
        """Draw every layer over the epochs, with the normal range marked (needs the extra ``plot``).

        Parameters
        ----------
        lang : {"en", "ko"}, optional
            The language of the words. Default: what the environment's ``TINYNET_LANG`` says, else English. Korean needs
            a font that has its syllables; where matplotlib finds none, the words are English.
        """
        from tinynet.learn.pictures import plot_health

        return plot_health(self, NORMAL, lang)


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


def verdicts(by_layer: dict[str, dict[str, list[float]]], ratios: list[float]) -> list[str]:
    """Return the sentences of a verdict on the last epoch."""
    if not by_layer:
        return [_say("nothing")]
    now = {layer: {name: values[-1] for name, values in measures.items()} for layer, measures in by_layer.items()}
    for layer, measures in now.items():
        if not np.isfinite(measures["gradient_norm"]):
            return [_say("not finite", layer=layer, norm=measures["gradient_norm"], epoch=len(ratios))]
    first, *_, last = (*now, *now)
    found, ratio, norms = [], ratios[-1], {layer: measures["gradient_norm"] for layer, measures in now.items()}
    low, high = NORMAL["gradient_norm"]
    without = [layer for layer, norm in norms.items() if norm == 0]
    still = [layer for layer, m in now.items() if m["update_ratio"] == 0 and layer not in without]
    if without:
        found.append(_say("no gradient", layers=_quoted(without)))
    elif ratio < low:
        found.append(_say("vanishing", first=first, last=last, ratio=ratio))
    elif ratio > high:
        found.append(_say("exploding", first=first, last=last, ratio=ratio))
    largest = max(norms, key=lambda layer: norms[layer])
    if ratio <= high < norms[largest]:
        found.append(_say("large", layer=largest, norm=norms[largest]))
    if still:
        found.append(_say("no update", layers=_quoted(still)))
    dead = {layer: m["dead_relus"] for layer, m in now.items() if "dead_relus" in m}
    most = max(dead.values(), default=0.0)
    found += [_say("dead", layer=layer, share=f"{s:.0%}") for layer, s in dead.items() if s > NORMAL["dead_relus"][1]]
    step = float(np.median([measures["update_ratio"] for measures in now.values()]))
    if not found and step < NORMAL["update_ratio"][0]:
        found.append(_say("small steps", ratio=step))
    if step > LARGE_STEP:
        found.append(_say("large steps", ratio=step))
    few = _say("few dead", share=f"{most:.0%}") if dead else ""
    return found or [_say("healthy", ratio=ratio, step=step, dead=few)]


def _say(key: str, **values: Any) -> str:
    return said(f"health: {key}", **{k: f"{v:.2g}" if isinstance(v, float) else v for k, v in values.items()})


def _quoted(layers: list[str]) -> str:
    return ", ".join(f"'{layer}'" for layer in layers)


def _norm(arrays: list[Any]) -> float:
    return float(np.sqrt(sum(float((np.asarray(a, float) ** 2).sum()) for a in arrays)))

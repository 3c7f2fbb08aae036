"""The same network on logits: its last activation taken off, loss and metrics told so, for Keras on JAX."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynet

Array = NDArray[Any]
PAIRS = {
    "binary_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
}


def sigmoid(z: Array) -> Array:
    """1/(1 + e⁻ᶻ)"""
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z < 0, e, 1) / (1 + e))


def softmax(z: Array) -> Array:
    """eᶻ/Σeᶻ over the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def fuses(module: Any, model: Any) -> bool:
    """Whether a compiled model ends in sigmoid or softmax with its own cross-entropy on probabilities."""
    name, loss = _loss(module, model)
    return not getattr(loss, "from_logits", False) and PAIRS.get(name) == _last_activation(model)


def on_logits(module: Any, model: Any) -> tuple[Any, Callable[[Array], Array]]:
    """Return a compiled, unbuilt model that ends in logits, and the function that turns those into its outputs.

    The last activation is taken off, the loss gets ``from_logits=True``, accuracies of one output ``threshold=0``.
    """
    name, loss = _loss(module, model)
    activation = _last_activation(model)
    classes = {k: "".join(part.title() for part in k.split("_")) for k in PAIRS}
    options = {"label_smoothing": loss.label_smoothing} if getattr(loss, "label_smoothing", 0.0) else {}
    given = _metrics(module, model)
    layers = list(model.layers)
    units = next(layer.units for layer in reversed(layers) if hasattr(layer, "units"))
    if hasattr(layers[-1], "units"):
        layers[-1].activation = module.activations.linear
    else:
        layers.pop()
    bare = module.Sequential(layers)
    bare.compile(
        model.optimizer,
        getattr(module.losses, classes[name])(from_logits=True, **options),
        **{kind: [_metric_on_logits(module, m, units) for m in found] for kind, found in given.items()},
    )
    return bare, {"sigmoid": sigmoid, "softmax": softmax}[activation]


def _metric_on_logits(module: Any, metric: tuple[str, dict[str, Any]], units: int) -> Any:
    """Return the accuracy that logits have where probabilities have `metric`; the largest stays the largest."""
    name, config = metric
    key = config.get("name", name)
    if name in ("binary_accuracy", "BinaryAccuracy") or (name in ("accuracy", "acc") and units == 1):
        probability = config.get("threshold", 0.5)
        return module.metrics.BinaryAccuracy(name=key, threshold=float(np.log(probability / (1 - probability))))
    if name in ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy"):
        return name
    if name in ("CategoricalAccuracy", "SparseCategoricalAccuracy"):
        return getattr(module.metrics, name)(name=key)
    raise ValueError(f"Here no form of metric '{name}' is known that takes logits.")


def _last_activation(model: Any) -> str:
    """Return the name of the model's last activation, or '' if it does not end in one."""
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    if activation is None:
        return {"Softmax": "softmax", "Sigmoid": "sigmoid"}.get(type(last).__name__, "")
    return str(getattr(activation, "__name__", None) or activation.name)


def _loss(module: Any, model: Any) -> tuple[str, Any]:
    """Return the loss's name in snake case, and the loss as it was given."""
    loss = model.setup.loss if module is tinynet else model.loss
    snake = {"bce": "binary_crossentropy"}
    if isinstance(loss, str):
        return snake.get(loss, loss), loss
    name = getattr(loss, "__name__", None) or type(loss).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_"), loss


def _metrics(module: Any, model: Any) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return metrics and weighted metrics as (name or class name, configuration)."""
    if module is tinynet:
        settings = model.setup
        given: dict[str, Any] = {"metrics": settings.metrics, "weighted_metrics": settings.weighted_metrics}
        return {
            kind: [
                (m, {})
                if isinstance(m, str)
                else (type(m).__name__, {"name": m.name, "threshold": getattr(m, "threshold", 0.5)})
                for m in found
            ]
            for kind, found in given.items()
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras's own, from NumPy 2
        config = model.get_compile_config()
    return {
        kind: [(m, {}) if isinstance(m, str) else (m["class_name"], m["config"]) for m in config.get(kind) or ()]
        for kind in ("metrics", "weighted_metrics")
    }

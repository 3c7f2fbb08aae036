"""What Keras 2 wrote down differently, in the form of Keras 3.

Source: https://github.com/keras-team/keras/tree/v2.15.0
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def model(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's description with a configuration by names: until 2.2 it was the list of the layers."""
    config = description["config"]
    return {**description, "config": {"layers": config} if isinstance(config, list) else config}


def training(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `compile` in a file's ``training_config``."""
    names = ("loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly")
    found = {name: config[name] for name in names if config.get(name) is not None}
    return {**found, "optimizer": _optimizer(config["optimizer_config"])}


def _optimizer(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return an optimizer's description: Keras 2 wrote None for the ε that is its own, and what it no longer takes."""
    config = {name: value for name, value in (written.get("config") or {}).items() if name not in _NO_LONGER}
    if config.get("epsilon", 0) is None:
        del config["epsilon"]
    return {**written, "config": config}


_NO_LONGER = ("is_legacy_optimizer", "jit_compile")

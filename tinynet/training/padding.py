"""Padding on its way through the layer loop: which steps of each value are none, and what that means for the loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynet._types import Array
from tinynet.kernels.reductions import MEAN, share_of_row, times_rows
from tinynet.layers import Layer
from tinynet.layers.kernel_layer import padded


def mask_behind(layer: Layer, taken: Any, masks: Any) -> Array | None:
    """Return where what a layer makes is no padding, from what it takes and where that is none; None: nowhere.

    Of a layer that merges, both are lists.
    """
    known = any(mask is not None for mask in masks) if layer.merges else masks is not None
    if not layer.supports_masking or not (known or layer.padding_value is not None):
        return None
    found = layer.compute_mask(taken, masks)
    return None if found is None else np.asarray(found) != 0


@contextmanager
def told(layer: Layer, x: Array, mask: Array) -> Iterator[None]:
    """Tell a layer that leaves out padding, while it is called, where that is; raise a ValueError for a wrong shape."""
    steps = layer.steps(x.shape[1:])
    if mask.shape != (len(x), steps):
        raise ValueError(
            f"{layer.described}: expected padding of {steps} steps a sample. Received: a mask of shape {mask.shape}"
        )
    with padded(layer, mask):
        yield


def rows_kept(mask: Array | None, outputs: Array) -> Array | None:
    """Return 1 for each row of the outputs that counts in the loss, or None if all do."""
    if mask is None:
        return None
    if mask.shape != outputs.shape[:-1]:
        raise ValueError(
            f"The loss would have to leave out padding: expected a mask of shape {outputs.shape[:-1]}. Received: "
            f"{mask.shape}"
        )
    return np.ascontiguousarray(mask, outputs.dtype).reshape(-1)


def weighed(weights: Array, kept: Array | None) -> Array:
    """Return the weights of rows, of which there may be none, with 0 for those that are padding."""
    if kept is None:
        return weights
    return weights * kept if weights.size else kept


def share_of(reduction: int, weights: Array, kept: Array | None, rows: int) -> float:
    """Return what Σ weight·loss is multiplied by to be a batch's loss: a mean is one over the rows that count.

    `weights` are those of `weighed`.
    """
    if kept is None or reduction != MEAN:
        return share_of_row(reduction, weights, rows)
    count = float(kept.sum())
    return 1.0 / count if count else 0.0


def loss_of_rows(reduction: int, weights: Array, kept: Array | None, rows: int, total: float) -> float:
    """Return the loss of a batch times its rows, from Σ weight·loss."""
    if kept is None:
        return times_rows(reduction, weights, rows, total)
    return total * share_of(reduction, weights, kept, rows) * rows

"""How the loss of a batch is made of the weighted losses of its rows."""

from __future__ import annotations

from tinynet.kernels.machine.jit import Floats, inner

#: A sum divided by the number of rows (Keras's default), a sum, and a sum divided by that of the weights.
MEAN, SUM, WEIGHTED_MEAN = 0, 1, 2


@inner
def share_of_row(reduction: int, weights: Floats, rows: int) -> float:
    """Return what Σ weight·loss is multiplied by to be the loss of a batch; 0 for weights that cancel, as in Keras."""
    if reduction == SUM:
        return 1.0
    if reduction == WEIGHTED_MEAN and weights.size > 0:
        total = 0.0
        for i in range(weights.size):
            total += float(weights[i])
        return 1.0 / total if total != 0.0 else 0.0
    return 1.0 / rows


@inner
def times_rows(reduction: int, weights: Floats, rows: int, total: float) -> float:
    """Return the loss of a batch times its rows, from Σ weight·loss: an epoch's loss is the mean over its rows."""
    return total if reduction == MEAN else total * share_of_row(reduction, weights, rows) * rows

"""Categorical cross-entropy of class numbers.

Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Unpack

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import is_whole
from tinynet._types import Array, NoMore
from tinynet.activations.softmax import softmax
from tinynet.data.arrays import as_array
from tinynet.formulas import Label, Row, Scalar, clipped, exp, formula, row_max, row_sum
from tinynet.kernels import rows
from tinynet.losses.crossentropy import OF_CLASSES, Crossentropy


@formula
def sparse_crossentropy(label: Label, p: Row) -> Scalar:
    """-log(p[label] / Σⱼ pⱼ): the categorical cross-entropy with y = 1 for the label and 0 for the others."""
    total = row_sum(p)
    return type(total)(-math.log(clipped(p[label] / total)))


@formula
def sparse_crossentropy_gradient(label: Label, p: Row, dp: Row) -> None:
    """With q = p/Σp: dq[label] = -1/q[label] (0 where clipped), and dpₖ = (dqₖ - dq[label]·q[label])/Σp."""
    total = row_sum(p)
    T = type(total)
    q = p[label] / total
    inside = not (clipped(q) > q or clipped(q) < q)
    dq = T(-1.0) / q if inside else T(0.0)
    mean = dq * q
    for k in range(p.size):
        dp[k] = ((dq if k == label else T(0.0)) - mean) / total


@formula
def sparse_crossentropy_logits(label: Label, z: Row) -> Scalar:
    """The same for p = softmax(z): log Σⱼ eᶻʲ - z[label], with the largest z subtracted from both."""
    largest = row_max(z)
    T = type(largest)
    total = T(0.0)
    for k in range(z.size):
        total += exp(z[k] - largest)
    return T(math.log(total)) - (z[label] - largest)


@formula
def sparse_crossentropy_logits_gradient(label: Label, z: Row, dz: Row) -> None:
    """dz = p - y: softmax(z), less 1 at the label."""
    for k in range(z.size):
        dz[k] = z[k]
    softmax(dz)
    dz[label] -= type(z[0])(1.0)


class SparseCategoricalCrossentropy(Crossentropy):
    """Cross-entropy of class numbers 0, 1, …, K - 1 with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    ignore_class : int, optional
        A number that stands for no class, such as -1: such rows cost nothing and do not count. For losses called by
        hand; in training, give these samples the label 0 and the weight 0.
    axis : int, default -1
        The axis of the classes. A model's is the last.
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]), 6)
    0.693147
    """

    targets = "classes"
    fuses = "softmax"
    formulas = sparse_crossentropy, sparse_crossentropy_gradient
    logit_formulas = sparse_crossentropy_logits, sparse_crossentropy_logits_gradient
    logit_kernels = rows.sparse_crossentropy_rows, rows.sparse_crossentropy_gradient_rows
    words = OF_CLASSES
    config_defaults: ClassVar[dict[str, Any]] = {**Crossentropy.config_defaults, "axis": -1}

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
        dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:
        super().__init__(from_logits, axis, reduction=reduction, name=name, dtype=dtype, **unknown)
        if ignore_class is not None and (isinstance(ignore_class, bool) or not is_whole(ignore_class)):
            raise ValueError(
                f"{type(self).__name__}: `ignore_class` must be the number of a class, or None. "
                f"Received: {shown(ignore_class)}"
            )
        self.ignore_class = ignore_class

    def why_not_in_loops(self) -> str:
        """Return why a model cannot be compiled with it, or ""."""
        if self.ignore_class is not None:
            return f"ignore_class={self.ignore_class}: give these samples a class, and the weight 0 by sample_weight"
        return super().why_not_in_loops()

    def unreduced(self, y_true: Any, y_pred: Any, weighted: bool = False) -> tuple[Array, Array | None, Any]:
        """Return the losses, with 0 for those that do not count, and which of them do."""
        if self.ignore_class is None:
            return super().unreduced(y_true, y_pred, weighted)
        y = as_array(y_true, "y_true")
        ignored = y == self.ignore_class
        losses, _, dtype = super().unreduced(np.where(ignored, 0, y), y_pred, weighted)
        counted = ~ignored.reshape(losses.shape)
        return np.where(counted, losses, 0.0), counted, dtype

"""A plain function of (y_true, y_pred) as a loss, differentiated by a tape or by central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import answers as answered
from tinynet import tape
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.losses import answers, on_tape
from tinynet.losses.base import Loss
from tinynet.losses.pairs import as_rows

#: The step of a difference, for numbers of size 1 and computed with the precision ε, is ε to this power: a larger one
#: would be off where the function is curved, a smaller one lose digits.
STEP = 0.4
#: Numbers below it take the same step, so that 0 has one.
SMALL = 0.05


class FunctionLoss(Loss):
    """A plain function of (y_true, y_pred), which returns each row's loss, or one number for the batch.

    It is run on arrays that remember how they were computed, by NumPy's functions, whose derivatives are known
    (`tinynet.tape`). Where it does something else, its gradient is computed by central differences in float64:
    (f(p + h) - f(p - h))/2h. Where each row's loss follows from that row alone, all rows are moved at once, column by
    column. Otherwise every single output is moved by itself, which takes as many times longer as there are rows.
    """

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        name = getattr(function, "__name__", "")
        super().__init__(name if name.isidentifier() else None)
        self.function = function
        self._precision = 0.0
        self._following = tape.Following()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return what the function returns."""
        return answered.asked(f"Loss '{self.name}'", self.function, y_true, y_pred)

    def row_losses(self, y: Array, p: Array, fused: bool = False, weighted: bool = False) -> Array:
        """Return the loss of each row; a row that depends on others cannot be weighted."""
        losses = super().row_losses(y, p, fused, weighted)
        if weighted and not self._is_of_rows(*as_rows(self.name, self.targets, y, p), losses):
            raise ValueError(
                f"Loss '{self.name}': what the function returns for a row depends on other rows, so that sample "
                "weights cannot be applied. Return what follows from each row alone, such as errors.mean(axis=-1)."
            )
        return losses

    @quiet
    def backward(self, y: Any, p: Any) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs."""
        if (followed := self._followed(*as_rows(self.name, self.targets, y, p))) is not None:
            return followed
        self._following.say_differences(
            f"Loss '{self.name}': a plain function is differentiated by central differences, which takes longer than a "
            "formula. To train at full speed subclass tinynet.losses.Loss and give it `formulas`, or `forward` and "
            "`backward`."
        )
        y, p = as_rows(self.name, self.targets, y, p, np.float64)
        returned = np.ndim(on_tape.by_itself(self, y, p))
        of_rows = returned > 0 and self._is_of_rows(y, p, self._values(y, p))
        h = self._precision_for(y, p) ** STEP * np.maximum(SMALL, np.abs(p))
        gradient: Array = np.empty_like(p)
        for place in np.ndindex(p.shape[1:] if of_rows else p.shape):
            at = (slice(None), *place) if of_rows else place
            above, below = p.copy(), p.copy()
            above[at] += h[at]
            below[at] -= h[at]
            change = self._values(y, above) - self._values(y, below)
            gradient[at] = (change if of_rows else change.sum()) / (above[at] - below[at])
        return gradient

    def _followed(self, y: Array, p: Array) -> Array | None:
        """Return the gradient as a tape finds it, or None if the function does what no tape can follow."""
        given = tape.Taped(p)
        found = self._following.run(lambda taped: on_tape.losses(self, y, taped), given)
        return None if found is None else on_tape.gradient_of(found, given)

    def _values(self, y: Array, p: Array) -> Array:
        """Return each row's loss; the function may write to what it is given."""
        return answers.row_values(self, "call", on_tape.by_itself(self, y, p), len(p))

    def _is_of_rows(self, y: Array, p: Array, losses: Array) -> bool:
        """Return whether rows have the losses that they have among others also without these."""
        half = len(p) // 2
        parts = (slice(0, half), slice(half, None)) if half else ()
        return all(
            np.allclose(self._values(y[part], p[part]), losses[part], rtol=1e-6, atol=1e-9, equal_nan=True)
            for part in parts
        )

    def _precision_for(self, y: Array, p: Array) -> float:
        """Return the precision with which the function computes: it may turn its arguments into float32."""
        if not self._precision:
            moved = p + 1e-9 * (1.0 + np.abs(p))
            rounded = moved.astype(np.float32).astype(np.float64)
            same = np.array_equal(self._values(y, moved), self._values(y, rounded), equal_nan=True)
            self._precision = float(np.finfo(np.float32 if same else np.float64).eps)
        return self._precision

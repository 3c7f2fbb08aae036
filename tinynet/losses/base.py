"""What every loss has, and what the built-in ones do with the kernels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tinynet import config, kernels
from tinynet._arguments import refuse_unknown
from tinynet._names import snake_case

Array = NDArray[Any]
TargetKind = Literal["probabilities", "distribution", "classes", "values", "any"]


class Loss:
    """Base class of losses; subclass it to write your own.

    The loss of a batch is Σ weight·loss / N over its N samples: divided by N also when the weights do not sum to N, as
    in Keras.

    Parameters
    ----------
    name : str, optional
        How it is called; default the class's name in snake case.
    reduction, dtype
        Keras's: the reduction is ``"sum_over_batch_size"``, and losses are summed in float64.

    Attributes
    ----------
    targets : {"probabilities", "distribution", "classes", "values", "any"}
        What targets may be: checked before training. ``"any"`` checks their number only.

    Examples
    --------
    A user's own loss gives every sample's loss, and its gradient with respect to that sample's outputs:

    >>> class LogCosh(Loss):
    ...     def forward(self, y, p):
    ...         return np.log(np.cosh(p - y)).mean(axis=-1)
    ...
    ...     def backward(self, y, p):
    ...         return np.tanh(p - y) / p.shape[-1]
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1)])
    >>> model.compile("sgd", LogCosh())
    >>> history = model.fit(np.eye(4), np.arange(4.0), epochs=2, verbose=0)
    >>> history.history["loss"][1] < history.history["loss"][0]
    True
    """

    targets: TargetKind = "any"

    def __init__(
        self, name: str | None = None, reduction: str = "sum_over_batch_size", dtype: Any = None, **unknown: Any
    ) -> None:
        refuse_unknown(type(self), unknown)
        if reduction != "sum_over_batch_size":
            raise ValueError(
                f"{type(self).__name__}: `reduction` is always 'sum_over_batch_size', a sum divided by the number of "
                f"samples. Received: {reduction!r}. For each sample's loss call the function, "
                "tinynet.losses.mean_squared_error(y_true, y_pred) for instance."
            )
        self.name = name or snake_case(type(self).__name__)

    def forward(self, y: Array, p: Array) -> Array:
        """Return the loss of each row: shape (N,) from targets and outputs (N, columns)."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    def backward(self, y: Array, p: Array) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs: shape (N, columns)."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Return the loss of a batch."""
        y, p = as_rows(self.name, self.targets, y_true, y_pred)
        losses = np.asarray(self.forward(y, p), np.float64)
        if sample_weight is not None:
            weights = np.asarray(sample_weight, np.float64).reshape(-1)
            if weights.size != losses.size:
                raise ValueError(
                    f"{self.name}: expected a sample_weight for each of {losses.size} rows. Received {weights.size}."
                )
            losses = losses * weights
        return float(losses.sum() / len(losses))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class BuiltinLoss(Loss):
    """A loss whose formulas are kernels; `code` and `label_smoothing` say which and how."""

    code: int
    fuses: str | None = None
    """The activation after which the loss is computed from the logits, for both accuracy and speed."""
    from_logits = False
    label_smoothing = 0.0

    def forward(self, y: Array, p: Array) -> Array:
        """Return the loss of each row."""
        return self.row_losses(self.code, y, p).astype(p.dtype)

    def row_losses(self, code: int, y: Array, p: Array) -> Array:
        """Return the loss of each row in float64, by this or another form of it: its `code`, or that from logits."""
        one = np.empty(0, p.dtype)
        return np.array(
            [
                kernels.loss_forward(code, target.reshape(-1), row, one, row.size, self.label_smoothing)
                for target, row in zip(y, p, strict=True)
            ],
            np.float64,
        )

    def backward(self, y: Array, p: Array) -> Array:
        """Return the gradient of each row's loss."""
        dp = np.empty_like(p)
        kernels.loss_backward(
            self.code,
            y.reshape(-1),
            p.reshape(-1),
            np.empty(0, p.dtype),
            p.shape[-1],
            self.label_smoothing,
            1.0,
            dp.reshape(-1),
        )
        return dp


def as_floats(values: Any) -> Array:
    """Return a contiguous array: a float array in its own type, anything else in `floatx`."""
    own = isinstance(values, np.ndarray) and values.dtype in (np.float32, np.float64)
    return np.ascontiguousarray(values, values.dtype if own else config.floatx())


def as_rows(name: str, kind: TargetKind, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Return targets and predictions as contiguous (rows, columns) of one float type."""
    p = as_floats(y_pred)
    y = np.ascontiguousarray(y_true, p.dtype)
    check_targets(name, kind, y, p)
    p = p.reshape(-1, p.shape[-1] if p.ndim else 1)
    return y.reshape(len(p), -1), p


def check_targets(name: str, kind: TargetKind, y: Array, p: Array) -> None:
    """Raise a ValueError unless targets of this shape (and, for classes, these values) can be held against `p`."""
    shape = p.shape[:-1] if kind == "classes" else p.shape
    fits = y.shape in (shape, (*shape, 1)) or (*y.shape, 1) == shape
    if not fits and not (kind == "any" and len(y) == len(p)):
        raise ValueError(f"{name}: expected targets of shape {shape} for predictions of {p.shape}. Received: {y.shape}")
    if kind == "classes" and y.size and not (y.min() >= 0 and y.max() < p.shape[-1]):
        raise ValueError(
            f"{name}: expected class numbers 0 to {p.shape[-1] - 1}. Received: values from {y.min():g} to {y.max():g}"
        )


def rowwise(loss: Loss, y_true: Any, y_pred: Any) -> Array:
    """Return the loss of each sample, from whatever arrays a user has."""
    y, p = as_rows(loss.name, loss.targets, y_true, y_pred)
    return loss.forward(y, p).reshape(np.shape(y_pred)[:-1])

"""Loss functions, by name, as objects, and as plain functions of two arrays.

Source: https://keras.io/api/losses/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tinynet import config, kernels
from tinynet._names import lookup, missing_from, snake_case
from tinynet.kernels import _codes as codes

Array = NDArray[Any]
TargetKind = Literal["probabilities", "distribution", "classes", "values", "any"]

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


class Loss:
    """Base class of losses; subclass it to write your own.

    The loss of a batch is Σ weight·loss / N over its N samples: divided by N also when the weights do not sum to N, as
    in Keras.

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

    def __init__(self, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)

    def forward(self, y: Array, p: Array) -> Array:
        """Return the loss of each row: shape (N,) from targets and outputs (N, columns)."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    def backward(self, y: Array, p: Array) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs: shape (N, columns)."""
        raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Return the loss of a batch."""
        y, p = _as_rows(y_true, y_pred, self)
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


class _Builtin(Loss):
    """A loss whose formulas are kernels; `code` and `label_smoothing` say which and how."""

    code: int
    fuses: str | None = None
    """The activation after which the loss is computed from the logits, for both accuracy and speed."""
    from_logits = False
    label_smoothing = 0.0

    def forward(self, y: Array, p: Array) -> Array:
        ones = np.empty(0, p.dtype)
        rows = [
            kernels.loss_forward(self.code, a.reshape(-1), b, ones, b.size, self.label_smoothing)
            for a, b in zip(y, p, strict=True)
        ]
        return np.array(rows, p.dtype)

    def backward(self, y: Array, p: Array) -> Array:
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


def _unit(value: float, what: str) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{what}: `label_smoothing` must be between 0 and 1. Received: {value!r}")
    return float(value)


class MeanSquaredError(_Builtin):
    """Mean of (prediction - target)² over the outputs.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])
    0.5
    """

    code = codes.MEAN_SQUARED_ERROR
    targets = "values"


class MeanAbsoluteError(_Builtin):
    """Mean of |prediction - target| over the outputs.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]])
    1.0
    """

    code = codes.MEAN_ABSOLUTE_ERROR
    targets = "values"


class BinaryCrossentropy(_Builtin):
    """Cross-entropy of yes-or-no targets in [0, 1] with probabilities of yes, averaged over the outputs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: sigmoid was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/2.
    name : str, optional
        How it is called.

    Notes
    -----
    A network that ends in sigmoid is trained on its logits in either case, which is exact where probabilities would
    round to 0 or 1. Bare probabilities are clipped to [1e-7, 1 - 1e-7].
    Source: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class

    Examples
    --------
    >>> round(BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]]), 6)
    0.693147
    """

    targets = "probabilities"

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None) -> None:
        super().__init__(name)
        self.from_logits, self.label_smoothing = from_logits, _unit(label_smoothing, "BinaryCrossentropy")
        self.code = codes.BINARY_CROSSENTROPY_LOGITS if from_logits else codes.BINARY_CROSSENTROPY
        self.fuses = None if from_logits else "sigmoid"


class CategoricalCrossentropy(_Builtin):
    """Cross-entropy of one-hot targets (or distributions) with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/K for K classes.
    name : str, optional
        How it is called.

    Notes
    -----
    A network that ends in softmax is trained on its logits in either case. Bare probabilities are first divided by
    their sum, then clipped.
    Source: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class

    Examples
    --------
    >>> round(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 6)
    0.693147
    """

    targets = "distribution"

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None) -> None:
        super().__init__(name)
        self.from_logits, self.label_smoothing = (
            from_logits,
            _unit(label_smoothing, "CategoricalCrossentropy"),
        )
        self.code = codes.CATEGORICAL_CROSSENTROPY_LOGITS if from_logits else codes.CATEGORICAL_CROSSENTROPY
        self.fuses = None if from_logits else "softmax"


class SparseCategoricalCrossentropy(_Builtin):
    """Cross-entropy of class numbers 0, 1, …, K - 1 with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    name : str, optional
        How it is called.

    Notes
    -----
    Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]), 6)
    0.693147
    """

    targets = "classes"

    def __init__(self, from_logits: bool = False, name: str | None = None) -> None:
        super().__init__(name)
        self.from_logits = from_logits
        self.code = (
            codes.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS if from_logits else codes.SPARSE_CATEGORICAL_CROSSENTROPY
        )
        self.fuses = None if from_logits else "softmax"


LOGIT_CODES = {
    codes.BINARY_CROSSENTROPY: codes.BINARY_CROSSENTROPY_LOGITS,
    codes.CATEGORICAL_CROSSENTROPY: codes.CATEGORICAL_CROSSENTROPY_LOGITS,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY: codes.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS,
}


def as_floats(values: Any) -> Array:
    """Return a contiguous array: a float array in its own type, anything else in `floatx`."""
    own = isinstance(values, np.ndarray) and values.dtype in (np.float32, np.float64)
    return np.ascontiguousarray(values, values.dtype if own else config.floatx())


def _as_rows(y_true: Any, y_pred: Any, loss: Loss) -> tuple[Array, Array]:
    """Return targets and predictions as contiguous (rows, columns) of one float type."""
    p = as_floats(y_pred)
    y = np.ascontiguousarray(y_true, p.dtype)
    check_targets(loss.name, loss.targets, y, p)
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


def _rowwise(loss: Loss, y_true: Any, y_pred: Any) -> Array:
    y, p = _as_rows(y_true, y_pred, loss)
    return loss.forward(y, p).reshape(np.shape(y_pred)[:-1])


def mean_squared_error(y_true: Any, y_pred: Any) -> Array:
    """Return the mean squared error of each sample.

    Examples
    --------
    >>> mean_squared_error([[0.0], [1.0]], [[2.0], [1.0]])
    array([4., 0.], dtype=float32)
    """
    return _rowwise(MeanSquaredError(), y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Array:
    """Return the mean absolute error of each sample.

    Examples
    --------
    >>> mean_absolute_error([[0.0], [1.0]], [[2.0], [1.0]])
    array([2., 0.], dtype=float32)
    """
    return _rowwise(MeanAbsoluteError(), y_true, y_pred)


def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0) -> Array:
    """Return the binary cross-entropy of each sample.

    Examples
    --------
    >>> binary_crossentropy([[1.0]], [[0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return _rowwise(BinaryCrossentropy(from_logits, label_smoothing), y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the categorical cross-entropy of each sample.

    Examples
    --------
    >>> categorical_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return _rowwise(CategoricalCrossentropy(from_logits, label_smoothing), y_true, y_pred)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Array:
    """Return the cross-entropy of each sample, given its class number.

    Examples
    --------
    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return _rowwise(SparseCategoricalCrossentropy(from_logits), y_true, y_pred)


_FUNCTIONS: dict[Callable[..., Array], type[Loss]] = {
    mean_squared_error: MeanSquaredError,
    mean_absolute_error: MeanAbsoluteError,
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}
_TABLE: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}
#: Names that mean one of the cross-entropies, found from the shapes of targets and outputs.
BY_SHAPE = ("crossentropy", "ce")


def get(identifier: Any) -> Loss | str:
    """Return the loss that a name, class, function or object stands for.

    ``"crossentropy"`` is returned as it is: which one is meant shows with the first data.

    Examples
    --------
    >>> get("mse")
    <MeanSquaredError name=mean_squared_error>
    """
    if isinstance(identifier, str):
        if identifier.lower() in BY_SHAPE:
            return "crossentropy"
        return lookup("loss", identifier, _TABLE)()
    if isinstance(identifier, Loss):
        return identifier
    if inspect.isclass(identifier) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and identifier in _FUNCTIONS:
        return _FUNCTIONS[identifier]()
    raise TypeError(
        f"loss: expected a name ({', '.join(map(repr, sorted(_TABLE)))}) or a Loss. Received: {identifier!r}. A plain "
        "function has no gradient to train with: subclass tinynet.losses.Loss and give it `forward` and `backward`."
    )

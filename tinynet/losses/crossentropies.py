"""Losses of probabilities: binary, categorical and sparse categorical cross-entropy.

Source: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynet.kernels import _codes as codes
from tinynet.losses.base import BuiltinLoss, rowwise

Array = NDArray[Any]

#: The code of each cross-entropy computed from logits, by that of its form for probabilities.
LOGIT_CODES = {
    codes.BINARY_CROSSENTROPY: codes.BINARY_CROSSENTROPY_LOGITS,
    codes.CATEGORICAL_CROSSENTROPY: codes.CATEGORICAL_CROSSENTROPY_LOGITS,
    codes.SPARSE_CATEGORICAL_CROSSENTROPY: codes.SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS,
}


class _Crossentropy(BuiltinLoss):
    """A cross-entropy, by default of probabilities."""

    def __init__(self, from_logits: bool = False, name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.from_logits = from_logits
        if from_logits:
            self.code, self.fuses = LOGIT_CODES[self.code], None


class _Smoothed(_Crossentropy):
    """A cross-entropy that can take a little of the certainty from its targets."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None, **options: Any
    ) -> None:
        super().__init__(from_logits, name, **options)
        if not 0.0 <= label_smoothing <= 1.0:
            raise ValueError(
                f"{type(self).__name__}: `label_smoothing` must be between 0 and 1. Received: {label_smoothing!r}"
            )
        self.label_smoothing = float(label_smoothing)


class BinaryCrossentropy(_Smoothed):
    """Cross-entropy of yes-or-no targets in [0, 1] with probabilities of yes, averaged over the outputs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: sigmoid was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/2.
    name, **options
        As for every `Loss`.

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

    code = codes.BINARY_CROSSENTROPY
    targets = "probabilities"
    fuses = "sigmoid"


class CategoricalCrossentropy(_Smoothed):
    """Cross-entropy of one-hot targets (or distributions) with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    label_smoothing : float in [0, 1], default 0
        Targets y become y·(1 - s) + s/K for K classes.
    name, **options
        As for every `Loss`.

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

    code = codes.CATEGORICAL_CROSSENTROPY
    targets = "distribution"
    fuses = "softmax"


class SparseCategoricalCrossentropy(_Crossentropy):
    """Cross-entropy of class numbers 0, 1, …, K - 1 with the probabilities of the classes.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits: softmax was not applied.
    name, **options
        As for every `Loss`.

    Notes
    -----
    Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]), 6)
    0.693147
    """

    code = codes.SPARSE_CATEGORICAL_CROSSENTROPY
    targets = "classes"
    fuses = "softmax"


def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0) -> Array:
    """Return the binary cross-entropy of each sample.

    Examples
    --------
    >>> binary_crossentropy([[1.0]], [[0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return rowwise(BinaryCrossentropy(from_logits, label_smoothing), y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the categorical cross-entropy of each sample.

    Examples
    --------
    >>> categorical_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return rowwise(CategoricalCrossentropy(from_logits, label_smoothing), y_true, y_pred)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Array:
    """Return the cross-entropy of each sample, given its class number.

    Examples
    --------
    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    return rowwise(SparseCategoricalCrossentropy(from_logits), y_true, y_pred)

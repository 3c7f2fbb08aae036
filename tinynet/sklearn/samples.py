"""The data of a fit beside samples and targets: weights, other data to evaluate, and what early stopping judges by."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_array, validate_data

from tinynet._types import Array
from tinynet.data.arrays import as_numbers

if TYPE_CHECKING:
    from tinynet.sklearn.base import BaseMLP

#: Samples, targets and weights (or None).
Judges = tuple[Any, Array, Array | None]


def validated(estimator: Any, *given: Any, **options: Any) -> Any:
    """Return samples (and targets) as scikit-learn's `validate_data` does, all that is wrong being refused at once.

    Raises
    ------
    ValueError, TypeError
        Also for numbers that no float can hold, and for a regressor's targets that are no numbers: scikit-learn lets
        them pass, and they would be refused only when the estimator has begun anew.
    """
    try:
        found = validate_data(estimator, *given, **options)
    except OverflowError as error:
        raise ValueError(
            f"{type(estimator).__name__}: {'X or y' if len(given) > 1 else 'X'} holds a number that no float can hold "
            f"({error})."
        ) from error
    if options.get("y_numeric") and not np.isfinite(as_numbers(found[1], "y")).all():
        raise ValueError("Input y contains NaN.")  # None among other objects, which scikit-learn lets pass
    return found


class Scored:
    """What scores with scikit-learn's own functions, in its words or ours: a base class before scikit-learn's."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the score of the predictions for samples, as scikit-learn's mean accuracy or R²."""
        try:
            return float(super().score(X, y, sample_weight))  # type: ignore[misc]
        except OverflowError as error:
            raise ValueError(
                f"{type(self).__name__}: y or sample_weight holds a number that no float can hold ({error})."
            ) from error


def checked_weights(sample_weight: Any, n: int, dtype: Any) -> Array | None:
    """Return the samples' weights, (n,), or raise a ValueError."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        return np.full(n, sample_weight, dtype)
    try:
        weights: Array = check_array(sample_weight, ensure_2d=False, dtype=dtype, order="C", input_name="sample_weight")
    except OverflowError as error:
        raise ValueError(f"sample_weight holds a number that no float can hold ({error}).") from error
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if weights.shape != (n,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n,)}!")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def evaluation_set(estimator: BaseMLP, given: Any) -> Judges:
    """Return other samples, targets and weights, checked against those of the training."""
    if isinstance(given, list) and len(given) == 1:
        (given,) = given
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        raise ValueError(
            f"{type(estimator).__name__}: `eval_set` must be a tuple (X, y) or (X, y, weights). "
            f"Received: {type(given).__name__} of {len(given) if hasattr(given, '__len__') else 'no length'}"
        )
    x, y = estimator._validated(given[0], given[1], False)
    y = estimator._targets(y, learn=False, whole=False)
    weights = checked_weights(given[2] if len(given) == 3 else None, x.shape[0], x.dtype)
    return x, y, estimator._weights_of(y, weights)


def kept_apart(estimator: BaseMLP, x: Any, y: Array, weights: Array | None) -> tuple[Any, Array, Array | None, Judges]:
    """Keep a share of the samples for early stopping: returns the others, and what is kept."""
    given = [x, y] if weights is None else [x, y, weights]
    found = train_test_split(
        *given,
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=y.astype(bool) if estimator._stratifies(y) else None,
    )
    trained, kept = [*found[::2], None], [*found[1::2], None]
    if kept[0].shape[0] < 2:
        raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return trained[0], trained[1], trained[2], (kept[0], kept[1], kept[2])

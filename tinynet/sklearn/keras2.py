"""`KerasClassifier` and `KerasRegressor` as Keras 2 had them, in ``keras.wrappers.scikit_learn``: what books use.

Parameters for the function that makes the model and for `fit` are given side by side; `fit` returns the history, and a
regressor's score is minus its loss.
Source: https://github.com/keras-team/keras/blob/v2.6.0/keras/wrappers/scikit_learn.py
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.sklearn.routing import FIT, PREDICT
from tinynet.sklearn.scikeras import SciKeras
from tinynet.sklearn.wrappers import OfClasses, OfNumbers

if TYPE_CHECKING:
    from tinynet.callbacks import History
    from tinynet.models import Model

__all__ = ["KerasClassifier", "KerasRegressor"]


class Keras2(SciKeras):
    """What the two share."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> History | None:  # type: ignore[override]
        """Make a model and train it; returns its history."""
        super().fit(X, y, sample_weight, **kwargs)
        return self.model_.history

    def _may_be_new(self, name: str) -> bool:
        return name in (*FIT, *PREDICT, *inspect.signature(self.build_fn).parameters)

    @property
    def model(self) -> Model:
        """The model, once it is fitted."""
        return self.model_


class KerasClassifier(OfClasses, Keras2):
    """A classifier of a function that makes a compiled model.

    Parameters
    ----------
    build_fn : callable or Model
        What makes the model. It is given those of the other parameters that it has arguments for.
    **sk_params
        For that function, for `fit` (``epochs=10``) and `predict`.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> from tinynet.models import Sequential
    >>> def make(units=2):
    ...     model = Sequential([Dense(units), Dense(1, "sigmoid")])
    ...     model.compile("sgd", "binary_crossentropy")
    ...     return model
    >>> estimator = KerasClassifier(build_fn=make, units=3, epochs=2, verbose=0)
    >>> len(estimator.fit([[0.0], [1.0]], [0, 1]).epoch), estimator.model.layers[0].units
    (2, 3)
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        super().__init__({"build_fn": build_fn}, sk_params)

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> History | None:  # type: ignore[override]
        """Make a model and train it; `y` may be one-hot. Returns its history."""
        return super().fit(X, _class_numbers(y), sample_weight, **kwargs)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of samples whose class is found; `y` may be one-hot."""
        return float(super().score(X, _class_numbers(y), sample_weight))


def _class_numbers(y: Any) -> Any:
    """Return the classes of one-hot rows, and everything else as it is."""
    return np.argmax(y, axis=1) if len(np.shape(y)) == 2 and np.shape(y)[1] > 1 else y


class KerasRegressor(OfNumbers, Keras2):
    """A regressor of a function that makes a compiled model, with the parameters of `KerasClassifier`.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> from tinynet.models import Sequential
    >>> model = Sequential([Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> estimator = KerasRegressor(model, verbose=0)
    >>> history = estimator.fit([[0.0], [1.0]], [0.0, 1.0])
    >>> estimator.score([[0.0], [1.0]], [0.0, 1.0]) <= 0
    True
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        super().__init__({"build_fn": build_fn}, sk_params)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return minus the loss."""
        outputs = self._outputs(X, {"verbose": 0})
        found = self.model_.evaluate(X, self._targets.encoded(y, "values", outputs.shape[1]), verbose=0)
        return -float(found[0] if isinstance(found, list) else found)

"""`SKLearnClassifier` and `SKLearnRegressor`: the wrappers of Keras 3.

Source: https://keras.io/api/utils/sklearn_wrappers/
"""

from __future__ import annotations

import copy
from typing import Any

from tinynet.models import Model
from tinynet.sklearn.wrappers import BaseWrapper, OfClasses, OfNumbers


class Keras3(BaseWrapper):
    """What `SKLearnClassifier` and `SKLearnRegressor` share."""

    model: Any
    model_kwargs: Any
    fit_kwargs: Any

    def _made(self, x: Any, y: Any) -> Model:
        if isinstance(self.model, Model):
            return copy.deepcopy(self.model)
        if not callable(self.model):
            raise TypeError(
                f"{type(self).__name__}: `model` must be a compiled model, or a function of (X, y, …) that "
                f"returns one. Received: {self.model!r:.80}"
            )
        return self.model(x, y, **(self.model_kwargs or {}))  # type: ignore[no-any-return]

    def _fit_options(self) -> dict[str, Any]:
        return dict(self.fit_kwargs or {})


class SKLearnClassifier(OfClasses, Keras3):
    """A classifier of a model, or of a function that makes one, with the parameters of Keras 3's wrapper.

    Parameters
    ----------
    model : Model or callable
        A compiled model, of which a copy is trained; or a function of ``(X, y, **model_kwargs)`` that returns one.
    warm_start : bool, default False
        Whether `fit` goes on with the model there is.
    model_kwargs, fit_kwargs : dict, optional
        Further arguments of that function, and of the model's `fit`.

    Attributes
    ----------
    model_, history_, classes_
        The model; loss and metrics of each epoch; the classes.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> def make(X, y, units):
    ...     model = Sequential([Dense(units, "relu"), Dense(1, "sigmoid")])
    ...     model.compile("adam", "binary_crossentropy")
    ...     return model
    >>> x, y = make_classification(200, random_state=1)
    >>> estimator = SKLearnClassifier(make, model_kwargs={"units": 20}, fit_kwargs={"epochs": 30, "verbose": 0})
    >>> estimator.fit(x, y).predict(x, verbose=0).shape
    (200,)
    """

    def __init__(
        self, model: Any = None, warm_start: bool = False, model_kwargs: Any = None, fit_kwargs: Any = None
    ) -> None:
        self.model, self.warm_start, self.model_kwargs, self.fit_kwargs = model, warm_start, model_kwargs, fit_kwargs


class SKLearnRegressor(OfNumbers, Keras3):
    """A regressor of a model, or of a function that makes one, with the parameters of Keras 3's wrapper.

    Parameters
    ----------
    model, warm_start, model_kwargs, fit_kwargs
        As for `SKLearnClassifier`.

    Attributes
    ----------
    model_, history_
        The model; loss and metrics of each epoch.

    Examples
    --------
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> model = tinynet.Sequential([Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> SKLearnRegressor(model, fit_kwargs={"verbose": 0}).fit([[0.0], [1.0]], [0.0, 1.0]).n_features_in_
    1
    """

    def __init__(
        self, model: Any = None, warm_start: bool = False, model_kwargs: Any = None, fit_kwargs: Any = None
    ) -> None:
        self.model, self.warm_start, self.model_kwargs, self.fit_kwargs = model, warm_start, model_kwargs, fit_kwargs

"""`KerasClassifier` and `KerasRegressor`: a model, or a function that makes one, as an estimator of scikit-learn's.

They follow SciKeras. Source: https://adriangb.com/scikeras/stable/
"""

from __future__ import annotations

import copy
from typing import Any, Self

from tinynet.layers import Dense, Input
from tinynet.models import Model, Sequential
from tinynet.sklearn.routing import FIT, PREDICT, called, compile_options, is_routed, listeners, options_of, routed
from tinynet.sklearn.wrappers import BaseWrapper, OfClasses, OfNumbers

#: What a function that makes the model may be told in `meta`, if it has been found out.
META = (
    "target_type_",
    "classes_",
    "n_classes_",
    "n_outputs_",
    "n_outputs_expected_",
    "n_features_in_",
    "feature_names_in_",
    "X_shape_",
    "X_dtype_",
    "y_ndim_",
    "y_dtype_",
)


class SciKeras(BaseWrapper):
    """What `KerasClassifier` and `KerasRegressor` share: SciKeras's parameters."""

    build_fn: Any
    optimizer: Any
    loss: Any
    metrics: Any
    callbacks: Any
    batch_size: int | None
    validation_batch_size: int | None
    validation_split: float
    verbose: int
    shuffle: bool
    run_eagerly: bool
    epochs: int

    def __init__(self, arguments: dict[str, Any], more: dict[str, Any]) -> None:
        own = {name: value for name, value in arguments.items() if name not in ("self", "__class__", "kwargs")}
        for name, value in {**own, **more}.items():
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name, the routed ones and those for the model's function among them."""
        own: dict[str, Any] = super().get_params(deep=False)
        return own | {
            n: v for n, v in vars(self).items() if n not in own and not (n.startswith("_") or n.endswith("_"))
        }

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; routed ones may be new."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known and not self._may_be_new(name):
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}. It has: "
                    f"{', '.join(sorted(known))}. Route it (model__{name}, optimizer__{name}, …), or give it when the "
                    "estimator is made."
                )
            setattr(self, name, value)
        return self

    def _may_be_new(self, name: str) -> bool:
        """Tell whether a parameter may be set that was not given when the estimator was made."""
        return is_routed(name)

    def _compile_options(self) -> dict[str, Any]:
        return compile_options(self.get_params())

    def _fit_options(self) -> dict[str, Any]:
        params = self.get_params()
        return {**options_of(params, "fit", FIT), "callbacks": listeners(params)}

    def _predict_options(self) -> dict[str, Any]:
        return options_of(self.get_params(), "predict", PREDICT)

    @property
    def meta(self) -> dict[str, Any]:
        """What is known of the data: classes, shapes and types."""
        return {name: getattr(self, name) for name in META if hasattr(self, name)}

    def _made(self, x: Any, y: Any) -> Model:
        params: dict[str, Any] = self.get_params()
        self.n_outputs_, self.n_outputs_expected_ = getattr(self._targets, "outputs", 1), 1
        function: Any = next(
            (f for f in (params.pop("model", None), params.pop("build_fn", None)) if f is not None), None
        )
        function = function or getattr(self, "_keras_build_fn", None) or self._default
        if isinstance(function, Model):
            return copy.deepcopy(function)
        if not callable(function):
            raise TypeError(
                f"{type(self).__name__}: `model` must be a model, or a function that makes one. Received: "
                f"{function!r:.80}"
            )
        told = {"meta": self.meta, "compile_kwargs": self._compile_options(), "params": params}
        plain = {name: value for name, value in params.items() if not is_routed(name)}
        return called(function, plain, told, routed(params, "model"))  # type: ignore[no-any-return]

    def _default(self) -> Sequential:
        """Return the model of an estimator that was given none: a hidden layer of 100 ReLUs."""
        return Sequential(
            [Input(self.X_shape_[1:]), Dense(100, "relu"), Dense(self._targets.outputs, self._targets.activation)]
        )


class KerasClassifier(OfClasses, SciKeras):
    """A classifier of a model, or of a function that makes one, with SciKeras's parameters.

    Parameters
    ----------
    model : Sequential, Model or callable, optional
        A model, of which a copy is trained; or a function that returns one. It is given what it has arguments for:
        parameters of the estimator, those routed to it (``model__units=10`` gives ``units=10``), `meta` (what is known
        of the data: ``n_features_in_``, ``n_classes_``, ``target_type_``, ``X_shape_`` …) and `compile_kwargs`. A model
        that is not compiled yet is compiled. Without one: a hidden layer of 100 ReLUs.
    build_fn : callable, optional
        The older name of `model`.
    warm_start : bool, default False
        Whether `fit` goes on with the model there is.
    random_state : int or RandomState, optional
        Of the weights, the orders and Dropout.
    optimizer, loss, metrics : str, class, object or list
        For compiling; options are routed: ``optimizer__learning_rate=0.1``. Without a loss, the one that the targets
        and outputs mean.
    batch_size, validation_batch_size, verbose, validation_split, shuffle, epochs
        For the model's `fit`; others are routed: ``fit__validation_freq=5``.
    callbacks : list or dict of Callback or its classes, optional
        Options are routed to all of them, to the one of a place or of a name: ``callbacks__0__patience=3``.
    run_eagerly : bool, default False
        For compiling.
    class_weight : dict, "balanced" or None
        Weights of the classes.
    **kwargs
        Routed parameters, and arguments of the function that makes the model.

    Attributes
    ----------
    model_ : Sequential or Model
        The model.
    history_ : dict of str to list
        Loss and metrics of each epoch.
    classes_, n_classes_, target_type_, n_features_in_, feature_names_in_, X_shape_, X_dtype_, y_dtype_, y_ndim_
        What is known of the data.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from tinynet.layers import Dense
    >>> def make(units, meta):
    ...     return Sequential([Dense(units, "relu"), Dense(meta["n_classes_"], "softmax")])
    >>> x, y = make_classification(200, random_state=1)
    >>> estimator = KerasClassifier(
    ...     make, model__units=20, optimizer="adam", optimizer__learning_rate=0.01, epochs=20, random_state=0, verbose=0
    ... )
    >>> estimator.fit(x, y).score(x, y) > 0.9
    True
    """

    def __init__(
        self,
        model: Any = None,
        *,
        build_fn: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        batch_size: int | None = None,
        validation_batch_size: int | None = None,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        run_eagerly: bool = False,
        epochs: int = 1,
        class_weight: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(locals(), kwargs)


class KerasRegressor(OfNumbers, SciKeras):
    """A regressor of a model, or of a function that makes one, with SciKeras's parameters.

    Parameters
    ----------
    model, build_fn, warm_start, random_state, optimizer, loss, metrics, batch_size, validation_batch_size, verbose,
    callbacks, validation_split, shuffle, run_eagerly, epochs, **kwargs
        As for `KerasClassifier`.

    Attributes
    ----------
    model_, history_, target_type_, n_features_in_, feature_names_in_, X_shape_, X_dtype_, y_dtype_, y_ndim_
        As of `KerasClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.layers import Dense
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> estimator = KerasRegressor(Sequential([Dense(1)]), optimizer="sgd", optimizer__learning_rate=0.5, epochs=20)
    >>> estimator.set_params(verbose=0, random_state=0).fit(x, 3 * x.ravel() + 1).predict([[1.0]]).round(1)
    array([4.])
    """

    def __init__(
        self,
        model: Any = None,
        *,
        build_fn: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        batch_size: int | None = None,
        validation_batch_size: int | None = None,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        run_eagerly: bool = False,
        epochs: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(locals(), kwargs)

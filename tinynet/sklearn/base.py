"""What the two perceptrons share: arguments, training, prediction, and how they are pickled."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tinynet._types import Array
from tinynet._whole import all_or_nothing
from tinynet.callbacks import CallbackList, History
from tinynet.models import Sequential
from tinynet.optimizers import Optimizer
from tinynet.sklearn.building import build, first_weights, hidden_activations, hidden_units, weights_of
from tinynet.sklearn.checks import check_arguments, has_steps
from tinynet.sklearn.iterations import Iterations, Orders
from tinynet.sklearn.samples import checked_weights, evaluation_set, kept_apart, validated
from tinynet.training import requests

if TYPE_CHECKING:  # scikit-learn tells type checkers nothing
    from tinynet.sklearn.seen import Perceptron as BaseEstimator
else:
    from sklearn.base import BaseEstimator


class BaseMLP(BaseEstimator):
    """What `MLPClassifier` and `MLPRegressor` share."""

    coefs_: list[Array]
    intercepts_: list[Array]
    loss_curve_: list[float]
    model_: Sequential
    n_outputs_: int
    t_: int
    _random_state: np.random.RandomState

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        for name in arguments.keys() - {"self", "__class__"}:
            setattr(self, name, arguments[name])

    # ---- what the two do differently --------------------------------------------------------------------------------

    def _targets(self, y: Any, learn: bool, whole: bool) -> Array:
        """Return the targets, one row or number for each sample.

        Learn the classes, or check that they are known: all of them if the data are to be `whole`.
        """
        raise NotImplementedError

    def _output(self) -> str:
        """Return the output's activation, by scikit-learn's name."""
        raise NotImplementedError

    def _encoded(self, y: Array) -> Array:
        """Return the targets as the loss takes them."""
        raise NotImplementedError

    def _weights_of(self, y: Array, sample_weight: Array | None) -> Array | None:
        """Return the samples' weights, those of their classes included."""
        return sample_weight

    def _score(self, x: Any, y: Any, sample_weight: Array | None) -> float:
        """Return the score by which early stopping judges."""
        raise NotImplementedError

    # ---- fitting ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Train on samples and targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (N, features)
            The samples. float32 is trained in float32, all else in float64.
        y : array-like of shape (N,) or (N, outputs)
            The targets.
        sample_weight : array-like of shape (N,), optional
            How much each sample counts in its batch's mean.
        eval_set : tuple (X, y) or (X, y, weights), optional
            Other data, whose loss and metrics are recorded as ``history_["val_…"]``, and by whose score
            ``early_stopping=True`` judges in place of a part of the samples.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For arguments without a meaning, and for weights that are no finite numbers in the end.
        """
        return self._fit(X, y, sample_weight, eval_set, incremental=False)

    def _fit(self, x: Any, y: Any, sample_weight: Any, eval_set: Any, incremental: bool) -> Self:
        check_arguments(self)
        hidden_activations(self, len(hidden_units(self)))
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        x, y, weights, validation = all_or_nothing([self], self._prepared, x, y, sample_weight, eval_set, incremental)
        self._train(x, y, weights, validation, incremental)
        if not all(np.isfinite(w).all() for w in (*self.coefs_, *self.intercepts_)):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                "preprocessed."
            )
        return self

    def _prepared(self, x: Any, y: Any, sample_weight: Any, eval_set: Any, incremental: bool) -> tuple[Any, ...]:
        """Begin anew, or go on; return samples, targets, weights and the evaluation set as they are trained with."""
        units = hidden_units(self)
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        x, y = self._validated(x, y, first)
        y = self._targets(y, learn=not (self.warm_start or incremental), whole=self.warm_start)
        weights = self._weights_of(y, checked_weights(sample_weight, x.shape[0], x.dtype))
        validation = None if eval_set is None else evaluation_set(self, eval_set)
        self._random_state = check_random_state(self.random_state)
        self.n_outputs_ = self._columns(y)
        self.out_activation_ = self._output()
        units = [x.shape[1], *units, self.n_outputs_]
        if first:
            self._begin(units, x.dtype)
        self._check_units(units)
        if not hasattr(self, "_history"):  # the weights were set by hand
            self._history = History()
        if not incremental or not hasattr(self, "model_"):
            self._take(build(self, self.coefs_, self.intercepts_, self.out_activation_))
        return x, y, weights, validation

    def _validated(self, x: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        """Return samples and targets as arrays (or a sparse matrix) of what scikit-learn takes."""
        return validated(  # type: ignore[no-any-return]
            self,
            x,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=not hasattr(self, "predict_proba"),
            dtype=(np.float64, np.float32),
            reset=reset,
        )

    def _columns(self, y: Array) -> int:
        """Return how many outputs the targets need."""
        return 1 if y.ndim == 1 else int(y.shape[1])

    def _begin(self, units: list[int], dtype: Any) -> None:
        """Draw new weights, and begin a new record."""
        self.__dict__.pop("model_", None)
        self.n_layers_, self.t_, self._no_improvement_count = len(units), 0, 0
        self.coefs_, self.intercepts_ = first_weights(self, units, dtype)
        self.loss_curve_ = []
        self._history = History()
        self.best_loss_: float | None = None
        self.validation_scores_: list[float] | None = None
        self.best_validation_score_: float | None = None

    def _check_units(self, units: list[int]) -> None:
        """Raise a ValueError for weights of other sizes than the arguments say: they come from an earlier call."""
        found = [self.coefs_[0].shape[0], *(kernel.shape[1] for kernel in self.coefs_)]
        if found != units:
            raise ValueError(
                f"{type(self).__name__}: layers of {found} units were fitted before, and the arguments and data say "
                f"{units} now. Set warm_start=False, or use a clone, to begin anew."
            )

    def _take(self, model: Sequential) -> None:
        """Make a model the estimator's; its weights are the estimator's own from now on."""
        self.model_ = model
        weights = weights_of(model)
        self.coefs_, self.intercepts_ = weights[::2], weights[1::2]

    @property
    def _model(self) -> Sequential:
        """The model, with the weights that the attributes have: somebody may have put other arrays there."""
        check_is_fitted(self)
        if not hasattr(self, "model_"):
            self._random_state = check_random_state(self.random_state)
            self._take(build(self, self.coefs_, self.intercepts_, self.out_activation_))
        own = [w for pair in zip(self.coefs_, self.intercepts_, strict=True) for w in pair]
        if any(w is not known for w, known in zip(own, weights_of(self.model_), strict=True)):
            self.model_.set_weights(own)
            self._take(self.model_)
        return self.model_

    @property
    def _optimizer(self) -> Optimizer | None:
        """The optimizer of the last training."""
        return self.model_.optimizer

    @property
    def history_(self) -> Mapping[str, list[float]]:
        """Loss and metrics of all epochs by name, those of an `eval_set` with ``val_`` before their names."""
        return self._history.history

    def _train(self, x: Any, y: Array, weights: Array | None, validation: Any, incremental: bool) -> None:
        self._model.layers[-1].kernel_regularizer.alpha = float(self.alpha)  # all layers share it
        judges = validation
        if self.early_stopping and validation is None:
            x, y, weights, judges = kept_apart(self, x, y, weights)
        n = x.shape[0]
        if self.batch_size != "auto" and self.batch_size > n:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=4
            )
        size = min(200 if self.batch_size == "auto" else self.batch_size, n)
        iterations = Iterations(self, n, judges if self.early_stopping else None, first=not self.loss_curve_)
        if self.early_stopping and self.validation_scores_ is None:
            self.validation_scores_, self.best_validation_score_ = [], -np.inf
        elif not self.early_stopping and self.best_loss_ is None:
            self.best_loss_ = np.inf
        self.n_iter_ = 0
        epochs = 1 if incremental else self.max_iter
        orders = Orders(self._random_state) if self.shuffle else False
        schedule = requests.Schedule(size, epochs, 0, orders, 0, size, 1)
        listeners = CallbackList([iterations, *(self.callbacks or ()), self._history])
        encoded = None if validation is None else (validation[0], self._encoded(validation[1]), validation[2])
        try:
            requests.fit(self._model, x, self._encoded(y), weights, None, 0.0, encoded, schedule, listeners)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        else:
            if self.n_iter_ == self.max_iter and not iterations.stopped and not incremental:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                    "converged yet.",
                    ConvergenceWarning,
                    stacklevel=4,
                )
        if iterations.best is not None:
            self.model_.set_weights(iterations.best)

    def _stratifies(self, y: Array) -> bool:
        """Return whether the samples that are kept for validation have the same shares of the classes."""
        return False

    @available_if(has_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch more, with the optimizer as it is.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, None, incremental=True)

    # ---- predicting -------------------------------------------------------------------------------------------------

    def _outputs(self, x: Any, checked: bool = False) -> Array:
        """Return the outputs for samples, (N, outputs)."""
        model = self._model
        if not checked:
            x = validated(self, x, accept_sparse=["csr", "csc"], reset=False)
        return model.predict(x, verbose=0)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # ---- copies and pickles -----------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the weights that the model has already."""
        state = dict(super().__getstate__())
        state.pop("_random_state", None)  # each training begins with another
        if "model_" in state:
            state["model_"] = self._model
            del state["coefs_"], state["intercepts_"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in state:
            self._take(self.model_)

"""`MLPRegressor`: scikit-learn's multilayer perceptron for numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d

from tinynet._types import Array
from tinynet.sklearn.base import BaseMLP
from tinynet.sklearn.samples import Scored

if TYPE_CHECKING:  # scikit-learn tells type checkers nothing
    from tinynet.sklearn.seen import RegressorMixin
else:
    from sklearn.base import RegressorMixin


class MLPRegressor(Scored, RegressorMixin, BaseMLP):
    """Multilayer perceptron for one number, or several.

    It takes the arguments of ``sklearn.neural_network.MLPRegressor`` (1.9) and trains step for step as that does: from
    the same `random_state` come the same weights, orders and losses, to rounding.

    Parameters
    ----------
    loss : {"squared_error", "poisson"}, default "squared_error"
        Half the squared error, or half the Poisson deviance of counts, whose means are eᶻ of the outputs. Beyond
        scikit-learn: any loss of tinynet's.
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, power_t, max_iter,
    shuffle, random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction,
    beta_1, beta_2, epsilon, n_iter_no_change, max_fun, dropout, metrics, callbacks
        As for `MLPClassifier`.

    Attributes
    ----------
    coefs_, intercepts_, loss_, best_loss_, loss_curve_, history_, n_iter_, t_, n_layers_, n_outputs_, n_features_in_,
    feature_names_in_, model_
        As of `MLPClassifier`.
    validation_scores_, best_validation_score_
        With early stopping, R² of each epoch and the best; else None.
    out_activation_ : str
        "identity", or "exp" for ``loss="poisson"``.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> x, y = make_regression(200, 5, random_state=1)
    >>> regressor = MLPRegressor(learning_rate_init=0.1, max_iter=100, tol=1, dropout=[0.0], random_state=1).fit(x, y)
    >>> regressor.score(x, y) > 0.9
    True
    """

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: Any = 0.0,
        metrics: Any = None,
        callbacks: Any = None,
    ) -> None:
        super().__init__(locals())

    def _targets(self, y: Any, learn: bool, whole: bool) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if isinstance(self.loss, str) and self.loss == "poisson" and (y < 0).any():
            raise ValueError(f"{type(self).__name__}: loss='poisson' is for counts, y >= 0. Received: {y.min():g}")
        return np.reshape(y, (len(y), -1))

    def _output(self) -> str:
        return "exp" if isinstance(self.loss, str) and self.loss == "poisson" else "identity"

    def _encoded(self, y: Array) -> Array:
        return y

    def predict(self, X: Any) -> Array:
        """Return the numbers for each sample, (N,) or (N, outputs)."""
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _score(self, x: Any, y: Any, sample_weight: Array | None) -> float:
        outputs = self._outputs(x, checked=True)
        if not np.isfinite(outputs).all():
            return np.nan
        return float(r2_score(y, outputs, sample_weight=sample_weight))

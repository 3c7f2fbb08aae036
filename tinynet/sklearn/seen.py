"""What type checkers see of scikit-learn's base classes, which it does not describe to them; nothing imports it."""

from __future__ import annotations

from typing import Any, Self

from tinynet._types import Array


class BaseEstimator:
    """An estimator: parameters, and what it has seen in `fit`."""

    n_features_in_: int
    feature_names_in_: Array

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        raise NotImplementedError

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name."""
        raise NotImplementedError

    def get_metadata_routing(self) -> Any:
        """Return which metadata are routed where."""
        raise NotImplementedError

    def set_fit_request(self, **requests: Any) -> Self:
        """Say which metadata `fit` is given."""
        raise NotImplementedError

    def set_partial_fit_request(self, **requests: Any) -> Self:
        """Say which metadata `partial_fit` is given."""
        raise NotImplementedError

    def set_score_request(self, **requests: Any) -> Self:
        """Say which metadata `score` is given."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        raise NotImplementedError

    def __setstate__(self, state: dict[str, Any]) -> None:
        raise NotImplementedError


class ClassifierMixin:
    """An estimator of classes."""

    classes_: Array

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of samples whose class is right."""
        raise NotImplementedError


class RegressorMixin:
    """An estimator of numbers."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the coefficient of determination."""
        raise NotImplementedError


class Perceptron(BaseEstimator):
    """The same with the arguments of the perceptrons, and what `fit` learns."""

    # the arguments
    hidden_layer_sizes: Any
    activation: Any
    solver: Any
    alpha: float
    batch_size: Any
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    verbose: bool
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    loss: Any
    dropout: Any
    metrics: Any
    callbacks: Any
    # what `fit` learns
    loss_: Any
    best_loss_: Any
    validation_scores_: Any
    best_validation_score_: Any
    n_iter_: int
    n_layers_: int
    out_activation_: str

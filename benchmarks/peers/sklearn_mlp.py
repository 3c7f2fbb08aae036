"""scikit-learn's MLP, with its own optimizers: Adam in place of RMSprop, which it lacks, and SGD.

It cannot validate on given data: for workloads with validation, an epoch is a `partial_fit` and a prediction.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.workloads import Workload


def starting_from(kind: Any, weights: Any) -> Any:
    """Return a subclass of `kind` that starts from the given kernels and biases."""

    class Started(kind):  # type: ignore[misc]
        def _initialize(self, *args: Any, **kwargs: Any) -> None:
            super()._initialize(*args, **kwargs)
            if self.coefs_[-1].shape == weights[-2].shape:
                self.coefs_ = [w.copy() for w in weights[::2]]
                self.intercepts_ = [w.copy() for w in weights[1::2]]

    return Started


class Peer:
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int) -> None:
        self.work, self.initial = work, weights
        self.x, self.y, self.x_val, self.y_val = data
        if work.loss == "cce":
            self.y, self.y_val = self.y.argmax(1), self.y_val.argmax(1)
        elif work.sizes[-1] == 1:
            self.y, self.y_val = self.y[:, 0], self.y_val[:, 0]
        if work.loss == "bce":
            self.y, self.y_val = self.y.astype(int), self.y_val.astype(int)
        warnings.simplefilter("ignore", ConvergenceWarning)
        self.reset()

    def reset(self) -> None:
        work = self.work
        # It sums the loss over several outputs where Keras takes the mean, and its squared error is half of Keras's.
        # The learning rate compensates for both.
        scale = 1 / work.sizes[-1] if work.loss == "bce" else 2.0 if work.loss == "mse" else 1.0
        kind = starting_from(MLPRegressor if work.loss == "mse" else MLPClassifier, self.initial)
        adam = work.optimizer == "rmsprop"
        self.model = kind(
            hidden_layer_sizes=work.sizes[1:-1],
            solver="adam" if adam else "sgd",
            alpha=0,
            batch_size=work.batch,
            learning_rate_init=work.learning_rate * (1 if adam else scale),
            momentum=0,
            tol=0,
            n_iter_no_change=10**9,
            random_state=0,
        )

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        self.model.set_params(max_iter=epochs, shuffle=shuffle)
        if not self.work.validation_rows:
            self.model.fit(self.x, self.y)
            return list(self.model.loss_curve_)
        classes = {} if self.work.loss == "mse" else {"classes": np.arange(self.y.max() + 1)}
        for _ in range(epochs):
            self.model.partial_fit(self.x, self.y, **classes)
            predicted = self.model.predict_proba(self.x_val)
            if self.y_val.ndim == 1:
                log_loss(self.y_val, predicted, labels=self.model.classes_)
            else:
                -np.mean(np.log(np.where(self.y_val, predicted, 1 - predicted) + 1e-7))
        return list(self.model.loss_curve_)

    def weights(self) -> Any:
        return [w for pair in zip(self.model.coefs_, self.model.intercepts_, strict=True) for w in pair]

    def calls(self, row: Any) -> dict[str, Any]:
        return {"predict_proba": lambda: self.model.predict_proba(row)}

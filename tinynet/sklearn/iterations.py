"""What happens after each epoch: the record, scikit-learn's rules for stopping, and its learning rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._console import say
from tinynet._types import Array
from tinynet.callbacks import Callback
from tinynet.callbacks.callback import Logs

if TYPE_CHECKING:
    from tinynet.sklearn.base import BaseMLP

#: A learning rate that is divided no further.
SMALLEST_RATE = 1e-6


class Orders:
    """Puts the samples in a new order before each epoch: scikit-learn's, drawn from its generator."""

    def __init__(self, random_state: np.random.RandomState) -> None:
        self.random_state = random_state

    def __call__(self, order: Array) -> None:
        """Shuffle `order` in place."""
        drawn = np.arange(order.size)
        self.random_state.shuffle(drawn)
        order[:] = order[drawn]


class Iterations(Callback):
    """Keeps an estimator's record, and stops its training.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Whose attributes are written.
    samples : int
        Samples an epoch.
    validation : tuple, optional
        Samples, targets and weights (or None) by which early stopping judges.
    first : bool, default True
        Whether the weights are new. A later training in which no score beats those before it ends with its last
        weights, as in scikit-learn.
    """

    tells_of_nan = True

    def __init__(
        self, estimator: BaseMLP, samples: int, validation: tuple[Any, Any, Any] | None = None, first: bool = True
    ) -> None:
        self.estimator, self.samples, self.validation, self.first = estimator, samples, validation, first
        self.best: list[Array] | None = None
        self.stopped = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Keep the weights that early stopping would return to."""
        if self.validation is not None and self.first:
            self.best = self.model.get_weights()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record the epoch; stop, or lower the learning rate, if too many brought nothing."""
        e = self.estimator
        e.n_iter_ += 1
        e.t_ += self.samples
        e.loss_ = (logs or {})["loss"]
        e.loss_curve_.append(e.loss_)
        if e.verbose:
            say(f"Iteration {e.n_iter_}, loss = {e.loss_:.8f}")
        if self.validation is None:
            self._look_at_loss()
        else:
            self._look_at_score(*self.validation)
        sgd = e.solver == "sgd"
        if sgd and e.learning_rate == "invscaling":
            self.model.optimizer.learning_rate = e.learning_rate_init / (e.t_ + 1) ** e.power_t
        if e._no_improvement_count > e.n_iter_no_change:
            what = "Training loss" if self.validation is None else "Validation score"
            message = f"{what} did not improve more than tol={e.tol:f} for {e.n_iter_no_change} consecutive epochs."
            if sgd and e.learning_rate == "adaptive" and self.model.optimizer.learning_rate > SMALLEST_RATE:
                self.model.optimizer.learning_rate /= 5.0
                message += f" Setting learning rate to {self.model.optimizer.learning_rate:f}"
                e._no_improvement_count = 0
            else:
                too_small = sgd and e.learning_rate == "adaptive"
                message += " Learning rate too small. Stopping." if too_small else " Stopping."
                self.stopped = self.model.stop_training = True
            if e.verbose:
                say(message)

    def _look_at_loss(self) -> None:
        """Count the epochs in a row that did not lower the loss by `tol`."""
        e, best = self.estimator, self.estimator.best_loss_
        assert best is not None
        e._no_improvement_count = e._no_improvement_count + 1 if e.loss_ > best - e.tol else 0
        e.best_loss_ = e.loss_ if e.loss_ < best else best

    def _look_at_score(self, x: Any, y: Any, weights: Any) -> None:
        """Count the epochs in a row that did not raise the validation's score by `tol`; keep the best weights."""
        e = self.estimator
        assert e.validation_scores_ is not None
        assert e.best_validation_score_ is not None
        score = e._score(x, y, weights)
        e.validation_scores_.append(score)
        if e.verbose:
            say(f"Validation score: {score:f}")
        e._no_improvement_count = e._no_improvement_count + 1 if score < e.best_validation_score_ + e.tol else 0
        if score > e.best_validation_score_:
            e.best_validation_score_, self.best = score, self.model.get_weights()

"""`MLPClassifier`: scikit-learn's multilayer perceptron for classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels

from tinynet._types import Array
from tinynet.sklearn.base import BaseMLP
from tinynet.sklearn.building import loss_of
from tinynet.sklearn.checks import has_steps
from tinynet.sklearn.samples import Scored

if TYPE_CHECKING:  # scikit-learn tells type checkers nothing
    from tinynet.sklearn.seen import ClassifierMixin
else:
    from sklearn.base import ClassifierMixin


class MLPClassifier(Scored, ClassifierMixin, BaseMLP):
    """Multilayer perceptron for two or more classes, or several labels at once.

    It takes the arguments of ``sklearn.neural_network.MLPClassifier`` (1.9) and trains step for step as that does: from
    the same `random_state` come the same weights, orders and losses, to rounding. What it has beyond is said below.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of the hidden layers.
    activation : {"identity", "logistic", "tanh", "relu"}, default "relu"
        Of the hidden layers. Beyond scikit-learn: any activation of tinynet's, or a list of one for each layer.
    solver : {"adam", "sgd"}, default "adam"
        Beyond scikit-learn: the name of any optimizer of tinynet's, or an object, of which a fresh copy trains.
        ``"lbfgs"`` is not there.
    alpha : float, default 0.0001
        alpha/2·Σ w², over all weights but the biases, is added to the sum of a batch's losses.
    batch_size : int, default "auto"
        Samples per step; "auto" is 200, or all of them if they are fewer.
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        How the rate of ``solver="sgd"`` changes: not at all, as ``learning_rate_init / t_**power_t``, or by a fifth
        whenever `n_iter_no_change` epochs brought nothing.
    learning_rate_init : float, default 0.001
        The learning rate at first.
    power_t : float, default 0.5
        See `learning_rate`.
    max_iter : int, default 200
        The most epochs.
    shuffle : bool, default True
        Whether every epoch goes through the samples in a new order.
    random_state : int, RandomState or None
        Of the first weights, the orders, and the split for early stopping.
    tol : float, default 1e-4
        Training stops when the loss (or the score, see `early_stopping`) got no better by this for more than
        `n_iter_no_change` epochs.
    verbose : bool, default False
        Whether each epoch's loss is printed.
    warm_start : bool, default False
        Whether `fit` goes on from the weights that it left.
    momentum : float, default 0.9
        Of ``solver="sgd"``.
    nesterovs_momentum : bool, default True
        Whether it is Nesterov's.
    early_stopping : bool, default False
        Whether to keep some samples apart, stop by their score, and return to the weights that had the best one.
    validation_fraction : float, default 0.1
        The share of the samples that is kept.
    beta_1, beta_2, epsilon : float, default 0.9, 0.999, 1e-8
        Of ``solver="adam"``.
    n_iter_no_change : int, default 10
        See `tol`.
    max_fun : int, default 15000
        scikit-learn's, of "lbfgs": without effect.
    loss : str or Loss, default "log_loss"
        Beyond scikit-learn: any loss of tinynet's.
    class_weight : dict, "balanced" or None
        Beyond scikit-learn: weights of the classes, as in its other classifiers.
    dropout : float or list of float, default 0
        Beyond scikit-learn: the share of each hidden layer's outputs that is left out in training.
    metrics : list, optional
        Beyond scikit-learn: what `history_` has for each epoch besides the loss: ``["accuracy"]``.
    callbacks : list of Callback, optional
        Beyond scikit-learn: tinynet's callbacks.

    Attributes
    ----------
    classes_ : ndarray
        The classes.
    coefs_, intercepts_ : list of ndarray
        Kernels (inputs, units) and biases (units,) of all layers: views of the model's, so that writing to them counts.
    loss_, best_loss_ : float
        The last epoch's loss, and the least; the latter None with early stopping.
    loss_curve_ : list of float
        The loss of each epoch, penalties included.
    validation_scores_, best_validation_score_
        With early stopping, the accuracy of each epoch and the best; else None.
    history_ : dict of str to list
        The loss and the metrics of each epoch by name.
    n_iter_, t_ : int
        Epochs of the last call; samples seen so far.
    n_layers_, n_outputs_, out_activation_
        Layers with the input's; outputs; "softmax" for three classes and more, else "logistic".
    n_features_in_, feature_names_in_
        What `fit` has seen.
    model_ : Sequential
        The tinynet model.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> x, y = make_classification(200, random_state=1)
    >>> classifier = MLPClassifier(learning_rate_init=0.01, tol=1e-2, class_weight="balanced", random_state=1)
    >>> classifier.fit(x, y).score(x, y) > 0.9
    True
    """

    class_weight: Any
    _label_binarizer: LabelBinarizer

    def __init__(
        self,
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
        loss: Any = "log_loss",
        class_weight: Any = None,
        dropout: Any = 0.0,
        metrics: Any = None,
        callbacks: Any = None,
    ) -> None:
        super().__init__(locals())

    # ---- targets ----------------------------------------------------------------------------------------------------

    def _targets(self, y: Any, learn: bool, whole: bool) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if learn or not hasattr(self, "classes_"):
            self._learn_classes(y)
        else:
            self._check_classes(unique_labels(y), whole)
        if self._output() == "softmax":
            return np.searchsorted(self.classes_, y)  # type: ignore[no-any-return]
        return self._label_binarizer.transform(y)  # type: ignore[no-any-return]

    def _learn_classes(self, labels: Any) -> None:
        self._label_binarizer = LabelBinarizer().fit(labels)
        self.classes_ = self._label_binarizer.classes_

    def _check_classes(self, classes: Array, whole: bool) -> None:
        """Raise a ValueError unless these classes are known, and all of them are there if they have to be."""
        if whole and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
                f"got {self.classes_}, `y` has {classes}"
            )
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _output(self) -> str:
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _columns(self, y: Array) -> int:
        return len(self.classes_) if y.ndim == 1 else int(y.shape[1])

    def _encoded(self, y: Array) -> Array:
        if y.ndim == 2 or loss_of(self, self.out_activation_, "float64").targets == "classes":
            return y
        return np.eye(self.n_outputs_)[y]

    def _weights_of(self, y: Array, sample_weight: Array | None) -> Array | None:
        if self.class_weight is None:
            return sample_weight
        labels = self._labels_of(y)
        weights: Array = compute_sample_weight(self.class_weight, labels)
        return weights if sample_weight is None else weights * sample_weight

    def _labels_of(self, y: Array) -> Array:
        """Return what `_targets` was given."""
        return self.classes_[y] if y.ndim == 1 else self._label_binarizer.inverse_transform(y)

    def _stratifies(self, y: Array) -> bool:
        return y.ndim == 2 and y.shape[1] == 1

    @available_if(has_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch more, with the optimizer as it is.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`; a call need not have samples of all classes.
        classes : array-like, optional
            All classes there are, needed in the first call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the classes are missing in the first call, or others in a later one.
        """
        if not hasattr(self, "classes_"):
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._learn_classes(y if type_of_target(y).startswith("multilabel") else unique_labels(classes))
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        return self._fit(X, y, sample_weight, None, incremental=True)

    # ---- predicting -------------------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Return the class of each sample, or its labels, (N, labels)."""
        return self._decided(self._outputs(X))

    def _decided(self, outputs: Array) -> Array:
        flat = outputs.ravel() if self.n_outputs_ == 1 else outputs
        return self._label_binarizer.inverse_transform(flat)  # type: ignore[no-any-return]

    def predict_proba(self, X: Any) -> Array:
        """Return the probabilities of the classes, (N, classes), in the order of `classes_`."""
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities, (N, classes)."""
        return np.log(self.predict_proba(X))

    def _score(self, x: Any, y: Any, sample_weight: Array | None) -> float:
        outputs = self._outputs(x, checked=True)
        if not np.isfinite(outputs).all():
            return np.nan
        return float(accuracy_score(self._labels_of(y), self._decided(outputs), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

"""What the wrappers share that make an estimator of scikit-learn's of a model, or of a function that makes one."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from tinynet import config
from tinynet._kinds import lone_output
from tinynet._types import Array
from tinynet.losses import Loss
from tinynet.models import Model
from tinynet.sklearn.samples import Scored, checked_weights, validated
from tinynet.sklearn.targets import ClassTargets, NumberTargets

if TYPE_CHECKING:  # scikit-learn tells type checkers nothing
    from tinynet.sklearn.seen import BaseEstimator, ClassifierMixin, RegressorMixin
else:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

#: Held while a seeded model is made: the generators belong to the process.
_SEEDED = threading.RLock()


@contextmanager
def seeded(random_state: Any) -> Iterator[None]:
    """Let all generators begin from a random state, and go on afterwards as if nothing had been drawn."""
    if random_state is None:
        yield
        return
    with _SEEDED:
        before = config._generator, config._seeded, random.getstate(), np.random.get_state()  # noqa: NPY002
        try:
            config.seed_everything(int(check_random_state(random_state).randint(2**31)))
            yield
        finally:
            config._generator, config._seeded = before[:2]
            random.setstate(before[2])
            np.random.set_state(before[3])  # noqa: NPY002


class BaseWrapper(BaseEstimator):
    """What the wrappers share: a tinynet model that is made, fitted and asked."""

    model_: Model
    history_: dict[str, list[float]]
    _targets: Any
    warm_start = False
    random_state: Any = None
    class_weight: Any = None

    # ---- what the wrappers do differently ---------------------------------------------------------------------------

    def _targets_of(self, y: Any, classes: Any) -> Any:
        """Return what turns targets into the model's, and outputs back."""
        return NumberTargets(y)

    def _made(self, x: Any, y: Any) -> Model:
        """Return a new model, compiled or not."""
        raise NotImplementedError

    def _compile_options(self) -> dict[str, Any]:
        """Return how a model is compiled that is not yet."""
        return {"optimizer": "rmsprop"}

    def _fit_options(self) -> dict[str, Any]:
        """Return the arguments of the model's `fit`."""
        return {}

    def _predict_options(self) -> dict[str, Any]:
        """Return the arguments of the model's `predict`."""
        return {}

    # ---- fitting ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Self:
        """Make a model and train it; with ``warm_start=True`` go on with the one there is.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (N, …)
            The samples.
        y : array-like
            Their targets.
        sample_weight : array-like of shape (N,), optional
            How much each sample counts.
        **kwargs
            Further arguments of the model's `fit`, for this call.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, kwargs, new=not (self.warm_start and self.__sklearn_is_fitted__()))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Self:
        """Train the model there is, or a new one, for one epoch more."""
        return self._fit(X, y, sample_weight, {"epochs": 1, **kwargs}, new=not self.__sklearn_is_fitted__())

    def initialize(self, X: Any, y: Any) -> Self:
        """Make the model for such data, without training it."""
        x, y = self._validated(X, y, True)
        self._begin(x, y, None)
        return self

    @property
    def current_epoch(self) -> int:
        """How many epochs the model has been trained for."""
        return len(self.history_["loss"]) if getattr(self, "history_", None) else 0

    def _validated(self, x: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        numeric = not hasattr(self, "predict_proba")
        return validated(  # type: ignore[no-any-return]
            self, x, y, accept_sparse=["csr", "csc"], allow_nd=True, multi_output=True, y_numeric=numeric, reset=reset
        )

    def _fit(
        self, x: Any, y: Any, sample_weight: Any, options: Mapping[str, Any], new: bool, classes: Any = None
    ) -> Self:
        options = {**self._fit_options(), **options}
        x, y = self._validated(x, y, new)
        weights = checked_weights(sample_weight, x.shape[0], np.float64)
        if new:
            self._begin(x, y, classes)
        model, loss = self.model_, self.model_.loss
        takes = "classes" if isinstance(loss, Loss) and loss.targets == "classes" else "values"
        encoded = self._targets.encoded(y, takes, self._outputs_of(model, x))
        if self.class_weight is not None:
            by_class = compute_sample_weight(self.class_weight, self._targets.labels(y))
            weights = by_class if weights is None else weights * by_class
        found = model.fit(x, encoded, sample_weight=weights, **options)
        for name, column in found.history.items():
            self.history_.setdefault(name, []).extend(column)
        return self

    def _begin(self, x: Any, y: Any, classes: Any) -> None:
        """Learn what the targets are, and make the model."""
        targets = self._targets_of(y, classes)
        self._targets, self.target_type_ = targets, targets.kind
        self.X_dtype_, self.X_shape_ = np.dtype(x.dtype), x.shape
        self.y_dtype_, self.y_ndim_ = np.asarray(y).dtype, np.ndim(y)
        with seeded(self.random_state):
            model = self._made(x, y)
            joins = model.joins if isinstance(model, Model) else None
            if not isinstance(model, Model) or (joins is not None and max(map(len, (joins.inputs, joins.outputs))) > 1):
                raise TypeError(
                    f"{type(self).__name__}: expected a model of one input and one output. Received: {model!r:.80}"
                )
            if model.setup is None or model.setup.loss is None:
                options = self._compile_options()
                if options.get("loss") is None:
                    options["loss"] = targets.loss(self._outputs_of(model, x))
                model.compile(**options)
            model.build((None, *x.shape[1:]))
            model.shuffle_state()
        self.model_, self.history_ = model, {}

    @staticmethod
    def _outputs_of(model: Model, x: Any) -> int:
        return int(model.compute_output_shape((None, *x.shape[1:]))[-1] or 1)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    # ---- predicting -------------------------------------------------------------------------------------------------

    def predict(self, X: Any, **kwargs: Any) -> Array:
        """Return what the model makes of samples, in the form that the targets had."""
        outputs = self._outputs(X, kwargs)
        return self._targets.decided(outputs)  # type: ignore[no-any-return]

    def _outputs(self, x: Any, options: Mapping[str, Any]) -> Array:
        check_is_fitted(self)
        x = validated(self, x, accept_sparse=["csr", "csc"], allow_nd=True, reset=False)
        return lone_output(self.model_.predict(x, **{**self._predict_options(), **options}))  # type: ignore[no-any-return]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse, tags.input_tags.three_d_array = True, True
        return tags


class OfClasses(Scored, ClassifierMixin, BaseWrapper):
    """What the wrappers for classes add."""

    def _targets_of(self, y: Any, classes: Any) -> ClassTargets:
        targets = ClassTargets(y, classes)
        self.classes_, self.n_classes_ = targets.classes, len(targets.classes)
        return targets

    def partial_fit(  # type: ignore[override]
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None, **kwargs: Any
    ) -> Self:
        """Train the model there is, or a new one, for one epoch more; `classes` are all there are."""
        new = not self.__sklearn_is_fitted__()
        return self._fit(X, y, sample_weight, {"epochs": 1, **kwargs}, new, classes)

    def predict_proba(self, X: Any, **kwargs: Any) -> Array:
        """Return the probabilities of the classes, (N, classes)."""
        outputs = self._outputs(X, kwargs)
        return self._targets.probabilities(outputs)  # type: ignore[no-any-return]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = tags.classifier_tags.poor_score = True  # it depends on the model
        return tags


class OfNumbers(Scored, RegressorMixin, BaseWrapper):
    """What the wrappers for numbers add."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = tags.regressor_tags.poor_score = True
        return tags

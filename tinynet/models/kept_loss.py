"""Losses that keep tensors of their model, as programs of Keras 1 and 2 write them: that of a variational autoencoder.

Such a function of (y_true, y_pred) also computes with what layers further up give. The model that is trained by it has
the targets as one more input, and adds to its loss what the function makes of these, the output and the tensors kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import data, layers
from tinynet._arguments import shown
from tinynet.layers.input_layer import Input
from tinynet.layers.kept_tensors import kept_by
from tinynet.layers.symbolic import leaves
from tinynet.models.forms import MODELS


def keeps_tensors(loss: Any) -> bool:
    """Return whether a loss is a function that computes with tensors of a model."""
    function = getattr(loss, "function", None)
    return callable(function) and bool(kept_by(function))


class Requests:
    """The functions that train and test a model, for one whose loss keeps tensors.

    Parameters
    ----------
    model : Model
        The model, made from inputs and outputs, and compiled.
    """

    def __init__(self, model: Any) -> None:
        from tinynet.training import requests

        self.model, self.requests = model, requests

    def fit(
        self,
        model: Any,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        validation_split: float,
        validation_data: Any,
        schedule: Any,
        callbacks: Any,
    ) -> Any:
        """Train the model with targets."""
        self._refuse("weights", sample_weight, class_weight)
        x, y = self._given(x, y)
        whole = self._with_targets(y)
        if validation_data is not None:
            x_val, y_val, weights = data.unpack_validation(validation_data)
            self._refuse("weights", weights)
            x_val, y_val = self._given(x_val, y_val)
            validation_data = [*x_val, y_val], y_val
        options = validation_split, validation_data, schedule, callbacks
        history = self.requests.fit(whole, [*x, y], y, None, None, *options)
        model.history = whole.history
        return history

    def evaluate(
        self, model: Any, x: Any, y: Any, sample_weight: Any, batch_size: Any, verbose: Any, callbacks: Any, steps: Any
    ) -> Any:
        """Return loss and metrics of the model with targets."""
        self._refuse("weights", sample_weight)
        x, y = self._given(x, y)
        whole = self._with_targets(y)
        return self.requests.evaluate(whole, [*x, y], y, None, batch_size, verbose, callbacks, steps)

    def train_on_batch(self, model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Any:
        """Make one update of the model with targets."""
        self._refuse("weights", sample_weight, class_weight)
        x, y = self._given(x, y)
        return self.requests.train_on_batch(self._with_targets(y), [*x, y], y, None, None)

    def test_on_batch(self, model: Any, x: Any, y: Any, sample_weight: Any) -> Any:
        """Return loss and metrics of one batch."""
        self._refuse("weights", sample_weight)
        x, y = self._given(x, y)
        return self.requests.test_on_batch(self._with_targets(y), [*x, y], y, None)

    def _refuse(self, what: str, *given: Any) -> None:
        if any(each is not None for each in given):
            raise ValueError(
                f"Model '{self.model.name}': its loss computes with tensors of the model, so that {what} of samples "
                f"cannot be applied. Received: {shown(next(each for each in given if each is not None))}"
            )

    def _given(self, x: Any, y: Any) -> tuple[list[Any], Any]:
        """Return inputs and targets as arrays, or raise a TypeError for what gives batches."""
        if data.gives_batches(x) or y is None:
            raise TypeError(
                f"Model '{self.model.name}': its loss computes with tensors of the model, so that it is given arrays "
                f"of samples and targets. Received: x={shown(x)}, y={shown(y)}"
            )
        y = np.asarray(y)
        return leaves(x) if isinstance(x, (list, tuple, dict)) else [x], y[:, None] if y.ndim == 1 else y

    def _with_targets(self, y: Any) -> Any:
        """Return the model that has the targets as an input; it is made once for each setup."""
        setup, key = self.model.setup, y.shape[1:]
        known = self.model.kept.get("with_targets")
        if known is not None and known[0] is setup and known[1] == key:
            return known[2]
        inputs, outputs = self.model.tensors()
        loss, targets = setup.loss.function, Input(key, name="targets")

        def of_rows(pair: Any) -> Any:
            found = loss(*pair)
            return found if np.ndim(found) else found + np.zeros(len(pair[1]), pair[1].dtype)

        rows = layers.Lambda(of_rows, lambda shapes: (None, *setup_shape(shapes)), name="loss_with_targets")
        whole = MODELS["Functional"]([*leaves(inputs), targets], outputs, name=self.model.name)
        whole.add_loss(np.mean(rows([targets, leaves(outputs)[0]])))
        given = {name: setup.given[name] for name in ("metrics", "weighted_metrics")}
        whole.compile(setup.optimizer, None, compiled=setup.compiled, sparse=setup.sparse, **given)
        self.model.kept["with_targets"] = setup, key, whole
        return whole


def setup_shape(shapes: Any) -> tuple[Any, ...]:
    """Return the shape of a sample's losses: none for one number, or one for each row of its output."""
    return tuple(shapes[1][1:-1])

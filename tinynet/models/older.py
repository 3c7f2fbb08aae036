"""A model's methods that only older versions of Keras had; books and programs call them."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from itertools import chain
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._arguments import number, shown
from tinynet._kinds import has_length, lone_output
from tinynet._names import shown_as
from tinynet._old_names import old_names
from tinynet._types import Array
from tinynet.models.on_batch import OnBatch

if TYPE_CHECKING:
    from tinynet.callbacks import History


def _steps(name: str, batches: Any, counted: str, samples: Any) -> tuple[Any, int]:
    """Return batches, and how many of them hold so many samples: as many as there are in the first."""
    wanted = number("fit_generator", counted, samples, 1)
    if has_length(batches):
        return batches, len(batches)
    if not hasattr(batches, "__next__"):
        raise TypeError(f"fit_generator: `{name}` must be a generator or a Sequence. Received: {shown(batches)}")
    first = next(batches, None)
    rows = _rows_of(first)
    if not rows:
        raise ValueError(f"fit_generator: `{name}` must give batches (inputs, targets). It gave: {shown(first)}")
    return chain([first], batches), ceil(wanted / rows)


def _rows_of(batch: Any) -> int:
    """Return how many samples a batch has; 0 for what is none."""
    x = batch[0] if isinstance(batch, (list, tuple)) and batch else None
    x = next(iter(x.values()), None) if isinstance(x, Mapping) else x
    shape = getattr(x, "shape", None)
    if isinstance(shape, tuple):
        return shape[0] if shape else 0
    return len(x) if isinstance(x, Sized) and has_length(x) else 0


@shown_as("Model")
class Older(OnBatch):
    """A model, with the methods that Keras 1 and 2 had besides."""

    if TYPE_CHECKING:
        fit: Any
        evaluate: Any
        predict: Any

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> Array:
        """Return the class of every sample: Keras 2's name for the largest output, or for ``predict(x) > 0.5`` of one.

        Returns
        -------
        ndarray of int
            Of shape (N,), or as Keras 2 has it of (N, 1) where there is one output.
        """
        outputs = lone_output(self.predict(x, batch_size, verbose))
        classes: Array = outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype(np.int32)
        return classes

    def predict_proba(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> Array:
        """Return the outputs: Keras 2's name for `predict` where they are probabilities."""
        outputs: Array = self.predict(x, batch_size, verbose)
        return outputs

    @old_names
    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        samples_per_epoch: int | None = None,
        nb_val_samples: int | None = None,
        **options: Any,
    ) -> History:
        """Train on what gives batches: Keras 2's name for `fit`. Keras 1 counted in samples."""
        data = options.get("validation_data")
        if nb_val_samples is not None and data is not None and not isinstance(data, (list, tuple)):
            found = _steps("validation_data", data, "nb_val_samples", nb_val_samples)
            options["validation_data"], options["validation_steps"] = found
        if samples_per_epoch is not None:
            generator, steps_per_epoch = _steps("generator", generator, "samples_per_epoch", samples_per_epoch)
        history: History = self.fit(generator, steps_per_epoch=steps_per_epoch, epochs=epochs, **options)
        return history

    @old_names
    def evaluate_generator(self, generator: Any, steps: int | None = None, **options: Any) -> Any:
        """Return loss and metrics on what gives batches: Keras 2's name for `evaluate`."""
        return self.evaluate(generator, steps=steps, **options)

    @old_names
    def predict_generator(self, generator: Any, steps: int | None = None, **options: Any) -> Array:
        """Return the outputs for what gives batches: Keras 2's name for `predict`."""
        outputs: Array = self.predict(generator, steps=steps, **options)
        return outputs

    def _show_accuracy(self) -> None:
        """Report the accuracy, if no metrics are."""
        setup = self.setup
        if setup is not None and not setup.metrics:
            given = {**setup.given, "metrics": ["accuracy"]}
            self.compile(setup.optimizer, **given, compiled=setup.compiled, sparse=setup.sparse)

    def to_yaml(self, **options: Any) -> str:
        """Return the model's layers as YAML: Keras 1 and 2's name for `to_json`, whose text is YAML as well."""
        text: str = self.to_json()
        return text

    def reset_metrics(self) -> None:
        """Do nothing: the results of one call never count for the next."""

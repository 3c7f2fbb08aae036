"""A model's methods that only older versions of Keras had; books and programs call them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._names import shown_as
from tinynet._old_names import old_names
from tinynet._types import Array
from tinynet.models.on_batch import OnBatch

if TYPE_CHECKING:
    from tinynet.callbacks import History


def _steps(batches: Any, samples: int) -> tuple[Any, int]:
    """Return batches, and how many of them hold so many samples: as many as there are in the first."""
    if hasattr(batches, "__len__"):
        return batches, len(batches)
    first = next(batches)
    return chain([first], batches), -(-samples // len(first[0]))


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
        outputs = self.predict(x, batch_size, verbose)
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
        if samples_per_epoch is not None:
            generator, steps_per_epoch = _steps(generator, samples_per_epoch)
        data = options.get("validation_data")
        if nb_val_samples is not None and not isinstance(data, (list, tuple)):
            options["validation_data"], options["validation_steps"] = _steps(data, nb_val_samples)
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

    def reset_metrics(self) -> None:
        """Do nothing: the results of one call never count for the next."""

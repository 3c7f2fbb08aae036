"""A model that is run: fitted, evaluated, and used to predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from tinynet._arguments import flag
from tinynet._names import shown_as
from tinynet._old_names import old_names
from tinynet._types import Array
from tinynet.layers.own_call import in_training
from tinynet.layers.symbolic import is_symbolic, shaped_like
from tinynet.models.on_batch import form_of
from tinynet.models.own_steps import OwnSteps

if TYPE_CHECKING:
    from os import PathLike

    from tinynet.callbacks import History
    from tinynet.learn.film import Film
    from tinynet.learn.tracing import Trace
    from tinynet.learn.verdicts import GradientCheck
    from tinynet.models.wiring import Wiring
    from tinynet.training.predicting import Prediction


@shown_as("Model")
class Trained(OwnSteps):
    """A model that is fitted, evaluated and used to predict."""

    history: History | None = None
    #: Which part takes what, if the layers alone do not say it.
    _wiring: Wiring | None = None

    @property
    def losses(self) -> list[float]:
        """The penalties of all layers' regularizers, as they add to the loss."""
        return [penalty for layer in self.stack for penalty in layer.losses]

    @old_names
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for a number of epochs.

        Parameters
        ----------
        x, y : array-like
            Samples (N, …) and their targets: NumPy arrays of any numeric type, lists, SciPy sparse matrices, tables of
            pandas, Polars or PyArrow, or a list of one of these. They are never modified. Large arrays are read where
            they stand, so that they must not be resized, and a memory map's file not be cut, while a call runs. Later
            tables must have the columns of the first in the same order; categories as targets are the classes, in the
            order of the first (see ``model.seen``). Or, as `x` alone, what gives batches ``(x, y)`` or
            ``(x, y, sample_weight)``: a generator, a `utils.PyDataset`, a data loader, a list. One batch is in memory
            at a time, each is checked as it comes, and `batch_size` is not asked.
        batch_size : int, default 32
            Samples per update.
        epochs : int, default 1
            Number of the last epoch.
        verbose : {"auto", 0, 1, 2}
            0 is silent, 1 a bar on a terminal and a line an epoch elsewhere, 2 a line an epoch.
        callbacks : list of Callback, optional
            Called between epochs and, where they have such hooks, between batches.
        validation_split : float in [0, 1), default 0
            The last share of the samples (before shuffling) is kept for validation.
        validation_data : tuple, optional
            ``(x_val, y_val)`` or ``(x_val, y_val, weights)``, or what gives batches.
        shuffle : bool, default True
            Whether every epoch goes through the samples in a new order.
        class_weight : dict of int to float, optional
            Weight of each class's samples; missing ones count 1.
        sample_weight : array-like of shape (N,), optional
            Weight of each sample in the loss, which is still divided by N.
        initial_epoch : int, default 0
            Number of the first epoch.
        steps_per_epoch, validation_steps : int, optional
            How many batches make an epoch, and a validation. Default: all. Training goes on where the epoch before has
            ended; validation begins anew. If there are too few batches, Keras's warning says so.
        validation_batch_size : int, optional
            Default: `batch_size`.
        validation_freq : int or collection of int, default 1
            Every how many epochs, or after which epochs (counted from 1), validation is done.

        Returns
        -------
        History
            Its `history` holds loss and metrics by epoch. The training loss is a mean over an epoch during which the
            weights change; `evaluate` on the same data afterwards is another number.

        Raises
        ------
        ValueError, TypeError
            For data that do not fit the model or each other, before anything is changed.
        """
        from tinynet.training import requests

        schedule = requests.Schedule.of(
            batch_size,
            epochs,
            initial_epoch,
            shuffle,
            verbose,
            validation_batch_size,
            validation_freq,
            steps_per_epoch,
            validation_steps,
        )
        return self._requests.fit(  # type: ignore[no-any-return]
            self, x, y, sample_weight, class_weight, validation_split, validation_data, schedule, callbacks
        )

    @overload
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        *,
        return_dict: Literal[True],
    ) -> dict[str, float]: ...
    @overload
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: Literal[False] = False,
    ) -> Any: ...
    @old_names
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on a data set.

        The arguments are those of `fit`; after so many `steps` (batches) it ends.

        Returns
        -------
        float, list of float or dict
            The loss; with metrics ``[loss, *metrics]`` in the order of `metrics_names`; with ``return_dict=True`` by
            name.
        """
        returned = form_of("evaluate", return_dict)
        return returned(self._requests.evaluate(self, x, y, sample_weight, batch_size, verbose, callbacks, steps))

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """Return the outputs for all samples of `x`, computed `batch_size` (default 32) at a time.

        `x` may also give batches; after so many `steps` (batches) it ends. A sample with a missing number (NaN), which
        `fit` and `evaluate` refuse, gives NaN.
        """
        if self._predicts is not None:
            return self._predicts.predict(self, x, batch_size, verbose, callbacks, steps)  # type: ignore[no-any-return]
        predictor = self.predictor  # once: another thread may replace it
        quiet = type(verbose) is int and verbose == 0
        if quiet and batch_size is steps is callbacks is None and predictor and predictor.takes(x):
            return predictor(x, 32)
        from tinynet.training import predicting

        return self._outputs(predicting.predict(self, x, batch_size, verbose, callbacks, steps))

    def __call__(self, x: Any, training: bool | None = None) -> Any:
        """Return the outputs for a batch; with ``training=True`` as layers compute it in training (dropout, say).

        A model that is called with tensors without numbers, such as `Input` gives, is a layer of another model.
        """
        predictor, training = self.predictor, in_training(training)
        if (training is None or training is False) and predictor and predictor.takes(x):
            return predictor(x, len(x))
        training = training if training is None else flag("Model", "training", training)
        if is_symbolic(x):
            return self._with_tensors(x, training)
        if training is None and self.says_training:
            return self._as_told(x)
        from tinynet.training import predicting

        return self._outputs(predicting.call(self, x, bool(training)))

    def _outputs(self, prediction: Prediction) -> Array:
        """Return the outputs; what predicts a few samples at once is kept for the next call."""
        form = None if self._wiring is None else self._wiring.outputs_like
        if self.joins is not None and len(self.joins.outputs) > 1:
            from tinynet.branches import apart

            parts = apart(prediction.outputs, self.output_shapes)
            return shaped_like(form, iter(parts))  # type: ignore[no-any-return]
        if isinstance(form, dict):  # a list of one output is that output, as in Keras
            return shaped_like(form, iter([prediction.outputs]))  # type: ignore[no-any-return]
        if prediction.predictor is not None and not self.says_training:
            self.predictor = prediction.predictor
        return prediction.outputs

    def trace(
        self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None, lang: str | None = None
    ) -> Trace:
        """Return one training step on a batch, every number of it; see `tinynet.trace`. The model stays as it is."""
        from tinynet.learn.one_step import trace

        return trace(self, x, y, sample_weight, class_weight, lang)

    def film(
        self,
        x: Any,
        y: Any = None,
        epochs: int = 1,
        every: int | None = None,
        path: str | PathLike[str] | None = "film.html",
        pair: tuple[int, int] | None = None,
        lang: str | None = None,
        **options: Any,
    ) -> Film:
        """Train as `fit` does, to the same bits, and write a page that plays the training; see `tinynet.learn.Film`.

        Parameters
        ----------
        x, y, epochs
            As for `fit`, but no batches: these are trained with by ``fit(batches, callbacks=[Film(x, y)])``.
        every : int, optional
            Record every how many epochs. Default: so that there are at most 100 frames.
        path : path, default "film.html"
            Where to write the page; None for nowhere.
        pair : (int, int), optional
            Which two numbers of a sample span the plane of the decision boundary, where a sample has more than two.
        lang : {"en", "ko"}, optional
            The language of the page. Default: what the environment's ``TINYNET_LANG`` says, else English.
        **options
            As for `fit`: `batch_size`, `validation_data`, `callbacks` and the like.

        Returns
        -------
        Film
            Its `history` is what `fit` returns; ``films({"one": film, "other": other})`` shows several side by side.
        """
        from tinynet.learn.film import Film

        film, others = Film(x, y, every, pair, path, lang), options.pop("callbacks", None)
        film.history = self.fit(x, y, epochs=epochs, callbacks=[others or [], film], **options)
        return film

    def gradient_check(self, x: Any, y: Any, **options: Any) -> GradientCheck:
        """Compare backprop's gradients with differences of the loss; see `tinynet.gradient_check`."""
        from tinynet.learn.gradients import gradient_check

        return gradient_check(self, x, y, **options)

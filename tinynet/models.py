"""The `Sequential` model: a stack of layers that is compiled, fitted, evaluated and used to predict.

Source: https://keras.io/api/models/sequential/
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from numpy.typing import NDArray

from tinynet import config
from tinynet._names import missing_from
from tinynet.optimizers import Optimizer
from tinynet.settings import CompiledSettings
from tinynet.stack import Stack

if TYPE_CHECKING:
    from tinynet.callbacks import History
    from tinynet.learn.tracing import Trace
    from tinynet.learn.verdicts import GradientCheck

Array = NDArray[Any]

__all__ = ["Model", "Sequential", "load_model"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


class Sequential(Stack):
    """A stack of layers, each feeding the next.

    Parameters
    ----------
    layers : sequence of Layer, optional
        More can be added with `add`. If the first is an `Input`, or was given `input_shape` or `input_dim`, the model
        is built at once; otherwise by the first data. Layers of another model are shared with it, weights and all.
    name : str, optional
        Default: ``sequential``, ``sequential_1`` …
    trainable : bool, default True
        False freezes all layers.

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> tinynet.set_random_seed(0)
    >>> x = np.random.default_rng(0).random((200, 2))
    >>> y = x[:, 0] > x[:, 1]
    >>> model = Sequential([Dense(8, activation="relu"), Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(x, y, epochs=100, batch_size=10, verbose=0)
    >>> history.history["accuracy"][-1] > 0.95
    True
    >>> model.predict([[0.9, 0.1], [0.1, 0.9]], verbose=0).round().tolist()
    [[1.0], [0.0]]
    """

    compiled_settings: CompiledSettings | None = None
    stop_training = False
    history: History | None = None
    _state: Array | None = None

    # ---- compiling --------------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: None = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        *,
        compiled: bool = True,
        sparse: bool = True,
    ) -> None:
        """Say how to train.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            ``"sgd"``, ``"rmsprop"``, ``"adam"``, or an object for other settings. A new object starts afresh; one that
            has trained a model goes on with it, and cannot train another (unless they share layers).
        loss : str or Loss
            What is minimised: ``"binary_crossentropy"``, ``"mse"`` …
        loss_weights : None
            Keras's, for models of several outputs.
        metrics : list of str, Metric or function, optional
            What is reported besides: ``["accuracy"]``.
        weighted_metrics : list, optional
            Metrics that take sample weights into account.
        run_eagerly : bool, default False
            Keras's name for ``compiled=False``.
        steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; tinynet chooses by itself, and there is no loss to scale.
        compiled : bool, default True
            False trains through the layer loop, in plain Python: slower, and open to a debugger.
        sparse : bool, default True
            Whether SciPy sparse matrices, and arrays that turn out to be mostly zeros when a call reads them, are kept
            in sparse form for a first `Dense` layer: the same results, faster and smaller.

        Raises
        ------
        ValueError, TypeError
            For an unknown name, with the nearest known one; nothing is changed then.
        """
        if loss_weights is not None:
            raise ValueError(
                "compile: loss_weights are for models of several outputs, and a Sequential has one. Leave them out: "
                f"compile(optimizer, loss, metrics=[...]). Received: loss_weights={loss_weights!r}"
            )
        self.compiled_settings = CompiledSettings.of(
            optimizer, loss, metrics, weighted_metrics, compiled and not run_eagerly, sparse
        )
        self.predictor = None

    def require_compiled(self) -> CompiledSettings:
        """Return what `compile` was given, or raise a ValueError."""
        if self.compiled_settings is None:
            raise ValueError("You must call `compile()` before using the model: model.compile('rmsprop', loss='mse').")
        return self.compiled_settings

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once compiled."""
        return None if self.compiled_settings is None else self.compiled_settings.optimizer

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        return self.require_compiled().names

    def explain_plan(self, batch_size: int | None = None) -> str:
        """Return how `fit` would run on resident data, and why.

        Examples
        --------
        >>> import tinynet
        >>> model = Sequential([tinynet.Input((3,)), tinynet.layers.Dense(1)])
        >>> model.compile("sgd", "mse", compiled=False)
        >>> print(model.explain_plan())
        loop:    layers
        product: BLAS
        input:   resident
        threads: 1
        - layer loop: asked for by compiled=False
        - resident: the data stand in memory as they are needed
        """
        from tinynet.training import calls

        return str(calls.fit_plan(self, batch_size))

    def shuffle_state(self) -> Array:
        """Return the state of the model's shuffling, which moves on with every epoch."""
        if self._state is None:
            from tinynet.kernels._random import new_state

            self._state = new_state(config.generator())
        return self._state

    # ---- running ----------------------------------------------------------------------------------------------------

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
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for a number of epochs.

        Parameters
        ----------
        x, y : array-like
            Samples (N, …) and their targets: NumPy arrays of any numeric type, lists, SciPy sparse matrices. They are
            never modified.
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
            ``(x_val, y_val)`` or ``(x_val, y_val, weights)``.
        shuffle : bool, default True
            Whether every epoch goes through the samples in a new order.
        class_weight : dict of int to float, optional
            Weight of each class's samples; missing ones count 1.
        sample_weight : array-like of shape (N,), optional
            Weight of each sample in the loss, which is still divided by N.
        initial_epoch : int, default 0
            Number of the first epoch.
        steps_per_epoch, validation_steps : None
            Keras's, for data without an end: an epoch of tinynet goes through all samples.
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
        from tinynet.training import calls

        calls.refuse_steps(steps_per_epoch=steps_per_epoch, validation_steps=validation_steps)
        return calls.fit(
            self,
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on a data set.

        The arguments are those of `fit`; `steps` is Keras's, for data without an end, and stays None.

        Returns
        -------
        float, list of float or dict
            The loss; with metrics ``[loss, *metrics]`` in the order of `metrics_names`; with ``return_dict=True`` by
            name.
        """
        from tinynet.training import calls

        calls.refuse_steps(steps=steps)
        logs = calls.evaluate(
            self,
            x,
            y,
            batch_size=batch_size,
            verbose=verbose,
            sample_weight=sample_weight,
            callbacks=callbacks,
        )
        return _returned(logs, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: None = None,
        callbacks: Any = None,
    ) -> Array:
        """Return the outputs for all samples of `x`, computed `batch_size` (default 32) at a time."""
        predictor = self.predictor  # once: another thread may replace it
        if verbose == 0 and batch_size is steps is callbacks is None and predictor and predictor.takes(x):
            return predictor(x, 32)
        from tinynet.training import calls

        calls.refuse_steps(steps=steps)
        return calls.predict(self, x, batch_size=batch_size, verbose=verbose, callbacks=callbacks)

    def __call__(self, x: Any, training: bool = False) -> Array:
        """Return the outputs for a batch; with ``training=True`` as layers compute it in training (dropout, say)."""
        predictor = self.predictor
        if not training and predictor and predictor.takes(x):
            return predictor(x, len(x))
        from tinynet.training import calls

        return calls.call(self, x, training)

    def predict_on_batch(self, x: Any) -> Array:
        """Return the outputs for one batch."""
        return self(x)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one update from one batch; returns loss and metrics before the update, as `evaluate` does."""
        from tinynet.training import calls

        return _returned(calls.train_on_batch(self, x, y, sample_weight, class_weight), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return loss and metrics on one batch."""
        from tinynet.training import calls

        return _returned(calls.test_on_batch(self, x, y, sample_weight), return_dict)

    def trace(self, x: Any, y: Any, sample_weight: Any = None, class_weight: dict[int, float] | None = None) -> Trace:
        """Return one training step on a batch, every number of it; see `tinynet.trace`. The model stays as it is."""
        from tinynet.learn.tracing import trace

        return trace(self, x, y, sample_weight, class_weight)

    def gradient_check(self, x: Any, y: Any, **options: Any) -> GradientCheck:
        """Compare backprop's gradients with differences of the loss; see `tinynet.gradient_check`."""
        from tinynet.learn.gradients import gradient_check

        return gradient_check(self, x, y, **options)

    # ---- whole models -----------------------------------------------------------------------------------------------

    def save(self, filepath: Any, *args: Any, **options: Any) -> NoReturn:
        """Raise a NotImplementedError: tinynet saves weights (see `save_weights`)."""
        raise NotImplementedError(
            f"tinynet saves weights, not whole models: model.save_weights('{_weights_file(filepath)}'), and to read "
            "them make the model by its code and call load_weights."
        )


Model = Sequential


def load_model(filepath: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise a NotImplementedError: tinynet loads weights (see `Sequential.load_weights`)."""
    raise NotImplementedError(
        "tinynet loads weights, not whole models: make the model by its code, or by Sequential.from_config, and call "
        f"model.load_weights('{_weights_file(filepath)}')."
    )


def _weights_file(filepath: Any) -> str:
    """Return the name of a file of weights beside or in place of a whole model's."""
    return f"{os.path.splitext(os.fspath(filepath))[0]}.weights.npz"


def _returned(logs: dict[str, float], return_dict: bool) -> Any:
    if return_dict:
        from tinynet.training.totals import in_order

        return in_order(logs)
    values = list(logs.values())
    return values[0] if len(values) == 1 else values

"""The `Sequential` model: a stack of layers that is compiled, fitted, evaluated and used to predict.

Source: https://keras.io/api/models/sequential/
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tinynet import config, losses, optimizers
from tinynet import metrics as metrics_
from tinynet._names import automatic_name
from tinynet.layers.base import Layer, Shape, assign
from tinynet.layers.reshaping import InputLayer
from tinynet.memory import Memory, Parameter

if TYPE_CHECKING:
    from tinynet.callbacks import History
    from tinynet.learn.tracing import Trace
    from tinynet.learn.verdicts import GradientCheck
    from tinynet.training.predictor import Predictor

Array = NDArray[Any]

__all__ = ["Model", "Sequential"]

#: Held while a model is built, so that threads which use a new model at once do not build it twice.
_BUILDING = threading.RLock()


@dataclass(frozen=True)
class CompiledSettings:
    """What `compile` was given, resolved as far as it can be without data."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss | str | None
    metrics: tuple[metrics_.Metric | str, ...]
    weighted_metrics: tuple[metrics_.Metric | str, ...]
    compiled: bool
    sparse: bool


class Sequential:
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

    def __init__(self, layers: Sequence[Layer] | None = None, trainable: bool = True, name: str | None = None) -> None:
        self.name = name or automatic_name(type(self))
        self._layers: list[Layer] = []
        self._given_shape: tuple[int | None, ...] | None = None
        self._built_shape: Shape | None = None
        self._state: Array | None = None
        #: Kept by `predict` for the next call on a few samples.
        self.predictor: Predictor | None = None
        self._trainable = True
        self.compiled_settings: CompiledSettings | None = None
        self.stop_training = False
        self.history: History | None = None
        for layer in layers or ():
            self._append(layer)
        self._build_if_possible()
        if not trainable:
            self.trainable = False

    # ---- the stack --------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `Input`."""
        return list(self._layers)

    def add(self, layer: Layer) -> None:
        """Put a layer on top.

        Raises
        ------
        ValueError
            If it is no layer, its name is taken, or its input cannot have the shape of the present output.
        """
        given_shape = self._given_shape
        self._append(layer)
        try:
            self._build_if_possible()
        except Exception:
            self._layers.pop()
            self._given_shape = given_shape
            raise

    def _append(self, layer: Layer) -> None:
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise ValueError(f"{layer.__name__} is a class: add an object of it, {layer.__name__}(...).")
        if isinstance(layer, Sequential):
            raise ValueError(
                "A model cannot be added as a layer. Add its layers, which stay shared: "
                "Sequential([*base.layers, Dense(1)])."
            )
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only layers can be added to a Sequential. Received: {layer!r} (a {type(layer).__name__})"
            )
        if isinstance(layer, InputLayer):
            if self._layers or self._given_shape is not None:
                raise ValueError(f"Sequential '{self.name}': Input must be the first entry, and there can be only one.")
            self._given_shape = layer.given_input_shape
            return
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(
                "All layers of a Sequential need unique names. There already is a layer named "
                f"'{layer.name}'. Received: {layer!r}. Give it another: name=..."
            )
        if not self._layers and self._given_shape is None:
            if layer.given_input_shape is not None:
                self._given_shape = layer.given_input_shape
            elif layer.built:
                self._given_shape = layer.input_shape[1:]
        self._layers.append(layer)
        self.predictor = None
        if not self._trainable:
            layer.trainable = False

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the top layer off and return it."""
        self.require_layers()
        layer = self._layers.pop()
        self.predictor = None
        if not self._layers and self._given_shape == layer.given_input_shape:
            self._given_shape = self._built_shape = None
        return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place in `layers`.

        Raises
        ------
        ValueError
            If there is none, or not exactly one of the two is given.
        """
        if name is not None and index is not None:
            raise ValueError("Provide only a layer name or a layer index at `get_layer`.")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self._layers)} layers."
                )
            return self._layers[index]
        if name is not None:
            for layer in self._layers:
                if layer.name == name:
                    return layer
            raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self._layers]}.")
        raise ValueError("Provide either a layer name or layer index at `get_layer`.")

    def require_layers(self) -> None:
        """Raise a ValueError if there are no layers."""
        if not self._layers:
            raise ValueError(
                f"Sequential model '{self.name}' cannot be built because it has no layers. Call `model.add(layer)`."
            )

    # ---- building ---------------------------------------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """Whether all parameters exist, in one memory."""
        if self._built_shape is None or not all(layer.built for layer in self._layers):
            return False
        return bool(self._layers) and len({p.memory for p in self.parameters}) <= 1

    @property
    def sample_shape(self) -> tuple[int | None, ...] | None:
        """Shape of one sample, or None as long as it is unknown."""
        return self._given_shape if self._built_shape is None else self._built_shape[1:]

    @property
    def dtype(self) -> str:
        """Float type of the parameters and the computation."""
        for layer in self._layers:
            for parameter in layer.parameters:
                return parameter.dtype.name
        return next((layer.dtype for layer in self._layers if layer.dtype), config.floatx())

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the parameters for inputs of `input_shape`, whose first entry (the batch) is None."""
        self.require_layers()
        if input_shape is None:
            if self.sample_shape is None:
                raise ValueError(f"Sequential '{self.name}': build needs an input shape: build((None, 12)).")
            input_shape = (None, *self.sample_shape)
        with _BUILDING:
            if not self.built:
                self._build(tuple(input_shape))

    def _build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)  # raises before anything is built
        shape = input_shape
        for layer in self._layers:
            layer.ensure_built(shape)
            shape = layer.compute_output_shape(shape)
        parameters = [p for layer in self._layers for p in layer.parameters]
        if len({p.dtype for p in parameters}) > 1:
            raise ValueError(
                f"Sequential '{self.name}': the layers have different float types, "
                f"{sorted({p.dtype.name for p in parameters})}. Build them all under one `set_floatx`."
            )
        if parameters:
            Memory.joined(parameters)
        self._built_shape = input_shape

    def _build_if_possible(self) -> None:
        if self._layers and self.sample_shape is not None:
            self.build((None, *self.sample_shape))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""
        shape: Shape = tuple(input_shape)
        for layer in self._layers:
            shape = layer.compute_output_shape(shape)
        return shape

    @property
    def input_shape(self) -> Shape:
        """Shape of the input, the batch being None."""
        if self.sample_shape is None:
            raise AttributeError(f"The model '{self.name}' has never been called and thus has no defined input shape.")
        return (None, *self.sample_shape)

    @property
    def output_shape(self) -> Shape:
        """Shape of the output, the batch being None."""
        return self.compute_output_shape(self.input_shape)

    # ---- parameters -------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, in the order of the layers."""
        return [p for layer in self._layers for p in layer.parameters]

    @property
    def trainable(self) -> bool:
        """Whether the layers are trained; setting it sets it on each of them."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._layers:
            layer.trainable = bool(value)

    def count_params(self) -> int:
        """Return how many numbers the parameters hold."""
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on '{self.name}', but the model isn't built yet.")
        return sum(p.size for p in self.parameters)

    def get_weights(self) -> list[Array]:
        """Return copies of all parameters: kernel, bias, kernel, bias and so on."""
        return [p.value.copy() for p in self.parameters]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all parameters from arrays in the order of `get_weights`; nothing changes if a shape does not fit."""
        assign(self.parameters, weights, f"model '{self.name}'", self.built)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write all parameters to one ``.npz`` file (see `tinynet.saving`)."""
        from tinynet import saving

        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any) -> None:
        """Read all parameters from a file that `save_weights` wrote."""
        from tinynet import saving

        saving.load_weights(self, filepath)

    def summary(
        self,
        line_length: int | None = None,
        print_fn: Callable[[str], Any] | None = None,
        show_trainable: bool = False,
    ) -> None:
        """Print the table of the layers, with the numbers of their parameters.

        Parameters
        ----------
        line_length : int, optional
            Width in characters; default: the terminal's, at most 88.
        print_fn : callable, optional
            Receives the whole text once; default `print`.
        show_trainable : bool, default False
            Whether to add a column that says which layers are trained.
        """
        from tinynet.summary import format_summary

        (print_fn or print)(format_summary(self, line_length, show_trainable=show_trainable))

    # ---- compiling --------------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        *,
        compiled: bool = True,
        sparse: bool = True,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
    ) -> None:
        """Say how to train.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            ``"sgd"``, ``"rmsprop"``, ``"adam"``, or an object for other settings. A new object starts afresh.
        loss : str or Loss
            What is minimised: ``"binary_crossentropy"``, ``"mse"`` …
        metrics : list of str, Metric or function, optional
            What is reported besides: ``["accuracy"]``.
        weighted_metrics : list, optional
            Metrics that take sample weights into account.
        compiled : bool, default True
            False trains through the layer loop, in plain Python: slower, and open to a debugger.
        sparse : bool, default True
            Whether SciPy sparse matrices, and arrays that turn out to be mostly zeros when a call reads them, are kept
            in sparse form for a first `Dense` layer: the same results, faster and smaller.
        run_eagerly : bool, default False
            Keras's name for ``compiled=False``.
        steps_per_execution, jit_compile
            Accepted for Keras's sake; tinynet chooses by itself.

        Raises
        ------
        ValueError, TypeError
            For an unknown name, with the nearest known one; nothing is changed then.
        """
        settings = CompiledSettings(
            optimizers.get(optimizer),
            None if loss is None else losses.get(loss),
            _metrics("metrics", metrics),
            _metrics("weighted_metrics", weighted_metrics),
            compiled and not run_eagerly,
            sparse,
        )
        self.compiled_settings, self.predictor = settings, None

    def require_compiled(self) -> CompiledSettings:
        """Return what `compile` was given, or raise a ValueError."""
        if self.compiled_settings is None:
            raise ValueError("You must call `compile()` before using the model: model.compile('rmsprop', loss='mse').")
        return self.compiled_settings

    @property
    def optimizer(self) -> optimizers.Optimizer | None:
        """The optimizer, once compiled."""
        return None if self.compiled_settings is None else self.compiled_settings.optimizer

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        settings = self.require_compiled()
        names = [m if isinstance(m, str) else m.name for m in settings.metrics]
        weighted = [m if isinstance(m, str) else m.name for m in settings.weighted_metrics]
        return ["loss", *names, *(f"weighted_{n}" if n in names else n for n in weighted)]

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
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on a data set.

        Returns
        -------
        float, list of float or dict
            The loss; with metrics ``[loss, *metrics]`` in the order of `metrics_names`; with ``return_dict=True`` by
            name.
        """
        from tinynet.training import calls

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
        self, x: Any, batch_size: int | None = None, verbose: int | str = "auto", callbacks: Any = None
    ) -> Array:
        """Return the outputs for all samples of `x`, computed `batch_size` (default 32) at a time."""
        predictor = self.predictor  # once: another thread may replace it
        if verbose == 0 and batch_size is None and callbacks is None and predictor and predictor.takes(x):
            return predictor(x, 32)
        from tinynet.training import calls

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

    def __iter__(self) -> Iterator[Layer]:
        raise TypeError(f"Sequential '{self.name}' is not iterable: its layers are model.layers.")

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"


Model = Sequential


def _metrics(what: str, given: Any) -> tuple[metrics_.Metric | str, ...]:
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{what}: expected a list, such as {what}=['accuracy']. Received: {given!r}")
    found = tuple(metrics_.get(m) for m in given)
    names = [m if isinstance(m, str) else m.name for m in found]
    if "loss" in names:
        raise ValueError(f"{what}: 'loss' is the name of the loss itself. Give the metric another: name=...")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what}: found two of the name '{name}'. Give one of them another: name=...")
    return found


def _returned(logs: dict[str, float], return_dict: bool) -> Any:
    if return_dict:
        return dict(sorted(logs.items()))
    values = list(logs.values())
    return values[0] if len(values) == 1 else values

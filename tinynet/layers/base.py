"""What every layer has: a name, shapes, parameters, and the two directions of backprop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, Unpack

import numpy as np

from tinynet import config
from tinynet._arguments import checked, cut, flag, shown
from tinynet._batches import note_batch
from tinynet._configurable import configuration, made_with, refuse_unknown
from tinynet._names import automatic_name, own_name
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.data.arrays import as_array, contiguous
from tinynet.layers.building import build_once, by_itself, checked_shape, in_first_call
from tinynet.layers.call_arguments import one_input
from tinynet.layers.keywords import OfOlder
from tinynet.layers.own_call import HasOwnCall, in_training
from tinynet.layers.parameters import HasParameters
from tinynet.layers.row import HasRow
from tinynet.layers.symbolic import Noted, is_symbolic
from tinynet.memory import Memory, Parameter
from tinynet.weights import HasWeights


class Layer(HasParameters, HasRow, HasWeights, HasOwnCall):
    """Base class of all layers; subclass it to write your own.

    A layer is four verbs: `build` makes its parameters once the input's shape is known, `forward` computes its output
    and remembers what `backward` needs, `backward` receives the gradient of the loss with respect to that output, adds
    nothing to it, writes its parameters' gradients and returns the gradient with respect to its input.

    Parameters
    ----------
    name : str, optional
        Default: the class's name in snake case, counted as in Keras: ``dense``, ``dense_1``.
    trainable : bool, default True
        False freezes the layer's parameters.
    input_shape : tuple of int, optional
        Shape of one sample, for the first layer of a model.
    input_dim : int, optional
        The same for vectors: ``input_dim=12`` is ``input_shape=(12,)``.
    dtype : str, optional
        Float type of the parameters; default `floatx` at the time of building.
    activity_regularizer : str or Regularizer, optional
        A penalty on the output, divided by the batch's samples and added to its loss.

    Notes
    -----
    Source of the interface: https://keras.io/api/layers/base_layer/. Keras derives the backward pass from ``call``;
    here it is written by hand. A class that defines ``call`` in place of `forward` works as well: see `tinynet.tape`.

    Examples
    --------
    A user's own layer. With ``add_weight("scale", …)`` in `build` it would have parameters: ``self.scale`` and its
    gradient ``self.dscale``, arrays to be read and written in place.

    >>> class Dropout(Layer):
    ...     def __init__(self, rate, seed=0, **options):
    ...         super().__init__(**options)
    ...         self.rate, self.rng = rate, np.random.default_rng(seed)
    ...
    ...     def forward(self, x, training=False):
    ...         if not training:
    ...             return x
    ...         self.mask = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate)
    ...         return x * self.mask
    ...
    ...     def backward(self, dy):
    ...         return dy * self.mask
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(8, activation="relu"), Dropout(0.5), tinynet.layers.Dense(1)])
    >>> model.compile("rmsprop", "mse")
    >>> history = model.fit(np.ones((32, 3)), np.ones(32), epochs=2, verbose=0)
    >>> model.predict(np.ones((4, 3)), verbose=0).shape
    (4, 1)
    """

    _kind, _in_paths = "layer", True
    whole: ClassVar[tuple[Any, ...]] = ()
    #: What it is in ONNX, for the input x, before the activation if it has one: see `tinynet.interop.onnx.forms`.
    onnx: ClassVar[str | None] = None
    #: The shapes of the parameters that `build` made.
    _made: list[Shape] | None = None
    _other_names: tuple[str, ...] = ("input_shape", "input_dim")
    _building = False
    input, output = Noted(), Noted()

    def __init__(
        self,
        name: str | None = None,
        trainable: bool = True,
        input_shape: Sequence[int | None] | None = None,
        input_dim: int | None = None,
        dtype: str | None = None,
        activity_regularizer: Any = None,
        **unknown: Unpack[OfOlder],
    ) -> None:
        refuse_unknown(type(self), unknown)
        self._parameters: dict[str, Parameter] = {}
        self._rooms: dict[str, Array] = {}
        #: The shape of the last output in training.
        self._trained: tuple[int, ...] | None = None
        self.name = own_name(type(self).__name__, name, in_paths=True) or automatic_name(type(self))
        if not isinstance(trainable, (bool, np.bool_)):
            raise ValueError(
                f"Layer '{self.name}': expected `trainable` to be a boolean, True or False. Received: "
                f"{shown(trainable)}"
            )
        self.trainable = trainable
        self.built = False
        if dtype is not None and (not isinstance(dtype, str) or dtype not in ("float32", "float64")):
            raise ValueError(f"Layer '{self.name}': `dtype` must be 'float32' or 'float64'. Received: {shown(dtype)}")
        self.dtype = dtype
        self.activity_regularizer = activity_regularizer
        self._input_shape: Shape | None = None
        self._output_shape: Shape | None = None
        if input_dim is not None and input_shape is not None:
            raise ValueError(f"Layer '{self.name}': give either `input_dim` or `input_shape`, not both.")
        input_shape = input_shape if input_dim is None else (input_dim,)
        self.given_input_shape = None if input_shape is None else checked_shape(self.name, input_shape)

    # ---- what a subclass defines ------------------------------------------------------------------------------------

    @by_itself
    def build(self, input_shape: Shape) -> None:
        """Make the parameters for inputs of `input_shape`, whose first entry (the batch) is None."""

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return the output for a batch. With ``training=True`` remember what `backward` needs; otherwise nothing."""
        raise TypeError(f"Layer '{self.name}' ({type(self).__name__}) must define `forward(self, x, training=False)`.")

    def backward(self, dy: Array) -> Array:
        """From the gradient of the output of the last `forward`, set the parameters' and return the input's."""
        raise TypeError(f"Layer '{self.name}' ({type(self).__name__}) must define `backward(self, dy)`.")

    def backward_parameters(self, dy: Array) -> None:
        """Set the parameters' gradients only: what the first layer of a network is asked for."""
        self.backward(dy)

    def backward_sums_parameters(self, dz: Array) -> None:
        """The same for a layer whose activation is fused with the loss, from the gradient of its sums."""
        self.backward_parameters(dz)

    def begin_step(self, step: int) -> None:
        """Take note of the number of the training step that begins: random layers draw by it."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; as it came, unless a subclass says otherwise."""
        return input_shape

    def prepared(self, x: Any) -> Any:
        """Return what a model's first layer makes of samples before they are read as numbers: `x`, of most layers."""
        return x

    # ---- shapes and calls -------------------------------------------------------------------------------------------

    @checked
    def ensure_built(self, input_shape: Shape) -> None:
        """Build the layer for `input_shape` unless it is built: wholly, or not at all if `build` raises."""
        if not self.built:
            build_once(self, input_shape)

    def _build_for(self, input_shape: Shape) -> None:
        self.dtype = self.dtype or config.floatx()
        self._building = True
        self.build(input_shape)
        self.built, self._building = True, False
        self._made = [p.shape for p in self.parameters]
        self._input_shape = input_shape
        self._output_shape = self.compute_output_shape(input_shape)

    def check_parameters(self, memory: Memory) -> None:
        """Raise a ValueError unless the parameters are those that were made, in this memory."""
        if not isinstance(memory, Memory):
            raise TypeError(f"{self.described}: expected the memory of the parameters. Received: {shown(memory)}")
        parameters = self.parameters
        whole = self._made in (None, [p.shape for p in parameters]) and all(memory.holds(p) for p in parameters)
        if not whole:
            raise ValueError(
                f"Layer '{self.name}': its parameters, their shapes or their places in memory were changed after it "
                "was built. Make a new layer instead."
            )

    @property
    def input_shape(self) -> Shape:
        """Shape of the input, the batch being None."""
        return self._known_shape("input_shape", self._input_shape)

    @property
    def losses(self) -> list[float]:
        """What adds to the loss: penalties of the last call's output, what it added, penalties of trained weights."""
        of_weights = [p.regularizer(p.value) for p in self.trainable_parameters if p.regularizer is not None]
        return [*self._of_output, *self._of_call, *of_weights]

    @property
    def output_shape(self) -> Shape:
        """Shape of the output, the batch being None."""
        return self._known_shape("output_shape", self._output_shape)

    def _known_shape(self, what: str, shape: Shape | None) -> Shape:
        if shape is None:
            raise AttributeError(f"The layer '{self.name}' has never been called and thus has no defined {what}.")
        return shape

    @quiet
    def __call__(self, x: Any = None, *more: Any, training: bool | None = None, **named: Any) -> Any:
        """Return the layer's output for a batch, building the layer first if needed.

        For a tensor without numbers, such as `Input` gives, it is one as well: that is how models are put together.
        A user's `call` may take several inputs, and other arguments by their names.
        """
        if self.by_call:
            return self._called_itself(x, more, named, training)
        x, training = one_input(self, x, more, named, training)
        if is_symbolic(x):
            return self.with_tensors(x, training)
        if isinstance(x, Layer):
            raise TypeError(f"{self.described} was called with {x!r}. Call it with what Input and other layers give.")
        training = in_training(training)
        training = training is not None and self.in_training(training)
        dtype = np.dtype(self.dtype or config.floatx())
        given = x if type(x) is np.ndarray and x.dtype == dtype else as_array(x, f"{self.described}: x")
        batch = np.atleast_1d(contiguous(given, dtype))
        self.compute_output_shape((None, *batch.shape[1:]))  # raises for a shape that does not fit
        self.check_indices([batch])
        # A layer whose `forward` raises is not built for it, and nothing was drawn.
        output = self._noting_penalty(in_first_call(self, self._called, batch, training))
        return output.copy() if training else output  # in training it is the layer's own room

    def _called(self, batch: Array, training: bool) -> Array:
        self.ensure_built((None, *batch.shape[1:]))
        if training:
            note_batch(self, len(batch))
        return self.forward(batch, training)

    def in_training(self, training: Any) -> bool:
        """Return the flag `training`, or raise a ValueError for what is none."""
        return training if isinstance(training, bool) else flag(self.described, "training", training)

    def require_batch(self, x: Any) -> None:
        """Raise a TypeError or ValueError unless `x` is a batch as both loops pass it: what compiled code relies on."""
        if not self.built:
            raise ValueError(
                f"{self.described} isn't built yet. Call it with the data, layer(x), instead of `forward`."
            )
        if type(x) is not np.ndarray or x.dtype != self.dtype or not x.flags.carray or not x.ndim:
            raise TypeError(
                f"{self.described}: `forward` takes a C-contiguous array of {self.dtype}. Received: {cut(x)} "
                f"({type(x).__name__}). For other data call the layer: layer(x)."
            )
        self.compute_output_shape((None, *x.shape[1:]))  # raises for a shape that does not fit

    def require_gradient(self, dy: Any) -> None:
        """Raise a TypeError or ValueError unless `dy` is a gradient of the last output in training."""
        if self._trained is None:
            raise ValueError(
                f"{self.described}: `backward` needs what `forward` remembers. Call layer(x, training=True) first."
            )
        if type(dy) is not np.ndarray or dy.dtype != self.dtype or dy.shape != self._trained:
            raise ValueError(
                f"{self.described}: `backward` takes the gradient of the last output, an array of shape "
                f"{self._trained} of {self.dtype}. Received: {getattr(dy, 'shape', repr(dy)[:60])} "
                f"({getattr(dy, 'dtype', type(dy).__name__)})"
            )

    def room(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array to write to in training, the same memory in every batch; its contents are arbitrary."""
        try:
            kept = self._rooms.get(name)
            if kept is None or kept.shape[1:] != shape[1:] or kept.dtype != dtype or len(kept) < shape[0]:
                kept = self._rooms[name] = np.empty(shape, dtype)
            return kept[: shape[0]]
        except (TypeError, ValueError, IndexError, RecursionError) as error:
            given = f"{shown(name)}, {shown(shape)}, {shown(dtype)}"
            raise TypeError(f"{self.described}: `room` takes a name, a shape and a type. Received: {given}") from error

    def __getstate__(self) -> dict[str, Any]:
        state = {**super().__getstate__(), "_rooms": {}}
        return {name: kept for name, kept in state.items() if name not in ("_nodes", "_owner", "_part")}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, without its weights."""
        given = {} if self.given_input_shape is None else {"input_shape": self.given_input_shape}
        return {**super().get_config(), **given}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a layer from what `get_config` returned, or from Keras's configuration, of Keras 2 as well."""
        found = dict(configuration(cls, config))
        shape = found.pop("batch_input_shape", None)
        if isinstance(shape, (list, tuple)) and shape:
            found.setdefault("input_shape", tuple(shape[1:]))
        return made_with(cls, found)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

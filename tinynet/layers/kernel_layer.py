"""Layers that are written as kernels: the same ones run in both loops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, ClassVar

import numpy as np

from tinynet import config
from tinynet._arguments import checked, number
from tinynet._types import Array, Shape
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch, Operation
from tinynet.layers.base import Layer
from tinynet.layers.symbolic import is_symbolic
from tinynet.memory import Memory
from tinynet.parts import Words, check_kernels, check_words

#: What the kernels of a layer are given; the last is for layers with parameters.
_KERNELS = ("forward(op, x, y, batch)", "backward(op, x, dy, dx, batch)", "gradients(op, x, dy, batch)")
#: What kernels that see a whole batch are given.
_WHOLE = ("before_forward(op, x, batch)", "before_backward(op, x, dy, batch)")

#: The layer that is to leave out padding, and 0 for each step of the batch that is: said by who calls the layer.
PADDED: ContextVar[tuple[Layer | None, Array]] = ContextVar("padded", default=(None, np.empty(0)))


@contextmanager
def padded(layer: Layer, mask: Array) -> Iterator[None]:
    """Tell a layer, while it is called, which steps of its batch are padding: those where the mask is 0."""
    before = PADDED.set((layer, np.ascontiguousarray(mask, layer.dtype or config.floatx())))
    try:
        yield
    finally:  # also where a layer raises: the next batch has other padding
        PADDED.reset(before)


def mask_for(layer: Layer) -> Array | None:
    """Return 0 for each step of a layer's batch that is padding, where that was told to it."""
    told, mask = PADDED.get()
    return mask if told is layer else None


def refuse_tensors(layer: Layer, x: Any) -> None:
    """Raise a TypeError for tensors without numbers that a layer is called with, and a mask."""
    if is_symbolic(x):
        raise TypeError(
            f"{layer.described}: tensors without numbers have no mask. Put the layer behind an Embedding with "
            "mask_zero=True or a Masking, or behind layers that hand its mask on."
        )


class KernelLayer(Layer):
    """Base class of layers written as kernels, which run in the compiled loop; subclass it to write your own.

    A kernel of a layer takes the layer's row in the table of operations, vectors of numbers and the present batch:
    ``forward(op, x, y, batch)``, ``backward(op, x, dy, dx, batch)`` and, for a layer with parameters,
    ``gradients(op, x, dy, batch)``. `x` and `y` hold rows of `op.inputs` and `op.units` numbers, one behind the other.
    ``parameter(op, batch.params, 0)`` is the layer's first parameter, ``parameter(op, batch.gradients, 0)`` its
    gradient, and ``op.options`` are the `options`.

    Attributes
    ----------
    kernels : tuple of two or three kernels
        forward, backward and gradients.
    options : tuple of str
        The names of attributes that the kernels read as ``op.options``.
    whole : tuple of two kernels
        For a layer whose rows depend on each other in training: what runs before `forward`, ``(op, x, batch)``, and
        before `backward`, ``(op, x, dy, batch)``, with all rows of the batch. What they find out they leave to the
        other kernels in ``op.shared``, `shared` numbers for each of the ``op.units``. All threads run them, each for
        its share of the columns: see `BatchNormalization`.
    words : Words
        What the trace says of the two directions.
    seed : int, optional
        What ``random(op.seed, batch.step, place)`` draws by, for a layer that is random in training. No random number
        is kept: the same seed, step and place give the same number, in both directions and any number of threads.

    Examples
    --------
    A layer that scales each of its inputs, with a parameter for each:

    >>> from tinynet.formulas import Batch, Floats, Operation, Words, kernel, parameter
    >>> @kernel
    ... def scale_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    ...     s = parameter(op, batch.params, 0)
    ...     for i in range(x.size):
    ...         y[i] = x[i] * s[i % op.units]
    >>> @kernel
    ... def scale_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    ...     s = parameter(op, batch.params, 0)
    ...     for i in range(dy.size):
    ...         dx[i] = dy[i] * s[i % op.units]
    >>> @kernel
    ... def scale_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    ...     ds = parameter(op, batch.gradients, 0)
    ...     for j in range(op.units):
    ...         ds[j] = 0.0
    ...     for i in range(dy.size):
    ...         ds[i % op.units] += dy[i] * x[i]
    >>> class Scale(KernelLayer):
    ...     kernels = scale_forward, scale_backward, scale_gradients
    ...     words = Words("{x}·s", "Each input has a scale of its own.", "{dy}·s", "The slope is the scale.")
    ...
    ...     def build(self, input_shape):
    ...         self.add_weight("scale", input_shape[-1:], "ones")
    >>> Scale()([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    """

    options: ClassVar[tuple[str, ...]] = ()
    #: What those of them that are numbers may be, from the least to the most.
    limits: ClassVar[dict[str, tuple[float, float]]] = {}
    shared: ClassVar[int] = 0
    words: ClassVar[Words]
    seed: int | None = None
    _stream: int | None = None
    _planned: int | None = None
    _step = 0
    _x: Array
    _told_mask: Array | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("kernels")
        if own is not None:
            check_kernels(cls, own, _KERNELS, 2)
            check_words(cls)
        if cls.whole:
            check_kernels(cls, cls.whole, _WHOLE, 2)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.limits:
            value = number(type(self).__name__, name, value, *self.limits[name])
        super().__setattr__(name, value)

    def _check_weight(self, name: str, trainable: bool) -> None:
        """Raise a TypeError for a parameter that is trained and has no kernel of gradients."""
        if trainable and len(self.kernels) < 3:
            raise TypeError(f"{self.described} trains `{name}`: it needs all three kernels, {', '.join(_KERNELS)}.")

    @property
    def sees_whole(self) -> bool:
        """Whether kernels are to see all rows of a batch at once, in training."""
        return bool(self.whole)

    @property
    def stream(self) -> int:
        """What the layer's random numbers are drawn by: its seed, or a number drawn once."""
        if self._stream is None:
            self._stream = int(config.generator().integers(1, 2**62)) if self.seed is None else int(self.seed)
        return self._stream

    def _build_for(self, input_shape: Shape) -> None:
        """Build the layer, and draw what its random numbers are drawn by: then, so that no later call changes it."""
        if not self.kernels:
            raise TypeError(f"{type(self).__name__} must define `kernels`: {', '.join(_KERNELS)}.")
        _ = self.stream
        super()._build_for(input_shape)

    def begin_step(self, step: int) -> None:
        """Take note of the number of the training step that begins."""
        self._planned = step

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations."""
        op = super().operation(inputs, repeat, is_sparse)
        attributes = (float(getattr(self, name)) for name in self.options)
        op.options = np.array([*attributes, *self.kernel_numbers()], np.float64)
        if self.sees_whole:
            op.before_forward, op.before_backward = self.whole
            op.shared = np.zeros(self.shared * op.units)
        op.seed = self.stream
        return op

    # ---- in the layer loop ------------------------------------------------------------------------------------------

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return the output for a batch."""
        self.require_batch(x)
        training, mask = self.in_training(training), self._given_mask()
        self.require_fit(x)
        if training:  # outside a training step every call draws other numbers
            self._step, self._planned = (self._step - 1 if self._planned is None else self._planned), None
            self._x, self._told_mask = x, mask
        shape = self.compute_output_shape((None, *x.shape[1:]))[1:]
        y = np.empty((len(x), *(axis or 0 for axis in shape)), x.dtype)
        if training:
            self._trained = y.shape
            self._run_whole(0, x, mask=mask)
        self._run(self.kernels[0], x, y, training=training, mask=mask)
        return y

    def _given_mask(self) -> Array | None:
        """Return 0 for each step of the batch that is padding, where the layer has to leave that out."""
        return mask_for(self)

    def require_fit(self, x: Array) -> None:
        """Raise a ValueError unless a batch has the shape that the parameters were made for."""
        built = self.input_shape[1:] if self.parameters else x.shape[1:]
        if x.shape[1:] != tuple(known or given for known, given in zip(built, x.shape[1:], strict=False)):
            raise ValueError(f"{self.described}: expected input of shape {self.input_shape}. Received: {x.shape}")

    def backward(self, dy: Array) -> Array:
        """Set the parameters' gradients, return the input's."""
        self.backward_parameters(dy)
        dx = np.empty_like(self._x)
        self._run(self.kernels[1], self._x, np.ascontiguousarray(dy), dx, training=True, mask=self._told_mask)
        return dx

    def backward_parameters(self, dy: Array) -> None:
        """Set the parameters' gradients only."""
        self.require_gradient(dy)
        self._run_whole(1, self._x, np.ascontiguousarray(dy), mask=self._told_mask)
        if len(self.kernels) > 2 and self.trainable_parameters:
            self._run(self.kernels[2], self._x, np.ascontiguousarray(dy), training=True)

    def _run_whole(self, number: int, x: Array, *arrays: Array, mask: Array | None = None) -> None:
        """Run what comes before `forward`, or before `backward`, if there is anything."""
        if self.sees_whole:
            self._run(self.whole[number], x, *arrays, training=True, mask=mask)

    def _run(self, kernel: Any, x: Array, *arrays: Array, training: bool, mask: Array | None = None) -> None:
        """Run one of the kernels over a whole batch."""
        nothing = np.empty(0, x.dtype)
        memory = Memory.joined(self.parameters) if self.parameters else None
        op = self.operation(x.shape[-1] if x.ndim > 1 else 1, prod(x.shape[1:-1]), False)
        op.forward = op.backward = op.gradients = op.before_forward = op.before_backward = 0
        if op.shared.size:
            op.shared = self.room("shared", op.shared.shape, np.float64)
        batch = Batch(order=NO_ORDER, arrivals=NO_ORDER, members=1, rows=len(x), step=self._step)
        batch.training, batch.data = int(training), data_of(nothing if mask is None else mask)
        if mask is not None:  # a number for each step, which is 0 for padding
            op.options = np.append(op.options, (1.0, 0.0))
        batch.params = nothing if memory is None else memory.parameters
        batch.gradients = nothing if memory is None else memory.gradients
        vectors = [a.reshape(-1) for a in (x, *arrays)]
        kernel(op.pack(), *vectors, batch.pack())

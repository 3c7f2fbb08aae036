"""Where the numbers live: one flat vector of parameters, one of gradients, and views into them.

A layer's parameters are segments of such a vector, each starting on a 64-byte boundary. A freshly built layer has a
small memory of its own; a model lays the memories of its layers together into one, so that an optimizer runs over one
contiguous stretch, in place. Two models that share a layer share its memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import prod
from typing import Any
from weakref import ref

import numpy as np

from tinynet._arguments import alone, fitting, flag, numbers
from tinynet._configurable import changes
from tinynet._names import set_name
from tinynet._types import Array
from tinynet._whole import at_once, changed
from tinynet.variables import Variable, operators

ALIGNMENT = 16  # numbers: 64 bytes of float32
_VIEWS = ("value", "gradient", "_variable")


def aligned(size: int) -> int:
    """Return a size rounded up to a multiple of `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def aligned_zeros(shape: int | tuple[int, int], dtype: Any) -> Array:
    """Return zeros, with rows that are multiples of `ALIGNMENT` numbers, starting on a 64-byte boundary."""
    count = prod(shape) if isinstance(shape, tuple) else shape
    raw = np.zeros(count + ALIGNMENT, dtype)
    skip = (-raw.__array_interface__["data"][0] % 64) // raw.itemsize
    return raw[skip : skip + count].reshape(shape)


@operators
class Parameter:
    """One tensor that a layer learns: a name, a shape, and where its numbers are.

    What Keras calls a variable: entries of ``model.weights`` are parameters.

    Attributes
    ----------
    name, path : str
        ``kernel``, and with the name of its layer ``dense/kernel``.
    value, gradient : ndarray
        Views into the memory's vectors. They are renewed when the memory is laid anew, so ask for them afresh.
    offset : int
        Where the segment starts in the vectors.
    trainable : bool
        False for a parameter that is never trained; freezing a whole layer is ``layer.trainable = False``.

    Examples
    --------
    >>> kernel = Parameter("kernel", np.zeros((2, 1)))
    >>> kernel.assign([[1], [2]])
    >>> kernel.numpy()
    array([[1.],
           [2.]])
    """

    _in_paths = True

    def __init__(self, name: str, initial: Array, trainable: bool = True) -> None:
        self.name = self.path = name
        self.shape = initial.shape
        self.size = initial.size
        self.dtype = initial.dtype
        self.trainable = trainable
        #: The penalty on it that is added to the loss, if any.
        self.regularizer: Any = None
        #: What makes of the new weights, after each update, those that are allowed, if anything.
        self.constraint: Any = None
        #: Whether an update takes the gradient as the new value: Keras's word.
        self.overwrite_with_gradient = False
        self.offset = 0
        self.value = initial
        self.gradient = initial
        self.memory = Memory([self])

    @property
    def stop(self) -> int:
        """Where the segment ends in the vectors."""
        return self.offset + self.size

    def numpy(self) -> Array:
        """Return a copy of the numbers."""
        return self.value.copy()

    def assign(self, value: Any) -> None:
        """Set the numbers from an array of the same shape."""
        array = numbers(f"'{self.path}'", "value", alone(value))
        if array.shape != self.shape:
            raise ValueError(f"'{self.path}' has shape {self.shape}. Received an array of shape {array.shape}.")
        self.value[...] = array

    def assign_add(self, value: Any) -> None:
        """Add to the numbers."""
        self.assign(self.value + fitting(f"'{self.path}'", alone(value), self.shape))

    def assign_sub(self, value: Any) -> None:
        """Subtract from the numbers."""
        self.assign(self.value - fitting(f"'{self.path}'", alone(value), self.shape))

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def variable(self) -> Any:
        """The numbers, in place, as an array that answers what Keras's variables are asked."""
        return Variable.of(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype, copy=copy)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the views out of copies and pickles: copied by themselves they would be views no more."""
        return {name: kept for name, kept in self.__dict__.items() if name not in _VIEWS}

    def __getattr__(self, name: str) -> Any:
        if name not in ("value", "gradient") or "memory" not in self.__dict__:
            raise AttributeError(f"'Parameter' object has no attribute '{name}'")
        self.view()
        return self.__dict__[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "trainable":
            value = flag(f"'{self.path}'", name, value)
        object.__setattr__(self, name, set_name(self, value) if name == "name" else value)
        changes[0] += 1

    def view(self) -> None:
        """Make `value` and `gradient` the views that memory and offset say."""
        segment = slice(self.offset, self.stop)
        self.value = self.memory.parameters[segment].reshape(self.shape)
        self.gradient = self.memory.gradients[segment].reshape(self.shape)

    def __repr__(self) -> str:
        return f"<Parameter {self.path} shape={self.shape} dtype={self.dtype.name}>"


class Memory:
    """Flat vectors of parameters and gradients, and which parameter has which segment of them.

    A memory does not keep its parameters alive: their layers do. The segments of those that are gone are given up when
    the memory is next laid anew.

    Examples
    --------
    >>> kernel = Parameter("kernel", np.ones((2, 3), "float32"))
    >>> bias = Parameter("bias", np.zeros(3, "float32"))
    >>> memory = Memory.joined([kernel, bias])
    >>> [(p.name, p.offset) for p in memory.table]
    [('kernel', 0), ('bias', 16)]
    >>> memory.parameters[1] = 7
    >>> kernel.value[0]
    array([1., 7., 1.], dtype=float32)
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.dtype = parameters[0].dtype if parameters else np.dtype("float32")
        offsets, size = [], 0
        for parameter in parameters:
            offsets.append(size)
            size += aligned(parameter.size)
        self.parameters = aligned_zeros(size, self.dtype)
        self.gradients = aligned_zeros(size, self.dtype)
        #: Where each parameter's segment starts and stops here, even after the parameter has moved on.
        #: By weak references that call nothing when a parameter goes: an interrupt would be lost in such a call.
        self._places: dict[ref[Parameter], tuple[int, int]] = {}
        moves: list[Any] = []
        for parameter, offset in zip(parameters, offsets, strict=True):
            self._places[ref(parameter)] = start, stop = offset, offset + parameter.size
            self.parameters[start:stop] = parameter.value.reshape(-1)
            value, gradient = (v[start:stop].reshape(parameter.shape) for v in (self.parameters, self.gradients))
            moved = {"memory": self, "offset": offset, "value": value, "gradient": gradient}
            moves.append((vars(parameter).update, moved))
        at_once([*moves, changed()])  # all of them are in the one memory or in the other

    @property
    def table(self) -> list[Parameter]:
        """The parameters, in the order of their segments."""
        return list(self.places)

    @property
    def places(self) -> dict[Parameter, tuple[int, int]]:
        """Where the segment of each parameter that is still there starts and stops."""
        return {parameter: place for known, place in self._places.items() if (parameter := known()) is not None}

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: kept for name, kept in self.__dict__.items() if name != "gradients"}
        return {**kept, "_places": self.places}

    def __setstate__(self, state: dict[str, Any]) -> None:
        copied = state["parameters"]
        self.__dict__.update(state, gradients=aligned_zeros(copied.size, copied.dtype))
        self._places = {ref(parameter): place for parameter, place in state["_places"].items()}
        self.parameters = aligned_zeros(copied.size, copied.dtype)
        self.parameters[:] = copied

    def check(self) -> None:
        """Raise a ValueError unless both vectors are as the kernels take them."""
        w, dw = self.parameters, self.gradients
        alike = w.shape == dw.shape and w.dtype == dw.dtype == self.dtype
        if not alike or w.ndim != 1 or not w.flags.c_contiguous or not dw.flags.c_contiguous:
            raise ValueError(
                "A memory's vectors of parameters and gradients were replaced by others. Make a new model."
            )

    def holds(self, parameter: Parameter) -> bool:
        """Return whether a parameter's segment is one of this memory, of the length that its shape means."""
        return (
            parameter.memory is self
            and parameter.size == prod(parameter.shape)
            and parameter.dtype == self.dtype
            and 0 <= parameter.offset <= parameter.stop <= self.parameters.size
        )

    @classmethod
    def joined(cls, parameters: Sequence[Parameter]) -> Memory:
        """Return the one memory that holds all `parameters`, laying their memories together if they have several.

        Parameters of other models that share one of the memories come along, so that sharing never breaks.
        """
        memories = list(dict.fromkeys(p.memory for p in parameters))
        if len(memories) == 1:
            return memories[0]
        return cls([p for memory in memories for p in memory.table])


class Slots:
    """An optimizer's accumulators: vectors laid out like the parameters that they belong to.

    They follow the memory when it is laid out again, each parameter keeping its own numbers. `starts` says what each of
    them starts at; None are the parameters themselves.
    """

    def __init__(self, starts: Sequence[float | None]) -> None:
        self.count, self.starts = len(starts), tuple(starts)
        self.values: Array = np.zeros((len(starts), 0), "float32")
        self._memory: Memory | None = None

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters that have accumulators and can be trained."""
        return [] if self._memory is None else [p for p in self._memory.places if p.trainable]

    def may_serve(self, parameters: Iterable[Parameter]) -> bool:
        """Whether they are still free, or were made for some of these parameters."""
        if self._memory is None or not self._memory.parameters.size:
            return True
        return any(p in self._memory.places for p in parameters)

    def laid_out(self, memory: Memory) -> Array:
        """Return the vectors, (max(count, 1), size), laid out as `memory` is now."""
        if memory is not self._memory:
            before = self._memory
            values = aligned_zeros((max(self.count, 1), memory.parameters.size), memory.dtype)
            for vector, start in zip(values, self.starts, strict=False):
                if start != 0:
                    vector[:] = memory.parameters if start is None else start
            if self.count and before is not None:
                for parameter, (start, stop) in before.places.items():
                    if parameter.memory is memory:
                        values[:, parameter.offset : parameter.stop] = self.values[:, start:stop]
            vars(self).update(values=values, _memory=memory)
        return self.values

    def of(self, parameter: Parameter) -> Array:
        """Return the accumulators of one parameter, (count, *shape), as a view."""
        values = self.laid_out(parameter.memory)[: self.count, parameter.offset : parameter.stop]
        return values.reshape(self.count, *parameter.shape)


def runs(parameters: Sequence[Parameter], apart: Collection[Parameter] = ()) -> Array:
    """Return the maximal stretches of memory that hold just these parameters: (start, stop, 1), or 0 for those `apart`.

    Those apart share no stretch with the others.
    """
    merged: list[list[int]] = []
    for parameter in sorted(parameters, key=lambda p: p.offset):
        kind = int(parameter not in apart)
        if merged and parameter.offset - merged[-1][1] < ALIGNMENT and merged[-1][2] == kind:
            merged[-1][1] = parameter.stop
        else:
            merged.append([parameter.offset, parameter.stop, kind])
    return np.array(merged, np.int64).reshape(-1, 3)


def segments(parameters: Sequence[Parameter]) -> Array:
    """Return the (start, stop) of each parameter's segment."""
    return np.array([(p.offset, p.stop) for p in parameters], np.int64).reshape(-1, 2)

"""An operation between tensors as a layer: what ``x[:, 0]``, ``ops.mean(x, axis=1)`` or ``tf.matmul(a, b)`` is.

Source: https://keras.io/api/ops/
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

from tinynet import answers, tape
from tinynet._arguments import shown
from tinynet._names import automatic_name
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.layers.merging import Merge
from tinynet.layers.symbolic import KerasTensor
from tinynet.layers.trial import ones_of

#: How things that JSON has not are written in configurations.
_SLICE, _TENSOR, _ELLIPSIS = "slice", "tensor", "..."
#: The most numbers of a sample that are tried.
MOST = 1 << 26
#: Functions that warn where there is nothing; none of them makes more numbers than it takes.
_AVERAGING = ("average", "mean", "std", "var")
#: Functions that give no tensor.
_LISTING = (np.split, np.shape, np.ndim, np.size)


class Operation(Merge):
    """Apply one of NumPy's functions to what layers give.

    Programs make it by writing the function, or an operator, with tensors: ``ops.exp(x)``, ``x[:, 0]``, ``a @ b``. The
    gradient is the one that `tinynet.tape` knows of that function.

    Parameters
    ----------
    function : str
        The function's name, one of `tinynet.tape.KNOWN`.
    arguments : list
        What it is given by place; ``{"tensor": 0}`` is the first of the tensors.
    options : dict, optional
        What it is given by name.
    **more
        `name` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If the function is unknown, or returns no entry for each sample.

    Examples
    --------
    >>> Operation("mean", [{"tensor": 0}], {"axis": 1})([[1.0, 2.0, 6.0]])
    array([3.], dtype=float32)
    """

    count = (1, np.inf)
    supports_masking = False

    def __init__(
        self, function: str, arguments: Sequence[Any] = ({"tensor": 0},), options: Any = None, **more: Any
    ) -> None:
        super().__init__(**more)
        if not isinstance(function, str) or not self.follows(tape.KNOWN.get(function)):
            raise ValueError(
                f"{self.described}: `function` must be one that tinynet follows. Received: {shown(function)}"
            )
        self.function, self.arguments, self.options = function, [*arguments], dict(options or {})
        self._shapes: dict[Any, Shape] = {}
        vars(self)["keeps_words"] = function in ("expand_dims", "reshape", "squeeze")
        vars(self)["merges"] = str(self.arguments).count(f"'{_TENSOR}'") > 1  # one tensor is given as it is

    # ---- what tensors ask -------------------------------------------------------------------------------------------

    getitem = staticmethod(operator.getitem)

    @staticmethod
    def follows(function: Any) -> bool:
        """Return whether a function of NumPy's can be an operation."""
        return tape.KNOWN.get(getattr(function, "__name__", "")) is function and function not in _LISTING

    @staticmethod
    def reduced(function: Any) -> Any:
        """Return what the `reduce` of one of NumPy's functions is, or None."""
        return tape.REDUCED.get(function)

    @classmethod
    def of(cls, function: Any, arguments: Sequence[Any], options: Any) -> Any:
        """Return the tensor that a function makes of arguments with tensors among them, or raise a TypeError."""
        tensors: list[KerasTensor] = []

        def written(value: Any) -> Any:
            if isinstance(value, KerasTensor):
                tensors.append(value)
                return {_TENSOR: len(tensors) - 1}
            if isinstance(value, slice):
                return {_SLICE: [value.start, value.stop, value.step]}
            if isinstance(value, (list, tuple)):
                return [written(each) for each in value]
            return _ELLIPSIS if value is Ellipsis else value.tolist() if hasattr(value, "tolist") else value

        given = [written(each) for each in arguments]
        named = {name: written(each) for name, each in options.items()}
        stem = function.__name__ if function is not operator.getitem else "get_item"
        made = cls(function.__name__, given, named, name=automatic_name(type(stem, (), {})))
        made.by_operator = True
        return made(tensors if len(tensors) > 1 else tensors[0])

    # ---- what it computes -------------------------------------------------------------------------------------------

    def _inputs(self, x: Any) -> list[Array]:
        return super()._inputs(x if self.merges else [x])

    def backward(self, dy: Array) -> Any:
        """Return the gradient of the input; of several inputs a list."""
        found = super().backward(dy)
        return found if self.merges else found[0]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape of the output for an input of this shape, or for several, or raise a ValueError."""
        several = bool(input_shape) and isinstance(input_shape[0], (list, tuple))
        return super().compute_output_shape(input_shape if several else [input_shape])

    def _applied(self, xs: Sequence[Any]) -> Any:
        """Return what the function makes of arrays, or of taped ones."""

        def read(value: Any) -> Any:
            if isinstance(value, dict):
                return xs[value[_TENSOR]] if _TENSOR in value else slice(*value[_SLICE])
            if isinstance(value, (list, tuple)):
                return [read(each) for each in value]
            return Ellipsis if value == _ELLIPSIS else value

        def given_as(value: Any) -> Any:
            found = read(value)
            return tuple(found) if isinstance(found, list) else found  # several axes, an index, tensors

        given = [given_as(each) for each in self.arguments]
        options = {name: given_as(each) for name, each in self.options.items()}
        return tape.KNOWN[self.function](*given, **options)

    @quiet
    def combined(self, xs: Sequence[Array]) -> Array:
        """Return what the function makes of the inputs."""
        found = answers.asked(self.described, self._applied, xs)
        return np.asarray(found, xs[0].dtype, order="C")

    @quiet
    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """Return each input's share of the gradient: back along what the function did."""
        taped = [tape.Taped(x) for x in xs]
        return tape.gradients(self._applied(taped), dy, taped)

    @quiet
    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape of what the function makes of ones."""
        key = tuple(shapes)
        if key not in self._shapes:
            self._require_few(shapes)  # no samples take no memory
            found = self._shape_of(3, shapes)
            if found[:1] != (3,) or self._shape_of(2, shapes) != (2, *found[1:]):
                raise ValueError(
                    f"{self.described}: {self.function} must leave the samples apart, which are axis 0. Of 3 samples "
                    f"it made {found}. Pass axis=1, or -1."
                )
            self._shapes[key] = (None, *found[1:])
        return self._shapes[key]

    def _require_few(self, shapes: Sequence[Shape]) -> None:
        """Raise a ValueError if samples become too many numbers to be tried: a file may ask for any number of them."""
        given = [ones_of(shape, self.dtype or "float32", 0).shape for shape in shapes]
        made: tuple[int, ...] = ()
        if self.function not in _AVERAGING:
            with suppress(TypeError, ValueError, IndexError):  # which are told below, with samples
                made = np.shape(self._applied([np.ones(shape, "float32") for shape in given]))
        if self.function == "outer":
            made = tuple(prod(axis or 1 for axis in shape) for shape in given)
        most = max(prod(axis or 1 for axis in shape) for shape in (*given, made))
        if most > MOST:
            raise ValueError(f"{self.described}: {self.function} would make {most} numbers, where {MOST} are the most.")

    def _shape_of(self, samples: int, shapes: Sequence[Shape]) -> tuple[int, ...]:
        """Return the shape of what the function makes of so many samples."""
        ones = [ones_of(shape, self.dtype or "float32", samples) for shape in shapes]
        try:
            return np.shape(self._applied(ones))
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError(f"{self.described}: {self.function} cannot take {shown([*shapes])}: {error}") from error

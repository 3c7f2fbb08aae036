"""A layer's row in the compiled loop's table of operations: its kernels, its shape, and where its parameters are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array, Shape
from tinynet.data.indices import check_indices
from tinynet.kernels.tables import Operation
from tinynet.memory import Parameter
from tinynet.parts import written_in_python

#: The methods by which a layer computes in plain Python.
_METHODS = ("forward", "backward", "backward_parameters", "sums", "backward_sums", "activate", "through_activation")


class HasRow:
    """Base class of layers, with what the compiled loop needs to know of them."""

    name: str

    #: The layer's kernels, where it has a compiled form: forward, backward and (with parameters) gradients.
    kernels: ClassVar[tuple[Any, ...]] = ()
    #: The activation applied to the layer's output, if any.
    activation: Any = None
    #: The penalty on the layer's output that is added to the loss, if any.
    activity_regularizer: Any = None
    #: Whether the layer is nothing but its activation.
    only_activates: ClassVar[bool] = False
    #: Whether the layer hands on the same numbers, in another shape perhaps.
    does_nothing: ClassVar[bool] = False
    #: What all numbers of a step of the input are that is padding, if the layer says so; whether it leaves out padding.
    padding_value: float | None = None
    leaves_out: ClassVar[bool] = False
    #: Flags of what the gradient holds for a constant though it is none.
    held: ClassVar[tuple[str, ...]] = ()
    #: Whether a user's code asks for the mask of the padding.
    takes_mask: bool = False
    #: Whether an operator or a function of tensors made it, which `model.layers` leaves out, as Keras's.
    by_operator: bool = False
    #: Whether padding counts for it as other numbers.
    replaces_padding: ClassVar[bool] = False
    #: Whether it hands on which steps are padding.
    supports_masking: bool = False
    #: Whether `prepared` takes a dict of a table's columns.
    takes_columns: ClassVar[bool] = False
    #: Whether it gives only other axes to what it is given, so that words may pass to layers that make them numbers.
    keeps_words: ClassVar[bool] = False
    #: Whether it can take samples in CSR form, as the first layer.
    takes_sparse: ClassVar[bool] = False

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters."""
        raise NotImplementedError

    @property
    def trainable_parameters(self) -> Sequence[Parameter]:
        """The parameters that an optimizer updates."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for inputs of `input_shape`."""
        raise NotImplementedError

    @property
    def told_of_padding(self) -> bool:
        """Whether the layer, while it is called, is told which steps are padding."""
        return self.leaves_out

    @property
    def index_limit(self) -> int | None:
        """For a layer that looks samples up by their numbers: these are whole, and go from 0 to below this."""
        return None

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return where the output is no padding: where the inputs are none, unless a layer says otherwise."""
        return previous_mask

    @checked
    def padded_like(self, masked: Sequence[bool]) -> bool | None:
        """Return what is known of padding behind the layer, for inputs of which some have steps that are padding.

        True: those steps are; False: other ones; None: there is none to leave out.
        """
        return True if self.supports_masking and all(masked) else None

    def prepared_shape(self, shape: Shape) -> Shape:
        """Return the shape of a sample as `prepared` makes it, of one of a shape: the same, of most layers."""
        return shape

    def kernel_numbers(self) -> Sequence[float]:
        """Return what the layer's kernels read among their options that no attribute of that name holds."""
        return ()

    def steps(self, shape: tuple[int, ...]) -> int:
        """Return how many steps a sample of a shape has."""
        return shape[0]

    def check_indices(self, pieces: Iterable[Array], argument: str = "x") -> None:
        """Raise a ValueError if the layer looks samples up by their numbers, and there are others among these."""
        if self.index_limit is not None:
            check_indices(pieces, self.index_limit, self.described, argument)  # type: ignore[attr-defined]

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer, or an empty string."""
        if self.activation is not None and not self.activation.compiles:
            return f"the activation of layer '{self.name}' is user-written"
        if self.activity_regularizer is not None and not self.activity_regularizer.compiles:
            return f"the activity regularizer of layer '{self.name}' is user-written"
        method = self.python_method()
        return (
            f"layer '{self.name}' ({type(self).__name__}) is user-written: its `{method}` is Python" if method else ""
        )

    def python_method(self) -> str:
        """Return the method in which a user's Python does the layer's own work (its activation aside), or ""."""
        method = "" if self.does_nothing else written_in_python(type(self), "kernels", _METHODS)
        if self.does_nothing and type(self).__module__.partition(".")[0] != "tinynet":
            method = "forward"
        return method or next((m for m in _METHODS if m in self.__dict__), "")

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return the numbers in a row of the input, and the rows and columns that a sample has in the output.

        The input has `repeat` rows of `inputs` numbers. Most layers keep the rows.
        """
        return inputs, repeat, self.compute_output_shape((None, inputs))[-1] or 0

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations.

        Parameters
        ----------
        inputs : int
            Length of the input's last axis.
        repeat : int
            Rows per sample.
        is_sparse : bool
            Whether samples come in CSR form: only ever asked of a first layer that `takes_sparse`.
        """
        if not self.kernels:
            raise TypeError(f"{self.described} has no kernels, and so no row in the table.")  # type: ignore[attr-defined]
        forward, backward, *gradients = self.kernels
        op = Operation(forward=forward, backward=backward, gradients=gradients[0] if gradients else 0)
        op.inputs, op.repeat, op.units = self.extents(inputs, repeat)
        op.sums = -1
        op.numbers = op.options = op.shared = op.activity_numbers = np.empty(0)
        op.places = np.array([place for p in self.parameters for place in (p.offset, p.stop)], np.int64)
        op.trainable = bool(gradients and self.trainable_parameters)
        return op

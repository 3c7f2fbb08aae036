"""What programs ask of a layer by names that tinynet itself does not need: Keras 2's for its calls, and its types."""

from __future__ import annotations

from typing import Any

from tinynet import config
from tinynet._arguments import whole_number
from tinynet._types import Shape
from tinynet.layers.symbolic import HasCalls, KerasTensor, alone


class HasOlderNames(HasCalls):
    """Base class of layers, with Keras's further names for their types, and for the tensors of their calls.

    Examples
    --------
    >>> import tinynet
    >>> dense = tinynet.layers.Dense(3)
    >>> given = dense(tinynet.Input((4,)))
    >>> dense.get_input_shape_at(0), dense.get_output_at(0) is given, dense.compute_dtype
    ((None, 4), True, 'float32')
    """

    dtype: str | None

    @property
    def compute_dtype(self) -> str:
        """Float type of the computation."""
        return self.dtype or config.floatx()

    variable_dtype = compute_dtype

    def get_input_at(self, node_index: int) -> Any:
        """Return the tensor, or the tensors, of a call by its number."""
        return alone(self._call_at(node_index).inputs)

    def get_output_at(self, node_index: int) -> Any:
        """Return the tensor that a call gave."""
        return alone(self._call_at(node_index).outputs)

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shape of what a call was given; of several tensors a list."""
        return _shapes(self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shape of what a call gave."""
        return _shapes(self.get_output_at(node_index))

    def _call_at(self, number: int) -> Any:
        part = self if self._part is None else self._part
        made = part._owner() is not None  # a model's tensors are made when they are first asked for
        number = whole_number(f"Layer '{self.name}'", "node_index", number, 0)
        count = max(len(part._nodes), made)
        if number >= count:
            raise ValueError(f"Layer '{self.name}' has {count} calls with tensors. Received: node_index={number}")
        if made:
            self.first_call("inbound node")
        return part._nodes[number]


def _shapes(tensors: Any) -> Shape | list[Shape]:
    return tensors.shape if isinstance(tensors, KerasTensor) else [tensor.shape for tensor in tensors]

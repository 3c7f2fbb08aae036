"""What programs ask of a layer by names that tinynet itself does not need: Keras's for its calls, types and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinynet import config
from tinynet._arguments import all_tensors, whole_number
from tinynet._types import Shape
from tinynet.layers.symbolic import HasCalls, KerasTensor, alone, leaves


class HasOlderNames(HasCalls):
    """Base class of layers, with Keras's further names for their types, their metrics and the tensors of their calls.

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

    @property
    def metrics(self) -> list[Any]:
        """The metrics among the attributes, and those of the layers there; only `call` updates them."""
        return list(_metrics_of(self, {}))

    @property
    def metrics_variables(self) -> list[Any]:
        """What the metrics keep."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def call(self, *inputs: Any, **options: Any) -> Any:
        """Raise a NotImplementedError: a class of yours may define it, and tinynet's own layers have `forward`."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call` method implemented. For a layer of tinynet's call the "
            "layer, layer(x); one of your own may have such a layer as an attribute, and call it in its own `call`."
        )

    def compute_output_spec(self, *inputs: Any) -> Any:
        """Return a tensor without numbers for what the layer gives, of one for what it takes; nothing is built."""
        all_tensors(self.described, leaves([*inputs]))
        shapes = [_shape_of(given) for given in inputs]
        return self._spec_of(self.compute_output_shape(*shapes))

    def _spec_of(self, shape: Any) -> Any:
        """Return a tensor of a shape, or tensors of the shapes in lists and dicts."""
        if isinstance(shape, Mapping):
            return {name: self._spec_of(each) for name, each in shape.items()}
        if isinstance(shape, (list, tuple)) and any(isinstance(each, (list, tuple, Mapping)) for each in shape):
            return type(shape)([self._spec_of(each) for each in shape])
        return KerasTensor(shape, self.compute_dtype)

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


def _shape_of(given: Any) -> Any:
    """Return the shape of a tensor, or the shapes of those in a list or dict."""
    if isinstance(given, Mapping):
        return {name: _shape_of(each) for name, each in given.items()}
    return [_shape_of(each) for each in given] if isinstance(given, (list, tuple)) else given.shape


def _metrics_of(part: Any, passed: dict[Any, None]) -> dict[Any, None]:
    """Return the metrics among the attributes of a layer, and of the layers and models there, each once."""
    found: dict[Any, None] = {}
    passed[part] = None
    for name, value in vars(part).items():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if hasattr(type(each), "update_state") and hasattr(type(each), "reset_state"):
                found[each] = None
            elif isinstance(each, HasCalls) and name not in ("_nodes", "_owner", "_part") and each not in passed:
                found |= _metrics_of(each, passed)
    return found


def _shapes(tensors: Any) -> Shape | list[Shape]:
    return tensors.shape if isinstance(tensors, KerasTensor) else [tensor.shape for tensor in tensors]

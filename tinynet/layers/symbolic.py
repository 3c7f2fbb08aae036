"""Tensors without numbers, by which layers are put together: Keras's functional API.

A layer that is called with such a tensor computes nothing. It is built for the shape, and gives another tensor,
which knows the call that it comes from. So the last tensor knows the whole network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from tinynet import config
from tinynet._arguments import all_tensors, flag, shown
from tinynet._kinds import by_kind
from tinynet._names import automatic_name
from tinynet._types import Shape
from tinynet.layers.arithmetic import HasArithmetic


class TensorShape(tuple[int | None, ...]):
    """A shape as older programs ask for it.

    Examples
    --------
    >>> TensorShape((None, 3)).as_list()
    [None, 3]
    """

    __slots__ = ()

    def as_list(self) -> list[int | None]:
        """Return the lengths of the axes."""
        return [*self]

    @property
    def ndims(self) -> int:
        """How many axes there are."""
        return len(self)

    rank = ndims


class KerasTensor(HasArithmetic):
    """What a layer will be given, or will give: a shape, and the call that it comes from.

    Parameters
    ----------
    shape : tuple
        The shape, whose first entry (the batch) is None.
    dtype : str, default "float32"
        The type of its numbers.
    sparse, ragged : bool, default False
        Keras's.
    name : str, optional
        Default: ``keras_tensor``, ``keras_tensor_1`` …

    Notes
    -----
    Source: https://keras.io/api/models/model/

    Examples
    --------
    >>> import tinynet
    >>> inputs = tinynet.Input((4,))
    >>> tinynet.layers.Dense(3)(inputs).shape
    (None, 3)
    """

    #: The call that it comes from, and which of its outputs it is.
    node: Node
    number: int = 0
    #: Whether layers that are called with it are built.
    builds = True

    def __init__(
        self, shape: Sequence[int | None], dtype: str = "float32", sparse: bool = False, ragged: bool = False,
        record_history: bool = True, name: str | None = None,
    ) -> None:  # fmt: skip
        self.shape: Shape = tuple(shape)
        self.dtype, self.sparse, self.ragged = dtype, bool(sparse), bool(ragged)
        self.name = name or automatic_name(type(self))

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    rank = ndim

    def get_shape(self) -> TensorShape:
        """Return the shape as TensorFlow does, which programs ask for a list."""
        return TensorShape(self.shape)

    @property
    def _keras_history(self) -> tuple[Any, int, int]:
        return self.node.operation, self.node.operation._nodes.index(self.node), self.number

    def __repr__(self) -> str:
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, ragged={self.ragged}, "
            f"name={self.name}>"
        )


class Node(NamedTuple):
    """One call of a layer or a model with tensors."""

    operation: Any
    inputs: tuple[KerasTensor, ...]
    outputs: tuple[KerasTensor, ...]
    #: What was given as `training`.
    training: bool | None

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class HasCalls:
    """Base class of layers and models: called with tensors, they take note of it."""

    name: str
    #: What messages call it.
    _kind: str
    described: Any
    compute_output_shape: Any
    ensure_built: Any
    #: Whether it takes several inputs, as a list.
    merges: ClassVar[bool] = False
    #: The calls with tensors, in order.
    _nodes: Sequence[Node] = ()
    #: What a network has in the place of a layer that says by `call` what it does, and takes note of its calls.
    _part: Any = None
    #: Returns the model that it is part of, whose tensors are made only when they are asked for.
    _owner: Callable[[], Any] = staticmethod(lambda: None)

    def note_call(
        self,
        inputs: Iterable[KerasTensor],
        shapes: Sequence[Shape],
        training: Any = None,
        names: Sequence[str | None] = (),
    ) -> tuple[KerasTensor, ...]:
        """Return the tensors that a call with other tensors gives."""
        taken = tuple(inputs)
        dtype, names = getattr(self, "dtype", None) or config.floatx(), names or [None] * len(shapes)
        given = tuple(KerasTensor(shape, dtype, name=name) for shape, name in zip(shapes, names, strict=True))
        node = Node(self, taken, given, None if training is None else bool(training))
        for number, tensor in enumerate(given):
            tensor.node, tensor.number = node, number
            tensor.builds = all(each.builds for each in taken)
        vars(self)["_nodes"] = [*self._nodes, node]
        return given

    def with_tensors(self, x: Any, training: Any) -> KerasTensor:
        """Build the layer for a tensor, or for several if it merges them, and return the tensor that it gives."""
        training = training if training is None else flag(self.described, "training", training)
        tensors = all_tensors(self.described, leaves(x))
        shapes: Any = [tensor.shape for tensor in tensors]
        if not self.merges:
            if len(tensors) > 1:
                raise ValueError(
                    f"{self.described} takes one tensor. Received: {shown(x)}. `Concatenate` makes one of several."
                )
            shapes = shapes[0]
        after = self.compute_output_shape(shapes)
        if all(tensor.builds for tensor in tensors):
            self.ensure_built(shapes)
        return self.note_call(tensors, [after], training)[0]

    def first_call(self, what: str) -> Node:
        """Return the first call with tensors, or raise an AttributeError."""
        part = self if self._part is None else self._part
        if not part._nodes and (owner := part._owner()) is not None:
            owner.tensors()
        if not part._nodes:
            raise AttributeError(f"The {self._kind} {self.name} has never been called and thus has no defined {what}.")
        node: Node = part._nodes[0]
        return node


class Noted:
    """``layer.input`` and ``layer.output``: the tensor, or the tensors, of the first call.

    A user's layer may keep something of its own under these names.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, part: HasCalls | None, owner: type) -> Any:
        if part is None:
            return self
        return alone(getattr(part.first_call(self.name), f"{self.name}s"))


def alone(values: Sequence[Any]) -> Any:
    """Return the one value, or a list of several."""
    return values[0] if len(values) == 1 else [*values]


def is_symbolic(x: Any) -> bool:
    """Return whether `x` is a tensor without numbers, or a list or dict of them."""
    if isinstance(x, KerasTensor):
        return True
    if isinstance(x, (list, tuple)):
        return bool(x) and isinstance(x[0], KerasTensor)
    plain = isinstance(x, Mapping) and not hasattr(x, "tocsr")  # some sparse matrices are mappings
    return plain and bool(x) and isinstance(next(iter(x.values())), KerasTensor)


def leaves(structure: Any, depth: int = 50) -> list[Any]:
    """Return what lists, tuples and dicts within one another hold, to a depth, a dict's entries by their sorted keys.

    Examples
    --------
    >>> leaves({"b": 1, "a": [2, 3]})
    [2, 3, 1]
    """
    if isinstance(structure, (list, tuple)) and depth:
        return [leaf for each in structure for leaf in leaves(each, depth - 1)]
    if isinstance(structure, Mapping) and depth:
        return [leaf for key in sorted(structure, key=by_kind) for leaf in leaves(structure[key], depth - 1)]
    return [structure]


def shaped_like(structure: Any, values: Iterator[Any]) -> Any:
    """Return values in the form of lists, tuples and dicts whose `leaves` they take the place of.

    Examples
    --------
    >>> shaped_like({"b": 1, "a": [2, (3,)]}, iter("xyz"))
    {'b': 'z', 'a': ['x', ('y',)]}
    """
    if isinstance(structure, (list, tuple)):
        found_in_order = [shaped_like(each, values) for each in structure]
        return tuple(found_in_order) if isinstance(structure, tuple) else found_in_order
    if isinstance(structure, Mapping):
        found = {key: shaped_like(structure[key], values) for key in sorted(structure, key=by_kind)}
        return {key: found[key] for key in structure}
    return next(values)

"""Sums and means over a whole batch of what layers give: numbers that a model adds to its loss.

``model.add_loss(ops.mean(x))`` and ``self.add_loss(...)`` in a `call` that chains layers are Keras's ways to do so.
What a layer gives has an entry for each sample, and such a number has none: it is kept apart, as the terms of a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import is_number
from tinynet._types import Array, Shape
from tinynet.layers.added_losses import OF_BATCH
from tinynet.layers.identity import Identity
from tinynet.layers.merging import Merge
from tinynet.layers.symbolic import KerasTensor, leaves, shaped_like


class Term(NamedTuple):
    """What is summed over a batch, or averaged, and how often it counts."""

    tensor: KerasTensor
    averaged: bool
    factor: float


class OverBatch(KerasTensor):
    """A number of a batch: what ``K.mean(x)`` or ``tf.reduce_sum(x)`` makes of what a layer gives.

    It can be multiplied by numbers, and others can be added.

    Examples
    --------
    >>> import tinynet
    >>> x = tinynet.Input((2,))
    >>> number = 1 - np.mean(x) / 4
    >>> number.terms[0].factor, number.offset
    (-0.25, 1.0)
    """

    def __init__(self, terms: Sequence[Term], offset: float = 0.0) -> None:
        super().__init__((), terms[0].tensor.dtype)
        self.terms, self.offset = (*terms,), offset

    @classmethod
    def of(cls, function: Any, tensor: Any, axis: Any = None, **options: Any) -> Any:
        """Return the sum or mean of a tensor over all of its axes; None if samples are left apart."""
        rank = len(tensor.shape)
        axes = range(rank) if axis is None else [each % max(rank, 1) for each in np.atleast_1d(axis)]
        if function not in (np.sum, np.mean) or {*axes} != {*range(rank)} or any(options.values()):
            return None
        if isinstance(tensor, OverBatch):
            return tensor
        rows = function(tensor, axis=(*range(1, rank),)) if rank > 1 else tensor
        return cls([Term(rows, function is np.mean, 1.0)])

    @property
    def node(self) -> NoReturn:  # type: ignore[override]
        """Raise a ValueError: no layer takes it."""
        raise ValueError(
            "A number of the whole batch, such as the mean of a tensor over all axes, is no output of a model and no "
            "input of a layer, which have an entry for each sample. Give it to add_loss, or pass axis=1, or -1."
        )

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"A number of the whole batch is multiplied by numbers, and others are added to it; {what} cannot be "
            "computed. Compute it for each sample, and take the mean over the batch last."
        )

    def _scaled(self, scale: float, offset: float = 0.0) -> Any:
        terms = [term._replace(factor=term.factor * scale) for term in self.terms]
        return OverBatch(terms, self.offset * scale + offset)

    def _merged(self, kind: str, one: Any, other: Any) -> Any:
        rest = other if one is self else one
        if kind == "Multiply" or not (is_number(rest) or isinstance(rest, OverBatch)):
            return self._scaled(float(rest)) if is_number(rest) else self._refuse(f"a product with {shown(rest)}")
        own, rest_scale = (-1.0, 1.0) if kind == "Subtract" and rest is one else (1.0, 1.0)
        rest_scale = -1.0 if kind == "Subtract" and rest is other else rest_scale
        found = self._scaled(own)
        if is_number(rest):
            return OverBatch(found.terms, found.offset + rest_scale * float(rest))
        more = rest._scaled(rest_scale)
        return OverBatch([*found.terms, *more.terms], found.offset + more.offset)

    def _operated(self, function: Any, *arguments: Any, **options: Any) -> Any:
        kinds = {np.add: "Add", np.subtract: "Subtract", np.multiply: "Multiply"}
        if function in kinds and len(arguments) == 2:
            return self._merged(kinds[function], *arguments)
        if function is np.negative:
            return self._scaled(-1.0)
        if function in (np.divide, np.true_divide) and arguments[0] is self and is_number(arguments[1]):
            return self._scaled(1.0 / float(arguments[1]))
        return self._refuse(f"np.{function.__name__}")

    def __getitem__(self, key: Any) -> Any:
        return self._refuse("an entry")

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return self._operated(function, *inputs)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function in (np.sum, np.mean):
            return self
        if function in (np.shape, np.ndim):
            return super().__array_function__(function, types, arguments, options)
        return self._refuse(f"np.{function.__name__}")


class AddLoss(Merge):
    """Hand on the first input, and add to the loss of the batch what the others are summed to.

    Parameters
    ----------
    averaged : list of bool
        Whether each of the other inputs is averaged, or summed.
    factors : list of float
        How often each counts.
    offset : float, default 0
        What is added besides.
    **more
        `name` and the like, as for every `Layer`.

    Examples
    --------
    >>> AddLoss([True], [0.5])([[[1.0, 2.0]], [[4.0]]])
    array([[1., 2.]], dtype=float32)
    """

    adds_loss = True

    def __init__(self, averaged: Sequence[bool], factors: Sequence[float], offset: float = 0.0, **more: Any) -> None:
        super().__init__(**more)
        self.averaged, self.factors, self.offset = [*averaged], [*factors], float(offset)

    @classmethod
    def after(cls, tensor: KerasTensor, losses: Sequence[Any], **more: Any) -> Any:
        """Return what a model gives in the place of a tensor, so that losses are added."""
        numbers = [each if isinstance(each, OverBatch) else OverBatch([Term(each, False, 1.0)]) for each in losses]
        terms = [term for number in numbers for term in number.terms]
        made = cls([t.averaged for t in terms], [t.factor for t in terms], sum(n.offset for n in numbers), **more)
        return made([tensor, *(t.tensor for t in terms)])

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer."""
        return f"layer '{self.name}' (AddLoss) adds to the loss of a whole batch"

    def combined(self, xs: Sequence[Array]) -> Array:
        """Return the first input, after adding what the others are."""
        if (of_batch := OF_BATCH.get()) is not None:
            of_batch.append(self.loss_of(xs[1:]))
        return xs[0]

    def loss_of(self, xs: Sequence[Array]) -> float:
        """Return what is added for a batch."""
        added = (
            factor * float((np.mean if mean else np.sum)(x, dtype=np.float64))
            for x, mean, factor in zip(xs, self.averaged, self.factors, strict=True)
        )
        return self.offset + sum(added)

    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """Return dy for the first input, and for the others how much an entry counts."""
        counted = zip(xs[1:], self.averaged, self.factors, strict=True)
        return [dy, *(np.full_like(x, factor / x.size if mean else factor) for x, mean, factor in counted)]

    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape of the first input."""
        return shapes[0]


def with_added(outputs: Any, losses: Sequence[Any], given: Sequence[Any]) -> Any:
    """Return what a `call` makes of tensors, of which the first adds to the loss what the `call` has added."""
    first, *others = leaves(outputs)
    others = [Identity()(each) if any(each is tensor for tensor in given) else each for each in others]
    return shaped_like(outputs, iter([AddLoss.after(first, losses), *others]))

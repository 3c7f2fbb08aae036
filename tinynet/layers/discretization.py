"""Discretization: the number of the range that each number is in.

Source: https://keras.io/api/layers/preprocessing_layers/numerical/discretization/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from tinynet import config
from tinynet._arguments import checked, number, numbers, shown, whole_number
from tinynet._types import Array
from tinynet.formulas import Batch, Floats, Operation, Scalar, formula, kernel, span
from tinynet.layers.embedding import embedding_backward
from tinynet.layers.encoding import Encoding, batches_of, clear, put, without_kind
from tinynet.layers.keywords import OfLayers


@formula
def range_of(x: Scalar, bounds: Floats) -> int:
    """Return how many bounds, in order, are not above x; all of them for NaN."""
    low, high = 0, bounds.size
    while low < high:
        middle = (low + high) // 2
        if x < type(x)(bounds[middle]):
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def discretization_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """k is the number of bounds that are not above x"""
    clear(op, y)
    bounds = span(op.options, 2, op.options.size)
    for i in range(x.size):
        put(op, y, i, range_of(x[i], bounds))


class Discretization(Encoding):
    """Turn each number into that of the range that it is in, or into a column for each range.

    Parameters
    ----------
    bin_boundaries : sequence of float, optional
        The bounds of the ranges, in order: ``[0, 1]`` makes three, below 0, from 0 to below 1, and from 1 on.
    num_bins : int, optional
        So many ranges are learnt by `adapt`, so that about as many numbers are in each.
    epsilon : float, default 0.01
        How far the shares of numbers may be off, as in Keras's summary of the data.
    output_mode : {"int", "one_hot", "multi_hot", "count"}, default "int"
        The ranges' numbers; or a column for each range: a row of its own for each number, 1 for all ranges that a row
        of the input has, or how many of its numbers are there.
    sparse : bool, default False
        TensorFlow's form of results, which tinynet lacks.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If not exactly one of `bin_boundaries` and `num_bins` is given, or the bounds are not in order; when called
        without bounds.

    Examples
    --------
    >>> Discretization([0.0, 1.0, 2.0])([[-1.5, 1.0, 3.4, 0.5]])
    array([[0, 2, 3, 1]], dtype=int32)
    >>> layer = Discretization(num_bins=2, output_mode="one_hot")
    >>> layer.adapt(np.array([[1.0], [2.0], [3.0], [4.0]]))
    >>> layer.bin_boundaries
    [2.0]
    """

    _numbered_as = "int32"
    kernels = discretization_forward, embedding_backward

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**without_kind(options))
        self._take_mode(output_mode, sparse)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"{self.described}: set either `num_bins`, to learn the bounds by `adapt`, or `bin_boundaries`. "
                f"Received: num_bins={shown(num_bins)} and bin_boundaries={shown(bin_boundaries)}"
            )
        self.num_bins = None if num_bins is None else whole_number(self.described, "num_bins", num_bins, 1)
        self.epsilon = number(self.described, "epsilon", epsilon, 1e-6, 1.0)
        self.bin_boundaries: list[float] | None = None
        if bin_boundaries is not None:
            given = numbers(self.described, "bin_boundaries", bin_boundaries)
            if given.ndim != 1 or not (np.diff(given) >= 0).all():
                raise ValueError(
                    f"{self.described}: `bin_boundaries` must be a list of numbers in order. Received: "
                    f"bin_boundaries={shown(bin_boundaries)}"
                )
            self.bin_boundaries = [float(bound) for bound in given]

    @property
    def _bounds(self) -> list[float]:
        if self.bin_boundaries is None:
            raise ValueError(
                f"{self.described}: You need to either pass the `bin_boundaries` argument at construction time or "
                "call `adapt(dataset)` before you can start using the `Discretization` layer."
            )
        return self.bin_boundaries

    @property
    def depth(self) -> int:
        """How many ranges there are."""
        return int(self.num_bins or 0) if self.bin_boundaries is None else len(self.bin_boundaries) + 1

    def table(self) -> list[float]:
        """Return the bounds."""
        return self._bounds

    def numbers_of(self, x: Any) -> NDArray[np.int64]:
        """Return the number of the range of each number."""
        kind = np.dtype(self.dtype or config.floatx())
        given = numbers(self.described, "x", x).astype(kind)
        return np.asarray(np.digitize(given, np.array(self._bounds, kind)), np.int64)

    @checked
    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the bounds from data, an array or batches. What was learnt before is forgotten.

        Keras's way: a batch is summed up by some of its numbers, in order, each with the count that it stands for, and
        the bounds are read off the sums of the counts.
        """
        if self.num_bins is None:
            raise ValueError(
                f"{self.described}: Cannot adapt a Discretization layer that has been initialized with "
                "`bin_boundaries`, use `num_bins` instead."
            )
        known = np.empty((2, 0), np.float32)
        listed = isinstance(data, (list, tuple))  # whose entries are batches
        for batch in batches_of(self.described, iter(data) if listed else data, steps):
            values = np.sort(numbers(self.described, "data", batch).astype(np.float32), axis=None)
            known = np.concatenate([_summary(values, self.epsilon), known], axis=1)
            known = _shortened(known[:, np.argsort(known[0])], self.epsilon)
        if not known.size:
            raise ValueError(f"{self.described}: adapt() received no data. Expected at least one batch.")
        self.bin_boundaries = _shortened(known, 1.0 / self.num_bins)[0, :-1].tolist()

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a layer from what `get_config` returned: one that has learnt has bounds, and the number of ranges."""
        found = {**config}
        if found.get("bin_boundaries") is None or found.get("num_bins") is None:
            return super().from_config(found)
        bounds = found.pop("bin_boundaries")
        layer = super().from_config(found)
        layer.bin_boundaries = [float(bound) for bound in bounds]
        return layer


def _summary(values: Array, epsilon: float) -> Array:
    """Return about 1/epsilon of the sorted values, and how many values each stands for."""
    step = max(values.size * epsilon, 1)
    chosen = values[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def _shortened(summary: Array, epsilon: float) -> Array:
    """Return a summary of 1/epsilon values: those at equal shares of all counts, in between those that there are."""
    if summary.shape[1] * epsilon < 1:
        return summary
    sums = summary[1].cumsum()
    wanted = epsilon + np.arange(0.0, 1.0, epsilon)
    shares = sums / sums[-1]
    counts = np.interp(wanted, shares, sums)
    return np.stack([np.interp(wanted, shares, summary[0]), np.diff(counts, prepend=0)]).astype(np.float32)

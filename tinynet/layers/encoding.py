"""What layers have in common that turn each number, or text, into that of a category, and categories into columns.

In a network a layer's kernel finds the category of each number and hands it to `put`. Texts have become the numbers of
their categories before a network sees them: see `Layer.prepared`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinynet import config
from tinynet._arguments import ANY_COUNT, checked, flag, shown, whole_number
from tinynet._kinds import is_one_of
from tinynet._types import Shape
from tinynet.formulas import Batch, Floats, Operation, Words, kernel
from tinynet.kernels.machine.jit import inner
from tinynet.layers.embedding import row_of
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.layers.symbolic import is_symbolic

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLD = {"binary": "multi_hot", "tf-idf": "tf_idf"}


@inner
def clear(op: Any, y: Any) -> None:
    """Set all columns to 0."""
    for i in range(y.size):
        y[i] = y.dtype.type(0.0)


@inner
def put(op: Any, y: Any, i: int, k: int) -> None:
    """Write that the i-th number of the input is of category k: -1 is none."""
    one, mode = y.dtype.type(1.0), op.options[0]
    if mode == 0.0:
        y[i] = y.dtype.type(k) if k >= 0 else y.dtype.type(np.nan)
    elif k >= 0:
        at = i // op.inputs * op.units + k
        if mode == 1.0:
            y[at] = one
        else:
            y[at] += one if mode == 2.0 else y.dtype.type(op.options[2 + k])


@kernel
def encoding_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """y is the categories whose numbers x has: as they are, or 1, a count or Σ idf in the column of each"""
    clear(op, y)
    for i in range(x.size):
        put(op, y, i, row_of(x[i], op.units if op.options[0] != 0.0 else 2**53))


#: Types of results that are no floats.
_KINDS = ("int32", "int64", "string")


class Encoding(KernelLayer):
    """Base class of layers of categories: `numbers_of` says which, and `depth` how many there are."""

    fixed: ClassVar[tuple[str, ...]] = ("dtype", "output_mode")
    #: Those of the modes that the layer has.
    modes: ClassVar[tuple[str, ...]] = MODES[:4]
    #: The types of numbers and of columns that a call by itself gives; columns are of floatx by default.
    _numbered_as: ClassVar[str] = "int64"
    _counted_as: ClassVar[str] = ""

    def _take_mode(self, output_mode: Any, sparse: Any) -> None:
        """Keep how categories come out, or raise a ValueError."""
        mode = _OLD.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
        if not is_one_of(mode, self.modes):
            raise ValueError(
                f"{self.described}: `output_mode` must be one of {self.modes}. Received: {shown(output_mode)}"
            )
        self.output_mode = mode
        if flag(self.described, "sparse", sparse):
            raise ValueError(f"{self.described}: `sparse=True` can only be used with the TensorFlow backend.")

    @property
    def words(self) -> Words:  # type: ignore[override]
        """What the trace says."""
        forwards = {"int": "k({x})", "one_hot": "[k({x}) = j]", "multi_hot": "[j in k({x})]"}
        counts = "Σᵢ [k({x}ᵢ) = j]" + ("·idf" if self.output_mode == "tf_idf" else "")
        return Words(
            forwards.get(self.output_mode, counts),
            "k is the category: a name, whose size means nothing; a column for each says which it is.",
            "0·{dy}",
            "between two categories there is nothing",
        )

    @property
    def depth(self) -> int:
        """How many categories there are: so many columns."""
        raise NotImplementedError

    @property
    def idf(self) -> NDArray[np.float64]:
        """How rare each category is, for "tf_idf"."""
        return np.empty(0)

    def table(self) -> Iterable[float]:
        """Return what the layer's kernel finds categories by: it stands behind the mode and the idf."""
        return ()

    def numbers_of(self, x: Any) -> NDArray[np.int64]:
        """Return the category of each entry, -1 where there is none."""
        raise NotImplementedError

    # ---- by itself --------------------------------------------------------------------------------------------------

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the categories of numbers or texts."""
        return super().__call__(x, training=training) if is_symbolic(x) else self._encoded(self.numbers_of(x))

    def _encoded(self, k: NDArray[Any]) -> Any:
        """Return categories as they are, or as columns."""
        if self.output_mode == "int":
            return k.astype(self._numbered_as)
        k, kind = k if k.ndim else k[None], self._counted_as or config.floatx()
        columns = np.arange(self.depth)
        if self.output_mode == "one_hot":
            k = k[..., 0] if k.ndim > 1 and k.shape[-1] == 1 else k
            return (k[..., None] == columns).astype(kind)
        if k.ndim > 2:
            raise ValueError(
                f"{self.described}: output_mode={self.output_mode!r} is for samples of one axis, whose entries go "
                f"together. Received: shape {k.shape}"
            )
        counts = (k[..., None] == columns).sum(axis=-2)
        if self.output_mode == "tf_idf":
            return np.multiply(counts, self.idf).astype(config.floatx())
        return (counts if self.output_mode == "count" else np.minimum(counts, 1)).astype(kind)

    # ---- in a network -----------------------------------------------------------------------------------------------

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, with the columns in place of its last axis, or behind it for "one_hot"."""
        if self.output_mode == "int":
            return input_shape
        if self.output_mode == "one_hot" and (len(input_shape) < 2 or input_shape[-1] != 1):
            return (*input_shape, self.depth)
        if len(input_shape) not in ((2, 3, 4, 5) if self.output_mode == "one_hot" else (2,)):
            raise ValueError(
                f"{self.described}: expected samples of one axis, the entries of a row. Received: input of shape "
                f"{input_shape}"
            )
        return (*input_shape[:-1], self.depth)

    def in_rows(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return a list of numbers as a column where each sample is a row that is counted."""
        return numbers[:, None] if numbers.ndim == 1 and self.output_mode not in ("int", "one_hot") else numbers

    def extents(self, inputs: int, repeat: int) -> tuple[int, int, int]:
        """Return how many numbers make a row of the output, and the rows and columns of a sample."""
        if self.output_mode == "int":
            return inputs, repeat, inputs
        return (1, inputs * repeat, self.depth) if self.output_mode == "one_hot" else (inputs, repeat, self.depth)

    @checked
    def operation(self, inputs: int, repeat: int, is_sparse: bool) -> Operation:
        """Return the layer's row in the compiled loop's table of operations."""
        op = super().operation(inputs, repeat, is_sparse)
        op.options = np.array(self.kernel_numbers(), np.float64)
        return op

    def kernel_numbers(self) -> list[float]:
        """Return the mode, how many idf there are and these, and what categories are found by."""
        mode = {"int": 0.0, "count": 2.0, "tf_idf": 3.0}.get(self.output_mode, 1.0)
        return [mode, len(self.idf), *self.idf.tolist(), *self.table()]


def without_kind(options: Any) -> Any:
    """Return options without the `dtype` of results: Keras's configurations may name one of no floats."""
    return {name: value for name, value in options.items() if name != "dtype" or value not in _KINDS}


def batches_of(owner: str, data: Any, steps: int | None) -> Iterator[Any]:
    """Yield batches of what a layer learns from: all at once if it is in a list, an array or a table's column."""
    if isinstance(data, (str, bytes, list, tuple, np.ndarray)) or hasattr(data, "dtype") or hasattr(data, "to_numpy"):
        yield data
        return
    if not hasattr(data, "__iter__") or isinstance(data, Mapping):
        raise TypeError(f"{owner}: `data` must be an array, or batches. Received: {shown(data)}")
    if steps is not None:
        whole_number(owner, "steps", steps, 0, below=ANY_COUNT)
    for number, batch in enumerate(data):
        if steps is not None and number >= steps:
            return
        yield batch

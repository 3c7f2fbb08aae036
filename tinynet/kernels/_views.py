"""Views of memory, and copies: NumPy's in Python, code of its own in a kernel, where a view then costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tinynet.kernels._jit import COMPILED

Array = NDArray[Any]

if TYPE_CHECKING or not COMPILED:

    def borrowed(array: Array) -> Array:
        """The array; in a kernel one that belongs to nobody, so that no references to it are counted."""
        return array

    def as_matrix(vector: Array, rows: int, columns: int) -> Array:
        """The vector's numbers as a matrix, in the same memory."""
        return vector.reshape(rows, columns)

    def as_vector(matrix: Array) -> Array:
        """The contiguous matrix's numbers as a vector, in the same memory."""
        return matrix.reshape(-1)

    def span(vector: Array, first: int, last: int) -> Array:
        """The vector's numbers first…last, in the same memory."""
        return vector[first:last]

    def columns_of(matrix: Array, first: int, last: int) -> Array:
        """The contiguous matrix's columns first…last, in the same memory."""
        return matrix[:, first:last]

    def copy(source: Array, source_at: int, out: Array, out_at: int, count: int) -> None:
        """out[out_at:…] = source[source_at:…] for `count` numbers."""
        out[out_at : out_at + count] = source[source_at : source_at + count]

else:
    from tinynet.kernels._raw_views import as_matrix, as_vector, borrowed, columns_of, copy, span

__all__ = ["as_matrix", "as_vector", "borrowed", "columns_of", "copy", "span"]

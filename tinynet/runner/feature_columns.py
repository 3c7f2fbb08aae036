"""``tf.feature_column`` and ``keras.layers.DenseFeatures``: a table's columns as numbers, in front of a network.

Keras 3 has given both up. They are served here for the programs that were written with them.

Source: https://www.tensorflow.org/tutorials/structured_data/feature_columns
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinynet import initializers
from tinynet._arguments import shown
from tinynet._types import Array, Shape
from tinynet.layers import Layer
from tinynet.preprocessing.fingerprint import fingerprint

__all__ = [
    *("bucketized_column", "categorical_column_with_hash_bucket", "categorical_column_with_identity"),
    *("categorical_column_with_vocabulary_list", "embedding_column", "indicator_column", "numeric_column"),
]


class Column(NamedTuple):
    """What becomes of a column of a table.

    Attributes
    ----------
    name : str
        By which columns are sorted, as TensorFlow does.
    key : str
        The table's column.
    read : function
        Makes numbers of it, a row for each sample: values, or the numbers of categories, -1 for none.
    numbers : int
        How many numbers `read` makes of a sample.
    depth : int
        How many categories there are; 0 for values.
    dimension : int
        Length of the vector that is learnt for each category; 0 for a one in its place.
    initializer
        What the vectors start from.
    """

    name: str
    key: str
    read: Callable[[Any], Array]
    numbers: int = 1
    depth: int = 0
    dimension: int = 0
    initializer: Any = None

    @property
    def width(self) -> int:
        """How many numbers a network gets."""
        return self.dimension or self.depth or self.numbers


def _rows(values: Any) -> Array:
    """Return a column as rows: one number, text or row of them for each sample."""
    given = np.asarray(values.numpy() if hasattr(values, "numpy") else values)
    return given.reshape(len(given), -1)


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = None,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> Column:
    """Return a column of numbers as they are, or as `normalizer_fn` makes them."""

    def read(values: Any) -> Array:
        found = _rows(values).astype(np.float64)
        return found if normalizer_fn is None else _rows(normalizer_fn(found))

    return Column(key, key, read, int(np.prod(shape)))


def bucketized_column(source_column: Column, boundaries: Sequence[float]) -> Column:
    """Return a column of ranges, each with a one for the range that a number is in."""
    bounds = np.array(boundaries, np.float64)
    if not bounds.size or not (np.diff(bounds) > 0).all():
        raise ValueError(f"bucketized_column: `boundaries` must be sorted. Received: {shown(boundaries)}")
    if source_column.depth or source_column.numbers != 1:
        raise ValueError(f"bucketized_column: expected a numeric column of one number. Received: {source_column.name}")
    name = f"{source_column.name}_bucketized"
    return Column(name, source_column.key, lambda x: np.digitize(source_column.read(x), bounds), 1, len(bounds) + 1)


def _categories(key: str, number_of: Callable[[Any], int], depth: int) -> Column:
    def read(values: Any) -> Array:
        rows = _rows(values)
        if rows.shape[1] != 1:
            raise ValueError(f"{key!r}: expected one category a sample. Received: a column of shape {rows.shape}")
        listed = [each.decode() if isinstance(each, bytes) else each for each in rows.reshape(-1).tolist()]
        return np.array([number_of(each) for each in listed], np.float64).reshape(rows.shape)

    return Column(key, key, read, 1, depth)


def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> Column:
    """Return a column of categories that are listed; others have none, or one of `num_oov_buckets` behind them."""
    index = {each.item() if hasattr(each, "item") else each: n for n, each in enumerate(vocabulary_list)}

    def number_of(value: Any) -> int:
        if value in index or not num_oov_buckets:
            return index.get(value, default_value)
        return len(index) + fingerprint(str(value)) % num_oov_buckets

    return _categories(key, number_of, len(index) + num_oov_buckets)


def categorical_column_with_identity(key: str, num_buckets: int, default_value: int | None = None) -> Column:
    """Return a column of categories that are numbers already, from 0 to below `num_buckets`."""

    def number_of(value: Any) -> int:
        if 0 <= value < num_buckets:
            return int(value)
        if default_value is None:
            raise ValueError(
                f"categorical_column_with_identity({key!r}): expected numbers from 0 to below {num_buckets}. Received: "
                f"{shown(value)}"
            )
        return default_value

    return _categories(key, number_of, num_buckets)


def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = None) -> Column:
    """Return a column of categories by the fingerprints of texts, or of whole numbers' digits."""
    return _categories(key, lambda value: fingerprint(str(value)) % hash_bucket_size, hash_bucket_size)


def indicator_column(categorical_column: Column) -> Column:
    """Return the column with a number for each category: how often a sample has it."""
    return categorical_column._replace(name=f"{categorical_column.name}_indicator")


def embedding_column(
    categorical_column: Column, dimension: int, combiner: str = "mean", initializer: Any = None, **options: Any
) -> Column:
    """Return the column with a vector for each category, which is learnt."""
    name = f"{categorical_column.name}_embedding"
    if combiner not in ("mean", "sum", "sqrtn"):
        raise ValueError(f"embedding_column: `combiner` must be 'mean', 'sum' or 'sqrtn'. Received: {shown(combiner)}")
    start = initializer or initializers.TruncatedNormal(stddev=dimension**-0.5)
    return categorical_column._replace(name=name, dimension=int(dimension), initializer=start)


class DenseFeatures(Layer):
    """Make one row of numbers of the columns of a table, a dict of arrays: a model's first layer.

    Parameters
    ----------
    feature_columns : column or list of them
        What ``tf.feature_column`` makes. They stand in the order of their names.
    trainable : bool, default True
        Whether vectors of categories are learnt.
    name : str, optional
        As for every `Layer`.
    """

    takes_columns = True

    def __init__(self, feature_columns: Any, trainable: bool = True, name: str | None = None, **options: Any) -> None:
        super().__init__(name=name, trainable=trainable, **options)
        listed = [feature_columns] if isinstance(feature_columns, Column) else [*feature_columns]
        if not listed or not all(isinstance(each, Column) for each in listed):
            raise TypeError(f"{self.described}: expected columns of tf.feature_column. Received: {shown(listed)}")
        self.columns = sorted(listed, key=lambda column: column.name)
        self._given: list[tuple[Column, Array]] = []

    def prepared(self, x: Any) -> Any:
        """Return the columns of a dict as numbers, side by side."""
        if not isinstance(x, Mapping):
            return x
        if missing := [column.key for column in self.columns if column.key not in x]:
            raise ValueError(f"{self.described}: the table has no column {missing[0]!r}. Received: {shown([*x])}")
        return np.concatenate([column.read(x[column.key]) for column in self.columns], axis=1)

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the numbers that a network gets of a dict of columns."""
        return super().__call__(self.prepared(x), training)

    def build(self, input_shape: Shape) -> None:
        """Make the vectors that are learnt."""
        for number, column in enumerate(self.columns):
            if column.dimension:
                self.add_weight(f"vectors_{number}", (column.depth, column.dimension), column.initializer)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the numbers of all columns together."""
        return (input_shape[0], sum(column.width for column in self.columns))

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return values as they are, and ones or vectors in place of categories."""
        found, first, self._given = [], 0, []
        for number, column in enumerate(self.columns):
            own = x[:, first : (first := first + column.numbers)]
            if column.depth:
                own = np.eye(column.depth, dtype=x.dtype)[own.astype(int)[:, 0]] * (own >= 0)
            if column.dimension:
                self._given.append((column, own))
                own = own @ getattr(self, f"vectors_{number}")
            found.append(own)
        return np.concatenate(found, axis=1).astype(x.dtype)

    def backward(self, dy: Array) -> Array:
        """Set the vectors' gradients, of the samples whose category each is of; return those of the values."""
        first, given, found = 0, iter(self._given), []
        for number, column in enumerate(self.columns):
            own = dy[:, first : (first := first + column.width)]
            if column.dimension:
                getattr(self, f"dvectors_{number}")[...] = next(given)[1].T @ own
            found.append(np.zeros((len(dy), 1), dy.dtype) if column.depth else own)
        return np.concatenate(found, axis=1)

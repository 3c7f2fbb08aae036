"""IntegerLookup: whole numbers, such as codes, as their numbers in a vocabulary.

Source: https://keras.io/api/layers/preprocessing_layers/categorical/integer_lookup/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

import numpy as np

from tinynet._arguments import numbers, shown
from tinynet._kinds import is_one_of, is_whole
from tinynet._types import Array, Shape
from tinynet.formulas import Batch, Floats, Operation, Scalar, formula, kernel, span
from tinynet.layers.embedding import embedding_backward
from tinynet.layers.encoding import clear, put, without_kind
from tinynet.layers.keywords import OfLayers
from tinynet.layers.lookup import Lookup
from tinynet.preprocessing.fingerprint import fingerprint

#: float32 has whole numbers up to this.
_LARGEST = 2**24


@formula
def category_of(x: Scalar, table: Floats, count: int) -> int:
    """Return the category of a whole number: the table has (tokens, in order), (their categories), and the rest.

    The rest is: whether there is a mask, the mask, its category, the first category of what is unknown, and how many.
    """
    rest = 2 * count
    if table[rest] != 0.0 and x == table[rest + 1]:
        return int(table[rest + 2])
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if table[middle] < x:
            low = middle + 1
        else:
            high = middle
    if low < count and table[low] == x:
        return int(table[count + low])
    unknown = int(table[rest + 4])
    if unknown == 0 or x != x:
        return -1
    return int(table[rest + 3]) + int(x) % unknown


@kernel
def integer_lookup_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """k is the category of x: its number in the vocabulary, or one for what is unknown"""
    clear(op, y)
    table = span(op.options, 2 + int(op.options[1]), op.options.size)
    for i in range(x.size):
        put(op, y, i, category_of(x[i], table, (table.size - 5) // 2))


class IntegerLookup(Lookup):
    """Turn whole numbers into their numbers in a vocabulary, or into a column for each.

    Parameters
    ----------
    max_tokens : int, optional
        The most numbers that the vocabulary may have, with those for padding and for what is unknown.
    num_oov_indices : int, default 1
        How many numbers there are for what is unknown, which is shared out among them. With 0 it is an error; in a
        network it becomes NaN, or no column.
    mask_token : int, optional
        What stands for padding: its number is 0, and it has no column.
    oov_token : int, default -1
        What is unknown is called so in `get_vocabulary`, and becomes that with ``invert=True``.
    vocabulary : sequence of int or path, optional
        The numbers, or a file with one a line, in place of `adapt`.
    vocabulary_dtype : "int64"
        Keras's.
    idf_weights : array_like, optional
        How rare each number is, for "tf_idf".
    invert : bool, default False
        The other way round.
    output_mode : {"int", "one_hot", "multi_hot", "count", "tf_idf"}, default "int"
        As for `StringLookup`.
    sparse : bool, default False
        TensorFlow's form of results, which tinynet lacks.
    pad_to_max_tokens : bool, default False
        Whether there are `max_tokens` columns, even if the vocabulary is smaller.
    oov_method : {"floormod", "farmhash"}, default "floormod"
        How what is unknown is shared out: by the remainder, or by the fingerprint of its digits.
    salt : None
        Keras's, for another hash, which tinynet lacks.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If an argument is none of these, or the vocabulary has a number twice.

    Examples
    --------
    >>> layer = IntegerLookup(vocabulary=[12, 36, 1138])
    >>> layer([[12, 1138, 7]])
    array([[1, 3, 0]])
    >>> IntegerLookup(vocabulary=[12, 36], output_mode="count")([[12, 12, 36, 7]])
    array([[1, 2, 1]])
    """

    kernels = integer_lookup_forward, embedding_backward

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        **options: Unpack[OfLayers],
    ) -> None:
        options.pop("vocabulary_size", None)  # type: ignore[typeddict-item]  # of Keras's configurations
        super().__init__(**without_kind(options))
        for name, value in (("mask_token", mask_token), ("oov_token", oov_token)):
            if not (value is None or is_whole(value)):
                raise TypeError(f"{self.described}: `{name}` must be a whole number or None. Received: {shown(value)}")
        self.mask_token, self.oov_token, self.salt = mask_token, oov_token, salt
        self.vocabulary_dtype, self.oov_method = vocabulary_dtype, oov_method
        if not is_one_of(vocabulary_dtype, ("int64",)):
            raise ValueError(
                f"{self.described}: Only `vocabulary_dtype='int64'` is supported. Received: {shown(vocabulary_dtype)}"
            )
        if not is_one_of(oov_method, ("floormod", "farmhash")):
            raise ValueError(
                f"{self.described}: `oov_method` must be 'floormod' or 'farmhash'. Received: {shown(oov_method)}"
            )
        if salt is not None:
            raise ValueError(f"{self.described}: tinynet has no `salt`. Received: salt={shown(salt)}")
        self._take_arguments(max_tokens, num_oov_indices, invert, output_mode, pad_to_max_tokens, sparse)
        self._begin_with(vocabulary, idf_weights)

    def _as_tokens(self, values: Any) -> Array:
        """Return whole numbers as an array."""
        lines = isinstance(values, list) and bool(values) and all(isinstance(value, str) for value in values)
        try:
            given = np.array([int(value) for value in values]) if lines else numbers(self.described, "x", values)
        except ValueError as error:
            raise ValueError(f"{self.described}: expected whole numbers. {error}") from None
        if not np.isfinite(given).all():
            raise ValueError(f"{self.described}: expected whole numbers, and there are NaN or infinite ones.")
        return given.astype(np.int64)

    def prepared(self, x: Any) -> Any:
        """Return numbers that a model was given, or raise a ValueError for those that its floats lack."""
        if self.dtype == "float32" and isinstance(x, np.ndarray) and x.dtype.kind in "iuf" and x.size:
            found = int(max(abs(int(np.nanmax(x))), abs(int(np.nanmin(x))))) if np.isfinite(x).any() else 0
            if found > _LARGEST:
                raise ValueError(
                    f"{self.described}: float32 has whole numbers to {_LARGEST} only, and x has {found}. Make the "
                    "layer with dtype='float64', or call it by itself."
                )
        return x

    def _bucket(self, token: int) -> int:
        return (token if self.oov_method == "floormod" else fingerprint(str(token))) % self.num_oov_indices

    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError for what cannot be told in a network: numbers that its floats lack, and fingerprints."""
        super().build(input_shape)
        if self.dtype == "float32" and any(abs(token) > _LARGEST for token in self._tokens):
            raise ValueError(
                f"{self.described}: float32 has whole numbers to {_LARGEST} only, and the vocabulary has larger ones. "
                "Make the layer with dtype='float64', or call it by itself."
            )
        if self.oov_method == "farmhash" and self.num_oov_indices > 1:
            raise ValueError(f"{self.described}: with oov_method='farmhash' call it by itself, in front of the model.")

    def table(self) -> Iterable[float]:
        """Return what `category_of` reads."""
        ordered = sorted(self._index.items())
        mask = 0 if self.mask_token is None else self.mask_token
        rest = self.mask_token is not None, mask, 0 if self.output_mode == "int" else -1, self._unknown_from
        return [*(token for token, _ in ordered), *(k for _, k in ordered), *rest, self.num_oov_indices]

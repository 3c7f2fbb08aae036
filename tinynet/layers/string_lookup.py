"""StringLookup: words as their numbers in a vocabulary.

Source: https://keras.io/api/layers/preprocessing_layers/categorical/string_lookup/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.layers.embedding import embedding_backward
from tinynet.layers.encoding import encoding_forward, without_kind
from tinynet.layers.keywords import OfLayers
from tinynet.layers.lookup import Lookup
from tinynet.preprocessing.fingerprint import fingerprint
from tinynet.preprocessing.vocabulary import as_texts


class StringLookup(Lookup):
    """Turn words into their numbers in a vocabulary, or into a column for each word.

    Call it with words, or make it the first layer of a model, or the layer that takes one of its inputs: then `fit`,
    `evaluate` and `predict` take words.

    Parameters
    ----------
    max_tokens : int, optional
        The most words that the vocabulary may have, with those for padding and for unknown words.
    num_oov_indices : int, default 1
        How many numbers there are for unknown words, which are shared out among them by their fingerprints. With 0
        unknown words are an error.
    mask_token : str, optional
        A word that stands for padding: its number is 0, and it has no column.
    oov_token : str, default "[UNK]"
        What unknown words are called in `get_vocabulary`, and become with ``invert=True``.
    vocabulary : sequence of str or path, optional
        The words, or a file with one a line, in place of `adapt`.
    idf_weights : array_like, optional
        How rare each word is, for "tf_idf".
    invert : bool, default False
        The other way round: from numbers to words.
    output_mode : {"int", "one_hot", "multi_hot", "count", "tf_idf"}, default "int"
        The words' numbers; or a column for each word of the vocabulary: a row of its own for each word, 1 for all words
        of a row of the input, how often it has them, or how often times how rare they are.
    pad_to_max_tokens : bool, default False
        Whether there are `max_tokens` columns, even if the vocabulary is smaller.
    sparse : bool, default False
        TensorFlow's form of results, which tinynet lacks.
    encoding : str, default "utf-8"
        Of words that come as bytes.
    salt : None
        Keras's, for another hash of unknown words, which tinynet lacks.
    **options
        `name` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If an argument is none of these, or the vocabulary has a word twice; when called: for an unknown word if there
        is no number for it.

    Examples
    --------
    >>> layer = StringLookup(vocabulary=["a", "b", "c"])
    >>> layer([["a", "c", "d"]])
    array([[1, 3, 0]])
    >>> StringLookup(vocabulary=layer.get_vocabulary(), invert=True)([1, 3, 0]).tolist()
    ['a', 'c', '[UNK]']
    """

    kernels = encoding_forward, embedding_backward

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        salt: Any = None,
        **options: Unpack[OfLayers],
    ) -> None:
        for name in ("vocabulary_size", "oov_method", "vocabulary_dtype"):  # of Keras's configurations
            options.pop(name, None)  # type: ignore[misc]
        super().__init__(**without_kind(options))
        self.mask_token, self.oov_token, self.encoding, self.salt = mask_token, oov_token, encoding, salt
        for name, value in (("mask_token", mask_token), ("oov_token", oov_token)):
            if not (value is None or isinstance(value, str)):
                raise TypeError(f"{self.described}: `{name}` must be a string or None. Received: {shown(value)}")
        if salt is not None:
            raise ValueError(f"{self.described}: tinynet has no `salt`. Received: salt={shown(salt)}")
        self._take_arguments(max_tokens, num_oov_indices, invert, output_mode, pad_to_max_tokens, sparse)
        self._begin_with(vocabulary, idf_weights)

    def _as_tokens(self, values: Any) -> Array:
        """Return words as an array of strings."""
        try:
            return as_texts(values)
        except (TypeError, UnicodeDecodeError) as error:
            raise TypeError(f"{self.described}: {error}") from None

    def _bucket(self, token: str) -> int:
        return fingerprint(token) % self.num_oov_indices

    def prepared(self, x: Any) -> Any:
        """Return words that a model was given as their numbers; what are numbers already stays."""
        return self.in_rows(x if isinstance(x, np.ndarray) and x.dtype.kind in "iuf" else self.numbers_of(x))

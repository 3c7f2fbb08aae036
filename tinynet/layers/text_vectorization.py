"""Texts as numbers, by a vocabulary that is learnt from them.

Source: https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from tinynet import config
from tinynet._arguments import checked, flag, limit, shown, whole_number
from tinynet._types import Array, Shape
from tinynet.layers.base import Layer
from tinynet.layers.encoding import batches_of
from tinynet.layers.keywords import OfLayers
from tinynet.layers.symbolic import is_symbolic
from tinynet.preprocessing.sequence import pad_sequences
from tinynet.preprocessing.vocabulary import MASK, SPLIT, STANDARDIZE, Vocabulary, as_texts, given, learnt, tokens_of

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


class TextVectorization(Layer):
    """Turn texts into the numbers of their words, or into one number for each word of the vocabulary.

    Call it with texts, or make it the first layer of a model: then `fit`, `evaluate` and `predict` take texts.

    Parameters
    ----------
    max_tokens : int, optional
        The most tokens that the vocabulary may have, with those for padding and for unknown words.
    standardize : {"lower_and_strip_punctuation", "lower", "strip_punctuation"}, callable or None
        What is done to texts first. Default: lower case, without punctuation.
    split : {"whitespace", "character"}, callable or None, default "whitespace"
        How texts are split into tokens. With None, each row of the input holds tokens.
    ngrams : int or tuple of int, optional
        Use runs of tokens as tokens: of up to so many, or of just these lengths.
    output_mode : {"int", "multi_hot", "count", "tf_idf", "one_hot"}, default "int"
        Numbers of tokens, as rows padded with 0; or a column for each token of the vocabulary, with 1 where it occurs,
        how often it does, or how often times how rare it is.
    output_sequence_length : int, optional
        For "int": the rows' length. Default: that of the longest text.
    pad_to_max_tokens : bool, default False
        Whether there are `max_tokens` columns, even if the vocabulary is smaller.
    vocabulary : sequence of str or path, optional
        The tokens, or a file with one a line, in place of `adapt`.
    idf_weights : array_like, optional
        How rare each token of the vocabulary is, for "tf_idf".
    sparse, ragged : bool, default False
        TensorFlow's forms of results, which tinynet lacks.
    encoding : str, default "utf-8"
        Of texts that come as bytes.
    **options
        `name` and the like, as for every `Layer`.

    Notes
    -----
    As in Keras, only English letters are turned to lower case: lower others by a `standardize` of your own.

    Examples
    --------
    >>> layer = TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'baz', 'bar', 'foo', 'boom', 'bada']
    >>> layer([["foo qux bar"], ["qux baz"]])
    array([[4, 1, 3, 0],
           [1, 2, 0, 0]])
    """

    does_nothing = True  # in a network: by then texts are numbers

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[[Any], Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[[Any], Any] | None = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        **options: Unpack[OfLayers],
    ) -> None:
        options.pop("vocabulary_size", None)  # type: ignore[typeddict-item]  # of Keras's configurations
        super().__init__(**options)
        self.max_tokens = limit(self.described, "max_tokens", max_tokens)
        self.standardize = self._one_of("standardize", standardize, STANDARDIZE)
        self.split = self._one_of("split", split, SPLIT)
        self.ngrams = self._checked_ngrams(ngrams)
        mode = _OLD_MODES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
        self.output_mode = self._one_of("output_mode", mode, dict.fromkeys(_MODES))
        if output_sequence_length is not None:
            whole_number(self.described, "output_sequence_length", output_sequence_length, 1)
            if self.output_mode != "int":
                raise ValueError(
                    f"{self.described}: `output_sequence_length` must not be set if `output_mode` is not 'int'. "
                    f"Received: output_sequence_length={output_sequence_length}"
                )
        self.output_sequence_length = output_sequence_length
        self.pad_to_max_tokens = flag(self.described, "pad_to_max_tokens", pad_to_max_tokens)
        for name, asked in (("sparse", sparse), ("ragged", ragged)):
            if flag(self.described, name, asked):
                raise ValueError(f"{self.described}: `{name}=True` can only be used with the TensorFlow backend.")
        self.encoding = encoding
        self._vocabulary: Vocabulary | None = None
        self._idf: NDArray[np.float64] | None = None
        self._is_given = vocabulary is not None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # ---- the vocabulary ---------------------------------------------------------------------------------------------

    @checked
    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary from texts: the most frequent tokens first. What was learnt before is forgotten.

        Parameters
        ----------
        data : list, array or column of str, or iterable of batches of them
            The texts.
        batch_size : int, optional
            Keras's; without effect.
        steps : int, optional
            How many batches to read.
        """
        rows = (row for batch in batches_of(self.described, data, steps) for row in self._rows(batch))
        self._keep(*learnt(self, rows, len(Vocabulary([], self._masks))))

    @checked
    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Use these tokens, with or without the special ones in front; for "tf_idf" also how rare each is."""
        special = Vocabulary([], self._masks).special
        reserved = [MASK] if self._masks else []
        self._keep(*given(self, vocabulary, idf_weights, self._texts, special, reserved, self.encoding))
        self._is_given = True

    @checked
    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens by their numbers, with or without those for padding and unknown words."""
        vocabulary = self._known
        return vocabulary.tokens if include_special_tokens else vocabulary.tokens[len(vocabulary.special) :]

    def vocabulary_size(self) -> int:
        """Return how many tokens there are, the special ones among them."""
        return len(self._known)

    def _keep(self, tokens: Sequence[str], idf: NDArray[np.float64]) -> None:
        self._vocabulary, self._idf = Vocabulary(tokens, self._masks), idf

    @property
    def _masks(self) -> bool:
        return bool(self.output_mode == "int")

    @property
    def _known(self) -> Vocabulary:
        return Vocabulary([], self._masks) if self._vocabulary is None else self._vocabulary

    @property
    def _columns(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else len(self._known)

    @property
    def has_learnt(self) -> bool:
        """Whether there is a vocabulary."""
        return self._vocabulary is not None

    # ---- from texts to numbers --------------------------------------------------------------------------------------

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return texts as numbers: a row for each text of a list, or a single row for a single text."""
        if is_symbolic(x):
            return super().__call__(x, training)
        texts = self._texts(x)
        if not texts.ndim:
            return np.asarray(self(texts[None])[0])
        vocabulary = self._known
        rows = [vocabulary.numbers_of(tokens) for tokens in self._rows(texts)]
        if self.output_mode == "int":
            return pad_sequences(rows, self.output_sequence_length, "int64", "post", "post")
        found = np.zeros((len(rows), self._columns), np.int64)
        for target, row in zip(found, rows, strict=True):
            np.add.at(target, row, 1)
        if self.output_mode == "tf_idf":
            idf = np.zeros(self._columns, config.floatx())
            idf[: len(vocabulary)] = 0 if self._idf is None else self._idf
            return np.multiply(found, idf, dtype=idf.dtype)
        if self.output_mode != "count":
            np.minimum(found, 1, out=found)
        return found

    def _texts(self, x: Any) -> NDArray[Any]:
        try:
            return as_texts(x)
        except (TypeError, UnicodeDecodeError) as error:
            raise TypeError(f"{self.described}: {error}") from None

    def _rows(self, x: Any) -> Iterator[list[str]]:
        """Yield the tokens of each text of a batch."""
        return tokens_of(np.atleast_1d(self._texts(x)), self.standardize, self.split, self.ngrams)

    # ---- in a network -----------------------------------------------------------------------------------------------

    def prepared(self, x: Any) -> Any:
        """Return texts that a model was given as numbers; what are numbers already stays."""
        return x if isinstance(x, np.ndarray) and x.dtype.kind in "iuf" else self(x)

    def prepared_shape(self, shape: Shape) -> Shape:
        """Return the shape of a text as numbers: of whatever length, if no `output_sequence_length` says it."""
        length = self.output_sequence_length if self.output_mode == "int" else self._columns
        return (length,)

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of what texts become."""
        if self.output_mode == "int":
            return (input_shape[0], self.output_sequence_length or input_shape[-1])
        return (input_shape[0], self._columns)

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return x: texts have become numbers before."""
        return x

    def backward(self, dy: Array) -> Array:
        """Return dy."""
        return dy

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, the vocabulary among them."""
        learnt = None if self._vocabulary is None else self.get_vocabulary()
        idf = None if self._idf is None or self.output_mode != "tf_idf" else self._idf.tolist()
        return {**super().get_config(), "vocabulary": learnt, "idf_weights": idf}

    def _one_of(self, name: str, value: Any, allowed: dict[str, Any]) -> Any:
        """Return one of the names that an argument may be, or a function; raise a ValueError for anything else."""
        may_be_free = name != "output_mode"
        if not (value is None or callable(value) if may_be_free else False) and not (
            isinstance(value, str) and value in allowed
        ):
            names = ", ".join(map(repr, allowed)) + (", None or a function" if may_be_free else "")
            raise ValueError(f"{self.described}: `{name}` must be one of {names}. Received: {name}={shown(value)}")
        return value

    def _checked_ngrams(self, value: Any) -> Any:
        """Return the lengths of runs of tokens, or raise a ValueError."""
        listed = [value] if isinstance(value, int) else value
        if value is not None and not (
            isinstance(listed, (tuple, list)) and all(type(width) is int and width > 0 for width in listed)
        ):
            raise ValueError(
                f"{self.described}: `ngrams` must be None, an integer, or a tuple of integers. Received: "
                f"ngrams={shown(value)}"
            )
        return tuple(value) if isinstance(value, list) else value

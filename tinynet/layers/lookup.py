"""What the layers have in common that look words or numbers up in a vocabulary.

Source: https://keras.io/api/layers/preprocessing_layers/categorical/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import checked, flag, limit, numbers, whole_number
from tinynet._types import Array, Shape
from tinynet.layers.encoding import MODES, Encoding, batches_of
from tinynet.preprocessing.vocabulary import given, learnt


class Lookup(Encoding):
    """Base class of the layers that turn what is in a vocabulary into its numbers.

    The numbers begin with that of the mask, if there is one and the mode is "int", and those of what is unknown.
    """

    fixed = ("dtype", "output_mode", "invert", "num_oov_indices")
    modes = MODES
    _counted_as = "int64"

    def _take_arguments(
        self, max_tokens: Any, num_oov_indices: Any, invert: Any, output_mode: Any, pad_to_max_tokens: Any, sparse: Any
    ) -> None:
        """Keep what both layers take, or raise a ValueError."""
        self._take_mode(output_mode, sparse)
        self.max_tokens = limit(self.described, "max_tokens", max_tokens, 2)
        self.num_oov_indices = whole_number(self.described, "num_oov_indices", num_oov_indices, 0)
        self.invert = flag(self.described, "invert", invert)
        if self.invert and self.output_mode != "int":
            raise ValueError(
                f"{self.described}: `output_mode` must be 'int' when `invert` is true. Received: "
                f"output_mode={output_mode!r}"
            )
        self.pad_to_max_tokens = flag(self.described, "pad_to_max_tokens", pad_to_max_tokens)
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError(f"{self.described}: if pad_to_max_tokens is True, `max_tokens` must be set.")

    def _begin_with(self, vocabulary: Any, idf_weights: Any) -> None:
        """Keep a vocabulary that was given."""
        self._tokens: list[Any] = []
        self._index: dict[Any, int] = {}
        self._idf: NDArray[np.float64] | None = None
        self._is_given = vocabulary is not None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError(f"{self.described}: `idf_weights` are given without a `vocabulary`.")

    # ---- the vocabulary ---------------------------------------------------------------------------------------------

    def _as_tokens(self, values: Any) -> Array:
        """Return words, or numbers, as an array."""
        raise NotImplementedError

    @property
    def _unknown_from(self) -> int:
        """The first number of what is unknown."""
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _special(self) -> list[Any]:
        """What stands for padding and for what is unknown, by their numbers."""
        return [self.mask_token] * self._unknown_from + [self.oov_token] * self.num_oov_indices

    @property
    def depth(self) -> int:
        """How many columns there are."""
        if self.pad_to_max_tokens and self.max_tokens:
            return self.max_tokens
        if not self._tokens and self.output_mode != "int":
            raise ValueError(
                f"{self.described}: When using output_mode={self.output_mode!r} and `pad_to_max_tokens=False`, you "
                "must set the layer's vocabulary before calling it. Either pass a `vocabulary` argument to the layer, "
                "or call `adapt` with some sample data."
            )
        return self.vocabulary_size()

    @property
    def has_learnt(self) -> bool:
        """Whether there is a vocabulary."""
        return bool(self._tokens)

    @property
    def idf(self) -> NDArray[np.float64]:
        """How rare each token is, for "tf_idf"; 0 in the columns behind the vocabulary."""
        if self.output_mode != "tf_idf":
            return np.empty(0)
        found = np.zeros(self.depth)
        found[: self.vocabulary_size()] = 0 if self._idf is None else self._idf
        return found

    @checked
    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the tokens by their numbers, with or without those for padding and for what is unknown."""
        return [*self._special, *self._tokens] if include_special_tokens else [*self._tokens]

    def vocabulary_size(self) -> int:
        """Return how many numbers there are, those for padding and for what is unknown among them."""
        return len(self._special) + len(self._tokens)

    @checked
    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the vocabulary: what is most frequent first. What was learnt before is forgotten.

        Parameters
        ----------
        data : list, array or column of tokens, or iterable of batches of them
            For "tf_idf" each row is a text.
        steps : int, optional
            How many batches to read.
        """
        rows = self._rows(data, steps)
        self._keep(*learnt(self, rows, len(self._special), (self.mask_token, self.oov_token)))

    def _rows(self, data: Any, steps: int | None) -> Iterator[list[Any]]:
        """Yield the tokens of each row; each entry of a list is a row, and so is a batch of one axis."""
        for batch in batches_of(self.described, data, steps):
            tokens = self._as_tokens(batch)
            if not tokens.size:
                raise ValueError(f"{self.described}: adapt() received no data. Expected at least one token.")
            rows = tokens.reshape(-1, 1) if batch is data and tokens.ndim == 1 else np.atleast_2d(tokens)
            yield from rows.reshape(len(rows), -1).tolist()

    @checked
    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Use these tokens, with or without the special ones in front; for "tf_idf" also how rare each is."""
        reserved = [self.mask_token, *([self.oov_token] if self.invert else [])]
        self._keep(*given(self, vocabulary, idf_weights, self._as_tokens, self._special, reserved))

    def _keep(self, tokens: list[Any], idf: NDArray[np.float64]) -> None:
        """Keep a vocabulary; of a layer that is built its size stays, unless it gives no columns."""
        size = len(self._special) + len(tokens)
        if self.built and self.output_mode != "int" and not self.pad_to_max_tokens and size != self.vocabulary_size():
            raise ValueError(
                f"{self.described}: When using output_mode={self.output_mode!r} and `pad_to_max_tokens=False`, the "
                "vocabulary size cannot be changed after the layer is called. Old vocab size is "
                f"{self.vocabulary_size()}, new vocab size is {size}"
            )
        self._tokens, self._idf = [*tokens], idf
        self._index = {token: number for number, token in enumerate(tokens, len(self._special))}

    # ---- from tokens to numbers, and back ---------------------------------------------------------------------------

    def _bucket(self, token: Any) -> int:
        """Return which of several numbers of what is unknown a token has."""
        raise NotImplementedError

    def numbers_of(self, x: Any) -> NDArray[np.int64]:
        """Return the number of each token; of one that stands for padding 0, or -1 where there are columns."""
        tokens = self._as_tokens(x)
        found = np.array([self._number(token) for token in tokens.reshape(-1).tolist()], np.int64)
        return found.reshape(tokens.shape)

    def _number(self, token: Any) -> int:
        if token == self.mask_token and token is not None:
            return 0 if self.output_mode == "int" else -1
        if token in self._index:
            return self._index[token]
        if self.num_oov_indices == 0:
            raise ValueError(
                f"{self.described}: When `num_oov_indices=0` all inputs should be in vocabulary, found OOV value "
                f"{token!r}, consider setting `num_oov_indices=1`."
            )
        return self._unknown_from + (self._bucket(token) if self.num_oov_indices > 1 else 0)

    def _tokens_of(self, x: Any) -> Array:
        """Return the tokens of numbers: for ``invert=True``."""
        x, first = numbers(self.described, "x", x), len(self._special)
        by_number = dict(enumerate(self._tokens, first))
        if self.mask_token is not None:
            by_number[0] = self.mask_token
        found = [by_number.get(int(each), self.oov_token) for each in x.reshape(-1)]
        return np.array(found).reshape(x.shape)

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the numbers of tokens, or columns; with ``invert=True`` the tokens of numbers."""
        return self._tokens_of(x) if self.invert else super().__call__(x, training=training)

    @checked
    def build(self, input_shape: Shape) -> None:
        """Raise a ValueError for a layer that turns numbers into tokens, or has no vocabulary yet."""
        if self.invert:
            raise ValueError(f"{self.described}: with invert=True call it by itself: a network has no use for tokens.")
        if not self._tokens:
            raise ValueError(
                f"{self.described}: you must set the layer's vocabulary before the model is built. Either pass a "
                "`vocabulary` argument to the layer, or call `adapt` with some sample data."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again, the vocabulary among them."""
        found = {**super().get_config(), "vocabulary": self.get_vocabulary() if self._tokens else None}
        tells = self.output_mode == "tf_idf" and self._idf is not None
        return {**found, "idf_weights": self._idf.tolist() if tells and self._idf is not None else None}

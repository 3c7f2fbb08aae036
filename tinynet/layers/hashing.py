"""Hashing: words or whole numbers as the numbers of a few bins, without a vocabulary.

Source: https://keras.io/api/layers/preprocessing_layers/categorical/hashing/
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import numbers, shown, whole_number
from tinynet.layers.embedding import embedding_backward
from tinynet.layers.encoding import Encoding, encoding_forward, without_kind
from tinynet.layers.keywords import OfLayers
from tinynet.preprocessing.fingerprint import fingerprint
from tinynet.preprocessing.vocabulary import as_texts


class Hashing(Encoding):
    """Turn words or whole numbers into the numbers of bins, by their fingerprints, or into a column for each bin.

    Call it with them, or make it the first layer of a model, or the layer that takes one of its inputs, which then is
    given words: numbers, there, are those of bins.

    Parameters
    ----------
    num_bins : int
        How many bins there are, with that of the mask.
    mask_value : str or int, optional
        What stands for padding: it alone is in bin 0.
    salt : None
        Keras's, for another hash, which tinynet lacks.
    output_mode : {"int", "one_hot", "multi_hot", "count"}, default "int"
        The bins' numbers; or a column for each bin: a row of its own for each word, 1 for all bins that a row of the
        input has, or how often it has them.
    sparse : bool, default False
        TensorFlow's form of results, which tinynet lacks.
    **options
        `name` and the like, as for every `Layer`.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Notes
    -----
    The bins are Keras's and TensorFlow's: FarmHash's fingerprint of the word, or of a number's digits.

    Examples
    --------
    >>> Hashing(3)([["A"], ["B"], ["C"], ["D"], ["E"]]).ravel()
    array([1, 0, 1, 1, 2])
    >>> Hashing(3, mask_value="")([["A"], [""]]).ravel()
    array([1, 0])
    """

    kernels = encoding_forward, embedding_backward
    fixed = ("dtype", "output_mode", "num_bins")

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**without_kind(options))
        self._take_mode(output_mode, sparse)
        self.num_bins = whole_number(self.described, "num_bins", num_bins, 1)
        self.mask_value, self.salt = mask_value, salt
        if salt is not None:
            raise ValueError(f"{self.described}: tinynet has no `salt`. Received: salt={shown(salt)}")

    @property
    def depth(self) -> int:
        """How many bins there are."""
        return int(self.num_bins)

    def numbers_of(self, x: Any) -> NDArray[np.int64]:
        """Return the bin of each word or whole number."""
        try:
            given = numbers(self.described, "x", x.numpy() if hasattr(x, "numpy") else x).astype(np.int64)
        except TypeError:
            try:
                given = as_texts(x)
            except (TypeError, UnicodeDecodeError) as error:
                raise TypeError(f"{self.described}: {error}") from None
        masks = self.mask_value is not None and self.num_bins > 1
        known: dict[Any, int] = {self.mask_value: 0} if masks else {}
        for each in given.reshape(-1).tolist():
            if each not in known:
                known[each] = masks + fingerprint(str(each)) % (self.num_bins - masks)
        return np.array([known[each] for each in given.reshape(-1).tolist()], np.int64).reshape(given.shape)

    def prepared(self, x: Any) -> Any:
        """Return words or whole numbers that a model was given as the numbers of their bins."""
        return self.in_rows(self.numbers_of(x))

    @property
    def index_limit(self) -> int:
        """What the numbers of bins are less than."""
        return self.depth

"""Reuters newswires on 46 topics: Keras's ``datasets.reuters``."""

from __future__ import annotations

import os

import numpy as np

from tinynet._arguments import checked
from tinynet._old_names import old_names
from tinynet.datasets._files import find
from tinynet.datasets._npz import read_text
from tinynet.datasets._sequences import collector_paused, encode, keep_shorter, read_word_index
from tinynet.datasets._split import Part, seeded, shuffled

# fmt: off
_TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply", "coffee",
    "sugar", "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi", "money-fx",
    "interest", "gnp", "meal-feed", "alum", "oilseed", "gold", "tin", "strategic-metal", "livestock",
    "retail", "ipi", "iron-steel", "rubber", "heat", "jobs", "lei", "bop", "zinc", "orange", "pet-chem",
    "dlr", "gas", "silver", "wpi", "hog", "lead",
)
# fmt: on


@old_names
@collector_paused()
@checked
def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Part, Part]:
    """Load 11,228 newswires, each a list of word numbers.

    The numbers are those of `tinynet.datasets.imdb.load_data`. The result is exactly Keras's.

    Parameters
    ----------
    path : str or path-like, default "reuters.npz"
        A file on this machine, which is used as it is; otherwise the file's name in the folder ``TINYNET_DATA`` or
        in Keras's cache folder (see `tinynet.datasets`).
    num_words, skip_top, maxlen, seed, start_char, oov_char, index_from
        As in `tinynet.datasets.imdb.load_data`.
    test_split : float, default 0.2
        Share of the newswires in the test part, taken after the shuffle and after ``maxlen``.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` object array ``(n,)`` of lists of int; ``y`` int64
        ``(n,)``, topics 0 to 45, named by `get_label_names`. 8982 and 2246 newswires by default.

    Raises
    ------
    ValueError
        If ``test_split`` is outside ``[0, 1]``, or the file is damaged.
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/reuters/. The texts: Reuters-21578, Distribution 1.0, which may be
    redistributed for research only.

    Examples
    --------
    >>> from tinynet.datasets import reuters
    >>> (x_train, y_train), (x_test, y_test) = reuters.load_data(num_words=10000)  # doctest: +SKIP
    >>> len(x_train), len(x_test), reuters.get_label_names()[y_train[0]]  # doctest: +SKIP
    (8982, 2246, 'earn')
    """
    if not 0 <= test_split <= 1:
        raise ValueError(f"`test_split` must be from 0 to 1. Received: test_split={test_split}")
    xs, y = read_text(find("reuters.npz", path), "x", "y")
    xs, y = shuffled((xs, y), seeded(seed))
    kept, labels = keep_shorter(xs, y, maxlen, start_char)
    sequences = encode(
        kept,
        num_words=num_words,
        skip_top=skip_top,
        start_char=start_char,
        oov_char=oov_char,
        index_from=index_from,
    )
    n_train = int(len(sequences) * (1 - test_split))
    return (
        (np.array(sequences[:n_train], dtype=object), np.array(labels[:n_train])),
        (np.array(sequences[n_train:], dtype=object), np.array(labels[n_train:])),
    )


@checked
def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """Load the ranks of the words.

    Parameters
    ----------
    path : str or path-like, default "reuters_word_index.json"
        As in `load_data`.

    Returns
    -------
    dict
        Word to rank, 1 for the most frequent; `load_data` adds ``index_from`` to it.

    Raises
    ------
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/reuters/

    Examples
    --------
    >>> from tinynet.datasets import reuters
    >>> reuters.get_word_index()["the"]  # doctest: +SKIP
    1
    """
    return read_word_index(find("reuters_word_index.json", path))


@checked
def get_label_names() -> tuple[str, ...]:
    """Return the names of the 46 topics, in the order of their labels.

    Returns
    -------
    tuple of str
        Reuters's own short names for the topics.

    References
    ----------
    https://keras.io/api/datasets/reuters/

    Examples
    --------
    >>> from tinynet.datasets import reuters
    >>> reuters.get_label_names()[:4]
    ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return _TOPICS

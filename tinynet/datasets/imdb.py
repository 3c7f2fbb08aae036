"""IMDB film reviews, positive or negative: Keras's ``datasets.imdb``."""

from __future__ import annotations

import os

import numpy as np

from tinynet._arguments import checked
from tinynet._old_names import old_names
from tinynet.datasets._files import find
from tinynet.datasets._npz import read_text
from tinynet.datasets._sequences import collector_paused, encode, keep_shorter, read_word_index
from tinynet.datasets._split import Part, seeded, shuffled


@old_names
@collector_paused()
@checked
def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Part, Part]:
    """Load 25,000 training and 25,000 test reviews, each a list of word numbers.

    Words are numbered by frequency, 1 for the most frequent, and then shifted by ``index_from`` to make room
    for 0 (padding), ``start_char`` and ``oov_char``. The result is exactly Keras's.

    Parameters
    ----------
    path : str or path-like, default "imdb.npz"
        A file on this machine, which is used as it is; otherwise the file's name in the folder ``TINYNET_DATA`` or
        in Keras's cache folder (see `tinynet.datasets`).
    num_words : int, optional
        Numbers from ``num_words`` upwards become ``oov_char``. The default is the largest number that occurs, so
        that (as in Keras) only this one is replaced.
    skip_top : int, default 0
        Numbers below ``skip_top`` become ``oov_char``, including ``start_char``.
    maxlen : int, optional
        Only reviews of *less than* ``maxlen`` numbers are kept, counting the start mark. (Keras's
        documentation says that longer ones are cut; they are left out.)
    seed : int, default 113
        Seed of the shuffle.
    start_char : int or None, default 1
        Put before each review; None puts nothing there.
    oov_char : int or None, default 2
        Replaces words that are left out; with None they vanish.
    index_from : int, default 3
        Added to every word's rank.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` object array ``(n,)`` of lists of int; ``y`` int64
        ``(n,)``, 1 for a positive review.

    Raises
    ------
    ValueError
        If ``maxlen`` leaves no review, or the file is damaged.
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/imdb/. The reviews: A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng,
    C. Potts, "Learning Word Vectors for Sentiment Analysis", ACL 2011.

    Examples
    --------
    >>> from tinynet.datasets import imdb
    >>> (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=10000)  # doctest: +SKIP
    >>> x_train[0][:5], y_train[0]  # doctest: +SKIP
    ([1, 14, 22, 16, 43], np.int64(1))
    """
    x_train, y_train, x_test, y_test = read_text(find("imdb.npz", path), "x_train", "y_train", "x_test", "y_test")
    rng = seeded(seed)
    x_train, y_train = shuffled((x_train, y_train), rng)
    x_test, y_test = shuffled((x_test, y_test), rng)
    train, train_labels = keep_shorter(x_train, y_train, maxlen, start_char)
    test, test_labels = keep_shorter(x_test, y_test, maxlen, start_char)
    if maxlen and not (train and test):
        raise ValueError(f"maxlen={maxlen} leaves no review in one of the two parts. Increase `maxlen`.")
    # Both parts at once: the largest word is that of both.
    xs = encode(
        [*train, *test],
        num_words=num_words,
        skip_top=skip_top,
        start_char=start_char,
        oov_char=oov_char,
        index_from=index_from,
    )
    y = np.concatenate([train_labels, test_labels])
    n_train = len(train)
    return (
        (np.array(xs[:n_train], dtype=object), y[:n_train]),
        (np.array(xs[n_train:], dtype=object), y[n_train:]),
    )


@checked
def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """Load the ranks of the words.

    Parameters
    ----------
    path : str or path-like, default "imdb_word_index.json"
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
    https://keras.io/api/datasets/imdb/

    Examples
    --------
    >>> from tinynet.datasets import imdb
    >>> imdb.get_word_index()["the"]  # doctest: +SKIP
    1
    """
    return read_word_index(find("imdb_word_index.json", path))

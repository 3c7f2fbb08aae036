"""Turns lists of word ranks into what Keras's text loaders return, for IMDB and Reuters."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._bytes import bytes_of
from tinynet._reading import suspicious

Sequences = Collection[Sequence[int]]


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Pause Python's cycle collector, which would visit millions of numbers again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def keep_shorter(
    xs: Sequences, labels: NDArray[Any], maxlen: int | None, start_char: int | None
) -> tuple[Sequences, Any]:
    """Keep the sequences of *less* than ``maxlen`` words, the start mark included, as Keras does."""
    if not maxlen:
        return xs, labels
    mark = start_char is not None
    kept = [(x, label) for x, label in zip(xs, labels, strict=True) if mark + len(x) < maxlen]
    return [x for x, _ in kept], [label for _, label in kept]


def encode(
    xs: Sequences,
    *,
    num_words: int | None,
    skip_top: int,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> list[list[int]]:
    """Mark the start, shift every word by ``index_from``, replace words that are too rare or too frequent.

    The code of each word is computed once and then looked up: several times faster than comparing all twelve
    million words of the IMDB reviews, and equal words share one object in memory.
    """
    start = [] if start_char is None else [start_char]
    shift = index_from if start or index_from else 0
    words = np.fromiter(chain.from_iterable(xs), np.int32, sum(map(len, xs)))
    highest = int(words.max()) if words.size else -1

    if not num_words:
        if not (len(xs) and (start or all(map(len, xs)))):
            raise ValueError(
                "num_words=None takes the largest word of each sequence, but there are no sequences, or "
                "empty ones. Give `num_words`, `start_char` or a larger `maxlen`."
            )
        # Keras's quirk: the largest word is not below itself, so it is replaced as well.
        num_words = max([*start, highest + shift] if words.size else start)

    def code(word: int) -> int | None:
        return word if skip_top <= word < num_words else oov_char

    codes = {word: code(word + shift) for word in np.unique(words).tolist()}
    start_code = [code(word) for word in start]
    if oov_char is None:  # the replaced words are left out
        kept_start = [word for word in start_code if word is not None]
        return [kept_start + [word for rank in x if (word := codes[rank]) is not None] for x in xs]
    return [start_code + [codes[rank] for rank in x] for x in xs]  # type: ignore[misc]


def read_word_index(path: Path) -> dict[str, int]:
    """Read a word index: word -> rank, 1 for the most frequent.

    Raises
    ------
    ValueError
        If the file is damaged, or holds anything but words and their ranks.
    """
    content = bytes_of(path)
    with suspicious(path, "cannot be read as a word index"):
        index: dict[str, int] = json.loads(content)
        if not isinstance(index, dict) or any(type(rank) is not int or rank < 0 for rank in index.values()):
            raise ValueError("it is no JSON object of words and their ranks, which are whole numbers from 0")
    return index

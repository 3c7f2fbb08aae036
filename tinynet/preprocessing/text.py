"""Texts as the numbers of their words: Keras's ``preprocessing.text``, as books use it.

Keras 3 has only `tinynet.layers.TextVectorization` in its documentation; the older functions are in more programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tinynet._arguments import shown, whole_number
from tinynet._names import missing_from
from tinynet.preprocessing.tokenizer import FILTERS, Tokenizer, tokenizer_from_json, words_of

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)


def text_to_word_sequence(input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """Return the words of a text.

    Parameters
    ----------
    input_text : str
        The text.
    filters : str, default punctuation, tabs and ends of lines
        Characters that separate words as `split` does.
    lower : bool, default True
        Whether to turn the text to lower case.
    split : str, default " "
        What separates words.

    References
    ----------
    https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/text_to_word_sequence

    Examples
    --------
    >>> text_to_word_sequence("It rained. Again!")
    ['it', 'rained', 'again']
    """
    return words_of(input_text, filters, lower, split)


def one_hot(input_text: str, n: int, **options: Any) -> list[int]:
    """Return a number from 1 to ``n - 1`` for each word of a text, by Python's `hash`: not the same in every process.

    Parameters
    ----------
    input_text : str
        The text.
    n : int
        How many numbers there are, with the 0 that no word has. Different words may share a number.
    **options
        `filters`, `lower`, `split`, `analyzer`, as for `hashing_trick`.

    References
    ----------
    https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/one_hot

    Examples
    --------
    >>> first, second, again = one_hot("the cat the", 50)
    >>> first == again
    True
    """
    return hashing_trick(input_text, n, hash, **options)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Return a number from 1 to ``n - 1`` for each word of a text, by a hash function.

    Parameters
    ----------
    text : str
        The text.
    n : int
        How many numbers there are, with the 0 that no word has. Different words may share a number.
    hash_function : callable, "md5" or None, default Python's `hash`
        From a word to a whole number. "md5" gives the same numbers in every process, `hash` does not.
    filters, lower, split
        As for `text_to_word_sequence`.
    analyzer : callable, optional
        From a text to its words, in place of `text_to_word_sequence`.

    Raises
    ------
    ValueError
        If `n` is below 2, or the hash function is another name.

    References
    ----------
    https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/hashing_trick

    Examples
    --------
    >>> hashing_trick("the cat and the dog", 1000, "md5")
    [132, 759, 384, 132, 168]
    """
    numbers = whole_number("hashing_trick", "n", n, 2)
    if hash_function == "md5":
        hash_function = _md5
    elif hash_function is None:
        hash_function = hash
    if not callable(hash_function):
        raise ValueError(
            f'hashing_trick: `hash_function` must be a function, "md5" or None. Received: {shown(hash_function)}'
        )
    words = words_of(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (numbers - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)

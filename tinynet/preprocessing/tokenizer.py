"""`Tokenizer`: words are numbered from the most frequent on.

Source: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/Tokenizer
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import cut, limit, shown
from tinynet._kinds import is_one_of
from tinynet._old_names import old_names

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
#: What the cell of a word holds that occurs `count` times among `length` words, by the names of the modes.
MODES: dict[str, Callable[[int, int], float]] = {
    "binary": lambda count, length: 1.0,
    "count": lambda count, length: count,
    "freq": lambda count, length: count / length,
    "tfidf": lambda count, length: 1 + log(count),  # times the word's own factor
}


def words_of(text: Any, filters: str, lower: bool, split: str) -> list[str]:
    """Return the words of a text: what stands between separators."""
    if not isinstance(text, str):
        raise TypeError(
            f"A text must be a string, or a list of its words. Received: {shown(text)}. Missing texts can be filled "
            "with ''."
        )
    text = text.lower() if lower else text
    separated = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in separated.split(split) if word]


class Tokenizer:
    """Numbers words from the most frequent on, beginning with 1, and turns texts into numbers and matrices.

    Parameters
    ----------
    num_words : int, optional
        Only the ``num_words - 1`` most frequent words are used; the others are left out, or become `oov_token`.
    filters : str, default punctuation, tabs and ends of lines
        Characters that separate words as `split` does.
    lower : bool, default True
        Whether to turn texts to lower case.
    split : str, default " "
        What separates words.
    char_level : bool, default False
        Whether each character counts as a word.
    oov_token : str, optional
        A word of number 1 that stands for all words that are not known.
    analyzer : callable, optional
        From a text to its words.
    **older
        `nb_words`, Keras 1's name of `num_words`, and `document_count`.

    Attributes
    ----------
    word_index : dict
        The number of each word; also those that `num_words` leaves out.
    index_word : dict
        The word of each number.
    word_counts, word_docs, index_docs : dict
        How often a word occurs, and in how many texts, by word and by number.
    document_count : int
        How many texts there were.

    Examples
    --------
    >>> tokenizer = Tokenizer(oov_token="?")
    >>> tokenizer.fit_on_texts(["The cat sat.", "The dog!"])
    >>> tokenizer.word_index
    {'?': 1, 'the': 2, 'cat': 3, 'sat': 4, 'dog': 5}
    >>> tokenizer.texts_to_sequences(["the bird sat"])
    [[2, 1, 4]]
    >>> tokenizer.texts_to_matrix(["the cat the dog"], mode="count")
    array([[0., 0., 2., 1., 0., 1.]])
    """

    @old_names
    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **older: Any,
    ) -> None:
        num_words, self.document_count = older.pop("nb_words", num_words), older.pop("document_count", 0)
        if older:
            raise TypeError(f"Tokenizer: Unrecognized keyword arguments: {', '.join(older)}")
        self.num_words = limit("Tokenizer", "num_words", num_words, 0)
        self.filters, self.lower, self.split, self.char_level = filters, lower, split, char_level
        self.oov_token, self.analyzer = oov_token, analyzer
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.index_docs: dict[int, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[str | Sequence[str]]) -> None:
        """Count the words of texts and number them. May be called again for more texts.

        Parameters
        ----------
        texts : iterable of str
            The texts; a text may also be a list of its words.
        """
        counts, documents, number = Counter(self.word_counts), Counter(self.word_docs), 0
        for text in texts:
            words = list(self._words(text))
            counts.update(words)
            documents.update(dict.fromkeys(words, 1))
            number += 1
        self.word_counts, self.word_docs = dict(counts), dict(documents)
        self.document_count += number
        known = [] if self.oov_token is None else [self.oov_token]
        known += sorted(counts, key=lambda word: -counts[word])  # of equally frequent ones the first seen
        self.word_index = {word: number for number, word in enumerate(known, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        self.index_docs |= {self.word_index[word]: count for word, count in documents.items()}

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Count in how many sequences of numbers each number occurs, for ``mode="tfidf"``."""
        documents = Counter(self.index_docs)
        for sequence in sequences:
            documents.update(dict.fromkeys(sequence, 1))
        self.document_count += len(sequences)
        self.index_docs = dict(documents)

    def texts_to_sequences(self, texts: Iterable[str | Sequence[str]]) -> list[list[int]]:
        """Return each text as the numbers of its words."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[str | Sequence[str]]) -> Iterator[list[int]]:
        """Yield each text as the numbers of its words."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            found = (number if self._is_used(number) else unknown for number in numbers)
            yield [number for number in found if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return each sequence of numbers as words, separated by blanks."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield each sequence of numbers as words, separated by blanks."""
        for sequence in sequences:
            used = (number if self._is_used(number) else None for number in sequence)
            words = (
                self.oov_token if number is None else self.index_word.get(number, self.oov_token) for number in used
            )
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(self, texts: Iterable[str | Sequence[str]], mode: str = "binary") -> NDArray[np.float64]:
        """Return texts as rows with a column for each number: see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> NDArray[np.float64]:
        """Return sequences as rows with a column for each number.

        Parameters
        ----------
        sequences : sequence of sequences of int
            Numbers of words. Those from the matrix's width on are left out.
        mode : {"binary", "count", "freq", "tfidf"}, default "binary"
            What a cell holds: whether the word occurs, how often, in which share of the words, or how often it occurs
            for how rare it is, (1 + log count)·log(1 + texts/(1 + texts with the word)).

        Returns
        -------
        ndarray
            float64 of shape (n, num_words), or with ``len(word_index) + 1`` columns. Column 0 is no word's.

        Raises
        ------
        ValueError
            For another mode, or if nothing says how many columns there are.
        """
        if not is_one_of(mode, MODES):
            raise ValueError(f"Unknown vectorization mode: {cut(mode)}. There are {', '.join(MODES)}.")
        columns = self.num_words or (len(self.word_index) + 1 if self.word_index else 0)
        if not columns:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(sequence).items():
                if 0 <= number < columns:
                    row[number] = MODES[mode](count, len(sequence))
        if mode == "tfidf":
            within = [self.index_docs.get(number, 0) for number in range(columns)]
            matrix *= np.log(1 + self.document_count / (1 + np.array(within)))
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the arguments and what was counted, as Keras writes them: dicts as JSON."""
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        config = {name: getattr(self, name) for name in plain}
        return config | {name: json.dumps(getattr(self, name)) for name in counted}

    def to_json(self, **options: Any) -> str:
        """Return `get_config` as JSON, which `tokenizer_from_json` reads; options are those of ``json.dumps``."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **options)

    def _words(self, text: Any) -> Iterable[str]:
        """Return the words of a text."""
        if isinstance(text, (list, tuple)):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level and isinstance(text, str):
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return words_of(text, self.filters, self.lower, self.split)

    def _is_used(self, number: int | None) -> bool:
        """Return whether a word has a number, one that `num_words` does not leave out."""
        return number is not None and not (self.num_words and number >= self.num_words)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the tokenizer that `Tokenizer.to_json` (or Keras's) wrote.

    Raises
    ------
    ValueError
        If it is no such JSON.

    Examples
    --------
    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["a b a"])
    >>> tokenizer_from_json(tokenizer.to_json()).word_index
    {'a': 1, 'b': 2}
    """
    try:
        config = dict(json.loads(json_string)["config"])
        counted = {name: config.pop(name) for name in ("word_counts", "word_docs", "word_index")}
        numbered = {name: config.pop(name) for name in ("index_docs", "index_word")}
        tokenizer = Tokenizer(**config)
        for name, text in counted.items():
            setattr(tokenizer, name, dict(json.loads(text)))
        for name, text in numbered.items():
            setattr(tokenizer, name, {int(number): value for number, value in json.loads(text).items()})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"tokenizer_from_json: expected what Tokenizer.to_json returns ({error!r}). Received: {shown(json_string)}"
        ) from None
    return tokenizer

"""What `TextVectorization` is made of: a text's tokens, and the vocabulary that numbers them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet._arguments import cut, numbers, shown

#: What TensorFlow's functions for texts do to them: capital letters are those of English, white space is ASCII's.
_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_PUNCTUATION = str.maketrans(dict.fromkeys("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"))
_NO_SPACE = re.compile(r"[^ \t\n\v\f\r]+")

STANDARDIZE: dict[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": lambda text: text.translate(_LOWER).translate(_PUNCTUATION),
    "lower": lambda text: text.translate(_LOWER),
    "strip_punctuation": lambda text: text.translate(_PUNCTUATION),
}
SPLIT: dict[str, Callable[[str], list[str]]] = {"whitespace": _NO_SPACE.findall, "character": list}
#: What stands for padding, and for tokens that are not in the vocabulary.
MASK, UNKNOWN = "", "[UNK]"


def ngrams_of(tokens: Sequence[str], widths: Iterable[int]) -> list[str]:
    """Return all runs of so many tokens, joined by blanks.

    Examples
    --------
    >>> ngrams_of(["a", "b", "c"], (1, 2))
    ['a', 'b', 'c', 'a b', 'b c']
    """
    return [" ".join(tokens[at : at + width]) for width in widths for at in range(len(tokens) - width + 1)]


def tokens_of(
    texts: NDArray[Any],
    standardize: str | Callable[[Any], Any] | None,
    split: str | Callable[[Any], Any] | None,
    ngrams: int | tuple[int, ...] | None,
) -> Iterator[list[str]]:
    """Yield the tokens of each text; the arguments are those of `tinynet.layers.TextVectorization`.

    Raises
    ------
    ValueError
        If there are several texts in a row that are to be split.
    """
    if callable(standardize):
        texts = as_texts(standardize(texts.astype(str)))
    elif standardize is not None and texts.size:
        texts = np.vectorize(STANDARDIZE[standardize], otypes=[object])(texts)
    if split is None:
        rows: Iterable[Any] = texts if texts.ndim > 1 else texts[:, None]
    elif texts.ndim > 1 and texts.shape[1:] != (1,):
        raise ValueError(
            "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape dimension "
            f"must be 1. Received: inputs.shape={texts.shape}"
        )
    else:
        rows = split(texts.ravel().astype(str)) if callable(split) else map(SPLIT[split], texts.ravel())
    widths = range(1, ngrams + 1) if isinstance(ngrams, int) else ngrams
    for row in rows:
        tokens = [str(token) for token in row]
        yield tokens if widths is None else ngrams_of(tokens, widths)


class Vocabulary:
    """Tokens by their numbers, behind those that stand for padding (if wanted) and for unknown tokens.

    Parameters
    ----------
    tokens : sequence of str
        The tokens, the first of which gets the number after the special ones.
    masks : bool
        Whether number 0 is padding's.

    Examples
    --------
    >>> vocabulary = Vocabulary(["the", "cat"], masks=True)
    >>> vocabulary.numbers_of(["cat", "dog", ""])
    [3, 1, 0]
    >>> vocabulary.tokens
    ['', '[UNK]', 'the', 'cat']
    """

    def __init__(self, tokens: Sequence[str], masks: bool) -> None:
        self.special = [MASK, UNKNOWN] if masks else [UNKNOWN]
        self.tokens = [*self.special, *tokens]
        self.index = {token: number for number, token in enumerate(self.tokens)}
        self.unknown = len(self.special) - 1
        self.index[UNKNOWN] = self.unknown
        self.index.setdefault(MASK, 0)

    def __len__(self) -> int:
        return len(self.tokens)

    def numbers_of(self, tokens: Iterable[str]) -> list[int]:
        """Return the numbers of tokens."""
        return [self.index.get(token, self.unknown) for token in tokens]


def frequent(
    documents: Iterable[Iterable[Any]], most: int | None, special: Iterable[Any] = (MASK, UNKNOWN)
) -> tuple[list[Any], NDArray[np.float64]]:
    """Return the most frequent tokens, and how rare each is: log(1 + texts/(1 + texts with the token)).

    Of equally frequent tokens the last in the alphabet comes first, as in Keras. Those that are `special` are left out.
    """
    counts: Counter[Any] = Counter()
    texts_with: Counter[Any] = Counter()
    number = 0
    for tokens in documents:
        found = Counter(tokens)
        counts.update(found)
        texts_with.update(found.keys())
        number += 1
    known = sorted(counts.keys() - {*special}, key=lambda token: (counts[token], token), reverse=True)[:most]
    return known, np.log(1 + number / (1 + np.array([texts_with[token] for token in known], np.float64)))


def learnt(layer: Any, rows: Iterable[list[Any]], special: int, without: Iterable[Any] = (MASK, UNKNOWN)) -> Any:
    """Return the tokens that a layer's `adapt` learns from rows of them, and the idf of all, `special` ones in front.

    Raises
    ------
    ValueError
        If the layer was given its vocabulary.
    """
    if layer._is_given:
        raise ValueError(
            f"Cannot adapt layer '{layer.name}' after setting a static vocabulary via `vocabulary` argument or "
            "`set_vocabulary()` method."
        )
    room = None if layer.max_tokens is None else max(0, layer.max_tokens - special)
    tokens, idf = frequent(rows, room, without)
    return tokens, np.concatenate([np.full(special, idf.mean() if len(idf) else 0.0), idf])


def given(
    layer: Any,
    vocabulary: Any,
    idf_weights: Any,
    as_tokens: Callable[[Any], NDArray[Any]],
    special: list[Any],
    reserved: Iterable[Any] = (MASK,),
    encoding: str = "utf-8",
) -> Any:
    """Return the tokens that a layer's `set_vocabulary` is given, and the idf of all, `special` ones in front.

    Raises
    ------
    ValueError
        If it is no vocabulary for the layer: without tokens, with one twice or too many of them, with `reserved` ones
        among the others, without the weights of "tf_idf" or with ones that do not fit; or a file that cannot be read.
    """
    if isinstance(vocabulary, (str, Path)):
        try:
            vocabulary = Path(vocabulary).read_text(encoding).splitlines()
        except (OSError, ValueError) as error:  # or is no path, or no text in this encoding
            raise ValueError(f"{layer.described}: the vocabulary's file cannot be read. {error}") from None
    tokens = as_tokens(vocabulary).reshape(-1).tolist()
    if not tokens:
        raise ValueError(f"{layer.described}: Cannot set an empty vocabulary.")
    if (idf_weights is None) == (layer.output_mode == "tf_idf"):
        must = "must be set" if idf_weights is None else "should only be set"
        raise ValueError(f"{layer.described}: `idf_weights` {must} if output_mode is 'tf_idf'.")
    whole = tokens[: len(special)] == special
    own = tokens[len(special) :] if whole else tokens
    if repeated := [token for token, times in Counter(own).items() if times > 1]:
        raise ValueError(f"{layer.described}: the vocabulary has repeated terms: {', '.join(map(repr, repeated))}.")
    for token in reserved:
        if token is not None and token in own:
            raise ValueError(
                f"{layer.described}: {token!r} is reserved, and may only come first, as in {special}. Received: "
                f"vocabulary={shown(tokens)}"
            )
    if layer.max_tokens is not None and len(special) + len(own) > layer.max_tokens:
        raise ValueError(
            "Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is "
            f"{len(special) + len(own)}; `max_tokens` is {layer.max_tokens}."
        )
    idf = np.zeros(len(tokens)) if idf_weights is None else numbers(layer.described, "idf_weights", idf_weights)
    if idf.shape != (len(tokens),):
        raise ValueError(
            f"{layer.described}: `idf_weights` must be the same length as vocabulary, {len(tokens)}. Received: an "
            f"array of shape {idf.shape}"
        )
    front = np.full(0 if whole else len(special), idf.mean())
    return own, np.concatenate([front, idf.astype(np.float64)])


def as_texts(value: Any) -> NDArray[Any]:
    """Return strings, of a list, an array or a table's column, as an array of objects; bytes are read as UTF-8.

    Raises
    ------
    TypeError
        If some are no strings: it says which.
    """
    given = value.numpy() if hasattr(value, "numpy") else value
    texts = np.array(given, dtype=object)
    flat = texts.reshape(-1)
    for number, text in enumerate(flat):
        if isinstance(text, bytes):
            flat[number] = text.decode()
        elif not isinstance(text, str):
            place = tuple(map(int, np.unravel_index(number, texts.shape)))
            where = f" at {place[0] if len(place) == 1 else place}" if place else ""
            raise TypeError(f"expected texts, and there is {cut(text)} ({type(text).__name__}){where}.")
    return texts

"""``tf.strings``: what is done to texts, one by one, as in `TextVectorization`'s ``standardize``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet.preprocessing.vocabulary import SPLIT, STANDARDIZE, as_texts
from tinynet.runner.tensors import tensor

__all__ = ["as_string", "join", "length", "lower", "reduce_join", "regex_full_match", "regex_replace", "split", "strip"]
__all__ += ["substr", "to_number", "upper"]


def _each(function: Callable[[str], Any], texts: Any, kind: Any = None) -> Any:
    """Return what a function makes of every text, in an array of the same shape."""
    given = as_texts(texts)
    made = np.array([function(text) for text in given.reshape(-1)], kind or (str if given.size else object))
    return tensor(made.reshape(given.shape))


def _in_english(text: str) -> str:
    return re.sub("[a-z]", lambda found: found[0].upper(), text)


def lower(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Return texts in lower case: of English letters, and of all with ``encoding="utf-8"``."""
    return _each(str.lower if encoding else STANDARDIZE["lower"], input)


def upper(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Return texts in upper case: of English letters, and of all with ``encoding="utf-8"``."""
    return _each(str.upper if encoding else _in_english, input)


def strip(input: Any, name: str | None = None) -> Any:
    """Return texts without white space at their ends."""
    return _each(str.strip, input)


def regex_replace(input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: str | None = None) -> Any:
    r"""Return texts with `rewrite` in place of what a pattern finds; ``\1`` in it is the pattern's first group."""
    wanted, times = re.compile(str(pattern)), 0 if replace_global else 1
    return _each(lambda text: wanted.sub(str(rewrite), text, count=times), input)


def regex_full_match(input: Any, pattern: str, name: str | None = None) -> Any:
    """Tell of each text whether a pattern is all of it."""
    return _each(lambda text: re.fullmatch(pattern, text) is not None, input, bool)


def length(input: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """Return how many bytes texts have, or with ``unit="UTF8_CHAR"`` how many characters."""
    return _each(lambda text: len(text if unit == "UTF8_CHAR" else text.encode()), input, "int32")


def substr(input: Any, pos: int, len: int, unit: str = "BYTE", name: str | None = None) -> Any:
    """Return a part of each text."""
    first = int(pos)
    return _each(lambda text: text[first:][: int(len)], input)


def split(input: Any, sep: str | None = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """Return the words of a text, or of several: lists, of different lengths."""
    given = as_texts(input)
    parts = [text.split(sep, maxsplit) if sep else SPLIT["whitespace"](text) for text in given.reshape(-1)]
    return parts if given.ndim else tensor(np.array(parts[0], str))


def join(inputs: Any, separator: str = "", name: str | None = None) -> Any:
    """Return arrays of texts put together, text by text."""
    several = np.broadcast_arrays(*(as_texts(each) for each in inputs))
    rows = zip(*(each.reshape(-1) for each in several), strict=True)
    return tensor(np.array([separator.join(row) for row in rows], str).reshape(several[0].shape))


def reduce_join(inputs: Any, axis: Any = None, separator: str = "", **options: Any) -> Any:
    """Return texts put together along an axis; all of them if none is given."""
    given = as_texts(inputs)
    if axis is None:
        return tensor(np.array(separator.join(given.reshape(-1))))
    rows = np.moveaxis(given, axis, -1)
    made = [separator.join(row) for row in rows.reshape(-1, rows.shape[-1])]
    return tensor(np.array(made, str).reshape(rows.shape[:-1]))


def to_number(input: Any, out_type: Any = "float32", name: str | None = None) -> Any:
    """Return the numbers that texts say."""
    return tensor(as_texts(input).astype(np.float64).astype(out_type))


def as_string(input: Any, precision: int = -1, **options: Any) -> Any:
    """Return numbers as texts."""
    return tensor(np.vectorize(lambda x: str(x) if precision < 0 else f"{x:.{precision}f}")(np.asarray(input)))

"""In which language the trace, its page, the marker and the quiz speak: one table of sentences per language.

All tables have the same keys, and a sentence names the same things in braces in each. What is said of a part stands
with the part, in English; other languages have it by its English sentence.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from textwrap import wrap
from types import ModuleType
from typing import Any, TypeVar

from tinynet._arguments import shown
from tinynet.learn.languages.mark import Mark
from tinynet.learn.languages.marks import FACTORS, MARKS

F = TypeVar("F", bound=Callable[..., Any])

#: The languages, by the two letters that pages are labelled with.
LANGUAGES = {"en": "English", "ko": "한국어"}
_current: ContextVar[str] = ContextVar("language", default="en")


def checked_language(lang: str | None) -> str:
    """Return a language that there is; None stands for the environment's ``TINYNET_LANG``, English without it.

    Raises
    ------
    ValueError
        If there is no such language.

    Examples
    --------
    >>> checked_language("ko")
    'ko'
    """
    chosen = (os.environ.get("TINYNET_LANG") or "en") if lang is None else lang
    if chosen not in LANGUAGES:
        where = "TINYNET_LANG" if lang is None else "lang"
        told = ", ".join(f"{code!r} ({name})" for code, name in LANGUAGES.items())
        raise ValueError(f"{where}: expected one of {told}. Received: {shown(chosen)}")
    return chosen


def current() -> str:
    """Return the language that is spoken: see `speaking`."""
    return _current.get()


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language inside a ``with`` block.

    Examples
    --------
    >>> with speaking("ko"):
    ...     print(said("change"))
    변화
    """
    token = _current.set(lang)
    try:
        yield
    finally:
        _current.reset(token)


def in_own_language(method: F) -> F:
    """Decorate a method of something that has a language, `lang`: it speaks that."""

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with speaking(self.lang):
            return method(self, *args, **kwargs)

    return call  # type: ignore[return-value]


def said(key: str, **values: Any) -> str:
    """Return a sentence in the language that is spoken, with what its braces name.

    Examples
    --------
    >>> said("let through", count=3, all=4)
    'Let through: 3 of 4 ([…] is 1 where true, else 0).'
    >>> said("title", model="'net'", samples=1, loss="mse", optimizer="sgd")
    "'net': 1 sample, loss mse, optimizer sgd"
    """
    sentences: dict[str, str] = _table("").SENTENCES
    return filled(sentences[key], **values)


def unfilled(prefix: str) -> dict[str, str]:
    """Return all sentences whose key begins with `prefix`, by the rest of it: for a script that fills them in."""
    sentences: dict[str, str] = _table("").SENTENCES
    return {key.removeprefix(prefix): text for key, text in sentences.items() if key.startswith(prefix)}


def filled(sentence: str, **values: Any) -> str:
    """Return a sentence with what its braces name; it counts with whole numbers, see `Count`."""
    return sentence.format_map({k: Count(v) if type(v) is int else v for k, v in values.items()})


class Count(int):
    """A number that a sentence counts with: ``{rows:the 1 row|all # rows}`` reads right for one and for more."""

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return format(int(self), spec)
        one, more = spec.split("|")
        return (one if self == 1 else more).replace("#", str(int(self)))


def of_part(sentence: str) -> str:
    """Return what is said of a part; a user's own words stay as they are."""
    if current() == "en":
        return sentence
    found: str = _table("_parts").PARTS.get(sentence, sentence)
    return found


def mark_of(key: str) -> Mark:
    """Return what the marker says of a mistake."""
    mark = MARKS[key]
    return mark if current() == "en" else Mark(mark.kind, *_table("_marks").MARKS[key])


def word_of(value: str) -> str:
    """Return a word that stands for a factor's origin, rows or columns, inside a mark's sentence."""
    if current() == "en":
        return FACTORS.get(value, value)
    found: str = _table("_marks").WORDS.get(value, value)
    return found


def _table(kind: str) -> ModuleType:
    return import_module(f"{__name__}.{current()}{kind}")


# ---- columns of text ------------------------------------------------------------------------------------------------


def columns(text: str) -> int:
    """Return how many columns a text takes in a terminal: a Korean syllable takes two.

    Examples
    --------
    >>> columns("loss"), columns("손실")
    (4, 4)
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces up to a number of columns."""
    return text + " " * max(0, width - columns(text))


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of at most about so many columns."""
    return wrap(text, max(20, width * len(text) // max(1, columns(text))))

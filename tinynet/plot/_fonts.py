"""In which language a picture speaks: in Korean where matplotlib has a font for it, else in English."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from tinynet._extras import extra
from tinynet.learn.languages import current, speaking

#: Two syllables that every Korean font has. A font that shows one box for a whole script has one glyph for both.
_SYLLABLES = "가힣"


def korean_font() -> str | None:
    """Return the name of a font with Korean syllables that matplotlib knows; None if it knows none."""
    manager = extra("matplotlib.font_manager", "A picture").fontManager
    return _first_with_korean(tuple((font.fname, font.name, font.weight, font.style) for font in manager.ttflist))


@lru_cache(maxsize=4)
def _first_with_korean(fonts: tuple[tuple[str, str, int | str, str], ...]) -> str | None:
    from matplotlib.ft2font import FT2Font

    plain = sorted(fonts, key=lambda font: (font[3] != "normal", font[2] not in (400, "normal", "regular")))
    for path, name, _, _ in plain:
        try:
            opened = FT2Font(path)
            glyphs = {opened.get_char_index(ord(syllable)) for syllable in _SYLLABLES}
            if 0 not in glyphs and len(glyphs) == len(_SYLLABLES):
                return name
        except (OSError, RuntimeError):  # a file that is gone, or that FreeType cannot read
            continue
    return None


@contextmanager
def readable() -> Iterator[None]:
    """Draw inside a ``with`` block in the language that is spoken if there is a font for it, else in English."""
    font = korean_font() if current() == "ko" else None
    if font is None:
        with speaking("en"):
            yield
        return
    matplotlib = extra("matplotlib", "A picture")
    with matplotlib.rc_context({"font.family": [*matplotlib.rcParams["font.family"], font]}):
        yield

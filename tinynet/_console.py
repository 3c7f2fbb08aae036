"""Where text is printed: a terminal, a file, a pipe that nobody reads, a console of few characters, or nothing.

Everything that tinynet prints goes through here. A console that cannot take it never ends a program or a training.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: Characters, each with what stands for it, that neither have a plain form in Unicode's tables nor are Greek letters.
#: What tables are ruled with stays one character wide.
_PAIRS = (
    "─- ━- ═- │| ┃| ║| █# ▏| ·* •* ⊙* ×x ∘o −- ±+- ∓-+ ÷/ ∕/ …... –- —- ‘' ’' “\" ”\" ←<- →-> ↦-> ⇒=> ↑^ ↓v "
    "≤<= ≥>= ≠!= ≈~ Σsum ∑sum ∏prod ∂d ∇grad √sqrt ∞inf ℓl ᶦ^i ∈in ⊤T"
)
_PLAIN = {pair[0]: pair[1:] for pair in _PAIRS.split()}
#: Names and logs of a user's may hold what moves a terminal's cursor or colours it.
_CONTROLS = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


class Console:
    """A stream that takes any text, whatever it offers of a file's methods.

    Parameters
    ----------
    stream : object or None
        Anything with a method `write`. None, as in a Windows program without a console, shows nothing.

    Examples
    --------
    >>> import io
    >>> console = Console(io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    >>> console.write("Σᵢ xᵢ² → α")
    >>> console.flush()
    >>> console.stream.buffer.getvalue()
    b'sum_i x_i^2 -> alpha'
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        #: The encoding that the stream names, or an empty text.
        self.encoding = encoding_of(stream)

    def write(self, text: str) -> None:
        """Write `text`, in plain characters where the stream has no others; nothing if it is closed or broken."""
        if self.stream is None or self._is_gone():
            return
        try:
            self.stream.write(text if text.isascii() and "\x1b" not in text else printable(text, self.encoding))
        except UnicodeEncodeError:  # it names no encoding, or another than it has
            with suppress(OSError, ValueError):
                self.stream.write(printable(text, "ascii"))
        except (OSError, ValueError):
            pass

    def _is_gone(self) -> bool:
        """Tell whether the file behind the stream is closed: what waited there would fail when Python ends."""
        try:
            os.fstat(self.stream.fileno())
        except OSError as error:  # of a stream without a file it has no number
            return error.errno == errno.EBADF
        except Exception:  # a stand-in for a stream may raise anything
            return False
        return False

    def flush(self) -> None:
        """Flush the stream, if it can be flushed."""
        with suppress(OSError, ValueError, AttributeError):
            self.stream.flush()

    def isatty(self) -> bool:
        """Tell whether the stream says that it is a terminal."""
        with suppress(Exception):  # a stand-in for a stream may raise anything
            return bool(self.stream.isatty())
        return False

    def columns(self) -> int:
        """Tell the terminal's width, or 80 where it does not say."""
        with suppress(Exception):
            return os.get_terminal_size(self.stream.fileno()).columns or 80
        return 80


class Text(str):
    """Text that is printed with plain characters where the standard output has no others, and else is as it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return printable(self[:])


def say(*lines: object, end: str = "\n", flush: bool = False, error: bool = False) -> None:
    """Print lines to the standard output or to the standard error, as they are now."""
    console = Console(sys.stderr if error else sys.stdout)
    console.write(printable("\n".join(map(str, lines)), "") + end)
    if flush:
        console.flush()


def encoding_of(stream: Any) -> str:
    """Return the encoding that a stream names, or an empty text."""
    encoding = getattr(stream, "encoding", None)
    return encoding if isinstance(encoding, str) else ""


def printable(text: str, encoding: str | None = None) -> str:
    """Return `text` with plain characters in place of those that an encoding does not have.

    Parameters
    ----------
    text : str
        What is to be printed.
    encoding : str, optional
        An empty one can write everything. Default: that of the standard output.

    Examples
    --------
    >>> printable("∂loss/∂z ← ŷ·σ⁻¹ │", "ascii")
    'dloss/dz <- y*sigma^-1 |'
    >>> printable("é and ² stay, → does not", "latin-1")
    'é and ² stay, -> does not'
    """
    encoding = encoding_of(sys.stdout) if encoding is None else encoding
    text = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    if text.isascii() or not encoding or _fits(text, encoding):
        return text
    return _BEYOND_ASCII.sub(lambda found: _plain(found[0], encoding), text)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    except LookupError:  # no encoding of Python's: the stream has to know
        return True
    return True


def _plain(text: str, encoding: str) -> str:
    """Write characters beyond ASCII with those of the encoding; a run of raised or lowered ones gets one mark."""
    written, mark = [], ""
    for character in text:
        before, mark = mark, ""
        if _fits(character, encoding):
            written.append(character)
            continue
        form, _, points = unicodedata.decomposition(character).partition("> ")
        if character not in _PLAIN and form in ("<super", "<sub"):
            mark = "^" if form == "<super" else "_"
            inner = "".join(chr(int(point, 16)) for point in points.split())
            written.append((mark if mark != before else "") + _letters(inner, encoding))
        else:
            written.append(_letters(character, encoding))
    return "".join(written)


def _letters(text: str, encoding: str) -> str:
    """Write each character plainly: from the table, a Greek letter by its name, a letter without its accents."""
    return "".join(_letter(character, encoding) for character in text)


def _letter(character: str, encoding: str) -> str:
    if _fits(character, encoding):
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and " LETTER " in name:
        letter = name.partition(" LETTER ")[2].split()[0].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    if name.startswith("BOX DRAWINGS"):
        return "+"
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if base.isascii() and (base or unicodedata.combining(character)):
        return base
    return character.encode("ascii", "backslashreplace").decode()


def quietly(command: Callable[[], int]) -> int:
    """Run a command, and return its exit code. If nobody reads its output to the end, that goes without a word.

    Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        code = command()
    except SystemExit as stop:  # of the command line's parser
        code = stop.code if isinstance(stop.code, int) else 1 if stop.code else 0
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream is not None]
    try:
        for stream in streams:
            stream.flush()
    except BrokenPipeError:
        code = 1
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in streams:
            with suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())  # what is left over goes there when Python ends
    except (OSError, ValueError):  # closed; of a full disk Python itself tells when it ends
        pass
    return code

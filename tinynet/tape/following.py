"""A user's plain functions on a tape, as far as a tape can follow them."""

from __future__ import annotations

import dis
import sys
import warnings
from collections.abc import Callable
from typing import Any

from tinynet.tape.taped import Taped


class Following:
    """What is known of a user's function: whether a tape can follow it, and what was said of it.

    Parameters
    ----------
    follows : bool, default True
        Whether to try.

    Examples
    --------
    >>> import numpy as np
    >>> following = Following()
    >>> following.run(np.exp, Taped(np.zeros(2)))
    <Taped array([1., 1.])>
    >>> following.run(lambda x: np.sort(x.value), Taped(np.zeros(2))) is None
    True
    """

    def __init__(self, follows: bool = True) -> None:
        self.follows, self._said = follows, False

    def run(self, function: Callable[[Any], Any], given: Taped, shape: tuple[int, ...] | None = None) -> Taped | None:
        """Return what a function makes of an array, or None if it does what no tape can follow, or of another shape.

        What else is wrong with the function is so without a tape, and is told then; but an error that it raises itself
        goes on, for it may raise it this once.
        """
        if not self.follows:
            return None
        try:
            found = function(given)
        except Exception as error:
            if raised_by_user(error) and not isinstance(error, TypeError):  # which may be about arrays on a tape
                raise
            found = None
        self.follows = isinstance(found, Taped) and shape in (None, found.shape)
        return found if self.follows else None

    def say_differences(self, message: str) -> None:
        """Warn, the first time, that the function is differentiated by differences instead."""
        if not self._said:
            warnings.warn(message, UserWarning, stacklevel=3)
            self._said = True


def raised_by_user(error: BaseException) -> bool:
    """Return whether a `raise` in a user's code raised an error, and not a library that was given a taped array."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if at is None:
        return False
    code, module = at.tb_frame.f_code, str(at.tb_frame.f_globals.get("__name__", ""))
    installed = any(part in code.co_filename for part in ("site-packages", "dist-packages"))
    known = module.partition(".")[0] in ("tinynet", *sys.stdlib_module_names)
    return code.co_code[at.tb_lasti] == dis.opmap["RAISE_VARARGS"] and not installed and not known

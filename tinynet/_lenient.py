"""What Keras runs and tinynet refuses, since it is hardly ever meant: the switch that lets it run, and the refusal.

``python -m tinynet run --lenient`` sets the switch; it is a variable of the environment, so that workers inherit it.
"""

from __future__ import annotations

import os
import warnings

#: "1" lets run what Keras runs.
VARIABLE = "TINYNET_LENIENT"
#: The attribute of errors that the switch turns into warnings: where they are shown, the switch is named.
MARK = "is_lenient"


def refuse(message: str, instead: str) -> None:
    """Raise a ValueError; with the switch on, warn and say what is done instead, as Keras does it.

    Examples
    --------
    >>> refuse("Labels lie outside.", "They cost nothing.")
    Traceback (most recent call last):
        ...
    ValueError: Labels lie outside.
    """
    if os.environ.get(VARIABLE) != "1":
        error = ValueError(message)
        setattr(error, MARK, True)
        raise error
    warnings.warn(f"{message} As Keras does: {instead}", stacklevel=2)

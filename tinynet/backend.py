"""The part of ``keras.backend`` that programs use."""

from __future__ import annotations

from tinynet._names import reset_names
from tinynet.config import epsilon, floatx, set_floatx

__all__ = ["clear_session", "epsilon", "floatx", "set_floatx"]


def clear_session() -> None:
    """Restart the counting of automatic names: the next ``Dense`` is ``dense``.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> clear_session()
    >>> Dense(1).name, Dense(1).name
    ('dense', 'dense_1')
    """
    reset_names()

"""All or nothing: what keeps an interrupt, an error or a lack of memory from leaving a change half made.

Ctrl-C raises a KeyboardInterrupt between any two steps of Python. Three tools stand against it. A change that can be
written as calls of C functions is made by one call into C, which nothing divides (`at_once`). Any other is taken back
if something is raised before its end (`all_or_nothing`). And what has to be put back in any case is put back even if
the interrupt comes while that is done (`afterwards`; for NumPy's warnings `quiet`).
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import wraps
from itertools import starmap
from typing import Any, TypeVar

import numpy as np

from tinynet._configurable import changes

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: A C function and its arguments.
Call = tuple[Any, ...]


def at_once(calls: Iterable[Call]) -> None:
    """Make calls of C functions, one after the other, without a step of Python in between.

    Signals are handled, and traces called, only between steps of Python: an interrupt comes before all or after all.
    What may raise has to be done, and what needs memory to be made, before.

    Examples
    --------
    >>> numbers, more = [1, 2], {}
    >>> at_once([(numbers.append, 3), (more.update, {"a": 1})])
    >>> numbers, more
    ([1, 2, 3], {'a': 1})
    """
    deque(starmap(operator.call, list(calls)), maxlen=0)


def changed() -> Call:
    """Return the call that counts as a change of some part, so that nothing derived from the parts is used again."""
    return operator.setitem, changes, 0, changes[0] + 1


def all_or_nothing(
    parts: Iterable[Any], change: Callable[..., T], *arguments: Any, others: Iterable[Call] = (), arrays: Any = ()
) -> T:
    """Return ``change(*arguments)``; if that raises anything, put the parts' attributes back as they were.

    Attributes that hold lists or dictionaries are put back as the same objects: the change has to bind new ones.

    Parameters
    ----------
    parts : iterable of objects
        Whose attributes the change may set.
    change : callable
        What to do.
    *arguments
        What it is given.
    others : iterable of calls
        C functions with arguments that put back what is no attribute.
    arrays : iterable of ndarray
        Whose numbers are put back as well.

    Examples
    --------
    >>> class Part:
    ...     size = 1
    >>> part = Part()
    >>> def grow():
    ...     part.size = 2
    ...     raise MemoryError
    >>> try:
    ...     all_or_nothing([part], grow)
    ... except MemoryError:
    ...     print(part.size)
    1
    """
    back: list[Call] = [(object.__setattr__, part, "__dict__", dict(vars(part))) for part in parts]
    back += [(operator.setitem, array, ..., array.copy()) for array in arrays]
    back += others
    try:
        return change(*arguments)
    except BaseException:
        at_once([*back, changed()])
        raise


def contained(function: F) -> F:
    """Return a function that leaves NumPy's settings of warnings as they are, whatever it and NumPy do with them.

    They are part of a context, and C ends a context with the call that it was made for: unlike ``with np.errstate``,
    which NumPy uses as well, nothing stays behind when an interrupt comes in between.
    """

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        return copy_context().run(function, *arguments, **options)

    return call  # type: ignore[return-value]


def quiet(function: F) -> F:
    """Return a function during which NumPy does not warn (or raise) where numbers leave their range.

    Examples
    --------
    >>> import numpy as np
    >>> with np.errstate(all="raise"):
    ...     print(quiet(lambda: np.float32(1e30) * np.float32(1e30))())
    inf
    """

    @contained
    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        np.seterr(all="ignore")
        return function(*arguments, **options)

    return call  # type: ignore[return-value]


def afterwards(cleanup: Callable[[], Any], action: Callable[..., T], *arguments: Any) -> T:
    """Return ``action(*arguments)``, and clean up whatever happens.

    `cleanup` is called twice, so that an interrupt which takes the first call away, or comes just before it, leaves
    the second: it has to put back nothing that is put back already.

    Examples
    --------
    >>> afterwards(lambda: print("put back"), max, 1, 2)
    put back
    put back
    2
    """
    try:
        try:
            return action(*arguments)
        finally:
            cleanup()
    finally:
        cleanup()

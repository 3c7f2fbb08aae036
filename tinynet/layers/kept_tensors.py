"""Tensors without numbers that a user's function takes from around it, and not as what it is given.

Programs of Keras 1 and 2 write so: a loss, or the function of a `Lambda`, computes with what a layer gave further up.
While the function is run with numbers, those of the batch stand in the place of these tensors.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from tinynet.layers.symbolic import KerasTensor, leaves

_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")


def kept_by(function: Any) -> tuple[KerasTensor, ...]:
    """Return the tensors that a function keeps, and those that functions keep which it calls, each once.

    Examples
    --------
    >>> import tinynet
    >>> x = tinynet.Input((2,))
    >>> def difference_from(x):
    ...     return lambda y: y - x
    >>> [tensor is x for tensor in kept_by(difference_from(x))]
    [True]
    """
    found: dict[KerasTensor, None] = {}
    _look(function, found, set())
    return (*found,)


def kept_by_class(layer: Any, methods: Callable[[type], bool]) -> tuple[KerasTensor, ...]:
    """Return the tensors that the methods of a user's classes keep, and those among the attributes of the object."""
    found: dict[KerasTensor, None] = {}
    seen: set[int] = set()
    for cls in filter(methods, type(layer).__mro__):
        for method in vars(cls).values():
            _look(method, found, seen)
    for attribute in vars(layer).values():
        found |= {each: None for each in leaves(attribute, 3) if isinstance(each, KerasTensor)}
    return (*found,)


def _look(value: Any, found: dict[KerasTensor, None], seen: set[int]) -> None:
    if isinstance(value, KerasTensor):
        found[value] = None
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, partial):
        for each in (value.func, *value.args, *value.keywords.values()):
            _look(each, found, seen)
    elif isinstance(value, MethodType):
        _look(value.__func__, found, seen)
        for each in vars(value.__self__).values() if hasattr(value.__self__, "__dict__") else ():
            found |= {leaf: None for leaf in leaves(each, 3) if isinstance(leaf, KerasTensor)}
    elif isinstance(value, (list, tuple)) and len(value) < 100:
        for each in value:
            _look(each, found, seen)
    elif isinstance(value, FunctionType):
        own = not str(value.__module__).startswith("tinynet.")
        for name in value.__globals__.keys() & {*_globals_of(value.__code__)} if own else ():
            _look(value.__globals__[name], found, seen)
        for cell in value.__closure__ or ():
            try:
                _look(cell.cell_contents, found, seen)
            except ValueError:  # nothing is in it yet
                continue


def _globals_of(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in _GLOBAL:
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)

"""Named values that kernels read by name: an object in Python, a row of 8-byte words for compiled code."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from struct import Struct as Layout
from typing import Any, ClassVar, Self

import numpy as np

from tinynet.kernels.machine.forms import COMPILED, VECTORS, kind_of, twin

_HEAD = object.__basicsize__


def address_of(array: Any, read: Any = ctypes.c_void_p.from_address) -> int:
    """Return where an array's numbers begin: the first field of NumPy's C structure, after Python's own.

    NumPy's ways to ask (`array.ctypes.data`, `__array_interface__`) take ten times as long.
    """
    return read(id(array) + _HEAD).value or 0


_one = np.ones(1)
if address_of(_one) != _one.ctypes.data:  # another Python, another layout: the slow way

    def address_of(array: Any, read: Any = None) -> int:
        """Return where an array's numbers begin."""
        return int(array.ctypes.data)


class Struct:
    """Base class of the tables. Annotations name the fields, in order; what is not given is 0.

    In Python a struct is an object that holds numbers, arrays, kernels and other structs. `pack` writes the same as
    words for compiled code, a vector being two words, its address and its length. The struct must live as long as the
    words are used, because it keeps the arrays alive.
    """

    #: Place and kind of each field.
    FIELDS: ClassVar[dict[str, tuple[int, str]]]
    WORDS: ClassVar[int]
    #: Where the words are, once packed.
    address: int
    _layout: ClassVar[Layout]
    _values: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        cls.FIELDS, place, values, layout = {}, 0, [], ""
        for name, annotation in cls.__annotations__.items():
            kind = kind_of(annotation)
            cls.FIELDS[name] = place, kind
            place += 2 if kind in VECTORS else 1
            layout += "qq" if kind in VECTORS else "d" if kind == "float" else "q"
            if kind in VECTORS:
                values += [f"address_of(s.{name})", f"s.{name}.size"]
            elif kind in ("int", "float", "Function"):
                values.append(f"s.{name}")
            else:
                values.append(f"packed(s.{name})")
            setattr(cls, name, 0)
        cls.WORDS, cls._layout = place, Layout(layout)
        scope = {"address_of": address_of, "packed": packed}
        cls._values = staticmethod(eval(f"lambda s: ({', '.join(values)},)", scope))

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def copy(self, **changes: Any) -> Self:
        """Return a struct of the same values but for the changes."""
        fields = {name: value for name, value in vars(self).items() if name in self.FIELDS}
        return type(self)(**{**fields, **changes})

    def pack(self, words: Any = None, number: int = 0) -> Self:
        """Write the values to words: to words of its own, or to row `number` of some that are given."""
        if COMPILED:
            if words is None:
                words = np.empty(self.WORDS, np.int64)
            self._layout.pack_into(words, 8 * number * self.WORDS, *self._values(self))
            self.__dict__.update(words=words, address=address_of(words) + 8 * number * self.WORDS)
        return self


def packed(value: Any) -> int:
    """Return the address of a struct, or of the first of several, which are packed one behind the other."""
    if isinstance(value, Struct):
        return value.address if "words" in value.__dict__ else value.pack().address
    if not value:
        return 0
    words = np.empty(len(value) * value[0].WORDS, np.int64)
    for number, one in enumerate(value):
        one.pack(words, number)
    return value[0].address


@twin("tinynet.kernels.machine.compiler")
def at(structs: Sequence[Any], number: int) -> Any:
    """Return one of several structs."""
    return structs[number]

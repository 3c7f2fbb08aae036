"""Rooms: packages of parts, whose tables find each by its name. Nothing names a part besides its own file.

A room imports the file of a part when the part is asked for. A process that reads a model and predicts needs a few
parts of a hundred, and files take longer to import than such a model to predict.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, Generic, TypeVar

from tinynet._names import absent, snake_case

T = TypeVar("T")
V = TypeVar("V")


@lru_cache
def files_of(package: str) -> tuple[str, ...]:
    """Return the names of a package's files, in alphabetical order.

    Examples
    --------
    >>> files_of("tinynet.regularizers")
    ('base', 'function_regularizer', 'l1', 'l1_l2', 'l2', 'on_tape', 'orthogonal_regularizer')
    """
    names = (name for folder in importlib.import_module(package).__path__ for name in _modules_in(folder))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def _modules_in(folder: str) -> list[str]:
    """Return the names of the modules in a folder, or in one of an archive."""
    if not os.path.isdir(folder):
        import pkgutil  # which takes a while

        return [info.name for info in pkgutil.iter_modules([folder])]
    with os.scandir(folder) as entries:
        return [
            entry.name.partition(".")[0]
            for entry in entries
            if entry.name.endswith((".py", ".pyc")) or os.path.isfile(os.path.join(entry.path, "__init__.py"))
        ]


@lru_cache
def _files_called(package: str) -> Mapping[str, Sequence[str]]:
    """Return a package's files by their names without underscores, and by the initials of their words."""
    found: dict[str, list[str]] = {}
    for file in files_of(package):
        for name in dict.fromkeys((_folded(file), _initials(file))):
            found.setdefault(name, []).append(file)
    return found


def modules_of(package: str) -> list[ModuleType]:
    """Return the modules of a package, imported, in alphabetical order."""
    return [importlib.import_module(f"{package}.{name}") for name in files_of(package)]


def collected(modules: Iterable[ModuleType], base: type[T]) -> dict[str, type[T]]:
    """Return the public classes of a kind that modules define, by name, in their order.

    Examples
    --------
    >>> from tinynet.activations.base import ActivationFunction
    >>> list(collected(modules_of("tinynet.activations"), ActivationFunction))[:3]
    ['AlongAxes', 'ActivationFunction', 'CELU']
    """
    found: dict[str, type[T]] = {}
    for module in modules:
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_")
            if own and issubclass(value, base):
                found[name] = value
    return found


def names_of(cls: type) -> tuple[str, ...]:
    """Return the names under which programs ask for what a class makes: its own in snake case, and its aliases."""
    return (snake_case(cls.__name__), *aliases_of(cls))


def aliases_of(cls: type) -> tuple[str, ...]:
    """Return the other names that a class has, not those of its base."""
    found: tuple[str, ...] = vars(cls).get("aliases", ())
    return found


# ---- tables ---------------------------------------------------------------------------------------------------------


class Table(Mapping[str, V]):
    """What is found by name; made when it is asked for a name that is not at hand, or for all."""

    _whole: Mapping[str, V] | None = None

    def _made(self) -> Mapping[str, V]:
        """Return the whole table."""
        raise NotImplementedError

    def _at_hand(self, name: str) -> V | None:
        """Return what has a name if that can be told without the whole table, or None."""
        raise NotImplementedError

    @property
    def whole(self) -> Mapping[str, V]:
        """All of the table."""
        if self._whole is None:
            self._whole = self._made()
        return self._whole

    def at_hand(self, name: str) -> V | None:
        """Return what has a name if that can be told without making the table, or None."""
        return self._at_hand(name) if self._whole is None else self._whole.get(name)

    def __getitem__(self, name: str) -> V:
        found = self.at_hand(name)
        return self.whole[name] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)

    def __repr__(self) -> str:
        return repr(self.whole)


class Classes(Table[type[T]]):
    """The classes of a room, by their names: `Dense` comes out of ``dense.py``, the file that is called like it.

    Parameters
    ----------
    package : str
        The room.
    base : type
        What they are subclasses of.
    is_part : function, optional
        Which of them are parts. Default: all.

    Examples
    --------
    >>> from tinynet.regularizers import Regularizer
    >>> list(Classes("tinynet.regularizers", Regularizer))
    ['Regularizer', 'FunctionRegularizer', 'L1', 'L1L2', 'L2', 'OrthogonalRegularizer']
    """

    def __init__(self, package: str, base: type[T], is_part: Callable[[type[T]], Any] = bool) -> None:
        self._package, self._base, self._is_part = package, base, is_part

    def in_file_of(self, name: str) -> dict[str, type[T]]:
        """Return the classes in the file that is called like a part, or has its name for initials; it is imported."""
        files = _files_called(self._package).get(_folded(name), ())
        return self._parts(importlib.import_module(f"{self._package}.{file}") for file in files)

    def _parts(self, modules: Iterable[ModuleType]) -> dict[str, type[T]]:
        return {name: cls for name, cls in collected(modules, self._base).items() if self._is_part(cls)}

    def _made(self) -> dict[str, type[T]]:
        return self._parts(modules_of(self._package))

    def _at_hand(self, name: str) -> type[T] | None:
        return self.in_file_of(name).get(name)


class Named(Table[V], Generic[T, V]):
    """What a room has, by the names under which programs ask for it.

    Parameters
    ----------
    classes : Classes
        The room's.
    names : function
        The names of a class.
    given : function
        What is found under them: the class itself, or what is made of it, once.

    Raises
    ------
    TypeError
        If two parts claim one name.

    Examples
    --------
    >>> from tinynet.regularizers import CLASSES
    >>> table = Named(CLASSES, names_of, lambda cls: cls)
    >>> table["l1_l2"].__name__, list(table)
    ('L1L2', ['l1', 'l1l2', 'l1_l2', 'l2'])
    """

    def __init__(
        self, classes: Classes[T], names: Callable[[type[T]], Sequence[str]], given: Callable[[type[T]], V]
    ) -> None:
        self._classes, self._names, self._given = classes, names, given
        self._parts: dict[type[T], V] = {}

    def _part(self, cls: type[T]) -> V:
        if cls not in self._parts:
            self._parts.setdefault(cls, self._given(cls))
        return self._parts[cls]

    def _made(self) -> dict[str, V]:
        return by_name((name, self._part(cls)) for cls in self._classes.values() for name in self._names(cls))

    def _at_hand(self, name: str) -> V | None:
        classes = self._classes.in_file_of(name).values()
        return next((self._part(cls) for cls in classes if name in self._names(cls)), None)


class Joined(Table[V]):
    """Several tables, and dicts, as one; a TypeError if two parts claim one name."""

    def __init__(self, *tables: Mapping[str, V]) -> None:
        self._tables = tables

    def _made(self) -> dict[str, V]:
        return by_name(entry for table in self._tables for entry in table.items())

    def _at_hand(self, name: str) -> V | None:
        found = (table.at_hand(name) if isinstance(table, Table) else table.get(name) for table in self._tables)
        return next((each for each in found if each is not None), None)


def by_name(entries: Iterable[tuple[str, V]]) -> dict[str, V]:
    """Return a dict of entries; raise a TypeError if two parts claim one name."""
    table: dict[str, V] = {}
    for name, part in entries:
        if table.setdefault(name, part) is not part:
            raise TypeError(f"{table[name]!r} and {part!r} are both called {name!r}.")
    return table


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split("_") if word)


# ---- the module -----------------------------------------------------------------------------------------------------


class Room(ModuleType):
    """A package of parts as Python sees it: what its tables have under names are its attributes."""

    # Set by `furnish`. Not annotated: tools that read a module's annotations would look for `Table` in each room.
    _table = Joined[Any]()
    _own = ()

    @property
    def __all__(self) -> list[str]:
        return [*self._own, *self._table]

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python looks these up in any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = self._table.at_hand(name)
        if value is None and name in (*self._own, *files_of(self.__name__)):
            value = importlib.import_module(f"{self.__name__}.{name}")
        if value is None and name not in self._table:
            raise absent(self.__name__, name, self.__all__, sys._getframe(1))
        super().__setattr__(name, self._table[name] if value is None else value)
        return vars(self)[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType):  # ``relu.py`` is imported, and would hide the function `relu`
            part = self._table.at_hand(name)
            value = value if part is None else part
        super().__setattr__(name, value)


def furnish(package: str, own: Sequence[str], *tables: Table[Any]) -> None:
    """Make a package a `Room`: beside its own public names it has what is in its tables."""
    room = sys.modules[package]
    vars(room).update(_own=tuple(own), _table=Joined(*tables))
    room.__class__ = Room
    for name, value in [*vars(room).items()]:
        if isinstance(value, ModuleType):
            setattr(room, name, value)

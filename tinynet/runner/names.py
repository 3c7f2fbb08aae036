"""Serves ``keras`` and ``tensorflow.keras`` from tinynet: stand-in modules, and the finder that imports them.

The finder is the first entry of `sys.meta_path`, so it does not matter whether Keras is installed. While it is there,
``keras`` is tinynet for the whole process: add-ons such as ``tqdm.keras`` then work with tinynet's classes too.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

from tinynet._names import snake_case
from tinynet.runner.absent import Unneeded, advice_on, near
from tinynet.runner.frames import place_of_request
from tinynet.runner.pages import BESIDES, KERAS, MODULES, NAMES, ROOTS, TENSORFLOW, TENSORFLOW_MODULES

# The versions whose names and behaviour tinynet follows; programs check them with ">= 2".
_KERAS_VERSION, _TENSORFLOW_VERSION = "3.15.1+tinynet", "2.21.0+tinynet"

#: A message lists no more names than these.
_MANY = 80


def _page(fullname: str) -> str | None:
    """Return the name within Keras (``"layers"`` for ``tensorflow.keras.layers``), or None outside Keras."""
    return _within(fullname, KERAS)


def _within(fullname: str, prefixes: Sequence[str]) -> str | None:
    for prefix in prefixes:
        if fullname == prefix or fullname.startswith(f"{prefix}."):
            return fullname[len(prefix) + 1 :]
    return None


def is_module(fullname: str) -> bool:
    """Tell whether there is a stand-in of that name."""
    page = _page(fullname)
    leads_there = any(root.startswith(f"{fullname}.") for root in KERAS)
    return (
        leads_there
        or page == ""
        or page in MODULES
        or (page is None and _within(fullname, TENSORFLOW) in TENSORFLOW_MODULES)
    )


def has(module: str, name: str) -> bool:
    """Tell whether there is something of that name in a stand-in."""
    return is_module(f"{module}.{name}") or (is_module(module) and name in vars(import_module(module)))


def _submodules(fullname: str) -> list[str]:
    """Return the submodules of a stand-in, without the spellings that only books use."""
    page = _page(fullname)
    if page is None:
        whole = _within(fullname, TENSORFLOW)
        below = (name.rpartition(".") for name in TENSORFLOW_MODULES if name)
        return ["keras"] * (not whole) + [name for above, _, name in below if above == whole and name != "python"]
    prefix = f"{page}." if page else ""
    current = (name.removeprefix(prefix) for name, served in MODULES.items() if name == served)
    return [name for name in current if f"{prefix}{name}" in MODULES and "." not in name]


def _contents(fullname: str) -> dict[str, Any]:
    """Return the public names of a stand-in, without its submodules."""
    page = _page(fullname)
    if page is None:
        within = _within(fullname, TENSORFLOW) or ""
        found = _of_modules(TENSORFLOW_MODULES.get(within, ()))
        return {"__version__": _TENSORFLOW_VERSION, **found, **_singles(f"tensorflow.{within}")}
    if page == "":
        return {"__version__": _KERAS_VERSION, **_singles("")}
    sources = (*BESIDES.get(page, ()), MODULES[page]) if page in MODULES else ()
    return _of_modules(sources) | _singles(page)


def _singles(page: str) -> dict[str, Any]:
    owners = {name: target.rpartition(".") for name, target in NAMES.get(page, {}).items()}
    return {name: getattr(import_module(f"tinynet.{owner}"), it) for name, (owner, _, it) in owners.items()}


def _of_modules(sources: Sequence[str]) -> dict[str, Any]:
    """Return the public names of modules of tinynet; of two alike, that of the later one."""
    contents: dict[str, Any] = {}
    for source in sources:
        module = import_module(f"tinynet.{source}")
        contents |= {**_spellings(module), **{name: getattr(module, name) for name in public_names(module)}}
    return contents


def _spellings(module: ModuleType) -> dict[str, Any]:
    """Return what a module has of parts under the names in its table, which books use in programs too.

    A loss or a metric is, by its short name, a function of two arrays: ``losses.mse``, also spelt ``losses.MSE``.
    """
    found: dict[str, Any] = {}
    functions = getattr(module, "FUNCTIONS", {})
    for name, part in getattr(module, "TABLE", {}).items():
        function = functions.get(snake_case(getattr(part, "__name__", "")))
        if function is None:
            found[name] = part
        elif name not in functions and name.islower():
            found |= {name: function, name.upper(): function}
    return found


def public_names(module: ModuleType) -> list[str]:
    """Return a module's `__all__`, or the public functions that are defined in it."""
    listed: Sequence[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def _message(fullname: str, name: str) -> str:
    """Say what is missing, who asked for it, and what exists instead."""
    page, short = _page(fullname), fullname.replace("tensorflow", "tf")
    said = [f"tinynet has no {short}.{name} ({place_of_request()})."]
    text = advice_on(short, name)
    said.append(text)
    known = known_in(fullname)
    if len(known) > _MANY:
        said.append("" if text else near(name, known))
    else:
        whose = {"": "Its modules and names", None: f"Of {short} it serves"}.get(page, f"Its {page}")
        said.append(f"{whose}: {', '.join(known)}.")
    if page is None:
        said.append("Arrays are NumPy's.")
    return " ".join(filter(None, said))


def known_in(fullname: str) -> list[str]:
    """Return the public names of a stand-in, submodules among them."""
    return sorted({n for n in _contents(fullname) if not n.startswith("_")} | set(_submodules(fullname)))


class _StandIn(ModuleType):
    """A module with one of Keras's names and tinynet's classes and functions."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python looks these up in any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if is_module(f"{self.__name__}.{name}"):
            return import_module(f"{self.__name__}.{name}")
        if f"{self.__name__}.{name}" in finder.unneeded:
            return Unneeded(_message(self.__name__, name))
        about = None if advice_on(self.__name__, name) else self  # beside advice, Python's own guess would be odd
        raise AttributeError(_message(self.__name__, name), name=name, obj=about)

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return import_module, (self.__name__,)  # joblib sends the modules that a function uses

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *_submodules(self.__name__)})


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the stand-ins."""

    #: Names that the program imports and never uses: they stand for nothing.
    unneeded: Collection[str] = ()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a stand-in; raise an informative error for what tinynet lacks."""
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if is_module(fullname) or any(name.startswith(f"{fullname}.") for name in self.unneeded):
            return ModuleSpec(fullname, self, origin="tinynet", is_package=True)
        parent, _, name = fullname.rpartition(".")
        # Without `name=`: in `from parent import name`, Python would replace the message by a shorter one.
        kind = ModuleNotFoundError if name.islower() else ImportError
        raise kind(_message(parent, name))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an empty stand-in."""
        return _StandIn(spec.name, f"tinynet in place of {spec.name}.")

    def exec_module(self, module: ModuleType) -> None:
        """Fill the stand-in."""
        contents = _contents(module.__name__)
        vars(module).update(contents)
        vars(module)["__all__"] = [name for name in contents if not name.startswith("_")]
        if _page(module.__name__) in ("layers", "models", ""):
            import_module("tinynet.runner.results").give_tensors()


finder = _Finder()
_set_aside: dict[str, ModuleType] = {}


def _take_modules() -> dict[str, ModuleType]:
    """Remove all modules with Keras's names from `sys.modules`, and return them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in ROOTS}


class Installation:
    """What `install_as_keras` returns: `uninstall` undoes it, and so does the end of a ``with`` block."""

    def __init__(self, began_here: bool) -> None:
        self._began_here = began_here

    def uninstall(self) -> None:
        """Give the names back, and restore a Keras that was imported before. Repeating it does nothing."""
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
            _take_modules()
            sys.modules.update(_set_aside)
            _set_aside.clear()
            finder.unneeded = ()
            if results := sys.modules.get("tinynet.runner.results"):
                results.give_arrays()

    def __repr__(self) -> str:
        return f"<Installation: keras is {'tinynet' if finder in sys.meta_path else 'as before'}>"

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began_here:
            self.uninstall()


def install_as_keras() -> Installation:
    """Let ``import keras`` and ``from tensorflow import keras`` mean tinynet, in every form of import.

    This applies to all later imports in this process, including those in other libraries, whether or not Keras is
    installed. A Keras imported before is set aside meanwhile: do not use its objects until it is back.

    Returns
    -------
    Installation
        Its `uninstall` undoes it; used as a context manager, it does so at the end of the block. A second call
        changes nothing, so ``install_as_keras().uninstall()`` also undoes an earlier one.

    Raises
    ------
    ImportError, AttributeError
        Later, when a program asks for something that tinynet lacks. The message names it and what exists instead.

    Examples
    --------
    >>> import tinynet
    >>> with tinynet.install_as_keras():
    ...     from tensorflow.keras import layers
    ...     from keras.models import Sequential
    >>> Sequential is tinynet.Sequential, layers.Dense is tinynet.layers.Dense
    (True, True)
    >>> with tinynet.install_as_keras():
    ...     from keras.layers import Conv2D
    Traceback (most recent call last):
        ...
    ImportError: tinynet has no keras.layers.Conv2D (...). tinynet is for networks of Dense layers: ...
    """
    if finder in sys.meta_path:
        return Installation(began_here=False)
    _set_aside.update(_take_modules())
    sys.meta_path.insert(0, finder)
    return Installation(began_here=True)


def served(name: str) -> Callable[..., Any] | None:
    """Return the public class or function of tinynet called `name`, or None."""
    for source in dict.fromkeys(MODULES.values()):
        if source.startswith("sklearn"):
            continue  # it needs scikit-learn
        module = import_module(f"tinynet.{source}")
        if name in public_names(module):
            found: Callable[..., Any] = getattr(module, name)
            return found
    return None

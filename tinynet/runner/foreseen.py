"""What a program asks for that tinynet lacks, found in its source before it runs: names, arguments, methods of models.

Only what is sure is reported. Names that a program binds in several ways are nobody's; what stands in ``try`` before an
``except``, or under an ``if`` that asks for a version, may never be needed. What is imported by name and stands nowhere
else in the source is not needed either: programs import ``LSTM`` out of habit.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from tinynet._old_names import translated
from tinynet._signatures import arguments, constructors
from tinynet.runner import names
from tinynet.runner.absent import advice_on, instead_of, near
from tinynet.runner.pages import ROOTS

#: What an ``if`` asks before something is used that may not be there.
_ASKS = ("__version__", "hasattr", "version_info", "VERSION", "find_spec")
_MODELS = ("Sequential", "Model", "load_model", "model_from_json", "clone_model")
_UNKNOWN = object()


class Source:
    """A program's source, with what its names stand for.

    Parameters
    ----------
    trees : list of (str, Module)
        The source, in parts: what lines are called (``"line"``), and the syntax.
    """

    def __init__(self, trees: list[tuple[str, ast.Module]]) -> None:
        self._trees = trees
        #: What is lacked, each with its first place.
        self.lacks: dict[str, str] = {}
        #: The names that are imported in vain: ``"keras.layers.LSTM"``.
        self.unneeded: list[str] = []
        self._values: dict[str, Any] = {}
        self._place = ""
        parts = [node for _, tree in trees for node in ast.walk(tree)]
        origins: dict[str, set[object]] = {}
        for name, origin in (pair for node in parts for pair in _bound(node)):
            origins.setdefault(name, set()).add(origin)
        self._once = {name for name, different in origins.items() if len(different) == 1}
        self._assigned = {node.attr for node in parts if isinstance(node, ast.Attribute) and _is_stored(node)}
        self._used = {node.id for node in parts if isinstance(node, ast.Name)}
        with suppress(ImportError):
            for where, tree in trees:
                for node in _surely_run(tree):
                    self._place = f"{where} {getattr(node, 'lineno', '?')}"
                    self._learn(node)
            for where, tree in trees:
                for node in _surely_run(tree):
                    self._place = f"{where} {getattr(node, 'lineno', '?')}"
                    self._check(node)

    def _learn(self, node: ast.AST) -> None:
        """Note what an import binds, and report what it lacks."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if self._module(alias.name) is not None:
                    whole = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._bind(alias.asname or whole, import_module(whole))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            needed = [alias for alias in node.names if not self._is_unneeded(node.module, alias)]
            module = self._module(node.module) if needed else None
            for alias in needed:
                if module is not None and alias.name != "*":
                    self._bind(alias.asname or alias.name, self._member(module, alias.name))

    def _is_unneeded(self, module: str, alias: ast.alias) -> bool:
        """Tell whether a name is imported that is lacked and never used, and take note of it."""
        fullname = f"{module}.{alias.name}"
        if module.partition(".")[0] not in ROOTS or alias.name == "*" or (alias.asname or alias.name) in self._used:
            return False
        if names.has(module, alias.name):
            return False
        self.unneeded.append(fullname)
        return True

    def _bind(self, name: str, value: Any) -> None:
        if name in self._once:
            self._values[name] = value

    def _module(self, fullname: str) -> ModuleType | None:
        if fullname.partition(".")[0] not in ROOTS:
            return None
        above, _, name = fullname.rpartition(".")
        if not above or names.is_module(fullname):
            return import_module(fullname)
        parent = self._module(above)
        if parent is not None:
            self._member(parent, name)
        return None

    def _member(self, module: ModuleType, name: str) -> Any:
        """Return what a stand-in has under a name, or report that it lacks it."""
        if name in vars(module):
            return vars(module)[name]
        if names.is_module(f"{module.__name__}.{name}"):
            return import_module(f"{module.__name__}.{name}")
        if not name.startswith("__") and name not in self._assigned:
            short = module.__name__.replace("tensorflow", "tf")
            said = advice_on(short, name) or near(name, names.known_in(module.__name__))
            self._report(f"{short}.{name}", f"there is no {short}.{name}. {said}")
        return _UNKNOWN

    def _report(self, what: str, said: str) -> None:
        self.lacks.setdefault(what, f"{self._place}: {said.strip()}")

    def _check(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, made = node.targets[0].id, node.value
            if isinstance(made, ast.Call) and getattr(self._value(made.func), "__name__", "") in _MODELS:
                # With a name of its own it takes none of those that the script's models get.
                self._bind(name, import_module("tinynet.models").Sequential(name="foreseen"))
        elif isinstance(node, ast.Attribute):
            self._value(node)
        elif isinstance(node, ast.Call):
            callee = self._value(node.func)
            named = callable(callee) and hasattr(callee, "__name__")  # a model that is called has none
            if named and getattr(callee, "__module__", "").startswith("tinynet."):
                for keyword in node.keywords:
                    self._check_argument(callee, keyword.arg)

    def _value(self, node: ast.AST) -> Any:
        """Return what an expression is, as far as it is a name of tinynet's."""
        if isinstance(node, ast.Name):
            return self._values.get(node.id, _UNKNOWN)
        if not isinstance(node, ast.Attribute) or _is_stored(node):
            return _UNKNOWN
        owner = self._value(node.value)
        if isinstance(owner, ModuleType):
            return self._member(owner, node.attr) if names.is_module(owner.__name__) else _UNKNOWN
        if type(owner).__name__ != "Sequential":
            return _UNKNOWN
        if node.attr not in dir(owner) and node.attr not in self._assigned and not node.attr.startswith("_"):
            self._report(f".{node.attr}", f"a model has no `{node.attr}`. {instead_of(node.attr, dir(owner))}")
        return getattr(type(owner), node.attr, _UNKNOWN)

    def _check_argument(self, callee: Callable[..., Any], name: str | None) -> None:
        with suppress(TypeError, ValueError):  # of what has no signature
            if name is None or _takes_any(callee):
                return
            found = translated(callee, [], {name: _UNKNOWN}, callee.__name__)
            taken = arguments(callee)
            if taken and (lacking := [each for each in found if each not in taken]):
                what = callee.__name__
                self._report(f"{what}({name}=)", f"{what} takes no `{lacking[0]}`. It takes: {', '.join(taken)}.")


def _takes_any(callee: Callable[..., Any]) -> bool:
    """Tell whether any argument is taken, or handed on to what is not seen here."""
    functions = constructors(callee) if inspect.isclass(callee) else [callee]
    rests = [
        [p.name for p in inspect.signature(function).parameters.values() if p.kind == p.VAR_KEYWORD]
        for function in functions
    ]
    if callee.__module__.startswith(("tinynet.runner", "tinynet.sklearn")):  # they take what Keras's take besides
        return any(rests)
    return all(rest not in ([], ["unknown"]) for rest in rests)  # tinynet calls those "unknown" that it refuses


def _is_stored(node: ast.Attribute) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _bound(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield the names that a node binds, each with where the value is from."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, node
    elif isinstance(node, ast.arg):
        yield node.arg, node
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
        yield node.name or "", node
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        module = getattr(node, "module", None)
        for alias in node.names:
            whole = module is None and not alias.asname
            name = alias.name.partition(".")[0] if whole else alias.asname or alias.name
            yield name, (module, name if whole else alias.name)


def _surely_run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those within it, in the order of the source, but for what a program runs with reservations."""
    yield node
    if isinstance(node, (ast.Try, ast.TryStar)):
        inner: list[ast.AST] = [*([] if node.handlers else node.body), *node.finalbody]
    elif isinstance(node, (ast.If, ast.IfExp)) and any(word in ast.dump(node.test) for word in _ASKS):
        inner = []
    else:
        inner = [*ast.iter_child_nodes(node)]
    for each in inner:
        yield from _surely_run(each)

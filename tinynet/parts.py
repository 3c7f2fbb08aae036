"""What all parts have in common: a part is one file, collected from its package, and checked when it is defined.

A **part** is an activation, a loss, a metric, an optimizer, a regularizer, a constraint, an initializer or a layer. Its
file holds its formulas, its class with Keras's name, and what the trace says of it. Nothing else in the package names
it: the package's table, the trace, the gradient check and the tests find it here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from tinynet._arguments import shown
from tinynet._signatures import constructors
from tinynet._types import Array
from tinynet.kernels.machine.jit import COMPILED, Kernel, arguments_of, plain
from tinynet.kernels.maps import kinds_of

#: What a formula may be given, each possibility as the kinds of its arguments: ``{"Scalar Scalar", "Label Row"}``.
Kinds = frozenset[str] | set[str]


class Words(NamedTuple):
    """What the trace says of a formula and of its derivative.

    The templates name the formula's arguments, and attributes of the part: ``"{da}·[{a} > 0]"``, ``"{l2}·{w}²"``. In
    those of a formula of whole rows a name is an entry of the row, and Σ sums what follows it, up to a space, over the
    row: ``"e^{z} / Σⱼ e^{z}"``. A loss of rows whose words have no Σ is the sum of what they say of each output.
    """

    forward: str
    why: str
    backward: str
    slope: str


class Told(NamedTuple):
    """One step of an optimizer's update in the trace: what is computed, from what, and why.

    `name` is a slot, as the formula calls it, ``"step"`` for what is subtracted from the weight, or ``"w"`` for the new
    weight. The template names ``{w}``, ``{g}``, slots, their values before the update (``{m_old}``), steps told before
    it, and numbers of the optimizer. In what it says, ``{t}`` is the number of the step.
    """

    name: str
    template: str
    why: str


def formulas_of(module: ModuleType) -> list[Any]:
    """Return the formulas and kernels that a module defines, in the order in which it does.

    Examples
    --------
    >>> from importlib import import_module
    >>> [formula.__name__ for formula in formulas_of(import_module("tinynet.activations.relu"))]
    ['relu', 'relu_backward']
    """
    return [function for function in functions_of(module) if decorator_of(function) in _DECORATORS]


#: What formulas and kernels are decorated with. Without the compiler that leaves no other trace than their source.
_DECORATORS = frozenset({"formula", "exact", "kernel", "twin"})


def functions_of(module: ModuleType) -> list[Any]:
    """Return the functions that a module defines, formulas and kernels among them, in the order in which it does."""
    functions = [value for value in vars(module).values() if inspect.isfunction(plain(value))]
    return [function for function in functions if plain(function).__module__ == module.__name__]


def decorator_of(function: Any) -> str:
    """Return the name of a function's outermost decorator, or ""; read from its source.

    Examples
    --------
    >>> from tinynet.optimizers.rmsprop import increment
    >>> decorator_of(increment), decorator_of(decorator_of)
    ('formula', '')
    """
    found = re.match(r"\s*@(?:\w+\.)*(\w+)", inspect.getsource(plain(function)))
    return found[1] if found else ""


def forget_inherited(cls: type, form: str, defaults: Mapping[str, Any]) -> None:
    """Give a class with formulas of its own these defaults: what its base says of other formulas is not true of them.

    Parameters
    ----------
    cls : type
        The class, just defined.
    form : str
        Where it has its formulas, if it has any of its own.
    defaults : dict
        The attributes that speak of them, with what they are where the class itself says nothing.
    """
    if form in cls.__dict__:
        for name in defaults.keys() - cls.__dict__.keys():
            setattr(cls, name, defaults[name])


# ---- checks at definition -------------------------------------------------------------------------------------------


def check_formulas(cls: type, given: Sequence[Kinds], what: Sequence[str], attribute: str = "formulas") -> None:
    """Raise a TypeError unless a class with formulas of its own has all of them, of the right arguments, and words.

    Parameters
    ----------
    cls : type
        The class, just defined.
    given : sequence of sets of str
        What each of its formulas is given: ``{"Scalar Scalar", "Row Row"}``. What it takes beyond these are numbers,
        attributes of the class.
    what : sequence of str
        What each formula is, for messages: ``("forward(z)", "backward(a, da)")``.
    attribute : str, default "formulas"
        Where the class has them, if it does.
    """
    if not cls.__dict__.get(attribute):
        return
    found = cls.__dict__[attribute]
    if not isinstance(found, tuple) or len(found) != len(what):
        received = f"{len(found)} of them" if isinstance(found, tuple) else repr(found)
        raise TypeError(
            f"{cls.__name__}: expected `{attribute}` to be {len(what)} formulas, {' and '.join(what)}. "
            f"Received: {received}."
        )
    for function, kinds, said in zip(found, given, what, strict=True):
        check_formula(cls, function, kinds, said)
    check_same_numbers(cls, zip(found, given, strict=True))
    check_words(cls)


def check_formula(cls: type, function: Any, given: Kinds, what: str, others: bool = True) -> None:
    """Raise a TypeError unless a formula takes what it is given and (of the others) only what the class has."""
    if not inspect.isfunction(plain(function)) or (COMPILED and plain(function) is function):
        raise TypeError(
            f"{cls.__name__}: expected a formula {what}. Received: {shown(function)}. Decorate it: @formula."
        )
    names, count, name = arguments_of(function), _count(given), plain(function).__name__
    if len(names) < count:
        raise TypeError(
            f"{cls.__name__}: the formula {what} takes {count} arguments and numbers of its own. "
            f"{name} takes {len(names)}: ({', '.join(names)})."
        )
    own = names[count:] if others else ()
    known = {*constructor_names(cls), *dir(cls)} if own else set()
    for number in own:
        if number not in known:
            raise TypeError(
                f"{cls.__name__}: the formula {name} takes `{number}`, which the class has not. Make it an argument of "
                "__init__, kept under the same name, or an attribute."
            )
    kinds = [kind if kind in ("Row", "Label") else "Scalar" for kind in kinds_of(function)]
    if " ".join(kinds[:count]) not in given or {*kinds[count:]} - {"Scalar"}:
        expected = " or ".join(f"({kind.replace(' ', ', ')})" for kind in sorted(given))
        raise TypeError(
            f"{cls.__name__}: the formula {what} is given {expected}, and numbers. {name} is declared to take "
            f"({', '.join(kinds)})."
        )


def check_same_numbers(cls: type, formulas: Iterable[tuple[Any, Kinds]]) -> None:
    """Raise a TypeError unless formulas take the same numbers beyond what they are given: they read one vector."""
    own = [arguments_of(function)[_count(given) :] for function, given in formulas]
    if len(set(own)) > 1:
        lists = " and ".join(f"({', '.join(names)})" for names in own)
        raise TypeError(
            f"{cls.__name__}: its formulas must end in the same numbers, in the same order. Received: {lists}. "
            "A formula need not use all of them."
        )


def check_kernels(cls: type, kernels: Any, what: Sequence[str], required: int) -> None:
    """Raise a TypeError unless a class's kernels are kernels, as many as are required, of the right arguments."""
    if not isinstance(kernels, tuple) or not required <= len(kernels) <= len(what):
        raise TypeError(f"{cls.__name__}: expected `kernels` to be {', '.join(what)}. Received: {shown(kernels)}")
    for function, said in zip(kernels, what, strict=False):
        if not (isinstance(function, Kernel) if COMPILED else inspect.isfunction(function)):
            raise TypeError(
                f"{cls.__name__}: expected a kernel {said}. Received: {shown(function)}. Decorate it: @kernel."
            )
        names = arguments_of(function)
        if len(names) != said.count(",") + 1:
            raise TypeError(
                f"{cls.__name__}: expected a kernel {said}. {plain(function).__name__} takes ({', '.join(names)})."
            )


def _count(given: Kinds) -> int:
    return next(iter(given)).count(" ") + 1


def check_words(cls: type) -> None:
    """Raise a TypeError for a class without words for the trace."""
    if not isinstance(getattr(cls, "words", None), (Words, property)):
        raise TypeError(
            f"{cls.__name__} has no words, so that the trace could not tell what it does. Give it "
            "words = Words(forward='…', why='…', backward='…', slope='…')."
        )


def constructor_names(cls: type) -> list[str]:
    """Return the names of a class's arguments, those of its bases among them."""
    return [name for function in constructors(cls) for name in inspect.signature(function).parameters]


# ---- who runs in the compiled loop ----------------------------------------------------------------------------------


def written_in_python(cls: Any, form: str, methods: tuple[str, ...]) -> str:
    """Return the method of a class that is plain Python where formulas or kernels could have served, or "".

    Parameters
    ----------
    cls : type
        A part's class.
    form : str
        The attribute that holds its compiled form: ``"formulas"`` or ``"kernels"``.
    methods : tuple of str
        The methods that a class overrides to do the same in Python.

    Returns
    -------
    str
        The first such method on the way from the class to its bases, if it comes before a compiled form.
    """
    for base in cls.__mro__:
        if vars(base).get(form):
            return ""
        for method in methods:
            if method in vars(base):
                return method
    return methods[0]


def formulas_in(part: Any) -> tuple[Any, ...]:
    """Return a part's formulas, or raise a TypeError for one without, such as an object of a base class."""
    found: tuple[Any, ...] = part.formulas
    if not found:
        raise TypeError(f"{type(part).__name__} has no formulas: it is a base class, or written in plain Python.")
    return found


def numbers_for(part: Any, given: int, formula: Any = None) -> Array:
    """Return the numbers that its (first) formula takes beyond what it is given: attributes of the part, by name."""
    names = arguments_of(formula or formulas_in(part)[0])[given:]
    return np.array([float(getattr(part, name)) for name in names], np.float64)

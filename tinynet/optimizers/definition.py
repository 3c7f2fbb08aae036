"""What is checked when a class of optimizers with formulas is defined."""

from __future__ import annotations

from typing import Any

from tinynet._arguments import shown
from tinynet.kernels.machine.jit import arguments_of
from tinynet.optimizers.hyperparameters import Hyperparameter, Number
from tinynet.parts import check_formula, constructor_names


def define(cls: Any, base: Any) -> None:
    """Check a class of optimizers, and give each of its numbers a place in the vector that kernels read.

    `base` is `Optimizer` itself.
    """
    known = {name for one in cls.__mro__ for name, kind in vars(one).items() if isinstance(kind, Hyperparameter)}
    cls._defaults = dict(cls._defaults)
    own = cls.__dict__.get("formulas", ())
    if not isinstance(own, tuple):
        raise TypeError(f"{cls.__name__}: expected `formulas` to be a tuple: (update,). Received: {shown(own)}")
    if len(own) == 1 and "formula" not in cls.__dict__:  # a base may choose among its own
        cls.formula = base.formula
    for name in {*cls.__dict__} & known:
        if not isinstance(cls.__dict__[name], Hyperparameter):  # a new default for a number that kernels read
            cls._defaults[name] = float(cls.__dict__[name] or 0)
            delattr(cls, name)
    for function in own:
        known |= check_definition(cls, function, known)
    cls.places = {name: place for place, name in enumerate(dict.fromkeys((*cls.places, *sorted(known))))}


def check_definition(cls: Any, function: Any, known: set[str]) -> set[str]:
    """Raise a TypeError unless an update formula, its words and its numbers are there.

    Parameters
    ----------
    cls : type
        The class, just defined.
    function : formula
        One of its formulas.
    known : set of str
        The numbers that kernels read already.

    Returns
    -------
    set of str
        The numbers that the formula brings: arguments of __init__ or attributes of the class.
    """
    check_formula(cls, function, {"Scalar Scalar"}, "update(w, g, slots …, numbers …)", others=False)
    if not getattr(cls, "words", ()):
        raise TypeError(
            f"{cls.__name__} has no words, so that the trace could not tell what it does. Give it "
            "words = (Told('w', '{w} - {learning_rate}·{g}', 'why'),)."
        )
    taken = [*arguments_of(function)[2:], *(name for rate in cls.rates.values() for name in arguments_of(rate))]
    new = {name for name in {*taken} - known - {"step", *cls.rates} if _announced(cls, name)}
    _check_slots(cls, function, known | new | {"step", *cls.rates})
    return new


def _check_slots(cls: Any, function: Any, known: set[str]) -> None:
    """Raise a TypeError if a formula takes more than slots and known numbers.

    Slots have other names in a formula than in `slots`; a class that chooses them in __init__ is not checked.
    """
    unknown = [name for name in arguments_of(function)[2:] if name not in known]
    if len(unknown) != len(cls.slots) and (cls.slots or "__init__" not in vars(cls)):
        raise TypeError(
            f"{cls.__name__}: the formula takes ({', '.join(unknown)}), which are no numbers of the class, for the "
            f"slots {cls.slots}. Make the numbers arguments of __init__ or attributes, and name all slots."
        )


def _announced(cls: Any, name: str) -> bool:
    """Make an argument of __init__ or a class attribute that a formula takes a number that kernels read, if it is one.

    What is neither is a slot, by whatever name.
    """
    if (default := getattr(cls, name, None)) is not None:
        cls._defaults[name] = float(default)
    elif name not in constructor_names(cls):
        return False
    number = Number()
    number.__set_name__(cls, name)
    setattr(cls, name, number)
    return True

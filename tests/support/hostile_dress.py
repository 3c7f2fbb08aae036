"""Right arguments in odd dress: a list for a tuple, NumPy's number for Python's. The result has to be the same."""

from __future__ import annotations

import array
import inspect
from collections import OrderedDict, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np

from tests.support.hostile_judge import fault_of
from tests.support.hostile_values import RIGHT, Word

#: What the loops call: they take arrays as compiled code does, and say so.
STRICT = (
    ".require_batch",
    ".require_gradient",
    ".forward",
    ".backward",
    ".sums",
    ".activate",
    ".backward_parameters",
    ".through_activation",
)


class Rows(np.ndarray):
    """An array of a class of its own."""


class Listed(list):
    """A list of a class of its own."""


class Number(int):
    """A whole number of a class of its own."""


class Real(float):
    """A number of a class of its own."""


def _unwriteable(values):
    found = values.copy()
    found.flags.writeable = False
    return found


def _strided(values):
    found = np.zeros((*values.shape[:-1], 2 * values.shape[-1]), values.dtype)
    found[..., ::2] = values
    return found[..., ::2]


#: What a value may come as, by its class: the name of the dress, and what puts it on. Those of `MAY_REFUSE` need not be
#: taken, but must be taken rightly or refused in words.
DRESSES = {
    np.ndarray: {
        "list": lambda v: v.tolist(),
        "tuple": lambda v: tuple(map(tuple, v.tolist())) if v.ndim == 2 else tuple(v.tolist()),
        "list of arrays": lambda v: list(v),
        "Fortran": np.asfortranarray,
        "backwards": lambda v: np.ascontiguousarray(v[::-1])[::-1],
        "strided": _strided,
        "swapped": lambda v: v.astype(v.dtype.newbyteorder()),
        "read-only": _unwriteable,
        "subclass": lambda v: v.view(Rows),
        "float16": lambda v: v.astype(np.float16),
        "longdouble": lambda v: v.astype(np.longdouble),
        "float64": lambda v: v.astype(np.float64),
        "objects": lambda v: v.astype(object),
        "masked": lambda v: np.ma.masked_array(v),
        "memoryview": lambda v: memoryview(np.ascontiguousarray(v)),
        "Fractions": lambda v: [[Fraction(float(e)) for e in np.atleast_1d(row)] for row in v] if v.ndim == 2 else v,
        "array.array": lambda v: array.array("d", v.tolist()) if v.ndim == 1 else v,
    },
    bool: {"np.bool": np.bool_, "int": int},
    int: {"np.int64": np.int64, "np.int8": np.int8, "np.uint8": np.uint8, "subclass": Number, "0-d": np.array,
          "float": float, "Fraction": Fraction, "Decimal": Decimal, "np.float32": np.float32},
    float: {"np.float64": np.float64, "np.float32": np.float32, "np.float16": np.float16, "0-d": np.array,
            "np.longdouble": np.longdouble, "subclass": Real, "Fraction": Fraction, "Decimal": Decimal},
    str: {"np.str": np.str_, "subclass": Word, "copy": lambda v: "".join(list(v))},
    tuple: {"list": list, "array": lambda v: np.array(v) if None not in v else v,
            "np.int64s": lambda v: tuple(e if e is None else np.int64(e) for e in v), "subclass": Listed},
    list: {"tuple": tuple, "subclass": Listed, "deque": deque, "iterator": iter},
    dict: {"ordered": OrderedDict},
}  # fmt: skip
MAY_REFUSE = ("Fraction", "Decimal", "0-d", "float", "np.float32", "deque", "iterator", "array", "memoryview", "masked",
              "Fractions", "array.array", "objects", "int", "np.bool")  # fmt: skip


def difference(rng, door, told):
    """Call a door with right arguments and with one of them dressed oddly; return how it is written, and the fault."""
    thing = door.make() if door.make else None
    if door.is_setting(thing) or door.attribute in (
        "room",
        "backward_arguments",
        "prepared",
    ):  # they hand on what there is
        return "", None
    names = _right_names(rng, door.value if thing is None else getattr(thing, door.attribute))
    dressed = [name for name in names if type(RIGHT[name]()) in DRESSES]
    if not dressed:
        return "", None
    name = rng.choice(dressed)
    right = RIGHT[name]()
    dress, put_on = rng.choice(list(DRESSES[type(right)].items()))
    written = f"({', '.join(names)}; {name} as {dress})"
    told(f"{door.name}{written}")
    plain = _outcome(door, names)
    if isinstance(plain, str):
        return written, None  # what is right for others is not for this one
    try:
        put_on(right)
    except (TypeError, ValueError):
        return written, None
    found = _outcome(door, names, {name: put_on})
    if isinstance(found, str):
        strict = door.name.endswith(STRICT) or door.name.startswith("formulas.")
        if found == "" and (dress in MAY_REFUSE or strict):
            return written, None
        return written, found or f"refused, though right: {_outcome.said}"
    if not alike(plain, found):
        return written, f"another result: {found!r:.100} for {plain!r:.100}"
    return written, None


def _right_names(rng, function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    needed = [p for p in parameters if p.kind in kinds and p.default is p.empty]
    if any(p.name not in RIGHT for p in needed):
        return []
    others = [p.name for p in parameters if p.kind in kinds and p.default is not p.empty and p.name in RIGHT]
    return [p.name for p in needed] + [name for name in others if rng.random() < 0.3]


def _outcome(door, names, odd=()):
    """Return what a call results in and leaves behind, or the fault as a string."""
    from tinynet import backend, utils

    backend.set_floatx("float32")
    utils.set_random_seed(7)
    backend.clear_session()
    thing = door.make() if door.make else None
    act_on = door.value if thing is None else getattr(thing, door.attribute)
    given = {name: RIGHT[name]() for name in names}
    given |= {name: put_on(given[name]) for name, put_on in dict(odd).items()}
    results = []

    def act():
        try:
            results.append(act_on(**given))
        except Exception as error:
            _outcome.said = f"{type(error).__name__}: {error}"[:200]
            raise

    fault = fault_of(act, door, "", False)
    if results and any(results[0] is value for value in given.values()):  # what hands on what it was given
        results = [np.asarray(results[0], np.float64) if np.ndim(results[0]) else results[0]]
    return fault if fault is not None else (_plain(results[0]), _numbers_of(thing))


def _numbers_of(thing):
    """Return the numbers of an object that calls change."""
    if thing is None or not hasattr(thing, "get_weights"):
        return []
    return [np.asarray(w) for w in thing.get_weights()]


def _plain(result, depth=0):
    """Return a result as numbers, strings and arrays in lists."""
    if isinstance(result, (bool, int, float, str, type(None), np.ndarray, np.generic)):
        return result
    if isinstance(result, dict):
        return [[key, _plain(value, depth + 1)] for key, value in result.items()]
    if isinstance(result, (list, tuple)) and depth < 5:
        return [_plain(each, depth + 1) for each in result]
    if hasattr(result, "get_config") and depth < 5:
        return [type(result).__name__, _plain(result.get_config(), depth + 1), _numbers_of(result)]
    if hasattr(result, "history") and isinstance(result.history, dict):
        return _plain(dict(result.history))
    return type(result).__name__


def alike(one, other):
    """Return whether two results are the same, numbers within what float16 and float32 differ by."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, (bool, int, float, np.ndarray, np.generic)) and not isinstance(one, str):
        try:
            if np.shape(one) != np.shape(other):
                return False
            # what keeps its argument's type, as NumPy's functions do, can be as precise as that
            limit = 2e-3 if np.float16 in (getattr(one, "dtype", None), getattr(other, "dtype", None)) else 1e-4
            return bool(np.allclose(np.asarray(one, float), np.asarray(other, float), limit, 1e-5, equal_nan=True))
        except (TypeError, ValueError):
            return False
    return str(one) == str(other)

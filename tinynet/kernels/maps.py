"""From a formula to the kernel that runs it over vectors: loops, and no mathematics.

A formula's first arguments say what it is given: numbers (`Scalar`), rows (`Row`) or, of a target, the number of a
class (`Label`). Whatever it takes beyond these, α, a threshold, a rate, comes from a vector of numbers, in the order of
the arguments. Rows lie one behind the other in a vector, and `columns` says how long one is.
"""

from __future__ import annotations

import functools
import linecache
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from tinynet.kernels import array_maps
from tinynet.kernels.elementary import normal
from tinynet.kernels.machine.jit import ON_ARRAYS, Doubles, Floats, arguments_of, kernel, kind_of, plain
from tinynet.kernels.machine.views import span
from tinynet.kernels.rows import is_class, without_class

M = TypeVar("M", bound=Callable[..., Any])

#: What generated kernels see besides the formula: the types of their arguments, `span`, and how labels are read.
_SCOPE = {
    "Doubles": Doubles,
    "Floats": Floats,
    "span": span,
    "is_class": is_class,
    "without_class": without_class,
    "nan": math.nan,
}


def kinds_of(function: Any) -> tuple[str, ...]:
    """Return what kind each argument of a formula is: Scalar, Row or Label."""
    annotations = plain(function).__annotations__
    return tuple(kind_of(annotations.get(name, "Scalar")) for name in arguments_of(function))


def generated(source: str, **scope: Any) -> Any:
    """Return the kernel of a source text, which a debugger can show."""
    name = source.partition("(")[0].removeprefix("def ")
    formula = scope["formula"]
    file = f"<{name} of {formula.__module__}.{formula.__qualname__}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    found: dict[str, Any] = {**_SCOPE, **scope, "__name__": __name__}
    exec(compile(source, file, "exec"), found)
    function = found[name]
    function.__source__ = source
    return kernel(function)


def _numbers(function: Any, given: int, of: str) -> tuple[str, str]:
    """Return the lines that read a formula's own numbers, and its further arguments.

    They have names that no loop uses for itself.
    """
    names = arguments_of(function)[given:]
    lines = "".join(f"    own_{name} = {of}.dtype.type(numbers[{i}])\n" for i, name in enumerate(names))
    return lines, "".join(f", own_{name}" for name in names)


# ---- activations ----------------------------------------------------------------------------------------------------


def _or_on_arrays(make: M) -> M:
    """Say that without a compiler the kernel of a formula of numbers is the one that `array_maps` makes."""

    @functools.wraps(make)
    def made(function: Any, *more: Any) -> Any:
        if ON_ARRAYS and not {"Row", "Label"} & set(kinds_of(function)):
            return getattr(array_maps, make.__name__)(function, *more)
        return make(function, *more)

    return cache(made)  # type: ignore[return-value]


@_or_on_arrays
def activation_forward(function: Any) -> Any:
    """Return the kernel a = f(z), in place."""
    lines, more = _numbers(function, 1, "a")
    body = (
        f"    for start in range(0, a.size, columns):\n        formula(span(a, start, start + columns){more})\n"
        if kinds_of(function)[0] == "Row"
        else f"    for i in range(a.size):\n        a[i] = formula(a[i]{more})\n"
    )
    head = "def activation_forward(a: Floats, columns: int, numbers: Doubles) -> None:\n"
    return generated(head + lines + body, formula=function)


@_or_on_arrays
def activation_backward(function: Any) -> Any:
    """Return the kernel that turns the gradient of a into that of z, in place."""
    tensors = ("z", "a", "da") if takes_sums(function) else ("a", "da")
    lines, more = _numbers(function, len(tensors), "a")
    if kinds_of(function)[0] == "Row":
        rows = ", ".join(f"span({t}, start, start + columns)" for t in tensors)
        body = f"    for start in range(0, a.size, columns):\n        formula({rows}{more})\n"
    else:
        entries = ", ".join(f"{t}[i]" for t in tensors)
        body = f"    for i in range(a.size):\n        da[i] = formula({entries}{more})\n"
    head = "def activation_backward(z: Floats, a: Floats, da: Floats, columns: int, numbers: Doubles) -> None:\n"
    return generated(head + lines + body, formula=function)


def takes_sums(function: Any) -> bool:
    """Return whether an activation's backward formula needs the weighted sums: its first argument is called z."""
    return arguments_of(function)[:1] == ("z",)


# ---- losses and metrics: Σ weight·loss over the rows, in float64 ----------------------------------------------------
#
# `float` says so where the compiler is off, too: NumPy adds a float32 to 0.0 in float32.


def _target(function: Any) -> tuple[str, str]:
    """Return how a row formula's target is read, and the lines before it, which say whether there is one.

    A label is read once, and looked at when it is used: another thread may have changed it since the checks.
    """
    if kinds_of(function)[0] == "Label":
        known = "        label = y[i]\n        known, absent = is_class(label, columns), without_class(label)\n"
        return "int(label)", known
    return "span(y, i * columns, (i + 1) * columns)", "        known, absent = True, nan\n"


def _value(function: Any, more: str) -> tuple[str, str]:
    """Return the value of a row formula, which is NaN (or 0) where there is no target, and the lines before it."""
    target, before = _target(function)
    value = f"formula({target}, span(p, i * columns, (i + 1) * columns){more})"
    return f"{value} if known else p.dtype.type(absent)", before


def by_rows(function: Any) -> bool:
    """Return whether a loss's or a metric's formula takes a whole row of outputs."""
    return kinds_of(function)[1:2] == ("Row",)


@_or_on_arrays
def weighted_sum(function: Any) -> Any:
    """Return the kernel that sums weight·loss up; a formula of single outputs is averaged over them."""
    lines, more = _numbers(function, 2, "p")
    head = "def weighted_sum(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles) -> float:\n"
    if by_rows(function):
        value, before = _value(function, more)
        body = (
            "    total = 0.0\n"
            f"    for i in range(p.size // columns):\n{before}"
            f"        value = {value}\n"
            "        total += float(value * weights[i]) if weights.size else float(value)\n"
            "    return total\n"
        )
    else:
        body = (
            "    total = 0.0\n"
            "    if weights.size == 0:\n"
            "        for i in range(p.size):\n"
            f"            total += float(formula(y[i], p[i]{more}))\n"
            "    else:\n"
            "        for i in range(p.size):\n"
            f"            total += float(formula(y[i], p[i]{more}) * weights[i // columns])\n"
            "    return total / columns\n"
        )
    return generated(head + lines + body, formula=function)


@_or_on_arrays
def row_values(function: Any) -> Any:
    """Return the kernel that writes each row's loss."""
    lines, more = _numbers(function, 2, "p")
    head = "def row_values(y: Floats, p: Floats, columns: int, numbers: Doubles, out: Doubles) -> None:\n"
    if by_rows(function):
        value, before = _value(function, more)
        body = f"    for i in range(out.size):\n{before}        out[i] = {value}\n"
    else:
        body = (
            "    for i in range(out.size):\n"
            "        total = 0.0\n"
            "        for k in range(i * columns, (i + 1) * columns):\n"
            f"            total += float(formula(y[k], p[k]{more}))\n"
            "        out[i] = total / columns\n"
        )
    return generated(head + lines + body, formula=function)


@_or_on_arrays
def loss_gradient(function: Any) -> Any:
    """Return the kernel that writes the gradient of scale·Σ weight·loss with respect to the outputs."""
    rows = by_rows(function)
    lines, more = _numbers(function, 3 if rows else 2, "p")
    head = (
        "def loss_gradient(y: Floats, p: Floats, weights: Floats, columns: int, numbers: Doubles, scale: float, "
        "dp: Floats) -> None:\n"
    )
    if rows:
        outputs = ", ".join(f"span({t}, i * columns, (i + 1) * columns)" for t in ("p", "dp"))
        target, before = _target(function)
        body = (
            "    factor = p.dtype.type(scale)\n"
            f"    for i in range(p.size // columns):\n{before}"
            "        if known:\n"
            f"            formula({target}, {outputs}{more})\n"
            "        else:\n"
            "            for k in range(i * columns, (i + 1) * columns):\n"
            "                dp[k] = absent\n"
            "    for i in range(p.size):\n"
            "        dp[i] *= factor\n"
        )
    else:
        body = (
            "    factor = p.dtype.type(scale / columns)\n"
            "    for i in range(p.size):\n"
            f"        dp[i] = formula(y[i], p[i]{more}) * factor\n"
        )
    weigh = "    if weights.size:\n        for i in range(p.size):\n            dp[i] *= weights[i // columns]\n"
    return generated(head + lines + body + weigh, formula=function)


# ---- optimizers -----------------------------------------------------------------------------------------------------


def update_of(function: Any, slots: int, places: Mapping[str, int], rates: Mapping[str, Any]) -> Any:
    """Return the kernel of an update formula of (w, g, its slots …, its numbers …) that returns the new (w, slots …).

    `places` says where an optimizer's numbers are in the vector of them. A number in `rates` is computed once a step,
    in float64, by a formula of its own from others and the `step`.
    """
    if ON_ARRAYS:
        return array_maps.update_of(function, slots, places, rates)
    return _update_of(function, slots, tuple(places.items()), tuple(rates.items()))


@cache
def _update_of(
    function: Any, slots: int, places: tuple[tuple[str, int], ...], rates: tuple[tuple[str, Any], ...]
) -> Any:
    place, rate, arguments = dict(places), dict(rates), arguments_of(function)[2:]

    def number(name: str) -> str:
        if name in rate:
            return f"rate_{name}({', '.join(number(n) for n in arguments_of(rate[name]))})"
        return "step" if name == "step" else f"numbers[{place[name]}]"

    head = "def update(w: Floats, g: Floats, slots: Floats, stride: int, numbers: Doubles, step: int) -> None:\n"
    lines = "".join(f"    own_{name} = w.dtype.type({number(name)})\n" for name in arguments[slots:])
    for i, slot in enumerate(arguments[:slots]):
        lines += f"    slot_{slot} = span(slots, {i} * stride, {i} * stride + w.size)\n"
    entries = "".join(f", slot_{slot}[i]" for slot in arguments[:slots])
    results = "".join(f", new_{slot}" for slot in arguments[:slots])
    more = "".join(f", own_{name}" for name in arguments[slots:])
    loop = f"    for i in range(w.size):\n        w[i]{results} = formula(w[i], g[i]{entries}{more})\n"
    loop += "".join(f"        slot_{slot}[i] = normal(new_{slot})\n" for slot in arguments[:slots])
    scope = {"normal": normal, **{f"rate_{name}": formula for name, formula in rates}}
    return generated(head + lines + loop, formula=function, **scope)


# ---- regularizers ---------------------------------------------------------------------------------------------------


@_or_on_arrays
def penalty_of(value: Any, slope: Any) -> Any:
    """Return the kernel of a sum of penalties, which also adds their slopes to the gradient if there is one.

    It adds a share of them, which is 1 for a parameter, and 1/n for what a layer makes of n samples.
    """
    lines, more = _numbers(value, 1, "w")
    source = (
        "def penalty(w: Floats, dw: Floats, share: float, numbers: Doubles) -> float:\n"
        f"{lines}"
        "    total = 0.0\n"
        "    for i in range(w.size):\n"
        f"        total += float(formula(w[i]{more}))\n"
        "    factor = w.dtype.type(share)\n"
        "    for i in range(dw.size):\n"
        f"        dw[i] += factor * slope(w[i]{more})\n"
        "    return total\n"
    )
    return generated(source, formula=value, slope=slope)

"""What `maps` makes of formulas of numbers, over whole arrays: see `machine.on_arrays`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import arguments_of, quiet
from tinynet.kernels.machine.on_arrays import on_arrays


def activation_forward(function: Any) -> Callable[..., None]:
    """Return what computes a = f(z), in place."""
    formula = on_arrays(function)

    @quiet
    def run(a: Any, columns: int, numbers: Any) -> None:
        a[:] = formula(a, *numbers.astype(a.dtype))

    return run


def activation_backward(function: Any) -> Callable[..., None]:
    """Return what turns the gradient of a into that of z, in place."""
    formula, takes_sums = on_arrays(function), arguments_of(function)[:1] == ("z",)

    @quiet
    def run(z: Any, a: Any, da: Any, columns: int, numbers: Any) -> None:
        given = (z, a, da) if takes_sums else (a, da)
        da[:] = formula(*given, *numbers.astype(a.dtype))

    return run


def _rows(function: Any) -> Callable[..., Any]:
    """Return what computes each row's mean of a loss of single outputs, in float64."""
    formula = on_arrays(function)

    def run(y: Any, p: Any, columns: int, numbers: Any) -> Any:
        values = np.broadcast_to(formula(y, p, *numbers.astype(p.dtype)), p.shape)
        return values.reshape(-1, columns).mean(1, dtype=np.float64)

    return run


def weighted_sum(function: Any) -> Callable[..., float]:
    """Return what sums weight·loss up."""
    rows = _rows(function)

    @quiet
    def run(y: Any, p: Any, weights: Any, columns: int, numbers: Any) -> float:
        means = rows(y, p, columns, numbers)
        return float((means * weights if weights.size else means).sum())

    return run


def row_values(function: Any) -> Callable[..., None]:
    """Return what writes each row's loss."""
    rows = _rows(function)

    @quiet
    def run(y: Any, p: Any, columns: int, numbers: Any, out: Any) -> None:
        out[:] = rows(y, p, columns, numbers)

    return run


def loss_gradient(function: Any) -> Callable[..., None]:
    """Return what writes the gradient of scale·Σ weight·loss with respect to the outputs."""
    formula = on_arrays(function)

    @quiet
    def run(y: Any, p: Any, weights: Any, columns: int, numbers: Any, scale: float, dp: Any) -> None:
        dp[:] = formula(y, p, *numbers.astype(p.dtype)) * p.dtype.type(scale / columns)
        if weights.size:
            dp *= np.repeat(weights, columns)

    return run


def update_of(function: Any, slots: int, places: Mapping[str, int], rates: Mapping[str, Any]) -> Callable[..., None]:
    """Return what computes an optimizer's update of (w, slots …)."""
    formula, arguments = on_arrays(function), arguments_of(function)[2:]

    def number(name: str, numbers: Any, step: int) -> float:
        if name in rates:
            return float(rates[name](*(number(each, numbers, step) for each in arguments_of(rates[name]))))
        return float(step if name == "step" else numbers[places[name]])

    @quiet
    def run(w: Any, g: Any, memory: Any, stride: int, numbers: Any, step: int) -> None:
        kept = [memory[i * stride : i * stride + w.size] for i in range(slots)]
        own = [w.dtype.type(number(name, numbers, step)) for name in arguments[slots:]]
        results = formula(w, g, *kept, *own)
        w[:], *new = results if slots else (results,)
        for target, result in zip(kept, new, strict=True):
            target[:] = np.where(abs(result) < np.finfo(w.dtype).tiny, 0.0, result)  # see `elementary.normal`

    return run


def penalty_of(value: Any, slope: Any) -> Callable[..., float]:
    """Return what sums penalties up, and adds a share of their slopes to the gradient if there is one."""
    values, slopes = on_arrays(value), on_arrays(slope)

    @quiet
    def run(w: Any, dw: Any, share: float, numbers: Any) -> float:
        own = numbers.astype(w.dtype)
        total = float(np.sum(values(w, *own), dtype=np.float64))
        if dw.size:
            dw += w.dtype.type(share) * slopes(w, *own)
        return total

    return run

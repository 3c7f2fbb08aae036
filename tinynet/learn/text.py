"""A trace as text: aligned columns, with large arrays abridged to fit a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._types import Array
from tinynet.learn.languages import columns, padded, said, wrapped
from tinynet.learn.notation import number
from tinynet.learn.steps import Step

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

WIDTH = 100


def picked(length: int, most: int) -> list[int | None]:
    """Return the indices to show of `length`: all, or the first and last with None for the gap."""
    if length <= most:
        return list(range(length))
    tail = max(1, most // 3)
    return [*range(most - tail), None, *range(length - tail, length)]


def matrix_lines(a: Array, max_rows: int, precision: int) -> list[str]:
    """Return an array as lines of right-aligned columns in brackets."""
    if a.ndim == 0:
        return [number(a, precision)]
    table = a.reshape(1, -1) if a.ndim == 1 else a
    across, down = picked(table.shape[1], max(max_rows, 8)), picked(table.shape[0], max_rows)
    cells = [["…" if c is None else number(table[r, c], precision) for c in across] for r in down if r is not None]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["[" + "  ".join(t.rjust(w) for t, w in zip(row, widths, strict=True)) + "]" for row in cells]
    if None in down:
        lines.insert(down.index(None), " " + said("more rows", count=table.shape[0] - len(lines)))
    return lines


def step_lines(step: Step, max_rows: int, precision: int) -> list[str]:
    """Return the lines of one step."""
    entry = step.entry(*step.example, precision=precision)
    aside = "  " + said("aside") if step.aside else ""
    lines = [f"{step.place:3}  {step.name} = {step.formula}{aside}", _labelled(said("shapes"), step.shapes)]
    if entry.symbols != entry.numbers:
        place, pad = entry.place(), " " * len(entry.place())
        lines += [_labelled(said("entry"), f"{place} = {entry.symbols}")]
        lines += [_labelled("", f"{pad} = {entry.numbers} = {number(entry.value, precision)}")]
    value = matrix_lines(step.value, max_rows, precision)
    lines += [_labelled(said("value") if i == 0 else "", line) for i, line in enumerate(value)]
    if step.why:
        told = wrapped(step.why, WIDTH - 13)
        lines += [_labelled(said("why") if i == 0 else "", line) for i, line in enumerate(told)]
    return [*lines, ""]


def _labelled(label: str, text: str) -> str:
    return f"     {padded(label, 7)} {text}"


def trace_text(trace: Trace, max_rows: int, precision: int) -> str:
    """Return the whole trace as text."""
    lines = [_rule(said("one step", title=trace.title)), ""]
    for name in trace.given:
        value = matrix_lines(trace[name], max_rows, precision)
        head = trace.tape.with_shape(name)
        lines += [f"     {head if i == 0 else '':<14} {line}" for i, line in enumerate(value)]
    phase = ""
    for step in trace.steps:
        if step.phase != phase:
            phase = step.phase
            lines += ["", _rule(said(phase)), ""]
        lines += step_lines(step, max_rows, precision)
    return "\n".join([*lines, _rule(said("brought")), "", *outcome(trace, precision)])


def outcome(trace: Trace, precision: int) -> list[str]:
    """Return the lines of what the step brought: the numbers, and a sentence about them."""
    return [*outcome_numbers(trace, precision), *("     " + line for line in wrapped(said("first order"), WIDTH - 5))]


def outcome_numbers(trace: Trace, precision: int) -> list[str]:
    """Return the loss before and after, and the change that the gradient predicts."""
    numbers = {
        "loss before": trace.loss,
        "loss after": trace.loss_after,
        "change": trace.actual_change,
        "first-order change": trace.predicted_change,
    }
    return [f"     {padded(said(key), 21)}  {number(value, precision)}" for key, value in numbers.items()]


def _rule(title: str) -> str:
    return f"── {title} " + "─" * (WIDTH - 4 - columns(title))

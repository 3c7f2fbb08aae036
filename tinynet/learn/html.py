"""A trace as one HTML file to step through: no server, no network, readable with scripts off.

Everything that the page can show is computed here: tables, the drawing, and for every number its formula in symbols and
in numbers, and the entries it is made of. The script in ``page.js`` only selects what is visible.
"""

from __future__ import annotations

import json
import re
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.learn import svg
from tinynet.learn.languages import current, said
from tinynet.learn.languages.en import SENTENCES
from tinynet.learn.layout import Sample, largest, lay_out, part_shown, strength
from tinynet.learn.notation import Part, at, number
from tinynet.learn.steps import PHASES, Step
from tinynet.learn.text import outcome_numbers

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: Rows of the batch that can be chosen in the drawing.
MOST_ROWS = 8


def page(trace: Trace, precision: int = 4) -> str:
    """Return the page."""
    sample = Sample(trace)
    total = len(trace[trace.array_names.output])
    rows = sample.of(total)[:MOST_ROWS]
    notes = lay_out(trace, sample).notes
    if len(rows) < total:
        notes.append(said("rows are shown", shown=len(rows), all=total))
    note = f"<p class='note'>{escape(said('too large', notes='; '.join(notes)))}</p>" if notes else ""
    parts = {
        **{key: escape(said(key, count=len(trace.steps))) for key in SENTENCES if key.startswith("page_")},
        "lang": current(),
        "title": escape(trace.title),
        "style": file_text("page.css"),
        "script": file_text("page.js"),
        "drawing": svg.network(trace, sample, rows),
        "note": note,
        "rows": "".join(f'<option value="{row}">{escape(said("row", row=row))}</option>' for row in rows),
        "phases": "".join(_phase_button(trace, phase) for phase in PHASES if _first(trace, phase)),
        "contents": "".join(_contents(step) for step in trace.steps),
        "steps": "".join(_step(trace, step, sample, precision) for step in trace.steps),
        "outcome": escape("\n".join(line[5:] for line in outcome_numbers(trace, precision))),
        "first_order": escape(said("first order")),
        "data": for_script(data(trace, sample, precision)),
    }
    return Template(file_text("page.html")).substitute(parts)


def file_text(name: str) -> str:
    """Return a file of the page's: its frame, style or script."""
    return resources.files("tinynet.learn").joinpath(name).read_text(encoding="utf-8")


def for_script(value: Any) -> str:
    """Return data as JSON that may stand inside a page."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _first(trace: Trace, phase: str) -> int:
    return next((step.place for step in trace.steps if step.phase == phase), 0)


def _phase_button(trace: Trace, phase: str) -> str:
    name = escape(said(f"page: {phase}"))
    return f'<button type="button" data-step="{_first(trace, phase)}" data-phase="{phase}">{name}</button>'


def _contents(step: Step) -> str:
    return f'<li><a href="#step-{step.place}"><code>{escape(step.name)}</code> {escape(step.layer)}</a></li>'


# ---- the data that the script reads ---------------------------------------------------------------------------------


def data(trace: Trace, sample: Sample, precision: int) -> dict[str, Any]:
    """Return for every visible number its place and, if it is computed, symbols, numbers, value and parts."""
    cells: dict[str, dict[str, Any]] = {}
    for step in trace.steps:
        own = cells[step.name] = {}
        for r, c, index in _places(step.value, sample):
            entry = step.entry(*index, precision=precision)
            parts = [_part(trace, part) for part in entry.parts]
            own[f"{r},{c}"] = [entry.place(), entry.symbols, entry.numbers, number(entry.value, precision), parts]
    for name in [name for name in trace.tape.arrays if name not in cells]:
        own = cells[name] = {}
        for r, c, index in _places(trace[name], sample):
            own[f"{r},{c}"] = [at(name, index), number(trace[name][index], precision)]
    layout = lay_out(trace, sample)
    columns = {head: x / layout.width for x, head in layout.heads}  # how far to the right a layer is drawn
    steps = [[step.name, step.phase, _told(trace, step), columns.get(step.layer, 1.0)] for step in trace.steps]
    words = {key: said(f"inspector: {key}") for key in ("given", "made of")}
    return {"cells": cells, "steps": steps, "words": words}


def _told(trace: Trace, step: Step) -> str:
    names = {"phase": said(f"page: {step.phase}"), "name": step.name, "formula": step.formula}
    return said("status", place=step.place, count=len(trace.steps), **names)


def _places(array: Any, sample: Sample) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return row, column and index of every visible entry; a vector is one row."""
    if array.ndim == 0:
        return [(0, 0, ())]
    if array.ndim == 1:
        return [(0, c, (c,)) for c in sample.of(array.size)]
    return [(r, c, (r, c)) for r in sample.of(array.shape[0]) for c in sample.of(array.shape[1])]


def _part(trace: Trace, part: Part) -> list[Any]:
    name, index = part
    ndim = trace[name].ndim
    row, column = (0, 0) if ndim == 0 else (0, index[0]) if ndim == 1 else (index[0], index[1])
    return [name, row, column, at(name, tuple(":" if i is None else i for i in index))]


# ---- one step -------------------------------------------------------------------------------------------------------


def _step(trace: Trace, step: Step, sample: Sample, precision: int) -> str:
    entry = step.entry(*step.example, precision=precision)
    value = number(entry.value, precision)
    symbols = f"{entry.place()} = {entry.symbols}"
    numbers = f"{entry.place()} = {entry.numbers} = {value}" if entry.numbers != entry.symbols else symbols
    tables = "".join(_table(trace, name, sample, precision) for name in (step.name, *step.depends_on))
    aside = '<span class="aside">' + said("page: aside") + "</span>" if step.aside else ""
    return (
        f'<article class="step {step.phase}" id="step-{step.place}" aria-labelledby="head-{step.place}">'
        f'<p class="where">{escape(said(f"page: {step.phase}"))} · {escape(step.layer)} {aside}</p>'
        f'<h2 id="head-{step.place}" tabindex="-1"><code>{escape(step.name)} = {escape(step.formula)}</code></h2>'
        f'<p class="shapes"><b>{said("page: shapes")}</b> <code>{escape(step.shapes)}</code></p>'
        f'<p class="sym"><b>{said("page: entry")}</b> <code>{escape(symbols)}</code></p>'
        f'<p class="num"><b>{said("page: numbers")}</b> <code>{_unbroken(numbers)}</code></p>'
        f'<p class="why">{escape(step.why)}</p><div class="tables">{tables}</div></article>'
    )


def _unbroken(numbers: str) -> str:
    """Return a calculation as HTML in which no line ends within a number: after the hyphen of 1e-5."""
    return re.sub(r"[\d.]+e-\d+", r'<span class="one">\g<0></span>', escape(numbers))


def _table(trace: Trace, name: str, sample: Sample, precision: int) -> str:
    array: Any = np.atleast_2d(trace[name])
    down, across, top = sample.of(array.shape[0]), sample.of(array.shape[1]), largest(array)
    head = "".join(f'<th scope="col">{c}</th>' for c in across) if array.size > 1 else ""
    lines = []
    for i, r in enumerate(down):
        cells = []
        for j, c in enumerate(across):
            share = strength(array[r, c], top)
            tone = f"{'p' if share >= 0 else 'm'}{round(4 * abs(share))}"
            first = "0" if i == j == 0 else "-1"
            text = number(array[r, c], precision)
            cells.append(f'<td class="{tone}" tabindex="{first}" data-r="{r}" data-c="{c}">{text}</td>')
        side = f'<th scope="row">{r}</th>' if array.ndim > 1 and array.shape[0] > 1 else "<th></th>"
        lines.append(f"<tr>{side}{''.join(cells)}</tr>")
    caption = escape(trace.tape.with_shape(name) + part_shown(array, down, across))
    top_line = f"<thead><tr><th></th>{head}</tr></thead>" if head else ""
    return (
        f'<div class="scroll"><table data-t="{escape(name)}"><caption>{caption}</caption>{top_line}'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )

"""A film as one HTML file: the numbers of all frames, and a script that shows one frame at a time."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.learn.boundary import SHADES, SIDE
from tinynet.learn.html import file_text, for_script
from tinynet.learn.languages import current, said, unfilled

if TYPE_CHECKING:
    from tinynet.learn.film import Film


def page(films: Mapping[str, Film]) -> str:
    """Return the page; each film is a column of it."""
    runs = [run(film, name) for name, film in films.items()]
    data = {"runs": runs, "words": {**unfilled("film: "), "play": said("film_play")}, "side": SIDE, "shades": SHADES}
    title = next(iter(films.values())).title if len(films) == 1 else ", ".join(films)
    parts = {
        **{key: escape(text) for key, text in unfilled("film_").items()},
        **{key: escape(said(f"page_{key}")) for key in ("blue", "orange")},
        "lang": current(),
        "title": escape(title),
        "style": file_text("page.css") + file_text("film.css"),
        "script": file_text("film_tools.js") + file_text("film.js"),
        "data": for_script(data),
    }
    return Template(file_text("film.html")).substitute(parts)


def run(film: Film, name: str) -> dict[str, Any]:
    """Return one film as the script takes it.

    Arrays that are the same in all frames stand there once. All others follow each other, frame by frame, as float32.
    """
    assert film.first is not None
    constant = {key for key, value in film.frames[0].items() if _is_constant(film, key, value)}
    changing = [key for key in film.frames[0] if key not in constant]
    fixed = np.concatenate([np.empty(0, np.float32), *(film.frames[0][key].ravel() for key in sorted(constant))])
    frames = [np.concatenate([np.empty(0, np.float32), *(f[key].ravel() for key in changing)]) for f in film.frames]
    return {
        "name": name or film.title,
        "epochs": film.epochs,
        "curves": {key: [_finite(v) for v in values] for key, values in film.curves.items()},
        "arrays": {**_places(film, sorted(constant), True), **_places(film, changing, False)},
        "size": len(frames[0]),
        "fixed": _packed(fixed),
        "frames": _packed(np.concatenate(frames)),
        "layers": _layers(film),
        "given": film.first.given,
        "steps": [
            [s.name, s.phase, said(f"page: {s.phase}"), s.layer, s.formula, s.shapes, s.why] for s in film.first.steps
        ],
        "plane": _plane(film),
    }


def _is_constant(film: Film, key: str, first: Any) -> bool:
    return all(np.array_equal(frame[key], first, equal_nan=True) for frame in film.frames[1:])


def _places(film: Film, names: list[str], fixed: bool) -> dict[str, list[Any]]:
    """Return of each array: whether it is fixed, its offset, its rows and columns, its shape in words."""
    offset, places = 0, {}
    for name in names:
        kept = film.excerpt.kept[name]
        places[name] = [fixed, offset, kept.rows.tolist(), kept.columns.tolist(), "×".join(map(str, kept.shape))]
        offset += len(kept.rows) * len(kept.columns)
    return places


def _layers(film: Film) -> list[list[Any]]:
    """Return for each layer its name, its parameters that have gradients, and its output."""
    assert film.first is not None
    names, known = film.first.array_names, film.excerpt.kept
    layers = []
    for r, output in zip(film.first.record.layers, names.outputs, strict=True):
        weights = [names.parameters[p] for p in r.layer.parameters if f"d{names.parameters[p]}" in known]
        if weights or r.kind != "same":
            layers.append([r.layer.name, weights, output if output in known else None])
    return layers


def _plane(film: Film) -> dict[str, Any] | None:
    if film.plane is None:
        return None
    levels, classes, low, high = film.plane.levels()
    return {
        "pair": list(map(int, film.plane.pair)),
        "low": film.plane.low.tolist(),
        "high": film.plane.high.tolist(),
        "points": film.plane.points,
        "classes": classes,
        "range": [low, high],
        "levels": b64encode(levels).decode(),
    }


def _packed(numbers: Any) -> str:
    return b64encode(numbers.astype("<f4").tobytes()).decode()


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None

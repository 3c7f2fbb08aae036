"""What parts keep of a batch from `forward` to `backward` is left out of pickles and copies: it is the user's data.

A user's layer may call it anything: ``self.x = x``, ``self.cache["mask"] = mask``. It is known by two things: it was
not there in this form before the first batch, and it has a row for each sample of the last one.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

#: The attribute that holds what `note_batch` found. It is part of no copy.
_NOTES = "_notes_on_batches"


def note_batch(part: Any, rows: int) -> None:
    """Take note, before a part is given a training batch, of its rows; and before the first, of what the part holds."""
    kept = vars(part)
    if _NOTES not in kept:
        kept[_NOTES] = {"rows": 0, "before": {name: (_form(value), _empty(value)) for name, value in kept.items()}}
    kept[_NOTES]["rows"] = rows


def without_batches(part: Any) -> dict[str, Any]:
    """Return a part's attributes for a copy or a pickle.

    Examples
    --------
    >>> class Part:
    ...     x, scale = None, 2.0
    >>> part = Part()
    >>> part.mean = np.zeros(3)
    >>> note_batch(part, 3)
    >>> part.x = np.ones((3, 2))
    >>> part.mean = part.x.mean(axis=1)
    >>> without_batches(part)
    {'mean': array([1., 1., 1.])}
    """
    kept = dict(vars(part))
    notes = kept.pop(_NOTES, None)
    if notes is None:
        return kept
    shapes = [shape for name in ("_input_shape", "_output_shape") if (shape := kept.get(name))]
    widths = {shape[-1] for shape in shapes}  # a vector so long may be a mean over the samples
    rows = {notes["rows"] * prod(n or 1 for n in shape[1:-1]) for shape in ((), *shapes)}
    for name, value in list(kept.items()):
        form, empty = notes["before"].get(name, (None, ...))
        if form != _form(value) and _has_rows(value, rows, widths):
            if empty is ...:
                del kept[name]
            else:
                kept[name] = empty
    return kept


#: So many containers within one another are looked into.
_DEPTH = 20


def _form(value: Any, depth: int = _DEPTH) -> Any:
    """Return the shape of an array, the forms of what a container holds, and for anything else its type."""
    if _is_array(value):
        return value.shape
    if isinstance(value, (list, tuple, dict)) and depth:
        return [_form(v, depth - 1) for v in (value.values() if isinstance(value, dict) else value)]
    return type(value)


def _empty(value: Any) -> Any:
    """Return what stands for a value that announced a later one: None or an empty container; else an ellipsis."""
    if value is None:
        return None
    return type(value)() if isinstance(value, (list, tuple, dict)) and not value else ...


def _has_rows(value: Any, rows: set[int], widths: set[int | None], depth: int = _DEPTH) -> bool:
    if hasattr(value, "terms"):  # what a tape remembers of a batch, and how it was computed
        return True
    if _is_array(value):
        shape = value.shape
        return bool(shape) and shape[0] in rows and (len(shape) > 1 or shape[0] not in widths)
    if isinstance(value, (list, tuple, dict)) and depth:
        entries = value.values() if isinstance(value, dict) else value
        return any(_has_rows(v, rows, widths, depth - 1) for v in entries)
    return False


def _is_array(value: Any) -> bool:
    """Whether a value is an array, or a batch of a sparse matrix."""
    return isinstance(value, np.ndarray) or (hasattr(value, "shape") and hasattr(value, "order"))

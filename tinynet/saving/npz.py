"""tinynet's own file of a whole model: an ``.npz`` of arrays, and in it one description in JSON.

``model.json`` is ``{"format": "tinynet model", "version": 1, "model": {…}, "random": {…}}``: the model as Keras writes
it down, and where its random numbers are. The arrays are ``weights/<layer>/<parameter>`` and ``optimizer/<variable>``.
NumPy reads it without tinynet, and nothing in it can run.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._reading import entries, member, suspicious
from tinynet._serialization import as_json, from_json
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.saving.content import Content

FORMAT, VERSION = "tinynet model", 1
#: Where the description stands.
DESCRIPTION = "model.json"


def write_model(path: Path, content: Content) -> None:
    """Write a whole model, or nothing."""
    arrays = {f"weights/{layer}/{name}": a for layer, own in content.weights.items() for name, a in own.items()}
    arrays |= {f"optimizer/{number}/{name}": array for number, (name, array) in enumerate(content.optimizer)}
    layers = [[layer, len(own)] for layer, own in content.weights.items()]
    write(path, FORMAT, {"model": content.description, "layers": layers, "random": content.random}, arrays)


def read_model(path: Path) -> Content:
    """Return what a file of `write_model` holds, or raise a ValueError that names the file."""
    description, arrays = read(path, FORMAT, "load_model", "is not a file written by model.save")
    with suspicious(f"load_model: {path}", "is not a file written by model.save"):
        values = iter(arrays.get("weights", {}).items())
        weights = {
            layer: {name.rpartition("/")[2]: array for name, array in (next(values) for _ in range(count))}
            for layer, count in description["layers"]
        }
        if more := [name for name, _ in values]:
            raise ValueError(f"it holds more weights than it says: {more}")
        kept = [*arrays.get("optimizer", {}).items()]
        return Content(description["model"], weights, kept, random=description["random"])


# ---- any description with arrays ------------------------------------------------------------------------------------


def write(path: Path, kind: str, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a description and arrays by their names, ``<room>/<name>``, or nothing."""
    text = as_json({"format": kind, "version": VERSION, **description}, indent=1)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(DESCRIPTION), text)
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
    write_file(path, file.getbuffer())


def read(path: Path, kind: str, function: str, no: str) -> tuple[dict[str, Any], dict[str, dict[str, Array]]]:
    """Return the description in a file of `write`, and its arrays by room and name; raise a ValueError that names it.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format.
    function, no : str
        Who reads it, and what is said of a file of another kind.
    """
    with suspicious(f"{function}: {path}", no):
        description: dict[str, Any] | None = None
        arrays: dict[str, dict[str, Array]] = {}
        for name, content in entries(path):
            if name == DESCRIPTION:
                description = from_json(content.decode(), DESCRIPTION)
                continue
            room, _, rest = name.removesuffix(".npy").partition("/")
            found, there = member(content), arrays.setdefault(room, {})
            if not rest or rest in there or found.dtype.kind not in "fiu":
                raise ValueError(f"{name} of {found.dtype} is there twice, or does not belong into it")
            there[rest] = found.array()
        if description is None:
            raise ValueError(f"it has no {DESCRIPTION}; files of weights are read by load_weights")
    if description.get("format") != kind:
        raise ValueError(f"{function}: {path} {no}: it says that it is {shown(description.get('format'))}.")
    if description.get("version") != VERSION:
        raise ValueError(
            f"{function}: {path} has version {description.get('version')!r} of the format, this tinynet reads "
            f"{VERSION}. Upgrade tinynet."
        )
    return description, arrays

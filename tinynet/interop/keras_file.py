"""Keras's ``.keras`` files: a zip of a description in JSON, and the weights in HDF5.

Source: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinynet._names import snake_case
from tinynet._reading import entries, suspicious
from tinynet._serialization import as_json, from_json, name_in
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.interop import keras_weights
from tinynet.interop.hdf5 import h5py
from tinynet.saving.content import Content

#: Whose form of the files it is.
KERAS_VERSION = "3.15.1"
_CONFIG, _METADATA, _WEIGHTS, _RANDOM = "config.json", "metadata.json", "model.weights.h5", "tinynet.json"


def layers_of(
    description: Any, weights: Mapping[str, Mapping[str, Array]] | None = None, within: str = ""
) -> list[keras_weights.Entry]:
    """Return the layers that have places in files, all but the input; with their weights, if these are given."""
    found = []
    for each in description["config"]["layers"]:
        kind, name = each["class_name"], name_in(each)
        path = within + name
        if kind == "InputLayer":
            continue
        if "layers" in each["config"]:
            found.append(keras_weights.Entry(kind, name, inner=layers_of(each, weights, f"{path}/")))
        else:
            found.append(keras_weights.Entry(kind, name, {} if weights is None else weights[path]))
    return found


def name_layers(description: Any, names: Sequence[str] = ()) -> None:
    """Give each layer that a file of Keras's does not name a name, beside its configuration.

    A user's `get_config` may leave it out. They are called as `names` has it, if that has all of them.
    """
    layers = [each for each in description["config"]["layers"] if each["class_name"] != "InputLayer"]
    taken = {name_in(each) for each in layers}
    for place, each in enumerate(layers):
        if name_in(each) is None:
            stem = snake_case(each["class_name"].rpartition(">")[2])
            free = next(name for n in itertools.count() if (name := f"{stem}_{n}" if n else stem) not in taken)
            each["name"] = names[place] if len(names) == len(layers) else free
            taken.add(each["name"])
        if "layers" in each["config"]:
            name_layers(each)


def entries_of(content: Content) -> list[keras_weights.Entry]:
    """Return the layers of a model with their weights."""
    return layers_of(content.description, content.weights)


def write_model(path: Path, content: Content) -> None:
    """Write a whole model, or nothing. Keras leaves the random numbers, in a member of tinynet's own, alone."""
    h5py()
    text = as_json(content.description)
    plain = from_json(text, "save")
    optimizer = plain.get("compile_config", {}).get("optimizer", {}).get("config", {}).get("name", "optimizer")
    weights = keras_weights.packed(
        plain["config"].get("name", "sequential"), entries_of(content), optimizer, [a for _, a in content.optimizer]
    )
    metadata = {"keras_version": KERAS_VERSION, "date_saved": f"{datetime.now(UTC):%Y-%m-%d@%H:%M:%S}"}
    members: dict[str, str | bytes] = {
        _METADATA: as_json(metadata),
        _CONFIG: text,
        _WEIGHTS: weights,
        _RANDOM: as_json(content.random),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member)
    write_file(path, file.getbuffer())


def read_model(path: Path) -> Content:
    """Return what a ``.keras`` file holds, or raise a ValueError that names the file."""
    h5py()
    with suspicious(f"load_model: {path}", "is not a .keras file"):
        members = _members(path)
        description = from_json(members[_CONFIG].decode(), _CONFIG)
        name_layers(description)
        weights, kept = keras_weights.unpacked(members[_WEIGHTS], layers_of(description))
        random = from_json(members[_RANDOM].decode(), _RANDOM) if _RANDOM in members else {}
    return Content(description, weights, [("", array) for array in kept], of_trained=True, random=random)


def read_weights(path: Path) -> bytes:
    """Return the part of a ``.keras`` file that is a file of weights."""
    return _members(path)[_WEIGHTS]


def _members(path: Path) -> dict[str, bytes]:
    """Return what a file consists of."""
    found: dict[str, bytes] = {}
    for name, member in entries(path):
        if name in found:
            raise ValueError(f"{name} is there twice")
        found[name] = member
    if missing := {_CONFIG, _WEIGHTS} - found.keys():
        raise ValueError(f"it has no {' and no '.join(sorted(missing))}, but {sorted(found)}")
    return found

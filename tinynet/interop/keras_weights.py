"""The layout of Keras 3's weights, in ``.weights.h5`` and ``.keras``: ``layers/dense_1/vars/0``, ``optimizer/vars/0``.

A layer's place is called by its class, counted: Keras does not use its name. Source:
https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tinynet._names import snake_case
from tinynet._types import Array
from tinynet.interop.hdf5 import Group, reading, writing

#: Where the layers stand, now and in Keras 2's files of this kind.
_ROOMS = ("layers", "_layer_checkpoint_dependencies")


class Entry(NamedTuple):
    """A layer, as files know it: Keras's name of its class, its own name, its weights by name."""

    kind: str
    name: str
    weights: Mapping[str, Array] = {}
    #: The layers of an inner model.
    inner: Sequence[Entry] = ()


def places(kinds: Iterable[str]) -> list[str]:
    """Return what Keras calls the places of layers of these classes.

    Examples
    --------
    >>> places(["Dense", "Dropout", "Dense"])
    ['dense', 'dropout', 'dense_1']
    """
    seen: Counter[str] = Counter()
    found = []
    for name in map(snake_case, kinds):
        found.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def packed(model: str, layers: Sequence[Entry], optimizer: str, kept: Sequence[Array]) -> bytes:
    """Return the content of a file with these weights, and with what the optimizer of that name keeps."""
    with writing() as (file, content):
        file.create_group("vars").attrs["name"] = model
        _put_layers(file, "", layers)
        if kept:
            _put(file, "optimizer/vars", optimizer, kept)
    return content.getvalue()


def _put_layers(file: object, within: str, layers: Sequence[Entry]) -> None:
    for place, layer in zip(places(layer.kind for layer in layers), layers, strict=True):
        _put(file, f"{within}layers/{place}/vars", layer.name, [*layer.weights.values()])
        _put_layers(file, f"{within}layers/{place}/", layer.inner)


def _put(file: object, place: str, name: str, arrays: Sequence[Array]) -> None:
    group = file.create_group(place)  # type: ignore[attr-defined]
    group.attrs["name"] = name
    for number, array in enumerate(arrays):
        group[str(number)] = array


def unpacked(content: bytes, layers: Sequence[Entry]) -> tuple[dict[str, dict[str, Array]], list[Array]]:
    """Return each layer's weights, and what the optimizer keeps; `layers` are those there should be, in order.

    Weights of other layers are given by their place in the file.

    Raises
    ------
    Exception
        Of any kind if the file is damaged: use `suspicious` around it.
    """
    with reading(content) as file:
        found = _layers(file, layers, "")
        return found, [*_arrays(file.group("optimizer")).values()] if "optimizer" in file else []


def _layers(file: Group, layers: Sequence[Entry], within: str) -> dict[str, dict[str, Array]]:
    """Return the weights of a model's layers, and of those of inner models."""
    room = next((room for room in _ROOMS if room in file), None)
    if room is None:
        raise ValueError(f"it has no {_ROOMS[0]!r}, but {file.names()}")
    there = file.group(room)
    found: dict[str, dict[str, Array]] = {}
    known = places(layer.kind for layer in layers)
    for place, layer in zip(known, layers, strict=True):
        if layer.inner:
            found |= _layers(there.group(place), layer.inner, f"{within}{layer.name}/")
        else:
            found[within + layer.name] = _arrays(there.group(place)) if place in there else {}
    for place in there.names():
        if place not in known and (arrays := _arrays(there.group(place))):
            found[f"{within}{room}/{place}"] = arrays
    return found


def _arrays(group: Group) -> dict[str, Array]:
    """Return the variables of a layer or an optimizer, by their numbers."""
    if "vars" not in group:
        return {}
    variables = group.group("vars")
    return {name: variables.array(name) for name in sorted(variables.names(), key=int)}

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
    #: Where a file has it, if that does not follow from its class: ``blocks/dense_1``, see `keras_places`.
    place: str = ""


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
    for counted, layer in zip(places(layer.kind for layer in layers), layers, strict=True):
        place = layer.place or f"{within}layers/{counted}"
        _put(file, f"{place}/vars", layer.name, [*layer.weights.values()])
        _put_layers(file, f"{place}/", layer.inner)


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
        return _layers(file, layers, ""), _kept(file)


def unpacked_places(content: bytes, layers: Sequence[Entry]) -> tuple[dict[str, list[Array]], list[Array]] | None:
    """Return the weights by the layers' places, and what the optimizer keeps; None if the file has other places."""
    with reading(content) as file:
        groups = {layer.place: _there(file, layer.place) for layer in layers}
        if any(len(_numbered(groups[layer.place])) != len(layer.weights) for layer in layers):
            return None
        return {place: [*_arrays(group).values()] for place, group in groups.items()}, _kept(file)


def _there(group: Group | None, place: str) -> Group | None:
    """Return the group at a place, or None."""
    for name in place.split("/"):
        group = group.group(name) if group is not None and name in group else None
    return group


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


def _kept(file: Group) -> list[Array]:
    return [*_arrays(file.group("optimizer")).values()] if "optimizer" in file else []


def _arrays(group: Group | None) -> dict[str, Array]:
    """Return the variables of a layer or an optimizer, by their numbers."""
    return {name: group.group("vars").array(name) for name in _numbered(group)} if group is not None else {}


def _numbered(group: Group | None) -> list[str]:
    """Return the numbers of the variables of a layer or an optimizer."""
    return [] if group is None or "vars" not in group else sorted(group.group("vars").names(), key=int)

"""Where Keras 3's files have the weights of models and layers whose class defines `call`: by the attributes' names.

Keras walks the attributes in alphabetical order, those that begin with ``_`` last, and each layer has its place where
it is first met: ``first/vars/0``, ``blocks/dense_1/vars/0``. A model's list `layers` is one of these attributes: what
comes behind "layers" in the alphabet is found there, ``layers/dense_2/vars/0``, the number being that of its class in
the list. Functional models and `Sequential` have only that list. Source:
https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinynet._serialization import class_name
from tinynet.interop.keras_weights import places
from tinynet.layers.own_call import own_attributes, own_parts
from tinynet.weights import HasWeights


def places_of(model: Any) -> dict[int, str]:
    """Return the places of a model's layers in Keras's files, ``"first"`` or ``"blocks/dense_1"``, by their `id`.

    Parameters
    ----------
    model : Model
        A built model. Where no class defines `call`, the places are ``"layers/dense"`` and so on.
    """
    found: dict[int, str] = {}
    _walk(model, "", found, set())
    return found


def told_by_call(model: Any) -> bool:
    """Return whether the class of a model, or of a part of it, says by `call` what it does."""
    parts = getattr(model, "computing_layers", ())
    return _says(_written_by(model)) or any(told_by_call(part) for part in parts)


def _written_by(part: Any) -> Any:
    """Return the object that a user wrote, of a part that stands in its place."""
    return getattr(part, "_original", part)


def _says(user: Any) -> bool:
    """Return whether an object's parts are its attributes, and no list of layers."""
    return bool(getattr(user, "by_call", False) or getattr(user, "_follows", False))


def _walk(part: Any, within: str, found: dict[int, str], seen: set[int]) -> None:
    """Note the places of a part and of those in it, unless it was met before."""
    user = _written_by(part)
    if id(user) in seen:
        return
    seen.add(id(user))
    found[id(getattr(part, "computing", None) or part)] = within
    for name, value in _children(user):
        place = f"{within}/{name}" if within else name
        if isinstance(value, HasWeights):
            _walk(_standing_for(value), place, found, seen)
        elif isinstance(value, (list, tuple, dict)):
            _walk_through(value, place, found, seen)


def _children(user: Any) -> Iterable[tuple[str, Any]]:
    """Return the attributes of a part in the order in which Keras walks them."""
    in_a_model = hasattr(user, "wiring")
    if not _says(user):
        return [("layers", user.computing_layers)] if in_a_model else []
    attributes = dict(own_attributes(user))
    if in_a_model:
        attributes["layers"] = [*own_parts(user)]
    return sorted(attributes.items(), key=lambda each: f"~{each[0]}" if each[0].startswith("_") else each[0])


def _walk_through(container: Any, within: str, found: dict[int, str], seen: set[int], depth: int = 20) -> None:
    """Note the places of the parts in a list or dict, and in those within it: nobody's lie so deep."""
    held = [*container.values()] if isinstance(container, Mapping) else [*container]
    parts = [each for each in held if depth and isinstance(each, (HasWeights, list, tuple, dict))]
    kinds = [_kind(each) for each in parts]
    for place, each in zip(places(kinds), parts, strict=True):
        if isinstance(each, HasWeights):
            _walk(_standing_for(each), f"{within}/{place}", found, seen)
        else:
            _walk_through(each, f"{within}/{place}", found, seen, depth - 1)


def _kind(value: Any) -> str:
    return class_name(_written_by(value)) if isinstance(value, HasWeights) else "container"


def _standing_for(value: Any) -> Any:
    """Return what a network has in the place of a part."""
    return value.as_part() if hasattr(value, "as_part") else value

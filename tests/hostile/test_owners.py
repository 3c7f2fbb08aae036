"""What is said of a wrong argument of a part begins with whose it is."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import tinynet

ROOMS = ("callbacks", "constraints", "initializers", "losses", "metrics", "optimizers", "optimizers.schedules")
WRONG = (object(), -3.5, "no such thing", [object()], {"a": 1}, True, float("nan"), 2.5, (1, 2, 3), b"x", -7, 10**30)
#: Keras's own words, which say nothing of whose it is; and what is read like data.
KERASS = ("Argument `", "Invalid `", "`", "callbacks", "label_weights", "Metric must define")
#: What the parts need, apart from numbers.
NEEDED = {
    "num_classes": 3,
    "target_class_ids": [0],
    "schedule": abs,
    "fn": abs,
    "boundaries": [1],
    "values": [0.5, 0.1],
}
NEEDED |= dict.fromkeys(("filepath", "filename", "backup_dir"), "file")


def parts(room: str) -> dict[str, type[Any]]:
    found: Any = tinynet
    for name in room.split("."):
        found = getattr(found, name)
    classes = {name: getattr(found, name) for name in found.__all__}
    return {name: cls for name, cls in classes.items() if inspect.isclass(cls) and not issubclass(cls, dict)}


@pytest.mark.filterwarnings("ignore:.*is unknown, fallback to auto mode")
@pytest.mark.parametrize(("room", "name"), [(room, name) for room in ROOMS for name in parts(room)])
def test_whose_argument_is_wrong_is_said_first(room: str, name: str) -> None:
    cls = parts(room)[name]
    arguments = [p for p in inspect.signature(cls).parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, 3)]
    needed = {p.name: NEEDED.get(p.name, 0.5) for p in arguments if p.default is p.empty}
    others = []
    for argument in arguments:
        for value in WRONG:
            try:
                cls(**{**needed, argument.name: value})
            except (TypeError, ValueError) as error:
                said = str(error)
                whose = said.replace("_", "").lower()
                if not whose.startswith(cls.__name__.lower()) and not said.startswith(KERASS):
                    others.append((argument.name, said))
    assert not others

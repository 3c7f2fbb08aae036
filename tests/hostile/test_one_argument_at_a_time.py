"""Every argument of every public class and function is given arrays, each in turn: taken, or refused in words."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from tests.support.hostile_doors import doors
from tests.support.hostile_judge import fault_of
from tests.support.hostile_values import nested, refusing, required

#: An array has no truth value, no `==` and no place in a set; one list is too deep to be shown, one has no entries.
VALUES = {
    "a table": lambda: np.eye(3),
    "a row": lambda: np.zeros(8),
    "words": lambda: np.full((2, 3), "a"),
    "none": lambda: np.zeros(0),
    "no axes": lambda: np.array("a"),
    "ragged lists": lambda: [[1, 2], 3],
    "a deep list": lambda: nested(2000),
    "no length": lambda: refusing("__len__"),
    "more than there can be": lambda: 2**63,
}

ROOMS = (
    *("activations", "callbacks", "constraints", "datasets.blobs", "initializers", "layers", "losses", "metrics"),
    *("optimizers", "regularizers", "utils"),
)


@pytest.fixture(scope="module")
def callables():
    """The packages' classes and functions, but for what downloads."""
    found = [door for door in doors() if door.make is None and not door.pools and callable(door.value)]
    return [door for door in found if not door.name.endswith(("get_file", "HistoryDict"))]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("room", ROOMS)
def test_an_array_in_the_place_of_any_argument_is_taken_or_refused_in_words(room, callables, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faults = []
    for door in (door for door in callables if door.name.startswith(f"{room}.")):
        for name, parameter in inspect.signature(door.value).parameters.items():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                continue
            for what, made in VALUES.items():
                given = {**required(door.value), name: made()}
                if fault := fault_of(lambda door=door, given=given: door.value(**given), door, "", setting=False):
                    faults.append(f"{door.name}({name}={what}): {fault}")
    assert faults == []

"""Arguments of classes, methods and functions that Keras has too: names, order and defaults are Keras's."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import tinynet
from tests.support.parity import keras

ROOMS = (
    *("activations", "callbacks", "constraints", "initializers", "layers", "losses"),
    *("metrics", "models", "optimizers", "optimizers.schedules", "preprocessing.sequence", "regularizers", "utils"),
)
NOTHING = inspect.Parameter.empty

#: class or room, method and argument → Keras's default and ours, where ours is another, with the reason.
DIFFERENT = {
    ("Layer", "add_weight", "shape"): (None, ()),  # of None Keras makes () as well
    ("Layer", "add_weight", "initializer"): (None, "glorot_uniform"),  # what Keras takes for None
    ("Layer", "compute_mask", "previous_mask"): (NOTHING, None),
    ("Layer", "build", "input_shape"): (None, NOTHING),  # Keras's own layers need it as well
    ("Embedding", "build", "input_shape"): (None, (None, None)),
    ("Input", "", "sparse"): (None, False),
    ("InputLayer", "", "sparse"): (None, False),
    ("InputLayer", "", "ragged"): (None, False),
    ("PReLU", "", "alpha_initializer"): ("Zeros", "zeros"),  # another name of it
    ("Metric", "add_variable", "shape"): (NOTHING, ()),
    ("Metric", "add_variable", "initializer"): (NOTHING, "zeros"),
    ("Metric", "add_variable", "dtype"): (None, "float64"),  # in which metrics are summed
    ("CustomObjectScope", "", "custom_objects"): (NOTHING, None),
    ("Model", "build", "input_shape"): (NOTHING, None),
    ("Model", "export", "format"): ("tf_saved_model", "onnx"),
}
#: Where the order is Keras 2's, which takes the name first; or arguments are read by what they are.
ANOTHER_ORDER = {("Layer", "add_weight"), ("Input", ""), ("InputLayer", ""), ("Metric", "")}


def shared(room: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the name of what Keras and tinynet have, that of a method of it or nothing, and both of them."""
    theirs, ours = keras(), tinynet
    for part in room.split("."):
        theirs, ours = getattr(theirs, part), getattr(ours, part)
    for name in ours.__all__:
        if not callable(found := getattr(theirs, name, None)):
            continue
        own = getattr(ours, name)
        yield name, "", found, own
        for method in dir(own) if inspect.isclass(own) else ():
            if not method.startswith("_") and callable(getattr(own, method)) and callable(getattr(found, method, None)):
                yield name, method, getattr(found, method), getattr(own, method)


def names_of(room: str, name: str) -> list[str]:
    """Return the names under which it may stand in the tables: its own and those of the classes it is made of."""
    own: Any = tinynet
    for part in [*room.split("."), name]:
        own = getattr(own, part)
    return [name, *(each.__name__ for each in own.__mro__)] if inspect.isclass(own) else [name]


def plain(default: Any) -> Any:
    """Return a default in a form that can be compared: names of parts for the parts."""
    name = getattr(default, "name", None)
    return name if isinstance(name, str) and not isinstance(default, type) else default


@pytest.mark.parametrize("room", ROOMS)
def test_arguments_have_keras_names_order_and_defaults(room):
    compared, wrong = 0, []
    for name, method, theirs, ours in shared(room):
        try:
            expected, got = (inspect.signature(each).parameters for each in (theirs, ours))
        except ValueError:  # what is written in C tells nothing
            continue
        names = names_of(room, name) if method else [name, getattr(ours, "__name__", name)]
        both = [p for p in expected if p in got and expected[p].kind not in (2, 4)]
        for argument in both:
            compared += 1
            defaults = plain(expected[argument].default), plain(got[argument].default)
            known = [DIFFERENT[own, method, argument] for own in names if (own, method, argument) in DIFFERENT]
            if argument != "name" and defaults[0] != defaults[1] and defaults not in known:
                wrong.append((name, method, argument, *defaults))
        by_place = [p for p in got if p in both and got[p].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        if by_place != [p for p in both if p in by_place] and not any((own, method) in ANOTHER_ORDER for own in names):
            wrong.append((name, method, "order", by_place))
    assert not wrong
    assert compared > 2

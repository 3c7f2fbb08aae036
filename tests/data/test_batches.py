"""What gives batches is told from what is an array by what it offers, and is gone through in the order asked for."""

from __future__ import annotations

from array import array
from collections import deque
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinynet.data.batches import Source, gives_batches, unpacked

X, Y = np.ones((4, 2)), np.zeros(4)
pandas = pytest.importorskip("pandas")
sparse = pytest.importorskip("scipy.sparse")


class Indexed:
    """Gives whatever it was made with, by number."""

    def __init__(self, *entries: Any) -> None:
        self.entries = entries

    def __getitem__(self, number: int) -> Any:
        return self.entries[number]

    def __len__(self) -> int:
        return len(self.entries)


class Iterable:
    """Can only be gone through."""

    def __iter__(self) -> Any:
        return iter([(X, Y), (X + 1, Y)])


class Told(Iterable):
    """Gives the next batch and is told of an epoch's end, as Keras's batches of pictures."""

    def __next__(self) -> Any:
        return X, Y

    def __getitem__(self, number: int) -> Any:
        return X + number, Y

    def __len__(self) -> int:
        return 3

    def on_epoch_end(self) -> None:
        """Hear it."""


BATCHES: dict[str, Any] = {
    "a generator": (batch for batch in [(X, Y)]),
    "an iterator": iter([(X, Y)]),
    "a list of pairs": [(X, Y)],
    "a list of samples alone": [(X,)],
    "a list with weights": [(X, Y, Y), (X, Y, Y)],
    "a list with something left out": [(X, None)],
    "a list of tables": [(pandas.DataFrame(X), Y)],
    "by number": Indexed((X, Y)),
    "by number, in lists": Indexed([X, Y, Y]),
    "what can only be gone through": Iterable(),
    "what says how many batches it has": SimpleNamespace(num_batches=3),
    "what is told of an epoch's end": SimpleNamespace(on_epoch_end=print),
}
NONE: dict[str, Any] = {
    "nothing": None,
    "text": "ab",
    "bytes": b"ab",
    "a range": range(3),
    "a tuple": (X, Y),
    "an array": X,
    "a number": np.float32(1),
    "a dict": {"x": X},
    "a set": {1, 2},
    "a class": Iterable,
    "an empty list": [],
    "a list of rows": [[1, 2], [3, 4]],
    "a list of lists": [[X, Y]],
    "a list of empty tuples": [()],
    "a list of tuples of four": [(X, Y, Y, Y)],
    "a list of tuples of numbers": [(1, 2)],
    "a list that ends otherwise": [(X, Y), X],
    "a deque": deque([X]),
    "an array of Python": array("d", [1.0]),
    "the values of a dict": {"x": X}.values(),
    "a sparse matrix": sparse.csr_matrix(X),
    "a table": pandas.DataFrame(X),
    "rows by number": Indexed(X[0], X[1]),
    "empty tuples by number": Indexed(()),
    "nothing by number": Indexed(),
    "numbers by number": Indexed((1, 2)),
    "an object": object(),
    "what is an array": SimpleNamespace(__array__=print, num_batches=3),
}


@pytest.mark.parametrize("name", BATCHES)
def test_it_gives_batches(name: str) -> None:
    assert gives_batches(BATCHES[name]) is True


@pytest.mark.parametrize("name", NONE)
def test_it_gives_none(name: str) -> None:
    assert gives_batches(NONE[name]) is False


@pytest.mark.parametrize(
    ("batch", "expected"),
    [((X, Y, Y), (X, Y, Y)), ([X, Y], (X, Y, None)), ((X,), (X, None, None)), (X, (X, None, None))],
)
def test_a_batch_has_samples_targets_and_weights_in_this_order(batch: Any, expected: Any) -> None:
    assert all(one is other for one, other in zip(unpacked(batch, "batch 0"), expected, strict=True))


@pytest.mark.parametrize(
    ("batch", "received"), [((), "a tuple of 0"), ((X, Y, Y, Y), "a tuple of 4"), ({"x": X}, "a dict")]
)
def test_what_is_no_batch_is_refused(batch: Any, received: str) -> None:
    with pytest.raises(ValueError, match="batch 7 must be") as caught:
        unpacked(batch, "batch 7")
    assert str(caught.value).endswith(f"Received: {received}.")


def first_of(batches: Any) -> list[float]:
    return [float(batch[0][0, 0]) for batch in batches]


def test_batches_by_number_are_asked_for_in_an_order_drawn_from_the_state_and_begin_anew_each_pass() -> None:
    source = Source(Indexed(*((X + i, Y) for i in range(9))))
    assert source.indexed
    assert source.length == 9
    assert first_of([source.peek("x")]) == [1]
    in_order = [float(i) for i in range(1, 10)]
    assert first_of(source.one_pass()) == first_of(source.one_pass()) == in_order
    state = np.array([5], np.uint64)
    drawn = [first_of(source.one_pass(state)) for _ in range(3)]
    assert all(sorted(each) == in_order != each for each in drawn)
    assert drawn[0] != drawn[1] != drawn[2]
    assert first_of(source.one_pass(np.array([5], np.uint64))) == drawn[0]


def test_the_first_batch_that_was_looked_at_comes_again_once() -> None:
    source = Source(Iterable())
    assert (source.indexed, source.length) == (False, None)
    assert first_of([source.peek("x")]) == [1]
    assert first_of(source.one_pass()) == first_of(source.one_pass()) == [1, 2]
    used_up = Source(iter([(X, Y)]))
    used_up.peek("x")
    assert [first_of(used_up.one_pass()) for _ in range(2)] == [[1], []]
    with pytest.raises(ValueError, match=r"validation data gives no batch: it is empty"):
        used_up.peek("validation data")
    with pytest.raises(ValueError, match="x gives no batch: it is empty"):
        Source(Indexed()).peek("x")


def test_what_gives_the_next_one_is_asked_by_number_only_if_it_is_told_of_epochs() -> None:
    assert Source(Told()).indexed
    assert first_of(Source(Told()).one_pass()) == [1, 2, 3]
    untold = type("Untold", (Iterable,), {"__next__": Told.__next__, "__getitem__": Told.__getitem__, "__len__": len})
    assert not Source(untold()).indexed


@pytest.mark.parametrize(
    ("given", "length"),
    [
        (SimpleNamespace(num_batches=3), 3),
        (SimpleNamespace(num_batches=np.int64(3)), 3),
        (SimpleNamespace(num_batches=None), None),
        (Indexed(1, 2), 2),
        (iter([]), None),
    ],
)
def test_how_many_batches_there_are_is_asked_for(given: Any, length: int | None) -> None:
    assert Source(given).length == length


def test_it_is_told_of_epochs_if_it_wants_to_hear() -> None:
    heard: list[str] = []
    Source(SimpleNamespace(on_epoch_begin=lambda: heard.append("begin"), on_epoch_end=3)).tell("on_epoch_begin")
    Source(SimpleNamespace(on_epoch_begin=print, on_epoch_end=3)).tell("on_epoch_end")
    assert heard == ["begin"]

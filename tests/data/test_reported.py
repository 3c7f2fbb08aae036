"""Data in odd wrapping, with missing values or of odd types: the right result, or an error that says what is wrong."""

from __future__ import annotations

import array
from collections import deque
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, unchanged
from tinynet.layers import Dense, Flatten, Input

X = np.random.default_rng(0).random((8, 2)).round(2).astype("float32")
Y = (X[:, 0] > X[:, 1]).astype("float32")


def network(built: bool = True, compiled: bool = True) -> tinynet.Sequential:
    tinynet.set_random_seed(1)
    model = tinynet.Sequential([Input((2,))] if built else [])
    model.add(Dense(1, activation="sigmoid"))
    model.compile("sgd", "binary_crossentropy", compiled=compiled)
    return model


def numbers_of(model: Any, x: Any, y: Any, weight: Any = None) -> list[float]:
    """Return what all public calls make of some data."""
    validation = (x, y) if weight is None else (x, y, weight)
    history = model.fit(x, y, batch_size=3, sample_weight=weight, validation_data=validation, verbose=0).history
    found = [*history["loss"], *history["val_loss"]]
    found += [model.evaluate(x, y, sample_weight=weight, verbose=0), model.train_on_batch(x, y, weight)]
    found += [model.test_on_batch(x, y, weight), model.trace(x, y, weight).loss]
    found += [float(made.sum()) for made in (model.predict(x, verbose=0), model(x), model(x, training=True))]
    assert model.predict(x, verbose=0).shape == (8, 1)
    assert model.gradient_check(x, y, sample_weight=weight).ok
    return found


class Interface:
    """Has nothing but NumPy's `__array_interface__`."""

    def __init__(self, numbers: Any) -> None:
        self._kept = np.asarray(numbers)
        self.__array_interface__ = self._kept.__array_interface__


FORMS = {
    "a list of one array": lambda a: [a],
    "a tuple of one array": lambda a: (a,),
    "a list of one list of rows": lambda a: [a.tolist()],
    "a list of rows": list,
    "nested lists": lambda a: a.tolist(),
    "a tuple of tuples": lambda a: tuple(map(tuple, a.tolist())) if a.ndim > 1 else tuple(a.tolist()),
    "a deque": lambda a: deque(a.tolist()),
    "a memoryview": memoryview,
    "an array interface alone": Interface,
    "Fortran's order": np.asfortranarray,
    "objects": lambda a: a.astype(object),
    "fractions": lambda a: [[Fraction(v) for v in row] for row in a.tolist()] if a.ndim > 1 else a,
    "a mask of nothing": np.ma.masked_array,
    "the other byte order": lambda a: a.astype(">f8"),
}


@both_loops
@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
@pytest.mark.parametrize("form", FORMS)
def test_every_wrapping_trains_as_the_array_in_it(form: str, built: bool, compiled: bool) -> None:
    wrapped, weight = FORMS[form], np.linspace(0.5, 2.0, 8)
    given = [wrapped(each) for each in (X, Y, weight)]
    expected = numbers_of(network(built, compiled), X, Y, weight)
    assert numbers_of(network(built, compiled), *given) == pytest.approx(expected, rel=1e-5)


def test_a_list_of_one_row_is_one_sample() -> None:
    model = network()
    assert model.predict([X[0]], verbose=0).shape == (1, 1)
    assert model([X[0].tolist()]).shape == (1, 1)
    assert model.train_on_batch([X[0]], [Y[0]]) > 0
    pictures = tinynet.Sequential([Input((2, 2)), Flatten(), Dense(1)])
    assert pictures.predict([np.ones((2, 2))], verbose=0).shape == (1, 1)
    assert pictures.predict([np.ones((5, 2, 2))], verbose=0).shape == (5, 1)
    fresh = tinynet.Sequential([Flatten(), Dense(1)])
    assert fresh.predict([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]], verbose=0).shape == (1, 1)


def test_a_list_of_one_sparse_matrix_is_that_matrix() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    for built in (True, False):
        model = network(built)
        model.fit([sparse.csr_matrix(X)], [Y], verbose=0)
        assert model.predict([sparse.coo_matrix(X)], verbose=0).shape == (8, 1)


@both_loops
@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
def test_several_inputs_are_refused_and_told_that_there_is_one(built: bool, compiled: bool) -> None:
    model = network(built, compiled)
    with unchanged(model):
        for x in ([X, X], [X, X[:, :1]], (X, X)):
            with pytest.raises(ValueError, match="a Sequential has one"):
                model.fit(x, Y, verbose=0)


def missing(value: Any) -> Any:
    rows = X.astype(object)
    rows[3, 1] = value
    return rows


class Frame:
    """As much of a data frame as is looked at."""

    def __init__(self, rows: Any) -> None:
        self.columns = ["age", "city"]
        self.shape, self._rows = rows.shape, rows

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._rows


class NAType:
    """As pandas.NA: neither equal to anything nor true."""

    def __eq__(self, other: object) -> Any:
        return self

    __ne__ = __eq__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")


MASKED = np.ma.masked_array(X[0], mask=[True, False])
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "None in x": (missing(None), TypeError, "x has missing values, first None in row 3, column 1"),
    "NA in x": (missing(NAType()), TypeError, "x has missing values, first .* in row 3, column 1"),
    "None in a frame": (Frame(missing(None)), TypeError, r"first None in row 3, column 1 \('city'\)"),
    "text in a frame": (Frame(missing("Rome")), TypeError, r"text \(such as 'Rome', in row 3, column 1 \('city'\)\)"),
    "masked rows in a list": ([MASKED, *X[1:]], ValueError, "x has 1 masked"),
    "a masked number in lists": ([[0.5, np.ma.masked]] * 8, ValueError, "x has 1 masked"),
    "a number beyond floats": ([[10**400, 1]] * 8, ValueError, "x holds a whole number that is too large"),
    "complex numbers": (X * 1j, TypeError, "x holds complex"),
    "dates": (np.full((8, 2), "2020-01-01", "M8[D]"), TypeError, "x holds dates"),
    "fields": (np.zeros(8, [("a", "f4"), ("b", "f4")]), TypeError, "x has dtype .*select its numeric columns"),
    "a dict": ({"age": X}, ValueError, r"x: the model's input is .*a dict of \['age'\]"),
    "bytes": (b"12", TypeError, "x must be .*bytes"),
    "a set": ({1, 2}, TypeError, "x must be .*set"),
    "an array of bytes in objects": (np.array([[b"a", 1]] * 8, object), TypeError, "x holds text"),
    "something else": (object(), TypeError, "x must be .*object"),
    "objects of nothing": (np.array([[object()] * 2] * 8), TypeError, "x holds Python objects .*row 0, column 0"),
}


@both_loops
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_of_numbers_is_refused_by_every_call(name: str, compiled: bool) -> None:
    x, error, words = REFUSED[name]
    model = network(True, compiled)
    calls = [
        lambda: model.fit(x, Y, verbose=0),
        lambda: model.fit(X, Y, validation_data=(x, Y), verbose=0),
        lambda: model.evaluate(x, Y, verbose=0),
        lambda: model.predict(x, verbose=0),
        lambda: model.train_on_batch(x, Y),
        lambda: model.test_on_batch(x, Y),
        lambda: model(x),
        lambda: model.trace(x, Y),
        lambda: model.gradient_check(x, Y),
    ]
    with unchanged(model):
        for call in calls:
            with pytest.raises(error, match=words):
                call()


class Failing:
    """Cannot make an array of itself."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise NotImplementedError("no array today")


@pytest.mark.parametrize(
    ("y", "weight", "words"),
    [
        (np.where(np.arange(8) == 5, np.nan, Y), None, "y has NaN, first in row 5, column 0: a missing value"),
        ([*Y[:7], None], None, "y has missing values, first None in row 7"),
        (Failing(), None, r"y must be .*type Failing.*\(NotImplementedError: no array today\)"),
        (Y, [*np.ones(7), np.nan], r"sample_weight .*nan at index 7 \(a missing value\)"),
        (Y, [*np.ones(7), None], "sample_weight has missing values, first None in row 7"),
        (Y, [*np.ones(7), 10**400], "sample_weight holds a whole number that is too large"),
    ],
)
def test_missing_and_odd_targets_and_weights_are_named_and_located(y: Any, weight: Any, words: str) -> None:
    model = network()
    with unchanged(model):
        for call in (model.fit, model.evaluate, model.train_on_batch):
            with pytest.raises((TypeError, ValueError), match=words):
                call(X, y, sample_weight=weight)


@both_loops
def test_a_loss_that_is_no_number_is_told_of_the_samples_that_are_at_fault(compiled: bool) -> None:
    x, words = np.where(np.arange(16).reshape(8, 2) == 8, 1e300, X.astype("f8")), "the first in row 4, column 0"
    with pytest.warns(UserWarning, match=rf"loss became .* in epoch 1.*too large for float32, {words}"):
        network(True, compiled).fit(x, Y, verbose=0)


def test_buffers_of_numbers_are_taken() -> None:
    flat = array.array("f", range(8))
    model = tinynet.Sequential([Input((1,)), Dense(1, kernel_initializer="ones")])
    assert model.predict(flat, verbose=0).ravel().tolist() == [*range(8)]
    assert model.predict(memoryview(flat), verbose=0).ravel().tolist() == [*range(8)]


@pytest.mark.parametrize("share", ["0.2", True, [0.2], np.array([0.2]), 1 + 0j])
def test_a_split_is_a_number(share: Any) -> None:
    with pytest.raises(ValueError, match="validation_split must be the part"):
        network().fit(X, Y, validation_split=share, verbose=0)

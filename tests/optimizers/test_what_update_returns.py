"""What an optimizer that users write gives back: both styles work; anything else is an error that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, classifier, two_classes, unchanged
from tinynet.formulas import Scalar, Told, formula
from tinynet.optimizers import SGD, Optimizer

X, Y = two_classes(100)


def written(update: Any, slots: tuple[str, ...] = ("momentum",), **others: Any) -> Optimizer:
    """Return an optimizer with that `update`."""
    return type("Mine", (Optimizer,), {"slots": slots, "update": update, **others})(0.05)


@contextmanager
def as_before(model: Any) -> Iterator[None]:
    """Check that what happens inside leaves weights, slots and the count of steps as they are."""

    def numbers() -> list[Any]:
        return [*model.get_weights(), np.array(model.optimizer.iterations), model.optimizer.accumulators.values.sum()]

    before = numbers()
    yield
    for one, other in zip(before, numbers(), strict=True):
        np.testing.assert_array_equal(one, other)


def in_place(self, w, dw, slots, step):
    slots[0][...] = 0.9 * slots[0] - self.learning_rate * dw
    w += slots[0]


def returns_weights(self, w, dw, slots, step):
    slots[0][...] = 0.9 * slots[0] - self.learning_rate * dw
    return w + slots[0]


def returns_both(self, w, dw, slots, step):
    m = 0.9 * slots[0] - self.learning_rate * dw
    return w + m, m


def returns_slots_together(self, w, dw, slots, step):
    slots = 0.9 * slots - self.learning_rate * dw
    return w + slots[0], slots


def returns_a_list_of_slots(self, w, dw, slots, step):
    (m,) = slots
    m = 0.9 * m - self.learning_rate * dw
    return w + m, [m]


def does_both(self, w, dw, slots, step):
    in_place(self, w, dw, slots, step)
    return w


def does_both_by_a_view(self, w, dw, slots, step):
    in_place(self, w, dw, slots, step)
    return np.asarray(w[:], "float64")


STYLES = [
    in_place,
    returns_weights,
    returns_both,
    returns_slots_together,
    returns_a_list_of_slots,
    does_both,
    does_both_by_a_view,
]


@pytest.mark.parametrize("update", STYLES, ids=lambda f: f.__name__)
def test_an_update_may_write_in_place_or_return_the_new_numbers(update):
    models = [classifier(optimizer=optimizer) for optimizer in (written(update), SGD(0.05, momentum=0.9))]
    for model in models:
        model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    assert_same_weights(*models, exactly=False)
    assert models[0].optimizer.iterations == 8


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (
            lambda self, w, dw, slots, step: (w - dw)[..., None],
            r"`update` must return an array of shape \(\d+.*in place",
        ),
        (lambda self, w, dw, slots, step: 0.5, r"`update` must return an array of shape .* It returned shape \(\)"),
        (lambda self, w, dw, slots, step: "w", "must return an array .* It returned 'w', of type str"),
        (lambda self, w, dw, slots, step: {"w": w}, "of type dict"),
        (lambda self, w, dw, slots, step: w + 1j, r"an array of shape .*1\.j"),
        (
            lambda self, w, dw, slots, step: (w - dw, dw, dw),
            r"or \(weights, \*slots\) with all 1 of .* returned 3 values",
        ),
        (lambda self, w, dw, slots, step: (w - dw, dw[:1]), "must return an array of shape"),
        (lambda self, w, dw, slots, step: (None, dw), "None: is its `return` missing"),
        (lambda self, w, dw, slots, step: np.subtract(w, dw, out=w) + 1, "wrote to `w` and returned other weights"),
    ],
)
def test_anything_else_is_an_error_that_changes_nothing(update, message):
    model = classifier(optimizer=written(update))
    with as_before(model), pytest.raises((ValueError, TypeError), match=message) as caught:
        model.fit(X, Y, verbose=0)
    assert "Optimizer 'mine' (Mine)" in str(caught.value)


def test_the_first_parameter_is_as_it_was_if_the_second_is_refused():
    def update(self, w, dw, slots, step):
        return w - dw if w.ndim == 2 else (w - dw)[:, None]

    model = classifier(optimizer=written(update))
    with as_before(model), pytest.raises(ValueError, match="must return an array"):
        model.train_on_batch(X, Y)


def test_rebinding_the_argument_is_an_error():
    def update(self, w, dw, slots, step):
        w = w - self.learning_rate * dw

    model = classifier(optimizer=written(update))
    with as_before(model), pytest.raises(ValueError, match=r"gives its argument `w` a new value.*or return the new"):
        model.fit(X, Y, verbose=0)


def test_an_update_that_does_nothing_is_said_once():
    def update(self, w, dw, slots, step):
        new = w - self.learning_rate * dw
        del new

    with pytest.warns(UserWarning, match="the first `update` returned None and changed neither") as said:
        classifier(optimizer=written(update)).fit(X, Y, verbose=0)
    assert len(said) == 1


def test_nothing_is_said_where_nothing_can_move():
    def update(self, w, dw, slots, step):
        w -= self.learning_rate * dw

    classifier(optimizer=type("Mine", (Optimizer,), {"update": update})(0.0)).fit(X, Y, verbose=0)


def step_returning(self, parameters, w, dw):
    w -= 0.05 * dw
    return w


def apply_returning(self, parameters):
    for p in parameters:
        p.value -= 0.05 * p.gradient
    return parameters


@pytest.mark.parametrize(("method", "function"), [("step", step_returning), ("apply", apply_returning)])
def test_an_own_step_or_apply_works_in_place_and_returns_nothing(method, function):
    def silent(self, *arguments):
        function(self, *arguments)

    models = [
        classifier(optimizer=optimizer) for optimizer in (type("Mine", (Optimizer,), {method: silent})(0.05), SGD(0.05))
    ]
    for model in models:
        model.fit(X, Y, verbose=0, shuffle=False)
    assert_same_weights(*models, exactly=False)
    assert models[0].optimizer.iterations == 4
    model = classifier(optimizer=type("Mine", (Optimizer,), {method: function})(0.05))
    with (
        as_before(model),
        pytest.raises(TypeError, match=rf"'mine' \(Mine\): `{method}` must write .* and return None"),
    ):
        model.train_on_batch(X, Y)


def test_an_own_apply_that_raises_changes_nothing():
    def apply(self, parameters):
        parameters[0].value += 1
        raise RuntimeError("on the way")

    model = classifier(optimizer=type("Mine", (Optimizer,), {"apply": apply})(0.05))
    with as_before(model), pytest.raises(RuntimeError):
        model.train_on_batch(X, Y)


@formula
def forgets_its_slot(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar) -> Scalar:
    """w - lr·g"""
    return w - learning_rate * g


@formula
def returns_one_more(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """w - lr·g"""
    return w - learning_rate * g, m, m


@formula
def returns_nothing(w: Scalar, g: Scalar, m: Scalar, learning_rate: Scalar) -> None:
    """Nothing."""
    w -= learning_rate * g


@pytest.mark.parametrize("update", [forgets_its_slot, returns_one_more, returns_nothing], ids=lambda f: f.__name__)
@pytest.mark.parametrize("compiled", [True, False])
def test_a_formula_that_returns_another_number_of_values_is_refused(update, compiled):
    words = (Told("w", "{w} - {learning_rate}·{g}", "One step."),)
    mine = type("Mine", (Optimizer,), {"slots": ("momentum",), "formulas": (update,), "words": words})
    model = classifier(compiled, optimizer=mine(0.05))
    message = rf"Mine: the formula {update.__name__} must return \(w, momentum\), 2 number\(s\)"
    with unchanged(model), pytest.raises(TypeError, match=message):
        model.fit(X, Y, verbose=0)
    assert not tinynet.gradient_check(model, X[:5], Y[:5]).ok


def test_slots_that_are_only_given_new_names_are_told_of():
    def update(self, w, dw, slots, step):
        (m,) = slots
        m = 0.9 * m + dw
        return w - 0.1 * m

    model = classifier(optimizer=type("Mine", (Optimizer,), {"slots": ("m",), "update": update})(0.05))
    with pytest.warns(UserWarning, match=r"changed weights, but none of its slots \('m',\)"):
        model.fit(X, Y, verbose=0)

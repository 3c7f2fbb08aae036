"""A metric's variables: numbers that are changed in place, computed with, and found wherever a metric keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.parity import keras
from tinynet.metrics import Mean, Metric, Precision, TruePositives
from tinynet.metrics.variable import Variable, variables_in

START, CHANGE = np.array([1.0, 5.0, -2.0]), np.array([3.0, 0.5, 4.0])


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("change", [CHANGE, 2.0, [1, 2, 3]])
def test_it_is_changed_as_keras_changes_it(method, change):
    ours, theirs = Variable(START, "float32"), keras().Variable(START, dtype="float32")
    same = ours.value
    getattr(ours, method)(change)
    getattr(theirs, method)(np.broadcast_to(change, START.shape))
    assert ours.value is same
    np.testing.assert_array_equal(ours.numpy(), np.asarray(theirs.value))
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


def test_it_holds_a_copy_and_gives_copies():
    given = START.copy()
    variable = Variable(given)
    given[:] = 0
    for copy in (variable.numpy(), np.array(variable), variable.__array__(np.dtype("float64"))):
        copy[:] = 7
    assert variable.numpy().tolist() == START.tolist()
    assert np.asarray(variable, "float32").dtype == np.float32
    assert variable[1] == 5
    assert variable[:2].tolist() == [1, 5]


def test_it_is_computed_with_as_a_number():
    two = Variable(2.0, name="two")
    assert (two + 1, 1 - two, two * two, two / 4, -two, 2**two) == (3, -1, 4, 0.5, -2, 4)
    assert (float(two), int(two), bool(two), bool(Variable(0))) == (2, 2, True, False)
    assert (two == 2, two > 3) == (True, False)
    assert np.maximum(two, [1, 3]).tolist() == [2, 3]
    kept = two
    two += 3
    assert kept is two
    assert two.value == 5
    np.add(two, 1, out=two)
    assert float(two) == 6
    outs = Variable([0.0]), Variable([0.0])
    np.modf(np.array([1.5]), out=outs)
    assert [float(each[0]) for each in outs] == [0.5, 1]
    assert repr(two) == "<Variable name=two, shape=(), value=6.0>"
    assert Variable(0).name == "variable"


class Counter(Metric):
    """Keeps variables everywhere."""

    def __init__(self, **options):
        super().__init__(**options)
        self.one = self.add_variable(name="one")
        self.many = [self.add_variable((2,), "ones", name="many"), {"deep": (self.add_variable(name="deep"),)}]
        self.again, self.inner, self.number = self.one, Mean(), 3
        self.many.append(self.many)  # a list that holds itself

    def update_state(self, y_true, y_pred):
        for variable in self.variables:
            variable.assign_add(1)

    def result(self):
        return self.one


def test_all_are_found_once_and_all_are_reset():
    metric = Counter()
    assert [v.name for v in metric.variables] == ["one", "many", "deep", "total", "count"]
    assert [v.numpy().tolist() for v in metric.variables] == [0, [1, 1], 0, 0, 0]
    metric.update_state([1], [1])
    assert [v.numpy().tolist() for v in metric.variables] == [1, [2, 2], 1, 1, 1]
    assert metric(None, None).numpy() == 2
    metric.reset_state()
    assert all(not v.numpy().any() for v in metric.variables)
    assert [*variables_in(7, Metric)] == [*variables_in(object(), Metric)] == []


def test_of_what_a_metric_has_counted_a_variable_is_set_to_0_and_to_nothing_else():
    metric = Precision()
    metric.update_state([1, 1, 0, 0], [1, 1, 1, 0])
    hits, false = metric.variables
    assert [v.numpy().tolist() for v in (hits, false)] == [[2], [1]]
    for change in (lambda: hits.assign(3), lambda: hits.assign_add(1), lambda: hits.assign_sub(1)):
        with pytest.raises(ValueError, match=r"follows from what the metric has seen: it can be set to 0 only"):
            change()
    with pytest.raises(ValueError, match=r"has shape \(1,\)"):
        hits.assign([1.0, 2.0, 3.0])
    assert metric.result() == pytest.approx(2 / 3)
    hits.assign_sub(hits.numpy())
    assert [v.numpy().tolist() for v in (hits, false)] == [[0], [0]]
    hits.assign_add(0)
    one = TruePositives()
    one.update_state([1], [1])
    one.variables[0].assign(0)
    assert one.result() == 0

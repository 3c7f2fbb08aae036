"""The flat vectors: segments, views, and slots that follow them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.memory import ALIGNMENT, Memory, Parameter, Slots, aligned_zeros, runs, segments

shapes = st.lists(st.lists(st.integers(1, 9), max_size=3).map(tuple), min_size=1, max_size=6)


def filled(shapes, dtype="float32"):
    """Return parameters of these shapes, the i-th one full of i + 1."""
    return [Parameter(f"p{i}", np.full(shape, i + 1, dtype)) for i, shape in enumerate(shapes)]


@settings(deadline=None, max_examples=50)
@given(shapes)
def test_joined_parameters_keep_their_numbers_and_view_one_vector(shapes):
    parameters = filled(shapes)
    memory = Memory.joined(parameters)
    for i, parameter in enumerate(parameters):
        assert parameter.memory is memory
        assert (parameter.value == i + 1).all()
        assert np.shares_memory(parameter.value, memory.parameters)
        assert np.shares_memory(parameter.gradient, memory.gradients)
        assert parameter.value.ctypes.data % 64 == 0
    assert memory.parameters.sum() == sum((i + 1) * p.size for i, p in enumerate(parameters))


@settings(deadline=None, max_examples=50)
@given(shapes, st.data())
def test_runs_cover_exactly_the_chosen_parameters(shapes, data):
    parameters = filled(shapes)
    memory = Memory.joined(parameters)
    chosen = [p for p in parameters if data.draw(st.booleans())]
    memory.gradients[:] = 0
    for start, stop, _ in runs(chosen):
        memory.gradients[start:stop] = 1
    assert [bool(p.gradient.all()) for p in parameters] == [p in chosen for p in parameters]


def test_neighbours_are_one_run_and_a_gap_makes_two():
    a, b, c = filled([(3,), (4,), (5,)])
    Memory.joined([a, b, c])
    assert len(runs([a, b, c])) == 1
    assert runs([a, c]).tolist() == [[0, 3, 1], [2 * ALIGNMENT, 2 * ALIGNMENT + 5, 1]]
    assert runs([]).shape == (0, 3)
    assert segments([a, b]).tolist() == [[0, 3], [ALIGNMENT, ALIGNMENT + 4]]


def test_what_is_apart_shares_no_run_with_its_neighbours():
    a, b, c = filled([(3,), (4,), (5,)])
    Memory.joined([a, b, c])
    assert runs([a, b, c], apart=[b]).tolist() == [
        [0, 3, 1],
        [ALIGNMENT, ALIGNMENT + 4, 0],
        [2 * ALIGNMENT, 2 * ALIGNMENT + 5, 1],
    ]


def test_joining_brings_along_who_shares_a_memory():
    a, b, c = filled([(3,), (4,), (5,)])
    Memory.joined([a, b])
    memory = Memory.joined([c, a])
    assert b.memory is memory
    assert (b.value == 2).all()
    assert Memory.joined([a, b, c]) is memory


def test_parameters_that_are_gone_give_up_their_segments_when_the_memory_is_laid_anew():
    a, b, c = filled([(3,), (4,), (5,)])
    memory = Memory.joined([a, b])
    del b
    assert memory.table == [a]
    assert memory.parameters.size == 2 * ALIGNMENT
    memory = Memory.joined([a, c])
    assert memory.table == [a, c]
    assert memory.parameters.size == 2 * ALIGNMENT
    assert (c.value == 3).all()


def test_slots_are_free_until_they_are_used_and_then_bound_to_their_parameters():
    a, b, c = filled([(3,), (4,), (5,)])
    Memory.joined([a, b])
    slots = Slots([0.0])
    assert slots.may_serve([])
    slots.of(a)
    assert slots.may_serve([c, b])
    assert not slots.may_serve([c])
    assert not slots.may_serve([])
    del a, b
    assert not slots.may_serve([c])


def test_a_parameter_is_read_and_set_as_a_keras_variable_is():
    (a,) = filled([(2, 2)])
    copied = a.numpy()
    a.assign([[1, 2], [3, 4]])
    assert (copied == 1).all()
    np.testing.assert_array_equal(np.asarray(a), [[1, 2], [3, 4]])
    assert np.shares_memory(np.asarray(a), a.memory.parameters)
    assert np.asarray(a, "float64").dtype == "float64"
    assert (np.array(a) @ a).tolist() == [[7, 10], [15, 22]]
    with pytest.raises(ValueError, match=r"'p0' has shape \(2, 2\). Received an array of shape \(2,\)"):
        a.assign([1, 2])


def test_slots_follow_their_parameters():
    a, b = filled([(3,), (2, 2)])
    Memory.joined([a])
    slots = Slots([0.0, 0.0])
    slots.of(a)[...] = [[1, 2, 3], [4, 5, 6]]
    Memory.joined([b, a])
    assert a.offset > 0
    np.testing.assert_array_equal(slots.of(a), [[1, 2, 3], [4, 5, 6]])
    assert not slots.of(b).any()


def test_slots_start_where_they_are_told_to_and_those_of_new_parameters_as_well():
    a, b = filled([(3,), (2, 2)])
    Memory.joined([a])
    slots = Slots([0.5, 0.0])
    assert slots.of(a).tolist() == [[0.5] * 3, [0.0] * 3]
    slots.of(a)[...] = 7
    Memory.joined([b, a])
    assert slots.of(b).tolist() == [[[0.5, 0.5]] * 2, [[0.0, 0.0]] * 2]
    assert (slots.of(a) == 7).all()


def test_no_slots_are_still_a_vector_for_the_kernels():
    (a,) = filled([(3,)])
    assert Slots([]).laid_out(a.memory).shape == (1, ALIGNMENT)
    assert Slots([]).of(a).shape == (0, 3)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copied_parameter_views_a_memory_of_its_own(duplicate):
    parameters = filled([(3,), (4,)])
    Memory.joined(parameters)
    a, b = duplicate(parameters)
    assert a.memory is b.memory is not parameters[0].memory
    assert np.shares_memory(a.value, a.memory.parameters)
    assert b.value.ctypes.data % 64 == 0
    a.memory.parameters[:3] = 9
    assert (a.value == 9).all()
    assert (parameters[0].value == 1).all()
    assert not b.gradient.any()


def test_a_parameter_has_no_other_attributes():
    (a,) = filled([(3,)])
    with pytest.raises(AttributeError, match="no attribute 'values'"):
        _ = a.values
    assert repr(a) == "<Parameter p0 shape=(3,) dtype=float32>"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zeros_start_on_a_cache_line(dtype):
    for count in (1, 17, 1000):
        zeros = aligned_zeros(count, dtype)
        assert zeros.size == count
        assert zeros.ctypes.data % 64 == 0

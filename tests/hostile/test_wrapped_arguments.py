"""Arrays in the place of lists, dicts in that of data, NumPy's numbers in that of True, and lists a thousand deep."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import classifier
from tinynet.layers import Add, Dense, Input, Normalization


def nested(depth):
    """Return lists within one another."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


DEEP = nested(3000)
#: One number, seen as so many that no memory holds them.
HUGE = np.broadcast_to(np.float32(1), (8, 10**15))


def model():
    return tinynet.Sequential([Input((2,)), Dense(3), Dense(1)])


def test_an_array_is_taken_for_a_list_also_where_it_is_asked_whether_there_is_something_in_it():
    optimizer = tinynet.optimizers.SGD()
    assert len(optimizer.variables_of(np.zeros(0))) == len(optimizer.variables_of([]))
    inputs = Input((2,))
    branched = tinynet.Model(inputs, Dense(3)(inputs))
    assert branched.compute_output_shape(np.array([4, 2])) == (4, 3)
    assert model().compute_output_shape(input_shape=np.array([4, 2])) == (4, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Normalization().adapt({-1: 2}), "adapt"),
        (lambda: Normalization().adapt({0: [1.0]}), "adapt"),
        (lambda: model().fit_generator(np.array("a"), 1, samples_per_epoch=3), "must be a generator or a Sequence"),
        (lambda: model().fit_generator({}, 1, samples_per_epoch=3), "must be a generator or a Sequence"),
        (lambda: tinynet.layers.TextVectorization(ragged=np.ones(2)), "`ragged` must be True or False"),
        (lambda: Dense(2, input_shape=(2,)).activate(np.zeros(2, "m8[s]"), True), "a C-contiguous array of sums"),
        (lambda: tinynet.utils.get_file(origin="\ud800"), 'specify the "origin" argument'),
        (lambda: model().set_weights(HUGE), "a weight list of length 8"),
        (lambda: tinynet.utils.pad_sequences(np.array(3)), "must be iterable, a list of sequences"),
        (lambda: tinynet.utils.pad_sequences([np.array(3)]), "Found non-iterable"),
    ],
)
def test_what_only_looks_like_a_list_is_refused_in_words(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("value", [np.int64(0), np.uint8(0), np.bool_(False), 0])
def test_numpy_s_numbers_serve_as_true_and_false(value, tmp_path):
    pytest.importorskip("onnx")
    model().export(tmp_path / "m.onnx", verbose=value)


def test_a_list_a_thousand_deep_is_kept_or_refused_in_words():
    compiled = classifier(compiled=False)
    compiled.layers[0].note = DEEP
    compiled.fit(np.ones((4, *compiled.input_shape[1:])), np.zeros((4, *compiled.output_shape[1:])), verbose=0)
    for call in (lambda: tinynet.Model(DEEP, DEEP), lambda: Add()(DEEP), lambda: model()(DEEP)):
        with pytest.raises((TypeError, ValueError)):
            call()


@pytest.mark.parametrize(
    "call",
    [
        lambda model, x: model.predict(x, verbose=0),
        lambda model, x: model.predict_on_batch(x),
        lambda model, x: model(x),
        lambda model, x: model(x, training=True),
    ],
)
def test_a_model_is_not_built_where_there_is_no_memory_for_what_it_would_give(call):
    unbuilt = tinynet.Sequential([Dense(3), Dense(2)])
    for many in (HUGE, HUGE.T):
        with pytest.raises((MemoryError, ValueError)):
            call(unbuilt, many)
        assert not unbuilt.built
        assert not unbuilt.layers[0].built
    assert unbuilt.predict(np.ones((2, 5)), verbose=0).shape == (2, 2)


def test_a_metric_may_keep_lists_of_any_depth():
    class Kept(tinynet.metrics.Metric):
        def __init__(self):
            super().__init__()
            self.count, self.note = self.add_variable(), DEEP

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.count.assign_add(1)

        def result(self):
            return self.count

    metric = Kept()
    assert metric.variables == [metric.count]
    assert metric([1.0], [1.0]) == 1

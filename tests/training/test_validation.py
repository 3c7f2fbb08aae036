"""Validation while training: on which samples, how often, and without influence on the training."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet.callbacks import LambdaCallback
from tinynet.kernels.machine.jit import COMPILED
from tinynet.training import fitting

# What validation data are made of the training data, options, and whether the loop evaluates them by itself.
VALIDATIONS = [
    ("some samples", lambda x, y: (x[:31], y[:31]), {}, True),
    ("weighted", lambda x, y: (x[:31], y[:31], np.linspace(0, 2, 31)), {}, True),
    ("larger batches", lambda x, y: (x, y), {"validation_batch_size": 50}, True),
    ("one row", lambda x, y: (x[:1], y[:1]), {}, True),
    ("every second time", lambda x, y: (x, y), {"validation_freq": 2}, False),
    ("of another type", lambda x, y: (sparse.csr_array(np.where(x > 1.5, x, 0)), y), {}, False),
    ("read only", lambda x, y: (np.broadcast_to(x[:1], x.shape), y), {}, True),
    ("too many", lambda x, y: (x, y), {}, False),
]


class TestValidation:
    @both_loops
    def test_a_split_takes_the_last_samples(self, compiled):
        x, y = two_classes(50)
        split, given = classifier(compiled), classifier(compiled)
        one = split.fit(x, y, epochs=2, validation_split=0.2, shuffle=False, verbose=0)
        other = given.fit(x[:40], y[:40], epochs=2, validation_data=(x[40:], y[40:]), shuffle=False, verbose=0)
        assert one.history == other.history
        assert_same_weights(split, given)

    @both_loops
    @pytest.mark.parametrize(("size", "batches"), [(None, 3), (1, 20), (7, 3), (50, 1)])
    def test_it_comes_in_batches_of_its_own_size_which_is_else_that_of_the_training(self, compiled, size, batches):
        x, y = two_classes(20)
        heard = []
        listener = LambdaCallback(on_test_batch_end=lambda batch, logs: heard.append(batch))
        options = {"batch_size": 8, "validation_batch_size": size, "validation_data": (x, y), "verbose": 0}
        classifier(compiled).fit(x, y, callbacks=[listener], **options)
        assert heard == list(range(batches))

    def test_given_data_win_over_a_split(self):
        x, y = two_classes()
        model = classifier()
        history = model.fit(x, y, validation_split=0.5, validation_data=(x[:10], y[:10]), batch_size=60, verbose=0)
        assert history.params["steps"] == 1
        assert history.history["val_loss"][0] == pytest.approx(model.evaluate(x[:10], y[:10], verbose=0)[0])

    @both_loops
    @pytest.mark.parametrize(("frequency", "times"), [(1, 5), (2, 2), ([1, 5], 2), ({3}, 1), (range(1, 4), 3), (9, 0)])
    def test_it_is_done_as_often_as_asked(self, compiled, frequency, times):
        x, y = two_classes()
        history = classifier(compiled).fit(x, y, epochs=5, validation_data=(x, y), validation_freq=frequency, verbose=0)
        assert len(history.history.get("val_loss", [])) == times
        assert len(history.history["loss"]) == 5

    @both_loops
    def test_its_weights_and_batch_size_are_its_own(self, compiled):
        x, y = two_classes()
        weights = np.linspace(0, 2, 60)
        model = classifier(compiled, metrics=None, weighted_metrics=["mae"])
        history = model.fit(x, y, validation_data=(x, y, weights), validation_batch_size=7, verbose=0)
        expected = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
        assert history.history["val_loss"][0] == pytest.approx(expected["loss"], rel=1e-6)
        assert history.history["val_mae"][0] == pytest.approx(expected["mae"], rel=1e-6)

    @both_loops
    @pytest.mark.parametrize("case", VALIDATIONS, ids=lambda case: case[0])
    def test_it_is_the_same_whether_or_not_somebody_waits_for_each_epoch(self, compiled, case, monkeypatch):
        name, data, options, inside = case
        x, y = two_classes()
        if name == "too many":
            monkeypatch.setattr(fitting, "CALL_SECONDS", 1e-5)
        evaluated = []
        evaluate = fitting.evaluate_feed
        monkeypatch.setattr(fitting, "evaluate_feed", lambda *a: evaluated.append(1) or evaluate(*a))
        alone, heard = (classifier(compiled, weighted_metrics=["mae"]) for _ in range(2))
        options = {"epochs": 40, "batch_size": 7, "verbose": 0, "validation_data": data(x, y), **options}
        history = alone.fit(x, y, **options).history
        assert (len(evaluated) == 0) == (inside and compiled and COMPILED)
        listener = LambdaCallback(on_epoch_end=lambda epoch, logs: None)
        assert history == heard.fit(x, y, callbacks=[listener], **options).history
        assert_same_weights(alone, heard)

    @both_loops
    def test_it_changes_nothing(self, compiled):
        x, y = two_classes()
        with_it, without = classifier(compiled), classifier(compiled)
        with_it.fit(x, y, epochs=3, validation_data=(x, y), verbose=0)
        without.fit(x, y, epochs=3, verbose=0)
        assert_same_weights(with_it, without)

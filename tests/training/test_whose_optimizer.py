"""An optimizer belongs to the weights that it has trained."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged


class TestWhoseOptimizer:
    @both_loops
    def test_an_optimizer_that_trained_another_model_is_refused_before_anything_changes(self, compiled):
        x, y = two_classes()
        optimizer = tinynet.optimizers.Adam()
        one, other = (classifier(compiled, optimizer=optimizer) for _ in range(2))
        unbuilt = tinynet.Sequential([tinynet.layers.Dense(1, activation="sigmoid")])
        unbuilt.compile(optimizer, "binary_crossentropy", compiled=compiled)
        one.fit(x, y, verbose=0)
        for model in (other, unbuilt):
            for train in (model.fit, model.train_on_batch):
                with unchanged(model), pytest.raises(ValueError, match=r"'adam' has trained another.*compile\(Adam\("):
                    train(x, y)
        assert not unbuilt.built
        assert other.evaluate(x, y, verbose=0)
        one.fit(x, y, verbose=0)
        assert optimizer.iterations == 4

    def test_it_is_refused_too_when_the_other_model_is_gone(self):
        optimizer = tinynet.optimizers.SGD(0.1)
        classifier(optimizer=optimizer).fit(*two_classes(), verbose=0)
        gc.collect()
        with pytest.raises(ValueError, match="has trained another model"):
            classifier(optimizer=optimizer).fit(*two_classes(), verbose=0)

    @both_loops
    def test_compiling_a_model_again_with_its_optimizer_keeps_the_accumulators(self, compiled):
        x, y = two_classes()
        once, twice = (classifier(compiled, optimizer=tinynet.optimizers.Adam()) for _ in range(2))
        once.fit(x, y, epochs=2, verbose=0, shuffle=False)
        twice.fit(x, y, verbose=0, shuffle=False)
        twice.compile(twice.optimizer, "binary_crossentropy", compiled=compiled)
        twice.fit(x, y, verbose=0, shuffle=False)
        assert_same_weights(once, twice)

    @both_loops
    def test_models_that_share_layers_may_share_the_optimizer(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, optimizer=tinynet.optimizers.Adam())
        other = tinynet.Sequential([*model.layers[:-1], tinynet.layers.Dense(1, activation="sigmoid")])
        other.compile(model.optimizer, "binary_crossentropy", compiled=compiled)
        for each in (model, other, model):
            each.fit(x, y, verbose=0)
        assert model.optimizer.iterations == 6

    @both_loops
    def test_a_model_with_another_top_goes_on_with_its_optimizer(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, optimizer=tinynet.optimizers.Adam())
        model.fit(x, y, verbose=0)
        kept = model.optimizer.accumulators.of(model.parameters[0]).copy()
        model.pop()
        model.add(tinynet.layers.Dense(1, activation="sigmoid"))
        np.testing.assert_array_equal(model.optimizer.accumulators.of(model.parameters[0]), kept)
        model.fit(x, y, verbose=0)
        assert model.optimizer.iterations == 4

    @both_loops
    def test_an_optimizer_made_from_anothers_configuration_starts_afresh(self, compiled):
        x, y = two_classes()
        one, other = classifier(compiled, optimizer="adam"), classifier(compiled)
        one.fit(x, y, verbose=0)
        other.compile(tinynet.optimizers.Adam.from_config(one.optimizer.get_config()), "binary_crossentropy")
        other.fit(x, y, verbose=0)
        assert other.optimizer.iterations == 2

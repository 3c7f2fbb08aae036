"""Weights: copies out, all or nothing in; frozen layers; layers that several models share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet.callbacks import LambdaCallback
from tinynet.layers import Dense, Flatten, Input, Layer
from tinynet.models import Sequential


class TestGettingAndSetting:
    def test_weights_come_as_copies_kernel_before_bias(self):
        model = classifier()
        weights = model.get_weights()
        assert [w.shape for w in weights] == [(4, 5), (5,), (5, 1), (1,)]
        weights[0][...] = 7
        assert not (model.get_weights()[0] == 7).any()

    def test_weights_go_in_as_copies(self):
        model, given = classifier(), [np.full(shape, 2.0) for shape in [(4, 5), (5,), (5, 1), (1,)]]
        model.set_weights(given)
        given[0][...] = 9
        assert (model.get_weights()[0] == 2).all()

    def test_a_layer_has_its_own(self):
        layer = classifier().layers[0]
        layer.set_weights([np.ones((4, 5)), np.zeros(5)])
        assert (layer.kernel == 1).all()
        assert [w.shape for w in layer.get_weights()] == [(4, 5), (5,)]

    def test_assigning_to_a_weight_writes_into_the_models_memory(self):
        model = classifier()
        model.layers[0].kernel = np.ones((4, 5))
        assert (model.get_weights()[0] == 1).all()

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            (lambda w: w[:2], ValueError, "length 2, but it was expecting 4 weights, of shapes"),
            (
                lambda w: [*w[:3], np.ones(2)],
                ValueError,
                r"weight 3 \('bias'\) has shape \(1,\).*provided shape \(2,\)",
            ),
            (lambda w: [*w[:3], np.array(["a"])], TypeError, r"weight 3 \('bias'\) must be an array of real numbers"),
        ],
    )
    def test_weights_that_do_not_fit_change_nothing(self, change, error, message):
        model = classifier()
        with unchanged(model), pytest.raises(error, match=message):
            model.set_weights(change([w + 1 for w in model.get_weights()]))


class TestAsVariables:
    def test_a_models_weights_are_its_layers_by_path_shape_and_type(self):
        model = Sequential([Input((3,)), Dense(2, name="in"), Flatten(), Dense(1, use_bias=False, name="out")])
        assert [(w.path, w.name, w.shape, w.dtype) for w in model.weights] == [
            ("in/kernel", "kernel", (3, 2), "float32"),
            ("in/bias", "bias", (2,), "float32"),
            ("out/kernel", "kernel", (2, 1), "float32"),
        ]
        assert model.weights == model.variables == [w for layer in model.layers for w in layer.weights]
        assert Sequential([Dense(1)]).weights == []

    def test_setting_a_weight_sets_what_the_model_computes_with(self):
        model = Sequential([Input((2,)), Dense(1)])
        kernel, bias = model.weights
        kernel.assign([[1.0], [2.0]])
        bias.assign([3.0])
        assert model.predict([[1.0, 1.0]], verbose=0).item() == 6.0
        assert kernel.numpy().tolist() == model.get_weights()[0].tolist()

    def test_a_frozen_layers_weights_are_not_trainable(self):
        model = classifier()
        model.layers[0].trainable = False
        frozen, trained = model.layers
        assert model.trainable_weights == model.trainable_variables == trained.weights == trained.trainable_weights
        assert model.non_trainable_weights == frozen.weights == frozen.non_trainable_variables
        assert frozen.trainable_weights == trained.non_trainable_weights == []

    def test_a_weight_of_ones_own_layer_is_called_by_its_attribute(self):
        class Scale(Layer):
            def build(self, input_shape):
                self.factor = self.add_weight(shape=(1,), initializer="ones")

        layer = Scale(name="scale")
        layer.build((None, 3))
        assert [(w.name, w.path) for w in layer.weights] == [("factor", "scale/factor")]


class TestFreezing:
    @both_loops
    def test_a_frozen_layer_keeps_its_weights_while_those_around_it_learn(self, compiled):
        x, y = two_classes()
        model = Sequential([Input((4,)), Dense(5, "relu"), Dense(5, "tanh"), Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", compiled=compiled)
        model.layers[1].trainable = False
        before = model.get_weights()
        model.fit(x, y, epochs=3, verbose=0)
        changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights(), strict=True)]
        assert changed == [True, True, False, False, True, True]

    @both_loops
    def test_a_wholly_frozen_model_only_reports(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        model.trainable = False
        before = model.get_weights()
        losses = model.fit(x, y, epochs=3, verbose=0, shuffle=False).history["loss"]
        assert_same_weights(model, before)
        assert losses == [losses[0]] * 3
        assert model.count_params() == 31

    @both_loops
    def test_freezing_and_thawing_between_two_fits(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        model.fit(x, y, verbose=0)
        model.layers[0].trainable = False
        frozen = model.layers[0].get_weights()
        model.fit(x, y, verbose=0)
        assert_same_weights(model.layers[0].get_weights(), frozen)
        model.layers[0].trainable = True
        model.fit(x, y, verbose=0)
        assert (model.layers[0].kernel != frozen[0]).any()

    def test_freezing_and_thawing_by_a_callback_acts_at_once_and_alike_in_both_loops(self):
        x, y = two_classes()

        def train(compiled):
            model = classifier(compiled)
            model.layers[0].trainable = False
            kernels = []

            def turn(epoch, logs):
                kernels.append(model.layers[0].get_weights()[0])
                model.layers[0].trainable = epoch % 2 == 0

            model.fit(x, y, epochs=4, verbose=0, callbacks=[LambdaCallback(on_epoch_end=turn)])
            return kernels, model

        (kernels, one), (_, other) = train(True), train(False)
        moved = [bool((a != b).any()) for a, b in pairwise(kernels)]
        assert moved == [True, False, True]
        assert_same_weights(one, other, exactly=False, tolerance=1e-5)

    def test_a_frozen_model_freezes_what_is_put_on_top(self):
        model = Sequential([Input((3,)), Dense(2)], trainable=False)
        model.add(Dense(1))
        assert not any(layer.trainable for layer in model.layers)

    def test_the_summary_counts_frozen_parameters(self):
        model, texts = classifier(), []
        model.layers[0].trainable = False
        model.summary(print_fn=texts.append, show_trainable=True)
        assert " Trainable params: 6 " in texts[0]
        assert " Non-trainable params: 25 " in texts[0]


class TestSharing:
    @both_loops
    def test_a_model_over_anothers_layers_has_the_same_arrays(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        inner = Sequential(model.layers[:-1])
        assert inner.built
        assert inner.output_shape == (None, 5)
        assert np.shares_memory(inner.layers[0].kernel, model.layers[0].kernel)
        before = inner.predict(x, verbose=0)
        model.fit(x, y, epochs=2, verbose=0)
        assert (inner.predict(x, verbose=0) != before).any()
        assert_same_weights(inner.get_weights(), model.get_weights()[:2])

    @both_loops
    def test_training_either_of_two_models_shows_in_the_other(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        other = Sequential([*model.layers[:-1], Dense(3, activation="softmax")])
        other.compile("sgd", "sparse_categorical_crossentropy", compiled=compiled)
        outputs = model.predict(x, verbose=0)
        top = model.layers[-1].get_weights()
        other.fit(x, y, verbose=0)
        assert_same_weights(model.layers[-1].get_weights(), top)
        assert (model.predict(x, verbose=0) != outputs).any()
        model.fit(x, y, verbose=0)
        assert_same_weights(other.get_weights()[:2], model.get_weights()[:2])

    @both_loops
    def test_a_new_layer_on_top_keeps_weights_and_the_optimizers_slots(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, optimizer="adam")
        model.fit(x, y, epochs=2, verbose=0)
        weights = model.get_weights()
        slots = [model.optimizer.accumulators.of(p).copy() for p in model.parameters]
        model.add(Dense(1, activation="sigmoid"))
        assert_same_weights(model.get_weights()[:4], weights)
        assert_same_weights([model.optimizer.accumulators.of(p) for p in model.parameters[:4]], slots)
        assert not model.optimizer.accumulators.of(model.parameters[4]).any()
        model.fit(x, y, verbose=0)
        assert model.optimizer.iterations == 6

    @both_loops
    def test_a_layer_below_shifts_the_memory_and_loses_nothing(self, compiled):
        x, y = two_classes(inputs=4)
        plain, shared = classifier(compiled, optimizer="adam"), classifier(compiled, optimizer="adam")
        for model in (plain, shared):
            model.fit(x, y, verbose=0, shuffle=False)
        Sequential([Input((7,)), Dense(4), *shared.layers])
        for model in (plain, shared):
            model.fit(x, y, epochs=2, verbose=0, shuffle=False)
        assert_same_weights(plain, shared)

    def test_building_another_model_over_the_layers_in_mid_training_disturbs_nothing(self):
        x, y = two_classes()

        def train(callbacks):
            model = classifier()
            model.fit(x, y, epochs=3, verbose=0, callbacks=callbacks(model))
            return model

        def build_over(model):
            return [LambdaCallback(on_epoch_end=lambda e, logs: Sequential([Input((7,)), Dense(4), *model.layers]))]

        assert_same_weights(train(lambda model: []), train(build_over))

    def test_heads_that_are_gone_do_not_pile_up_beneath_the_shared_layers(self):
        x, y = two_classes()
        base = classifier()
        before = base.get_weights()
        for _ in range(5):
            head = Sequential([*base.layers[:-1], Dense(100), Dense(1, activation="sigmoid")])
            head.predict(x, verbose=0)
        del head
        Sequential([*base.layers, Dense(1)])
        memory = base.parameters[0].memory
        assert len(memory.table) == 4
        assert memory.parameters.size < 500
        assert_same_weights(base, before)
        base.fit(x, y, verbose=0)

    def test_a_shared_frozen_layer_is_frozen_in_both(self):
        model = classifier()
        inner = Sequential(model.layers[:-1])
        inner.trainable = False
        assert [layer.trainable for layer in model.layers] == [False, True]


@both_loops
def test_all_float_types_take_part_in_memory_alike(compiled):
    tinynet.backend.set_floatx("float64")
    model = classifier(compiled)
    model.fit(*two_classes(), verbose=0)
    assert {w.dtype.name for w in model.get_weights()} == {"float64"}
    tinynet.backend.set_floatx("float32")
    assert model.predict(np.ones((2, 4), "float32"), verbose=0).dtype == np.float64
    assert model(np.ones((2, 4)), training=True).dtype == np.float64
    assert model.layers[0](np.ones((2, 4))).dtype == np.float64


def test_what_is_computed_in_place_with_a_weight_is_a_new_array_as_with_kerass_variables():
    layer = Dense(2)
    layer.build((None, 3))
    before, kernel = layer.get_weights(), layer.kernel
    kernel += 1
    kernel **= 2
    row = layer.kernel[0]
    row *= 5
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])
    np.testing.assert_array_equal(kernel, (before[0] + 1) ** 2)
    layer.kernel += 1  # assigns what is computed
    layer.bias[1] -= 3
    np.testing.assert_array_equal(layer.get_weights()[0], before[0] + 1)
    assert layer.get_weights()[1].tolist() == [0.0, -3.0]

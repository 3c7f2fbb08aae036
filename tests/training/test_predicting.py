"""What `compile`, `evaluate`, `predict` and the methods for single batches give, in both loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet import activations
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import Activation, Dense, Dropout, Flatten, Input, LeakyReLU, Rescaling
from tinynet.models import Sequential


class TestEvaluate:
    @both_loops
    def test_it_returns_a_list_in_the_order_of_the_names_or_a_dict(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, metrics=["mse", "accuracy", "mae"])
        values = model.evaluate(x, y, verbose=0)
        by_name = model.evaluate(x, y, verbose=0, return_dict=True)
        assert model.metrics_names == ["loss", "mse", "accuracy", "mae"]
        assert list(by_name) == ["accuracy", "loss", "mae", "mse"]
        assert values == [by_name[name] for name in model.metrics_names]

    @both_loops
    def test_without_metrics_it_returns_a_float(self, compiled):
        x, y = two_classes()
        model = classifier(compiled, metrics=None)
        assert type(model.evaluate(x, y, verbose=0)) is float
        assert list(model.evaluate(x, y, verbose=0, return_dict=True)) == ["loss"]

    @both_loops
    def test_the_batch_size_does_not_matter(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        results = [model.evaluate(x, y, batch_size=size, verbose=0) for size in (1, 7, 60, 1000)]
        for result in results:
            assert result == pytest.approx(results[0], rel=1e-6)

    @both_loops
    def test_batches_by_themselves(self, compiled):
        x, y = two_classes()
        model = classifier(compiled)
        tested = model.test_on_batch(x, y)
        assert tested == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)
        assert model.train_on_batch(x, y, return_dict=True) == pytest.approx(
            dict(zip(["loss", "accuracy"], tested, strict=True)), rel=1e-6
        )
        assert model.optimizer.iterations == 1
        fitted = classifier(compiled)
        fitted.fit(x, y, batch_size=60, verbose=0, shuffle=False)
        assert_same_weights(model, fitted)

    @both_loops
    def test_train_on_batch_takes_weights(self, compiled):
        x, y = two_classes()
        one, other = classifier(compiled), classifier(compiled)
        one.train_on_batch(x, y, class_weight={1: 2.0})
        other.train_on_batch(x, y, sample_weight=1 + y)
        assert_same_weights(one, other)


class TestPredict:
    @both_loops
    @pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
    def test_outputs_are_floatx_rows_whatever_came_in(self, compiled, dtype):
        model = classifier(compiled)
        p = model.predict((np.arange(20).reshape(5, 4) % 2).astype(dtype), verbose=0)
        assert (p.shape, p.dtype) == ((5, 1), np.float32)
        assert p.flags.c_contiguous

    @both_loops
    def test_all_ways_to_predict_agree(self, compiled):
        x, _ = two_classes()
        model = classifier(compiled)
        p = model.predict(x, verbose=0)
        np.testing.assert_allclose(model.predict(x, batch_size=7, verbose=0), p, atol=1e-6)
        np.testing.assert_allclose(model(x), p, atol=1e-6)
        np.testing.assert_allclose(model(x, training=True), p, atol=1e-6)
        np.testing.assert_allclose(model.predict_on_batch(x.tolist()), p, atol=1e-6)

    @both_loops
    def test_outputs_of_several_axes_keep_their_shape(self, compiled):
        model = Sequential([Input((3, 4)), Dense(5), Activation("softmax")])
        model.compile("sgd", "mse", compiled=compiled)
        p = model.predict(np.ones((7, 3, 4)), verbose=0)
        assert p.shape == (7, 3, 5)
        assert p.sum(axis=-1) == pytest.approx(1.0)
        model.add(Flatten())
        assert model.predict(np.ones((7, 3, 4)), verbose=0).shape == (7, 15)

    @both_loops
    def test_results_in_training_form_are_the_callers_own(self, compiled):
        x, _ = two_classes()
        model = classifier(compiled)
        first = model(x, training=True)
        kept = first.copy()
        model(x * 2, training=True)
        np.testing.assert_array_equal(first, kept)

    def test_an_uncompiled_model_predicts(self):
        assert Sequential([Dense(2)]).predict(np.ones((3, 4)), verbose=0).shape == (3, 2)

    @both_loops
    def test_a_sigmoid_that_saturates_still_learns(self, compiled):
        model = Sequential([Input((1,)), Dense(1, activation="sigmoid", kernel_initializer="ones")])
        model.compile(tinynet.optimizers.SGD(1.0), "binary_crossentropy", compiled=compiled)
        loss = model.train_on_batch(np.array([[100.0]]), np.array([0.0]))
        assert loss == pytest.approx(100, rel=1e-6)
        assert model.get_weights()[0][0, 0] == pytest.approx(1 - 100, rel=1e-6)


def test_compiling_takes_names_classes_and_objects():
    model = Sequential([Input((2,)), Dense(1)])
    for optimizer in ("SGD", tinynet.optimizers.SGD, tinynet.optimizers.SGD(0.01)):
        for loss in ("mse", "MeanSquaredError", tinynet.losses.MeanSquaredError, tinynet.losses.mean_squared_error):
            model.compile(optimizer, loss, metrics=["MAE", tinynet.metrics.MeanSquaredError(name="squared")])
            assert model.metrics_names == ["loss", "MAE", "squared"]
            assert model.evaluate(np.ones((3, 2)), np.ones(3), verbose=0)


@both_loops
@pytest.mark.parametrize("given", ["accuracy", "acc", "Accuracy", tinynet.metrics.Accuracy()])
def test_accuracy_is_of_the_kind_that_fits(compiled, given):
    x = np.random.default_rng(0).normal(size=(30, 4))
    model = Sequential([Input((4,)), Dense(3, activation="softmax")])
    classes = model.predict(x, verbose=0).argmax(axis=1)
    for loss, y in [
        ("sparse_categorical_crossentropy", classes),
        ("sparse_categorical_crossentropy", classes[:, None]),
        ("categorical_crossentropy", np.eye(3)[classes]),
        ("crossentropy", np.eye(3)[classes]),
        ("crossentropy", classes),
    ]:
        model.compile("sgd", loss, metrics=[given], compiled=compiled)
        assert model.evaluate(x, y, verbose=0)[1] == 1.0
        assert model.metrics_names[1] == (given if isinstance(given, str) else "accuracy")


def test_a_frozen_network_that_begins_with_flatten_sees_its_weights_move_to_another_memory():
    model = tinynet.Sequential([Flatten(input_shape=(2, 2)), Dense(3)], trainable=False)
    x = np.ones((1, 2, 2), np.float32)
    model.predict(x, verbose=0)
    tinynet.Sequential([*model.layers, Dense(2)])  # lays the memory anew
    model.set_weights([np.zeros((4, 3)), np.full(3, 7.0)])
    assert model.predict(x, verbose=0).tolist() == [[7.0, 7.0, 7.0]]
    assert model(x).tolist() == [[7.0, 7.0, 7.0]]


def moved(model):
    """Return a model of the same layers and one more, which lays their memory anew."""
    return Sequential([*model.layers, Dense(2)])


@pytest.mark.skipif(not COMPILED, reason="the compiled loop's")
class TestWhatIsKeptForTheNextCall:
    """What predicts a few samples at once is kept until its own model changes."""

    def test_it_outlasts_changes_of_other_models_and_none_of_its_own(self):
        x, _ = two_classes(6)
        model = Sequential([Input((4,)), Dense(3, "relu"), Dropout(0.5), LeakyReLU(0.25), Dense(1)])
        model.predict(x, verbose=0)
        kept = model.predictor
        assert kept is not None
        other = classifier()
        other.layers[0].trainable = False
        other.compile("sgd", "mse")
        assert kept.takes(x)
        assert model.predict(x, verbose=0).tolist() == model(x).tolist()
        assert model.predictor is kept
        model.layers[1].rate = 0.25
        assert not kept.takes(x)
        assert model.predict(x, verbose=0).tolist() == model(x).tolist()
        assert model.predictor is not kept

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda model: setattr(model.layers[0], "scale", 3.0), [[6.0, -1.5]]),
            (lambda model: setattr(model.layers[0], "offset", 1.0), [[3.0, 0.0]]),
            (lambda model: setattr(model.layers[1].activation, "negative_slope", 0.25), [[2.0, -0.25]]),
            (lambda model: setattr(model.layers[1], "activation", "linear"), [[2.0, -1.0]]),
            (lambda model: model.layers[2].set_weights([np.eye(2) * 4]), [[8.0, -2.0]]),
            (lambda model: model.layers[2].kernel.assign(np.eye(2) * 4), [[8.0, -2.0]]),
            (lambda model: moved(model).set_weights([np.eye(2) * 4, np.eye(2), np.ones(2)]), [[8.0, -2.0]]),
        ],
        ids=["scale", "offset", "slope", "activation", "weights", "kernel", "memory"],
    )
    def test_what_is_set_of_a_layer_or_its_activation_counts_at_once(self, change, expected):
        x = np.array([[2.0, -1.0]], "float32")
        steep = activations.LeakyReLU(negative_slope=0.5)
        model = Sequential([Input((2,)), Rescaling(1.0), Activation(steep), Dense(2, use_bias=False)])
        model.layers[2].set_weights([np.eye(2)])
        assert model.predict(x, verbose=0).tolist() == model(x).tolist() == [[2.0, -0.5]]
        change(model)
        assert model(x).tolist() == model.predict(x, verbose=0).tolist() == expected

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda x: x.astype("float64"),
            lambda x: x[:, :3],
            lambda x: x[::-1],
            lambda x: x[:0],
            lambda x: x.tolist(),
            lambda x: np.zeros((2**14 + 1, 4), x.dtype),
        ],
        ids=["type", "shape", "strides", "no samples", "a list", "many samples"],
    )
    def test_it_takes_only_what_the_kernels_can_read_at_once(self, wrong):
        x, _ = two_classes(6)
        model = classifier()
        model.predict(x, verbose=0)
        assert model.predictor.takes(x)
        assert model.predictor.takes(np.zeros((2**14, 4), x.dtype))
        assert not model.predictor.takes(wrong(x))

"""Losses, optimizers, metrics and activations that users write themselves: they train as the built-in ones do."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, classifier, two_classes
from tinynet.activations import ActivationFunction
from tinynet.layers import Dense, Input
from tinynet.losses import BinaryCrossentropy, Loss, MeanSquaredError
from tinynet.metrics import BinaryAccuracy, Metric
from tinynet.models import Sequential
from tinynet.optimizers import SGD, Adam, Optimizer, RMSprop

X, Y = two_classes(100)


class Square(Loss):
    """Mean squared error by hand."""

    def forward(self, y, p):
        return ((p - y) ** 2).mean(axis=-1)

    def backward(self, y, p):
        return 2 * (p - y) / p.shape[-1]


class TestLosses:
    @pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 100)])
    def test_mean_squared_error_by_hand(self, weights):
        models = [classifier(loss=loss) for loss in (Square(), MeanSquaredError())]
        histories = [m.fit(X, Y, sample_weight=weights, epochs=2, verbose=0).history for m in models]
        assert_same_weights(*models, exactly=False)
        assert histories[0]["loss"] == pytest.approx(histories[1]["loss"], rel=1e-5)

    def test_a_changed_built_in_one_is_heard(self):
        class Doubled(BinaryCrossentropy):
            def forward(self, y, p):
                return 2 * super().forward(y, p)

            def backward(self, y, p):
                return 2 * super().backward(y, p)

        one, other = classifier(loss=Doubled(), optimizer=SGD(0.1)), classifier(optimizer=SGD(0.2))
        losses = [model.fit(X, Y, verbose=0, batch_size=100).history["loss"][0] for model in (one, other)]
        assert losses[0] == pytest.approx(2 * losses[1], rel=1e-5)
        assert_same_weights(one, other, exactly=False)

    def test_targets_may_have_columns_of_their_own(self):
        class Pinball(Loss):
            def forward(self, y, p):
                error = y[:, :1] - p
                return np.maximum(y[:, 1:] * error, (y[:, 1:] - 1) * error)[:, 0]

            def backward(self, y, p):
                return np.where(y[:, :1] > p, -y[:, 1:], 1 - y[:, 1:])

        model = classifier(loss=Pinball(), metrics=None)
        y = np.stack([Y, np.full(100, 0.9)], axis=1)
        losses = model.fit(X, y, epochs=20, verbose=0).history["loss"]
        assert losses[-1] < losses[0]
        assert Pinball()(y, np.zeros((100, 1))) == pytest.approx(0.9 * Y.mean())

    def test_what_must_be_defined_is_said(self):
        with pytest.raises(TypeError, match="Loss must define `forward"):
            Loss()([1.0], [1.0])


class TestOptimizers:
    def test_momentum_by_hand(self):
        class Momentum(Optimizer):
            slots = ("velocity",)

            def update(self, w, dw, slots, step):
                (v,) = slots
                v *= 0.9
                v -= self.learning_rate * dw
                w += v

        options = {"clipnorm": 0.1, "weight_decay": 0.01}
        one = classifier(optimizer=Momentum(0.1, **options))
        other = classifier(optimizer=SGD(0.1, momentum=0.9, **options))
        for model in (one, other):
            model.fit(X, Y, epochs=3, verbose=0)
        assert_same_weights(one, other, exactly=False)
        assert one.optimizer.iterations == 12
        assert one.optimizer.variable_count(one.parameters) == 2 + 31

    @pytest.mark.parametrize(
        ("made", "later"),
        [
            (SGD(0.1, momentum=0.9, nesterov=True), (SGD(0.1, momentum=0.5), {"momentum": 0.9, "nesterov": True})),
            (RMSprop(momentum=0.9, rho=0.5), (RMSprop(momentum=0.1), {"momentum": 0.9, "rho": 0.5})),
            (Adam(beta_1=0.5, beta_2=0.9), (Adam(), {"beta_1": 0.5, "beta_2": 0.9})),
        ],
    )
    def test_what_is_set_later_counts(self, made, later):
        optimizer, settings = later
        for name, value in settings.items():
            setattr(optimizer, name, value)
        assert optimizer.get_config() == made.get_config()
        one, other = classifier(optimizer=made), classifier(optimizer=optimizer)
        for model in (one, other):
            model.fit(X, Y, epochs=3, shuffle=False, verbose=0)
        assert_same_weights(one, other)

    def test_a_changed_built_in_one_is_heard(self):
        class Signs(SGD):
            def update(self, w, dw, slots, step):
                w -= self.learning_rate * np.sign(dw)

        model = classifier(optimizer=Signs(0.5), loss="mse")
        before = model.get_weights()
        model.train_on_batch(X, Y)
        steps = [np.abs(b - a) for a, b in zip(before, model.get_weights(), strict=True)]
        assert all(np.isin(step.round(5), [0.0, 0.5]).all() for step in steps)

    def test_what_must_be_defined_is_said(self):
        with pytest.raises(TypeError, match="Optimizer must define `update"):
            classifier(optimizer=Optimizer()).fit(X, Y, verbose=0)


class Largest(Metric):
    """The largest error since the epoch began."""

    def reset_state(self):
        self.largest = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest = max(self.largest, float(np.abs(y_pred - y_true).max()))

    def result(self):
        return self.largest


class TestMetrics:
    def test_one_starts_anew_with_every_epoch_and_validation(self):
        model = classifier(metrics=[Largest()], optimizer="sgd")
        easy = X[:3], model.predict(X[:3], verbose=0)
        model.optimizer.learning_rate = 0.0
        history = model.fit(X, Y, epochs=3, validation_data=easy, verbose=0).history
        worst = float(np.abs(model.predict(X, verbose=0)[:, 0] - Y).max())
        assert history["largest"] == pytest.approx([worst] * 3)
        assert history["val_largest"] == pytest.approx([0.0] * 3, abs=1e-6)
        assert model.evaluate(*easy, verbose=0)[1] == pytest.approx(0, abs=1e-6)
        assert model.evaluate(X, Y, verbose=0)[1] == pytest.approx(worst)

    def test_a_plain_function_is_a_mean_over_samples(self):
        def distance(y_true, y_pred):
            return np.abs(y_pred - y_true)[:, 0]

        model = classifier(metrics=[distance, "mae"], weighted_metrics=[distance])
        values = model.evaluate(X, Y, batch_size=30, sample_weight=Y, verbose=0, return_dict=True)
        assert values["distance"] == pytest.approx(values["mae"], rel=1e-5)
        assert values["weighted_distance"] != pytest.approx(values["mae"], rel=1e-3)

    def test_a_changed_built_in_one_is_heard(self):
        class Percent(BinaryAccuracy):
            def result(self):
                return 100 * super().result()

        model = classifier(metrics=[Percent(), "binary_accuracy"])
        history = model.fit(X, Y, epochs=2, verbose=0).history
        assert history["percent"] == pytest.approx([100 * a for a in history["binary_accuracy"]])

    def test_what_must_be_defined_is_said(self):
        with pytest.raises(TypeError, match="Metric must define `reset_state`"):
            Metric()


def test_an_activation_by_hand():
    class MyTanh(ActivationFunction):
        name = "my_tanh"

        def forward(self, z):
            np.tanh(z, out=z)

        def backward(self, a, da):
            da *= 1 - a**2

    models = []
    for activation in (MyTanh(), "tanh"):
        tinynet.set_random_seed(0)
        model = Sequential([Input((4,)), Dense(5, activation=activation), Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        model.fit(X, Y, epochs=3, verbose=0)
        models.append(model)
    assert_same_weights(*models, exactly=False)
    assert "the activation of layer" in models[0].explain_plan()
    with pytest.raises(TypeError, match="ActivationFunction must define `forward"):
        ActivationFunction()([1.0])


def test_an_initializer_may_be_a_plain_function():
    model = Sequential([Input((2,)), Dense(3, kernel_initializer=lambda shape, dtype: np.full(shape, 0.5, dtype))])
    assert (model.layers[0].kernel == 0.5).all()

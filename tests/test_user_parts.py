"""Parts that users write themselves: they train, next to and instead of the built-in ones."""

from __future__ import annotations

import numpy as np
import pytest
from nets import assert_same_weights, classifier, two_classes

import tinynet
from tinynet.activations import ActivationFunction
from tinynet.layers import Dense, Input, Layer
from tinynet.losses import BinaryCrossentropy, Loss, MeanSquaredError
from tinynet.metrics import BinaryAccuracy, Metric
from tinynet.models import Sequential
from tinynet.optimizers import SGD, Adam, Optimizer, RMSprop

X, Y = two_classes(100)


class MyDense(Layer):
    """A dense layer by hand, its parameters made by `announce`."""

    def __init__(self, units, announce, **options):
        super().__init__(**options)
        self.units, self.announce = units, announce
        self.w = None

    def build(self, input_shape):
        self.announce(self, (input_shape[-1], self.units))

    def forward(self, x, training=False):
        if training:
            self.x = x
        return x @ self.w + self.b

    def backward(self, dy):
        self.dw[...] = self.x.T @ dy
        self.db[...] = dy.sum(axis=0)
        return dy @ self.w.T

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def by_name(layer, shape):
    layer.add_weight("w", shape, tinynet.initializers.GlorotUniform(seed=1))
    layer.add_weight("b", shape[-1:], "zeros")


def as_in_keras(layer, shape):
    layer.w = layer.add_weight(name="w", shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(name="b", shape=shape[-1:], initializer="zeros", trainable=True)


def without_names(layer, shape):
    layer.w = layer.add_weight(shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(shape=shape[-1:], initializer="zeros")


def renamed(layer, shape):
    layer.w = layer.add_weight(name="kernel", shape=shape, initializer=tinynet.initializers.GlorotUniform(seed=1))
    layer.b = layer.add_weight(name="bias", shape=shape[-1:], initializer="zeros")


class TestLayers:
    @pytest.mark.parametrize("announce", [by_name, as_in_keras, without_names, renamed])
    def test_a_dense_layer_by_hand_learns_what_the_built_in_one_learns(self, announce):
        models = []
        for layer in (MyDense(5, announce), Dense(5, kernel_initializer=tinynet.initializers.GlorotUniform(seed=1))):
            tinynet.set_random_seed(0)
            model = Sequential([Input((4,)), layer, Dense(1, "sigmoid")])
            model.compile("rmsprop", "binary_crossentropy", compiled=False)
            model.fit(X, Y, epochs=3, verbose=0)
            models.append(model)
        assert_same_weights(*models, exactly=False)
        layer = models[0].layers[0]
        assert [p.name for p in layer.parameters] == ["w", "b"]
        assert layer.w.shape == layer.dw.shape == (4, 5)
        assert "user-written" in models[0].explain_plan() or "compiled=False" in models[0].explain_plan()

    def test_the_plan_names_the_layer(self):
        model = Sequential([Input((4,)), MyDense(5, by_name, name="mine"), Dense(1)])
        model.compile("sgd", "mse")
        assert "layer 'mine' (MyDense) is user-written" in model.explain_plan()

    def test_a_frozen_one_passes_the_gradient_down(self):
        model = Sequential([Input((4,)), Dense(5), MyDense(5, by_name, trainable=False), Dense(1)])
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.fit(X, Y, verbose=0)
        changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights(), strict=True)]
        assert changed == [True, True, False, False, True, True]

    def test_a_weight_that_is_not_trained_stays(self):
        class Shift(Layer):
            def build(self, input_shape):
                self.add_weight("shift", (input_shape[-1],), "ones", trainable=False)

            def forward(self, x, training=False):
                return x + self.shift

            def backward(self, dy):
                return dy

        model = Sequential([Input((4,)), Shift(), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        assert (model.layers[0].shift == 1).all()
        assert model.layers[0].trainable_parameters == []
        assert model.count_params() == 9

    def test_a_scalar_weight(self):
        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight(initializer="ones")

            def forward(self, x, training=False):
                self.x = x
                return x * self.scale

            def backward(self, dy):
                self.dscale[...] = (dy * self.x).sum()
                return dy * self.scale

        model = Sequential([Input((1,)), Scale()])
        model.compile(SGD(0.1), "mse")
        model.fit(np.ones((64, 1)), np.full(64, 3.0), epochs=100, verbose=0)
        assert model.layers[0].scale == pytest.approx(3.0, abs=1e-3)

    def test_a_name_is_given_once(self):
        layer = Dense(2, name="d")
        layer(np.ones((1, 3)))
        for name in ("kernel", "units", "forward", "dkernel"):
            with pytest.raises(ValueError, match=f"Layer 'd' already has a `{name}`"):
                layer.add_weight(name, (2,))

    @pytest.mark.parametrize(
        ("method", "result", "message"),
        [
            (
                "forward",
                lambda x: x[:, :2],
                r"`forward` must return an array of shape \(32, 4\).*returned shape \(32, 2\)",
            ),
            ("forward", lambda x: None, r"`forward` must return.*It returned None: is its `return` missing"),
            ("backward", lambda x: x[:, :2], r"`backward` must return an array of shape \(32, 4\).*shape \(32, 2\)"),
            ("backward", lambda x: None, r"`backward` must return.*It returned None"),
        ],
    )
    def test_a_wrong_shape_is_named(self, method, result, message):
        class Wrong(Layer):
            def forward(self, x, training=False):
                return result(x) if method == "forward" else x

            def backward(self, dy):
                return result(dy)

        model = Sequential([Input((4,)), Dense(4), Wrong(name="wrong"), Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match=f"Layer 'wrong' .Wrong.: {message}"):
            model.fit(X, Y, verbose=0)

    def test_what_must_be_defined_is_said(self):
        model = Sequential([Input((4,)), Layer(name="bare")])
        with pytest.raises(TypeError, match=r"Layer 'bare' \(Layer\) must define `forward"):
            model.predict(X, verbose=0)

    def test_another_float_type_or_order_from_a_layer_is_taken(self):
        class Double(Layer):
            def forward(self, x, training=False):
                return np.asfortranarray(2.0 * x.astype("float64"))

            def backward(self, dy):
                return np.asfortranarray(2.0 * dy.astype("float64"))

        model = Sequential([Input((4,)), Dense(3), Double(), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        assert model.predict(X, verbose=0).dtype == np.float32


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

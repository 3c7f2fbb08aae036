"""What runs in Keras but a beginner will regret warns; losses and metrics on arrays check what they get."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, two_classes
from tinynet.callbacks import Callback
from tinynet.layers import Activation, Dense, Input
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from tinynet.models import Sequential

X, Y = two_classes()


class TestLossesAndMetricsOnArrays:
    @pytest.mark.parametrize(
        ("part", "y", "p"),
        [
            (tinynet.losses.MeanSquaredError(), np.ones((2, 3)), np.ones((3, 2))),
            (tinynet.losses.MeanSquaredError(), np.ones(4), np.ones((2, 2))),
            (tinynet.metrics.BinaryAccuracy(), np.ones((2, 3)), np.ones((3, 2))),
            (SparseCategoricalCrossentropy(), np.ones(3), np.full((2, 2), 0.5)),
            (tinynet.metrics.SparseCategoricalAccuracy(), np.ones((2, 2)), np.full((2, 2), 0.5)),
        ],
    )
    def test_shapes_that_only_have_the_same_size_are_refused(self, part, y, p):
        with pytest.raises(ValueError, match=f"{part.name}: expected targets of shape"):
            part(y, p)

    def test_classes_that_do_not_exist_are_refused(self):
        for part in (SparseCategoricalCrossentropy(), tinynet.metrics.SparseCategoricalCrossentropy()):
            for wrong in ([0, 2], [0, -1], [0, np.nan]):
                with pytest.raises(ValueError, match="expected class numbers 0 to 1"):
                    part(np.array(wrong), np.full((2, 2), 0.5))

    def test_a_column_more_or_less_is_the_same(self):
        for y in (np.zeros(2), np.zeros((2, 1))):
            assert tinynet.losses.mean_squared_error(y, [[2.0], [1.0]]).tolist() == [4.0, 1.0]
            assert SparseCategoricalCrossentropy()(y, np.full((2, 2), 0.5)) == pytest.approx(np.log(2))


class TestAdvice:
    @pytest.mark.parametrize(
        ("units", "activation", "loss", "message"),
        [
            (1, "softmax", "mse", "softmax over one unit is always 1.*sigmoid"),
            (1, "sigmoid", "sparse_categorical_crossentropy", "needs a unit per class, and there is 1"),
            (1, None, "binary_crossentropy", "expects probabilities, but the last activation is linear.*'sigmoid'"),
            (3, "relu", "sparse_categorical_crossentropy", "last activation is relu. Use activation='softmax'"),
            (1, "sigmoid", BinaryCrossentropy(from_logits=True), "expects logits.*applies sigmoid. Remove one"),
            (3, "softmax", SparseCategoricalCrossentropy(from_logits=True), "applies softmax. Remove one"),
        ],
    )
    def test_what_a_beginner_will_regret_warns(self, units, activation, loss, message):
        model = Sequential([Input((4,)), Dense(units, activation=activation)])
        model.compile("sgd", loss)
        with pytest.warns(UserWarning, match=message) as caught:
            model.fit(X, np.zeros(60), verbose=0)
        assert caught[0].filename == __file__

    @pytest.mark.parametrize("where", ["Dense", "Activation"])
    def test_a_warning_names_the_layer(self, where):
        layers = (
            [Dense(1, "softmax", name="last")] if where == "Dense" else [Dense(1), Activation("softmax", name="last")]
        )
        model = Sequential([Input((4,)), *layers])
        model.compile("sgd", "mse")
        with pytest.warns(UserWarning, match="Layer 'last'"):
            model.fit(X, Y, verbose=0)

    def test_accuracy_of_quantities_warns(self):
        model = Sequential([Input((4,)), Dense(1)])
        model.compile("sgd", "mse", metrics=["accuracy"])
        with pytest.warns(UserWarning, match="accuracy counts hits.*metrics=\\['mae'\\]"):
            model.fit(X, X[:, 0], verbose=0)

    @both_loops
    @pytest.mark.parametrize(
        ("units", "activation", "loss", "y"),
        [
            (1, "sigmoid", "binary_crossentropy", Y),
            (1, None, BinaryCrossentropy(from_logits=True), Y),
            (2, "softmax", "sparse_categorical_crossentropy", Y),
            (2, "softmax", "binary_crossentropy", np.eye(2)[Y.astype(int)]),
            (2, None, CategoricalCrossentropy(from_logits=True), np.eye(2)[Y.astype(int)]),
            (1, None, "mse", Y),
            (1, "relu", "mae", Y),
        ],
    )
    def test_what_is_meant_does_not(self, units, activation, loss, y, compiled):
        model = Sequential([Input((4,)), Dense(units, activation=activation)])
        model.compile("sgd", loss, metrics=["accuracy"], compiled=compiled)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, y, verbose=0, callbacks=[Callback()])

"""Whether layers compute as in training: by what they are told, by what the `call` around them was told, by default."""

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(3.0, 2.0, (8, 4)).astype("float32")
FLAGS: list[dict[str, Any]] = [{}, {"training": True}, {"training": False}]


def without_an_argument(k):
    """A layer that says nothing of `training`: its `BatchNormalization` goes by what it was told."""

    class Plain(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.normal = k.layers.BatchNormalization(momentum=0.5)

        def call(self, x):
            return self.normal(x) * 2

    return Plain()


def with_an_argument(k):
    class Told(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.normal = k.layers.BatchNormalization(momentum=0.5)

        def call(self, x, training=False):
            return self.normal(x)

    return Told()


def by_default(k):
    class Default(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.normal = k.layers.BatchNormalization(momentum=0.5)

        def call(self, x, training=True):
            return self.normal(x)

    return Default()


def two_deep(k):
    class Outer(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = without_an_argument(k)

        def call(self, x):
            return self.inner(x)

    return Outer()


def through_a_model(k):
    class Outer(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = k.Sequential([k.layers.BatchNormalization(momentum=0.5)])

        def call(self, x):
            return self.inner(x)

    return Outer()


def told_inside(k):
    class Told(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.normal = k.layers.BatchNormalization(momentum=0.5)

        def call(self, x, training=False):
            return self.normal(x, training=True)

    return Told()


def told_in_a_graph(k):
    inputs = k.Input((4,))
    return k.Model(inputs, k.layers.BatchNormalization(momentum=0.5)(inputs, training=True))


def told_in_a_graph_of_several(k):
    a, b = k.Input((4,)), k.Input((4,))
    told = k.layers.BatchNormalization(momentum=0.5)
    inner = k.Model([a, b], {"sum": k.layers.add([told(a, training=True), b]), "b": k.layers.Dense(2, "relu")(b)})
    x = k.Input((4,))
    return k.Model(x, inner([x, x])["sum"])


def told_not_to_in_a_graph(k):
    inputs = k.Input((4,))
    return k.Model(inputs, k.layers.BatchNormalization(momentum=0.5)(inputs, training=False))


MADE = [without_an_argument, with_an_argument, by_default, two_deep, through_a_model, told_inside]
GRAPHS = [told_in_a_graph, told_in_a_graph_of_several, told_not_to_in_a_graph]


@pytest.mark.parametrize("make", MADE + GRAPHS)
def test_what_is_called_within_goes_by_the_flag_that_was_given_around_it(make):
    ours, theirs = make(tinynet), make(keras())
    for flag in [*FLAGS, *FLAGS]:  # the moving means are moved in between
        close(ours(X, **flag), theirs(X, **flag))


@pytest.mark.parametrize("make", GRAPHS)
def test_predict_and_evaluate_are_outside_training_whatever_a_part_was_told(make):
    ours, theirs = make(tinynet), make(keras())
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    for _ in range(2):
        close(ours(X), theirs(X))
        close(ours.predict(X, verbose=0), theirs.predict(X, verbose=0))
    close(ours.evaluate(X, X, verbose=0), theirs.evaluate(X, X, verbose=0))


def test_a_dropout_that_is_always_on_draws_anew_where_the_model_is_called():
    inputs = tinynet.Input((4,))
    model = tinynet.Model(inputs, tinynet.layers.Dropout(0.5)(inputs, training=True))
    one, other = model(np.ones((50, 4))), model(np.ones((50, 4)))
    assert (one == 0).any()
    assert (one != other).any()
    assert (model.predict(np.ones((50, 4)), verbose=0) == 1).all()
    assert (model(np.ones((50, 4)), training=False) == 1).all()


def test_a_call_that_raises_leaves_no_flag_behind():
    class Bad(tinynet.layers.Layer):
        def call(self, x, training=False):
            raise RuntimeError("oops")

    layer = without_an_argument(tinynet)
    before = layer(X, training=False)
    with pytest.raises(RuntimeError, match="oops"):
        Bad()(X, training=True)
    close(layer(X), before)


def close(ours, theirs):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), 2e-5, 2e-5)

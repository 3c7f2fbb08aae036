"""Layers and models that several threads use at once before they are built are built once."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinynet
from tinynet.layers import Add, BatchNormalization, Dense, Layer

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


class Chained(Layer):
    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(3, "tanh"), Dense(3)

    def call(self, x):
        return self.second(self.first(x)) + x


class Weighted(Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="normal", name="scale")

    def call(self, x):
        return x * self.scale


class Subclass(tinynet.Model):
    def __init__(self):
        super().__init__()
        self.parts = [Chained(), Weighted(), Dense(2)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


def merged():
    left, add = Dense(3), Add()
    return lambda x: add([left(x), x])


KINDS = {
    "a layer": lambda: Dense(4, "relu"),
    "a layer with a state": BatchNormalization,
    "layers chained by call": Chained,
    "weights used by call": Weighted,
    "layers that are merged": merged,
    "a stack": lambda: tinynet.Sequential([Chained(), Weighted(), Dense(2)]),
    "a model by call": Subclass,
}


@pytest.fixture
def quick_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_call_from_several_threads_builds_once(kind):
    with ThreadPoolExecutor(6) as pool:
        for _ in range(8):
            part, barrier = KINDS[kind](), threading.Barrier(6)

            def use(number, part=part, barrier=barrier):
                barrier.wait()
                if number % 2 and hasattr(part, "predict"):
                    return part.predict(X, verbose=0)
                return np.asarray(part(X))

            outputs = [*pool.map(use, range(6))]
            for output in outputs:
                np.testing.assert_allclose(output, outputs[0], rtol=1e-5, atol=1e-6)

"""``np.seterr(all="raise")``, or warnings that are errors, never break a call: tinynet itself says what goes wrong."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops
from tinynet.layers import Dense, Dropout, Input

#: What the loss becomes is told once, for the samples that make it so.
pytestmark = pytest.mark.filterwarnings("ignore:The loss became")

every_setting = pytest.mark.parametrize("setting", ["raise", "warn"])
X = {
    "denormal numbers": np.full((8, 3), 1e-40),
    "numbers too small for float32": np.full((8, 3), 1e-300),
    "numbers too large for float32": np.full((8, 3), 1e300),
    "products that overflow": np.full((8, 3), 1e30),
    "objects": np.full((8, 3), 1e-300, object),
}
ODD = np.array([[1e-40, 1e30, -1e30], [1e38, -1e38, 1e-45], [88.0, -104.0, 0.0]], "float32")
WIDE = np.array([[1e300, -1e300, 1e-300]] * 3)


def use_every_call(compiled: bool, x: Any) -> None:
    model = tinynet.Sequential(
        [Input((3,)), Dense(4, activation="gelu", kernel_regularizer="l2"), Dropout(0.5), Dense(1, "sigmoid")]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy", "mae"], compiled=compiled)
    y, weight = np.arange(8) % 2, [1e-40] * 8
    model.fit(x, y, batch_size=3, validation_split=0.25, sample_weight=weight, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.train_on_batch(x, y)
    for made in (model.predict(x, verbose=0), model(x), model(x, training=True)):
        assert made.shape == (8, 1)
    assert model.trace(x, y).to_text()
    assert str(model.gradient_check(x, y))


@both_loops
@every_setting
@pytest.mark.parametrize("name", X)
def test_every_call_of_a_model_goes_through(name: str, setting: Any, compiled: bool) -> None:
    with np.errstate(all=setting):
        use_every_call(compiled, X[name])
        assert np.geterr()["under"] == setting


@every_setting
def test_parts_by_themselves_go_through(setting: Any) -> None:
    targets = np.eye(3), np.arange(3)
    with np.errstate(all=setting):
        for activation in tinynet.activations.TABLE.values():
            assert activation(ODD).shape == (3, 3)
            assert activation(WIDE).shape == (3, 3)
        for kind in (*tinynet.losses.CLASSES.values(), *tinynet.metrics.CLASSES.values()):
            for values in (ODD, WIDE):
                y = targets["Sparse" in kind.__name__ or "Generalized" in kind.__name__]
                assert isinstance(float(kind()(y, values)), float)
        for regularizer in tinynet.regularizers.CLASSES.values():
            assert float(regularizer()(ODD[2])) >= 0
        for layer in (Dense(3, "elu"), Dropout(0.5)):
            assert layer(WIDE, training=True).shape == (3, 3)


def test_threads_have_settings_of_their_own_and_go_through_too() -> None:
    failed: list[BaseException] = []

    def use() -> None:
        try:
            with np.errstate(all="raise"):
                use_every_call(True, X["products that overflow"])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed

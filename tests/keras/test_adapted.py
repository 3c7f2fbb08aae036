"""Normalization by what was learnt of data, compared with Keras: what is learnt, steps, files, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.cases import BATCH, PLAIN, samples
from tests.support.keras_quickly import without_compiling
from tests.support.nets import both_loops
from tests.support.parity import assert_parity, keras, precision

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

CASES: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "columns": ((5,), {}),
    "columns of steps": ((3, 4), {}),
    "steps": ((3, 4), {"axis": 1}),
    "every place": ((3, 4), {"axis": (1, 2)}),
    "two of three": ((2, 3, 4), {"axis": [3, 1]}),
    "one mean for all": ((3, 4), {"axis": None}),
    "back": ((5,), {"invert": True}),
    "given": ((5,), {"mean": [1.0, 2.0, 3.0, 4.0, 5.0], "variance": [1.0, 4.0, 9.0, 0.25, 0.5]}),
    "one number given": ((3, 4), {"axis": 1, "mean": 1.0, "variance": 4.0, "invert": True}),
    "given for steps": ((3, 4), {"axis": 1, "mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 9.0]}),
}
each_case = pytest.mark.parametrize("name", CASES)


def data(name: str) -> Any:
    x = samples(shape=CASES[name][0]) * 3.0 + 1.0
    x[..., -1] = 2.0  # a column that is the same everywhere
    return x


def adapted(k: Any, name: str, x: Any) -> Any:
    layer = k.layers.Normalization(**CASES[name][1])
    if "mean" not in CASES[name][1]:
        layer.adapt(x)
    return layer


@each_case
def test_what_is_learnt_and_what_comes_out_are_keras_own(name):
    x = data(name)
    with precision("float64"):
        theirs, ours = adapted(keras(), name, x), adapted(tinynet, name, x)
        np.testing.assert_allclose(ours(x), np.asarray(theirs(x)), rtol=1e-12, atol=1e-12)
        for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
        config = ours.get_config()
        assert {k: config[k] for k in ("axis", "mean", "variance", "invert")} == {
            k: theirs.get_config()[k] for k in ("axis", "mean", "variance", "invert")
        }


@pytest.mark.parametrize("name", ["given", "one number given", "given for steps"])
def test_steps_are_as_in_keras(name):
    """By numbers that were given: of weights that are set, Keras's layer takes no notice."""
    x, y = samples(shape=CASES[name][0]), PLAIN.targets((21,), np.random.default_rng(1))

    def build(k: Any) -> Any:
        layers = [
            k.layers.Normalization(**CASES[name][1] | {"variance": 2.0, "mean": 0.5}),
            k.layers.Dense(x.shape[-1]),
        ]
        layers += [k.layers.Normalization(**CASES[name][1]), k.layers.Flatten(), k.layers.Dense(3)]
        model = k.Sequential(layers)
        model.compile(k.optimizers.Adam(0.01), "mse")
        return model

    assert_parity(build, x, y, batch_size=BATCH, epochs=17 if name == "given" else 2)


def test_batches_of_any_kind_teach_the_same_as_all_at_once():
    x = data("columns")
    whole = adapted(tinynet, "columns", x)

    class Batches(tinynet.utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> Any:
            return x[7 * number : 7 * number + 7], None

    parts: list[Any] = [[x[:4], x[4:5], x[5:]], (batch for batch in (x[:9], x[9:])), Batches(), x.tolist()]
    for given in parts:
        layer = tinynet.layers.Normalization()
        layer.adapt(given)
        np.testing.assert_allclose(layer.mean, whole.mean, rtol=1e-6)
        np.testing.assert_allclose(layer.variance, whole.variance, rtol=1e-6, atol=1e-12)


@both_loops
def test_a_vector_of_samples_is_a_column_and_may_be_adapted_before_and_in_a_model(compiled):
    horsepower = np.random.default_rng(0).uniform(50, 200, 60)
    before = tinynet.layers.Normalization(input_shape=[1], axis=None)
    before.adapt(horsepower)
    without = tinynet.layers.Normalization(axis=None)
    without.adapt(horsepower.tolist())
    for layer in (before, without):
        model = tinynet.Sequential([layer, tinynet.layers.Dense(1)])
        model.compile("adam", "mse", compiled=compiled)
        model.fit(horsepower, horsepower / 100, epochs=1, verbose=0)
        expected = model.predict(horsepower, verbose=0)
        layer.adapt(horsepower * 2.0)
        np.testing.assert_allclose(layer.mean, horsepower.mean() * 2, rtol=1e-6)
        assert not np.allclose(model.predict(horsepower, verbose=0), expected)
        assert model.count_params() == 5


@pytest.mark.parametrize("ending", [".keras", ".h5", ".npz"])
def test_what_was_learnt_goes_both_ways_in_files(ending, tmp_path):
    x = data("columns").astype("float32")
    with without_compiling():
        for one, other in ((tinynet, keras()), (keras(), tinynet)):
            if ending == ".npz":
                one = other = tinynet
            made = [adapted(one, name, x) for name in ("columns", "given", "back")]
            model = one.Sequential([one.Input((5,)), *made, one.layers.Dense(2)])
            model.save(tmp_path / f"m{ending}")
            again = other.models.load_model(tmp_path / f"m{ending}")
            np.testing.assert_allclose(*(m.predict_on_batch(x) for m in (model, again)), rtol=1e-5, atol=1e-5)


@both_loops
@each_case
def test_it_trains_below_and_above_others_alike_and_is_told(name, compiled):
    tinynet.backend.set_floatx("float64")
    x, y = data(name), PLAIN.targets((21,), np.random.default_rng(1))
    tinynet.set_random_seed(0)
    layer = adapted(tinynet, name, x)
    dense = tinynet.layers.Dense(x.shape[-1])
    model = tinynet.Sequential([tinynet.Input(x.shape[1:]), dense, layer, tinynet.layers.Flatten()])
    model.add(tinynet.layers.Dense(3))
    if "variance" not in CASES[name][1] and not layer.invert:
        layer.variance = np.abs(layer.variance) + 0.5
    model.compile(tinynet.optimizers.SGD(1e-6), "mse", compiled=compiled)
    model.fit(x, y, verbose=0)
    tinynet.gradient_check(model, x, y).require()
    trace = model.trace(x, y)
    assert any(step.why == layer.words.why for step in trace.steps)
    assert model.train_on_batch(x, y) == pytest.approx(trace.loss, rel=1e-12)


def test_what_does_not_fit_is_refused_and_nothing_is_changed():
    layer = tinynet.layers.Normalization()
    for wrong in ([], iter(()), [np.ones((2, 3)), np.ones((2, 4))], [np.ones((2, 3)), "x"], 5, None):
        with pytest.raises((ValueError, TypeError), match="ormalization"):
            layer.adapt(wrong)
        assert not layer.built
    layer.adapt(np.ones((2, 3)))
    with pytest.raises(ValueError, match="expected data of shape"):
        layer.adapt(np.zeros((2, 4)))
    np.testing.assert_array_equal(layer.mean, np.ones(3))
    with pytest.raises(ValueError, match="both `mean` and `variance` must be set"):
        tinynet.layers.Normalization(mean=1.0)
    with pytest.raises(ValueError, match="must have the same shape"):
        tinynet.layers.Normalization(mean=[1.0], variance=[1.0, 2.0])
    with pytest.raises(ValueError, match="do not fit the axes"):
        tinynet.layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 2.0])(np.ones((2, 3)))
    with pytest.raises(ValueError, match="nothing to adapt"):
        tinynet.layers.Normalization(mean=1.0, variance=1.0).adapt(np.ones((2, 3)))
    for axis in (0, 2, -3):
        with pytest.raises(ValueError, match="`axis` must name axes of a sample"):
            tinynet.layers.Normalization(axis=axis)(np.ones((2, 3)))

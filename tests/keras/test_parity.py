"""The comparison with Keras itself: it must see what differs, and say which tensor, entry and step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.agreement import DisagreementError, agree, differences
from tests.support.cases import BATCH, BCE, CCE, OPTIMIZERS, SPARSE, Head, describe, network, samples
from tests.support.keras_quickly import without_compiling
from tests.support.parity import assert_parity, initial_weights, keras, last_digits_changed, precision, train

HEAD = Head("linear", "MeanSquaredError")


def targets(head: Head = HEAD) -> np.ndarray:
    return head.targets((21,), np.random.default_rng(1))


class Slip(tinynet.optimizers.Optimizer):
    """Gradient descent that in one step moves one entry of the output layer's kernel by a trifle."""

    def __init__(self, step: int, entry: tuple[int, int], by: float) -> None:
        super().__init__(0.1)
        self.slip = step, entry, by

    def update(self, w: Any, dw: Any, slots: Any, step: int) -> None:
        w -= self.learning_rate * dw
        at, entry, by = self.slip
        if step == at and w.shape == (4, 3):
            w[entry] += by


def slipping(k: Any) -> Any:
    """Return a network whose weights slip in tinynet only."""
    model = network(k, HEAD)
    if k is tinynet:
        model.compile(Slip(4, (2, 1), 1e-10), "mse")
    return model


def test_the_comparison_names_tensor_entry_and_step_of_a_slip():
    with pytest.raises(DisagreementError) as caught:
        assert_parity(slipping, samples(), targets(), loops=["layers"], batch_size=BATCH, epochs=3)
    first = caught.value.first
    assert (first.moment, first.tensor, first.entry) == ("step 4", "layers[1].kernel", (2, 1))
    assert first.got - first.expected == pytest.approx(1e-10, rel=1e-3)
    assert "step 4: layers[1].kernel[2, 1] is" in str(caught.value)


def test_the_comparison_lets_a_slip_below_its_tolerance_pass():
    assert_parity(slipping, samples(), targets(), loops=["layers"], batch_size=BATCH, epochs=3, tolerance=1e-8)


@pytest.mark.parametrize(
    ("theirs", "ours", "tensor"),
    [
        ({}, {"loss": "mae"}, "loss"),
        ({"metrics": ["mse"]}, {"metrics": [lambda y, p: 1.001 * (y - p) ** 2]}, "mse"),
        ({}, {"optimizer": "SGD", "learning_rate": 0.1001}, "layers[0].kernel"),
    ],
)
def test_the_comparison_names_what_parts_first(theirs, ours, tensor):
    def build(k: Any) -> Any:
        options = dict(ours if k is tinynet else theirs)
        optimizer = k.optimizers.SGD(options.pop("learning_rate", 0.1))
        model = network(k, HEAD)
        metrics = options.pop("metrics", None)
        if metrics and callable(metrics[0]):
            metrics[0].__name__ = "mse"
        model.compile(optimizer, options.pop("loss", "mse"), metrics=metrics)
        return model

    with pytest.raises(DisagreementError) as caught:
        assert_parity(build, samples(), targets(), batch_size=BATCH)
    assert (caught.value.first.moment, caught.value.first.tensor) == ("step 1", tensor)


def test_the_comparison_sees_a_slot_that_differs_before_it_moves_a_weight():
    def build(k: Any) -> Any:
        rate = {"rho": 0.9 + 1e-9} if k is tinynet else {"rho": 0.9}
        return network(k, HEAD, ("RMSprop", {"learning_rate": 0.0, **rate}))

    with pytest.raises(DisagreementError, match=r"step 1: velocity of layers\[0\]\.kernel"):
        assert_parity(build, samples(), targets(), batch_size=BATCH)


def test_the_comparison_sees_a_frozen_layer_that_keras_trains():
    def build(k: Any) -> Any:
        model = network(k, HEAD, body=lambda k: [k.layers.Dense(4, activation="tanh")])
        if k is tinynet:
            model.layers[0].trainable = False
        return model

    with pytest.raises(DisagreementError, match=r"step 1: layers\[0\]\.kernel"):
        assert_parity(build, samples(), targets(), batch_size=BATCH)


def test_the_comparison_compares_validation_class_weights_and_accuracies():
    head = Head("sigmoid", "BinaryCrossentropy", 1)
    y = np.round(targets(head))
    runs = assert_parity(
        lambda k: network(k, head, ("Adam", {"learning_rate": 0.01}), metrics=["accuracy"]),
        samples(),
        y,
        batch_size=BATCH,
        epochs=2,
        class_weight={0: 0.5, 1: 2.0},
        validation_split=0.3,
    )
    assert sorted(runs["keras"]["history"]) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert "velocity of layers[0].kernel" in runs["compiled"]["step 4"]


@pytest.mark.parametrize(
    "head", [Head("sigmoid", BCE, 1), Head("softmax", CCE), Head("softmax", SPARSE)], ids=lambda head: head.loss
)
def test_saturated_networks_are_compared_on_logits(head):
    """With logits of hundreds Keras's clipped probabilities have no gradient; on logits the two agree."""
    x, y = 300 * samples(), head.targets((21,), np.random.default_rng(1), hard=True)

    def build(k: Any) -> Any:
        return network(k, head, body=lambda k: [k.layers.Dense(4)], metrics=["accuracy"])

    assert_parity(build, x, y, batch_size=BATCH)
    with pytest.raises(DisagreementError):
        assert_parity(build, x, y, batch_size=BATCH, fused=False)


def test_a_softmax_layer_is_taken_off_like_an_activation():
    def build(k: Any) -> Any:
        model = k.Sequential([k.layers.Dense(3), k.layers.Softmax()])
        model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        return model

    assert_parity(build, samples(), targets(Head("softmax", "CategoricalCrossentropy")), batch_size=BATCH)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=describe)
def test_float32_is_compared_in_float32(optimizer):
    def build(k: Any) -> Any:
        return network(k, HEAD, optimizer)

    fit: Any = {"batch_size": BATCH, "epochs": 2, "how": "eager"}
    # Keras multiplies Nadam's shares of momentum up in float32.
    runs = assert_parity(build, samples(), targets(), dtype="float32", tolerance=3e-5, conditioned=True, **fit)
    for run in runs.values():
        assert run["predict"]["predictions"].dtype == np.float32
        assert run["end"]["layers[0].kernel"].dtype == np.float32


def test_the_comparison_leaves_every_setting_as_it_found_it():
    import jax.numpy

    k = keras()
    with precision("float64"):
        assert (k.config.floatx(), tinynet.backend.floatx()) == ("float64", "float64")
        assert k.ops.mean(np.ones(3)).dtype == "float64"
        assert jax.numpy.ones(3, "float64").dtype == np.float64
    assert (k.config.floatx(), tinynet.backend.floatx()) == ("float32", "float32")
    model = k.Sequential([k.Input((2,)), k.layers.Dense(1)])
    assert model.predict(np.ones((3, 2)), verbose=0).dtype == np.float32
    assert k.ops.mean(np.ones(3)).dtype == "float32"


def test_keras_gives_the_same_compiled_and_traced():
    x, y = samples(), targets()
    with precision("float64"):
        weights = initial_weights(network(tinynet, HEAD), x.shape, 0)

        def run():
            return train(keras(), lambda k: network(k, HEAD), weights, x, y, batch_size=BATCH)

        with without_compiling():
            traced = run()
        assert agree(traced, run(), 1e-13) <= 1e-13


def test_nan_equals_nan_and_nothing_else():
    def run(*values: float) -> dict[str, dict[str, np.ndarray]]:
        return {"end": {"a": np.array(values)}}

    assert agree(run(1, np.nan, np.inf), run(1, np.nan, np.inf), 0.0) == 0.0
    for other in ((1, 2.0, np.inf), (1, np.nan, 5.0), (1, np.nan, -np.inf), (np.nan, np.nan, np.inf)):
        with pytest.raises(DisagreementError):
            agree(run(1, np.nan, np.inf), run(*other), 1e-3)


def test_differences_are_measured_in_units_of_the_largest_entry():
    runs = [{"end": {"a": np.array([[1.0, -100.0], [b, 0.0]])}} for b in (2.0, 3.0)]
    (difference,) = differences(*runs)
    assert (difference.entry, difference.relative) == ((1, 0), 0.01)


def test_what_only_one_of_the_two_has_is_an_error():
    with pytest.raises(AssertionError, match="only one has 'b'"):
        agree({"end": {"a": np.ones(1)}}, {"end": {"a": np.ones(1), "b": np.ones(1)}}, 1.0)
    with pytest.raises(AssertionError, match="shapes"):
        agree({"end": {"a": np.ones(1)}}, {"end": {"a": np.ones((1, 1))}}, 1.0)
    with pytest.raises(AssertionError, match="moments"):
        agree({"step 1": {}}, {"step 1": {}, "step 2": {}}, 1.0)


def test_what_a_last_digit_changes_in_keras_may_differ_and_nothing_else():
    def run(a: float, b: float) -> dict[str, dict[str, np.ndarray]]:
        return {"step 1": {"a": np.array([a]), "b": np.array([b])}}

    moved = [run(1 + 1e-9, 1.0), run(1 - 3e-9, 1.0)]
    assert agree(run(1, 1), run(1 + 2e-8, 1), 1e-12, moved=moved) == pytest.approx(2e-8)
    for differing in (run(1 + 3e-8, 1), run(1, 1 + 1e-9)):
        with pytest.raises(DisagreementError):
            agree(run(1, 1), differing, 1e-12, moved=moved)
    with pytest.raises(DisagreementError):
        agree(run(0, 1), run(1e-30, 1), 1e-12, moved=[run(1e-30, 1)])


def test_last_digits_do_not_excuse_a_slip():
    def build(k: Any) -> Any:
        model = network(k, HEAD)
        if k is tinynet:
            model.compile(Slip(4, (2, 1), 1e-11), "mse")
        return model

    with pytest.raises(DisagreementError, match=r"step 4: layers\[1\]\.kernel\[2, 1\]"):
        assert_parity(build, samples(), targets(), loops=["layers"], batch_size=BATCH, epochs=3, conditioned=True)


def test_last_digits_are_changed_by_one_and_no_more():
    for dtype in (np.float32, np.float64):
        weights = [np.linspace(-2, 2, 7, dtype=dtype), np.zeros(1, dtype)]
        changed = last_digits_changed(weights, 0)
        for before, after in zip(weights, changed, strict=True):
            assert after.dtype == dtype
            assert (np.nextafter(before, after) == after).all()
            assert (before != after).all()

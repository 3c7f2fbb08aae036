"""A class with formulas of its own computes these, whatever its base says of its own formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynet import Sequential
from tinynet.activations import ActivationFunction, Linear, ReLU
from tinynet.formulas import Batch, Floats, Label, Operation, Row, Scalar, Told, Words, exp, formula, kernel
from tinynet.kernels.machine.fingerprint import fingerprint
from tinynet.layers import Activation, Dense, Input, KernelLayer
from tinynet.losses import BinaryCrossentropy, Loss, MeanSquaredError
from tinynet.metrics import Metric
from tinynet.metrics.base import metric_of
from tinynet.optimizers import SGD, Optimizer, RMSprop

SAID = Words("{p}", "why", "{p}", "slope")
TOLD = (Told("w", "{w} - {g}", "why"),)


@formula
def doubled(z: Scalar) -> Scalar:
    """2z."""
    return z + z


@formula
def doubled_backward(a: Scalar, da: Scalar) -> Scalar:
    """2·da."""
    return da + da


@formula
def squared(y: Scalar, p: Scalar) -> Scalar:
    """(p - y)²."""
    return (p - y) * (p - y)


@formula
def squared_gradient(y: Scalar, p: Scalar) -> Scalar:
    """2(p - y)."""
    return p - y + p - y


@formula
def of_class(y: Label, p: Row) -> Scalar:
    """-p[y]."""
    return -p[y]


@formula
def of_class_gradient(y: Label, p: Row, dp: Row) -> None:
    """-1 at y."""
    for j in range(p.size):
        dp[j] = 0.0
    dp[y] = -1.0


@formula
def halve(w: Scalar, g: Scalar) -> Scalar:
    """Forget half of the weight, whatever the gradient."""
    return type(w)(0.5) * w


@formula
def by_share(w: Scalar, g: Scalar, share: Scalar) -> Scalar:
    """Keep a share of the weight."""
    return share * w


class OfClass(Loss):
    formulas = of_class, of_class_gradient
    words = SAID
    targets = "any"


class Squared(Loss):
    formulas = squared, squared_gradient
    words = SAID


def trained(model: Sequential, epochs: int = 1) -> Any:
    return model.fit(np.eye(4, dtype="float32"), np.ones((4, 1), "float32"), epochs=epochs, verbose=0)


def test_what_targets_may_be_follows_from_the_formulas() -> None:
    assert (OfClass.targets, Squared.targets) == ("classes", "values")
    with pytest.raises(TypeError, match="targets 'classes'"):
        type("Wrong", (Loss,), {"formulas": (squared, squared_gradient), "words": SAID, "targets": "classes"})


@pytest.mark.parametrize("targets", [[0, 1, 2, 3], [0, 1, 2, -1], [0, 1, 2, 10**6]])
def test_a_class_outside_the_outputs_is_refused_before_a_formula_reads_it(targets: list[int]) -> None:
    model = Sequential([Input((4,)), Dense(3)])
    model.compile("sgd", OfClass())
    with pytest.raises(ValueError, match="class"):
        model.fit(np.eye(4), np.array(targets), verbose=0)


def test_too_few_numbers_a_sample_are_refused_before_a_formula_reads_them() -> None:
    model = Sequential([Input((4,)), Dense(3)])
    model.compile("sgd", Squared())
    with pytest.raises(ValueError, match="squared"):
        model.fit(np.eye(4), np.ones((4, 1)), verbose=0)


@pytest.mark.parametrize("base", [ReLU, Linear])
def test_an_activation_made_from_a_built_in_one_computes_its_own_formulas(base: type[ActivationFunction]) -> None:
    own = type("Doubled", (base,), {"formulas": (doubled, doubled_backward), "words": SAID})()
    layer = Dense(1, activation=own, kernel_initializer="ones")
    model = Sequential([Input((1,)), layer])
    assert own(np.array([-1.0]))[0] == -2
    assert model.predict(np.array([[-1.0]]), verbose=0)[0, 0] == -2


def test_a_loss_made_from_a_cross_entropy_computes_its_own_formulas() -> None:
    own = type(
        "Mine", (BinaryCrossentropy,), {"formulas": (squared, squared_gradient), "words": SAID, "targets": "values"}
    )
    model = Sequential([Input((4,)), Dense(1, activation="sigmoid", kernel_initializer="zeros")])
    model.compile("sgd", own())
    assert trained(model).history["loss"] == pytest.approx([0.25])
    with pytest.raises(ValueError, match="logit_formulas"):
        own(from_logits=True)


def test_a_loss_is_fused_with_the_built_in_activation_only_not_with_one_of_its_name() -> None:
    own = type(
        "Other", (ActivationFunction,), {"name": "sigmoid", "formulas": (doubled, doubled_backward), "words": SAID}
    )
    model = Sequential([Input((4,)), Dense(1, activation=own(), kernel_initializer="zeros", bias_initializer="ones")])
    model.compile("sgd", "binary_crossentropy")
    assert trained(model).history["loss"][0] < 1e-5  # of p = 2, clipped to just below 1; of a logit it were larger


@pytest.mark.parametrize("base", [Optimizer, SGD, RMSprop])
def test_an_optimizer_made_from_a_built_in_one_computes_its_own_formula(base: type[Optimizer]) -> None:
    space: dict[str, Any] = {"formulas": (halve,), "words": TOLD, "slots": ()}
    if base is RMSprop:
        space["__init__"] = lambda self: (setattr(self, "slots", ()), Optimizer.__init__(self))[1]
        space["rates"] = {}
    model = Sequential([Input((4,)), Dense(1, kernel_initializer="ones")])
    model.compile(type("Halve", (base,), space)(), "mse")
    trained(model)
    np.testing.assert_array_equal(model.get_weights()[0], np.full((4, 1), 0.5, "float32"))


def test_a_subclass_gives_a_number_another_default() -> None:
    first = type("First", (Optimizer,), {"formulas": (by_share,), "words": TOLD, "share": 0.5})
    second = type("Second", (first,), {"share": 0.25})
    assert (first().share, second().share) == (0.5, 0.25)
    optimizer = second()
    optimizer.share = 0.75
    model = Sequential([Input((4,)), Dense(1, kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    trained(model)
    np.testing.assert_array_equal(model.get_weights()[0], np.full((4, 1), 0.75, "float32"))


def test_a_metric_made_from_a_loss_s_computes_its_own_formula() -> None:
    own = type("Sum", (metric_of(MeanSquaredError),), {"formulas": (of_class,)})
    assert own()([0, 1], [[1.0, 2.0], [3.0, 5.0]]) == -3


def test_what_a_metric_or_a_loss_in_python_does_to_its_arrays_changes_nothing() -> None:
    class Careless(Metric):
        def reset_state(self) -> None: ...

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            y_pred[:] = y_true[:] = 7

        def result(self) -> float:
            return 0.0

    class Rough(Loss):
        def forward(self, y: Any, p: Any) -> Any:
            p -= y
            return (p**2).mean(axis=-1)

        def backward(self, y: Any, p: Any) -> Any:
            p -= y
            y[:] = 3
            return 2 * p

    weights = []
    for loss, metrics in (("mse", []), ("mse", [Careless()]), (Rough(), [])):
        model = Sequential([Input((4,)), Dense(1, "sigmoid", kernel_initializer="ones")])
        model.compile("sgd", loss, metrics=metrics)
        trained(model, epochs=2)
        weights.append(model.get_weights()[0])
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-6)
    np.testing.assert_allclose(weights[2], weights[0], rtol=1e-6)


def test_a_layer_s_own_way_through_its_activation_is_taken() -> None:
    class Shifted(Dense):
        def activate(self, z: Any, training: bool = False) -> Any:
            return super().activate(z, training) + 1

    model = Sequential([Input((1,)), Shifted(1, "relu", kernel_initializer="ones")])
    assert model.predict(np.array([[2.0]]), verbose=0)[0, 0] == 3


@kernel
def count_rows(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    """Write the number of rows that a sample has."""
    for i in range(x.size):
        y[i] = op.repeat * op.options[0]


@kernel
def nothing_back(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    """Hand nothing back."""
    for i in range(x.size):
        dx[i] = 0.0


class CountRows(KernelLayer):
    kernels = count_rows, nothing_back
    options = ("factor",)
    words = SAID
    factor = 1.0


def test_a_layer_s_kernels_are_told_of_rows_within_a_sample_in_both_loops() -> None:
    x = np.ones((2, 3, 4), "float32")
    model = Sequential([Input((3, 4)), CountRows()])
    assert model.predict(x, verbose=0).max() == 3
    assert CountRows()(x).max() == 3


def test_a_call_sees_an_option_or_a_method_that_was_changed_since_the_last() -> None:
    x = np.ones((2, 3, 4), "float32")
    layer = CountRows()
    model = Sequential([Input((3, 4)), layer])
    assert np.asarray(model(x)).max() == 3
    layer.factor = 2.0
    assert np.asarray(model(x)).max() == 6
    layer.forward = lambda x, training=False: x + 8  # type: ignore[method-assign]
    assert np.asarray(model(x)).max() == 9


def test_machine_code_is_found_by_the_numbers_that_a_formula_reads_from_around_it() -> None:
    def reading(constant: Any) -> str:
        @formula
        def read(z: Scalar) -> Scalar:
            return z * constant

        return fingerprint(read)

    def defaulting(constant: float) -> str:
        def read(z: Scalar, by: float = constant) -> Scalar:
            return exp(z) * by

        return fingerprint(read)

    for one, other in (
        (np.float64(1), np.float64(2)),
        (np.float32(1), np.float64(1)),
        (np.array([1.0]), np.array([2.0])),
        ((1, (2, 3)), (1, 2, 3)),
    ):
        assert reading(one) != reading(other)
        assert reading(one) == reading(one)
    assert defaulting(1.0) != defaulting(2.0)


def test_the_layer_of_an_activation_takes_a_user_s_own() -> None:
    own = type("Doubled", (Linear,), {"formulas": (doubled, doubled_backward), "words": SAID})()
    assert Activation(own)(np.array([[-1.0]]))[0, 0] == -2

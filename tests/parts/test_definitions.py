"""What a part forgets is noticed when it is defined; what is written in plain Python runs in the layer loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.nets import two_classes
from tests.support.user_parts import TOLD, WORDS, with_a_slot, with_others, with_rate
from tinynet import activations, constraints, layers, losses, metrics, optimizers, regularizers
from tinynet.activations import ActivationFunction
from tinynet.formulas import Batch, Floats, Label, Operation, Row, Scalar, formula, kernel
from tinynet.kernels.machine.jit import COMPILED
from tinynet.layers import KernelLayer, Layer
from tinynet.losses import Loss
from tinynet.metrics import FormulaMetric, Metric
from tinynet.optimizers import Optimizer
from tinynet.regularizers import Regularizer
from tinynet.rooms import collected, modules_of

X, Y = two_classes(100)


@formula
def one(z: Scalar) -> Scalar:
    return z


@formula
def alone(a: Scalar) -> Scalar:
    return a


@formula
def two(y: Scalar, p: Scalar) -> Scalar:
    return (p - y) * (p - y)


@formula
def two_gradient(y: Scalar, p: Scalar) -> Scalar:
    return type(p)(2.0) * (p - y)


@formula
def three(z: Scalar, a: Scalar, da: Scalar) -> Scalar:
    return da


@formula
def of_a_row(z: Row) -> None:
    z[0] = z[0]


@formula
def of_rows(y: Row, p: Row) -> Scalar:
    return p[0] - y[0]


@formula
def of_a_label(y: Label, p: Scalar) -> Scalar:
    return p


@formula
def downhill(w: Scalar, g: Scalar, learning_rate: Scalar) -> Scalar:
    return w - learning_rate * g


def undecorated(z: Any) -> Any:
    return z


@kernel
def forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    for i in range(x.size):
        y[i] = x[i]


@kernel
def backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    for i in range(dy.size):
        dx[i] = dy[i]


def defined(base: type, **space: Any) -> type:
    return type("Mine", (base,), space)


@pytest.mark.parametrize(
    ("base", "space", "message"),
    [
        # a backward that is missing
        (ActivationFunction, {"formulas": (one,)}, r"expected `formulas` to be 2 formulas, forward\(z\) and backward"),
        (Loss, {"formulas": (two,)}, r"2 formulas, loss\(y, p\) and gradient\(y, p\).*1 of them"),
        (Loss, {"formulas": (of_rows,)}, r"loss\(y, p\) and gradient\(y, p, dp\)"),
        (Loss, {"formulas": (two, two_gradient), "logit_formulas": (two,)}, "expected `logit_formulas` to be 2"),
        (Regularizer, {"formulas": (one,)}, r"penalty\(w\) and slope\(w\)"),
        (KernelLayer, {"kernels": (forward,)}, r"expected `kernels` to be forward\(op, x, y, batch\), backward"),
        # no tuple
        (ActivationFunction, {"formulas": one}, "2 formulas.*Received: <?.*one"),
        (FormulaMetric, {"formulas": two}, r"one formula of \(y, p\), as a tuple: \(match,\)"),
        (FormulaMetric, {"formulas": (two, two)}, "one formula"),
        (Optimizer, {"formulas": downhill}, r"expected `formulas` to be a tuple: \(update,\)"),
        (KernelLayer, {"kernels": forward}, "expected `kernels` to be"),
        # what is no formula
        (ActivationFunction, {"formulas": (np.tanh, one)}, "expected a formula forward.*Decorate it: @formula"),
        (Loss, {"formulas": (two, "gradient")}, "expected a formula gradient.*Received: 'gradient'"),
        (KernelLayer, {"kernels": (len, backward)}, "expected a kernel forward.*Decorate it: @kernel"),
        # wrong number of arguments
        (ActivationFunction, {"formulas": (one, one)}, r"backward\(z, a, da\) takes 3 arguments.*one takes 1: \(z\)"),
        (ActivationFunction, {"formulas": (one, alone)}, r"backward\(a, da\) takes 2 arguments.*alone takes 1: \(a\)"),
        (Loss, {"formulas": (two, one)}, r"gradient\(y, p\) takes 2 arguments.*one takes 1"),
        (Loss, {"formulas": (of_rows, of_rows)}, r"gradient\(y, p, dp\) takes 3 arguments.*of_rows takes 2"),
        (FormulaMetric, {"formulas": (one,)}, r"metric\(y, p\) takes 2 arguments"),
        (Optimizer, {"formulas": (one,)}, r"update\(w, g, slots …, numbers …\) takes 2 arguments"),
        (
            KernelLayer,
            {"kernels": (forward, forward)},
            r"backward\(op, x, dy, dx, batch\). forward takes",
        ),
        # an unknown number
        (ActivationFunction, {"formulas": (one, with_rate)}, "takes `rate`, which the class has not"),
        (Loss, {"formulas": (with_rate, with_rate)}, "takes `rate`, which the class has not.*argument of __init__"),
        (FormulaMetric, {"formulas": (with_rate,)}, "takes `rate`, which the class has not"),
        (Regularizer, {"formulas": (two, two)}, "takes `p`, which the class has not"),
        (Optimizer, {"formulas": (with_a_slot,), "slots": ("m",)}, r"takes \(m, rate\).*for the slots \('m',\)"),
        (Optimizer, {"formulas": (with_a_slot,), "rate": 0.5}, r"takes \(m\), which are no numbers.*slots \(\)"),
        # numbers that are not the same
        (
            Loss,
            {"formulas": (two, with_rate), "rate": 1.0},
            r"same numbers, in the same order. Received: \(\) and \(rate",
        ),
        (
            Loss,
            {"formulas": (with_rate, with_others), "rate": 1.0, "size": 2.0},
            r"Received: \(rate\) and \(size, rate\)",
        ),
        (
            Loss,
            {"formulas": (two, two_gradient), "logit_formulas": (with_rate, with_rate), "rate": 1.0},
            r"Received: \(\) and \(rate\)",
        ),
        (Regularizer, {"formulas": (one, two), "p": 1.0}, r"Received: \(\) and \(p\)"),
        # of the wrong kind
        (
            ActivationFunction,
            {"formulas": (of_a_row, of_a_label)},
            r"\(Row, Row\) or \(Scalar, Scalar\).*\(Label, Sc",
        ),
        (
            Loss,
            {"formulas": (of_a_label, two)},
            r"loss\(y, p\) is given .* take \(Label, Scalar\)",
        ),
        (Loss, {"formulas": (two, of_rows)}, r"gradient\(y, p\) is given \(Scalar, Scalar\).*\(Row, Row\)"),
        (FormulaMetric, {"formulas": (of_a_label,)}, r"metric\(y, p\) is given"),
        (Regularizer, {"formulas": (of_a_row, of_a_row)}, r"penalty\(w\) is given \(Scalar\)"),
        (Optimizer, {"formulas": (of_rows,)}, r"update.* is given \(Scalar, Scalar\)"),
        # no words
        (ActivationFunction, {"formulas": (one, three), "words": None}, "has no words.*Words\\(forward='…'"),
        (Loss, {"formulas": (two, two_gradient), "words": None}, "has no words"),
        (Regularizer, {"formulas": (one, one), "words": None}, "has no words"),
        (Optimizer, {"formulas": (downhill,), "words": ()}, r"has no words.*Told\('w'"),
        (KernelLayer, {"kernels": (forward, backward), "words": None}, "has no words"),
    ],
)
def test_what_a_part_forgets_is_noticed_when_it_is_defined(base, space, message):
    space = {"words": TOLD if base is Optimizer else WORDS} | space
    with pytest.raises(TypeError, match=f"^Mine(:| ).*{message}"):
        defined(base, **space)


@pytest.mark.skipif(not COMPILED, reason="without the compiler a formula is the function itself")
@pytest.mark.parametrize(
    ("base", "space"),
    [
        (ActivationFunction, {"formulas": (undecorated, three)}),
        (Loss, {"formulas": (two, lambda y, p: p)}),
        (Regularizer, {"formulas": (undecorated, one)}),
        (FormulaMetric, {"formulas": (lambda y, p: p,)}),
        (Optimizer, {"formulas": (lambda w, g: w,)}),
        (KernelLayer, {"kernels": (forward, lambda op, x, dy, dx, batch: None)}),
    ],
)
def test_a_formula_without_its_decorator_is_noticed_as_well(base, space):
    with pytest.raises(TypeError, match=r"Decorate it: @(formula|kernel)"):
        defined(base, **{"words": TOLD if base is Optimizer else WORDS} | space)


def test_a_layer_that_trains_a_parameter_needs_its_gradients():
    class Forgetful(KernelLayer):
        kernels = forward, backward
        words = WORDS

        def build(self, input_shape):
            self.add_weight("scale", input_shape[-1:], "ones")

    with pytest.raises(TypeError, match=r"trains `scale`: it needs all three kernels, .*gradients\(op, x, dy, batch\)"):
        Forgetful()(np.ones((1, 2)))

    class Fixed(Forgetful):
        def build(self, input_shape):
            self.add_weight("scale", input_shape[-1:], "ones", trainable=False)

    assert Fixed()([[1.0, 2.0]]).tolist() == [[1.0, 2.0]]


def test_a_layer_of_kernels_without_any_says_what_it_needs():
    class Empty(KernelLayer):
        words = WORDS

    with pytest.raises(TypeError, match=r"Empty must define `kernels`: forward\(op, x, y, batch\)"):
        Empty()(np.ones((1, 2)))


# ---- the tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("package", "base"),
    [
        (activations, ActivationFunction),
        (losses, Loss),
        (metrics, Metric),
        (optimizers, Optimizer),
        (regularizers, Regularizer),
        (constraints, constraints.Constraint),
        (layers, Layer),
    ],
    ids=lambda part: part.__name__.rpartition(".")[2],
)
def test_the_tables_hold_what_the_files_define_and_the_packages_name(package, base):
    found = collected(modules_of(package.__name__), base)
    assert set(package.CLASSES) <= {*found, *losses.CLASSES}
    for name, cls in package.CLASSES.items():
        assert getattr(package, name) is cls
        assert name in package.__all__
        assert issubclass(cls, base)

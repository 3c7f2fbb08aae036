"""Every part is traced in its own words, whoever wrote it, and the trace names none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import tinynet
from tests.support.parts import OUTPUTS_OF
from tests.support.traced import evaluated
from tinynet import activations, losses, optimizers, regularizers
from tinynet._signatures import arguments
from tinynet.activations import ActivationFunction
from tinynet.formulas import (
    Batch,
    Floats,
    Operation,
    Row,
    Scalar,
    Told,
    Words,
    exp,
    formula,
    kernel,
    log,
    parameter,
    row_sum,
)
from tinynet.layers import Activation, Dense, Dropout
from tinynet.layers.kernel_layer import KernelLayer
from tinynet.losses import Loss
from tinynet.optimizers import SGD, Optimizer
from tinynet.regularizers import Regularizer

LEARN = Path(tinynet.__file__).parent / "learn"
TARGETS = {
    "classes": lambda rng: rng.integers(0, 3, 4),
    "distribution": lambda rng: np.eye(3)[rng.integers(0, 3, 4)],
    "probabilities": lambda rng: rng.integers(0, 2, (4, 3)),
    "values": lambda rng: rng.integers(0, 2, (4, 3)),
    "any": lambda rng: rng.normal(size=(4, 3)),
}


def network(*layers, loss="mse", optimizer="sgd", targets=None):
    """Return a compiled network in float64 after one training step, and a batch."""
    tinynet.backend.set_floatx("float64")
    tinynet.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = tinynet.Sequential([tinynet.Input((3,)), *layers])
    model.compile(optimizer, loss, compiled=False)
    x, y = rng.normal(size=(4, 3)), TARGETS[targets or "any"](rng)
    model.train_on_batch(x, y)
    return model, x, y


def traced(model, x, y):
    """Trace a step, check that no name was left in braces, and that training makes the same step."""
    trace = model.trace(x, y)
    for text in (str(trace), trace.to_html()):
        assert not re.search(r"(?<!\$)\{\w+\}", text)  # ${…} is the page's own script
    assert model.train_on_batch(x, y) == pytest.approx(trace.loss, rel=1e-12)
    for after, trained in zip(trace.weights_after, model.get_weights(), strict=True):
        assert np.array_equal(after, trained)
    return trace


def check_numbers(trace, *names, rel=1e-6):
    """Evaluate the written formula of every entry of some steps, and compare it with the value."""
    for step in map(trace.step, names):
        for index in np.ndindex(step.value.shape):
            entry = step.entry(*index, precision=17)
            assert evaluated(entry.numbers, trace) == pytest.approx(entry.value, rel=rel, abs=1e-9), entry


# ---- the tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", activations.CLASSES)
def test_every_activation_is_told_in_its_own_words(name):
    activation = activations.CLASSES[name]()
    trace = traced(*network(Dense(3, activation=activation), Activation(activation), Dense(3)))
    words = activation.words
    after = "a1" if activation.does_nothing else "a2"  # then z1 is the layer's output
    arrays = {after, f"d{after}", "dz1"} | (set() if activation.does_nothing else {"a1", "da1"})
    check_numbers(trace, *sorted(arrays), rel=1e-4)  # words may round the numbers that they hold
    assert trace.step(after).why == words.why
    assert words.slope in trace.step("dz1").why
    assert "user-written" not in str(trace).lower()


@pytest.mark.parametrize("head", ["sigmoid", "softmax"])
@pytest.mark.parametrize("name", losses.CLASSES)
def test_every_loss_is_told_in_its_own_words(name, head):
    loss = losses.CLASSES[name]()
    trace = traced(*network(Dense(3, activation=head), loss=loss, targets=loss.targets))
    fused = loss.fuses_with(head)
    check_numbers(trace, "losses", "L", *(["dz1", "dz1_long", "dp"] if fused else ["dp"]))
    assert trace.step("losses").why == loss.words.why
    assert loss.words.slope in trace.step("dp").why or fused
    assert "user-written" not in str(trace)


@pytest.mark.parametrize("name", optimizers.CLASSES)
def test_every_optimizer_is_told_in_its_own_words(name):
    optimizer = optimizers.CLASSES[name](0.01)
    trace = traced(*network(Dense(2), Dense(3), optimizer=optimizer))
    told = [step for step in trace.steps if step.phase == "update"]
    names = [n for W in ("W1", "b1", "W2", "b2") for n in _told(optimizer, W)]
    assert [step.name for step in told] == names
    check_numbers(trace, *names)
    whys = [t.why.replace("{t}", f"{optimizer.iterations}") for t in optimizer.words]  # Adam's counts its steps
    assert all(any(why in step.why for why in whys) for step in told)


def _told(optimizer, W):
    return [f"{W}_new" if t.name == "w" else f"{t.name}_{W}" for t in optimizer.words]


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", regularizers.CLASSES)
def test_every_penalty_is_told_where_it_adds_to_the_loss_and_to_the_gradient(name, decay):
    cls = regularizers.CLASSES[name]
    penalty = cls(**dict.fromkeys(arguments(cls), 0.3))
    layer = Dense(1, kernel_regularizer=penalty, bias_regularizer=penalty)
    model, x, y = network(layer, Dense(3, trainable=False), optimizer=SGD(0.1, weight_decay=decay))
    trace = traced(model, x, y)
    check_numbers(trace, "penalty_W1", "penalty_b1", "L", "dW1_data", "dW1", "db1_data", "db1", "W1_new")
    assert trace["L"] == pytest.approx(trace["losses"].mean() + trace["penalty_W1"] + trace["penalty_b1"])
    assert trace["penalty_W1"] == pytest.approx(penalty(trace["W1"]))
    assert np.allclose(trace["dW1"] - trace["dW1_data"], penalty.gradient(trace["W1"]))
    assert penalty.words.why in trace.step("penalty_W1").why
    assert penalty.words.slope in trace.step("dW1").why
    assert trace.step("L").formula == "sum(losses)/N + penalty_W1 + penalty_b1"
    assert trace.loss_after == pytest.approx(model.evaluate(x, y, verbose=0))


def test_dropout_is_told_and_draws_what_training_draws():
    tinynet.set_random_seed(0)
    trace = traced(*network(Dense(6), Dropout(0.5), Dense(3)))
    assert trace.step("h2").formula == "z1·m/(1 - rate)"
    assert trace.step("dz1").formula == "dh2·m/(1 - rate)"
    assert "z1·m/(1 - 0.5)" in trace.step("h2").numbers()
    kept = trace["h2"] != 0
    assert kept.any()
    assert not kept.all()
    assert np.array_equal(trace["h2"], np.where(kept, trace["z1"] / 0.5, 0))
    assert np.array_equal(trace["dz1"], np.where(kept, trace["dh2"] / 0.5, 0))


# ---- the gradient check over the tables -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", activations.CLASSES)
def test_every_activations_slope_is_that_of_its_formula(name):
    activation = activations.CLASSES[name]()
    model, x, y = network(Dense(4, activation=activation), Dense(3, activation=activation))
    tinynet.gradient_check(model, x, y).require()


HEADS = [(n, head) for n in losses.CLASSES for head in ("sigmoid", "softmax")]
HEADS += [(n, "tanh") for n, cls in losses.CLASSES.items() if cls.targets in ("values", "any") and n not in OUTPUTS_OF]


@pytest.mark.parametrize(("name", "head"), HEADS)
def test_every_losss_gradient_is_the_slope_of_its_formula(name, head):
    loss = losses.CLASSES[name]()
    tinynet.gradient_check(*network(Dense(3, activation=head), loss=loss, targets=loss.targets)).require()


@pytest.mark.parametrize("name", optimizers.CLASSES)
def test_every_optimizers_first_step_goes_downhill(name):
    cls = optimizers.CLASSES[name]
    mine = type(f"My{name}", (cls,), {})  # one that is not in the table, so that the check tries it
    tinynet.gradient_check(*network(Dense(2, activation="tanh"), Dense(3), optimizer=mine(0.01))).require()


@pytest.mark.parametrize("name", regularizers.CLASSES)
def test_every_penaltys_slope_is_that_of_its_formula(name):
    cls = regularizers.CLASSES[name]
    penalty = cls(**dict.fromkeys(arguments(cls), 0.3))
    model, x, y = network(Dense(4, kernel_regularizer=penalty, bias_regularizer=penalty), Dense(3))
    tinynet.gradient_check(model, x, y).require()


def test_the_gradient_check_holds_dropouts_draw_fixed():
    model, x, y = network(Dense(8, activation="tanh"), Dropout(0.4), Dense(3))
    check = tinynet.gradient_check(model, x, y)
    check.require()
    before = model.get_weights()
    assert model.trace(x, y).loss == model.train_on_batch(x, y), "the check took no number from the model's own draw"
    assert not np.array_equal(before[0], model.get_weights()[0])


# ---- parts that users write as formulas -----------------------------------------------------------------------------


@formula
def log_softmax(z: Row) -> None:
    total = type(z[0])(0.0)
    for k in range(z.size):
        total += exp(z[k])
    for k in range(z.size):
        z[k] -= log(total)


@formula
def log_softmax_backward(a: Row, da: Row) -> None:
    total = row_sum(da)
    for k in range(a.size):
        da[k] -= exp(a[k]) * total


class LogSoftmax(ActivationFunction):
    formulas = log_softmax, log_softmax_backward
    words = Words(
        "{z} - log Σⱼ e^{z}", "Logs of probabilities.", "{da} - e^{a}·Σₖ {da}ₖ", "Every output depends on all"
    )


@formula
def softsign(s: Scalar) -> Scalar:
    return s / (type(s)(1.0) + abs(s))


@formula
def softsign_backward(r: Scalar, dr: Scalar) -> Scalar:
    rest = type(r)(1.0) - abs(r)
    return dr * rest * rest


class Softsign(ActivationFunction):
    formulas = softsign, softsign_backward
    words = Words("{s}/(1 + |{s}|)", "Squeezes.", "{dr}·(1 - |{r}|)²", "softsign's slope is (1 - |a|)²")


@formula
def distance(target: Row, output: Row, share: Scalar) -> Scalar:
    total = type(output[0])(0.0)
    for k in range(output.size):
        total += (output[k] - target[k]) * (output[k] - target[k])
    return share * total


@formula
def distance_gradient(target: Row, output: Row, doutput: Row, share: Scalar) -> None:
    for k in range(output.size):
        doutput[k] = type(output[0])(2.0) * share * (output[k] - target[k])


class HalfSquare(Loss):
    """Half the squared distance of whole rows, with a Σ of its own in its words."""

    formulas = distance, distance_gradient
    share = 0.5
    words = Words(
        "{share}·Σₖ ({output} - {target})²",
        "The squared distance.",
        "2·{share}·({output} - {target})",
        "The derivative of e² is 2·e",
    )


@formula
def decaying(w: Scalar, g: Scalar, total: Scalar, learning_rate: Scalar, factor: Scalar) -> tuple[Scalar, Scalar]:
    total = total + g
    return w * factor - learning_rate * total, total


class Decaying(Optimizer):
    slots = ("sum",)
    formulas = (decaying,)
    words = (
        Told("total", "{old_total} + {g}", "The sum of all gradients."),
        Told("w", "{w}·{factor} - {learning_rate}·{total}", "A smaller weight, and a step."),
    )
    factor = 0.9


@kernel
def scale_forward(op: Operation, x: Floats, y: Floats, batch: Batch) -> None:
    s = parameter(op, batch.params, 0)
    for i in range(x.size):
        y[i] = x[i] * s[i % op.units]


@kernel
def scale_backward(op: Operation, x: Floats, dy: Floats, dx: Floats, batch: Batch) -> None:
    s = parameter(op, batch.params, 0)
    for i in range(dy.size):
        dx[i] = dy[i] * s[i % op.units]


@kernel
def scale_gradients(op: Operation, x: Floats, dy: Floats, batch: Batch) -> None:
    ds = parameter(op, batch.gradients, 0)
    for j in range(op.units):
        ds[j] = 0.0
    for i in range(dy.size):
        ds[i % op.units] += dy[i] * x[i]


class Scale(KernelLayer):
    kernels = scale_forward, scale_backward, scale_gradients
    words = Words("{x}·{scale}", "Each input has a scale of its own.", "{dy}·{scale}", "The slope is the scale.")

    def build(self, input_shape):
        self.add_weight("scale", input_shape[-1:], "ones", regularizer="l2")


class NearOne(Regularizer):
    def __call__(self, w):
        return float(0.01 * ((w - 1) ** 2).sum())

    def gradient(self, w):
        return 0.02 * (w - 1)


def test_a_users_activation_of_rows_is_told_with_its_sums_written_out():
    trace = traced(*network(Dense(3, activation=LogSoftmax()), Dense(3)))
    check_numbers(trace, "a1", "dz1")
    assert trace.explain("a1", 0, 1).splitlines()[0] == "a1[0,1] = z1[0,1] - log Σⱼ e^z1[0,j]"
    assert trace.explain("dz1", 0, 1).splitlines()[0] == "dz1[0,1] = da1[0,1] - e^a1[0,1]·Σₖ da1[0,k]"
    assert trace.step("a1").entry(0, 1).parts == (("z1", (0, None)),)


def test_a_users_formula_may_call_its_arguments_what_it_likes():
    trace = traced(*network(Dense(3, activation=Softsign()), Dense(3), loss=HalfSquare()))
    check_numbers(trace, "a1", "dz1", "losses", "L", "dz2")
    assert trace.explain("dz1", 0, 1).splitlines()[0] == "dz1[0,1] = da1[0,1]·(1 - |a1[0,1]|)²"
    assert trace.explain("losses", 0).splitlines()[0] == "losses[0] = share·Σₖ (z2[0,k] - y[0,k])²"
    assert trace.step("dz2").formula == "2·share·(z2 - y)/N"


def test_a_users_layer_of_kernels_and_penalty_in_numpy_are_told():
    trace = traced(*network(Dense(3, kernel_regularizer=NearOne()), Scale(), Dense(3)))
    assert trace.step("h2").formula == "z1·scale2"
    assert trace.step("h2").depends_on == ("z1", "scale2")
    assert trace.step("dscale2_data").formula.endswith(".gradients(z1, dh2)")
    assert trace.step("dscale2").formula == "dscale2_data + 2·l2·scale2"
    assert trace.step("penalty_W1").formula == "NearOne(W1)"
    assert trace.step("dW1").formula == "dW1_data + NearOne.gradient(W1)"
    assert trace["L"] == pytest.approx(trace["losses"].mean() + trace["penalty_W1"] + trace["penalty_scale2"])


def test_words_that_name_what_is_not_there_are_an_error_that_says_so():
    with pytest.raises(TypeError, match=r"Decaying: its words name \{old_total\}, which is neither one of w, g, total"):
        network(Dense(3), optimizer=Decaying(0.1))[0].trace(np.ones((1, 3)), np.ones((1, 3)))
    Decaying.words = (Told("other", "{g}", ""),)
    with pytest.raises(TypeError, match="its words tell of 'other', which is neither 'step' nor 'w' nor one of"):
        network(Dense(3), optimizer=Decaying(0.1))[0].trace(np.ones((1, 3)), np.ones((1, 3)))
    Decaying.words = (
        Told("total", "{total_old} + {g}", "The sum of all gradients."),
        Told("w", "{w}·{factor} - {learning_rate}·{total}", "A smaller weight, and a step."),
    )
    trace = traced(*network(Dense(3), optimizer=Decaying(0.1, weight_decay=0.2)))
    check_numbers(trace, "total_W1", "W1_new", "b1_new")
    assert trace.step("W1_new").formula == "(W1 - W1·λ·η)·factor - η·total_W1"


@pytest.mark.parametrize("kind", ["dW1", "dW1_data"])
def test_mistakes_are_found_in_a_gradient_with_a_penalty(kind):
    trace = traced(*network(Dense(3, kernel_regularizer="l2", activation="elu"), Dense(3)))
    slope = trace["dW1"] - trace["dW1_data"]
    if kind == "dW1":
        assert trace.check("dW1", trace["dW1_data"]).kind == "missing penalty"
        wrong = trace.check("dW1", trace["x"].T @ trace["da1"] + slope)
    else:
        wrong = trace.check("dW1_data", trace["x"].T @ trace["da1"])
    assert wrong.kind == "missing derivative"
    assert "elu's derivative" in wrong.message


# ---- the trace itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(LEARN.glob("*.py")), ids=lambda file: file.stem)
def test_no_file_of_it_names_a_part(file):
    """Neither a class nor a name by which one is found. (The command's example network is made of parts, as any is.)"""
    tables = [activations, losses, optimizers, regularizers]
    names = {name for table in tables for name in (*table.CLASSES, *table.TABLE)} | {*losses.FUNCTIONS}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    found |= {a.name.rpartition(".")[2] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    # The command shows an example; `tanh` is also a function that words may call.
    allowed = {"command": {"RMSprop", "binary_crossentropy", "sigmoid", "tanh"}, "expressions": {"tanh"}}
    assert found & names == allowed.get(file.stem, set())

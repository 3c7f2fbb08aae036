"""The choice of how a call runs: pure, explained, and without influence on the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from nets import assert_same_weights, classifier, two_classes

import tinynet
from tinynet import engine
from tinynet.kernels import _codes as code
from tinynet.layers import Activation, Dense, Flatten, Input, Layer, Softmax
from tinynet.losses import Loss
from tinynet.lowering import lower
from tinynet.metrics import Metric
from tinynet.models import Sequential
from tinynet.optimizers import Optimizer
from tinynet.training import preparation


def network_of(layers, loss="mse", shape=(4,), **options):
    """Return what a call on a model of these layers works on."""
    model = Sequential([Input(shape), *layers])
    model.compile(options.pop("optimizer", "sgd"), loss, **options)
    return preparation.network_of(model, shape, tuple(a for a in model.output_shape[1:]))


class Mine(Layer):
    pass


class MyLoss(Loss):
    pass


class MyOptimizer(Optimizer):
    pass


class MyMetric(Metric):
    def reset_state(self):
        pass


class MyActivation(tinynet.activations.ActivationFunction):
    name = "mine"


class TestTheChoice:
    def test_built_in_parts_are_compiled(self):
        plan = engine.choose(network_of([Dense(3), Dense(1)], metrics=["mae"]), 32)
        assert (plan.loop, plan.product, plan.input) == ("compiled", "register blocks", "resident")

    @pytest.mark.parametrize(
        ("options", "arguments", "reason"),
        [
            ({}, {"compiled": False}, "asked for by compiled=False"),
            ({}, {"jit": False}, "the compiler is switched off"),
            ({"layers": [Mine(name="m")]}, {}, r"layer 'm' \(Mine\) is user-written"),
            ({"layers": [Dense(2, MyActivation(), name="d")]}, {}, "the activation of layer 'd' is user-written"),
            ({"loss": MyLoss()}, {}, "loss 'my_loss' is user-written"),
            ({"optimizer": MyOptimizer()}, {}, "optimizer 'my_optimizer' is user-written"),
            ({"metrics": [MyMetric()]}, {}, "metric 'my_metric' is computed in Python"),
            ({"metrics": [lambda y, p: p]}, {}, "is computed in Python"),
        ],
    )
    def test_the_layer_loop_is_chosen_for_a_reason(self, options, arguments, reason):
        network = network_of(options.pop("layers", [Dense(1)]), **options)
        plan = engine.choose(network, 32, **arguments)
        assert (plan.loop, plan.product) == ("layers", "BLAS")
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(plan)

    def test_large_products_go_to_blas(self):
        network = network_of([Dense(2000), Dense(1)], shape=(2000,))
        assert engine.largest_kernel(network) == 2000 * 2000
        plan = engine.choose(network, 32)
        assert plan.product == "BLAS"
        assert "largest kernel, of 4,000,000 numbers" in str(plan)
        assert engine.choose(network, 32, form="sparse").product == "register blocks"

    def test_it_asks_nothing_but_its_arguments(self):
        network = network_of([Dense(3), Dense(1)])
        assert engine.choose(network, 32) == engine.choose(network, 32)

    def test_a_forced_layer_loop_changes_nothing_but_rounding(self):
        x, y = two_classes()
        models = [classifier(compiled) for compiled in (True, False)]
        for model in models:
            model.fit(x, y, epochs=3, verbose=0)
        assert_same_weights(*models, exactly=False, tolerance=1e-6)


class TestFusing:
    @pytest.mark.parametrize(
        ("layers", "loss", "fused"),
        [
            ([Dense(1, "sigmoid")], "binary_crossentropy", True),
            ([Dense(1), Activation("sigmoid")], "binary_crossentropy", True),
            ([Dense(3, "softmax")], "categorical_crossentropy", True),
            ([Dense(3), Softmax()], "categorical_crossentropy", True),
            ([Dense(3, "softmax")], "binary_crossentropy", False),
            ([Dense(3, "sigmoid")], "categorical_crossentropy", False),
            ([Dense(1, "sigmoid"), Flatten()], "binary_crossentropy", False),
            ([Dense(1, "sigmoid")], tinynet.losses.BinaryCrossentropy(from_logits=True), False),
            ([Dense(1, "sigmoid")], "mse", False),
        ],
    )
    def test_only_the_right_pairs_are_computed_from_logits(self, layers, loss, fused):
        assert network_of(layers, loss).fused is fused

    def test_a_users_variant_of_a_layer_or_loss_is_not_fused(self):
        class MyDense(Dense):
            pass

        class MyCrossentropy(tinynet.losses.BinaryCrossentropy):
            pass

        assert not network_of([MyDense(1, "sigmoid")], "binary_crossentropy").fused
        assert not network_of([Dense(1, "sigmoid")], MyCrossentropy()).fused


class TestTheTables:
    def test_a_row_for_each_layer_that_computes(self):
        network = network_of([Flatten(), Dense(5, "relu"), Dense(1, "sigmoid")], "binary_crossentropy", (2, 2))
        tables = lower(network)
        assert tables.ops[:, code.OP_INPUTS].tolist() == [4, 5]
        assert tables.ops[:, code.OP_UNITS].tolist() == [5, 1]
        assert tables.ops[:, code.OP_ACTIVATION].tolist() == [code.RELU, code.LINEAR]
        assert tables.predicting[:, code.OP_ACTIVATION].tolist() == [code.RELU, code.SIGMOID]
        assert tables.settings[code.SET_HEAD_ACTIVATION] == code.SIGMOID

    def test_an_activation_of_its_own_joins_a_linear_layer_below(self):
        assert len(lower(network_of([Dense(3), Activation("tanh")])).ops) == 1
        assert len(lower(network_of([Dense(3, "relu"), Activation("tanh")])).ops) == 2

    def test_middle_axes_are_rows(self):
        tables = lower(network_of([Dense(5), Dense(2)], shape=(7, 3, 4)))
        assert tables.ops[:, code.OP_REPEAT].tolist() == [21, 21]
        assert tables.settings[code.SET_OUTPUT_ROWS] == 21

    def test_backprop_ends_at_the_first_layer_that_is_trained(self):
        layers = [Dense(2, trainable=False), Dense(2), Dense(1)]
        assert lower(network_of(layers)).settings[code.SET_FIRST_TRAINABLE] == 1
        for layer in layers:
            layer.trainable = False
        assert lower(network_of([Dense(1, trainable=False)])).settings[code.SET_FIRST_TRAINABLE] == 1

    def test_places_in_the_workspace_do_not_overlap(self):
        tables = lower(network_of([Dense(5, "relu"), Dense(3)]), targets=3)
        ops, settings = tables.ops, tables.settings
        sizes = (ops[:, code.OP_REPEAT] * ops[:, code.OP_UNITS]).tolist()
        places = [*zip(ops[:, code.OP_OUTPUT], sizes, strict=True), *zip(ops[:, code.OP_GRADIENT], sizes, strict=True)]
        places += [
            (settings[code.SET_WORK_PREDICTIONS], 3), (settings[code.SET_WORK_X], 4), (settings[code.SET_WORK_Y], 3),
            (settings[code.SET_WORK_WEIGHTS], 1),
        ]  # fmt: skip
        taken = np.zeros(tables.work, int)
        for start, size in places:
            taken[start : start + size] += 1
        assert taken.max() == 1


def test_a_guess_of_a_steps_duration_grows_with_rows_and_outputs():
    flat = engine.batch_seconds(network_of([Dense(8), Dense(1)]), 32)
    rows = engine.batch_seconds(network_of([Dense(8), Dense(1)], shape=(1000, 4)), 32)
    assert rows > 100 * (flat - 1e-5)
    assert engine.batch_seconds(network_of([Dense(8), Dense(1)]), 64) > flat


def test_a_variable_lowers_the_number_of_threads_and_says_so_where_it_is_none(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    for given, cores in (("", 3), ("2", 2), ("8", 3), ("0", 1)):
        monkeypatch.setenv("NUMBA_NUM_THREADS", given)
        assert engine.cores() == cores
    monkeypatch.setenv("NUMBA_NUM_THREADS", "many")
    with pytest.raises(ValueError, match="NUMBA_NUM_THREADS"):
        engine.cores()

"""The choice of how a call runs: pure, explained, and without influence on the numbers."""

from __future__ import annotations

import pytest

import tinynet
from tests.support.nets import assert_same_weights, classifier, network_of, two_classes
from tinynet import plan
from tinynet.layers import Activation, Dense, Flatten, Layer, Softmax
from tinynet.losses import Loss
from tinynet.metrics import Metric
from tinynet.optimizers import Optimizer


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
        chosen = plan.choose(network_of([Dense(3), Dense(1)], metrics=["mae"]), 32)
        assert (chosen.loop, chosen.product, chosen.input) == ("compiled", "register blocks", "resident")

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
        chosen = plan.choose(network, 32, **arguments)
        assert (chosen.loop, chosen.product) == ("layers", "BLAS")
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(chosen)

    def test_large_products_go_to_blas(self):
        network = network_of([Dense(2000), Dense(1)], shape=(2000,))
        assert network.largest_kernel() == 2000 * 2000
        chosen = plan.choose(network, 32)
        assert chosen.product == "BLAS"
        assert "largest kernel, of 4,000,000 numbers" in str(chosen)
        assert plan.choose(network, 32, form="sparse").product == "register blocks"

    def test_it_asks_nothing_but_its_arguments(self):
        network = network_of([Dense(3), Dense(1)])
        assert plan.choose(network, 32) == plan.choose(network, 32)

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

    def test_a_users_variant_that_computes_something_else_is_not_fused(self):
        class MyDense(Dense):
            def sums(self, x, training=False):
                return 2 * super().sums(x, training)

        class MyCrossentropy(tinynet.losses.BinaryCrossentropy):
            def backward(self, y, p):
                return 2 * super().backward(y, p)

        class MySigmoid(tinynet.activations.Sigmoid):
            name = "sigmoid"

            def forward(self, z):
                super().forward(z)

        for layer, loss in (
            (MyDense(1, "sigmoid"), "binary_crossentropy"),
            (Dense(1, "sigmoid"), MyCrossentropy()),
            (Dense(1, MySigmoid()), "binary_crossentropy"),
        ):
            network = network_of([layer], loss)
            assert not network.fused
            assert plan.choose(network, 32).loop == "layers"

    def test_a_users_variant_that_changes_no_formula_is(self):
        class MyDense(Dense):
            def __init__(self, **options):
                super().__init__(1, "sigmoid", **options)

        class MyCrossentropy(tinynet.losses.BinaryCrossentropy):
            pass

        network = network_of([MyDense()], MyCrossentropy())
        assert network.fused
        assert plan.choose(network, 32).loop == "compiled"


def test_a_variable_lowers_the_number_of_threads_and_says_so_where_it_is_none(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    for given, cores in (("", 3), ("2", 2), ("8", 3), ("0", 1)):
        monkeypatch.setenv("NUMBA_NUM_THREADS", given)
        assert plan.cores() == cores
    monkeypatch.setenv("NUMBA_NUM_THREADS", "many")
    with pytest.raises(ValueError, match="NUMBA_NUM_THREADS"):
        plan.cores()

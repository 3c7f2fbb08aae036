"""Compiling ahead of time: what a model will run, what everyday networks run, or every kernel there is."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, classifier, two_classes, unchanged
from tests.support.processes import run
from tinynet import activations, losses, metrics, optimizers, ready, regularizers
from tinynet.formulas import Scalar, formula
from tinynet.kernels.machine import jit, structs
from tinynet.layers import Dense, Dropout
from tinynet.models import Sequential

needs_compiler = pytest.mark.skipif(not jit.COMPILED, reason="nothing is compiled")


@pytest.fixture
def loaded(monkeypatch):
    """Return a function that lists the kernels which were first asked for since it was last called."""
    asked = []
    address = jit.Kernel.address

    def recorded(kernel, dtype):
        form = kernel.form(dtype)
        if form not in kernel.addresses:
            asked.append((kernel, form))
        return address(kernel, dtype)

    monkeypatch.setattr(jit.Kernel, "address", recorded)

    def since():
        found = asked.copy()
        asked.clear()
        return found

    return since


def use(model, x, y, **options):
    """Call all that a warm-up prepares."""
    for callbacks in (None, [tinynet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]):
        for shuffle in (True, False):
            model.fit(x, y, epochs=2, validation_split=0.5, shuffle=shuffle, verbose=0, callbacks=callbacks, **options)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    model(x[:1])


@needs_compiler
class TestNothingIsLeftToLoad:
    """After a warm-up. Each network has a formula of its own, which no other test has asked for."""

    @pytest.fixture
    def own(self):
        """Return a new activation and a new loss."""

        @formula
        def forward(z: Scalar) -> Scalar:
            return z * type(z)(0.5)

        @formula
        def backward(a: Scalar, da: Scalar) -> Scalar:
            return da * type(da)(0.5)

        words = tinynet.parts.Words("{z}/2", "It halves.", "{da}/2", "So does its slope.")
        return type("Half", (activations.ActivationFunction,), {"formulas": (forward, backward), "words": words})()

    @both_loops
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_of_the_model(self, own, loaded, compiled, dtype):
        model = Sequential([tinynet.Input((4,)), Dense(5, activation=own, dtype=dtype, kernel_regularizer="l2")])
        model.add(Dense(1, activation=own, dtype=dtype))
        model.compile(optimizers.Adam(amsgrad=True, clipnorm=1.0, weight_decay=0.1), "mse", compiled=compiled)
        tinynet.warmup(model)
        first = loaded()
        assert {form for _, form in first if form} == {dtype}
        assert len([kernel for kernel, _ in first if "activation" in kernel.__name__]) >= 2
        use(model, *two_classes(), sample_weight=np.ones(60))
        assert loaded() == []

    @pytest.mark.parametrize("optimizer", ready.OPTIMIZERS)
    @pytest.mark.parametrize("hidden", ready.HIDDEN)
    @pytest.mark.parametrize(("activation", "units", "loss", "metric"), ready.EVERYDAY)
    def test_of_everyday_networks(self, loaded, optimizer, hidden, activation, units, loss, metric):
        tinynet.warmup()
        loaded()
        model = Sequential([tinynet.Input((4,)), Dense(5, activation=hidden), Dense(units, activation=activation)])
        model.compile(optimizer, loss, metrics=metric)
        x, y = two_classes()
        use(model, x, np.eye(3)[y.astype(int)] if loss == "categorical_crossentropy" else y)
        assert loaded() == []


@both_loops
def test_a_model_may_be_given_and_is_left_as_it_is(compiled):
    model = classifier(compiled)
    model.add(Dropout(0.5))
    with unchanged(model):
        tinynet.warmup(model)
    unbuilt = Sequential([Dense(1)])
    with unchanged(unbuilt):
        tinynet.warmup(unbuilt)
    unbuilt.compile("sgd", "mse", compiled=compiled)
    with unchanged(unbuilt):
        tinynet.warmup(unbuilt)


def test_automatic_names_go_on_as_if_nothing_had_happened():
    tinynet.backend.clear_session()
    tinynet.warmup()
    assert (Dense(1).name, Sequential().name) == ("dense", "sequential")


@pytest.fixture(scope="module")
def kernels():
    return set(ready.every_kernel())


@needs_compiler
class TestEveryKernel:
    """They are collected from the tables of parts: whatever a part asks for is among them."""

    def test_there_are_no_others(self, kernels):
        assert all(kernel.__module__.startswith("tinynet.") for kernel in kernels)

    def test_those_of_activations(self, kernels):
        assert {k for a in activations.TABLE.values() if not a.does_nothing for k in a.kernels} <= kernels

    def test_those_of_losses(self, kernels):
        for cls in losses.CLASSES.values():
            assert {*cls().kernels()} <= kernels
            if cls.logit_formulas:
                assert {*cls().kernels(fused=True)} <= kernels

    def test_those_of_metrics(self, kernels):
        assert {cls().kernel for cls in metrics.CLASSES.values()} <= kernels
        assert {kernel for cls in metrics.OTHERS.values() for kernel in getattr(cls, "kernels", ())} <= kernels

    @pytest.mark.parametrize(
        "optimizer",
        [
            *(cls() for cls in optimizers.CLASSES.values()),
            optimizers.SGD(momentum=0.9),
            optimizers.SGD(momentum=0.9, nesterov=True),
            optimizers.Adam(amsgrad=True),
            optimizers.RMSprop(momentum=0.9),
            optimizers.RMSprop(centered=True),
            optimizers.RMSprop(momentum=0.9, centered=True),
        ],
        ids=repr,
    )
    def test_those_of_optimizers(self, kernels, optimizer):
        assert optimizer.kernel in kernels

    def test_each_formula_of_an_optimizer_has_one(self, kernels):
        updates = [kernel for kernel in kernels if kernel.__name__ == "update"]
        assert len(updates) == len({formula for cls in optimizers.CLASSES.values() for formula in cls.formulas})

    def test_those_of_regularizers(self, kernels):
        assert {cls().kernel for cls in regularizers.CLASSES.values()} <= kernels

    def test_those_that_everyday_networks_load(self, kernels, loaded, monkeypatch):
        tinynet.warmup()
        assert {kernel for kernel, _ in loaded()} <= kernels

    def test_their_structs_are_tables(self, kernels):
        assert all(issubclass(s, structs.Struct) for kernel in kernels for s in kernel.structs.values())


#: Runs the command; prints its exit code, and whether Numba was imported.
COMMAND = """
    import sys
    from tinynet.__main__ import main
    print(main(["warmup"]), "numba" in sys.modules)
"""


class TestTheCommand:
    @needs_compiler
    def test_fills_the_folder_once(self, tmp_path):
        first = run(COMMAND, TINYNET_CACHE_DIR=tmp_path)
        files = sorted(tmp_path.rglob("*.o"))
        assert first.startswith("Ready: the kernels of everyday networks are there. Compiled now: ")
        assert f"Compiled now: {len(files)}, in " in first
        assert str(tmp_path) in first
        assert first.endswith("0 True")
        again = run(COMMAND, TINYNET_CACHE_DIR=tmp_path)
        assert again.startswith(f"Ready: the kernels of everyday networks are there, in {files[0].parent}.")
        assert again.endswith("0 False")
        assert sorted(tmp_path.rglob("*.o")) == files

    @needs_compiler
    def test_fails_where_nothing_can_be_kept(self, tmp_path, monkeypatch, capsys):
        from tinynet.kernels.machine import linker

        monkeypatch.setattr(linker, "MADE", {"tinynet_x": False})
        assert ready.main([]) == 1
        assert capsys.readouterr().err.startswith("Compiled, but not kept: no folder can be written to.")

    @needs_compiler
    def test_all_are_compiled_if_asked_for(self, monkeypatch, capsys):
        from tinynet.kernels.machine import linker

        asked = []
        monkeypatch.setattr(linker, "code_of", lambda kernel, form: asked.append((kernel, form)))
        monkeypatch.setattr(linker, "MADE", {})
        assert ready.main(["--all"]) == 0
        assert capsys.readouterr().out.startswith("Ready: all kernels are there, in ")
        assert {form for _, form in asked} == {"", "float32", "float64"}
        assert len(asked) == len(set(asked)) > 150

    @pytest.mark.parametrize("variable", ["TINYNET_JIT=0", "NUMBA_DISABLE_JIT=1"])
    def test_has_nothing_to_do_without_the_compiler(self, variable):
        name, _, value = variable.partition("=")
        assert run(COMMAND, **{name: value}).startswith("There is nothing to do: the compiler is switched off")

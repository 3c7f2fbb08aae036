"""Compiles before it is needed: what a model will run, what everyday networks run, or every kernel there is."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tinynet import config
from tinynet._arguments import shown
from tinynet._console import say
from tinynet._whole import afterwards
from tinynet.kernels.machine.jit import COMPILED, UNCOMPILED, arguments_of, handle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinynet.models import Sequential
    from tinynet.network import Network

#: What most people train: the output's activation and units, the loss, and the metrics.
EVERYDAY = (
    ("sigmoid", 1, "binary_crossentropy", ["accuracy"]),
    ("softmax", 3, "categorical_crossentropy", ["accuracy"]),
    ("softmax", 3, "sparse_categorical_crossentropy", ["accuracy"]),
    ("linear", 1, "mse", ["mae"]),
)
#: The activations below it, and the optimizers.
HIDDEN = ("relu", "tanh")
OPTIMIZERS = ("sgd", "rmsprop", "adam")


def warmup(model: Sequential | None = None) -> None:
    """Compile ahead of time what `fit`, `evaluate` and `predict` need; what is in the kernel cache is loaded from it.

    The first `fit` on a machine waits some seconds for the compiler. Call this where waiting does not matter:
    before a measurement, or when a container image is built (``python -m tinynet warmup``). It leaves your models and
    random generators as they are.

    Parameters
    ----------
    model : Sequential, optional
        The model whose kernels to prepare, those of its loop and float type. By default, and for a model whose shapes
        are not known yet, those of everyday networks: `Dense` layers with ReLU or tanh, for two and more classes and
        for numbers, trained by SGD, RMSprop or Adam.

    Raises
    ------
    TypeError
        For anything that is no model.

    Examples
    --------
    >>> import tinynet
    >>> tinynet.warmup()
    """
    if model is not None and not hasattr(model, "sample_shape"):
        raise TypeError(f"warmup: `model` must be a Sequential or None. Received: {shown(model)}")
    if model is None:
        prepare_everyday(config.floatx(), True)
    elif model.sample_shape is None or model.setup is None or model.setup.loss is None:
        prepare_everyday(model.dtype, model.setup is None or model.setup.compiled)
    else:
        prepare(model)


def prepare_everyday(dtype: str, compiled: bool) -> None:
    """Prepare the kernels of everyday networks, for one float type and one of the loops."""
    from tinynet.layers import Dense, Input
    from tinynet.models import Sequential

    def prepare_all_of_them() -> None:
        for optimizer, hidden, (activation, units, loss, metrics) in product(OPTIMIZERS, HIDDEN, EVERYDAY):
            # With names of their own, these layers do not count in the automatic names.
            tiny = Sequential([Input((2,), name="warmup_input")], name="warmup")
            for number, (size, function) in enumerate([(2, hidden), (2, hidden), (units, activation)]):
                tiny.add(Dense(size, activation=function, name=f"warmup_{number}", dtype=dtype))
            tiny.compile(optimizer, loss, metrics=metrics, compiled=compiled)
            prepare(tiny)

    _with_the_same_random_numbers(prepare_all_of_them)


def prepare(model: Sequential) -> None:
    """Prepare the kernels of a model whose shapes, loss and optimizer are known."""
    from tinynet.losses import Loss
    from tinynet.training import requests
    from tinynet.training.compiled_loop import prepare_loops
    from tinynet.training.preparation import network_of

    if not COMPILED:
        return
    shape, outputs = (tuple(axis or 1 for axis in s[1:]) for s in (model.input_shape, model.output_shape))
    loss = model.require_compiled().loss
    network = network_of(model, shape, () if isinstance(loss, Loss) and loss.targets == "classes" else outputs)
    if requests.fit_plan(model).loop == "compiled":
        _with_the_same_random_numbers(prepare_loops, network)  # a Dropout layer draws what it will draw by
    for kernel in _kernels_of_parts(network):
        handle(kernel, network.dtype)


def _kernels_of_parts(network: Network) -> Iterator[Any]:
    """Yield the kernels that the layer loop calls, whatever loop the network has."""
    from tinynet.kernels.random import shuffle
    from tinynet.training.compiled_loop import update_kernels

    yield shuffle
    for layer in network.layers:
        yield from getattr(layer, "kernels", ())
        activation = layer.activation
        if activation is not None and activation.compiles and not activation.does_nothing:
            yield from activation.kernels
    for metric in network.all_metrics:
        if metric.compiles:
            yield metric.kernel
    if network.loss is not None and network.loss.compiles:
        yield from network.loss.kernels(network.fused)
    if network.optimizer is not None and network.optimizer.compiles:
        yield from update_kernels(network.optimizer).values()
    yield from (p.regularizer.kernel for p in network.penalised if p.regularizer.compiles)


def _with_the_same_random_numbers(action: Callable[..., None], *arguments: Any) -> None:
    """Call ``action(*arguments)``, and leave tinynet's generator as it is."""
    bits = config.generator().bit_generator
    drawn = bits.state
    afterwards(lambda: setattr(bits, "state", drawn), action, *arguments)


# ---- every kernel there is ------------------------------------------------------------------------------------------


def every_kernel() -> list[Any]:
    """Return every built-in kernel, as they are collected from the tables of parts and from `kernels`.

    Examples
    --------
    >>> len(every_kernel()) > 50
    True
    """
    from tinynet import activations, layers, losses, metrics, optimizers, regularizers
    from tinynet.kernels import maps
    from tinynet.kernels.fusions import one_unit_backward
    from tinynet.kernels.machine.fingerprint import kernels_in
    from tinynet.kernels.machine.jit import Kernel
    from tinynet.rooms import modules_of
    from tinynet.training.tables import is_pointwise

    found: list[Any] = []
    for module in modules_of("tinynet.kernels"):
        found += [v for v in vars(module).values() if isinstance(v, Kernel) and v.__module__ == module.__name__]
    for layer in layers.CLASSES.values():
        found += getattr(layer, "kernels", ())
    for activation in dict.fromkeys(activations.TABLE.values()):
        if not activation.does_nothing:
            found += activation.kernels
            if is_pointwise(activation):
                found.append(one_unit_backward(activation.formulas[1]))
    for loss in losses.CLASSES.values():
        for value, gradient in filter(None, (loss.formulas, loss.logit_formulas)):
            found += maps.weighted_sum(value), maps.loss_gradient(gradient), maps.row_values(value)
    for metric in metrics.CLASSES.values():
        for formula in metric.formulas:
            found += maps.weighted_sum(formula), maps.row_values(formula)
    for other in metrics.OTHERS.values():
        found += getattr(other, "kernels", ())
    for optimizer in optimizers.CLASSES.values():
        numbers = {*optimizer.places, *optimizer.rates, "step"}
        for formula in optimizer.formulas:
            slots = [name for name in arguments_of(formula)[2:] if name not in numbers]
            found.append(maps.update_of(formula, len(slots), optimizer.places, optimizer.rates))
    for regularizer in regularizers.CLASSES.values():
        found.append(maps.penalty_of(*regularizer.formulas))
    for kernel in found:  # and what these call by name
        found += [called for called in kernels_in(kernel) if called not in found]
    return list(dict.fromkeys(found))


def prepare_all(dtypes: Iterable[str] = ("float32", "float64")) -> int:
    """Compile every built-in kernel that is not on disk yet; return how many there are, each float type counting."""
    from tinynet.kernels.machine.linker import code_of

    forms = dict.fromkeys((kernel, kernel.form(dtype)) for kernel in every_kernel() for dtype in dtypes)
    for kernel, form in forms:
        code_of(kernel, form)
    return len(forms)


# ---- python -m tinynet warmup ---------------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> int:
    """Run ``python -m tinynet warmup``; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tinynet warmup",
        description="Compile ahead of time and keep the result, so that no training has to wait for it: when a "
        "container image is built, for instance. TINYNET_CACHE_DIR names the folder.",
    )
    parser.add_argument(
        "--all", action="store_true", help="every built-in kernel, for both float types (default: everyday networks)"
    )
    options = parser.parse_args(argv)
    if not COMPILED:
        say(f"There is nothing to do: {UNCOMPILED}.")
        return 0
    from tinynet.kernels.machine import delivered, linker

    begun = perf_counter()
    if options.all:
        prepare_all()
    else:
        warmup()
    seconds, made, folder = perf_counter() - begun, len(linker.MADE), linker.own_folder()
    what = "all kernels" if options.all else "the kernels of everyday networks"
    if not made:
        say(f"Ready: {what} are there, in {', '.join(map(str, (*delivered.folders(), folder)))}.")
        return 0
    if not all(linker.MADE.values()):
        say("Compiled, but not kept: no folder can be written to. Set TINYNET_CACHE_DIR to one.", error=True)
        return 1
    say(f"Ready: {what} are there. Compiled now: {made}, in {seconds:.1f} s. Kept in {folder}.")
    return 0

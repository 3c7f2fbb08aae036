"""How a call runs: one pure function chooses, and says why.

What is chosen never changes results beyond rounding; ``model.explain_plan()`` prints it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Literal, TypeGuard

import numpy as np

from tinynet.kernels._jit import COMPILED
from tinynet.layers import Activation, Dense, Flatten, Layer, ReLU, Sigmoid, Softmax
from tinynet.losses import Loss
from tinynet.losses.base import BuiltinLoss
from tinynet.losses.crossentropies import LOGIT_CODES
from tinynet.memory import Memory, Parameter
from tinynet.metrics import Metric
from tinynet.metrics.base import BuiltinMetric, reported_names
from tinynet.optimizers import SGD, Adam, Optimizer, RMSprop

BUILTIN_LAYERS = (Dense, Activation, ReLU, Sigmoid, Softmax, Flatten)
BUILTIN_OPTIMIZERS = (SGD, RMSprop, Adam)
#: Numbers of a kernel that the caches no longer hold: BLAS, which copies it in panels, is faster from about there on.
LARGE_KERNEL = 4_000_000
#: Multiply-adds of a batch's largest product for each thread (measured: two threads take 0.73 of one's time then).
SHARED_PRODUCT = 500_000
#: Multiply-adds of a batch's largest product from which BLAS may use its threads. Below, a second one gains little, and
#: with a busy neighbour on the other core it costs ten times the product.
BLAS_PRODUCT = 8_000_000
#: Samples of a batch that are worth a thread: a register block of rows.
SHARED_ROWS = 8


@dataclass(frozen=True)
class Network:
    """What a call works on: the resolved parts of a compiled model, for one shape of data."""

    layers: tuple[Layer, ...]
    sample_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: tuple[Metric, ...] = ()
    weighted_metrics: tuple[Metric, ...] = ()
    sparse: bool = True

    @property
    def takes_sparse(self) -> bool:
        """Whether the first layer can take samples in CSR form, and may."""
        return self.sparse and len(self.sample_shape) == 1 and bool(self.layers) and type(self.layers[0]) is Dense

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """Metrics, then weighted metrics."""
        return (*self.metrics, *self.weighted_metrics)

    @cached_property
    def metric_kinds(self) -> list[tuple[str, str]]:
        """Their names, and what their totals are: sums for a (weighted) mean, or the result itself."""
        names = reported_names([m.name for m in self.metrics], [m.name for m in self.weighted_metrics])
        kinds = ["mean"] * len(self.metrics) + ["weighted mean"] * len(self.weighted_metrics)
        return [
            (name, kind if is_builtin_metric(metric) else "result")
            for name, kind, metric in zip(names, kinds, self.all_metrics, strict=True)
        ]

    @property
    def parameters(self) -> list[Parameter]:
        """The trainable parameters."""
        return [p for layer in self.layers for p in layer.trainable_parameters]

    @property
    def memory(self) -> Memory:
        """The memory in which all the parameters are."""
        parameters = [p for layer in self.layers for p in layer.parameters]
        return parameters[0].memory if parameters else Memory([])

    @cached_property
    def layer_sizes(self) -> list[tuple[int, int]]:
        """For each layer and one sample, the multiply-adds of its product and the number of its outputs."""
        shape, sizes = self.sample_shape, []
        for layer in self.layers:
            after = layer.compute_output_shape((None, *shape))[1:]
            multiply_adds = prod(shape) * layer.units if isinstance(layer, Dense) else 0
            shape = tuple(a for a in after if a is not None)
            sizes.append((multiply_adds, prod(shape)))
        return sizes

    @property
    def fused(self) -> bool:
        """Whether the last activation and the loss are computed together, from the logits."""
        last = self.layers[-1] if self.layers else None
        return (
            isinstance(last, (Dense, Activation))
            and type(last) in BUILTIN_LAYERS
            and is_builtin_loss(self.loss)
            and self.loss.fuses == last.activation.name
            and last.activation.code is not None
        )

    @property
    def loss_code(self) -> int:
        """The code of the loss's formula."""
        assert isinstance(self.loss, BuiltinLoss)
        return LOGIT_CODES[self.loss.code] if self.fused else self.loss.code


@dataclass(frozen=True)
class Plan:
    """How a call runs, and why."""

    loop: Literal["compiled", "layers"]
    product: Literal["register blocks", "BLAS"]
    input: str
    reasons: tuple[str, ...]
    threads: int = 1
    """0 leaves their number to BLAS."""

    @property
    def blas_threads(self) -> int:
        """How many threads BLAS is to have; 0 leaves it as it is."""
        return self.threads if self.product == "BLAS" else 0

    def __str__(self) -> str:
        lines = [
            f"loop:    {self.loop}",
            f"product: {self.product}",
            f"input:   {self.input}",
            f"threads: {self.threads or 'as BLAS sees fit'}",
        ]
        return "\n".join([*lines, *(f"- {reason}" for reason in self.reasons)])


def choose(
    network: Network,
    batch_size: int,
    *,
    compiled: bool = True,
    form: str = "resident",
    jit: bool = COMPILED,
    usable: int = 1,
) -> Plan:
    """Choose how a call runs.

    Parameters
    ----------
    network : Network
        The parts: layers alone for `predict`, with a loss for `evaluate`, with an optimizer for `fit`.
    batch_size : int
        Samples per batch.
    compiled : bool, default True
        False forces the layer loop (``compile(..., compiled=False)``).
    form : {"resident", "sparse", "chunks"}
        How the samples are handed over.
    jit : bool
        Whether kernels are compiled in this process.
    usable : int, default 1
        How many threads the call may use: `cores()`, as a rule.

    Returns
    -------
    Plan
    """
    kernel = largest_kernel(network, form == "sparse")
    reason = _why_layers(network, kernel, compiled, jit)
    if reason:
        threads = 1 if kernel * batch_size < BLAS_PRODUCT else 0
        return Plan("layers", "BLAS", form, (f"layer loop: {reason}", _FORMS[form]), threads)
    reason = f"compiled loop: only built-in parts, of which the largest kernel has {kernel:,} numbers"
    threads = _threads(kernel * batch_size, batch_size, form, usable)
    return Plan("compiled", "register blocks", form, (reason, _FORMS[form]), threads)


def cores() -> int:
    """Return the cores that this process may use; the variable NUMBA_NUM_THREADS lowers the number."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("NUMBA_NUM_THREADS") or str(here)
    if not limit.isdecimal():
        raise ValueError(f"The variable NUMBA_NUM_THREADS: expected a number of threads. Received: {limit!r}")
    return max(1, min(here, int(limit)))


def _threads(product: int, batch_size: int, form: str, usable: int) -> int:
    """Return how many threads a call is worth: chosen by size, never by load."""
    if form == "sparse" or os.environ.get("NUMBA_BOUNDSCHECK", "0") not in ("", "0"):
        return 1  # a member that raises would leave the others waiting for it
    return max(1, min(usable, product // SHARED_PRODUCT, batch_size // SHARED_ROWS))


_FORMS = {
    "resident": "resident: the data stand in memory as they are needed",
    "sparse": "sparse: the data are mostly zeros, which the first layer skips (compile(sparse=False) forbids it)",
    "chunks": "chunks: the data are read, gathered and cast in parts of at most 64 MB",
}


def _why_layers(network: Network, kernel: int, compiled: bool, jit: bool) -> str:
    """Return why the compiled loop cannot or should not run the network, or an empty string."""
    if not compiled:
        return "asked for by compiled=False"
    if not jit:
        return "the compiler is switched off (NUMBA_DISABLE_JIT or TINYNET_JIT)"
    for layer in network.layers:
        if type(layer) not in BUILTIN_LAYERS:
            return f"layer '{layer.name}' ({type(layer).__name__}) is user-written"
        if isinstance(layer, (Dense, Activation)) and layer.activation.code is None:
            return f"the activation of layer '{layer.name}' is user-written"
    if network.loss is not None and not is_builtin_loss(network.loss):
        return f"loss '{network.loss.name}' is user-written"
    if network.optimizer is not None and type(network.optimizer) not in BUILTIN_OPTIMIZERS:
        return f"optimizer '{network.optimizer.name}' is user-written"
    for metric in network.all_metrics:
        if not is_builtin_metric(metric):
            return f"metric '{metric.name}' is computed in Python"
    if kernel >= LARGE_KERNEL:
        return f"the products with the largest kernel, of {kernel:,} numbers, are BLAS's"
    return ""


def is_builtin_loss(loss: Loss | None) -> TypeGuard[BuiltinLoss]:
    """Return whether a loss is computed by the kernels; a user's subclass of a built-in one is not."""
    return isinstance(loss, BuiltinLoss) and type(loss).__module__.startswith("tinynet.")


def is_builtin_metric(metric: Metric) -> TypeGuard[BuiltinMetric]:
    """Return whether a metric is computed by the kernels; a user's subclass of a built-in one is not."""
    return isinstance(metric, BuiltinMetric) and type(metric).__module__.startswith("tinynet.")


def largest_kernel(network: Network, sparse: bool = False) -> int:
    """Return the numbers of the largest kernel that samples are multiplied with; a sparse first layer multiplies none.

    A Dense layer on samples of several rows counts its kernel for each row.
    """
    kernels = [multiply_adds for multiply_adds, _ in network.layer_sizes]
    return max(kernels[1:] if sparse else kernels, default=0)

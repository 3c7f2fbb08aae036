"""How a call runs: one pure function chooses, and says why.

What is chosen never changes results beyond rounding; ``model.explain_plan()`` prints it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from tinynet._console import printable
from tinynet.kernels.machine.jit import CHECKED, COMPILED, UNCOMPILED
from tinynet.network import Network

#: Size of a kernel beyond which BLAS is faster, because it no longer fits in the caches.
LARGE_KERNEL = 4_000_000
#: Multiply-adds of a batch's largest product for each thread (measured: two threads take 0.73 of one's time then).
SHARED_PRODUCT = 500_000
#: Multiply-adds of a batch's largest product from which BLAS may use its threads. Below, a second one gains little, and
#: with a busy neighbour on the other core it costs ten times the product.
BLAS_PRODUCT = 8_000_000
#: Samples of a batch that are worth a thread: a register block of rows.
SHARED_ROWS = 8


class Plan(NamedTuple):
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
        return printable("\n".join([*lines, *(f"- {reason}" for reason in self.reasons)]))


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
    form : {"resident", "sparse", "chunks", "batches"}
        How the samples are handed over.
    jit : bool
        Whether kernels are compiled in this process.
    usable : int, default 1
        How many threads the call may use: `cores()`, as a rule.

    Returns
    -------
    Plan
    """
    kernel = network.largest_kernel(form == "sparse")
    reason = _why_layers(network, kernel, compiled, jit)
    if reason:
        threads = 1 if kernel * batch_size < BLAS_PRODUCT else 0
        return Plan("layers", "BLAS", form, (f"layer loop: {reason}", _FORMS[form]), threads)
    reason = f"compiled loop: every part has a compiled form; the largest kernel has {kernel:,} numbers"
    threads = _threads(kernel * batch_size, batch_size, form, usable)
    return Plan("compiled", "register blocks", form, (reason, _FORMS[form]), threads)


def cores() -> int:
    """Return the cores that this process may use: by its affinity, its container's quota and NUMBA_NUM_THREADS."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    here = min(here, quota() or here)
    limit = os.environ.get("NUMBA_NUM_THREADS") or str(here)
    if not limit.isdecimal():
        raise ValueError(f"The variable NUMBA_NUM_THREADS: expected a number of threads. Received: {limit!r}")
    return max(1, min(here, int(limit)))


@cache
def quota(root: str = "/") -> int | None:
    """Return how many whole cores the process's control group (a container's, say) may use, or None for no limit.

    Both versions of Linux's control groups are read, and every group above the process's own. A group that may use a
    core and a half counts as one core: a thread on half a core would keep the other one waiting.
    """
    try:
        lines = Path(root, "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        number, controllers, path = line.split(":", 2)
        place = PurePosixPath(path.lstrip("/"))
        for group in (place, *place.parents):
            if number == "0":
                limits.append(_limit(Path(root, "sys/fs/cgroup", group, "cpu.max")))
            elif "cpu" in controllers.split(","):
                for mount in (controllers, "cpu"):
                    folder = Path(root, "sys/fs/cgroup", mount, group)
                    limits.append(_limit(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"))
    return min((limit for limit in limits if limit), default=None)


def _limit(*files: Path) -> int | None:
    """Return the cores that a quota and its period, in one file or two, stand for."""
    try:
        allowed, period = " ".join(file.read_text() for file in files).split()
        return None if allowed in ("max", "-1") else max(1, int(allowed) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _threads(product: int, batch_size: int, form: str, usable: int) -> int:
    """Return how many threads a call is worth at most, by its size; how many it gets follows the load."""
    if form == "sparse" or CHECKED:
        return 1  # a member that raises would leave the others waiting for it
    return max(1, min(usable, product // SHARED_PRODUCT, batch_size // SHARED_ROWS))


_FORMS = {
    "resident": "resident: the data stand in memory as they are needed",
    "sparse": "sparse: the data are mostly zeros, which the first layer skips (compile(sparse=False) forbids it)",
    "batches": "batches: the data come in batches, one of which is in memory at a time",
    "chunks": "chunks: the data are read, gathered and cast in parts of at most 64 MB",
}


def _why_layers(network: Network, kernel: int, compiled: bool, jit: bool) -> str:
    """Return why the compiled loop cannot or should not run the network, or an empty string."""
    if not compiled:
        return "asked for by compiled=False"
    if not jit:
        return UNCOMPILED or "the compiler is switched off"
    reason = why_python(network)
    if reason:
        return reason
    if kernel >= LARGE_KERNEL:
        return f"the products with the largest kernel, of {kernel:,} numbers, are BLAS's"
    return ""


def why_python(network: Network) -> str:
    """Return which part of a network has no compiled form, and why, or an empty string."""
    if network.why_layers:
        return network.why_layers
    for layer in network.layers:
        reason = layer.why_python()
        if reason:
            return reason
    if network.loss is not None and not network.loss.compiles:
        return f"loss '{network.loss.name}' is user-written"
    if network.optimizer is not None and not network.optimizer.compiles:
        return f"optimizer '{network.optimizer.name}' is user-written"
    for metric in network.all_metrics:
        if not metric.compiles:
            return f"metric '{metric.name}' is computed in Python"
    if network.optimizer is not None:
        from tinynet.optimizers.updating import why_in_python

        for parameter in network.parameters:
            if reason := why_in_python(parameter):
                return reason
    for parameter in network.penalised:
        if not parameter.regularizer.compiles:
            return f"the regularizer of '{parameter.path}' is user-written"
    return ""

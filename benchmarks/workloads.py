"""The workloads: networks, data, initial weights, and the code that computes the loss of given weights."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
DATA = Path(__file__).parent.parent / ".benchmarks" / "data"


@dataclass(frozen=True)
class Workload:
    """A network, its data and how it is trained. The layers between input and output are ReLU."""

    name: str
    sizes: tuple[int, ...]
    rows: int
    batch: int
    validation_rows: int = 0
    loss: str = "bce"
    """``bce`` on sigmoids, ``cce`` on a softmax, ``mse`` on a linear output."""
    optimizer: str = "rmsprop"
    data: str = "uniform"
    epochs: int = 100
    unit: str = "step"
    """What the figure is divided by: ``step`` (microseconds) or ``epoch`` (milliseconds)."""

    @property
    def steps(self) -> int:
        """Updates per epoch."""
        return -(-self.rows // self.batch)

    @property
    def activation(self) -> str:
        """The activation of the last layer."""
        return {"bce": "sigmoid", "cce": "softmax", "mse": "linear"}[self.loss]

    @property
    def learning_rate(self) -> float:
        """Keras's default for the optimizer."""
        return {"rmsprop": 0.001, "sgd": 0.01}[self.optimizer]

    @property
    def title(self) -> str:
        """The network and its data in a few words."""
        rows = f"{self.rows:,}" + (f" + {self.validation_rows:,}" if self.validation_rows else "")
        return f"{self.name}: {'-'.join(map(str, self.sizes))}, {rows} rows, batch {self.batch}, {self.optimizer}"

    def head(self, rows: int) -> Workload:
        """The same with the first `rows` rows and no validation."""
        return replace(self, rows=rows, validation_rows=0)


WORKLOADS = {
    work.name: work
    for work in (
        Workload("A", (12, 1), 1000, 64),
        Workload("B", (12, 64, 1), 1000, 64),
        Workload("C", (12, 64, 64, 1), 1000, 64),
        Workload(
            "D",
            (10000, 16, 16, 1),
            15000,
            512,
            10000,
            data="multi-hot",
            epochs=20,
            unit="epoch",
        ),
        Workload(
            "E",
            (10000, 64, 64, 46),
            7982,
            512,
            1000,
            loss="cce",
            data="multi-hot",
            epochs=20,
            unit="epoch",
        ),
        Workload("F", (13, 64, 64, 1), 404, 16, loss="mse"),
        Workload(
            "G",
            (3600, 300, 100, 2),
            3456,
            32,
            864,
            optimizer="sgd",
            data="pictures",
            epochs=20,
            unit="epoch",
        ),
        Workload("H", (784, 256, 10), 6400, 128, loss="cce", epochs=20, unit="epoch"),
        Workload("I", (1024, 1024, 1024, 10), 2048, 256, loss="cce", epochs=20, unit="epoch"),
    )
}


def initial_weights(work: Workload) -> list[Array]:
    """Return Glorot's uniform kernels and zero biases: kernel, bias, kernel, bias …"""
    rng = np.random.default_rng(1)
    weights: list[Array] = []
    for inputs, units in zip(work.sizes, work.sizes[1:], strict=False):
        limit = np.sqrt(6 / (inputs + units))
        weights += [rng.uniform(-limit, limit, (inputs, units)).astype("f4"), np.zeros(units, "f4")]
    return weights


def multi_hot(rng: np.random.Generator, rows: int, columns: int) -> tuple[Array, Array]:
    """Return a multi-hot matrix, about 1 % of it ones, as CSR's indptr and indices."""
    each = columns // 100
    indices = np.sort(rng.integers(0, columns, (rows, each), dtype=np.int32), axis=1)
    first = np.ones((rows, each), bool)
    first[:, 1:] = indices[:, 1:] != indices[:, :-1]
    return np.concatenate([[0], first.sum(1).cumsum()]).astype(np.int32), indices[first]


def make_data(work: Workload, *, sparse: bool = False) -> tuple[Array, ...]:
    """Return x, y, x_val, y_val (float32); with `sparse`, x and x_val are SciPy CSR matrices (multi-hot data only).

    The targets follow a random linear rule with noise, so that there is something to learn, but not perfectly.
    """
    rng = np.random.default_rng(2)
    inputs, outputs, rows = work.sizes[0], work.sizes[-1], work.rows + work.validation_rows
    rule = rng.normal(size=(inputs, outputs)).astype("f4")
    x: Any
    if work.data == "multi-hot":
        indptr, indices = multi_hot(rng, rows, inputs)
        logits = np.add.reduceat(rule[indices], indptr[:-1])
        if sparse:
            from scipy.sparse import csr_matrix

            x = csr_matrix((np.ones(indices.size, "f4"), indices, indptr), (rows, inputs))
        else:
            x = np.zeros((rows, inputs), "f4")
            x[np.repeat(np.arange(rows), np.diff(indptr)), indices] = 1
    elif work.data == "pictures":
        x, rising = pictures(rng, rows)
        logits = np.stack([1 - rising, rising], 1) * 100.0
    else:
        x = rng.random((rows, inputs), "f4") - np.float32(0.5)
        logits = x @ rule
    spread = logits.std()
    if work.loss == "cce":
        y = np.eye(outputs, dtype="f4")[(logits + rng.normal(size=logits.shape) * spread * 0.3).argmax(1)]
    elif work.loss == "mse":
        y = logits / spread + rng.normal(size=logits.shape) * 0.3
    elif work.data == "pictures":
        y = logits > 50
    else:
        y = logits + rng.normal(size=logits.shape) * spread * 0.3 > np.median(logits)
    y = np.ascontiguousarray(y, "f4")
    return x[: work.rows], y[: work.rows], x[work.rows :], y[work.rows :]


def pictures(rng: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Return flat 60x60 pictures of a rising or falling line with noise, and whether it rises."""
    rising = rng.integers(0, 2, rows)
    x = rng.random((rows, 60, 60), "f4") * np.float32(0.6)
    column = np.arange(60)
    line = np.where(rising[:, None], 59 - column, column) * 0.5 + 15 + rng.normal(0, 4, (rows, 60))
    x[np.arange(rows)[:, None], line.astype(int).clip(0, 59), column] = 1
    return x.reshape(rows, 3600), rising


def shared_data(work: Workload, *, sparse: bool = False) -> tuple[Array, ...]:
    """Return the arrays of `make_data`; large ones are in memory that all processes share.

    Ten processes with a gigabyte each would not fit. The arrays are ordinary, writable (copy on write) NumPy arrays.
    """
    if sparse or work.rows * work.sizes[0] < 10**7:
        return make_data(work, sparse=sparse)
    folder = DATA / f"{work.name}-{'-'.join(map(str, work.sizes))}-{work.rows}-{work.validation_rows}"
    files = [folder / f"{name}.npy" for name in ("x", "y", "x_val", "y_val")]
    if not folder.exists():  # written elsewhere and moved as a whole: others may be waiting for it
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        for file, array in zip(files, make_data(work), strict=True):
            np.save(fresh / file.name, array)
        fresh.replace(folder)
    return tuple(np.load(file, mmap_mode="c").view(np.ndarray) for file in files)


def mean_loss(work: Workload, weights: list[Array], x: Any, y: Array) -> float:
    """Return the loss of `weights`, computed in float64 in the same way for all peers."""
    total = 0.0
    for start in range(0, len(y), 2048):
        a = x[start : start + 2048]
        for layer in range(0, len(weights), 2):
            z = a @ weights[layer] + weights[layer + 1]
            a = np.maximum(z, 0)
        z, t = z.astype("f8"), y[start : start + 2048]
        if work.loss == "bce":
            total += (np.logaddexp(0, z) - z * t).mean(1).sum()
        elif work.loss == "cce":
            total += (np.logaddexp.reduce(z, 1) - (z * t).sum(1)).sum()
        else:
            total += ((z - t) ** 2).mean(1).sum()
    return total / len(y)

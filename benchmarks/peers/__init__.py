"""The peers: each trains the workloads' networks as experts in that library would write it.

Every module that `PEERS` names has a class `Peer`:

- ``Peer(work, data, weights, threads)`` takes the data, and compiles or prepares what users would prepare once;
- ``reset()`` goes back to the initial weights and a fresh optimizer (not timed);
- ``fit(epochs, shuffle)`` is timed: shuffling, training, validation; it returns a history of losses;
- ``weights()`` returns kernel, bias, kernel, bias …;
- ``calls(row)`` returns functions that predict one row, by name, for the latency.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from dataclasses import dataclass, field
from typing import Any

from benchmarks.workloads import Workload


@dataclass(frozen=True)
class Entry:
    """Where to find a peer, what to call it, and what it can do."""

    module: str
    title: str
    packages: tuple[str, ...]
    """Distributions that it needs; their versions are reported."""
    sparse: bool = False
    """Whether it gets the data in CSR form."""
    same_updates: bool = True
    """Whether it makes the same updates as tinynet, and so must reach the same weights."""
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def load(self) -> Any:
        """Import the peer's class."""
        return importlib.import_module(f"benchmarks.peers.{self.module}").Peer

    def why_not(self, work: Workload) -> str:
        """Return why it cannot run a workload here, or an empty string."""
        for package in self.packages:
            if importlib.util.find_spec(MODULES.get(package, package)) is None:
                return f"{package} is not installed"
        if self.sparse and work.data != "multi-hot":
            return "the data are dense"
        if self.module == "c_twin" and shutil.which("gcc") is None:
            return "there is no gcc"
        return ""


#: Distributions whose modules have another name.
MODULES = {
    "tinynet-engine": "tinynet",
    "scipy-openblas32": "scipy_openblas32",
    "scikit-learn": "sklearn",
    "tensorflow-cpu": "tensorflow",
}

ON_JAX = {"KERAS_BACKEND": "jax"}
ON_TENSORFLOW = {"KERAS_BACKEND": "tensorflow"}
TF = ("keras", "tensorflow-cpu")
IN_16S = {"steps_per_execution": 16}

PEERS = {
    "tinynet": Entry("tinynet_peer", "tinynet", ("tinynet-engine", "numba", "numpy")),
    "tinynet-csr": Entry("tinynet_peer", "tinynet, given CSR", ("tinynet-engine", "scipy"), sparse=True),
    "c": Entry("c_twin", "C twin with OpenBLAS", ("scipy-openblas32",)),
    "jax": Entry("jax_scan", "JAX, an epoch in one jit with scan", ("jax", "jaxlib")),
    "jax-np": Entry("jax_scan", "JAX likewise, shuffled by NumPy", ("jax", "jaxlib"), options={"numpy_order": True}),
    "torch": Entry("torch_eager", "PyTorch, eager", ("torch",)),
    "sklearn": Entry("sklearn_mlp", "scikit-learn", ("scikit-learn",), same_updates=False),
    "sklearn-csr": Entry("sklearn_mlp", "scikit-learn, given CSR", ("scikit-learn",), sparse=True, same_updates=False),
    "keras-jax": Entry("keras_model", "Keras on JAX", ("keras", "jax"), environment=ON_JAX),
    "keras-jax-16": Entry(
        "keras_model", "Keras on JAX, steps_per_execution=16", ("keras", "jax"), environment=ON_JAX, options=IN_16S
    ),
    "keras-tf": Entry("keras_model", "Keras on TensorFlow", TF, environment=ON_TENSORFLOW),
    "keras-tf-16": Entry(
        "keras_model",
        "Keras on TensorFlow, steps_per_execution=16",
        TF,
        environment=ON_TENSORFLOW,
        options=IN_16S,
    ),
}

"""Random networks held against Keras on JAX: every weight and slot after every one of 50 steps, in float64.

A case is a stack of one to five layers with any loss, optimizer, metrics, weights and validation that fit together.
`TINYNET_DIFFERENTIAL_EXAMPLES=5000 pytest tests/keras/test_differential.py` tries that many, other ones in each run;
without it the same cases come every time.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import tinynet
from tests.support.agreement import Array
from tests.support.cases import ACTIVATIONS, BCE, CCE, SPARSE
from tests.support.keras_quickly import forget, without_compiling
from tests.support.parity import assert_parity

EXAMPLES = int(os.environ.get("TINYNET_DIFFERENTIAL_EXAMPLES", "0"))
STEPS = 50
SHAPES = ((5,), (1,), (17,), (64,), (2, 3), (4, 1), (2, 3, 2))
CLASSES = {"SGD": tinynet.optimizers.SGD, "RMSprop": tinynet.optimizers.RMSprop, "Adam": tinynet.optimizers.Adam}


@dataclass(frozen=True)
class Layer:
    """A layer by its Keras name and arguments."""

    kind: str
    options: dict[str, Any]

    def make(self, k: Any) -> Any:
        """Return the layer of either module; Keras has none that is called Sigmoid."""
        if self.kind == "Sigmoid" and k is not tinynet:
            return k.layers.Activation("sigmoid")
        return getattr(k.layers, self.kind)(**self.options)


@dataclass(frozen=True)
class Case:
    """A network and how it is trained."""

    shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    loss: tuple[str, dict[str, Any]]
    optimizer: tuple[str, dict[str, Any]]
    metrics: tuple[Any, ...]
    weighted_metrics: tuple[Any, ...]
    samples: int
    batch: int
    weights: str
    validation: str
    column: bool
    """Whether targets of one output have an axis for it."""
    seed: int

    def build(self, k: Any) -> Any:
        """Return the compiled model."""
        model = k.Sequential([layer.make(k) for layer in self.layers])
        optimizer, loss = ((getattr(m, name)(**o)) for m, (name, o) in self._parts(k))
        model.compile(
            optimizer,
            loss,
            metrics=[self._metric(k, m) for m in self.metrics],
            weighted_metrics=[self._metric(k, m) for m in self.weighted_metrics],
        )
        return model

    def _parts(self, k: Any) -> Any:
        return (k.optimizers, self.optimizer), (k.losses, self.loss)

    @staticmethod
    def _metric(k: Any, metric: Any) -> Any:
        return metric if isinstance(metric, str) else k.metrics.BinaryAccuracy(threshold=metric, name="above")

    @property
    def units(self) -> int:
        """Length of the output's last axis."""
        return int(self.output_shape[-1])

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one sample's output."""
        model = tinynet.Sequential([layer.make(tinynet) for layer in self.layers])
        return tuple(int(a or 0) for a in model.compute_output_shape((None, *self.shape))[1:])

    def data(self, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return samples and targets, drawn continuously where they are no classes."""
        x, name = rng.standard_normal((n, *self.shape)), self.loss[0]
        *rows, units = self.output_shape
        if name == SPARSE:
            y: Array = rng.integers(0, units, (n, *rows))
            return x, y[..., None] if self.column else y
        if name == CCE:
            y = np.eye(units)[rng.integers(0, units, (n, *rows))]
            return x, y if self.weights == "class" else 0.8 * y + 0.2 * rng.dirichlet(np.ones(units), (n, *rows))
        y = rng.standard_normal((n, *rows, units))
        if name == "MeanAbsoluteError" and any(
            layer.kind == "Softmax" or "softmax" in layer.options.values() for layer in self.layers
        ):
            # Targets all above the outputs would pull all of them up alike, and shares cannot all grow: the gradient
            # would be 0, and what is compared the rounding that is left of it.
            y = rng.dirichlet(np.ones(units), (n, *rows))
        if name == BCE:
            y = np.asarray(y > 0, np.float64)
        return x, y[..., 0] if units == 1 and not self.column else y

    def run(self) -> dict[str, Any]:
        """Compare both loops with Keras; return the runs.

        Outputs of several rows a sample get a weight for each row: Keras has no other.
        """
        rng = np.random.default_rng(self.seed)
        x, y = self.data(self.samples, rng)
        rows = self.output_shape[:-1]
        fit: dict[str, Any] = {}
        if self.weights == "sample":
            fit["sample_weight"] = rng.uniform(0.2, 2.0, (self.samples, *rows))
        elif self.weights == "class":
            fit["class_weight"] = {c: float(rng.uniform(0.2, 2.0)) for c in range(self.units) if c != 1}
        trained = self.samples
        if self.validation == "split":
            fit["validation_split"] = 0.3
            trained = int(self.samples * 0.7)
        elif self.validation != "none":
            fit["validation_data"] = self.data(9, rng)
            if self.validation == "weighted data":
                fit["validation_data"] += (rng.uniform(0.2, 2.0, (9, *rows)),)
        epochs = -(-STEPS // -(-trained // self.batch))
        options = {"seed": self.seed, "eager": False, "conditioned": True}
        return assert_parity(self.build, x, y, batch_size=self.batch, epochs=epochs, **options, **fit)


def dense(units: int, activation: str, bias: bool, trainable: bool) -> Layer:
    options: dict[str, Any] = {"units": units, "activation": activation, "use_bias": bias}
    return Layer("Dense", options if trainable else {**options, "trainable": False})


usually = st.sampled_from((True, True, True, False))
activations = st.sampled_from(ACTIVATIONS)
layers = st.one_of(
    st.builds(dense, st.integers(1, 64), activations, usually, usually),
    st.builds(dense, st.integers(1, 64), activations, usually, usually),
    activations.map(lambda a: Layer("Activation", {"activation": a})),
    st.sampled_from(("ReLU", "Softmax", "Sigmoid")).map(lambda kind: Layer(kind, {})),
)


def rates(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most)


@st.composite
def optimizers(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Slow enough that no network diverges: a chaotic run would magnify rounding without end."""
    name = draw(st.sampled_from(sorted(CLASSES)))
    options: dict[str, Any] = {}
    if name == "SGD":
        options = {"learning_rate": draw(rates(1e-3, 0.01)), "momentum": draw(st.sampled_from((0.0, 0.5, 0.9)))}
        options["nesterov"] = draw(st.booleans())
    elif name == "RMSprop":
        options = {"learning_rate": draw(rates(1e-5, 1e-3)), "rho": draw(rates(0.8, 0.99))}
        options |= {"momentum": draw(st.sampled_from((0.0, 0.5))), "centered": draw(st.booleans())}
        options["epsilon"] = draw(st.sampled_from((1e-7, 1e-5)))
    else:
        options = {"learning_rate": draw(rates(1e-5, 1e-3)), "beta_1": draw(rates(0.5, 0.95))}
        options |= {"beta_2": draw(rates(0.9, 0.999)), "amsgrad": draw(st.booleans())}
        options["epsilon"] = draw(st.sampled_from((1e-7, 1e-5)))
    clip = draw(st.sampled_from(("", "", "clipnorm", "clipvalue", "global_clipnorm")))
    if clip:
        options[clip] = draw(rates(0.01, 1.0))
    if draw(st.booleans()):
        options["weight_decay"] = draw(rates(1e-3, 0.1))
    return name, options


@st.composite
def cases(draw: st.DrawFn) -> Case:
    shape = draw(st.sampled_from(SHAPES))
    stack = draw(st.lists(layers, max_size=4))
    if len(shape) > 2 or (len(shape) > 1 and draw(st.booleans())):
        stack = [*stack[:3]]
        stack.insert(draw(st.integers(0, len(stack))), Layer("Flatten", {}))
    name = draw(st.sampled_from(("MeanSquaredError", "MeanAbsoluteError", BCE, CCE, SPARSE)))
    options: dict[str, Any] = {}
    if name not in ("MeanSquaredError", "MeanAbsoluteError") and draw(st.booleans()):
        options["from_logits"] = True
    if name in (BCE, CCE) and draw(st.booleans()):
        options["label_smoothing"] = draw(rates(0.01, 0.5))
    units = draw(st.integers(2 if name in (CCE, SPARSE) else 1, 12))
    # Outputs that are no probabilities may sum to nearly nothing, and the clipped ones teach nothing.
    proper = name in (CCE, SPARSE, BCE) and not options.get("from_logits")
    last = draw(st.sampled_from(("sigmoid", "softmax") if proper else ACTIVATIONS))
    top = dense(units, last, draw(usually), True)
    stack += (
        [dense(units, "linear", True, True), Layer("Activation", {"activation": last})]
        if (len(stack) < 4 and draw(st.integers(0, 4)) == 0)
        else [top]
    )
    outputs_are_vectors = len(shape) == 1 or any(layer.kind == "Flatten" for layer in stack)
    kinds = {BCE: "binary_accuracy", CCE: "categorical_accuracy", SPARSE: "sparse_categorical_accuracy"}
    found: list[Any] = ["accuracy", *([kinds[name]] if name in kinds else [])]
    if name == BCE:
        found.append(0.3)
    if name in ("MeanSquaredError", "MeanAbsoluteError"):
        found += ["mse", "mae"]
    metrics = st.lists(st.sampled_from(found), max_size=2, unique=True)
    weights = ["none", "sample"]
    if name in kinds and outputs_are_vectors and (name != BCE or units == 1):
        weights.append("class")
    n = draw(st.integers(11, 30))
    return Case(
        shape,
        tuple(stack),
        (name, options),
        draw(optimizers()),
        tuple(draw(metrics)),
        tuple(draw(metrics)),
        n,
        draw(st.integers(n // 4, n // 2).filter(lambda b: n % b)),
        draw(st.sampled_from(weights)),
        draw(st.sampled_from(("none", "none", "split", "data", "weighted data"))),
        not outputs_are_vectors or draw(st.booleans()),
        draw(st.integers(0, 2**20)),
    )


tried = count(1)


@settings(
    max_examples=EXAMPLES or 200,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a smaller case would take minutes to find, and says no more
    suppress_health_check=list(HealthCheck),
)
@given(case=cases())
def test_any_network_trains_as_in_keras_step_by_step(case):
    with warnings.catch_warnings(), without_compiling():
        warnings.simplefilter("ignore", UserWarning)  # networks that a beginner would regret
        warnings.simplefilter("ignore", SyntaxWarning)
        case.run()
    if next(tried) % 100 == 0:
        forget()

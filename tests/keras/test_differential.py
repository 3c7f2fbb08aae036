"""Random networks compared with Keras on JAX: every weight and slot after every one of 50 steps, in float64.

A case is a stack of one to five layers with any activations, penalties, loss, optimizer, metrics, weights and
validation that fit together, out of the package's tables: a new part takes part by itself.
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
from tests.support import random_layers
from tests.support.agreement import Array
from tests.support.cases import BCE, EVERY_ACTIVATION, REGULARIZERS, activation
from tests.support.keras_quickly import forget
from tests.support.parity import assert_parity
from tests.support.parts import OUTPUTS_OF, RATE_FOR, Options, another, defaults, targets_of
from tinynet import losses, optimizers
from tinynet.kernels import maps

EXAMPLES = int(os.environ.get("TINYNET_DIFFERENTIAL_EXAMPLES", "0"))
STEPS = 50
SHAPES = ((5,), (1,), (17,), (64,), (2, 3), (4, 1), (2, 3, 2))
#: From where options are drawn; others are what they are by default, or the tests' usual other value.
DRAWN = {
    "rho": st.floats(0.8, 0.99),
    "beta_1": st.floats(0.5, 0.95),
    "beta_2": st.floats(0.9, 0.999),
    "momentum": st.sampled_from((0.0, 0.5, 0.9)),
    "label_smoothing": st.sampled_from((0.0, 0.01, 0.1, 0.5)),
    "delta": st.floats(0.3, 2.0),
}
#: What makes one vector of the steps of a sample, beside Flatten.
POOLING = "GlobalAveragePooling1D", "GlobalMaxPooling1D"
#: Keras makes a column of class numbers a matrix of all pairs of samples here, against its own words.
BROADCASTS = "CategoricalGeneralizedCrossEntropy"
CORRELATION = "ConcordanceCorrelation"
ACCURACIES = {
    "probabilities": "binary_accuracy",
    "distribution": "categorical_accuracy",
    "classes": "sparse_categorical_accuracy",
}


@dataclass(frozen=True)
class Layer:
    """A layer by its Keras name and arguments."""

    kind: str
    options: dict[str, Any]

    def make(self, k: Any) -> Any:
        """Return the layer of either module; Keras has none that is called Sigmoid."""
        if self.kind == "Sigmoid" and k is not tinynet:
            return k.layers.Activation("sigmoid")
        options = dict(self.options)
        for name, value in self.options.items():
            if name.endswith("_regularizer"):
                options[name] = getattr(k.regularizers, value[0])(**value[1])
            elif name == "activation":
                options[name] = activation(k, *value)
        return getattr(k.layers, self.kind)(**options)

    @property
    def ends_in_softmax(self) -> bool:
        """Whether the layer makes shares."""
        return self.kind == "Softmax" or self.options.get("activation", ("",))[0] == "softmax"


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
        if isinstance(metric, float):
            return k.metrics.BinaryAccuracy(threshold=metric, name="above")
        return getattr(k.metrics, metric)(name=metric) if metric == CORRELATION else metric

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
        x, kind = rng.standard_normal((n, *self.shape)), losses.CLASSES[self.loss[0]].targets
        *rows, units = self.output_shape
        if kind == "classes":
            y: Array = rng.integers(0, units, (n, *rows))
            return x, y[..., None] if self.column and self.loss[0] != BROADCASTS else y
        if kind == "values" and any(layer.ends_in_softmax for layer in self.layers):
            # Targets all above the outputs would pull all of them up alike, and shares cannot all grow: the gradient
            # would be 0, and what is compared the rounding that is left of it.
            y = rng.dirichlet(np.ones(units), (n, *rows))
        else:
            hard = kind == "probabilities" or self.weights == "class"
            y = targets_of(kind, (n, *rows), units, rng, hard)
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
        options = {"seed": self.seed, "conditioned": True}
        return assert_parity(self.build, x, y, batch_size=self.batch, epochs=epochs, **options, **fit)


def dense(units: int, by: tuple[str, Options], bias: bool, trainable: bool, *penalties: Any) -> Layer:
    options: dict[str, Any] = {"units": units, "activation": by, "use_bias": bias}
    options |= {
        f"{of}_regularizer": penalty for of, penalty in zip(("kernel", "bias"), penalties, strict=True) if penalty
    }
    return Layer("Dense", options if trainable else {**options, "trainable": False})


usually = st.sampled_from((True, True, True, False))
activations = st.sampled_from(EVERY_ACTIVATION)
penalties = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(REGULARIZERS))
a_dense_layer = st.builds(dense, st.integers(1, 64), activations, usually, usually, penalties, penalties)
layers = st.one_of(
    a_dense_layer,
    a_dense_layer,
    activations.map(lambda by: Layer("Activation", {"activation": by})),
    random_layers.anywhere.map(lambda drawn: Layer(*drawn)),
)


def rates(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most)


def options_of(draw: st.DrawFn, cls: type) -> Options:
    """Return options of a part, as far as it has any."""
    found: Options = {}
    for name, value in defaults(cls).items():
        other = True if value is False else another(value) if value else 0.25
        found[name] = draw(DRAWN.get(name, st.sampled_from((value, other))))
    return found


@st.composite
def optimizers_(draw: st.DrawFn) -> tuple[str, Options]:
    """Slow enough that no network diverges: a chaotic run would magnify rounding without end."""
    cls = draw(st.sampled_from(list(optimizers.CLASSES.values())))
    usual = cls().learning_rate
    options = {"learning_rate": draw(rates(usual / 100, usual)), **options_of(draw, cls)}
    clip = draw(st.sampled_from(("", "", "clipnorm", "clipvalue", "global_clipnorm")))
    if clip:
        options[clip] = draw(rates(0.01, 1.0))
    if draw(st.booleans()):
        options["weight_decay"] = draw(rates(1e-3, 0.1))
    return cls.__name__, options


@st.composite
def cases(draw: st.DrawFn) -> Case:
    shape = draw(st.sampled_from(SHAPES))
    stack = draw(st.lists(layers, max_size=4))
    if len(shape) > 2 or (len(shape) > 1 and draw(st.booleans())):
        stack = [*stack[:3]]
        place = draw(st.integers(0, len(stack)))
        stack.insert(place, Layer("Flatten", {}))
        above_weights = any(layer.kind == "Dense" for layer in stack[:place])  # whose last digits count its rounding
        if len(shape) == 2 and above_weights and draw(st.booleans()):
            stack[place] = Layer(draw(st.sampled_from(POOLING)), {})
    if shape[-1] > 1 and len(stack) < 4 and draw(st.integers(0, 3)) == 0:
        stack.insert(0, Layer(*draw(random_layers.at_first)))
    cls = draw(st.sampled_from(list(losses.CLASSES.values())))
    options = options_of(draw, cls)
    units = draw(st.integers(2 if maps.by_rows(cls.formulas[0]) else 1, 12))
    # Outputs that are no probabilities may sum to nearly nothing, and the clipped ones teach nothing.
    proper = cls.targets != "values" and not options.get("from_logits")
    last = (draw(st.sampled_from(("sigmoid", "softmax"))), {}) if proper else draw(activations)
    last = (OUTPUTS_OF[cls.__name__], {}) if cls.__name__ in OUTPUTS_OF else last
    if cls.__name__ == "CosineSimilarity":  # of outputs that are all 0, Keras's gradient is NaN
        last = ("sigmoid", {})
    top = dense(units, last, draw(usually), True, draw(penalties), None)
    stack += (
        [dense(units, ("linear", {}), True, True, None, None), Layer("Activation", {"activation": last})]
        if (len(stack) < 4 and draw(st.integers(0, 4)) == 0)
        else [top]
    )
    outputs_are_vectors = len(shape) == 1 or any(layer.kind in ("Flatten", *POOLING) for layer in stack)
    found: list[Any] = ["accuracy", *([ACCURACIES[cls.targets]] if cls.targets in ACCURACIES else ["mse", "mae"])]
    if options.get("from_logits") and ACCURACIES.get(cls.targets) == "binary_accuracy":
        found.remove("accuracy")  # which compares logits with 0, where Keras's compares them with 0.5
    if cls.__name__ == BCE:
        found.append(0.3)
    if cls.targets == "values" and units > 1:  # Pearson's is noise where the outputs of a sample are nearly the same
        found.append(CORRELATION)
    metrics = st.lists(st.sampled_from(found), max_size=2, unique=True)
    weights = ["none", "sample"]
    if cls.targets in ACCURACIES and outputs_are_vectors and (cls.__name__ != BCE or units == 1):
        weights.append("class")
    optimizer = draw(optimizers_())
    optimizer[1]["learning_rate"] *= RATE_FOR.get(cls.__name__, 1.0)
    if any(
        value and value[0].startswith("L1")
        for layer in stack
        for value in layer.options.values()
        if type(value) is tuple
    ):
        # Ftrl may make weights 0, where JAX gives |w| the slope 1, and tinynet 0.
        optimizer[1].pop("l1_regularization_strength", None)
    n = draw(st.integers(11, 30))
    return Case(
        shape,
        tuple(stack),
        (cls.__name__, options),
        optimizer,
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
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a smaller case would take minutes to find, and says no more
    suppress_health_check=list(HealthCheck),
)
@given(case=cases())
def test_any_network_trains_as_in_keras_step_by_step(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # networks that a beginner would regret
        warnings.simplefilter("ignore", SyntaxWarning)
        case.run()
    if next(tried) % 100 == 0:
        forget()

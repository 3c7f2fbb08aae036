"""Record what Keras gives, for tests where Keras is not installed.

    KERAS_BACKEND=jax python tests/keras/reference/record.py
    KERAS_BACKEND=tensorflow python tests/keras/reference/record.py

writes ``jax.npz`` (half a minute) and ``tensorflow.npz`` (some minutes, most of them TensorFlow's tracing) beside this
script; it needs nothing but Keras and that backend. Run it again after changing a case here, and when a new Keras gives
other numbers, which `tests/keras/test_reference.py` notices.

A file holds, for every case of `CASES`, the data (``case/x``, ``case/y``, ``case/sample_weight``), the starting weights
(``case/start/0`` …), what stood after every training step (``case/steps/<tensor>``, the steps along the first axis:
weights, optimizer slots and the logs of the batch), the history, the evaluation and the predictions, all in float64.
``tensorflow.npz`` also holds ``saturated/…``: loss and gradient of single samples whose logits reach ±100, in both
precisions. ``made_by`` says which versions made the file, as JSON; nothing is pickled.

Sigmoid and softmax with their own cross-entropy: Keras on TensorFlow computes them from the logits, Keras on JAX from
clipped probabilities. So on JAX the case is recorded without its last activation, with ``from_logits=True``.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
SAMPLES, BATCH, EPOCHS = 21, 8, 4
Arrays = dict[str, Any]
Layers = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Case:
    """A network by the names of Keras's classes, and how it is trained."""

    layers: Layers
    loss: str
    optimizer: tuple[str, dict[str, Any]]
    loss_options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (5,)
    metrics: tuple[str, ...] = ()
    fit: dict[str, Any] = field(default_factory=dict)
    weighted: bool = False
    only: str = ""
    """The one backend on which the numbers are the right ones."""

    @property
    def fused(self) -> bool:
        """Whether the last activation belongs to the loss."""
        last, own = self.layers[-1][1].get("activation"), {"BinaryCrossentropy": "sigmoid"}
        return last is not None and own.get(self.loss, "softmax" if "Categorical" in self.loss else None) == last

    def build(self, k: Any, on_logits: bool = False) -> Any:
        """Return the compiled model, made with `k`: Keras, or a module that has its names."""
        layers, options = list(self.layers), dict(self.loss_options)
        threshold = 0.5
        if on_logits:
            kind, last = layers[-1]
            layers[-1] = kind, {name: value for name, value in last.items() if name != "activation"}
            options["from_logits"], threshold = True, 0.0
        model = k.Sequential([k.Input(self.shape), *(getattr(k.layers, kind)(**o) for kind, o in layers)])
        name, hyper = self.optimizer
        model.compile(
            getattr(k.optimizers, name)(**hyper),
            getattr(k.losses, self.loss)(**options),
            metrics=[
                k.metrics.BinaryAccuracy(name=m, threshold=threshold) if m == "binary_accuracy" else m
                for m in self.metrics
            ],
        )
        return model

    def data(self, seed: int) -> Arrays:
        """Return samples, targets and perhaps weights, from a continuous distribution."""
        rng = np.random.default_rng(seed)
        units = next(o["units"] for kind, o in reversed(self.layers) if kind == "Dense")
        rows = (SAMPLES, *(self.shape[:-1] if not any(kind == "Flatten" for kind, _ in self.layers) else ()))
        data: Arrays = {"x": rng.standard_normal((SAMPLES, *self.shape))}
        if self.loss == "SparseCategoricalCrossentropy":
            data["y"] = rng.integers(0, units, rows)
        elif self.loss == "CategoricalCrossentropy":
            data["y"] = np.eye(units)[rng.integers(0, units, rows)]
        else:
            y = rng.standard_normal((*rows, units))
            data["y"] = (y > 0).astype("float64") if self.loss == "BinaryCrossentropy" else y
        if self.weighted:
            data["sample_weight"] = rng.uniform(0.2, 2.0, SAMPLES)
        return data


def dense(units: int, activation: str | None = None, **options: Any) -> tuple[str, dict[str, Any]]:
    """Return a dense layer."""
    return "Dense", {"units": units, **({"activation": activation} if activation else {}), **options}


FLATTEN: tuple[str, dict[str, Any]] = ("Flatten", {})
BCE, CCE, SPARSE = "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"
MSE, MAE = "MeanSquaredError", "MeanAbsoluteError"
CASES: dict[str, Case] = {
    "perceptron": Case((dense(1, "sigmoid"),), BCE, ("RMSprop", {}), metrics=("binary_accuracy",)),
    "multilayer perceptron": Case(
        (dense(16, "relu"), dense(1, "sigmoid")),
        BCE,
        ("RMSprop", {}),
        metrics=("binary_accuracy",),
        fit={"class_weight": {0: 0.5, 1: 2.0}},
    ),
    "deep perceptron": Case(
        (dense(16, "relu"), dense(16, "relu"), dense(1, "sigmoid")),
        BCE,
        ("RMSprop", {}),
        metrics=("binary_accuracy",),
        fit={"validation_split": 0.3},
    ),
    "classes": Case(
        (dense(8, "relu"), dense(4, "softmax")),
        CCE,
        ("RMSprop", {"learning_rate": 0.01, "momentum": 0.6, "centered": True}),
        {"label_smoothing": 0.1},
        metrics=("categorical_accuracy",),
        weighted=True,
    ),
    "class numbers": Case(
        (dense(8, "tanh"), dense(4, "softmax")),
        SPARSE,
        ("Adam", {"learning_rate": 0.01, "clipvalue": 0.05}),
        metrics=("sparse_categorical_accuracy",),
        weighted=True,
    ),
    "regression": Case(
        (dense(8, "relu"), dense(2)), MSE, ("RMSprop", {"rho": 0.8, "weight_decay": 0.01}), metrics=("mae",)
    ),
    "absolute errors": Case(
        (dense(8, "tanh"), dense(2)), MAE, ("SGD", {"momentum": 0.9, "clipnorm": 0.2}), metrics=("mse",), weighted=True
    ),
    "nesterov": Case(
        (dense(8, "sigmoid", use_bias=False), dense(3)),
        MSE,
        ("SGD", {"learning_rate": 0.05, "momentum": 0.5, "nesterov": True, "global_clipnorm": 0.5}),
    ),
    "amsgrad": Case(
        (dense(8, "tanh"), dense(2)), MSE, ("Adam", {"learning_rate": 0.01, "amsgrad": True, "beta_2": 0.9})
    ),
    "frozen": Case(
        (dense(6, "relu", trainable=False), dense(6, "softmax"), dense(2)), MSE, ("Adam", {"learning_rate": 0.01})
    ),
    "pictures": Case((FLATTEN, dense(6, "relu"), dense(2, "tanh")), MSE, ("SGD", {}), shape=(3, 2, 2)),
    "rows": Case((dense(6, "tanh"), dense(2)), MSE, ("SGD", {"learning_rate": 0.1}), shape=(2, 3)),
    "logits": Case((dense(6, "relu"), dense(1)), BCE, ("SGD", {"learning_rate": 0.1}), {"from_logits": True}),
    "probabilities": Case((dense(6, "relu"), dense(3, "softmax"), FLATTEN), CCE, ("SGD", {"learning_rate": 0.1})),
    "softmax with binary": Case((dense(6, "relu"), dense(2, "softmax")), BCE, ("SGD", {}), only="jax"),
    "sigmoid with categorical": Case((dense(6, "relu"), dense(3, "sigmoid")), CCE, ("SGD", {}), only="jax"),
    "sigmoid with class numbers": Case((dense(6, "relu"), dense(3, "sigmoid")), SPARSE, ("SGD", {}), only="jax"),
}

#: Logits of single samples: across the point where float32 probabilities round to 0 and 1, and to where e^z overflows.
HEIGHTS = (0.0, 0.5, 3.0, 10.0, 15.9, 16.2, 17.0, 30.0, 50.0, 87.0, 88.5, 89.0, 100.0)


@dataclass(frozen=True)
class Saturated:
    """An output layer whose logits are its inputs, held against one kind of target."""

    loss: str
    activation: str
    options: dict[str, Any]
    logits: tuple[tuple[float, ...], ...]
    targets: tuple[Any, ...]

    def build(self, k: Any) -> Any:
        """Return the compiled model; after a step of length 1 from bias 0 the bias is minus the gradient."""
        units = len(self.logits[0])
        model = k.Sequential([k.Input((units,)), k.layers.Dense(units, activation=self.activation)])
        model.compile(k.optimizers.SGD(1.0), getattr(k.losses, self.loss)(**self.options))
        return model

    def measure(self, k: Any, dtype: str) -> Arrays:
        """Return the loss and the gradient of the logits for every logit with every target."""
        model, units = self.build(k), len(self.logits[0])
        losses, gradients = [], []
        for z in self.logits:
            for y in self.targets:
                model.set_weights([np.eye(units), np.zeros(units)])
                x, target = np.array([z], dtype), np.array([y], None if isinstance(y, int) else dtype)
                losses.append(model.evaluate(x, target, verbose=0))
                model.fit(x, target, verbose=0)
                gradients.append(-model.get_weights()[1])
        return {"loss": np.array(losses), "gradient": np.array(gradients)}


ROWS = tuple(row for z in HEIGHTS for row in ((z, 0.0, -z), (-z, z, z / 2), (z, z, -z)))
SATURATED: dict[str, Saturated] = {
    "binary": Saturated(
        BCE, "sigmoid", {}, tuple((s * z,) for z in HEIGHTS for s in (1, -1)), ((0.0,), (1.0,), (0.3,))
    ),
    "binary smoothed": Saturated(
        BCE, "sigmoid", {"label_smoothing": 0.2}, tuple((s * z,) for z in HEIGHTS for s in (1, -1)), ((0.0,), (1.0,))
    ),
    "binary of three": Saturated(BCE, "sigmoid", {}, ROWS, ((0.0, 1.0, 1.0), (1.0, 0.0, 0.0))),
    "categorical": Saturated(CCE, "softmax", {}, ROWS, ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.2, 0.3, 0.5))),
    "categorical smoothed": Saturated(
        CCE, "softmax", {"label_smoothing": 0.2}, ROWS, ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    ),
    "sparse categorical": Saturated(SPARSE, "softmax", {}, ROWS, (0, 1, 2)),
}


def record(k: Any, cases: dict[str, Case], inputs: Arrays | None = None) -> Iterator[tuple[str, Any]]:
    """Train every case with Keras and yield what the file holds; data and weights are drawn, or those of `inputs`."""
    for number, (name, case) in enumerate(cases.items()):
        on_logits = case.fused and k.backend.backend() != "tensorflow"
        model = case.build(k, on_logits)
        if inputs is None:
            rng = np.random.default_rng(100 + number)
            data = case.data(number)
            start = [rng.standard_normal(w.shape) * (w.shape[0] ** -0.5 if w.ndim > 1 else 0.25) for w in model.weights]
        else:
            data = {key: inputs[f"{name}/{key}"] for key in ("x", "y", "sample_weight") if f"{name}/{key}" in inputs}
            start = [inputs[f"{name}/start/{i}"] for i in range(len(model.weights))]
        yield from ((f"{name}/{key}", value) for key, value in data.items())
        yield from ((f"{name}/start/{i}", value) for i, value in enumerate(start))
        model.set_weights(start)
        yield from ((f"{name}/{key}", value) for key, value in run(k, model, case, data).items())


def run(k: Any, model: Any, case: Case, data: Arrays) -> Arrays:
    """Train a model and return what stood after every step and at the end."""
    steps: list[Arrays] = []

    class Recorder(k.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            steps.append({**(logs or {}), **tensors(self.model)})

    weighted = {"sample_weight": data["sample_weight"]} if case.weighted else {}
    options = {"batch_size": BATCH, "epochs": EPOCHS, **weighted, **case.fit}
    history = model.fit(data["x"], data["y"], shuffle=False, verbose=0, callbacks=[Recorder()], **options)
    evaluated = model.evaluate(data["x"], data["y"], batch_size=BATCH, verbose=0, return_dict=True, **weighted)
    return {
        **{f"steps/{tensor}": np.array([step[tensor] for step in steps], np.float64) for tensor in steps[0]},
        **{f"history/{key}": np.array(values) for key, values in history.history.items()},
        **{f"evaluate/{key}": np.array(value) for key, value in evaluated.items()},
        "predictions": model.predict(data["x"], batch_size=BATCH, verbose=0),
    }


def tensors(model: Any) -> Arrays:
    """Return copies of a Keras model's weights and of its optimizer's slots, by layer and name."""
    names = {id(w): f"layers[{i}].{w.name}" for i, layer in enumerate(model.layers) for w in layer.weights}
    found = {names[id(w)]: np.asarray(w).copy() for w in model.weights}
    for slot in ("momentum", "velocity", "velocity_hat", "average_gradient"):
        kept = [v for v in model.optimizer.variables if v.path.endswith(f"_{slot}")]
        for w, v in zip(model.trainable_variables, kept, strict=False):
            found[f"{slot} of {names[id(w)]}"] = np.asarray(v).copy()
    return found


def float64(k: Any) -> None:
    """Let Keras compute in float64; on JAX it would compute means and the like in float32 all the same."""
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    k.config.set_floatx("float64")
    k.config.set_dtype_policy("float64")


def main() -> None:
    """Write the file of the backend that KERAS_BACKEND names."""
    import keras as k

    backend = k.backend.backend()
    arrays: Arrays = {}
    if backend == "tensorflow":
        for name, saturated in SATURATED.items():
            found = saturated.measure(k, "float32")
            arrays |= {f"saturated/{name}/float32/{key}": value for key, value in found.items()}
    if backend == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    float64(k)
    if backend == "tensorflow":
        for name, saturated in SATURATED.items():
            found = saturated.measure(k, "float64")
            arrays |= {f"saturated/{name}/float64/{key}": value for key, value in found.items()}
    arrays |= dict(record(k, {name: case for name, case in CASES.items() if case.only in ("", backend)}))
    versions = {"python": platform.python_version(), "numpy": np.__version__, "keras": k.__version__}
    versions[backend] = __import__(backend).__version__
    arrays["made_by"] = np.array(json.dumps(versions))
    path = FOLDER / f"{backend}.npz"
    np.savez_compressed(path, **arrays)
    print(f"{path.name}: {len(arrays)} arrays, {path.stat().st_size / 1000:.0f} kB, made by {versions}")


if __name__ == "__main__":
    main()

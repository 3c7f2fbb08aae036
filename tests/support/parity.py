"""tinynet's numbers compared with Keras's, tensor by tensor and step by step.

A *builder* is a function that gets ``keras`` or ``tinynet`` (both have ``Sequential``, ``layers``, ``losses``,
``optimizers``, ``metrics``, ``Input``) and returns a compiled model. `assert_parity` calls it with both, gives both
models the same weights and data, trains them without shuffling, and compares what stood after every step (logs,
weights, the optimizer's slots) and at the end (history, evaluation, predictions). Where they part it names the first
tensor, entry and step.

A network that ends in sigmoid or softmax with its own cross-entropy is trained by tinynet on the logits, exactly;
Keras on JAX clips the probabilities. There Keras gets the same model without its last activation (see `on_logits`).

    def build(k):
        model = k.Sequential([k.layers.Dense(4, activation="tanh"), k.layers.Dense(1)])
        model.compile(k.optimizers.SGD(0.1), "mse")
        return model

    assert_parity(build, x, y, batch_size=8, epochs=2)

Keras's step is traced by JAX and computed with NumPy (see `keras_quickly`): to compile a training step costs ten times
what these small models need.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import tinynet
from tests.support.agreement import Array, Run, agree, differences
from tests.support.keras_quickly import without_compiling
from tests.support.logits import fuses, on_logits
from tests.support.parts import every

Builder = Callable[[Any], Any]
FLOAT64_TOLERANCE = 1e-12
#: The names of all slots that an optimizer may have.
SLOTS = tuple({slot: None for cls, options in every(tinynet.optimizers.CLASSES) for slot in cls(**options).slots})
BESIDE = "average", "gradient_accumulator"


@cache
def keras() -> ModuleType:
    """Return Keras on JAX, which keeps what it compiles for the next run of the tests."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax
    import keras

    jax.config.update("jax_compilation_cache_dir", str(Path(tempfile.gettempdir()) / "tinynet-tests-jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    _keep_penalties_apart(keras.layers.Layer)
    return keras


def _keep_penalties_apart(layer: Any) -> None:
    """Keep the latest penalties on outputs alive.

    Keras tells which penalty is whose by its `id`. The number of one that is gone may be taken again by one of another
    layer, which then counts twice.
    """
    add_loss, alive = layer.add_loss, deque[Any](maxlen=10_000)

    def kept(self: Any, loss: Any) -> None:
        alive.append(loss)
        add_loss(self, loss)

    layer.add_loss = kept


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Let tinynet and Keras compute in `dtype`, and put their settings back afterwards."""
    k = keras()
    import jax
    from keras.src.backend.common import dtypes

    before = tinynet.backend.floatx(), k.config.floatx(), k.config.dtype_policy()
    promotion = dict(dtypes.BIT64_TO_BIT32_DTYPE)
    tinynet.backend.set_floatx(dtype)
    k.config.set_floatx(dtype)
    k.config.set_dtype_policy(dtype)
    if dtype == "float64":
        # On JAX, Keras computes means and the like in float32 even where its floatx is float64; not on TensorFlow.
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    try:
        with jax.enable_x64(dtype == "float64"):
            yield
    finally:
        tinynet.backend.set_floatx(before[0])
        k.config.set_floatx(before[1])
        k.config.set_dtype_policy(before[2])
        dtypes.BIT64_TO_BIT32_DTYPE.update(promotion)


def assert_parity(
    build: Builder,
    x: Array,
    y: Array,
    *,
    loops: Sequence[str] = ("compiled", "layers"),
    tolerance: float = FLOAT64_TOLERANCE,
    dtype: str = "float64",
    fused: bool | None = None,
    seed: int = 0,
    how: str = "traced",
    conditioned: bool = False,
    **fit: Any,
) -> dict[str, Run]:
    """Train what `build` makes with Keras and through tinynet's `loops`; raise `DisagreementError` if they differ.

    Parameters
    ----------
    tolerance : float
        Largest difference, in units of the tensor's largest entry.
    fused : bool, optional
        Whether Keras gets the model `on_logits`; by default it does where tinynet fuses activation and loss.
    seed : int
        Of the weights, which are drawn continuously, biases included.
    how : "traced", "compiled" or "eager"
        How Keras's training step runs: computed with NumPy after JAX has traced it; compiled by JAX; or operation by
        operation, for what draws random numbers and for float32 as JAX rounds it.
    conditioned : bool
        Where the runs differ, also train Keras from weights that differ in the last digit, twice: a tensor may differ
        by `LAST_DIGITS` times what it then differs from itself, if that is more than `tolerance`. The momentum of a
        softmax's two biases, for example, is (m, -m), and little but rounding in the step in which m changes sign.
    **fit
        `batch_size`, `epochs`, `sample_weight`, `class_weight`, `validation_data` …

    Returns
    -------
    dict of str to Run
        What was compared, by "keras" and the loops' names.
    """
    with precision(dtype):
        k = keras()
        x, y = (a.astype(dtype) if a.dtype.kind == "f" else a for a in (x, y))
        weights = initial_weights(build(tinynet), x.shape, seed)
        runs = {loop: train(tinynet, build, weights, x, y, loop=loop, **fit) for loop in loops}

        def reference(start: Sequence[Array]) -> Run:
            with without_compiling() if how == "traced" else nullcontext():
                return train(k, build, start, x, y, fused=fused, eager=how == "eager", **fit)

        expected = reference(weights)
        moved: list[Run] = []
        if conditioned and any(d.relative > tolerance for run in runs.values() for d in differences(expected, run)):
            moved = [reference(last_digits_changed(weights, direction)) for direction in (0, 1)]
    for loop, got in runs.items():
        agree(expected, got, tolerance, ("keras", f"tinynet ({loop} loop)"), moved=moved)
    return {**runs, "keras": expected}


def last_digits_changed(weights: Sequence[Array], seed: int) -> list[Array]:
    """Return the weights, each of them one unit in the last place higher or lower."""
    rng = np.random.default_rng(seed)
    return [np.nextafter(w, np.where(rng.random(w.shape) < 0.5, -np.inf, np.inf).astype(w.dtype)) for w in weights]


def train(
    module: Any,
    build: Builder,
    weights: Sequence[Array],
    x: Array,
    y: Array,
    *,
    loop: str = "compiled",
    fused: bool | None = None,
    eager: bool = False,
    every_step: bool = True,
    **fit: Any,
) -> Run:
    """Train one module's model from `weights` and return what stood after every step and at the end."""
    model = build(module)
    activation: Callable[[Array], Array] = np.asarray
    if module is tinynet:
        model.setup = model.setup._replace(compiled=loop == "compiled")
    else:
        if fuses(module, model) if fused is None else fused:
            model, activation = on_logits(module, model)
        model.run_eagerly = eager
    model.build((None, *x.shape[1:]))
    model.set_weights(weights)
    run: Run = {"start": tensors(module, model)}

    class Recorder(module.callbacks.Callback):  # type: ignore[misc, name-defined]
        step = 0

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            self.step += 1
            run[f"step {self.step}"] = {**scalars(logs or {}), **tensors(module, self.model)}

    options = {"batch_size": 32, "epochs": 1, **fit}
    recorders = [Recorder()] if every_step else []
    history = model.fit(x, y, shuffle=False, verbose=0, callbacks=recorders, **options)
    run["end"] = tensors(module, model)
    run["history"] = scalars(history.history)
    weighted = {"sample_weight": fit["sample_weight"]} if "sample_weight" in fit else {}
    size = options["batch_size"]
    run["evaluate"] = scalars(model.evaluate(x, y, batch_size=size, verbose=0, return_dict=True, **weighted))
    run["predict"] = {"predictions": activation(model.predict(x, batch_size=size, verbose=0))}
    return run


def initial_weights(model: Any, shape: Sequence[int], seed: int) -> list[Array]:
    """Draw weights for a tinynet model: kernels of variance 1/inputs, biases of variance 1/16, variances above 0."""
    rng = np.random.default_rng(seed)
    model.build((None, *shape[1:]))
    drawn = [
        (rng.standard_normal(w.shape) * (w.shape[0] ** -0.5 if w.ndim > 1 else 0.25)).astype(w.dtype)
        for w in model.get_weights()
    ]
    return [abs(w) + 0.1 if "variance" in p.name else w for p, w in zip(model.weights, drawn, strict=True)]


def scalars(logs: dict[str, Any]) -> dict[str, Array]:
    """Return logs, a history or an evaluation as arrays by name."""
    return {name: np.asarray(value, np.float64) for name, value in sorted(logs.items())}


def tensors(module: Any, model: Any) -> dict[str, Array]:
    """Return copies of a model's weights and of its optimizer's slots, by the same names for both modules."""
    weights, trainable = {}, []
    for i, layer in enumerate(model.layers):
        for w in layer.parameters if module is tinynet else layer.weights:
            name = f"layers[{i}].{w.name}"
            weights[name] = w
            if any(w is t for t in (layer.trainable_parameters if module is tinynet else layer.trainable_variables)):
                trainable.append(name)
    found = {name: np.array(w.value) for name, w in weights.items()}
    optimizer = model.optimizer
    if module is tinynet and optimizer._iterations == 0:
        return found  # Keras has no slots before the first step
    for s, slot in enumerate((*optimizer.slots, *optimizer.beside) if module is tinynet else (*SLOTS, *BESIDE)):
        if module is tinynet:
            values = [optimizer.accumulators.of(weights[name])[s] for name in trainable]
        else:
            others = tuple(f"_{other}" for other in BESIDE if other != slot)  # "gradient_accumulator", "accumulator"
            kept = [v for v in optimizer.variables if v.path.endswith(f"_{slot}") and not v.path.endswith(others)]
            values = [v.value for v in kept]
        found |= {f"{slot} of {name}": np.array(v) for name, v in zip(trainable, values, strict=False)}
    return found

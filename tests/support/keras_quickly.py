"""Keras on JAX without compiling: what Keras and JAX trace is computed operation by operation with NumPy.

Compiling one training step takes XLA a second, a thousand times as long as running it. What Keras says is said before
that: its formulas, derived by JAX, are a list of elementary operations (a jaxpr). Inside `without_compiling` this list
is traced once per model and computed with NumPy, everything else (`fit`, its callbacks, weights, validation, metrics)
being Keras's own. `tests/keras/test_reference.py` holds it against what compiled steps gave.
"""

from __future__ import annotations

import gc
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

Values = list[Any]
Evaluate = Callable[[Values], Values]


def _logistic(z: Any) -> Any:
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1) / (1 + e)


def _integer_power(x: Any, y: int) -> Any:
    return x * x if y == 2 else x**y


def _divide(x: Any, y: Any) -> Any:
    if np.result_type(x).kind != "f":  # whole numbers, towards 0
        return np.abs(x) // np.abs(y) * np.sign(x) * np.sign(y)
    return np.divide(x, y)


def _broadcast(x: Any, shape: tuple[int, ...], broadcast_dimensions: tuple[int, ...], **_: Any) -> Any:
    expanded = [1] * len(shape)
    for axis, size in zip(broadcast_dimensions, np.shape(x), strict=True):
        expanded[axis] = size
    return np.broadcast_to(np.reshape(x, expanded), shape)


def _iota(dtype: Any, shape: tuple[int, ...], dimension: int, **_: Any) -> Any:
    along = np.arange(shape[dimension], dtype=dtype)
    return np.broadcast_to(along.reshape([-1 if a == dimension else 1 for a in range(len(shape))]), shape)


def _select(which: Any, *cases: Any) -> Any:
    return np.where(which, cases[1], cases[0]) if len(cases) == 2 else np.choose(which, cases)


def _slice(x: Any, start_indices: Any, limit_indices: Any, strides: Any) -> Any:
    steps = strides or [1] * x.ndim
    return x[tuple(slice(*s) for s in zip(start_indices, limit_indices, steps, strict=True))]


#: How NumPy computes JAX's elementary operations; JAX computes the others itself.
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "gt", "ge", "lt", "le", "eq", "ne")},
    "add_any": operator.add,
    "div": _divide,
    "max": np.maximum,
    "min": np.minimum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "not": np.invert,
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "tanh", "sqrt", "abs", "sign", "square")},
    "round": lambda x, rounding_method: np.round(x),
    "rsqrt": lambda x, **_: 1 / np.sqrt(x),
    "logistic": lambda x, **_: _logistic(x),
    "integer_pow": _integer_power,
    "pow": operator.pow,
    "is_finite": np.isfinite,
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
    "stop_gradient": lambda x: x,
    "copy": lambda x: x,
    "copy_p": lambda x: x,
    "convert_element_type": lambda x, new_dtype, **_: np.asarray(x).astype(new_dtype),
    "broadcast_in_dim": _broadcast,
    "iota": _iota,
    "reshape": lambda x, new_sizes, **_: np.reshape(x, new_sizes),
    "squeeze": lambda x, dimensions: np.squeeze(x, dimensions),
    "expand_dims": lambda x, dimensions: np.expand_dims(x, dimensions),
    "transpose": lambda x, permutation: np.transpose(x, permutation),
    "concatenate": lambda *parts, dimension: np.concatenate(parts, dimension),
    "slice": _slice,
    "select_n": _select,
    "reduce_sum": lambda x, axes, **_: np.sum(x, axis=axes),
    "reduce_max": lambda x, axes, **_: np.max(x, axis=axes),
    "reduce_min": lambda x, axes, **_: np.min(x, axis=axes),
    "reduce_and": lambda x, axes, **_: np.all(x, axis=axes),
    "reduce_or": lambda x, axes, **_: np.any(x, axis=axes),
    "argmax": lambda x, axes, index_dtype: np.argmax(x, axis=axes[0]).astype(index_dtype),
}
#: Operations that only contain others, and the parameter that does.
CONTAINERS = {"jit": "jaxpr", "pjit": "jaxpr", "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr"}
#: Parameters that say how XLA should compute, not what.
ADVICE = {"accuracy", "sharding", "out_sharding", "out_dtype"}


def evaluator(jaxpr: Any, constants: Values) -> Evaluate:
    """Return a function that computes a jaxpr's outputs from its inputs."""
    places: dict[Any, int] = {}
    start: Values = []

    def place(variable: Any) -> int:
        if hasattr(variable, "val"):  # a literal
            start.append(np.asarray(variable.val, variable.aval.dtype)[()])
            return len(start) - 1
        if variable not in places:
            places[variable] = len(start)
            start.append(None)
        return places[variable]

    for variable, value in zip(jaxpr.constvars, constants, strict=True):
        start[place(variable)] = np.asarray(value)
    inputs = [place(v) for v in jaxpr.invars]
    steps = [([place(v) for v in e.invars], operation(e), [place(v) for v in e.outvars]) for e in jaxpr.eqns]
    outputs = [place(v) for v in jaxpr.outvars]

    def evaluate(values: Values) -> Values:
        kept = start.copy()
        for at, value in zip(inputs, values, strict=True):
            kept[at] = value
        for taken, compute, given in steps:
            for at, value in zip(given, compute([kept[i] for i in taken]), strict=True):
                kept[at] = value
        return [kept[i] for i in outputs]

    return evaluate


def operation(equation: Any) -> Evaluate:
    """Return how one equation of a jaxpr is computed."""
    name, parameters = equation.primitive.name, equation.params
    if name in CONTAINERS:
        inner = parameters[CONTAINERS[name]]
        return evaluator(inner.jaxpr, inner.consts)
    if name == "dot_general" and not any(parameters["dimension_numbers"][1]):
        axes = parameters["dimension_numbers"][0]
        return lambda values: [np.tensordot(*values, axes=axes)]
    if name in OPERATIONS:
        compute = OPERATIONS[name]
        what = {key: value for key, value in parameters.items() if key not in ADVICE}
        return lambda values: [compute(*values, **what)]

    def as_jax_does(values: Values) -> Values:
        results = equation.primitive.bind(*values, **parameters)
        return [np.asarray(r) for r in (results if equation.primitive.multiple_results else [results])]

    return as_jax_does


def traced(function: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    """Do what `jax.jit` does, without compiling."""
    import jax

    known: dict[Any, tuple[Evaluate, Any]] = {}

    def call(*arguments: Any) -> Any:
        leaves, tree = jax.tree_util.tree_flatten(arguments)
        values = [np.asarray(leaf) for leaf in leaves]
        key = tree, tuple((v.shape, v.dtype) for v in values)
        if key not in known:
            jaxpr, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
            known[key] = evaluator(jaxpr.jaxpr, jaxpr.consts), jax.tree_util.tree_structure(shapes)
        evaluate, out = known[key]
        with np.errstate(all="ignore"):
            return jax.tree_util.tree_unflatten(out, evaluate(values))

    return call


@contextmanager
def without_compiling() -> Iterator[None]:
    """Let Keras compute with NumPy what it traces, and start its kernels from zeros: the tests set the weights."""
    from keras import config
    from keras.src.backend.jax import random, trainer

    kept = trainer.jit, random.uniform

    def zeros(shape: Any, *_: Any, dtype: Any = None, **__: Any) -> Any:
        return np.zeros(shape, dtype or config.floatx())

    trainer.jit, random.uniform = traced, zeros
    try:
        yield
    finally:
        trainer.jit, random.uniform = kept


def forget() -> None:
    """Give back what JAX keeps of every model it traced: some megabytes each."""
    import jax

    jax.clear_caches()
    gc.collect()

"""JAX by hand: a whole epoch in one `jit`, `scan` over the shuffled batches, the state donated.

The shuffle is `jax.random.permutation` inside the `jit`, as most would write it, or NumPy's outside. On a CPU, JAX's
permutation, which is a sort, takes longer than the whole epoch of a small network. Both are measured.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.workloads import Workload


def logits_of(params: Any, x: Any) -> Any:
    for kernel, bias in params[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = params[-1]
    return x @ kernel + bias


def loss_of(kind: str, params: Any, x: Any, y: Any) -> Any:
    z = logits_of(params, x)
    if kind == "bce":
        return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))
    if kind == "cce":
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), 1))
    return jnp.mean((z - y) ** 2)


def step(work: Workload, state: Any, x: Any, y: Any) -> Any:
    params, slots = state
    loss, grads = jax.value_and_grad(partial(loss_of, work.loss))(params, x, y)
    rate, tree = work.learning_rate, jax.tree_util.tree_map
    if work.optimizer == "rmsprop":
        slots = tree(lambda v, g: 0.9 * v + 0.1 * g * g, slots, grads)
        params = tree(lambda w, g, v: w - rate * g * jax.lax.rsqrt(v + 1e-7), params, grads, slots)
    else:
        params = tree(lambda w, g: w - rate * g, params, grads)
    return (params, slots), loss * x.shape[0]


def epoch(work: Workload, state: Any, x: Any, y: Any, order: Any) -> Any:
    """One epoch in the order given; the last, uneven batch is one more step after the scan."""

    def rows(a: Any, which: Any) -> Any:
        return a.at[which].get(mode="promise_in_bounds", unique_indices=True)

    def body(state: Any, which: Any) -> Any:
        return step(work, state, rows(x, which), rows(y, which))

    whole = work.rows // work.batch * work.batch
    state, losses = jax.lax.scan(body, state, order[:whole].reshape(-1, work.batch))
    total = losses.sum()
    if whole < work.rows:
        state, loss = body(state, order[whole:])
        total += loss
    return state, total / work.rows


def shuffled_epoch(work: Workload, state: Any, key: Any, x: Any, y: Any) -> Any:
    """One epoch in a random order drawn here."""
    key, used = jax.random.split(key)
    state, loss = epoch(work, state, x, y, jax.random.permutation(used, work.rows))
    return state, key, loss


class Peer:
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int, numpy_order: bool = False) -> None:
        self.numpy_order, self.key, self.rng = numpy_order, jax.random.key(0), np.random.default_rng(0)
        self.work, self.initial = work, weights
        self.x, self.y, self.x_val, self.y_val = (jnp.asarray(a) for a in data)
        self.epoch = jax.jit(partial(epoch, work), donate_argnums=0)
        self.loss = jax.jit(partial(loss_of, work.loss))
        self.shuffled_epoch = jax.jit(partial(shuffled_epoch, work), donate_argnums=(0, 1))
        self.reset()

    def reset(self) -> None:
        params = [(jnp.array(k), jnp.array(b)) for k, b in zip(self.initial[::2], self.initial[1::2], strict=True)]
        slots = jax.tree_util.tree_map(jnp.zeros_like, params) if self.work.optimizer == "rmsprop" else None
        self.state = jax.block_until_ready((params, slots))

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        losses, validation = [], []
        for _ in range(epochs):
            if shuffle and not self.numpy_order:
                self.state, self.key, loss = self.shuffled_epoch(self.state, self.key, self.x, self.y)
            else:
                order = self.rng.permutation(self.work.rows) if shuffle else np.arange(self.work.rows)
                self.state, loss = self.epoch(self.state, self.x, self.y, order.astype(np.int32))
            losses.append(loss)
            if self.work.validation_rows:
                validation.append(self.loss(self.state[0], self.x_val, self.y_val))
        jax.block_until_ready((self.state, losses, validation))
        return [float(loss) for loss in losses]

    def weights(self) -> Any:
        return [np.asarray(w) for pair in self.state[0] for w in pair]

    def calls(self, row: Any) -> dict[str, Any]:
        predict = jax.jit(lambda params, x: jax.nn.sigmoid(logits_of(params, x)))
        return {"jit, NumPy in and out": lambda: np.asarray(predict(self.state[0], row))}

"""`gradient_check`: whether backprop's gradient is the slope of the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import checked, whole_number
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet.learn.languages import checked_language, said, speaking
from tinynet.learn.shadow import Shadow, shadow, with_randomness_kept
from tinynet.learn.verdicts import FLOOR, STEP, TOLERANCE, GradientCheck, TensorCheck, hint, hint_at_neighbours
from tinynet.memory import Slots
from tinynet.optimizers import CLASSES
from tinynet.training.choice import layer_loop
from tinynet.training.graph_loop import GraphLoop
from tinynet.training.trainee import Trainee


@checked
@quiet
def gradient_check(
    model: Trainee,
    x: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    tolerance: float = TOLERANCE,
    max_entries: int = 100,
    seed: int = 0,
    lang: str | None = None,
) -> GradientCheck:
    """Compare the gradients that backprop computes with differences of the loss.

    A copy of the model in float64 computes the loss with one number a little larger and a little smaller, for each
    number in turn: (L(w + h) - L(w - h)) / 2h has to be the gradient. First the copy's parameters are moved by about a
    tenth, since many start at 0 or 1, where a factor that was forgotten does not show. Penalties are part of the loss,
    and random layers draw the same numbers every time. The model itself stays as it is. What a layer's gradient holds
    for a constant that is none, the corrections of `BatchNormalization(renorm=True)`, is left out of the copy.

    Parameters
    ----------
    model : Model
        Compiled; layers, loss, activations and optimizer may be user-written.
    x, y : array-like
        A batch: 3 to 30 rows are enough.
    sample_weight : array-like, optional
        As for `train_on_batch`.
    tolerance : float, default 1e-5
        Largest relative error |backprop - difference| / max(|backprop|, |difference|) that passes. Correct code is
        below 1e-7 nearly always; wrong code is above 1e-2 nearly always.
    max_entries : int, default 100
        Numbers tried per tensor; of larger ones those with the largest gradients and a random sample.
    seed : int, default 0
        Chooses the sample, and how the parameters are moved.
    lang : {"en", "ko"}, optional
        The language of what it says. Default: what the environment's ``TINYNET_LANG`` says, else English.

    Returns
    -------
    GradientCheck
        True in an ``if`` when everything passed. ``print`` it for the table; ``.require()`` raises if it did not pass.

    Notes
    -----
    Rules of thumb: https://cs231n.github.io/neural-networks-3/#gradcheck

    Examples
    --------
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> model = tinynet.Sequential([Dense(3, activation="tanh", name="hidden"), Dense(1, name="out")])
    >>> model.compile("sgd", "mse")
    >>> check = gradient_check(model, np.eye(2), [0.0, 1.0])
    >>> check.ok, [tensor.name for tensor in check.tensors]
    (True, ['hidden.kernel', 'hidden.bias', 'out.kernel', 'out.bias', 'x'])
    """
    whole_number("gradient_check", "max_entries", max_entries)
    whole_number("gradient_check", "seed", seed, 0, below=2**64)

    def checked() -> GradientCheck:
        copied = shadow(model, x, y, sample_weight, dtype="float64", branches=True)
        return _Checker(copied, tolerance, max_entries, np.random.default_rng(seed)).run()

    with speaking(checked_language(lang)):
        return with_randomness_kept(checked)


class _Checker:
    def __init__(self, copied: Shadow, tolerance: float, max_entries: int, rng: np.random.Generator) -> None:
        self.s, self.tolerance, self.max_entries, self.rng = copied, tolerance, max_entries, rng
        self.loop = layer_loop(copied.network)
        self.problems: list[str] = []
        for layer in copied.network.layers:
            vars(layer).update(dict.fromkeys(layer.held, False))

    def run(self) -> GradientCheck:
        try:
            self._move_parameters()
            gradients, dx = self._backprop()
        except Exception as error:  # a user's layer may fail in any way, and that is a finding
            stopped = said("check: stopped", error=f"{type(error).__name__}: {error}")
            return GradientCheck([], [stopped], self.tolerance)
        base = self.s.loss()
        if not np.isfinite(base):
            self.problems.append(said("check: loss not finite", loss=base))
            return GradientCheck([], self.problems, self.tolerance)
        if self.s.loss() != base:
            self.problems.append(said("check: two losses"))
            return GradientCheck([], self.problems, self.tolerance)
        tensors = []
        for layer in self.s.network.layers:
            for p in layer.trainable_parameters:
                name = f"{layer.name}.{p.name}"
                tensors.append(self._tensor(name, p, gradients[p], base, layer))
        tensors.append(self._tensor("x", None, dx, base, None))
        hint_at_neighbours(tensors)
        self._optimizer(gradients)
        return GradientCheck(tensors, self.problems, self.tolerance)

    def _move_parameters(self) -> None:
        """Move what can be trained off where it stands: a number keeps its sign, as its layer may need that.

        Where loss or gradients are no numbers before the move, or after it, the numbers stay where they stood.
        """
        values = [p.value for layer in self.s.network.layers for p in layer.parameters if p.trainable]
        before, finite = [value.copy() for value in values], self._is_finite()
        for value in values if finite else ():
            change = self.rng.choice((-1.0, 1.0), value.shape) * self.rng.uniform(0.05, 0.15, value.shape)
            value[...] = np.where(value == 0, change, value * (1 + change))
        if not finite or not self._is_finite():
            for value, kept in zip(values, before, strict=True):
                value[...] = kept

    def _is_finite(self) -> bool:
        return all(np.isfinite(gradient).all() for gradient in self._pass().values()) and np.isfinite(self.s.loss())

    # ---- the two ways to a gradient ---------------------------------------------------------------------------------

    def _backprop(self) -> tuple[dict[Any, Array], Array]:
        first = self._pass()
        again = self._pass()
        for p, gradient in first.items():
            if not np.allclose(gradient, again[p], rtol=1e-9, atol=1e-300, equal_nan=True):
                self.problems.append(said("check: piles up", name=p.name, shape=p.shape))
        return first, self._input_gradient()

    def _pass(self) -> dict[Any, Array]:
        self.s.randomness.restore()
        self.loop.backward(self.loop.loss_gradient(self.loop.forward(self.s.x, True), self.s.y, self.s.weights))
        self.loop.penalise()
        return {p: p.gradient.copy() for p in self.s.network.parameters}

    def _input_gradient(self) -> Array:
        """Carry the gradient all the way down, further than training needs."""
        self.s.randomness.restore()
        gradient = self.loop.loss_gradient(self.loop.forward(self.s.x, True), self.s.y, self.s.weights)
        if isinstance(self.loop, GraphLoop):
            return self.loop.input_gradient(gradient)
        layers: Any = self.s.network.layers
        for i in range(len(layers) - 1, -1, -1):
            gradient = self.loop.with_slope(layers[i], gradient)
            arrived = gradient.copy()
            fused = self.s.network.fused and i == len(layers) - 1
            verb = "backward_sums" if fused else "backward"
            dx = self.loop.ask(layers[i], verb, gradient)
            if not np.array_equal(gradient, arrived, equal_nan=True) and not np.shares_memory(gradient, dx):
                self.problems.append(said("check: wrote into", layer=layers[i].name))
            gradient = self.loop.checked(layers[i], verb, dx, len(gradient), self.s.network.shapes[i])
        return gradient.copy()

    # ---- comparing --------------------------------------------------------------------------------------------------

    def _tensor(self, name: str, parameter: Any, backprop: Array, base: float, layer: Any) -> TensorCheck:
        value = self.s.x if parameter is None else parameter.value
        flat, g = value.reshape(-1), backprop.reshape(-1).astype(float)
        floor = FLOOR * max(1.0, abs(base))
        chosen = self._chosen(g)
        measured = np.zeros(len(chosen))
        worst, at, kinks = -1.0, 0, 0
        for k, i in enumerate(chosen):
            slope, left, right = self._slopes(flat, i, base, STEP)
            error = _relative(g[i], slope, floor)
            if not error <= self.tolerance:
                if abs(right - left) > 1e-3 * max(abs(left), abs(right), floor):  # a corner, or near one
                    slope, left, right = self._slopes(flat, i, base, STEP / 100)
                    error = min(error, _relative(g[i], slope, floor * 100))
                low, high = min(left, right), max(left, right)
                margin = 1e-4 * max(abs(low), abs(high), floor)
                between = high - low > 10 * margin and low - margin <= g[i] <= high + margin
                if not error <= self.tolerance and (between or (np.isfinite(g[i]) and self._is_corner(parameter, i))):
                    kinks += 1
                    measured[k] = g[i]
                    continue
            measured[k] = slope
            if not error <= worst:
                worst, at = (error if error == error else np.inf), k
        index = tuple(int(v) for v in np.unravel_index(int(chosen[at]), value.shape))
        found = TensorCheck(
            name, value.shape, len(chosen), kinks, max(worst, 0.0), index, g[chosen[at]], measured[at], self.tolerance
        )
        if not found.ok:
            found.hint = hint(g, measured, chosen, value.shape, len(self.s.x), layer)
        return found

    def _is_corner(self, parameter: Any, i: int) -> bool:
        """Whether backprop is right in entry i beside where the numbers are: then it only missed a corner.

        Where several units are at their corners at once, on a row of zeros for instance, the slopes to the left and
        to the right say nothing. A wrong gradient is wrong beside the corner, too.
        """
        return any(self._right_nearby(parameter, i, attempt) for attempt in range(3))  # there may be other corners

    def _right_nearby(self, parameter: Any, i: int, attempt: int) -> bool:
        """Whether backprop is right in entry i with all numbers moved a little."""
        moved = [*(p.value for p in self.s.parameters), self.s.x]
        before = [array.copy() for array in moved]
        rng = np.random.default_rng((i, attempt))
        for array in moved:
            array += rng.choice((-1e-3, 1e-3), array.shape) * rng.uniform(0.5, 1.0, array.shape) * (1 + np.abs(array))
        try:
            dx = self._input_gradient() if parameter is None else None
            g = self._pass()[parameter] if dx is None else dx
            base, flat = self.s.loss(), (self.s.x if parameter is None else parameter.value).reshape(-1)
            slope = self._slopes(flat, i, base, STEP)[0]
            return _relative(float(g.reshape(-1)[i]), slope, FLOOR * max(1.0, abs(base))) <= self.tolerance
        finally:
            for array, kept in zip(moved, before, strict=True):
                array[...] = kept

    def _chosen(self, g: Array) -> Array:
        if g.size <= self.max_entries:
            return np.arange(g.size)
        largest = np.argsort(-np.abs(g), kind="stable")[: self.max_entries // 2]
        others = np.setdiff1d(np.arange(g.size), largest)
        return np.concatenate([largest, self.rng.choice(others, self.max_entries - len(largest), replace=False)])

    def _slopes(self, flat: Array, i: int, base: float, step: float) -> tuple[float, float, float]:
        """Return the slope of the loss in entry i: across, to the left and to the right of it."""
        kept = flat[i]
        h = step * max(1.0, abs(float(kept)))
        flat[i] = kept + h
        above, up = self.s.loss(), float(flat[i] - kept)
        flat[i] = kept - h
        below, down = self.s.loss(), float(kept - flat[i])
        flat[i] = kept
        return (above - below) / (up + down), (base - below) / down, (above - base) / up

    def _optimizer(self, gradients: dict[Any, Array]) -> None:
        """Ask the optimizer for a first, tiny step: it has to go downhill."""
        optimizer, parameters = self.s.network.optimizer, self.s.network.parameters
        if optimizer is None or type(optimizer) in CLASSES.values() or not parameters:
            return
        before = {p: p.value.copy() for p in parameters}
        optimizer.counter[0] = 0
        optimizer.accumulators = Slots(optimizer.accumulators.starts)
        optimizer.weight_decay = None
        for p in parameters:
            p.gradient[...] = gradients[p]
        try:
            optimizer.advance(parameters)
        except Exception as error:
            self.problems.append(said("check: optimizer stopped", error=f"{type(error).__name__}: {error}"))
            return
        change = sum(float((gradients[p] * (p.value - before[p])).sum()) for p in parameters)
        moved = any((p.value != before[p]).any() for p in parameters)
        size = sum(float((g**2).sum()) for g in gradients.values())
        if not all(np.isfinite(p.value).all() for p in parameters):
            self.problems.append(said("check: weight not finite", optimizer=optimizer.name))
        elif size > 0 and not moved and optimizer.learning_rate > 0:
            self.problems.append(said("check: no weight", optimizer=optimizer.name))
        elif change > 0:
            self.problems.append(said("check: uphill", optimizer=optimizer.name, change=f"{change:.3g}"))


def _relative(a: float, b: float, floor: float) -> float:
    return float(abs(a - b) / max(abs(a), abs(b), floor))

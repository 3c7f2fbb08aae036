"""Parts as users write them, each of which raises at the call that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinynet import activations, callbacks, constraints, initializers, layers, losses, metrics, optimizers, regularizers

STEPS, BATCH, EPOCHS = 4, 6, 2
X = np.random.default_rng(0).normal(size=(STEPS * BATCH, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


class Bomb(Exception):  # noqa: N818  it is no error of anybody's
    """What a user's part raises."""


class Fuse:
    """Counts the calls of each part, and raises at the one that it is set to."""

    def __init__(self) -> None:
        self.counts, self.place, self.at, self.error = Counter[str](), "", 0, Bomb

    def set(self, place: str, at: int, error: Any) -> None:
        """Raise `error` at call number `at` of a place."""
        self.counts.clear()
        self.place, self.at, self.error = place, at, error

    def burn(self, place: str) -> None:
        """Count a call, which may raise."""
        self.counts[place] += 1
        if place == self.place and self.counts[place] == self.at:
            raise self.error


FUSE = Fuse()


class Draw(initializers.Initializer):
    """A user's initializer."""

    def draw(self, shape: Any, rng: Any) -> Any:
        """Return numbers."""
        numbers = rng.normal(size=shape)
        FUSE.burn("initializer")
        return numbers


class Clip(constraints.Constraint):
    """A user's constraint."""

    def __call__(self, w: Any) -> Any:
        """Return allowed weights."""
        FUSE.burn("constraint")
        return np.clip(w, -0.9, 0.9)


class Square(regularizers.Regularizer):
    """A user's regularizer."""

    def __call__(self, w: Any) -> Any:
        """Return the penalty."""
        FUSE.burn("regularizer")
        return 0.01 * float(np.sum(np.square(w)))

    def gradient(self, w: Any) -> Any:
        """Return its slope."""
        FUSE.burn("regularizer's gradient")
        return 0.02 * np.asarray(w)


class Scale(layers.Layer):
    """A user's layer."""

    def build(self, input_shape: Any) -> None:
        """Make a weight."""
        FUSE.burn("layer.build")
        self.add_weight("scale", input_shape[-1:], Draw())
        FUSE.burn("layer.build after its weight")

    def forward(self, x: Any, training: bool = False) -> Any:
        """Scale."""
        FUSE.burn("layer.forward")
        if training:
            self.x = x
        return x * self.scale

    def backward(self, dy: Any) -> Any:
        """Hand back the slope."""
        self.dscale[...] = (dy * self.x).sum(axis=0)
        FUSE.burn("layer.backward")
        return dy * self.scale


class Halved(activations.ActivationFunction):
    """A user's activation."""

    def forward(self, z: Any) -> Any:
        """Return half."""
        FUSE.burn("activation")
        return z * 0.5

    def backward(self, da: Any, z: Any, a: Any) -> Any:
        """Return half of the slope."""
        FUSE.burn("activation's slope")
        return da * 0.5


def squares(y_true: Any, y_pred: Any) -> Any:
    """A user's metric."""
    FUSE.burn("metric")
    return np.square(y_true - y_pred).mean(axis=-1)


class Distance(losses.Loss):
    """A user's loss."""

    def forward(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each sample."""
        FUSE.burn("loss")
        return np.square(y_pred - y_true).mean(axis=-1)

    def backward(self, y_true: Any, y_pred: Any) -> Any:
        """Return its slope."""
        FUSE.burn("loss's slope")
        return 2 * (y_pred - y_true) / y_pred.shape[-1]


class Sum(metrics.Metric):
    """A user's metric with a state."""

    def __init__(self, name: str = "sum") -> None:
        super().__init__(name=name)
        self.total = 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add up."""
        FUSE.burn("metric.update_state")
        self.total += float(np.sum(y_pred))

    def result(self) -> float:
        """Return the sum."""
        FUSE.burn("metric.result")
        return self.total

    def reset_state(self) -> None:
        """Begin again."""
        FUSE.burn("metric.reset_state")
        self.total = 0.0


class Falling(optimizers.schedules.LearningRateSchedule):
    """A user's schedule."""

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step."""
        FUSE.burn("schedule")
        return 0.01 / (1 + 0.1 * step)


class Hooks(callbacks.Callback):
    """A user's callback with every hook."""


for _hook in ("train_begin", "train_end", "epoch_begin", "epoch_end", "train_batch_begin", "train_batch_end",
              "test_begin", "test_end", "test_batch_begin", "test_batch_end"):  # fmt: skip
    setattr(Hooks, f"on_{_hook}", lambda self, *given, _name=f"on_{_hook}": FUSE.burn(_name))


class Sometimes(callbacks.Callback):
    """A user's callback that hears epochs only, so that a call into the loop does a whole one."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hear of an epoch's end."""
        FUSE.burn("on_epoch_end")


def generator() -> Iterator[Any]:
    """A user's generator."""
    while True:
        for first in range(0, len(X), BATCH):
            FUSE.burn("generator")
            yield X[first : first + BATCH], Y[first : first + BATCH]

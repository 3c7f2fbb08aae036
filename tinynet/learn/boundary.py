"""The decision boundary of a film: what a model answers on a plane of two of its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._arguments import shown
from tinynet._kinds import lone_output
from tinynet._types import Array
from tinynet.learn.rows import as_numbers, some_rows

#: Points along each side of the plane, and samples that are drawn on it.
SIDE = 40
_POINTS = 300
#: Shades of a class's colour, from unsure to sure.
SHADES = 32


class Plane:
    """A grid of samples that differ in two numbers, and the model's answers to them, frame by frame.

    Attributes
    ----------
    pair : tuple of int
        Which two numbers.
    low, high : ndarray
        The corners.
    points : list
        Some of the samples: their two numbers and their target.
    frames : list of ndarray
        The answers, row by row from the lower left corner: (points, outputs).
    """

    def __init__(self, x: Array, y: Array, pair: tuple[int, int]) -> None:
        self.pair = pair
        self.frames: list[Array] = []
        shown_columns = x[:, list(pair)]
        low, high = shown_columns.min(axis=0), shown_columns.max(axis=0)
        margin = 0.1 * np.where(high > low, high - low, 1.0)
        self.low, self.high = low - margin, high + margin
        across, up = (np.linspace(self.low[k], self.high[k], SIDE) for k in (0, 1))
        self.grid = np.tile(x.mean(axis=0), (SIDE * SIDE, 1)).astype(np.float32)
        self.grid[:, pair[0]], self.grid[:, pair[1]] = np.tile(across, SIDE), np.repeat(up, SIDE)
        labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y), -1)[:, 0]
        self.points = [[float(a), float(b), float(label)] for (a, b), label in zip(shown_columns, labels, strict=True)]

    @classmethod
    def of(cls, model: Any, x: Any, y: Any, pair: tuple[int, int] | None) -> Plane | None:
        """Return the plane for a model's samples, or None where a sample is not two numbers and no pair is chosen."""
        shape = model.sample_shape
        if shape is None or len(shape) != 1 or (pair is None and shape != (2,)):
            if pair is None:
                return None
            raise ValueError(f"Film: `pair` is for samples of one axis. Received samples of shape {shape}")
        chosen = (0, 1) if pair is None else tuple(pair)
        if len(chosen) != 2 or not all(isinstance(k, (int, np.integer)) and 0 <= k < shape[0] for k in chosen):
            raise ValueError(
                f"Film: `pair` must be two of the places 0 to {shape[0] - 1} of a sample. Received: pair={shown(pair)}"
            )
        return cls(as_numbers(some_rows(x, _POINTS)), as_numbers(some_rows(y, _POINTS)), (chosen[0], chosen[1]))

    def levels(self) -> tuple[bytes, int, float, float]:
        """Return all answers as bytes, the number of classes (0: one number), and what the bytes 0 and 255 stand for.

        Where there are classes, a byte is ``SHADES·class + shade``: the likeliest one, and how sure the model is.
        """
        answers = np.nan_to_num(np.stack(self.frames), posinf=1e30, neginf=-1e30)
        classes = answers.shape[2]
        if classes == 1:
            low, high = min(0.0, float(answers.min())), max(1.0, float(answers.max()))
            return ((answers - low) / (high - low) * 255).round().astype(np.uint8).tobytes(), 0, low, high
        best, top = answers.argmax(axis=2), np.clip(answers.max(axis=2), 0.0, 1.0)
        shades = ((SHADES - 1) * top).astype(int)
        return (SHADES * (best % (256 // SHADES)) + shades).astype(np.uint8).tobytes(), classes, 0.0, 1.0

    def record(self, model: Any) -> None:
        """Ask the model for its answers."""
        answers = lone_output(model.predict(self.grid, batch_size=len(self.grid), verbose=0))
        self.frames.append(np.array(answers, np.float32).reshape(len(self.grid), -1))

"""Orthogonal: no direction is stretched or squeezed.

Source: https://keras.io/api/layers/initializers/#orthogonal-class
"""

from __future__ import annotations

from math import prod

import numpy as np

from tinynet._arguments import checked
from tinynet._types import Array
from tinynet.initializers.base import Initializer


class Orthogonal(Initializer):
    """A random matrix whose columns (or rows, if there are fewer) are of length `gain`, and at right angles.

    Parameters
    ----------
    gain : float, default 1
        The length.
    seed : int, optional
        As for every `Initializer`.

    Raises
    ------
    ValueError
        When it is drawn, for a shape of fewer than two axes.

    Notes
    -----
    The Q of a matrix of normal numbers, with the signs of R's diagonal, so that every such matrix is as likely. Saxe,
    McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    2014.

    Examples
    --------
    >>> q = Orthogonal(seed=0)((3, 2))
    >>> bool(np.allclose(q.T @ q, np.eye(2), atol=1e-6))
    True
    """

    aliases = ("orthogonal_initializer",)

    @checked
    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    @checked
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return the numbers."""
        if len(shape) < 2:
            raise ValueError(
                "Orthogonal: the tensor to initialize must be at least two-dimensional, such as a kernel. Received: "
                f"shape={shape} of rank {len(shape)}. For a bias take another initializer."
            )
        rows, columns = prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

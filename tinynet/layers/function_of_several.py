"""What a `Lambda` is that is called with several tensors: the function takes them as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet import tape
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.layers.added_losses import uncounted
from tinynet.layers.merging import Merge
from tinynet.layers.trial import no_shape, one_array, ones_of, require_entries


class FunctionOfSeveral(Merge):
    """Compute the output with a function of a list of arrays, differentiated by a tape.

    Parameters
    ----------
    layer : Lambda
        Whose function it is; it answers for the layer.
    """

    supports_masking = False

    def __init__(self, layer: Any) -> None:
        penalty = layer.activity_regularizer
        super().__init__(name=layer.name, trainable=layer.trainable, dtype=layer.dtype, activity_regularizer=penalty)
        self.layer, self.takes_mask = layer, layer.takes_mask
        self._shapes: dict[Any, Shape] = {}
        self._taped: tuple[list[tape.Taped], Any] | None = None

    @property
    def _original(self) -> Any:
        return self.layer._original

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer."""
        return str(self.layer.why_python())

    @property
    def adds_loss(self) -> bool:
        """Whether the function may add to the loss."""
        return bool(getattr(self.layer, "adds_loss", False))

    @property
    def losses(self) -> list[float]:
        """What adds to the loss, as the layer has it."""
        return list(self._original.losses)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer whose function it is."""
        found: dict[str, Any] = self._original.get_config()
        return found

    @quiet
    def combined(self, xs: Sequence[Array]) -> Array:
        """Return what the function makes of copies, which it may write to."""
        found = self.layer.asked([tape.unshared(x) for x in xs], False)
        return np.asarray(one_array(self._original.described, "function", found), xs[0].dtype)

    @quiet
    def forward(self, x: Any, training: bool = False) -> Array:
        """Return what the function makes of a batch of each input."""
        if not self.in_training(training):
            return super().forward(x)
        xs = self._inputs(x)
        given = [tape.Taped(each) for each in xs]
        try:
            found = self.layer.asked([*given], True)
        except tape.NotFollowedError as error:
            raise TypeError(f"{self._original.described} cannot be trained through: {error}") from error
        self._taped = given, found
        y = np.array(found.value if isinstance(found, tape.Taped) else found, xs[0].dtype, order="C")
        self._xs, self._like = xs, y.shape
        return y

    @quiet
    def shares(self, xs: Sequence[Array], dy: Array) -> list[Array]:
        """Return each input's share of the gradient: back along what the function did."""
        given, found = self._taped or ([], None)
        return tape.gradients(found, dy, given)

    @quiet
    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape that was given, or that of what the function makes of ones."""
        given = self.layer._shape_given
        if given is not None:
            return tuple(given(self.layer.own_inputs(shapes))) if callable(given) else (shapes[0][0], *given)
        if (key := tuple(shapes)) not in self._shapes:
            ones = [ones_of(shape, self.layer.dtype or "float32") for shape in shapes]
            try:
                found = one_array(self._original.described, "function", uncounted(self.layer.asked, ones, False)).shape
            except Exception as error:
                raise no_shape(self._original.described, f"batches of ones of the shapes {shapes}", error) from error
            require_entries(self._original.described, "function", found, *(each.shape for each in ones))
            self._shapes[key] = (None, *found[1:])
        return self._shapes[key]

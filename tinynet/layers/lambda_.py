"""Lambda: a function of NumPy arrays as a layer.

Source: https://keras.io/api/layers/core_layers/lambda/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from tinynet import answers, tape
from tinynet._arguments import checked, flag, shown
from tinynet._registry import get_registered_object
from tinynet._signatures import takes
from tinynet._types import Array, Shape
from tinynet._whole import quiet
from tinynet.differences import Differences
from tinynet.layers.added_losses import uncounted
from tinynet.layers.base import Layer
from tinynet.layers.function_of_several import FunctionOfSeveral
from tinynet.layers.kept_tensors import kept_by
from tinynet.layers.kernel_layer import mask_for
from tinynet.layers.keywords import OfLayers
from tinynet.layers.symbolic import KerasTensor, is_symbolic, leaves
from tinynet.layers.trial import no_shape, one_array, ones_of, require_entries

_ADVICE = (
    "Give its derivative: Lambda(function, derivative=lambda x, dy: …), which returns the gradient of x from that of "
    "the output."
)


class Lambda(Layer):
    """Compute the output with a function of the whole batch: ``Lambda(lambda x: x**2)``.

    What lies in front of it is trained through its derivative. Without one, the function is run on arrays that remember
    how they were computed, by NumPy's functions, whose derivatives are known (`tinynet.tape`). Where it does something
    else, the derivative is computed by central differences, in float64: at once for a function of single numbers, and
    for any other function of single samples by moving one of a sample's numbers after the other.

    Parameters
    ----------
    function : callable
        ``function(x)``, with a NumPy array, the batch first, or a list of them if the layer is called with several
        tensors. It may also take `training`.
    output_shape : tuple of int or callable, optional
        The shape of one sample of the output, or a function of the input's shape, batch included. Default: found out by
        calling the function.
    mask : array or callable, optional
        What `compute_mask` returns, or makes of ``(inputs, mask)``. No layer leaves out steps by it.
    arguments : dict, optional
        What else the function is given, by name.
    derivative : callable, optional
        ``derivative(x, dy)`` returns the gradient of `x` from `dy`, that of the output. It takes the same `arguments`.
    **options
        `name`, `input_shape` and the like, as for every `Layer`.

    Raises
    ------
    TypeError
        If `function` cannot be called.
    ValueError
        If the function returns another shape; in training also if a weight lies in front, the derivative has to be
        computed by differences, and samples are not computed each by itself.

    Notes
    -----
    It runs in the layer loop. A function that has a name is written to a file by that name, and read again with
    ``custom_objects={"name": function}``; one without (a ``lambda``) is read with the layer's name instead. Code in a
    file is never run.

    Examples
    --------
    >>> Lambda(lambda x: x**2)([[1, 2, 3]])
    array([[1., 4., 9.]], dtype=float32)
    """

    _other_names = (*Layer._other_names, "output_shape")
    _several: Any = None
    _masked = False
    #: Tensors that the function takes from around it: the layer is given them after its own inputs.
    _kept: tuple[KerasTensor, ...] = ()
    _given_list = True

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        derivative: Callable[..., Any] | None = None,
        **options: Unpack[OfLayers],
    ) -> None:
        super().__init__(**options)
        for name, value in (("function", function), ("derivative", derivative)):
            if not callable(value) and not (name == "derivative" and value is None):
                raise TypeError(f"{self.described}: `{name}` must be a function of arrays. Received: {shown(value)}")
        if not isinstance(arguments, (Mapping, type(None))):
            raise TypeError(f"{self.described}: `arguments` must be a dict. Received: {shown(arguments)}")
        self.function, self.mask, self.derivative = function, mask, derivative
        self.supports_masking = mask is not None
        self.arguments = dict(arguments or {})
        self._shape_given = output_shape
        self._shapes: dict[Shape, Shape] = {}
        self._x: Array = np.empty(0)
        self._takes_training, self.takes_mask = takes(function, "training"), takes(function, "mask")
        self._differences, self._following = Differences(), tape.Following(derivative is None)
        #: What the last batch was on the tape, and became; None if the function cannot be followed.
        self._taped: tuple[Any, Any] | None = None

    def why_python(self) -> str:
        """Return why the compiled loop cannot run the layer."""
        return f"the function of layer '{self.name}' (Lambda) is Python"

    def __call__(self, x: Any, training: bool | None = None) -> Any:  # type: ignore[override]
        """Return the output for a batch, or for tensors, of which there may be several: the function takes a list."""
        if is_symbolic(x) and (kept := self._kept_tensors()):
            given = leaves(x)
            vars(self).update(_kept=kept, _given_list=isinstance(x, (list, tuple)))
            x = [*given, *kept]
        if isinstance(x, (list, tuple)) and len(x) > 1 and is_symbolic(x):
            if self._several is None:
                vars(self)["_several"] = FunctionOfSeveral(self)
            return self._several(x, training)
        return super().__call__(x, training)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask that was given, or what the function given in its place makes of the inputs' own."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def padded_like(self, masked: Any) -> bool | None:
        """Return False with a mask of its own; else None: behind a function nobody knows."""
        return None if self.mask is None else False

    # ---- shapes -----------------------------------------------------------------------------------------------------

    @checked
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that was given, or that of what the function makes of a batch of ones."""
        if callable(self._shape_given):
            return tuple(self._shape_given(input_shape))
        if self._shape_given is not None:
            return (input_shape[0], *self._shape_given)
        if input_shape not in self._shapes:
            self._shapes[input_shape] = self._found_shape(input_shape)
        return self._shapes[input_shape]

    @quiet
    def _found_shape(self, input_shape: Shape) -> Shape:
        ones = ones_of(input_shape, self.dtype)
        try:
            shape = uncounted(self._computed, ones).shape
        except Exception as error:
            raise no_shape(self.described, f"a batch of ones of shape {input_shape}", error) from error
        require_entries(self.described, "function", shape, ones.shape)
        follows = len(shape) == len(input_shape)  # then an axis of any length is so in the output, too
        axes = (None if follows and input_shape[i] is None else axis for i, axis in enumerate(shape))
        return (None, *list(axes)[1:])

    # ---- both directions --------------------------------------------------------------------------------------------

    @property
    def told_of_padding(self) -> bool:
        """Whether the function takes a `mask`: true for each step that is no padding, or None."""
        return self.takes_mask

    def _computed(self, x: Array, training: bool = False, mask: Array | None = None) -> Array:
        """Return what the function makes of a copy, which it may write to."""
        return one_array(self.described, "function", self.asked(tape.unshared(x), training, mask))

    def asked(self, x: Any, training: bool, mask: Array | None = None) -> Any:
        """Return what the function returns."""
        more: dict[str, Any] = {"training": training} if self._takes_training else {}
        if self.takes_mask and "mask" not in self.arguments:
            more["mask"] = None if mask is None else mask != 0
        if not self._kept:
            return answers.asked(f"{self.described}, `function`", self.function, x, **self.arguments, **more)
        with tape.standing_for(dict(zip(self._kept, x[-len(self._kept) :], strict=True))):
            own = self.own_inputs(x)
            return answers.asked(f"{self.described}, `function`", self.function, own, **self.arguments, **more)

    def own_inputs(self, given: Sequence[Any]) -> Any:
        """Return what the function itself is given of several things, one for each input."""
        own = [*given[: len(given) - len(self._kept)]]
        return own if self._given_list else own[0]

    def _kept_tensors(self) -> tuple[KerasTensor, ...]:
        """Return the tensors that the function takes from around it."""
        return kept_by(self.function)

    def _on_tape(self, x: Array, mask: Array | None) -> Array | None:
        """Return what the function makes of x, and remember how; None if it does what a tape cannot follow."""
        given = tape.Taped(x)
        found = self._following.run(lambda taped: self.asked(taped, True, mask), given)
        self._taped = None if found is None else (given, found)
        return None if found is None else found.value

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return what the function makes of x."""
        self.require_batch(x)
        training = self.in_training(training)
        shape = tuple(axis or 0 for axis in self.compute_output_shape((None, *x.shape[1:]))[1:])
        mask = mask_for(self)
        followed = self._on_tape(x, mask) if training else None
        found = self._computed(x, training, mask) if followed is None else followed
        known = (len(x), *(axis or real for axis, real in zip(shape, found.shape[1:], strict=False)))
        y = answers.array(self.described, "function", found, known, x.dtype)
        if training:
            self._x, self._trained, self._masked = x, y.shape, mask is not None
        return y

    @quiet
    def backward(self, dy: Array) -> Array:
        """Return the gradient of x: as `derivative` says, or by central differences."""
        self.require_gradient(dy)
        x = self._x
        if self.derivative is not None:
            whose = f"{self.described}, `derivative`"
            found = answers.asked(whose, self.derivative, x.copy(), dy.copy(), **self.arguments)
            return answers.array(self.described, "derivative", found, x.shape, x.dtype, ", the shape of x")
        if self._taped is not None:
            return np.ascontiguousarray(tape.gradients(self._taped[1], dy, [self._taped[0]])[0])
        if self._masked:
            raise ValueError(
                f"{self.described} cannot be trained through with a mask: its function does what no tape follows. "
                f"{_ADVICE}"
            )
        self._following.say_differences(
            f"{self.described}: the derivative of its function is computed by central differences. {_ADVICE}"
        )
        found = self._differences.gradient(lambda x: self._computed(x, True), x, dy)
        if found is None:
            raise ValueError(
                f"{self.described} cannot be trained through: what its function makes of a sample depends on other "
                f"samples of the batch, or on chance. {_ADVICE}"
            )
        return found.astype(x.dtype)

    # ---- configurations ---------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer again: functions are written by their names."""
        config = super().get_config()
        if self._shape_given is not None:
            config["output_shape"] = self._shape_given
        return {
            name: value for name, value in config.items() if name not in ("mask", "derivative") or value is not None
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], safe_mode: bool | None = None) -> Lambda:
        """Make a layer from what `get_config` returned, or Keras: its functions are looked up by their names.

        `safe_mode` is Keras's: code in a configuration is never run here, whatever it says.
        """
        if safe_mode is not None:
            flag("Lambda.from_config", "safe_mode", safe_mode)
        name = config.get("name")
        found = {key: _function(key, value, name) for key, value in config.items()}
        return super().from_config(found)


def _function(argument: str, value: Any, layer: Any) -> Any:
    """Return the function that a configuration names, in a dict as Keras writes it; what is none stays."""
    if argument not in ("function", "derivative", "output_shape") or callable(value) or value is None:
        return value
    if argument == "output_shape" and not isinstance(value, Mapping):
        return tuple(value) if isinstance(value, list) else value
    name = value.get("config") if isinstance(value, Mapping) and value.get("class_name") == "function" else value
    own = get_registered_object(name) if isinstance(name, str) else None
    if own is None and argument == "function" and isinstance(layer, str):
        own = get_registered_object(layer)
    if own is None:
        called = (
            f" {name!r}" if isinstance(name, str) else ", which holds Python code, which is never run out of a file"
        )
        raise ValueError(
            f"Lambda: the configuration names a `{argument}`{called}. Pass it: "
            f"custom_objects={{{name if isinstance(name, str) else layer!r}: function}}."
        )
    return own

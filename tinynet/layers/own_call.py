"""Layers whose class defines `call`, as Keras's are written, in place of `forward` and `backward`.

A `call` that only chains other layers tells which layers these are: such a layer is a model among layers. One without
weights is a function, like that of a `Lambda`. And one with weights of its own is run on a tape, which knows what
NumPy's functions do with a gradient.

Source: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from importlib import import_module
from typing import Any, ClassVar, cast

import numpy as np

from tinynet import config, tape
from tinynet.data.arrays import as_array, contiguous
from tinynet.layers.added_losses import add_loss, with_losses
from tinynet.layers.building import BUILDING, by_itself, in_first_call
from tinynet.layers.call_arguments import CallForm, by_inputs, called, form_of
from tinynet.layers.older_names import HasOlderNames
from tinynet.layers.symbolic import is_symbolic
from tinynet.memory import Parameter
from tinynet.weights import HasWeights

#: What to do about a `call` that cannot be followed.
ADVICE = (
    "A `call` may chain layers, or compute with weights of its own and NumPy's, TensorFlow's or Keras's functions. For "
    "anything else define `forward(self, x, training=False)` in its place, and `backward(self, dy)`, which sets the "
    "weights' gradients (self.dkernel[...] = ...) and returns that of x. The docstring of tinynet.layers.Layer has an "
    "example, and so has 'A layer' in .github/CONTRIBUTING.md."
)

#: Whether a `call` that is running was called in training: what layers go by that it calls without saying so.
_OUTER: ContextVar[bool | None] = ContextVar("outer", default=None)

#: Attributes by which tinynet takes note of layers; and those of models, which no user's layer can have there.
_NOTES = ("_nodes", "_owner", "_part")
_NOTES_OF_MODELS = (*_NOTES, "_chained", "_wiring", "kept", "predictor")


class HasOwnCall(HasOlderNames):
    """Base class of layers, which may say by `call` what they do."""

    #: Whether the class defines `call`, and no `forward` beside or below it.
    by_call: ClassVar[bool] = False
    #: Makes of such a layer a part that can be trained. The room of models sets it, where `call` is followed.
    _followed: ClassVar[Callable[[Any], Any] | None] = None
    #: The penalty of the output of the last call by itself, if there is one.
    _of_output: Sequence[float] = ()
    #: How the arguments of `call` come from what a model gives the layer; None: the input is the first one.
    _form: CallForm | None = None
    #: What the last call added to the loss.
    _of_call: Sequence[float] = ()
    built: bool
    build: Any

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "build" in vars(cls):
            cls.build = by_itself(vars(cls)["build"])
        if "__call__" in vars(cls):
            cls.__call__ = by_inputs(vars(cls)["__call__"])  # type: ignore[method-assign]
        own = (name for base in cls.__mro__ for name in ("forward", "call") if name in vars(base))
        cls.by_call = next(own, "") == "call"

    @property
    def _original(self) -> Any:
        """The layer that a user wrote: another one where this stands in its place."""
        return self

    def as_part(self) -> Any:
        """Return what a network has in the place of a layer that says by `call` what it does; any other as it is."""
        if not self.by_call:
            return self
        if self._part is None:
            if self._followed is None:
                import_module("tinynet.models.own_layer")
            with BUILDING:
                if self._part is None:
                    vars(self)["_part"] = cast(Any, type(self))._followed(self)
        return self._part

    def _called_itself(self, x: Any, more: Sequence[Any], named: Mapping[str, Any], training: Any) -> Any:
        """Return what `call` makes of tensors without numbers, or of a batch."""
        given = more if x is None and not more else (x, *more)
        if len(given) == 2 and training is None and self._takes_training_second():
            given, training = given[:1], given[1]
        x, form = form_of(self, given, named)
        if not is_symbolic(x):
            return self._called_with_numbers(x, training, form)
        known = self._part, self._form
        in_use = self._part is not None and (self._part._nodes or self._part.built)
        if in_use and form != self._form:
            ways = ["one input" if each is None else f"{[*each.inputs, *each.others]}" for each in (self._form, form)]
            raise ValueError(
                f"{self.described} is called in one way: first with {ways[0]}, now with {ways[1]}, or with other "
                "values. Make a layer for each way."
            )
        vars(self)["_form"] = form
        try:
            return self.as_part()(x, training=training)
        except BaseException:
            vars(self).update(_part=known[0], _form=known[1])
            raise

    def _takes_training_second(self) -> bool:
        names = [*inspect.signature(self.call).parameters]
        return names[1:2] == ["training"]

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Add a number to the loss of the batch: from within a `call` that computes with arrays, as Keras's do.

        Parameters
        ----------
        loss : number, array or list of them
            The sum of an array counts. What it is computed from gets its gradient.
        inputs : array or list, optional
            Keras 2's: what it is computed from, which is known here.

        Raises
        ------
        ValueError
            If no such `call` is running: where layers are chained, say, which is looked at only once.
        """
        add_loss(self, loss)

    def _call_given(self, x: Any, **options: Any) -> Any:
        """Return what `call` makes of what a model gives the layer: an input, or a list of them."""
        return with_losses(self, called, self, self._form, x, **options)

    def _build_given(self, shapes: Any) -> None:
        """Call `build` with the shapes that it names, or with that of the input."""
        self.build(shapes if self._form is None else self._form.shapes(self, shapes))

    def _called_with_numbers(self, x: Any, training: Any, form: CallForm | None) -> Any:
        dtype = np.dtype(self.dtype or config.floatx())
        several = isinstance(x, (list, tuple)) and all(len(getattr(each, "shape", ())) > 1 for each in x) and bool(x)
        several = several if form is None else len(form.inputs) > 1
        given = [contiguous(as_array(each, f"{self.described}: x"), dtype) for each in (x if several else [x])]
        batches = [tape.unshared(each) for each in given]
        batch: Any = batches if several else batches[0]
        return in_first_call(self, self._computed_by_call, batch, training, form)

    def _computed_by_call(self, batch: Any, training: Any, form: CallForm | None) -> Any:
        if not self.built:
            shapes: Any = [(None, *each.shape[1:]) for each in (batch if isinstance(batch, list) else [batch])]
            shapes = shapes if isinstance(batch, list) else shapes[0]
            self.build(shapes if form is None else form.shapes(self, shapes))
        named = inspect.signature(self.call).parameters.get("training")
        training = in_training(training)
        if training is None and named is not None and isinstance(named.default, bool):
            training = named.default
        token = _OUTER.set(training)
        try:
            options = {} if named is None else {"training": bool(training)}
            return self._noting_penalty(with_losses(self, called, self, form, batch, **options))
        finally:
            _OUTER.reset(token)

    def _noting_penalty(self, output: Any) -> Any:
        """Return the output of a call, after taking note of its penalty if there is one."""
        if (penalty := self.activity_regularizer) is not None:  # type: ignore[attr-defined]
            vars(self)["_of_output"] = [float(penalty(output)) / len(output)]
        return output


def in_training(training: Any) -> Any:
    """Return the flag `training`, or, where none is given, that of the `call` of a user's around it, if any."""
    return _OUTER.get() if training is None else training


def own_parts(value: Any) -> dict[Any, None]:
    """Return what a network has in the place of the layers and models that an object holds, in order, each once."""
    return {part.as_part() if isinstance(part, HasOwnCall) else part: None for part in held_by(value)}


def held_by(value: Any) -> dict[Any, None]:
    """Return the layers and models among an object's attributes, and in lists and dicts there, in order, each once."""
    found: dict[Any, None] = {}

    def look(value: Any, depth: int = 20) -> None:
        if not depth:  # nobody's layers lie so deep, and a list may hold itself
            return
        if isinstance(value, HasWeights):
            found[value] = None
        elif isinstance(value, (list, tuple)):
            for each in value:
                look(each, depth - 1)
        elif isinstance(value, Mapping):
            for each in value.values():
                look(each, depth - 1)

    for _, attribute in own_attributes(value):
        look(attribute)
    return found


def parameters_within(layer: Any, trained: bool, passed: tuple[Any, ...] = ()) -> list[Parameter]:
    """Return the parameters of a layer and of the parts that its `call` may chain; with `trained` those not frozen.

    A part may hold a layer in whose attributes it is: `passed` are those around it.
    """
    if trained and not layer.trainable:
        return []
    found = {p: None for p in layer._parameters.values() if p.trainable or not trained}
    for part in held_by(layer):
        if getattr(part, "by_call", False):
            within = [] if part in passed else parameters_within(part, trained, (*passed, layer))
        else:
            within = part.trainable_parameters if trained else part.parameters
        found |= dict.fromkeys(within)
    return [*found]


def own_attributes(value: Any) -> list[tuple[str, Any]]:
    """Return the attributes of a user's layer or model that may hold its parts, with their names."""
    notes = _NOTES if isinstance(value, HasOwnCall) else _NOTES_OF_MODELS
    return [(name, attribute) for name, attribute in [*vars(value).items()] if name not in notes]

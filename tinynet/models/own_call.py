"""Models whose class defines `call`, as Keras's subclassed models do.

`call` is run on tensors without numbers, when the first data say of which shape they are. That shows which layers it
chains, and from then on the model is one like those that are made of inputs and outputs. What `call` does besides
chaining layers would not be seen, and is refused.

Source: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from tinynet import data
from tinynet._names import shown_as
from tinynet._signatures import takes
from tinynet._types import Shape
from tinynet.graph import side_by_side
from tinynet.layers.added_losses import FOLLOWED
from tinynet.layers.base import Layer
from tinynet.layers.building import BUILDING
from tinynet.layers.input_layer import InputLayer
from tinynet.layers.own_call import own_parts
from tinynet.layers.symbolic import KerasTensor, leaves, shaped_like
from tinynet.models.layered import Layered, within
from tinynet.models.own_names import check_attribute, check_class
from tinynet.models.own_steps import own_steps, warn_of_steps
from tinynet.models.trained import Trained
from tinynet.models.wiring import Use, Wiring, graph_of, wiring_of

_ADVICE = (
    "tinynet runs `call` on tensors without numbers to see which layers it chains: it may call layers that `__init__` "
    "made (with training=training), and compute with what they give by arithmetic, indexing and NumPy's, TensorFlow's "
    "or Keras's usual functions. Put the layers together that way, or by Model(inputs, outputs)."
)


@shown_as("Model")
class OwnCall(Trained):
    """A model that may be told by its class which layer takes what."""

    _followed_for: Any = None  # the parts and shapes for which `call` was followed

    def __setattr__(self, name: str, value: Any) -> None:
        check_attribute(type(self), name, value)
        super().__setattr__(name, value)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_class(cls)
        if "call" in vars(cls):
            from tinynet.models.several_arguments import take_several

            take_several(cls)

    @property
    def computing_layers(self) -> list[Layer]:
        """The layers, and the models that are used as layers; what computes those that say by `call` what they do."""
        return super().computing_layers or (self._own_parts() if self._follows else [])

    @property
    def stack(self) -> list[Layer]:
        """The layers that compute, each once, in the order of `call`: `layers` has them as `__init__` made them."""
        if not self._follows or self._wiring is None:
            return super().stack
        return [*graph_of(self.passage, self.input_shapes).layers]

    def _each(self) -> Iterable[Layer]:
        """Return the layers whose parameters are the model's: before it is built, what `__init__` made."""
        held = not self._chained and (self._follows or own_steps(type(self)))
        return dict.fromkeys(within(self._own_parts())) if held else super()._each()

    @property
    def _follows(self) -> bool:
        """Whether it is `call` that says which layer takes what."""
        return hasattr(type(self), "call")

    def meet(self, x: Any) -> None:
        """Take note, before the model is built, of the shapes of the data that it is to be built for."""
        if self._follows and self._built_shape is None:
            self._follow(_inputs_of_data(x, self.dtype))

    def build(self, input_shape: Any = None) -> None:
        """Make the parameters for inputs of a shape, or of several shapes, whose first entry (the batch) is None."""
        if self._follows and self._built_shape is None and input_shape is not None:
            if self._wiring is None or self.joins is None or isinstance(input_shape, (list, Mapping)):
                self._follow(_inputs_of_shapes(input_shape))
            if len(shapes := self.input_shapes) > 1:  # their numbers stand side by side
                input_shape = (None, side_by_side(shape[1:] for shape in shapes))
        super().build(input_shape)

    def _build(self, input_shape: Shape) -> None:
        if not self._follows:
            super()._build(input_shape)
            return
        self.wiring.value_shapes(self.input_shapes, builds=True)
        self._join()
        self._built_shape = input_shape

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""
        if self._follows and self._built_shape is None:
            self._follow(_inputs_of_shapes(input_shape))
        return super().compute_output_shape(input_shape)

    def _with_tensors(self, x: Any, training: Any) -> Any:
        if self._follows and self._built_shape is None:
            self._follow(_inputs([tensor.shape[1:] for tensor in leaves(x)], x))
        return super()._with_tensors(x, training)

    def description(self) -> dict[str, Any]:
        """Return the model in Keras's form: class, configuration, the shape it is built for, how it is compiled."""
        if (written := self.written) is self:
            return super().description()
        warn_of_steps(self)
        return dict(written.description())

    @property
    def _original(self) -> Any:
        """The object whose `call` it is, and whose attributes the layers are."""
        return self

    def _own_parts(self) -> list[Any]:
        """Return the layers and models that `call` may chain."""
        return [*own_parts(self._original)]

    # ---- following `call` -------------------------------------------------------------------------------------------

    def _follow(self, given: Any) -> None:
        """Run `call` on tensors without numbers, and take note of what it does: in one thread at a time."""
        with BUILDING:
            self._note_call(given)

    def _note_call(self, given: Any) -> None:
        if name := free_variable(self._original):
            self._refuse(f"its variable '{name}' would not be trained; a layer may have it, as an attribute of its own")
        own = self._own_parts()
        known = (
            [*map(id, own)],
            [tensor.shape for tensor in leaves(given)],
            str(shaped_like(given, itertools.repeat(""))),
        )
        if self._wiring is not None and self._followed_for == known:
            return  # what functions `call` uses became layers then, which are to stay the same
        parts = within_models(own)
        before = [(part, part._nodes) for part in parts]
        try:
            train = self._run(given, True)
            test = self._run(given, False) if takes(self._original.call, "training") else train
        finally:
            for part, nodes in before:
                vars(part)["_nodes"] = nodes
        self._refuse_what_depends_on_training(train, test, parts)
        for use in train.uses:
            if use.part not in parts and _has_weights(use.part):
                self._refuse(f"it makes the layer '{use.part.name}', so that every call has new weights")
        uses = tuple(Use(use.part, use.takes) for use in train.uses)
        used = {use.part for use in uses}
        wiring = train._replace(uses=uses).without_tensors()
        layers = [part for part in own if part in used] or [*dict.fromkeys(use.part for use in uses)]
        vars(self).update(_wiring=wiring, joins=wiring.joins, _chained=layers, predictor=None, kept={})
        self._followed_for = known

    def _run(self, given: Any, training: bool) -> Wiring:
        """Return what `call` does."""
        options = {"training": training} if takes(self._original.call, "training") else {}
        token = FOLLOWED.set([])
        try:
            outputs = self.call(given, **options)  # type: ignore[attr-defined]
            added = FOLLOWED.get()
        except TypeError as error:
            self._could_not(error)
        finally:
            FOLLOWED.reset(token)
        if added:
            from tinynet.layers.over_batch import with_added

            outputs = with_added(outputs, added, leaves(given))
        if not all(isinstance(leaf, KerasTensor) for leaf in leaves(outputs)):
            self._refuse("it returns something else than what layers gave")
        if any(leaf is tensor for leaf in leaves(outputs) for tensor in leaves(given)):
            self._refuse("it returns what it was given")
        return wiring_of(given, outputs)

    def _could_not(self, error: Exception) -> NoReturn:
        raise TypeError(f"{type(self).__name__}.call could not be followed: {error} {_ADVICE}") from error

    def _refuse(self, what: str) -> NoReturn:
        raise ValueError(f"{type(self).__name__}.call cannot be followed: {what}. {_ADVICE}")

    def _refuse_what_depends_on_training(self, train: Wiring, test: Wiring, own: Sequence[Any]) -> None:
        """Raise a ValueError if `call` does another thing outside training than leave out what draws random numbers."""
        from tinynet.layers.lambda_ import Lambda

        told = train is not test
        for wiring, flag in ((train, True), (test, False)):
            for use in wiring.uses:
                asked = use.training is not None and not isinstance(use.part, Lambda)  # which is as it is
                if asked and not (told and use.training is flag):
                    self._refuse(f"it calls '{use.part.name}' with training={use.training} at all times")
        if _written(train, own) != _written(test, own):
            self._refuse("it does something else in training than outside")


def free_variable(value: Any) -> str:
    """Return the name of an attribute that is a TensorFlow variable, or holds some: only a layer's own are weights."""
    attributes: Mapping[str, Any] = vars(value)
    for name, attribute in attributes.items():
        listed = attribute if isinstance(attribute, (list, tuple)) else [attribute]
        if any(getattr(each, "becomes_weight", False) for each in listed):
            return name
    return ""


def within_models(parts: Any) -> list[Any]:
    """Return parts, and those within the models among them."""
    return [
        e
        for part in parts
        for e in (part, *(within_models(part.computing_layers) if isinstance(part, Layered) else []))
    ]


def _has_weights(part: Any) -> bool:
    """Return whether a part that is not built will have weights."""
    parts = [each for each in within_models([part]) if not isinstance(each, Layered)]
    return any(type(each).build is not Layer.build or each.parameters for each in parts)


def _hands_on(part: Any) -> bool:
    """Return whether a part draws random numbers in training, and outside gives what it is given."""
    return type(part).__module__.startswith("tinynet.layers.") and "seed" in part.get_config()


def _written(wiring: Wiring, own: Sequence[Any]) -> list[Any]:
    """Return how the outputs come from the inputs, without what draws random numbers: they hand on what they are given.

    Each value is told by a number; the same calls of the same parts give the same numbers.
    """
    numbers: dict[Any, int] = {}
    values = list(range(len(wiring.inputs)))
    for use in wiring.uses:
        taken = tuple(values[number] for number in use.takes)
        if _hands_on(use.part):
            values.append(taken[0])
            continue
        config = {} if use.part in own else {**use.part.get_config(), "name": ""}
        part = id(use.part) if use.part in own else (type(use.part), str(config))
        first = len(wiring.inputs) + 1000 * len(numbers)
        first = numbers.setdefault((part, taken), first)
        passage = getattr(use.part, "passage", None)
        values += [first + n for n in range(1 if passage is None else len(passage.outputs))]
    return [[values[number] for number in wiring.outputs], str(wiring.without_tensors().outputs_like)]


# ---- inputs ---------------------------------------------------------------------------------------------------------


def _inputs_of_data(x: Any, dtype: str) -> Any:
    """Return tensors without numbers that stand for data, in the lists and dicts of these."""
    several = isinstance(x, Mapping) and not hasattr(x, "tocsr")
    if isinstance(x, (list, tuple)) and len(x) > 1:
        several = all(getattr(each, "shape", ()) for each in x)
    parts = leaves(x) if several else [x]
    shapes = [_sample_shape(data.opened(each).x, dtype) for each in parts]
    return _inputs(shapes, x if several else None)


def _sample_shape(x: Any, dtype: str) -> Shape:
    """Return the shape of one sample; words, of which some layer makes numbers, are columns where they are a list."""
    if (
        not hasattr(x, "tocsr")
        and (words := np.asarray(x)).dtype.kind in "USTO"
        and isinstance(words.flat[0], (str, bytes))
    ):
        return tuple(words.shape[1:]) or (1,)
    shape: Shape = data.features(x, dtype=dtype).sample_shape
    return shape


def _inputs_of_shapes(given: Any) -> Any:
    """Return tensors without numbers of a shape, or of those in a list or dict, whose first entry is the batch."""
    if isinstance(given, Mapping):
        return _inputs([given[name][1:] for name in sorted(given)], dict.fromkeys(given))
    if given and isinstance(given[0], (list, tuple)):
        return _inputs([shape[1:] for shape in given], [None] * len(given))
    return _inputs([given[1:]], None)


def _inputs(shapes: Sequence[Any], like: Any) -> Any:
    found = []
    for number, shape in enumerate(shapes):
        found.append(InputLayer(tuple(shape), name=f"input_layer_{number}" if number else "input_layer").tensor())
        found[-1].builds = False  # a look at the layers changes nothing
    return shaped_like(like, iter(found))

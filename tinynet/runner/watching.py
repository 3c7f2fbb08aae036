"""What layers, models and losses do while a ``tf.GradientTape`` is open: they compute, and remember from what.

A layer is one step on the tape. Its gradients are its own `backward`, written by hand: it is asked when the tape is,
after its `forward` has been run once more on the same batch, with the weights and the random numbers of that time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet import config
from tinynet._signatures import takes
from tinynet._types import Array
from tinynet.data.arrays import as_array, contiguous
from tinynet.graph import in_a_row, padding_in
from tinynet.layers import BatchNormalization, Layer
from tinynet.layers.added_losses import OF_BATCH
from tinynet.layers.symbolic import is_symbolic, leaves, shaped_like
from tinynet.losses import Loss
from tinynet.memory import Parameter
from tinynet.models.layered import Layered
from tinynet.runner.expressions import of_layer
from tinynet.runner.watched import OPEN, Watched, node, plain, refuse
from tinynet.runner.watched_losses import loss_of
from tinynet.tape import Taped, standing_for
from tinynet.variables import in_place_of


def called(method: Callable[..., Any], owner: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return what a layer, a model or a loss gives while a tape is open."""
    arguments = [_standing(each) for each in arguments]
    options = {name: _standing(each) for name, each in options.items()}
    if isinstance(owner, Loss):
        return loss_of(method, owner, *arguments, **options)
    given = arguments[0] if arguments else options.get("inputs", options.get("x"))
    if not isinstance(owner, (Layer, Layered)) or is_symbolic(given):
        return method(owner, *arguments, **options)  # an activation knows what to do with what is watched
    training = arguments[1] if len(arguments) > 1 else options.get("training")
    if isinstance(owner, Layer) and not owner.by_call:
        return _layer(owner, given, bool(training))
    if hasattr(type(owner), "call"):
        return _by_call(method, owner, given, training)
    return _model(method, owner, given, bool(training))


# ---- models ---------------------------------------------------------------------------------------------------------


def _standing(value: Any) -> Any:
    """Return what stands for a variable or a watched array, in lists and dicts too."""
    if isinstance(value, (list, tuple, Mapping)):
        return shaped_like(value, iter([in_place_of(each) for each in leaves(value)]))
    return in_place_of(value)


def _built(method: Callable[..., Any], owner: Any, given: Any) -> None:
    """Build a model as a call outside of a tape does."""
    if not owner.built:
        aside, OPEN.now[:] = OPEN.now[:], []
        try:
            method(owner, _read(given))
        finally:
            OPEN.now[:] = aside


def _read(given: Any) -> Any:
    return shaped_like(given, iter([plain(each) for each in leaves(given)]))


def _by_call(method: Callable[..., Any], owner: Any, given: Any, training: Any) -> Any:
    """Return what a program's own `call` makes of numbers."""
    if isinstance(owner, Layered):
        _built(method, owner, given)
    else:
        part, shapes = owner.as_part(), [(None, *np.shape(plain(each))[1:]) for each in leaves(given)]
        if isinstance(part, Layered) and not part.built:  # so that a model knows its weights
            several: Any = shapes
            part.build(several if len(shapes) > 1 else shapes[0])
    options = {"training": bool(training)} if takes(owner.call, "training") else {}
    values = shaped_like(given, iter([_as_floats(each) for each in leaves(given)]))
    own: dict[str, Any] = {} if isinstance(owner, Layered) else dict(owner._parameters)
    if not own:
        return owner.call(values, **options)
    with standing_for({parameter: of_parameter(parameter) for parameter in own.values()}):
        return owner.call(values, **options)


def _model(method: Callable[..., Any], model: Any, given: Any, training: bool) -> Any:
    """Return what a model's layers make of numbers, call by call."""
    _built(method, model, given)
    graph = model.graph
    calls = in_a_row(model.stack) if graph is None else graph.calls
    shapes = [shape[1:] for shape in (graph.inputs if graph is not None else [(None, *model.sample_shape)])]
    if isinstance(given, Mapping):
        given = [*given.values()] if model.joins is None else [given[name] for name in model.joins.inputs]
    listed = leaves(given) if len(shapes) > 1 or isinstance(given, (list, tuple)) else [given]
    outputs = (len(calls) + len(shapes) - 1,) if graph is None else graph.outputs
    padding = padding_in(calls, len(shapes), outputs)
    if padding is not None and (padding.layers or padding.outputs):
        raise refuse("padding (mask_zero, Masking) is not left out on a tape")
    values = [_in_shape(each, shape) for each, shape in zip(listed, shapes, strict=True)]
    for call in calls:
        taken = [values[number] for number in call.takes]
        values.append(_layer(call.layer, taken if call.layer.merges else taken[0], training))
    found = [values[number] for number in outputs]
    if model.joins is None or len(found) == 1:
        return found[0]
    return shaped_like(model.wiring.outputs_like, iter(found))


def _in_shape(x: Any, shape: Sequence[Any]) -> Any:
    """Return a batch of samples of a shape; those of one number may come as a vector."""
    sizes = [-1 if size is None else size for size in shape]
    return np.reshape(_as_floats(x), (len(x), *sizes)) if np.ndim(plain(x)) == len(shape) else _as_floats(x)


# ---- layers ---------------------------------------------------------------------------------------------------------


def _as_floats(x: Any) -> Any:
    return x if isinstance(x, Taped) else as_array(x, "x")


def of_parameter(parameter: Parameter) -> Watched:
    """Return what stands for a weight on the tapes that are open."""
    known: dict[int, Any] = OPEN.now[-1].session.nodes
    if id(parameter) not in known:
        known[id(parameter)] = (parameter, Watched(parameter.value.copy()))
    found: Watched = known[id(parameter)][1]
    return found


#: Which classes of layers draw random numbers in training, and hand their input on otherwise.
_DRAWING: dict[type, bool] = {}


def _draws(layer: Layer) -> bool:
    kind = type(layer)
    if kind not in _DRAWING:
        _DRAWING[kind] = kind.__module__.startswith("tinynet.layers.") and takes(kind, "seed")
    return _DRAWING[kind]


def _layer(layer: Any, given: Any, training: bool) -> Any:
    """Return what a layer makes of numbers; several for one that merges."""
    listed = [_as_floats(each) for each in given] if layer.merges and isinstance(given, (list, tuple)) else [given]
    if _draws(layer) and not training:
        return listed[0]
    dtype = np.dtype(layer.dtype or config.floatx())
    arrays = [contiguous(np.asarray(plain(_as_floats(each))), dtype) for each in listed]
    shapes = [(None, *array.shape[1:]) for array in arrays]
    layer.ensure_built(shapes if layer.merges else shapes[0])
    layer.check_indices(arrays)
    if isinstance(layer, BatchNormalization) and not (training and layer.trainable):
        return _normalized(layer, listed[0])
    step = _Step(layer, arrays, _number(layer))
    pairs: list[Any] = [(of_parameter(p), step.share(p)) for p in layer.trainable_parameters]
    pairs += [(each, step.share(place)) for place, each in enumerate(listed) if isinstance(each, Taped)]
    weights = {p: each for p, (each, _) in zip(layer.trainable_parameters, pairs, strict=False)}
    return node(
        step.forward(), pairs, lambda: of_layer(layer, listed, weights, lambda: step.share(0)(np.ones_like(arrays[0])))
    )


def _number(layer: Layer) -> int:
    """Return the number of a call, by which a random layer draws: no two calls draw alike, nor one in a compiled fit.

    Each layer counts for itself, and its count is saved, so that the same seeds draw the same numbers again.
    """
    count: int = vars(layer).get("_calls_on_tape", 0)
    object.__setattr__(layer, "_calls_on_tape", count + 1)
    return (1 << 40) + count


def _normalized(layer: Any, x: Any) -> Any:
    """Return what batch normalization makes of numbers outside of training, by the averages it has seen."""
    named = layer._parameters
    parts = {name: of_parameter(p) if p.trainable and layer.trainable else p.value for name, p in named.items()}
    scale = parts.get("gamma", 1.0) / np.sqrt(np.asarray(named["moving_variance"].value) + layer.epsilon)
    return (_as_floats(x) - named["moving_mean"].value) * scale + parts.get("beta", 0.0)


#: Held while a layer keeps a batch from its `forward` to its `backward`: other threads may have tapes of their own.
_ALONE = threading.RLock()


class _Step:
    """One call of a layer, which can be made again.

    Parameters
    ----------
    layer : Layer
        The layer.
    arrays : list of ndarray
        What it was given.
    number : int
        By which it draws random numbers.
    """

    def __init__(self, layer: Any, arrays: list[Array], number: int) -> None:
        self.layer, self.arrays, self.number = layer, [array.copy() for array in arrays], number
        self.weights = [p.value.copy() for p in layer.parameters]
        self._last: tuple[Any, dict[Any, Array]] = (None, {})

    def forward(self) -> Array:
        """Return a copy of what the layer makes of the arrays in training."""
        layer = self.layer
        added: list[float] = []
        token = OF_BATCH.set(added)
        try:
            with _ALONE:
                layer.begin_step(self.number)
                found = np.array(layer.forward(self.arrays if layer.merges else self.arrays[0], True))
        finally:
            OF_BATCH.reset(token)
        if added:  # whose gradient would come back with the output's, whether the program counts it or not
            raise refuse("what a `call` adds by `add_loss` is not followed; compute that loss within the tape instead")
        return found

    def share(self, which: Any) -> Callable[[Array], Array]:
        """Return what makes the gradient of a weight, or of an array by its place, from that of the output."""
        return lambda dy: self._gradients(dy)[which]

    def _gradients(self, dy: Array) -> dict[Any, Array]:
        """Return all gradients, computed once for the same gradient of the output."""
        if self._last[0] is not dy:
            with _ALONE:
                self._last = dy, self._computed(dy)
        return self._last[1]

    def _computed(self, dy: Array) -> dict[Any, Array]:
        """Run the step once more, with the weights of its time if they are others now, and go back."""
        layer = self.layer
        now = [p.value.copy() for p in layer.parameters]
        try:
            for parameter, before in zip(layer.parameters, self.weights, strict=True):
                if not np.array_equal(parameter.value, before, equal_nan=True):
                    parameter.value[...] = before
            y = self.forward()
            dx = layer.backward(np.ascontiguousarray(np.broadcast_to(dy, y.shape), y.dtype))
            found = {p: p.gradient.copy() for p in layer.trainable_parameters}
        finally:
            for parameter, value in zip(layer.parameters, now, strict=True):
                if not np.array_equal(parameter.value, value, equal_nan=True):
                    parameter.value[...] = value
        shares = dx if layer.merges else [dx]
        return {**found, **{place: np.array(share) for place, share in enumerate(shares)}}


# ---- penalties ------------------------------------------------------------------------------------------------------


def penalties(layer: Any) -> list[Any]:
    """Return the penalties of a layer's regularizers."""
    found = []
    for parameter in layer.trainable_parameters:
        if (regularizer := parameter.regularizer) is not None:
            slope = regularizer.gradient(parameter.value).copy()
            weight = of_parameter(parameter)
            found.append(node(regularizer(parameter.value), [(weight, lambda dy, slope=slope: dy * slope)]))
    return found

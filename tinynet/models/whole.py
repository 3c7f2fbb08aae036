"""A whole model written down, its layers and how it is compiled, and made again: as JSON, or as a copy.

Source: https://keras.io/api/models/model_saving_apis/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from tinynet._arguments import checked, shown
from tinynet._registry import CustomObjectScope
from tinynet._serialization import from_json, made
from tinynet.layers import Layer
from tinynet.layers.input_layer import InputLayer
from tinynet.models.described import Described
from tinynet.models.forms import MODELS
from tinynet.models.model import Model
from tinynet.models.own_steps import own_steps
from tinynet.models.sequential import Sequential


def from_description(description: Mapping[str, Any], compile: bool = True) -> Model:
    """Return the model of what `described` (or Keras) wrote; `compile` says whether it is to be compiled, too."""
    if not isinstance(description, Mapping):
        raise ValueError(f"expected the description of a model, a dict. Received: {shown(description)}")
    if isinstance(description.get("config"), list):  # as Keras wrote until 2.2
        description = {**description, "config": {"layers": description["config"]}}
    model = made("model", description, MODELS)
    if not isinstance(model, Model):
        raise ValueError(f"Expected the description of a model. Received: {shown(description)}")
    settings = description.get("compile_config")
    if compile and settings and isinstance(settings, Mapping):
        model.compile_from_config(settings)
    return model


@checked
def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """Return a model, with new weights, from what `Sequential.to_json` (or Keras's) returned.

    Parameters
    ----------
    json_string : str
        The description. A model that was compiled when it was written is compiled again.
    custom_objects : dict of str to class or function, optional
        Your own layers, losses and so on by their names.

    Raises
    ------
    ValueError
        If it is no JSON, no model, or names something that tinynet lacks.

    Examples
    --------
    >>> import tinynet
    >>> text = '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 2}}]}}'
    >>> model_from_json(text).layers[0].units
    2
    """
    with CustomObjectScope(custom_objects):
        return from_description(from_json(json_string, "model_from_json"))


@checked
def clone_model(
    model: Described,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Model:
    """Return a model with layers like another's and new weights, compiled alike if that one is.

    Parameters
    ----------
    model : Model
        The model.
    input_tensors : None
        Keras's: the new model has inputs of its own.
    clone_function : callable, optional
        Returns the new layer for each of the model's; default: one made from its configuration.
    call_function : callable, optional
        ``call_function(layer, tensors)`` returns what the layer gives, or what is to be in its place: a Dropout behind
        each Dense, say. For models of inputs and outputs.
    recursive : bool, default False
        Whether the two functions are asked for the layers of models within the model as well. Else such a model is
        one layer for them.

    Raises
    ------
    ValueError
        If a `call_function` is given for a `Sequential`; if the model's class has training steps of its own, and is
        neither made as `Model` and `Sequential` are nor defines `get_config`.

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)])
    >>> twin = clone_model(model)
    >>> twin.set_weights(model.get_weights())
    """
    cloned: Model

    def clone(part: Any) -> Any:
        if recursive and isinstance(part, Described):
            return clone_model(part, None, clone_function, call_function, recursive)
        return (clone_function if clone_function and not getattr(part, "by_operator", False) else _again)(part)

    if type(model).get_config not in (Model.get_config, Sequential.get_config) and clone_function is call_function:
        cloned = type(model).from_config(model.get_config())  # type: ignore[attr-defined]
    elif isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "clone_model: `call_function` argument is not supported with Sequential models, whose layers are "
                f"called one behind the other. Received: call_function={shown(call_function)}"
            )
        first = () if model.sample_shape is None else model.wiring.inputs
        layers = [*map(_like, first), *(clone(layer) for layer in model.layers)]
        cloned = _class_of(model)(layers, name=model.name)
    else:
        clones = {
            part: _like(part) if isinstance(part, InputLayer) else clone(part._original) for part in model.wiring.parts
        }
        cloned = _class_of(model)(*model.wiring.tensors(clones, call_function), name=model.name)
    if model.setup is not None:
        cloned.compile_from_config(model.get_compile_config())
    return cloned


def _class_of(model: Any) -> Any:
    """Return the class of a model, if it is made as `Model` or `Sequential` is; else that of these.

    A class with steps of its own is not left out: the copy would be trained in another way.
    """
    cls, base = type(model), Sequential if isinstance(model, Sequential) else Model
    ends = ["layers"] if base is Sequential else ["inputs", "outputs"]
    alike = cls.__init__ is base.__init__ or [*signature(cls).parameters][: len(ends)] == ends
    if alike and not hasattr(cls, "call"):
        return cls
    if steps := sorted(own_steps(cls)):
        raise ValueError(
            f"clone_model: {cls.__name__} defines {steps}, and is not made of {' and '.join(ends)}: its copy would do "
            "without. Define `get_config`, so that it returns the arguments of `__init__`."
        )
    return base


def _like(layer: InputLayer) -> InputLayer:
    return InputLayer.from_config(layer.get_config())


def _again(layer: Any) -> Any:
    """Return a layer with the same arguments."""
    again = type(layer).from_config(layer.get_config())
    if getattr(layer, "by_operator", False):
        again.by_operator = True
    return again

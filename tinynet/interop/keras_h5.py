"""The legacy ``.h5`` files of Keras 2 and the books: a whole model, or weights alone, in one HDF5 file.

Source: https://github.com/keras-team/keras/blob/master/keras/src/legacy/saving/legacy_h5_format.py
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from tinynet._bytes import bytes_of
from tinynet._reading import suspicious
from tinynet._serialization import as_json, from_json
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.interop import keras_2
from tinynet.interop.hdf5 import Group, h5py, put_texts, reading, writing
from tinynet.interop.keras_file import KERAS_VERSION, entries_of, layers_of, name_layers
from tinynet.interop.keras_weights import Entry
from tinynet.saving.content import Content

#: Where the optimizer's numbers stand in files that are written here. Keras calls the place ``optimizer_weights``. But
#: out of a file that has it, Keras 3 (3.15.1 still) makes a `Sequential` that cannot be fitted: it builds the optimizer
#: for none of the weights. Out of a file without it the optimizer starts afresh there, as ``training_config`` says.
_OURS = "tinynet_optimizer_weights"
_VERSIONS = {"keras_version": KERAS_VERSION, "backend": "jax"}


def write_model(path: Path, content: Content) -> None:
    """Write a whole model, or nothing."""
    plain = from_json(as_json(content.description), "save")
    name = plain["config"].get("name", "sequential")
    with writing() as (file, packed):
        file.attrs.update(_VERSIONS)
        file.attrs["model_config"] = as_json(_without_modules(plain))
        file.attrs["tinynet_random"] = as_json(content.random)
        weights = file.create_group("model_weights")
        weights.attrs.update(_VERSIONS)
        layers = entries_of(content)
        put_texts(weights, "layer_names", [layer.name for layer in layers])
        for layer in layers:
            _put(weights.create_group(layer.name), _named(name, layer, content.resting))
        _put(weights.create_group("top_level_model_weights"), [])
        if settings := plain.get("compile_config"):
            optimizer = settings.pop("optimizer")
            told = {name: _short(value) for name, value in settings.items()}
            file.attrs["training_config"] = as_json({**told, "optimizer_config": _short(optimizer)})
            _put(
                file.create_group(_OURS), [(f"{n}/{name}", array) for n, (name, array) in enumerate(content.optimizer)]
            )
    write_file(path, packed.getbuffer())


def _named(model: str, layer: Entry, resting: Collection[str]) -> list[tuple[str, Array]]:
    """Return the weights of a layer by their names there; of an inner model those that are not trained are the last."""
    if not layer.inner:
        return [(f"{model}/{layer.name}/{p}", array) for p, array in layer.weights.items()]
    each = [(path, p, array) for path, leaf in _leaves(layer.inner, layer.name) for p, array in leaf.weights.items()]
    each.sort(key=lambda weight: f"{weight[0]}/{weight[1]}" in resting)
    return [(f"{path}/{p}", array) for path, p, array in each]


def _leaves(layers: Sequence[Entry], within: str) -> list[tuple[str, Entry]]:
    """Return the layers of an inner model, and of those within it, by their paths."""
    found = []
    for layer in layers:
        path = f"{within}/{layer.name}"
        found += _leaves(layer.inner, path) if layer.inner else [(path, layer)]
    return found


def _by_layer(arrays: Mapping[str, Array], model: Entry) -> dict[str, dict[str, Array]]:
    """Return the weights of an inner model by its layers, which files name in the last place but one."""
    found: dict[str, dict[str, Array]] = {path: {} for path, _ in _leaves(model.inner, model.name)}
    for name, array in arrays.items():
        *_, layer, weight = name.split("/")
        of_that_name = [path for path in found if path.rpartition("/")[2] == layer]
        whole = [path for path in of_that_name if name == f"{path}/{weight}"]
        if len(whole or of_that_name) != 1:
            raise ValueError(f"which layer of '{model.name}' {name!r} belongs to cannot be told from the name")
        found[(whole or of_that_name)[0]][weight] = array
    return found


def _put(group: Any, weights: Sequence[tuple[str, Array]]) -> None:
    put_texts(group, "weight_names", [name for name, _ in weights])
    for name, array in weights:
        group[name] = array


def _without_modules(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's description as Keras 2 has it: the layers by their classes alone, and their calls."""
    config = description["config"]
    called = [{name: layer[name] for name in ("name", "inbound_nodes") if name in layer} for layer in config["layers"]]
    short = [{**_short(layer), **more} for layer, more in zip(config["layers"], called, strict=True)]
    return {**_short(description), "config": {**config, "layers": short}}


def _short(value: Any) -> Any:
    """Return a part by its class alone, also within lists of them."""
    if isinstance(value, list):
        return [_short(each) for each in value]
    if not isinstance(value, Mapping) or "class_name" not in value:
        return value
    kept = ("class_name", "config", "tinynet_class")
    found = {name: value[name] for name in kept if name in value}
    own = value.get("registered_name")
    return {**found, "class_name": own} if own and value["class_name"] != "function" else found


def read_model(path: Path) -> Content:
    """Return what a legacy file of a whole model holds, or raise a ValueError that names the file."""
    h5py()
    content = bytes_of(path)
    with suspicious(f"load_model: {path}", "is not a legacy .h5 file of a whole model"), reading(content) as file:
        text = file.text("model_config")
        if text is None:
            raise ValueError("it has no model_config: files of weights are read by load_weights")
        description = keras_2.model(from_json(text, "model_config"))
        values = _weights(file.group("model_weights"))
        name_layers(description, [*values])
        layers = layers_of(description)
        weights = _apart(values, layers)
        if unknown := [layer for layer, arrays in values.items() if arrays]:  # Keras lists inputs, too
            raise ValueError(f"it holds weights of layers that it does not describe: {unknown}")
        settings = file.text("training_config")
        kept: list[tuple[str, Array]] = []
        if settings:
            description["compile_config"] = keras_2.training(from_json(settings, "training_config"))
            if group := next((name for name in (_OURS, "optimizer_weights") if name in file), None):
                kept = [*_arrays(file.group(group)).items()]
        random = from_json(file.text("tinynet_random") or "{}", "tinynet_random")
    return Content(description, weights, kept, of_trained=True, random=random)


def read_weights(path: Path, layers: Sequence[Entry] = ()) -> list[Array]:
    """Return the arrays in a legacy file of weights, or of a whole model, in the order of a model's `layers`."""
    with reading(bytes_of(path)) as file:
        values = _weights(file.group("model_weights") if "model_weights" in file else file)
        if any(layer.inner for layer in layers):
            values = {**_apart(values, layers), **values}
        return [array for own in values.values() for array in own.values()]


def _apart(values: dict[str, dict[str, Array]], layers: Sequence[Entry]) -> dict[str, dict[str, Array]]:
    """Take the weights of these layers out of those of a file; those of inner models by their layers."""
    found: dict[str, dict[str, Array]] = {}
    for layer in layers:
        own = values.pop(layer.name, {})
        found |= _by_layer(own, layer) if layer.inner else {layer.name: own}
    return found


def _weights(group: Group) -> dict[str, dict[str, Array]]:
    """Return each layer's weights by their names."""
    return {layer: _arrays(group.group(*layer.split("/"))) for layer in group.texts("layer_names")}


def _arrays(group: Group) -> dict[str, Array]:
    names = group.texts("weight_names")
    if len({*names}) < len(names):
        raise ValueError(f"a weight is there twice among {names}")
    return {name: group.array(name) for name in names}

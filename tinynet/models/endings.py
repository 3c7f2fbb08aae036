"""In what form a model or its weights are on disk: by the ending of the file's name."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinynet import saving
from tinynet._arguments import flag
from tinynet._arguments import path as path_of
from tinynet._bytes import bytes_of
from tinynet._reading import NoFileError, suspicious
from tinynet._serialization import class_name
from tinynet._types import Array
from tinynet._writing import write_file
from tinynet.layers import InputLayer
from tinynet.memory import Parameter
from tinynet.saving.content import Whole, content_of, fits, kept_by, leaves_of, parameters_of, set_optimizer
from tinynet.saving.forms import ANY_ENDING, WEIGHTS, WHOLE, module_of
from tinynet.weights import assign

if TYPE_CHECKING:
    from tinynet.optimizers import Optimizer


def form(path: Path) -> Any:
    """Return the module that reads and writes whole models in the form that a name's ending says."""
    return importlib.import_module(module_of(path.suffix))


def of_model(function: str, filepath: Any) -> Path:
    """Return the path of a whole model's file, with ``.npz`` where the name has no ending; raise for another one."""
    path = Path(path_of(function, "filepath", filepath))
    if not path.suffix:
        return path.with_name(f"{path.name}.npz")
    if path.suffix.lower() not in WHOLE and not ANY_ENDING[0]:
        raise ValueError(
            f"{function}: `filepath` must end in {', '.join(WHOLE)}, or in nothing, which means .npz. Received: {path} "
            "(File format not supported.)"
        )
    if path.name.lower().endswith(WEIGHTS):
        raise ValueError(
            f"{function}: files that end in {WEIGHTS} hold weights alone: save_weights and load_weights. Received: "
            f"{path}"
        )
    return path


def save(model: Whole, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write a whole model: the work behind `Sequential.save`."""
    path = of_model("save", filepath)
    _refuse_replacing("save", path, overwrite)
    content = content_of(model, of_trained=path.suffix.lower() != ".npz")
    if not include_optimizer:
        description = {name: value for name, value in content.description.items() if name != "compile_config"}
        content = content._replace(description=description, optimizer=())
    path.parent.mkdir(parents=True, exist_ok=True)
    form(path).write_model(path, content)


def existing(function: str, filepath: Any) -> Path:
    """Return the path of a whole model's file that is there, or raise a `NoFileError`."""
    path = of_model(function, filepath)
    if not path.exists():
        raise NoFileError(f"{function}: there is no file {path}. (File not found.)")
    return path


def save_weights(model: Whole, filepath: Any, overwrite: bool = True) -> None:
    """Write a model's weights: the work behind `Sequential.save_weights`."""
    path = Path(path_of("save_weights", "filepath", filepath))
    if not path.name.lower().endswith(WEIGHTS):
        if path.suffix.lower() in (".h5", ".hdf5"):  # as Keras 2 wrote weights there, with the layers besides
            _require_built(model, "saving them")
            save(model, path, overwrite, include_optimizer=False)
            return
        if path.suffix.lower() in WHOLE and path.suffix.lower() != ".npz":
            raise ValueError(
                f"save_weights: `filepath` must end in .npz or {WEIGHTS}; {path.suffix} is for whole models, by "
                f"model.save. Received: {path}"
            )
        saving.save_weights(model, filepath, overwrite)
        return
    from tinynet.interop import keras_weights

    _require_built(model, "saving them")
    _refuse_replacing("save_weights", path, overwrite)
    layers = _placed(model) or _entries(model)
    optimizer = "" if model.optimizer is None else model.optimizer.name
    begun = model.optimizer is not None and bool(model.optimizer.accumulators.parameters)
    kept = [array for _, array in kept_by(model, of_trained=begun)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, keras_weights.packed(model.name, layers, optimizer, kept))


def load_weights(model: Whole, filepath: Any) -> None:
    """Read a model's weights: the work behind `Sequential.load_weights`."""
    path = Path(path_of("load_weights", "filepath", filepath))
    of_keras = path.suffix.lower() in WHOLE.keys() - {".npz"}
    if not of_keras or (not path.exists() and path.with_name(f"{path.name}.npz").exists()):
        saving.load_weights(model, filepath)  # which earlier versions wrote for any ending
        return
    if not path.exists():
        raise NoFileError(f"load_weights: there is no file {path}. (File not found.)")
    _require_built(model, "loading weights")
    from tinynet.interop import hdf5

    hdf5.h5py()
    with suspicious(f"load_weights: {path}", "is not a file of this model's weights"):
        model_there, arrays, kept = _arrays(model, path)
    assign(parameters_of(model_there), arrays, f"model '{model.name}' (from {path})")
    if model.optimizer is not None and kept:
        _go_on(model.optimizer, model_there.trainable_parameters, kept)


def _go_on(optimizer: Optimizer, trained: Sequence[Parameter], kept: Sequence[Array]) -> None:
    """Put an optimizer where that in a file was, or warn as Keras does if that has kept other numbers."""
    begun = bool(optimizer.accumulators.parameters)
    if fits(optimizer, trained, kept) and not (begun and len(kept) == len(optimizer.variables_of([]))):
        set_optimizer(optimizer, trained, kept)
        return
    warnings.warn(
        f"Skipping variable loading for optimizer '{optimizer.name}': that in the file keeps other numbers, of the "
        f"shapes {[array.shape for array in kept]}. The weights are loaded.",
        UserWarning,
        stacklevel=4,
    )


def _arrays(model: Whole, path: Path) -> tuple[Whole, list[Array], list[Array]]:
    """Return the weights in a file of Keras's, what the optimizer keeps, and the model in whose order both are.

    A model whose class defines `call` is written whole as what it was found to do, in the order of the calls.
    """
    from tinynet.interop import keras_file, keras_h5, keras_weights

    if path.suffix.lower() != ".keras" and not path.name.lower().endswith(WEIGHTS):
        return model.written, keras_h5.read_weights(path, _entries(model)), []
    content = keras_file.read_weights(path) if path.suffix.lower() == ".keras" else bytes_of(path)
    if (placed := _placed(model)) and (found := keras_weights.unpacked_places(content, placed)) is not None:
        return model, [array for entry in placed for array in found[0][entry.place]], found[1]
    weights, kept = keras_weights.unpacked(content, _entries(model))
    return model.written, [array for own in weights.values() for array in own.values()], kept


def _entries(model: Any) -> list[Any]:
    """Return the layers as whole models' files know them, with their weights."""
    from tinynet.interop.keras_file import layers_of

    weights = {path: {p.name: p.value for p in layer.parameters} for path, layer in leaves_of(model)}
    return layers_of(model.written.description(), weights)


def _placed(model: Any) -> list[Any]:
    """Return the layers with their places in Keras's files, if some class says by `call` what it does."""
    from tinynet.interop.keras_places import places_of, told_by_call
    from tinynet.interop.keras_weights import Entry

    if not told_by_call(model):
        return []
    places, found = places_of(model), {}
    for _, layer in leaves_of(model):
        if not isinstance(layer, InputLayer) and id(layer) in places:
            weights = {p.name: p.value for p in layer.parameters}
            found[id(layer)] = Entry(class_name(layer), layer.name, weights, place=places[id(layer)])
    return [*found.values()]


def _require_built(model: Any, what: str) -> None:
    if not model.built:
        raise ValueError(f"Model '{model.name}' is not built, so it has no weights yet: build it before {what}.")


def _refuse_replacing(function: str, path: Path, overwrite: Any) -> None:
    if not flag(function, "overwrite", overwrite) and path.exists():
        raise FileExistsError(f"{function}: {path} exists, and overwrite=False.")

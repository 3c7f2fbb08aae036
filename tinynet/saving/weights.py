"""Weights on disk: one ``.npz`` file, no pickle, replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tinynet._arguments import flag
from tinynet._arguments import path as path_of
from tinynet._reading import NoFileError, entries, suspicious
from tinynet._reading import member as member_of
from tinynet._writing import write_file
from tinynet.memory import Parameter
from tinynet.saving.content import leaves_of, parameters_of
from tinynet.saving.npz import DESCRIPTION, read_model
from tinynet.weights import HasWeights, assign

FORMAT = 1


class HasLayers(Protocol):
    """A model, as far as its weights are concerned."""

    name: str

    @property
    def built(self) -> bool:
        """Whether all parameters exist."""

    @property
    def computing_layers(self) -> Sequence[HasWeights]:
        """The layers, in order."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, in the order of the layers."""


def save_weights(model: HasLayers, filepath: str | os.PathLike[str], overwrite: bool = True) -> Path:
    """Write all parameters of a model to a file; returns its path.

    The file holds an array per parameter, named ``<layer>/<parameter>`` in the order of `get_weights`; NumPy reads it
    without tinynet: ``np.load("weights.npz")``. It is written beside its place and then moved there, so that an
    interruption never leaves half a file.

    Parameters
    ----------
    model : Sequential
        A built model.
    filepath : path
        Where to; ``.npz`` is added where it lacks.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the model is not built.
    FileExistsError
        If the file exists and `overwrite` is False.

    Examples
    --------
    >>> import tempfile
    >>> import tinynet
    >>> model, twin = (tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)]) for _ in range(2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_weights(model, f"{folder}/digits")
    ...     load_weights(twin, f"{folder}/digits")
    >>> path.name, bool((model.predict(np.eye(3), verbose=0) == twin.predict(np.eye(3), verbose=0)).all())
    ('digits.npz', True)
    """
    if not model.built:
        raise ValueError(f"Model '{model.name}' has no weights yet: build it (or fit it) before saving them.")
    path = _with_suffix("save_weights", filepath)
    if path.exists() and not flag("save_weights", "overwrite", overwrite):
        raise FileExistsError(f"save_weights: {path} exists, and overwrite=False.")
    arrays: dict[str, Any] = {f"{path}/{p.name}": p.value for path, layer in leaves_of(model) for p in layer.parameters}
    path.parent.mkdir(parents=True, exist_ok=True)
    file = BytesIO()
    np.savez(file, **{"tinynet_format": np.array(FORMAT), **arrays})
    write_file(path, file.getbuffer())
    return path


def load_weights(model: HasLayers, filepath: str | os.PathLike[str]) -> None:
    """Set a model's parameters from a file of `save_weights`, or of `Sequential.save`, by their order.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is no such file, or its arrays do not fit the model; the model is unchanged then.

    Examples
    --------
    See `save_weights`.
    """
    path = _with_suffix("load_weights", filepath)  # what `save_weights` writes for this name
    if not path.exists() and Path(filepath).exists():
        path = Path(filepath)
    if not path.exists():
        ending = Path(filepath).suffix
        other = (
            f" Files that end in {ending} hold none: File format not supported." if ending not in ("", ".npz") else ""
        )
        raise NoFileError(f"load_weights: there is no file {path}. (File not found.){other}")
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built, so its shapes are unknown: build it before loading weights."
        )
    arrays = _read(path)
    version = arrays.pop("tinynet_format")
    if version != FORMAT:
        raise ValueError(f"load_weights: {path} has format {version}, this tinynet reads {FORMAT}. Upgrade tinynet.")
    assign(parameters_of(model), list(arrays.values()), f"model '{model.name}' (from {path})")


def _read(path: Path) -> dict[str, Any]:
    """Return the arrays of a file, in its order."""
    arrays: dict[str, Any] = {}
    with suspicious(f"load_weights: {path}", "is not a file written by save_weights"):
        for file, content in entries(path):
            if file == DESCRIPTION:
                return {"tinynet_format": FORMAT, **_of_whole_model(path)}
            name, member = file.removesuffix(".npy"), member_of(content)
            if member.dtype.kind not in ("i" if name == "tinynet_format" else "f"):
                raise ValueError(f"{name} holds {member.dtype}, which would take allow_pickle or be no weights")
            if name in arrays:
                raise ValueError(f"{name} is there twice")
            arrays[name] = member.array()
    if "tinynet_format" not in arrays:
        raise ValueError(f"load_weights: {path} is not a file written by save_weights, but holds {list(arrays)}.")
    return arrays


def _of_whole_model(path: Path) -> dict[str, Any]:
    weights = read_model(path).weights
    return {f"{layer}/{name}": array for layer, own in weights.items() for name, array in own.items()}


def _with_suffix(function: str, filepath: str | os.PathLike[str]) -> Path:
    path = Path(path_of(function, "filepath", filepath))
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")

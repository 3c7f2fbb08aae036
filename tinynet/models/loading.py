"""Whole models read from files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

from tinynet import config
from tinynet._arguments import checked, flag
from tinynet._arguments import path as path_of
from tinynet._registry import CustomObjectScope
from tinynet._types import FilePath
from tinynet.models import endings
from tinynet.models.as_read import AsRead, can_wait
from tinynet.models.model import Model
from tinynet.models.whole import from_description
from tinynet.saving.content import Content, fits, place, set_optimizer, set_random_state, supplied


@checked
def load_model(
    filepath: FilePath, custom_objects: Mapping[str, Any] | None = None, compile: bool = True, safe_mode: bool = True
) -> Model:
    """Return the model that a file of `Sequential.save` holds, ready to be trained on.

    Weights, compile settings, the optimizer's slots and count, and the random numbers of shuffling and of the layers
    are as they were: a training goes on as if it had never been interrupted, to the bit.

    Parameters
    ----------
    filepath : path
        The file. A name without an ending is that of an ``.npz``. A graph from an ``.onnx`` is not compiled: it holds
        what predicts, and nothing of the training.
    custom_objects : dict of str to class or function, optional
        Your own layers, losses and so on by their names.
    compile : bool, default True
        Whether the model is compiled as it was.
    safe_mode : bool, default True
        Keras's. Code in a file is never run here, whatever it says.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, no model's, or names something that tinynet lacks. Nothing is changed then. What an
        ``.npz`` says of a usual optimizer, loss and metrics is made when it is first asked for, as by `fit`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)])
    >>> model.compile("adam", "mse")
    >>> history = model.fit(np.eye(3), np.ones((3, 2)), verbose=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.npz")
    ...     twin = load_model(f"{folder}/model.npz")
    >>> twin.optimizer.iterations, bool((twin(np.eye(3)) == model(np.eye(3))).all())
    (1, True)
    """
    flag("load_model", "safe_mode", safe_mode)
    if os.fspath(path_of("load_model", "filepath", filepath)).lower().endswith(".onnx"):
        from tinynet.models.graphs import from_onnx

        return from_onnx(filepath)
    path = endings.existing("load_model", filepath)
    content = endings.form(path).read_model(path)
    put_back, *before = config.as_before_drawing()
    try:
        with CustomObjectScope(custom_objects):
            return _rebuilt(content, compile, os.fspath(path))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"load_model: {path}: {error}") from error
    finally:
        put_back(*before)  # what building has drawn is in the file


def _rebuilt(content: Content, compile: bool, file: str) -> Model:
    waits = compile and not content.of_trained and can_wait(content.description)
    with supplied(content.weights):
        model = from_description(content.description, compile and not waits)
    place(model, content.weights)
    if waits and not type(model).__module__.startswith("tinynet."):  # a user's, who may compile in another way
        model.compile_from_config(content.description["compile_config"])
        waits = False
    trained = [p for p in model.parameters if p.trainable]
    kept = [array for _, array in content.optimizer]
    if waits and not {array.shape for array in kept} <= {(), *(p.shape for p in trained)}:
        model.compile_from_config(content.description["compile_config"])
        waits = False
    if waits:
        model.as_read = AsRead(content.description["compile_config"], file, trained, kept)
    elif model.optimizer is not None and content.optimizer:
        trained = model.trainable_parameters if content.of_trained else trained
        if content.of_trained and not fits(model.optimizer, trained, kept):  # as Keras does it
            warnings.warn(
                f"{model.optimizer.name} keeps other numbers than the file holds: another version of Keras wrote it, "
                "or other layers were trained. The optimizer starts afresh.",
                UserWarning,
                stacklevel=4,
            )
        else:
            set_optimizer(model.optimizer, trained, kept)
    set_random_state(model, content.random)
    return model

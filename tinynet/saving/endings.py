"""Which file is meant, and in what form: by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinynet._arguments import path as path_of
from tinynet.saving import npz
from tinynet.saving.content import Content, Whole, content_of

#: The forms of whole models, by the ending of a file's name.
WHOLE = (".npz",)


def of_model(function: str, filepath: Any) -> Path:
    """Return the path of a whole model's file, with ``.npz`` where the name has no ending; raise for another one."""
    path = Path(path_of(function, "filepath", filepath))
    if not path.suffix:
        return path.with_name(f"{path.name}.npz")
    if path.suffix.lower() not in WHOLE:
        raise ValueError(
            f"{function}: `filepath` must end in {' or '.join(WHOLE)}, or in nothing, which means .npz. Received: "
            f"{path}"
        )
    return path


def save(model: Whole, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write a whole model: the work behind `Sequential.save`."""
    path = of_model("save", filepath)
    if path.exists() and not overwrite:
        raise FileExistsError(f"save: {path} exists, and overwrite=False.")
    content = content_of(model)
    if not include_optimizer:
        description = {name: value for name, value in content.description.items() if name != "compile_config"}
        content = replace(content, description=description, optimizer=())
    path.parent.mkdir(parents=True, exist_ok=True)
    writer(path)(path, content)


def existing(function: str, filepath: Any) -> Path:
    """Return the path of a whole model's file that is there, or raise a FileNotFoundError."""
    path = of_model(function, filepath)
    if not path.exists():
        raise FileNotFoundError(f"{function}: there is no file {path}.")
    return path


def reader(path: Path) -> Callable[[Path], Content]:
    """Return what reads a whole model from a file."""
    return npz.read_model


def writer(path: Path) -> Callable[[Path, Content], None]:
    """Return what writes a whole model into a file."""
    return npz.write_model
